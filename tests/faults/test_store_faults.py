"""The hub's own database fails in the middle of a run, or somebody else has it: a clear error, and nothing is lost."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from support.clean_store import empty, prepared_url
from support.made_up import Shop, customer, day, job
from support.project import Project

from hub.errors import LeaseHeld, LeaseLost, StoreBusy, StoreError
from hub.holder import started
from hub.sdk.connector import Mode
from hub.store import open_store
from hub.store.base import Store
from sync_jobs import lease, pipeline
from sync_jobs.jobs import RunReport

BOTH = pytest.mark.parametrize("kind", ["sqlite", "postgres"])


@pytest.fixture(scope="module")
def urls(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], str]:
    made: dict[str, str] = {}

    def url(kind: str) -> str:
        if kind not in made:
            made[kind] = prepared_url(kind, tmp_path_factory.mktemp(kind))
        empty(made[kind])
        return made[kind]

    return url


def shop(rows: int = 50) -> Shop:
    return Shop([customer(number, changed=number / 100) for number in range(rows)])


def sync(store: Store, source: Shop, folder: Path, **settings: Any) -> RunReport:
    return pipeline.run(job(source, folder, **settings), store)


def before_page(number: int, act: Callable[[], None]) -> Callable[[int], None]:
    def maybe(page: int) -> None:
        if page == number:
            act()

    return maybe


class TestDisk:
    def test_a_full_disk_stops_the_run_after_whole_pages(self, urls: Callable[[str], str], tmp_path: Path) -> None:
        url = urls("sqlite")
        source = Shop([customer(number, name="x" * 300) for number in range(2000)], page_size=200)
        stored = threading.Semaphore(1)
        source.before_page = lambda _: bool(stored.acquire(timeout=1))
        with open_store(url) as store:
            connection: sqlite3.Connection = store.db.connection  # type: ignore[attr-defined]
            pages = connection.execute("PRAGMA page_count").fetchone()[0]
            connection.execute(f"PRAGMA max_page_count = {pages + 60}")
            report = sync(store, source, tmp_path, progress=lambda _: stored.release())
            assert isinstance(report.error, StoreError)
            assert "the disk is full" in str(report.error)
            assert "Free some space" in report.error.fix
            assert report.exit_code == 7
            held = store.held("shop")["customers"]
            assert 0 < held < 2000
            assert held % 200 == 0
        source.before_page = lambda number: None
        with open_store(url) as store:
            assert sync(store, source, tmp_path).run.counts.inserted == 2000 - held
            assert store.held("shop") == {"customers": 2000}

    def test_a_full_disk_beside_the_store_is_told_too(self, urls: Callable[[str], str], tmp_path: Path) -> None:
        """The keys that a snapshot has shown lie in a file of their own."""
        (tmp_path / "seen").write_text("a file where a folder should be")
        with open_store(urls("sqlite")) as store:
            sync(store, shop(), tmp_path / "other")
            report = sync(store, shop(), tmp_path, mode=Mode.SNAPSHOT)
        assert isinstance(report.error, StoreError)
        assert "cannot write" in str(report.error)
        assert "Free disk space or mend the folder's permissions" in report.error.fix


class TestGone:
    def test_a_cut_connection_stops_the_run_and_the_next_one_goes_on(
        self, urls: Callable[[str], str], tmp_path: Path
    ) -> None:
        url = urls("postgres")
        from support.postgres import terminate_others

        source = shop()
        wait_for_pages = threading.Event()

        def cut() -> None:
            wait_for_pages.wait(10)
            terminate_others(url)

        source.before_page = before_page(4, cut)
        with open_store(url) as store:
            report = sync(store, source, tmp_path, progress=lambda tally: tally.pages == 2 and wait_for_pages.set())
        assert isinstance(report.error, StoreError)
        assert report.exit_code == 7
        assert report.error.fix
        source.before_page = lambda page: None
        with open_store(url) as store:
            assert sync(store, source, tmp_path).run.status == "ok"
            assert store.held("shop") == {"customers": 50}

    def test_a_file_that_was_removed_under_the_hub(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        project = Project(tmp_path, capsys)
        project.customers("C1,Customer 1,DE,2024-01-01T00:00:00Z")
        project.hub("sync")
        (tmp_path / "hub.db").write_bytes(b"\0" * 4096)
        result = project.hub("sync")
        assert result.code == 7
        assert "hub.db" in result.err
        assert "Traceback" not in result.err


class TestLocked:
    def test_a_database_that_another_program_locks(self, urls: Callable[[str], str], tmp_path: Path) -> None:
        from hub.store.sqlite import SqliteStore

        url = urls("sqlite")
        other = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None, check_same_thread=False)
        source = shop()
        source.before_page = before_page(4, lambda: other.execute("BEGIN IMMEDIATE"))
        with SqliteStore(url, busy_seconds=0.3) as store:
            report = sync(store, source, tmp_path)
        assert isinstance(report.error, StoreBusy)
        assert "is locked by another process" in str(report.error)
        other.close()
        source.before_page = lambda page: None
        with open_store(url) as store:
            assert sync(store, source, tmp_path).run.status == "ok"
            assert store.held("shop") == {"customers": 50}
            assert {run.status for run in store.runs()} <= {"ok", "failed", "crashed"}


@BOTH
class TestLease:
    def test_two_runs_at_once_one_wins_and_the_other_names_it(
        self, urls: Callable[[str], str], tmp_path: Path, kind: str
    ) -> None:
        url = urls(kind)
        source, late = shop(), shop()
        reports: list[RunReport] = []

        def try_too() -> None:
            with open_store(url) as second:
                reports.append(sync(second, late, tmp_path / "second"))

        source.before_page = before_page(3, try_too)
        with open_store(url) as store:
            assert sync(store, source, tmp_path / "first").run.status == "ok"
            assert store.held("shop") == {"customers": 50}
        assert isinstance(reports[0].error, LeaseHeld)
        assert reports[0].exit_code == 7
        assert f"process {os.getpid()} on" in str(reports[0].error)
        assert "hub status" in reports[0].error.fix
        assert late.requests == []

    def test_a_holder_whose_lease_ran_out_writes_nothing_more(
        self, urls: Callable[[str], str], tmp_path: Path, kind: str
    ) -> None:
        url = urls(kind)
        source = shop()
        waits = threading.Event()

        def taken_over() -> None:
            waits.wait(10)
            with open_store(url) as thief:
                held = thief.leases()[0][0]
                thief.release(held)
                assert thief.acquire("shop", "rows", "another machine", timedelta(minutes=1))

        source.before_page = before_page(4, taken_over)
        with open_store(url) as store:
            report = sync(store, source, tmp_path, progress=lambda tally: waits.set())
            assert isinstance(report.error, LeaseLost)
            assert report.exit_code == 7
            held = store.held("shop")["customers"]
            pages = len(store.pages(report.run.id))
            assert held == pages * 10 < 50

    def test_the_lease_of_a_process_that_is_gone_is_taken_over_at_once(
        self, urls: Callable[[str], str], tmp_path: Path, kind: str
    ) -> None:
        child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
        host, _, _, space = lease.holder().split(":")
        holder = f"{host}:{child.pid}:{started(child.pid)}:{space}#1"
        with open_store(urls(kind)) as store:
            assert store.acquire("shop", "rows", holder, timedelta(minutes=1))
            assert isinstance(sync(store, shop(), tmp_path).error, LeaseHeld)
            child.communicate(b"\n")
            assert sync(store, shop(), tmp_path).run.status == "ok"

    def test_the_lease_of_another_machine_is_respected_until_it_runs_out(
        self, urls: Callable[[str], str], tmp_path: Path, kind: str
    ) -> None:
        with open_store(urls(kind)) as store:
            assert store.acquire("shop", "rows", "elsewhere:1:1:space#1", timedelta(seconds=1))
            assert isinstance(sync(store, shop(), tmp_path).error, LeaseHeld)
            time.sleep(1.1)
            assert sync(store, shop(), tmp_path).run.status == "ok"

    def test_a_clock_that_goes_backwards_between_pages_loses_nothing(
        self, urls: Callable[[str], str], tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        moments: Iterator[float] = iter(100 - number for number in range(1000))
        monkeypatch.setattr(pipeline, "_now", lambda: day(next(moments)))
        with open_store(urls(kind)) as store:
            for _ in range(3):
                report = sync(store, shop(), tmp_path)
                assert report.run.status == "ok"
            assert store.held("shop") == {"customers": 50}


class TestSignals:
    """`hub sync` in a process of its own, asked to stop."""

    @pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
    def test_the_page_is_finished_and_saved(self, tmp_path: Path, number: signal.Signals) -> None:
        process, ready = slow_sync(tmp_path)
        ready()
        process.send_signal(number)
        _, err = process.communicate(timeout=30)
        assert process.returncode == 130, err
        assert "Stopping after this page" in err
        assert "the run was stopped" in err
        with open_store(f"sqlite:///{tmp_path / 'hub.db'}") as store:
            run = store.runs()[0]
            assert run.status == "cancelled"
            assert store.held("slow") == {"customers": run.pages * 10}
            assert store.leases() == []


def slow_sync(folder: Path) -> tuple[subprocess.Popen[str], Callable[[], None]]:
    """A sync of a source that takes its time, and a function that waits until a page was stored."""
    (folder / "config" / "connectors").mkdir(parents=True)
    (folder / "config" / "connectors" / "slow.yaml").write_text("kind: slow\n")
    root = Path(__file__).parents[2]
    code = "from hub import cli, plugins; plugins.BUILT_IN['slow'] = 'support.slow_kind'; cli.main(['sync', 'slow'])"
    process = subprocess.Popen(
        [sys.executable, "-c", code],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": f"{root}:{root / 'tests'}"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )

    def stored() -> None:
        until = time.monotonic() + 30
        while time.monotonic() < until and not _has_page(folder / "hub.db"):
            time.sleep(0.05)

    return process, stored


def _has_page(path: Path) -> bool:
    try:
        connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    except sqlite3.Error:
        return False
    try:
        return bool(connection.execute("SELECT count(*) FROM hub_pages").fetchone()[0])
    except sqlite3.Error:
        return False
    finally:
        connection.close()
