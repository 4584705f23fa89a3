"""What the PostgreSQL store tells: positions, counts, changes, and rows in physical form."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from hub.model.kinds import Kind
from hub.store.base import Change, QuarantineEntry, StreamState
from hub.store.postgres_arrays import array_sql, key_values
from hub.store.postgres_base import PostgresBase
from hub.store.postgres_quarantine import ENTRY_COLUMNS, entry_from, settle
from hub.store.postgres_records import STATE_COLUMNS, state_from
from hub.store.shape import columns_in_use, kind_of, table

_PAGE = 5000
"""Rows a page of reading."""

PHYSICAL = {
    Kind.DECIMAL: "trunc({0} * 1000000)::text",
    Kind.UTC: "(extract(epoch FROM {0}) * 1000000)::bigint",  # numeric from version 14 on, so exact
    Kind.DATE: "{0}::text",
    Kind.JSON: "{0}::text",
}
"""How a column is asked for, so that what comes is its physical form but for `_AFTERWARDS`."""


def _sorted_json(text: str) -> str:
    return json.dumps(json.loads(text), ensure_ascii=False, sort_keys=True, separators=(",", ":"))


_AFTERWARDS: dict[Kind, Callable[[str], Any]] = {Kind.DECIMAL: int, Kind.JSON: _sorted_json}


class PostgresReading(PostgresBase):
    """The part of the store that reads."""

    def stream_state(self, source: str, stream: str) -> StreamState:
        row = self.db.row(
            f"SELECT {STATE_COLUMNS} FROM hub_streams WHERE source = $1 AND stream = $2", (source, stream)
        )
        return state_from(row) if row else StreamState()

    def held(self, source: str) -> dict[str, int]:
        return dict(self.db.rows("SELECT entity, rows FROM hub_held WHERE source = $1 AND rows <> 0", (source,)))

    def columns_in_use(self, entity: str) -> list[str]:
        written = self.db.rows("SELECT name FROM hub_columns WHERE entity = $1", (entity,))
        return columns_in_use(table(entity), (row[0] for row in written))

    def live_ids(self, source: str, stream: str, entity: str) -> Iterator[list[str]]:
        query = (
            f"SELECT source_id FROM {table(entity).name} WHERE source = $1 AND deleted_at IS NULL"
            " AND run_id IN (SELECT id FROM hub_runs WHERE source = $1 AND stream = $2)"
        )
        for page in self._view(query, (source, stream)):
            yield [row[0] for row in page]

    def _view(self, query: str, values: Sequence[Any]) -> Iterator[list[tuple[Any, ...]]]:
        """The rows as they are now, whatever is written while the caller works through them."""
        reader = self.db.another()
        try:
            reader.rows("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            reader.rows(f"DECLARE hub_view NO SCROLL CURSOR FOR {query}", values)
            while page := reader.rows(f"FETCH {_PAGE} FROM hub_view"):
                yield page
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
        asked = ", ".join(PHYSICAL.get(kind, "{0}").format(name) for name, kind in zip(columns, kinds, strict=True))
        where, values = _condition(source, keys, run_ids)
        if keys is not None and not keys:
            return
        for page in self._view(f"SELECT {asked} FROM {shape.name} WHERE {where}", values):
            yield physical(page, kinds)

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
        found = self.db.rows(
            f"SELECT {ENTRY_COLUMNS} FROM hub_quarantine WHERE id > $1 AND ($2::text IS NULL OR source = $2)"
            " AND ($3::text IS NULL OR stream = $3) AND ($4::text IS NULL OR status = $4)"
            " AND ($5::bigint[] IS NULL OR id = ANY($5)) ORDER BY id LIMIT $6",
            (after, source, stream, status, None if ids is None else list(ids), limit),
        )
        return [entry_from(row) for row in found]

    def open_quarantine(self) -> dict[tuple[str, str], int]:
        found = self.db.rows(
            "SELECT source, stream, count(*) FROM hub_quarantine WHERE status = 'open' GROUP BY source, stream"
        )
        return {(source, stream): count for source, stream, count in found}

    def settle(self, ids: Sequence[int], status: str, who: str) -> int:
        return self.db.count(*settle(ids, status, who))

    def changes(self, after: int) -> list[Change] | None:
        pruned_to, newest, found = self.db.together(
            [
                ("SELECT value FROM hub_marks WHERE name = 'changes_pruned_to'", ()),
                ("SELECT coalesce(max(sequence), 0) FROM hub_changes", ()),
                (
                    "SELECT sequence, entity, source, run_id, keys FROM hub_changes WHERE sequence > $1"
                    " ORDER BY sequence",
                    (after,),
                ),
            ]
        )
        if after < (pruned_to[0][0] if pruned_to else 0) or after > newest[0][0]:
            return None
        return [
            Change(sequence, entity, source, run_id, None if keys is None else tuple(keys))
            for sequence, entity, source, run_id, keys in found
        ]

    def sequence(self) -> int:
        row = self.db.row("SELECT max(sequence) FROM hub_changes")
        return (row[0] if row else None) or 0


def _condition(
    source: str | None, keys: Sequence[str] | None, run_ids: Sequence[int] | None
) -> tuple[str, tuple[Any, ...]]:
    parts, values = ["true"], list[Any]()
    if source is not None:
        values.append(source)
        parts.append(f"source = ${len(values)}")
    if run_ids is not None:
        values.append(list(run_ids))
        parts.append(f"run_id = ANY(${len(values)}::bigint[])")
    if keys:
        parts.append(f"source_id = ANY({array_sql(len(values) + 3, len(values) + 1)})")
        values += key_values(keys)
    return " AND ".join(parts), tuple(values)


def physical(page: list[tuple[Any, ...]], kinds: list[Kind]) -> list[tuple[Any, ...]]:
    columns: list[Sequence[Any]] = list(zip(*page, strict=True))
    for place, kind in enumerate(kinds):
        if (made := _AFTERWARDS.get(kind)) is not None:
            columns[place] = [None if value is None else made(value) for value in columns[place]]
    return list(zip(*columns, strict=True))
