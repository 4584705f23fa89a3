"""The inside of one page's transaction on SQLite."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from hub.model.batch import Batch, Reject
from hub.model.duplicates import survivors
from hub.model.kinds import Entity
from hub.store import sqlite_quarantine as quarantine
from hub.store.base import Counts, PageEntry, PageWriter, Run, StreamState
from hub.store.plain import plain
from hub.store.selection import taken, without_children_of, without_outdated
from hub.store.shape import table
from hub.store.sqlite_database import Database, places
from hub.store.sqlite_history import add_history
from hub.store.sqlite_records import PAGE_ENTRY, RUN_END, STREAM_STATE, page_values, run_values, state_values
from hub.store.sqlite_replace import ensure_index, gone, stale_owners
from hub.store.sqlite_upsert import Stamp, Watch, upsert

_CHUNK = 400
_LISTED = 100_000
"""Keys of one entity that a run lists among the changes; beyond, readers look for its rows by run."""


@dataclass
class Memory:
    """What a store remembers between pages, so that it need not ask again. Only what is committed."""

    columns: set[tuple[str, str]] = field(default_factory=set)
    indexes: set[tuple[str, str]] = field(default_factory=set)
    listed: dict[tuple[int, str], int] = field(default_factory=lambda: defaultdict(int))


class SqlitePage(PageWriter):
    """Writes on behalf of one run at one moment. `close` adds up what all of it changed."""

    def __init__(self, db: Database, watch: Watch, memory: Memory, run: Run, at: int, *, dry: bool) -> None:
        self._db, self._watch, self._memory, self._run, self._at, self._dry = db, watch, memory, run, at, dry
        self._stamp = Stamp(run.source, at, run.id)
        self._held: dict[str, int] = defaultdict(int)
        self._touched: dict[str, list[str] | None] = {}
        self._columns: set[tuple[str, str]] = set()
        self._indexes: set[tuple[str, str]] = set()

    def merge(self, batch: Batch) -> Counts:
        counts = Counts(read=len(batch))
        if not len(batch) and not batch.replacement:
            return counts
        batch = self._newest(batch, counts)
        ids = plain(batch.columns["source_id"], 0, len(batch))
        done = upsert(self._db, self._watch, batch, self._stamp, list_keys=self._lists(batch.entity))
        counts.inserted, counts.updated = done.inserted, done.updated
        counts.superseded += done.superseded
        counts.unchanged = len(batch) - done.inserted - done.updated - done.superseded
        self._note(batch.entity, done.inserted + done.updated, done.keys)
        self._held[batch.entity.name] += done.inserted
        self._note_columns(batch)
        quarantine.resolve(self._db, self._run, self._at, batch.entity.name, ids)
        if batch.replacement:
            lacking = gone(self._db, batch.entity, batch.replacement, self._run.source, ids)
            counts.deleted = self.delete(batch.entity.name, lacking)
        return counts

    def _newest(self, batch: Batch, counts: Counts) -> Batch:
        """The batch without children of older parents and without duplicates; both are counted."""
        batch = without_outdated(batch)
        counts.duplicate = counts.read - len(batch)
        if batch.replacement:
            self._index(batch.entity, batch.replacement.owner_column)
            old = stale_owners(self._db, batch.entity, batch.replacement, self._run.source)
            if old:
                before, batch = len(batch), without_children_of(batch, old)
                counts.superseded += before - len(batch)
        ids, stamps = batch.columns["source_id"], batch.columns.get("source_updated_at")
        keep = survivors(plain(ids, 0, len(batch)), None if stamps is None else plain(stamps, 0, len(batch)))
        if keep is not None:
            counts.duplicate += len(batch) - len(keep)
            batch = taken(batch, keep)
        return batch

    def _index(self, entity: Entity, column: str) -> None:
        if (entity.name, column) in self._memory.indexes or self._dry:
            return  # a dry run would make it for nothing, page by page
        ensure_index(self._db, entity, column)
        self._indexes.add((entity.name, column))

    def _lists(self, entity: Entity) -> bool:
        """Whether the keys of touched rows are wanted: for the changes, or for the history."""
        return entity.history is not None or self._memory.listed[self._run.id, entity.name] <= _LISTED

    def _note(self, entity: Entity, touched: int, keys: list[str] | None) -> None:
        if not touched:
            return
        if entity.history and keys:
            add_history(self._db, entity, self._run.source, self._at, keys)
        before = self._touched.get(entity.name, [])
        self._touched[entity.name] = None if before is None or keys is None else before + keys

    def _note_columns(self, batch: Batch) -> None:
        name = batch.entity.name
        new = {(name, column) for column in batch.columns} - self._memory.columns
        for pair in sorted(new):
            self._db.run("INSERT OR IGNORE INTO hub_columns (entity, name) VALUES (?, ?)", pair)
        self._columns |= new

    def delete(self, entity: str, source_ids: Sequence[str]) -> int:
        live: list[str] = []
        for start in range(0, len(source_ids), _CHUNK):
            chunk = source_ids[start : start + _CHUNK]
            of_chunk = f"deleted_at IS NULL AND source = ? AND source_id IN ({places(len(chunk))})"
            key = (self._run.source, *chunk)
            found = self._db.rows(f"SELECT source_id FROM {table(entity).name} WHERE {of_chunk}", key)
            if found:
                live += [row[0] for row in found]
                self._db.run(
                    f"UPDATE {entity} SET deleted_at = ?, synced_at = ?, run_id = ? WHERE {of_chunk}",
                    (self._at, self._at, self._run.id, *key),
                )
        self._held[entity] -= len(live)
        self._note(table(entity), len(live), live)
        if source_ids:
            quarantine.resolve_deleted(self._db, self._run, self._at, entity, source_ids)
        return len(live)

    def quarantine(self, rejects: Sequence[Reject], *, origin: str, first_row: int) -> None:
        quarantine.keep(self._db, self._run, self._at, rejects, origin=origin, first_row=first_row)

    def ledger(self, entry: PageEntry) -> None:
        self._db.run(PAGE_ENTRY, page_values(self._run.id, entry))

    def save_state(self, state: StreamState, lane: str = "") -> None:
        self._db.run(STREAM_STATE, (self._run.source, lane or self._run.stream, *state_values(state)))

    def settle(self, ids: Sequence[int], status: str, who: str) -> None:
        quarantine.settle(self._db, ids, status, who, self._at)

    def erasures(self) -> int:
        ((count,),) = self._db.rows("SELECT count(*) FROM hub_erased")
        return int(count)

    def finish_run(self, run: Run) -> None:
        self._db.run(RUN_END, (*run_values(run), run.id))

    def close(self) -> None:
        """Bring the counters up to date and list the changes; the last thing before the commit."""
        for entity, difference in self._held.items():
            if difference:
                self._db.run(
                    "INSERT INTO hub_held (source, entity, rows) VALUES (?, ?, ?)"
                    " ON CONFLICT (source, entity) DO UPDATE SET rows = rows + excluded.rows",
                    (self._run.source, entity, difference),
                )
        for entity, keys in self._touched.items():
            listed = (
                None if keys is None or not self._may_list(entity, len(keys)) else json.dumps(list(dict.fromkeys(keys)))
            )
            self._db.run(
                "INSERT INTO hub_changes (entity, source, run_id, keys) VALUES (?, ?, ?, ?)",
                (entity, self._run.source, self._run.id, listed),
            )

    def _may_list(self, entity: str, keys: int) -> bool:
        return self._memory.listed[self._run.id, entity] + keys <= _LISTED

    def committed(self) -> None:
        """What was found out may now be remembered."""
        self._memory.columns |= self._columns
        self._memory.indexes |= self._indexes
        for entity, keys in self._touched.items():
            self._memory.listed[self._run.id, entity] += _LISTED + 1 if keys is None else len(keys)
