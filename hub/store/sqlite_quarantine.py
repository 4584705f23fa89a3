"""Rejected records in SQLite: kept once each, counted when they come again, resolved when they come mended."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from hub.model.batch import Reject
from hub.store.base import QuarantineEntry, Run
from hub.store.raw import raw_text, record_key
from hub.store.shape import from_micros
from hub.store.sqlite_database import Database, places

_CHUNK = 400
_FEW = 1000
"""Open entries that are compared with a batch's ids in memory; more are looked up by the ids."""
_COLUMNS = (
    "source, stream, entity, record_key, field, rule, source_id, reason, origin, row_number, raw, run_id,"
    " first_seen_at, last_seen_at, times_seen, status"
)
_LATEST = ("source_id", "reason", "origin", "row_number", "raw", "run_id", "last_seen_at")
_GIVEN_UP = "status = 'dropped' AND raw = excluded.raw"
"""A person gave it up, and the source still sends the very same row."""
_KEEP = (
    f"INSERT INTO hub_quarantine ({_COLUMNS}) VALUES ({places(14)}, 1, 'open')"
    " ON CONFLICT (source, stream, entity, record_key, field, rule) DO UPDATE SET "
    + ", ".join(f"{name} = excluded.{name}" for name in _LATEST)
    + f", times_seen = times_seen + 1, status = CASE WHEN {_GIVEN_UP} THEN status ELSE 'open' END"
    f", settled_at = CASE WHEN {_GIVEN_UP} THEN settled_at END"
    f", settled_by = CASE WHEN {_GIVEN_UP} THEN settled_by END"
)


def keep(db: Database, run: Run, at: int, rejects: Sequence[Reject], *, origin: str, first_row: int) -> None:
    """Store rejects; those known already count up and are open again, unless a person dropped this very row."""
    for reject in rejects:
        raw = raw_text(reject.raw)
        known_by = (run.source, run.stream, reject.entity, record_key(reject, raw), reject.field, reject.rule)
        db.run(_KEEP, (*known_by, reject.source_id, reject.reason, origin, first_row + reject.row, raw, run.id, at, at))


def resolve(db: Database, run: Run, at: int, entity: str, ids: Iterable[str]) -> None:
    """Close the open entries of records that were stored now. Costs one indexed look-up where none is open."""
    _close(db, run, at, ids, source=run.source, stream=run.stream, entity=entity)


def resolve_deleted(db: Database, run: Run, at: int, entity: str, ids: Iterable[str]) -> None:
    """Close the open entries of records that are gone at the source, whichever of its streams they came by."""
    _close(db, run, at, ids, source=run.source, entity=entity)


def _close(db: Database, run: Run, at: int, ids: Iterable[str], **columns: str) -> None:
    which = "status = 'open'" + "".join(f" AND {name} = ?" for name in columns)
    values = tuple(columns.values())
    waiting = db.rows(
        f"SELECT DISTINCT source_id FROM hub_quarantine WHERE {which} AND source_id IS NOT NULL LIMIT {_FEW + 1}",
        values,
    )
    if not waiting:
        return
    done = list(ids) if len(waiting) > _FEW else list({row[0] for row in waiting}.intersection(ids))
    for start in range(0, len(done), _CHUNK):
        chunk = done[start : start + _CHUNK]
        db.run(
            "UPDATE hub_quarantine SET status = 'resolved', settled_at = ?, settled_by = ?"
            f" WHERE {which} AND source_id IN ({places(len(chunk))})",
            (at, f"run {run.id}", *values, *chunk),
        )


def settle(db: Database, ids: Sequence[int], status: str, who: str, at: int) -> int:
    """Mark open entries resolved or dropped; returns how many were open."""
    settled = 0
    for start in range(0, len(ids), _CHUNK):
        chunk = ids[start : start + _CHUNK]
        settled += db.run(
            "UPDATE hub_quarantine SET status = ?, settled_at = ?, settled_by = ?"
            f" WHERE status = 'open' AND id IN ({places(len(chunk))})",
            (status, at, who, *chunk),
        ).rowcount
    return settled


ENTRY_COLUMNS = (
    "id, source, stream, entity, source_id, field, rule, reason, origin, row_number, raw, run_id,"
    " first_seen_at, last_seen_at, times_seen, status"
)


def entry_from(row: Sequence[Any], raw: Any) -> QuarantineEntry:
    """A row of `ENTRY_COLUMNS` as an entry."""
    (number, source, stream, entity, source_id, field, rule, reason, origin, row_number, _, run_id, *rest) = row
    first, last, times_seen, status = rest
    return QuarantineEntry(
        number, source, stream, entity, source_id, field, rule, reason, origin, row_number, raw, run_id,
        from_micros(first), from_micros(last), times_seen, status,
    )  # fmt: skip
