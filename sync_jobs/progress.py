"""How a sync gets on, told while it runs: bars on a terminal, a line now and then in a log, nothing under --json."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Any

from hub.output import talk
from sync_jobs.executors import Watcher

if TYPE_CHECKING:
    from sync_jobs.jobs import Job, RunReport
    from sync_jobs.ledger import Tally

_LINE_EVERY_SECONDS = 30.0
_BARS_AFTER_SECONDS = 1.0
"""A sync that is over sooner needs no bars, and not the library that draws them."""


def watcher_for(*, quiet: bool) -> Watcher:
    """The watcher that suits where stderr goes."""
    if quiet:
        return Watcher()
    return TerminalProgress() if sys.stderr.isatty() else LogProgress()


class LogProgress(Watcher):
    """One line for each running stream every 30 seconds."""

    def __init__(self) -> None:
        self._running: dict[str, tuple[int, int]] = {}
        self._said = time.monotonic()

    def page(self, job: Job, tally: Tally) -> None:
        self._running[job.where] = (tally.rows, tally.pages)

    def ended(self, job: Job, report: RunReport) -> None:
        self._running.pop(job.where, None)

    def tick(self) -> None:
        if time.monotonic() - self._said < _LINE_EVERY_SECONDS:
            return
        self._said = time.monotonic()
        for where, (rows, pages) in self._running.items():
            talk(f"{where}: {rows:,} rows in {pages:,} pages so far")


class TerminalProgress(Watcher):
    """A line with a spinner for each running stream, drawn by rich once the sync takes a while."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self._bars: Any = None
        self._tasks: dict[str, Any] = {}
        self._latest: dict[str, tuple[int, int]] = {}

    def page(self, job: Job, tally: Tally) -> None:
        self._latest[job.where] = (tally.rows, tally.pages)

    def ended(self, job: Job, report: RunReport) -> None:
        self._latest.pop(job.where, None)
        if self._bars is not None and job.where in self._tasks:
            self._bars.remove_task(self._tasks.pop(job.where))
        if self._bars is not None and not self._latest:
            self._bars.stop()
            self._bars = None

    def tick(self) -> None:
        if not self._latest or time.monotonic() - self._began < _BARS_AFTER_SECONDS:
            return
        if self._bars is None:
            self._bars = _bars()
            self._tasks.clear()
            self._bars.start()
        for where, (rows, pages) in self._latest.items():
            if where in self._tasks:
                self._bars.update(self._tasks[where], rows=rows, pages=pages)
            else:
                self._tasks[where] = self._bars.add_task(where, total=None, rows=rows, pages=pages)


def _bars() -> Any:
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    return Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        TextColumn("{task.fields[rows]:,} rows in {task.fields[pages]:,} pages"),
        TimeElapsedColumn(),
        console=Console(stderr=True),
        transient=True,
    )
