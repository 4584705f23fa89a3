"""The console and the daemon side by side: runs that a person ends, the child that comes back, one poller for all."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import pytest
from support.console import ConsoleHub

from hub import log as hub_log
from hub import run_logs
from hub.console.live import Broadcast
from hub.store import open_store
from hub.store.operations import Operations, Scheduled
from hub.store.requests import Requests
from sync_jobs import console_child, crew
from sync_jobs.crew import Ended, Watch
from sync_jobs.daemon import Daemon
from sync_jobs.dispatcher import Task
from sync_jobs.jobs import Cancelled
from sync_jobs.reload import load
from sync_jobs.stores import opened

T = TypeVar("T")


def wait(what: Callable[[], T], seconds: float = 30) -> T:
    ends = time.monotonic() + seconds
    while not (found := what()):
        assert time.monotonic() < ends, "it did not happen in time"
        time.sleep(0.02)
    return found


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[ConsoleHub]:
    made = ConsoleHub(tmp_path)
    assert made.hub("sync") == 1
    yield made


@pytest.fixture
def daemon(hub: ConsoleHub, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """A daemon whose runs last until somebody ends them; the streams that began, in order."""
    begun: list[str] = []

    def run(session: Any, store: Any, task: Task, watch: Watch) -> Ended:
        begun.append(task.plan.stream)
        while not watch.cancelled():
            watch.page(None)  # type: ignore[arg-type]  # it only notes that something came
            time.sleep(0.01)
        return Ended(task, "cancelled", Cancelled("the run was stopped."))

    monkeypatch.setattr(crew, "run", run)
    stop = threading.Event()
    with opened(load(hub.config).session, dry_run=False) as stores:
        thread = threading.Thread(target=Daemon(load(hub.config), stores, stop).run)
        thread.start()
        yield begun
        stop.set()
        thread.join(30)
        assert not thread.is_alive()


def entry(hub: ConsoleHub, stream: str = "orders") -> Scheduled | None:
    with open_store(hub.url) as store:
        return Operations(store).schedule("erp", stream)


def test_a_run_that_a_person_ends_goes_on_when_its_schedule_says(hub: ConsoleHub, daemon: list[str]) -> None:
    wait(lambda: entry(hub))
    with open_store(hub.url) as store:
        assert wait(lambda: Requests(store).hearts())[0].streams == 2
        assert Operations(store).want("erp", "orders", datetime.now(UTC))
    wait(lambda: "orders" in daemon)
    with open_store(hub.url) as store:
        number = Requests(store).ask("cancel", "erp", "orders", who="ada", at=datetime.now(UTC))
    ended = wait(lambda: (found := entry(hub)) and found.outcome == "cancelled" and found)
    assert (ended.claimed_at, ended.wanted_at, ended.retry_at, ended.failures) == (None, None, None, 0)
    with open_store(hub.url) as store:
        wish = Requests(store).one(number)
        assert wish is not None
        assert wish.status == "done"
        assert Operations(store).alerts() == [], "nobody is woken by what somebody wanted"
    time.sleep(1.5)
    assert daemon.count("orders") == 1, "it was not begun again at once"


def test_a_daemon_that_stops_says_good_bye(hub: ConsoleHub) -> None:
    stop = threading.Event()
    with opened(load(hub.config).session, dry_run=False) as stores:
        thread = threading.Thread(target=Daemon(load(hub.config), stores, stop).run)
        thread.start()
        with stores.lend() as store:
            wait(lambda: Requests(store).hearts())
            stop.set()
            thread.join(30)
            assert Requests(store).hearts() == []


def test_a_console_that_dies_comes_back_and_ends_with_its_parent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import sys

    pids = tmp_path / "pids"
    code = f"import os, sys; open({str(pids)!r}, 'a').write(f'{{os.getpid()}}\\n'); sys.stdin.read()"
    monkeypatch.setattr(console_child, "_FIRST_WAIT_SECONDS", 0.05)
    stop = threading.Event()
    child = console_child.ConsoleChild(tmp_path, stop)
    child._command = [sys.executable, "-c", code]
    child.start()

    def begun() -> list[int]:
        return [int(line) for line in pids.read_text().split()] if pids.exists() else []

    os.kill(wait(begun)[0], signal.SIGKILL)
    second = wait(lambda: len(begun()) == 2 and begun()[1])
    stop.set()
    child.join(10)
    with pytest.raises(ProcessLookupError):
        os.kill(second, 0)


class FakeConsole:
    """Something to follow, that counts how often it was asked."""

    def __init__(self) -> None:
        self.asked = 0
        self.lives = {"board": self.look}
        self.stores = self

    def look(self, store: Any) -> dict[str, int]:
        self.asked += 1
        return {"mark": self.asked // 2}

    def lend(self) -> Any:
        from contextlib import nullcontext

        return nullcontext()


def test_however_many_look_on_the_store_is_asked_once(monkeypatch: pytest.MonkeyPatch) -> None:
    from hub.console import live

    monkeypatch.setattr(live, "_EVERY_SECONDS", 0.02)
    console = FakeConsole()
    broadcast = Broadcast(console)  # type: ignore[arg-type]

    async def viewer() -> list[int]:
        async with broadcast.seat() as queue:
            return [json.loads(await asyncio.wait_for(queue.get(), 10))["board"]["mark"] for _ in range(3)]

    async def all_of_them() -> list[list[int]]:
        return await asyncio.gather(*(viewer() for _ in range(100)))

    seen = asyncio.run(all_of_them())
    assert len(seen) == 100
    assert all(marks == sorted(set(marks)) for marks in seen), "the same is not told twice"
    assert console.asked < 20
    assert broadcast.viewers == 0


def test_a_run_has_a_log_of_its_own(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    hub_log.hide("s3cret-value")
    hub_log.setup("WARNING")
    run_logs.keep(tmp_path / "runs")
    root = logging.getLogger()
    try:
        logger = logging.getLogger("hub.test")
        with hub_log.context(run_id=7, connector="erp"):
            logger.info("began with s3cret-value")
            hub_log.setup("WARNING")  # as a reload of the settings does
            logger.info("went on")
        logger.warning("about no run")
        for number in range(2_500):
            with hub_log.context(run_id=8):
                logger.info("line %d", number)
    finally:
        for handler in [each for each in root.handlers if isinstance(each, run_logs.RunLogs)]:
            root.removeHandler(handler)
            handler.close()
        hub_log.setup("WARNING")
    lines = run_logs.read(tmp_path / "runs", 7)
    assert lines is not None
    assert [line["message"] for line in lines] == ["began with ***", "went on"]
    assert len(run_logs.read(tmp_path / "runs", 8) or []) == 1_000, "a run that talks without end is cut"
    assert run_logs.read(tmp_path / "runs", 9) is None
    assert (tmp_path / "runs" / "7.jsonl").stat().st_mode & 0o077 == 0
    err = capsys.readouterr().err
    assert "about no run" in err
    assert "went on" not in err, "the terminal shows what it did before"


def test_what_computes_comes_back_after_it_died(hub: ConsoleHub) -> None:
    from hub.errors import UsageError
    from metrics.console_child import Computer

    computer = Computer(hub.config)
    try:
        found = computer.ask("value", state=1, metric="revenue", by=["month"], start="", end="")
        assert found["rows"][0]["gross"] == "10.50"
        assert computer._child is not None
        os.kill(computer._child.pid, signal.SIGKILL)
        computer._child.wait(10)
        assert computer.ask("value", state=1, metric="revenue", by=["month"], start="", end="") is found, "remembered"
        with pytest.raises(UsageError, match="cannot be grouped"):
            computer.ask("value", state=2, metric="revenue", by=["colour"], start="", end="")
    finally:
        computer.close()
