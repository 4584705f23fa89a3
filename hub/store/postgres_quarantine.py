"""Rejected records in PostgreSQL: kept once each, counted when they come again, resolved when they come mended."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from hub.model.batch import Reject
from hub.model.kinds import Kind
from hub.store.base import QuarantineEntry, Run
from hub.store.postgres_arrays import array_sql, array_values, key_values, rows_sql
from hub.store.postgres_database import Rows, Statement
from hub.store.postgres_records import clean
from hub.store.raw import raw_text, record_key

_FEW = 1000
"""Open entries that are compared with a batch's ids in memory; more are looked up by the ids."""
_REJECTS = 500
"""Rejects a statement: their raw rows may be long."""
_KEY = ("entity", "record_key", "field", "rule")
_LATEST = ("source_id", "reason", "origin", "row_number", "raw", "run_id", "last_seen_at")
_SENT = {
    **dict.fromkeys((*_KEY, "source_id", "reason"), Kind.TEXT),
    "row_number": Kind.INTEGER,
    "raw": Kind.JSON,
    "times_seen": Kind.INTEGER,
}
_GIVEN_UP = "q.status = 'dropped' AND q.raw = excluded.raw"
"""A person gave it up, and the source still sends the very same row."""
_KEEP = f"""
    INSERT INTO hub_quarantine AS q (source, stream, origin, run_id, first_seen_at, last_seen_at, status,
      {", ".join(_SENT)})
    SELECT $1, $2, $3, $4, $5, $5, 'open', sent.* FROM ({rows_sql(tuple(_SENT), tuple(_SENT.values()), 6)}) AS sent
    ON CONFLICT (source, stream, entity, record_key, field, rule) DO UPDATE SET
      {", ".join(f"{name} = excluded.{name}" for name in _LATEST)},
      times_seen = q.times_seen + excluded.times_seen, status = CASE WHEN {_GIVEN_UP} THEN q.status ELSE 'open' END,
      settled_at = CASE WHEN {_GIVEN_UP} THEN q.settled_at END,
      settled_by = CASE WHEN {_GIVEN_UP} THEN q.settled_by END"""
_WAITING = f"""
    SELECT DISTINCT source_id FROM hub_quarantine
    WHERE status = 'open' AND source = $1 AND stream = $2 AND entity = $3 AND source_id IS NOT NULL LIMIT {_FEW + 1}"""
_RESOLVE = f"""
    UPDATE hub_quarantine SET status = 'resolved', settled_at = $4, settled_by = $5
    WHERE status = 'open' AND source = $1 AND stream = $2 AND entity = $3 AND source_id = ANY({array_sql(8, 6)})"""
_RESOLVE_DELETED = f"""
    UPDATE hub_quarantine SET status = 'resolved', settled_at = $3, settled_by = $4
    WHERE status = 'open' AND source = $1 AND entity = $2 AND source_id = ANY({array_sql(7, 5)})"""
_SETTLE = """
    UPDATE hub_quarantine SET status = $1, settled_at = clock_timestamp(), settled_by = $2
    WHERE status = 'open' AND id = ANY($3::bigint[])"""

ENTRY_COLUMNS = (
    "id, source, stream, entity, source_id, field, rule, reason, origin, row_number, raw, run_id,"
    " first_seen_at, last_seen_at, times_seen, status"
)


def keep(run: Run, at: datetime, rejects: Sequence[Reject], origin: str, first_row: int) -> Iterator[Statement]:
    """Store rejects; those known already count up and are open again, unless a person dropped this very row."""
    for start in range(0, len(rejects), _REJECTS):
        columns = _columns(rejects[start : start + _REJECTS], first_row)
        values = array_values(columns, tuple(_SENT.values()))
        yield _KEEP, (run.source, run.stream, clean(origin), run.id, at, *values)


def _columns(rejects: Iterable[Reject], first_row: int) -> list[tuple[Any, ...]]:
    """The values of `_SENT` column by column. What comes twice is one entry, seen twice: the last one tells."""
    seen: dict[tuple[Any, ...], int] = {}
    rows: dict[tuple[Any, ...], tuple[Any, ...]] = {}
    for reject in rejects:
        raw = raw_text(reject.raw)
        key = (reject.entity, clean(record_key(reject, raw)), reject.field, reject.rule)
        seen[key] = seen.get(key, 0) + 1
        rows[key] = (*key, reject.source_id, reject.reason, first_row + reject.row, raw, seen[key])
    return list(zip(*rows.values(), strict=True))


def waiting(run: Run, entity: str) -> Statement:
    """Which of the stream's records are in quarantine."""
    return _WAITING, (run.source, run.stream, entity)


def resolve(run: Run, at: datetime, entity: str, found: Rows, ids: Sequence[str]) -> Iterator[Statement]:
    """Close the open entries of records that were stored now. `found` is the answer to `waiting`."""
    mended = list(ids) if len(found) > _FEW else list({row[0] for row in found}.intersection(ids))
    if found and mended:
        yield _RESOLVE, (run.source, run.stream, entity, at, f"run {run.id}", *key_values(mended))


def resolve_deleted(run: Run, at: datetime, entity: str, ids: Sequence[str]) -> Statement:
    """Close the open entries of records that are gone at the source, whichever of its streams they came by."""
    return _RESOLVE_DELETED, (run.source, entity, at, f"run {run.id}", *key_values(ids))


def settle(ids: Sequence[int], status: str, who: str) -> Statement:
    """Mark open entries resolved or dropped."""
    return _SETTLE, (status, who, list(ids))


def entry_from(row: Sequence[Any]) -> QuarantineEntry:
    """A row of `ENTRY_COLUMNS` as an entry."""
    return QuarantineEntry(*row)
