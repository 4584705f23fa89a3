"""What the SQLite store tells: positions, counts, changes, and rows in physical form."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from hub.model.kinds import Entity, Kind
from hub.store.base import Change, QuarantineEntry, StreamState
from hub.store.shape import columns_in_use, kind_of, table
from hub.store.sqlite_base import SqliteBase
from hub.store.sqlite_database import places
from hub.store.sqlite_leases import now_micros
from hub.store.sqlite_quarantine import ENTRY_COLUMNS, entry_from, settle
from hub.store.sqlite_records import STATE_COLUMNS, state_from

_PAGE = 5000
"""Rows a page of reading."""
_CHUNK = 400


class SqliteReading(SqliteBase):
    """The part of the store that reads."""

    def stream_state(self, source: str, stream: str) -> StreamState:
        row = self.db.row(f"SELECT {STATE_COLUMNS} FROM hub_streams WHERE source = ? AND stream = ?", (source, stream))
        return state_from(row) if row else StreamState()

    def held(self, source: str) -> dict[str, int]:
        return dict(self.db.rows("SELECT entity, rows FROM hub_held WHERE source = ? AND rows <> 0", (source,)))

    def columns_in_use(self, entity: str) -> list[str]:
        written = self.db.rows("SELECT name FROM hub_columns WHERE entity = ?", (entity,))
        return columns_in_use(table(entity), (row[0] for row in written))

    def live_ids(self, source: str, stream: str, entity: str) -> Iterator[list[str]]:
        query = (
            f"SELECT source_id FROM {table(entity).name} WHERE source = ? AND deleted_at IS NULL"
            " AND run_id IN (SELECT id FROM hub_runs WHERE source = ? AND stream = ?)"
        )
        for page in self._view(query, (source, source, stream)):
            yield [row[0] for row in page]

    def _view(self, query: str, values: Sequence[Any]) -> Iterator[list[tuple[Any, ...]]]:
        """The rows as they are now, whatever is written while the caller works through them."""
        reader = self.another()
        try:
            yield from reader.pages(query, values, _PAGE)
        finally:
            reader.close()

    def rows(
        self,
        entity: str,
        columns: Sequence[str],
        *,
        source: str | None = None,
        keys: Sequence[str] | None = None,
        run_ids: Sequence[int] | None = None,
    ) -> Iterator[list[tuple[Any, ...]]]:
        shape = table(entity)
        kinds = [kind_of(shape, name) for name in columns]
        query, values = _selection(shape, columns, source, run_ids)
        reader = self.another()
        try:
            reader.run("BEGIN")
            for some in [None] if keys is None else _chunked(keys):
                within = "" if some is None else f" AND source_id IN ({places(len(some))})"
                for page in reader.pages(query + within, (*values, *(some or ())), _PAGE):
                    yield physical(page, kinds)
        finally:
            reader.close()

    def quarantined(
        self,
        *,
        source: str | None = None,
        stream: str | None = None,
        status: str | None = "open",
        ids: Sequence[int] | None = None,
        after: int = 0,
        limit: int = 1000,
    ) -> list[QuarantineEntry]:
        asked = {"source": source, "stream": stream, "status": status}
        given = {name: value for name, value in asked.items() if value is not None}
        where = "".join(f" AND {name} = ?" for name in given)
        if ids is not None:
            where += " AND id IN (SELECT value FROM json_each(?))"
        listed = () if ids is None else (json.dumps(list(ids)),)
        found = self.db.rows(
            f"SELECT {ENTRY_COLUMNS} FROM hub_quarantine WHERE id > ?{where} ORDER BY id LIMIT ?",
            (after, *given.values(), *listed, limit),
        )
        return [entry_from(row, json.loads(row[10])) for row in found]

    def open_quarantine(self) -> dict[tuple[str, str], int]:
        found = self.db.rows(
            "SELECT source, stream, count(*) FROM hub_quarantine WHERE status = 'open' GROUP BY source, stream"
        )
        return {(source, stream): count for source, stream, count in found}

    def settle(self, ids: Sequence[int], status: str, who: str) -> int:
        with self.db.transaction():
            return settle(self.db, ids, status, who, now_micros())

    def changes(self, after: int) -> list[Change] | None:
        pruned_to = self.db.row("SELECT value FROM hub_marks WHERE name = 'changes_pruned_to'")
        if after < (pruned_to[0] if pruned_to else 0) or after > self.sequence():
            return None
        found = self.db.rows(
            "SELECT sequence, entity, source, run_id, keys FROM hub_changes WHERE sequence > ? ORDER BY sequence",
            (after,),
        )
        return [
            Change(sequence, entity, source, run_id, None if keys is None else tuple(json.loads(keys)))
            for sequence, entity, source, run_id, keys in found
        ]

    def sequence(self) -> int:
        newest = self.db.row("SELECT max(sequence) FROM hub_changes")
        return (newest[0] if newest else None) or 0


def _selection(
    shape: Entity, columns: Sequence[str], source: str | None, run_ids: Sequence[int] | None
) -> tuple[str, tuple[Any, ...]]:
    values: tuple[Any, ...]
    where, values = ("1", ()) if source is None else ("source = ?", (source,))
    if run_ids is not None:
        where += f" AND run_id IN ({','.join(str(int(number)) for number in run_ids)})"
    return f"SELECT {', '.join(columns)} FROM {shape.name} WHERE {where}", values


def _chunked(keys: Sequence[Any]) -> Iterator[Sequence[Any]]:
    for start in range(0, len(keys), _CHUNK):
        yield keys[start : start + _CHUNK]


def physical(page: list[tuple[Any, ...]], kinds: list[Kind]) -> list[tuple[Any, ...]]:
    """Numbers beyond 64 bits are kept as text, and truth values as 0 and 1: turned back where there are any."""
    flags = [place for place, kind in enumerate(kinds) if kind is Kind.BOOLEAN]
    exact = [place for place, kind in enumerate(kinds) if kind is Kind.DECIMAL]
    wide = [place for place in exact if str in {type(row[place]) for row in page}]
    if not flags and not wide:
        return page
    columns: list[Sequence[Any]] = list(zip(*page, strict=True))
    for place in flags:
        columns[place] = [None if value is None else bool(value) for value in columns[place]]
    for place in wide:
        columns[place] = [int(value) if isinstance(value, str) else value for value in columns[place]]
    return list(zip(*columns, strict=True))
