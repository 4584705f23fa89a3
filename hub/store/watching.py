"""How running runs get on, read from the ledger that they write: only what is new since the last look."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from hub.store.base import Counts, PageEntry
from hub.store.same_sql import SameSql

if TYPE_CHECKING:
    from hub.store.base import Store

_COUNTS = ("read", "inserted", "updated", "unchanged", "superseded", "duplicate", "quarantined", "deleted")


@dataclass(frozen=True)
class Running:
    """A run that has not ended, or was left behind by a process that died."""

    id: int
    source: str
    stream: str
    kind: str
    started_at: datetime


@dataclass(frozen=True)
class Progress:
    """What a run has stored so far. `page` is the number of the last page, which counts on from a run before it."""

    page: int
    pages: int
    rows: int
    counts: Counts
    at: datetime


class Watching:
    """Reads one store. Every statement follows an index, whatever the tables' size."""

    def __init__(self, store: Store) -> None:
        self._sql = SameSql(store)

    def running(self) -> list[Running]:
        """Runs without an end, the oldest first."""
        return self._sql.read(Running, "SELECT {} FROM hub_runs WHERE status = 'running' ORDER BY id")

    def newest_run(self) -> int:
        """The highest number of a run; 0 where there is none."""
        return int(self._sql.rows("SELECT max(id) FROM hub_runs")[0][0] or 0)

    def progress(self, run_id: int, after: int = 0) -> Progress | None:
        """What pages behind `after` have brought, all together; None where there is no further one."""
        sums = ", ".join(f"sum({name})" for name in _COUNTS)
        each = ", ".join(f"sum({name}) AS {name}" for name in _COUNTS)
        found = self._sql.rows(
            f"SELECT max(number), count(*), sum(rows), {sums}, max(at) FROM (SELECT number, max(rows) AS rows, {each},"
            " max(at) AS at FROM hub_pages WHERE run_id = $1 AND number > $2 GROUP BY number) AS pages",
            run_id, after,
        )[0]  # fmt: skip
        if found[0] is None:
            return None
        counts = Counts(*map(int, found[3:-1]))
        return Progress(int(found[0]), int(found[1]), int(found[2]), counts, self._sql.value(found[-1], is_time=True))

    def open_questions(self, limit: int = 1000) -> int:
        """How many pairs wait for a person's word; no more than `limit` are counted."""
        found = self._sql.rows(
            "SELECT count(*) FROM (SELECT 1 FROM hub_reviews WHERE status = 'open' LIMIT $1) AS waiting", limit
        )
        return int(found[0][0])

    def last_page(self, run_id: int) -> int:
        """The number of a run's last page; 0 where it stored none."""
        return int(self._sql.rows("SELECT max(number) FROM hub_pages WHERE run_id = $1", run_id)[0][0] or 0)

    def ledger(self, run_id: int, after: int = 0, limit: int = 200) -> list[PageEntry]:
        """Lines of a run's ledger behind page `after`: those of `limit` pages."""
        rows = self._sql.rows(
            f"SELECT number, entity, rows, unrouted, {', '.join(_COUNTS)}, origin, first_row, at FROM hub_pages"
            " WHERE run_id = $1 AND number > $2 AND number <= $3 ORDER BY number, entity",
            run_id, after, after + limit,
        )  # fmt: skip
        return [
            PageEntry(
                number, entity, count, unrouted, Counts(*map(int, more[:-3])), more[-3], more[-2],
                self._sql.value(more[-1], is_time=True),
            )
            for number, entity, count, unrouted, *more in rows
        ]  # fmt: skip
