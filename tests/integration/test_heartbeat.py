"""The dead man's switch: signs of life while all is well, silence or a word where it is not, and never the address."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from support.configured import Config
from support.listeners import Monitor, monitor_server
from support.project import Project

from hub import log as hub_log
from hub.errors import StoreError
from hub.settings.operations import HeartbeatSettings
from hub.store.base import Store
from hub.store.operations import Operations
from hub.store.requests import Requests
from sync_jobs import heartbeat, monitor, reload
from sync_jobs.alerts import Alerts
from sync_jobs.daemon import Daemon
from sync_jobs.heartbeat import ALERTS, FILE, SCHEDULER, STORE, Heartbeat, Pulse, last_told
from sync_jobs.stores import opened

SECRET = "a1b2c3d4-check"


@pytest.fixture
def outside() -> Iterator[Monitor]:
    with monitor_server() as server:
        yield server


class Clinic:
    """A heartbeat whose clock the test moves, and the monitor that hears it."""

    def __init__(self, folder: Path, url: str, **settings: Any) -> None:
        self.now = 1_000.0
        self.settings: HeartbeatSettings | None = HeartbeatSettings.model_validate(
            {"url": f"{url}/{SECRET}", "every": "60s", **settings}
        )
        self.pulse = Pulse(lambda: self.now)
        self.folder = folder
        self.heart = Heartbeat(lambda: self.settings, self.pulse, threading.Event(), folder)
        hub_log.hide(f"{url}/{SECRET}")  # as reading the settings does

    def live(self, seconds: float = 0.0, *names: str) -> None:
        """Let time pass, while these show that they live; all of them where none is named."""
        self.now += seconds
        for name in names or (SCHEDULER, STORE, ALERTS):
            self.pulse.beat(name)
        self.heart.look(self.now)


@pytest.fixture
def clinic(tmp_path: Path, outside: Monitor) -> Clinic:
    return Clinic(tmp_path, outside.url)


def test_a_sign_of_life_is_sent_at_the_start_and_then_every_so_often(clinic: Clinic, outside: Monitor) -> None:
    clinic.heart.look(clinic.now)
    assert outside.heard == [], "nothing has moved yet"
    for seconds in (0, 59, 1, 30, 30):
        clinic.live(seconds)
    assert outside.heard == [("GET", f"/{SECRET}", "")] * 3
    told = last_told(clinic.folder)
    assert told is not None
    assert told.is_well and told.text.startswith("last taken at ")


@pytest.mark.parametrize(
    ("alive", "reason"),
    [
        ((STORE, ALERTS), "the scheduler has not moved for 121 seconds"),
        ((SCHEDULER, ALERTS), "the database could not be written to for 121 seconds"),
    ],
)
def test_silence_when_something_hangs_and_signs_again_when_it_moves(
    clinic: Clinic, outside: Monitor, caplog: pytest.LogCaptureFixture, alive: tuple[str, ...], reason: str
) -> None:
    clinic.live()
    clinic.live(60, *alive)
    assert len(outside.heard) == 2, "a minute may always be lost"
    with caplog.at_level(logging.WARNING):
        clinic.live(61, *alive)
        clinic.live(300, *alive)
        assert len(outside.heard) == 2
        clinic.live(1)
    assert len(outside.heard) == 3
    assert [record.getMessage() for record in caplog.records] == [
        f"no sign of life is sent: {reason}", "signs of life are sent again"
    ]  # fmt: skip


def test_alerts_that_nobody_carries_are_noticed_too(clinic: Clinic, outside: Monitor) -> None:
    clinic.live()
    clinic.live(1_799, SCHEDULER, STORE)
    assert len(outside.heard) == 2, "a mail server may take its time"
    clinic.live(60, SCHEDULER, STORE)
    assert len(outside.heard) == 2


def test_where_the_monitor_can_be_told_it_is_told_at_once(tmp_path: Path, outside: Monitor) -> None:
    clinic = Clinic(tmp_path, outside.url, kind="healthchecks", every="1h")
    clinic.live()
    clinic.live(121, STORE, ALERTS)
    assert outside.heard[1:] == [("POST", f"/{SECRET}/fail", "the scheduler has not moved for 121 seconds")]
    clinic.live(60, STORE, ALERTS)
    assert len(outside.heard) == 2, "once an hour"
    clinic.live(1)
    assert outside.heard[2:] == [("GET", f"/{SECRET}", "")], "and at once when it is over"


def test_a_push_monitor_of_uptime_kuma(tmp_path: Path, outside: Monitor) -> None:
    clinic = Clinic(tmp_path, outside.url, kind="uptime_kuma", method="post")
    assert clinic.settings is not None
    url = f"{outside.url}/{SECRET}?status=up&msg=OK&ping="
    clinic.settings = HeartbeatSettings.model_validate({"url": url, "kind": "uptime_kuma"})
    clinic.live()
    clinic.live(121, STORE)
    (_, up, _), (method, down, _) = outside.heard
    assert up == f"/{SECRET}?status=up&msg=OK&ping="
    assert (method, down) == (
        "GET", f"/{SECRET}?status=down&msg=the+scheduler+has+not+moved+for+121+seconds"
    )  # fmt: skip


def test_a_monitor_that_is_away_is_asked_again_sooner_and_told_of_once(
    clinic: Clinic, outside: Monitor, caplog: pytest.LogCaptureFixture
) -> None:
    outside.status = 503
    with caplog.at_level(logging.DEBUG):
        for seconds in (0, 15, 30, 60):
            clinic.live(seconds)
        assert len(outside.heard) == 4
        assert clinic.heart.refused == "it answers 503."
        outside.status = 200
        clinic.live(60)
    assert clinic.heart.refused == ""
    assert [record.getMessage() for record in caplog.records if record.name == heartbeat.__name__] == [
        "the monitor did not take the sign of life: it answers 503. It is tried again.",
        "the monitor takes signs of life again",
    ]
    assert SECRET not in "".join(hub_log.redact(record.getMessage()) for record in caplog.records)


def test_no_address_is_in_what_is_left_behind(
    tmp_path: Path, outside: Monitor, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(heartbeat, "_TIMEOUT_SECONDS", 0.05)
    clinic = Clinic(tmp_path, outside.url, kind="healthchecks")
    with caplog.at_level(logging.DEBUG):
        outside.status = 404
        clinic.live()
        outside.hang = 0.2
        clinic.live(60)
        clinic.live(300, STORE)
    assert clinic.heart.last is not None
    assert clinic.heart.last.problem == "it does not answer (ReadTimeout)."
    formatter = hub_log.JsonFormatter()
    logged = "".join(formatter.format(record) for record in caplog.records)
    assert SECRET not in logged + (tmp_path / FILE).read_text() + repr(clinic.settings)


def test_what_the_monitor_refuses_for_long_is_an_alert(store: Store, clinic: Clinic, outside: Monitor) -> None:
    alerts = Alerts(store, lambda kind: [], lambda: datetime.now(UTC), recovery=True)
    outside.status = 404
    for seconds in (0, 60, 60):
        clinic.live(seconds)
        monitor.heartbeat(alerts, clinic.heart.refused)
    (alert,) = Operations(store).alerts()
    assert (alert.key, alert.detail) == ("check:::heartbeat", "it answers 404.")
    outside.status = 200
    clinic.live(60)
    monitor.heartbeat(alerts, clinic.heart.refused)
    assert Operations(store).alerts() == []


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("heartbeat: {url: https://hc.example.com/abc}", "a secret is never written here, only where it lies."),
        ("heartbeat: {url: '${env:BEAT}', every: 1s}", "every: expected at least"),
        ("heartbeat: {url: '${env:BEAT}', kind: cronitor}", "`cronitor` is not one of its words."),
        ("heartbeat: {url: '${env:BEAT}', evry: 5m}", "there is no setting `evry` here. Did you mean `every`?"),
        ("heartbeat: {every: 5m}", "the setting `url` is missing."),
    ],
)
def test_mistakes_in_its_settings(tmp_path: Path, text: str, told: str) -> None:
    assert told in "\n".join(Config(tmp_path).hub(f"notifications:\n  {text}\n").mistakes())


def test_an_address_must_be_one(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    project.settings("hub.yaml", "store: sqlite:///hub.db\nnotifications: {heartbeat: {url: '${env:BEAT}'}}\n")
    monkeypatch.setenv("BEAT", "http://monitor.example.com/secret-path")
    project.customers()
    checked = project.hub("check")
    assert "expected an address that begins with https://." in checked.out
    assert "secret-path" not in checked.out + checked.err


@pytest.fixture
def project(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Project:
    return Project(tmp_path, capsys)


def test_hub_check_shows_it(project: Project, outside: Monitor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BEAT", f"{outside.url}/{SECRET}")
    project.settings("hub.yaml", "store: sqlite:///hub.db\nnotifications: {heartbeat: {url: '${env:BEAT}'}}\n")
    project.customers()
    assert "ok    hub: heartbeat: sent every 300 s; none was sent yet" in project.hub("check").out
    assert outside.heard == [], "a look is no sign of life"
    clinic = Clinic(project.folder / "var", outside.url)
    outside.status = 404
    clinic.live()
    told = project.hub("check").out
    assert "WARN  hub: heartbeat: sent every 300 s; the monitor did not take it" in told
    assert "it answers 404." in told
    assert SECRET not in told
    monkeypatch.delenv("BEAT")
    assert "WARN  hub: notifications: " in project.hub("check").out


def test_the_daemon_sends_it_while_its_store_can_be_written(
    project: Project, outside: Monitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The limits are a hundred times shorter than they are."""
    shorter = {SCHEDULER: 1.2, STORE: 1.2, ALERTS: 60}
    for name, (_, what) in heartbeat._LIMITS.copy().items():
        monkeypatch.setitem(heartbeat._LIMITS, name, (timedelta(seconds=shorter[name]), what))
    monkeypatch.setattr(heartbeat, "_TICK_SECONDS", 0.05)
    monkeypatch.setattr("sync_jobs.wishes.HEARTBEAT", timedelta(seconds=0.2))
    monkeypatch.setattr("sync_jobs.daemon._TICK_SECONDS", 0.1)
    monkeypatch.setenv("BEAT", f"{outside.url}/{SECRET}")
    project.settings(
        "hub.yaml",
        "store: sqlite:///hub.db\nnotifications: {heartbeat: {url: '${env:BEAT}', kind: healthchecks}}\n",
    )
    project.settings("connectors/erp.yaml", "kind: csv\nfolder: data\nschedule: every 1h\n")
    loaded, stop = reload.load(project.folder / "config"), threading.Event()
    with opened(loaded.session, dry_run=False) as stores:
        daemon = threading.Thread(target=Daemon(loaded, stores, stop).run)
        daemon.start()
        try:
            until(lambda: outside.heard == [("GET", f"/{SECRET}", "")])
            with monkeypatch.context() as broken:
                broken.setattr(Requests, "beat", full)
                until(lambda: len(outside.heard) == 2)
            assert outside.heard[1][:2] == ("POST", f"/{SECRET}/fail")
            assert "the database could not be written to" in outside.heard[1][2]
            until(lambda: len(outside.heard) == 3)
            assert outside.heard[2][:2] == ("GET", f"/{SECRET}")
        finally:
            stop.set()
            daemon.join(20)
    assert not daemon.is_alive()


def full(requests: Requests, heart: Any) -> None:
    raise StoreError("the disk is full.", fix="Make room.")


def until(what: Any) -> None:
    ends = time.monotonic() + 10
    while not what():
        assert time.monotonic() < ends, "it did not happen in time"
        time.sleep(0.02)
