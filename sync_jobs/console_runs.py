"""Runs: all of them, and one with its ledger and its log."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import Query
from fastapi.responses import Response

from hub import run_logs
from hub.console.faults import Missing
from hub.console.visit import Here
from hub.console.words import N_
from hub.store.base import Counts
from hub.store.watching import Watching
from sync_jobs.verify import missed_in

if TYPE_CHECKING:
    from hub.console.desk import Console
    from hub.store.base import Run, Store
    from sync_jobs.console_board import Boards

Name = Annotated[str, Query(max_length=200)]
_PAGES = 100
"""Pages of the ledger that are shown at once."""
COUNTS = ("read", "inserted", "updated", "unchanged", "superseded", "duplicate", "quarantined", "deleted")


def add(console: Console, boards: Boards) -> None:
    """Add the pages."""
    console.navigation(N_("Runs"), "/runs", order=30)

    @console.page("/runs")
    def runs(
        here: Here, source: Name = "", stream: Name = "", limit: Annotated[int, Query(ge=1, le=1000)] = 50
    ) -> Response:
        found = here.store.runs(source=source or None, stream=stream or None, limit=limit)
        names = sorted({each.key[0] for each in boards.board(here.store).streams} | {run.source for run in found})
        return here.page("runs.html", runs=found, source=source, stream=stream, limit=limit, sources=names)

    @console.page("/runs/{number}")
    def run(here: Here, number: int, after: Annotated[int, Query(ge=0)] = 0) -> Response:
        found = run_of(here.store, number)
        watching = Watching(here.store)
        log = run_logs.read(console.session.state_dir / run_logs.FOLDER, number)
        live = next((each for each in boards.board(here.store).live if each.id == number), None)
        return here.page(
            "run.html", run=found, live=live, ledger=watching.ledger(number, after, _PAGES), after=after, pages=_PAGES,
            last_page=watching.last_page(number), log=log,
            balance=balance(found), missed=missed_in(found), names=COUNTS,
        )  # fmt: skip


def run_of(store: Store, number: int) -> Run:
    """A run by its number. Raises Missing."""
    found = store.run(number) if number < 1 << 31 else None
    if found is None:
        raise Missing(f"there is no run {number}.", fix="See the list of runs.")
    return found


def balance(run: Run) -> tuple[bool, Counts]:
    """Whether what was read is accounted for."""
    return run.counts.balanced, run.counts
