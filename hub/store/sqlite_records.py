"""Runs, ledger lines and stream positions as rows of SQLite's bookkeeping tables, and back."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from hub.store.base import Counts, PageEntry, Run, StreamState
from hub.store.shape import from_micros, to_micros
from hub.store.sqlite_database import places

_COUNTS = ("read", "inserted", "updated", "unchanged", "superseded", "duplicate", "quarantined", "deleted")

_RUN = (
    "sync_id", "source", "stream", "mode", "kind", "started_at", "since", "until",
    "ended_at", "status", "rows_read", "rows_unrouted", "pages", "source_total", "held", "error", "notes", *_COUNTS,
)  # fmt: skip
RUN_COLUMNS = f"id, {', '.join(_RUN)}"
RUN_START = f"INSERT INTO hub_runs ({', '.join(_RUN)}) VALUES ({places(len(_RUN))})"
RUN_END = f"UPDATE hub_runs SET {', '.join(f'{name} = ?' for name in _RUN)} WHERE id = ?"

_PAGE = ("number", "entity", "rows", "unrouted", "origin", "first_row", "at", *_COUNTS)
PAGE_COLUMNS = ", ".join(_PAGE)
PAGE_ENTRY = f"INSERT INTO hub_pages (run_id, {PAGE_COLUMNS}) VALUES (?, {places(len(_PAGE))})"

_STATE = (
    "cursor", "state", "resume", "resume_since", "resume_until",
    "map_fingerprint", "last_complete_at", "source_total", "source_total_at",
)  # fmt: skip
STATE_COLUMNS = ", ".join(_STATE)
STREAM_STATE = (
    f"INSERT INTO hub_streams (source, stream, {STATE_COLUMNS}) VALUES (?, ?, {places(len(_STATE))})"
    f" ON CONFLICT (source, stream) DO UPDATE SET {', '.join(f'{name} = excluded.{name}' for name in _STATE)}"
)


def run_values(run: Run) -> tuple[Any, ...]:
    """In the order of RUN_START; RUN_END wants the id behind them."""
    return (
        run.sync_id, run.source, run.stream, run.mode, run.kind, to_micros(run.started_at), _micros(run.since),
        to_micros(run.until), _micros(run.ended_at), run.status, run.rows_read, run.rows_unrouted, run.pages,
        run.source_total, run.held, run.error, json.dumps(run.notes), *_count_values(run.counts),
    )  # fmt: skip


def run_from(row: Sequence[Any]) -> Run:
    """A row of RUN_COLUMNS."""
    (number, sync_id, source, stream, mode, kind, started_at, since, until, ended_at, status) = row[:11]
    rows_read, rows_unrouted, pages, source_total, held, error, notes = row[11:18]
    return Run(
        number, sync_id, source, stream, mode, kind, from_micros(started_at), _moment(since), from_micros(until),
        _moment(ended_at), status, rows_read, rows_unrouted, pages, source_total, Counts(*row[18:]), held, error,
        json.loads(notes or "[]"),
    )  # fmt: skip


def page_values(run_id: int, entry: PageEntry) -> tuple[Any, ...]:
    """In the order of PAGE_ENTRY."""
    return (
        run_id, entry.number, entry.entity, entry.rows, entry.unrouted, entry.origin, entry.first_row,
        to_micros(entry.at), *_count_values(entry.counts),
    )  # fmt: skip


def page_from(row: Sequence[Any]) -> PageEntry:
    """A row of PAGE_COLUMNS."""
    number, entity, rows, unrouted, origin, first_row, at = row[:7]
    return PageEntry(number, entity, rows, unrouted, Counts(*row[7:]), origin, first_row, from_micros(at))


def state_values(state: StreamState) -> tuple[Any, ...]:
    """In the order of STREAM_STATE, behind source and stream."""
    return (
        _micros(state.cursor), json.dumps(state.state), None if state.resume is None else json.dumps(state.resume),
        _micros(state.resume_since), _micros(state.resume_until), state.map_fingerprint,
        _micros(state.last_complete_at), state.source_total, _micros(state.source_total_at),
    )  # fmt: skip


def state_from(row: Sequence[Any]) -> StreamState:
    """A row of STATE_COLUMNS."""
    cursor, state, resume, since, until, fingerprint, complete_at, total, total_at = row
    return StreamState(
        _moment(cursor), json.loads(state or "{}"), None if resume is None else json.loads(resume), _moment(since),
        _moment(until), fingerprint, _moment(complete_at), total, _moment(total_at),
    )  # fmt: skip


def _count_values(counts: Counts) -> tuple[int, ...]:
    return tuple(getattr(counts, name) for name in _COUNTS)


def _micros(moment: datetime | None) -> int | None:
    return None if moment is None else to_micros(moment)


def _moment(micros: int | None) -> datetime | None:
    return None if micros is None else from_micros(micros)
