"""What was computed, as it was known then. The same SQL on both databases; nothing here is on the path of a sync."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from hub.store.shape import from_micros, to_micros

if TYPE_CHECKING:
    from hub.store.base import Store

_COLUMNS = ("taken_at", "metric", "request", "sequence", "total_rows", "value", "digest", "body")


@dataclass(frozen=True)
class Snapshot:
    """One result of a metric.

    request   dimensions, period and parameters, as JSON with sorted names
    sequence  the newest change of the store that was in it
    value     the headline, exact; None where it has no sum
    digest    of the body without its time
    body      columns, rows, coverage and sources, as JSON; empty in lists
    """

    taken_at: datetime
    metric: str
    request: str
    sequence: int
    total_rows: int
    value: str | None
    digest: str
    body: str
    id: int = 0


class Snapshots:
    """The snapshots in one store. Give it a store of its own thread."""

    def __init__(self, store: Store) -> None:
        self._db: Any = store.db  # type: ignore[attr-defined]  # both stores have one; the contract names none
        self._sqlite = store.dialect == "sqlite"

    def keep(self, snapshot: Snapshot) -> int | None:
        """Keep a result; its number, or None where the newest one of the same request says the same."""
        newest = self._rows(
            "SELECT digest FROM hub_snapshots WHERE metric = $1 AND request = $2 ORDER BY id DESC LIMIT 1",
            snapshot.metric, snapshot.request,
        )  # fmt: skip
        if newest and newest[0][0] == snapshot.digest:
            return None
        places = ", ".join(f"${number}" for number in range(1, len(_COLUMNS) + 1))
        found = self._rows(
            f"INSERT INTO hub_snapshots ({', '.join(_COLUMNS)}) VALUES ({places}) RETURNING id",
            *(getattr(snapshot, name) for name in _COLUMNS),
        )
        return int(found[0][0])

    def prune(self, keep_days: int) -> int:
        """Remove snapshots that are older, but the last of each calendar month (UTC) of each question: the report of
        any month can be printed again as it was known at its end. How many went."""
        month = "strftime('%Y-%m', taken_at / 1000000, 'unixepoch')" if self._sqlite else (
            "to_char(taken_at AT TIME ZONE 'UTC', 'YYYY-MM')"
        )  # fmt: skip
        gone = self._rows(
            "DELETE FROM hub_snapshots WHERE taken_at < $1 AND id NOT IN "
            f"(SELECT max(id) FROM hub_snapshots GROUP BY metric, request, {month}) RETURNING id",
            datetime.now(UTC) - timedelta(days=keep_days),
        )
        return len(gone)

    def listed(self, metric: str, request: str | None = None, *, limit: int = 100) -> list[Snapshot]:
        """Snapshots of a metric without their bodies, the newest first."""
        where, values = ("AND request = $2", [request]) if request is not None else ("", [])
        columns = ", ".join("''" if name == "body" else name for name in _COLUMNS)
        return self._read(
            f"SELECT {columns}, id FROM hub_snapshots WHERE metric = $1 {where} ORDER BY id DESC LIMIT {limit:d}",
            metric, *values,
        )  # fmt: skip

    def one(self, number: int) -> Snapshot | None:
        """A snapshot by its number."""
        found = self._read(f"SELECT {', '.join(_COLUMNS)}, id FROM hub_snapshots WHERE id = $1", number)
        return next(iter(found), None)

    def known_at(self, metric: str, request: str, moment: datetime) -> Snapshot | None:
        """The newest snapshot of a request that was taken by a moment."""
        found = self._read(
            f"SELECT {', '.join(_COLUMNS)}, id FROM hub_snapshots WHERE metric = $1 AND request = $2"
            " AND taken_at <= $3 ORDER BY taken_at DESC, id DESC LIMIT 1",
            metric, request, moment,
        )  # fmt: skip
        return next(iter(found), None)

    def _read(self, statement: str, *values: Any) -> list[Snapshot]:
        return [Snapshot(self._moment(row[0]), *row[1:]) for row in self._rows(statement, *values)]

    def _moment(self, value: Any) -> datetime:
        return from_micros(value) if self._sqlite else value

    def _rows(self, statement: str, *values: Any) -> Sequence[tuple[Any, ...]]:
        if self._sqlite:
            plain = [to_micros(value) if isinstance(value, datetime) else value for value in values]
            return list(self._db.rows(statement.replace("$", "?"), plain))
        return list(self._db.rows(statement, values))
