"""Runs, ledger lines and stream positions as rows of PostgreSQL's bookkeeping tables, and back."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from typing import Any

from hub.store.base import Counts, PageEntry, Run, StreamState

_COUNTS = ("read", "inserted", "updated", "unchanged", "superseded", "duplicate", "quarantined", "deleted")
_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
_REFUSED_ESCAPE = re.compile(r"\\u(?:0000|d[89a-f])")
"""Escapes that jsonb refuses, or may refuse: NUL, and halves of surrogate pairs (file names in a broken encoding)."""


def places(count: int, start: int = 1) -> str:
    """So many parameters of a statement, the first one numbered `start`."""
    return ", ".join(f"${number}" for number in range(start, start + count))


def _upsert(names: Iterable[str]) -> str:
    return ", ".join(f"{name} = excluded.{name}" for name in names)


_RUN = (
    "sync_id", "source", "stream", "mode", "kind", "started_at", "since", "until", "ended_at", "status", "rows_read",
    "rows_unrouted", "pages", "source_total", "held", "error", "notes", *_COUNTS,
)  # fmt: skip
RUN_COLUMNS = f"id, {', '.join(_RUN)}"
RUN_START = f"INSERT INTO hub_runs ({', '.join(_RUN)}) VALUES ({places(len(_RUN))}) RETURNING id"
RUN_END = (
    f"UPDATE hub_runs SET {', '.join(f'{name} = ${number}' for number, name in enumerate(_RUN, 1))}"
    f" WHERE id = ${len(_RUN) + 1}"
)

_PAGE = ("number", "entity", "rows", "unrouted", "origin", "first_row", "at", *_COUNTS)
PAGE_COLUMNS = ", ".join(_PAGE)
PAGE_ENTRY = f"INSERT INTO hub_pages (run_id, {PAGE_COLUMNS}) VALUES ({places(len(_PAGE) + 1)})"

_STATE = (
    "cursor", "state", "resume", "resume_since", "resume_until", "map_fingerprint", "last_complete_at",
    "source_total", "source_total_at",
)  # fmt: skip
STATE_COLUMNS = ", ".join(_STATE)
STREAM_STATE = (
    f"INSERT INTO hub_streams (source, stream, {STATE_COLUMNS}) VALUES ({places(len(_STATE) + 2)})"
    f" ON CONFLICT (source, stream) DO UPDATE SET {_upsert(_STATE)}"
)


def run_values(run: Run) -> tuple[Any, ...]:
    """In the order of RUN_START; RUN_END wants the id behind them."""
    return (
        run.sync_id, run.source, run.stream, run.mode, run.kind, run.started_at, run.since, run.until, run.ended_at,
        run.status, run.rows_read, run.rows_unrouted, run.pages, run.source_total, run.held, clean(run.error),
        json_text(run.notes), *_count_values(run.counts),
    )  # fmt: skip


def run_from(row: Sequence[Any]) -> Run:
    """A row of RUN_COLUMNS."""
    (number, sync_id, source, stream, mode, kind, started_at, since, until, ended_at, status) = row[:11]
    rows_read, rows_unrouted, pages, source_total, held, error, notes = row[11:18]
    return Run(
        number, sync_id, source, stream, mode, kind, started_at, since, until, ended_at, status, rows_read,
        rows_unrouted, pages, source_total, Counts(*row[18:]), held, error, json_value(notes) or [],
    )  # fmt: skip


def page_values(run_id: int, entry: PageEntry) -> tuple[Any, ...]:
    """In the order of PAGE_ENTRY."""
    return (
        run_id, entry.number, entry.entity, entry.rows, entry.unrouted, clean(entry.origin), entry.first_row, entry.at,
        *_count_values(entry.counts),
    )  # fmt: skip


def page_from(row: Sequence[Any]) -> PageEntry:
    """A row of PAGE_COLUMNS."""
    number, entity, rows, unrouted, origin, first_row, at = row[:7]
    return PageEntry(number, entity, rows, unrouted, Counts(*row[7:]), origin, first_row, at)


def state_values(state: StreamState) -> tuple[Any, ...]:
    """In the order of STREAM_STATE, behind source and stream."""
    return (
        state.cursor, json_text(state.state), None if state.resume is None else json_text(state.resume),
        state.resume_since, state.resume_until, state.map_fingerprint, state.last_complete_at, state.source_total,
        state.source_total_at,
    )  # fmt: skip


def state_from(row: Sequence[Any]) -> StreamState:
    """A row of STATE_COLUMNS."""
    cursor, state, resume, *rest = row
    return StreamState(cursor, json_value(state) or {}, json_value(resume), *rest)


def json_text(value: Any) -> str:
    """A value as a JSON text that jsonb takes. A text that it might refuse is kept as a JSON string of itself."""
    text = json.dumps(value)
    return json.dumps(text) if _REFUSED_ESCAPE.search(text) else text


def json_value(stored: Any) -> Any:
    """What `json_text` was made of."""
    return json.loads(stored) if isinstance(stored, str) else stored


def clean(text: str) -> str:
    """The text without what PostgreSQL's text refuses, NUL and halves of surrogate pairs: each becomes U+FFFD."""
    if "\x00" in text:
        text = text.replace("\x00", _REPLACEMENT)
    try:
        text.encode()
    except UnicodeEncodeError:
        return "".join(_REPLACEMENT if "\ud800" <= character <= "\udfff" else character for character in text)
    return text


def _count_values(counts: Counts) -> tuple[int, ...]:
    return tuple(getattr(counts, name) for name in _COUNTS)
