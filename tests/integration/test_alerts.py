"""What people are told: once, with its end, by mail and web, until it arrives; and never a secret."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from support.listeners import Inbox, mail_server, web_server

from hub import log as hub_log
from hub.access.audit import AuditLog
from hub.access.person import the_daemon
from hub.errors import AuthError, HubError, SourceChanged, SourceUnavailable, StoreError
from hub.plugin_loading import Plugin
from hub.plugins import Registry
from hub.settings.operations import NotificationSettings
from hub.store.access import AccessTables
from hub.store.base import Run, Store
from hub.store.operations import Operations, Scheduled
from sync_jobs import monitor, reload
from sync_jobs.alerts import Alerts
from sync_jobs.heartbeat import Heartbeat, Pulse
from sync_jobs.identify import Identified
from sync_jobs.jobs import RunReport
from sync_jobs.keeper import Keeper
from sync_jobs.plans import Plan
from sync_jobs.post import Post
from sync_jobs.rules import rule_of
from sync_jobs.stores import Stores

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
SECRET = "hunter2-is-no-password"


class Office:
    """A store, a clock, and whom it tells."""

    def __init__(
        self, store: Store, channels: Mapping[str, Any], registry: Registry | None = None, **more: Any
    ) -> None:
        self.store, self.now = store, NOW
        self.settings = NotificationSettings.model_validate({"channels": channels, **more})
        self.post = Post(self.settings, registry or Registry())
        self.alerts = Alerts(store, self.post.channel_names, lambda: self.now, recovery=self.settings.recovery)

    def deliver(self, later: timedelta = timedelta()) -> int:
        self.now += later
        return self.post.deliver(self.store, lambda: self.now)

    def open(self) -> list[str]:
        return sorted(entry.key for entry in Operations(self.store).alerts())


@pytest.fixture
def web() -> Iterator[Inbox]:
    with web_server() as inbox:
        yield inbox


@pytest.fixture
def mail() -> Iterator[Inbox]:
    with mail_server() as inbox:
        yield inbox


def webhook(inbox: Inbox, kind: str = "webhook", **more: Any) -> dict[str, Any]:
    return {"kind": kind, "url": f"http://127.0.0.1:{inbox.port}/{kind}", **more}


def email(inbox: Inbox) -> dict[str, Any]:
    return {
        "kind": "email", "host": "127.0.0.1", "port": inbox.port, "security": "none", "sender": "hub@example.com",
        "to": ["ann@example.com", "bob@example.com"],
    }  # fmt: skip


def test_an_outage_is_told_once_and_so_is_its_end(store: Store, mail: Inbox) -> None:
    office = Office(store, {"ops": email(mail)})
    for number in range(5):
        office.alerts.run_failed("erp", f"s{number}", SourceUnavailable("it is shut.", fix="Wait."))
    office.deliver()
    office.now += HOUR
    for number in range(5):
        office.alerts.run_succeeded("erp", f"s{number}")
    office.deliver()
    first, second = mail.mails
    assert first["Subject"] == "[hub] erp does not answer"
    assert second["Subject"] == "[hub] over: erp does not answer"
    assert first["To"] == "ann@example.com, bob@example.com"
    assert "it is shut.\nWait.\nSince 2026-05-04 12:00 UTC." in first.get_content().replace("\r\n", "\n")
    assert "It lasted from 2026-05-04 12:00 to 2026-05-04 13:00 UTC" in second.get_content()
    assert office.open() == []


def test_two_hubs_tell_it_once(store: Store, second_store: Store, web: Inbox) -> None:
    here, there = Office(store, {"ops": webhook(web)}), Office(second_store, {"ops": webhook(web)})
    for office in (here, there):
        office.alerts.run_failed("erp", "orders", SourceChanged("odd.", fix="Report it."))
    assert here.deliver() + there.deliver() == 1


@pytest.mark.parametrize(
    ("error", "key"),
    [
        (SourceUnavailable("shut."), "outage:erp::"),
        (AuthError("refused.", fix="Renew it."), "credentials:erp::"),
        (SourceChanged("odd."), "failure:erp:orders:"),
        (HubError("an error of ours."), "failure:erp:orders:"),
    ],
)
def test_what_is_told_says_who_has_to_act(store: Store, error: HubError, key: str) -> None:
    office = Office(store, {})
    office.alerts.run_failed("erp", "orders", error)
    assert office.open() == [key]
    office.alerts.run_succeeded("erp", "orders")
    assert office.open() == []


def test_what_does_not_arrive_is_tried_again(store: Store, mail: Inbox, web: Inbox) -> None:
    office = Office(store, {"mail": email(mail), "web": webhook(web)})
    mail.refuse, web.refuse = 1, 2
    office.alerts.open("failure", "x failed")
    assert office.deliver() == 0
    assert office.deliver() == 0, "it waits"
    assert office.deliver(timedelta(seconds=31)) == 1
    assert office.deliver(timedelta(seconds=61)) == 1
    assert (len(mail.mails), len(web.posts)) == (1, 1)
    sent = Operations(store).deliveries(1)
    assert [(each.channel, each.attempts, each.error) for each in sent] == [("mail", 2, ""), ("web", 3, "")]


def test_a_server_that_is_away_is_no_failure_of_ours(store: Store, caplog: pytest.LogCaptureFixture) -> None:
    office = Office(store, {"mail": {**email(Inbox(port=9)), "port": 9}, "web": webhook(Inbox(port=9))})
    office.alerts.open("failure", "x failed")
    with caplog.at_level(logging.WARNING):
        assert office.deliver() == 0
    assert "did not reach mail" in caplog.text
    assert "did not reach web" in caplog.text


def test_slack_and_teams_get_their_own_shapes(store: Store, web: Inbox) -> None:
    office = Office(store, {"s": webhook(web, "slack"), "t": webhook(web, "teams")})
    office.alerts.open("failure", "erp <!channel> failed", detail="a & b")
    assert office.deliver() == 2
    posts = {path: body for path, _, body in web.posts}
    assert posts["/slack"]["text"].startswith("*[hub] erp &lt;!channel&gt; failed*\n")
    card = posts["/teams"]["attachments"][0]["content"]
    assert [block["text"] for block in card["body"]][:2] == ["erp <!channel> failed", "a & b"]


def test_a_webhook_gets_all_of_it_with_its_token(store: Store, web: Inbox) -> None:
    office = Office(store, {"w": webhook(web, token=SECRET)})
    office.alerts.open("failure", "x failed", source="erp", stream="orders", detail="d", fix="f")
    office.deliver()
    ((_, headers, body),) = web.posts
    assert headers["Authorization"] == f"Bearer {SECRET}"
    assert (body["event"], body["kind"], body["source"], body["opened_at"]) == (
        "opened",
        "failure",
        "erp",
        NOW.isoformat(),
    )


def test_a_channel_may_want_some_kinds_only(store: Store, web: Inbox) -> None:
    office = Office(store, {"w": webhook(web, kinds=["outage"])})
    office.alerts.open("failure", "x failed")
    office.alerts.open("outage", "x away")
    assert office.deliver() == 1
    assert web.posts[0][2]["kind"] == "outage"


def test_the_end_may_be_left_untold(store: Store, web: Inbox) -> None:
    office = Office(store, {"w": webhook(web)}, recovery=False)
    office.alerts.open("failure", "x failed")
    office.deliver()
    office.alerts.end("failure")
    assert office.deliver() == 0


def test_a_plugin_gets_every_alert_and_its_faults_stop_nobody(
    store: Store, web: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard: list[Any] = []

    def hub_notify(alert: Any) -> None:
        heard.append(alert)
        if len(heard) == 1:
            raise RuntimeError("a bug")

    registry = Registry()
    plugin = Plugin("acme", "acme 1", {"hub_notify": (hub_notify, ("alert",))})
    monkeypatch.setattr(registry, "with_hook", lambda hook: iter([plugin]))
    office = Office(store, {"w": webhook(web)}, registry)
    office.alerts.open("failure", "x failed")
    assert office.deliver() == 1
    assert office.deliver(timedelta(seconds=31)) == 1
    assert [alert.title for alert in heard] == ["x failed", "x failed"]


def test_no_secret_is_in_what_is_told(store: Store, web: Inbox, caplog: pytest.LogCaptureFixture) -> None:
    hub_log.hide(SECRET)
    office = Office(store, {"w": webhook(web)})
    with caplog.at_level(logging.DEBUG):
        office.alerts.run_failed("erp", "orders", SourceChanged(f"odd: {SECRET}", fix=f"Try {SECRET}."))
        office.deliver()
    told = repr(web.posts) + repr(Operations(store).alerts())
    assert SECRET not in told
    assert SECRET not in caplog.text


PLAN = Plan("shop", "orders", rule_of(["every 1h"], "UTC"), entities=frozenset({"orders"}))  # type: ignore[arg-type]


class TestWhatNoRunTells:
    def test_a_stream_that_is_late_is_overdue_until_it_begins(self, store: Store) -> None:
        office = Office(store, {})
        entry = Scheduled("shop", "orders", PLAN.rule.text, slot_at=NOW, next_at=NOW)
        Operations(store).begin_schedule(entry)
        for later, expected in ((30, []), (90, ["overdue:shop:orders:"])):
            monitor.overdue(store, office.alerts, office.settings, {PLAN.key: PLAN}, NOW + timedelta(minutes=later))
            assert office.open() == expected
        Operations(store).move_schedule(entry, replace(entry, slot_at=NOW + 5 * HOUR, next_at=NOW + 5 * HOUR))
        monitor.overdue(store, office.alerts, office.settings, {PLAN.key: PLAN}, NOW + 2 * HOUR)
        assert office.open() == []

    def test_streams_of_a_system_that_is_away_are_late_from_its_return_on(self, store: Store) -> None:
        office = Office(store, {})
        Operations(store).begin_schedule(Scheduled("shop", "orders", PLAN.rule.text, slot_at=NOW, next_at=NOW))
        office.alerts.run_failed("shop", "customers", SourceUnavailable("shut."))
        monitor.overdue(store, office.alerts, office.settings, {PLAN.key: PLAN}, NOW + 9 * HOUR)
        assert office.open() == ["outage:shop::"]
        office.alerts.end("outage", source="shop")
        (outage,) = Operations(store).alerts(open_only=False)
        assert outage.ended_at is not None
        for later, expected in ((30, []), (90, ["overdue:shop:orders:"])):
            at = outage.ended_at + timedelta(minutes=later)
            monitor.overdue(store, office.alerts, office.settings, {PLAN.key: PLAN}, at)
            assert office.open() == expected

    def test_a_paused_stream_is_not_overdue(self, store: Store) -> None:
        office = Office(store, {})
        Operations(store).begin_schedule(Scheduled("shop", "orders", PLAN.rule.text, slot_at=NOW, next_at=NOW))
        Operations(store).pause("shop", "*", NOW, "ann", "")
        monitor.overdue(store, office.alerts, office.settings, {PLAN.key: PLAN}, NOW + 9 * HOUR)
        assert office.open() == []

    @pytest.mark.parametrize(
        ("held", "total", "told"), [(97, 100, True), (98, 100, False), (5, None, False), (0, 0, False)]
    )
    def test_too_little_held(self, store: Store, held: int, total: int | None, told: bool) -> None:
        office = Office(store, {})
        run = Run(1, "s", "shop", "orders", "incremental", "sync", NOW, None, NOW)
        monitor.completeness(office.alerts, office.settings, RunReport(run, held=held, source_total=total))
        assert bool(office.open()) == told
        monitor.completeness(office.alerts, office.settings, RunReport(run, held=100, source_total=100))
        assert office.open() == []

    def test_quarantine_above_and_below(self, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
        office = Office(store, {}, quarantine_above=10)
        for count, expected in ((10, []), (11, ["quarantine:shop:orders:"]), (0, [])):
            waiting = {("shop", "orders"): count} if count else {}
            monkeypatch.setattr(store, "open_quarantine", lambda waiting=waiting: waiting)
            monitor.quarantine(store, office.alerts, office.settings)
            assert office.open() == expected


class TestBesideTheLoop:
    """What the daemon's second thread does once a minute."""

    @pytest.fixture
    def keeper(self, store: Store, tmp_path: Path) -> Iterator[Keeper]:
        (tmp_path / "config").mkdir()
        (tmp_path / "config" / "hub.yaml").write_text(f"store: {store.url}\nidentity: {{after_sync: always}}\n")
        loaded = reload.load(tmp_path / "config")
        stores = Stores(store.url)
        stop = threading.Event()
        heartbeat = Heartbeat(lambda: None, Pulse(), stop, tmp_path / "var")
        yield Keeper(reload.Settings(loaded), stores, stop, heartbeat)
        stores.close()

    def test_it_matches_what_runs_have_changed(self, keeper: Keeper, store: Store) -> None:
        keeper._match()
        assert store.last_resolution() is not None
        assert Operations(store).alerts() == []

    def test_matching_that_fails_is_told_until_it_works(
        self, keeper: Keeper, store: Store, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with monkeypatch.context() as broken:
            failed = Identified(error=StoreError("full.", fix="Make room."))
            broken.setattr("sync_jobs.keeper.identify", lambda session, store: failed)
            keeper._match()
            keeper._match()
        assert [entry.title for entry in Operations(store).alerts()] == ["matching customers and products failed"]
        keeper._match()
        assert Operations(store).alerts() == []

    def test_old_lines_of_the_audit_log_are_removed(self, keeper: Keeper, store: Store) -> None:
        long_ago = AuditLog(AccessTables(store), lambda: datetime(2024, 1, 1, tzinfo=UTC))
        long_ago.note(the_daemon(), "record.look", "golden/C1", {})
        keeper._forget()
        (entry,) = long_ago.entries()
        assert (entry.who, entry.via, entry.action) == ("hub run", "daemon", "audit.prune")
