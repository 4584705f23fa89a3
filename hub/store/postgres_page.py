"""The inside of one page's transaction on PostgreSQL.

What answers nothing travels with the next statement that does, so that a small page costs a few journeys to the server.
"""

from __future__ import annotations

import json
import zlib
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from hub.model.batch import Batch, Reject
from hub.model.duplicates import survivors
from hub.model.kinds import Entity
from hub.store import postgres_quarantine as quarantine
from hub.store.base import Counts, PageEntry, PageWriter, Run, StreamState
from hub.store.erasing_access import LOCK_SHARED
from hub.store.plain import plain
from hub.store.postgres_arrays import array_values, json_clean, key_values
from hub.store.postgres_base import Memory
from hub.store.postgres_database import Database, Rows, Statement
from hub.store.postgres_merge import delete_statement, gone_statement, stale_statement
from hub.store.postgres_records import PAGE_ENTRY, RUN_END, STREAM_STATE, page_values, run_values, state_values
from hub.store.postgres_upsert import Upsert
from hub.store.selection import taken, without_children_of, without_outdated
from hub.store.shape import table

_LISTED = 100_000
"""Keys of one entity that a run lists among the changes; beyond, readers look for its rows by run."""
_LOCKS = 0x6875
"""First half of our advisory locks on an entity of a source."""
CHANGES_LOCK = (0x6875_6200,)
"""Advisory lock of those who append to hub_changes."""

_LOCK = "SELECT pg_advisory_xact_lock($1, $2)"
_HELD = "SELECT rows FROM hub_held WHERE source = $1 AND entity = $2"
_ADD_HELD = """
    INSERT INTO hub_held AS held (source, entity, rows) VALUES ($1, $2, $3)
    ON CONFLICT (source, entity) DO UPDATE SET rows = held.rows + excluded.rows"""
_ADD_COLUMN = "INSERT INTO hub_columns (entity, name) VALUES ($1, $2) ON CONFLICT DO NOTHING"
_ADD_CHANGE = "INSERT INTO hub_changes (entity, source, run_id, keys) VALUES ($1, $2, $3, $4)"


class PostgresPage(PageWriter):
    """Writes on behalf of one run at one moment. `close` adds up what all of it changed."""

    def __init__(self, db: Database, memory: Memory, run: Run, at: datetime, *, dry: bool) -> None:
        self._db, self._memory, self._run, self._at, self._dry = db, memory, run, at, dry
        self._upsert = Upsert(db, run, at)
        self._held: dict[str, int] = defaultdict(int)
        self._touched: dict[str, list[str] | None] = {}
        self._columns: set[tuple[str, str]] = set()
        self._indexes: set[tuple[str, str]] = set()
        self._all_new: dict[str, bool] = {}
        self._locked: set[str] = set()
        for entity in sorted(memory.entities[run.source, run.stream]):
            self._lock(entity)

    def _lock(self, entity: str) -> None:
        """One writer at a time for an entity of a source; other sources' keys are others. Always in the same order."""
        if entity not in self._locked:
            key = zlib.crc32(f"{self._run.source}\0{entity}".encode())
            self._db.later(_LOCK, (_LOCKS, key - 2**31))
            self._locked.add(entity)

    # -- merging -----------------------------------------------------------------------------------------------

    def merge(self, batch: Batch) -> Counts:
        counts = Counts(read=len(batch))
        if not len(batch) and not batch.replacement:
            return counts
        name = batch.entity.name
        self._lock(name)
        batch = without_outdated(batch)
        counts.duplicate = counts.read - len(batch)
        waiting, all_new, batch = self._look(batch, counts)
        keep = _kept(batch)
        if keep is not None:
            counts.duplicate += len(batch) - len(keep)
            batch = taken(batch, keep)
        if len(batch):
            self._upsert_and_count(batch, counts, all_new=all_new)
        if waiting:
            for statement in quarantine.resolve(self._run, self._at, name, waiting, _ids(batch)):
                self._db.later(*statement)
        self._note_columns(batch)
        if batch.replacement:
            counts.deleted = self._delete_gone(batch)
        return counts

    def _look(self, batch: Batch, counts: Counts) -> tuple[Rows, bool, Batch]:
        """What must be known before: quarantined ids, whether all may be new, and the batch without stale children."""
        name = batch.entity.name
        all_new = self._all_new.get(name, self._memory.all_new.get((self._run.id, name)))
        asked: list[Statement] = [quarantine.waiting(self._run, name)]
        if all_new is None:
            asked.append((_HELD, (self._run.source, name)))
        stale = self._stale_question(batch)
        answers = self._db.together([*asked, *stale])
        if all_new is None:
            all_new = not answers[1]
        if stale and answers[-1]:
            batch = self._without_stale(batch, {row[0] for row in answers[-1]}, counts)
        return answers[0], all_new, batch

    def _stale_question(self, batch: Batch) -> list[Statement]:
        replacement = batch.replacement
        if replacement is None:
            return []
        self._index(batch.entity, replacement.owner_column)
        stamped = {owner: stamp for owner, stamp in replacement.owners.items() if stamp is not None}
        if not stamped or batch.entity[replacement.owner_column].refers_to is None:
            return []
        kinds = [batch.entity["source_id"].kind, batch.entity["source_updated_at"].kind]
        values = array_values([list(stamped), list(stamped.values())], kinds)
        return [(stale_statement(batch.entity.name, replacement.owner_column), (self._run.source, *values))]

    def _without_stale(self, batch: Batch, owners: set[str], counts: Counts) -> Batch:
        fresh = without_children_of(batch, owners)
        counts.superseded += len(batch) - len(fresh)
        return fresh

    def _upsert_and_count(self, batch: Batch, counts: Counts, *, all_new: bool) -> None:
        entity = batch.entity
        may_copy = all_new and entity.history is None  # the history is written by the merge
        done = self._upsert.run(batch, all_new=may_copy, list_keys=self._lists(entity))
        counts.inserted, counts.updated = done.inserted, done.updated
        counts.superseded += done.superseded
        counts.unchanged = len(batch) - done.inserted - done.updated - done.superseded
        self._all_new[entity.name] = done.inserted == len(batch)
        self._note(entity, done.inserted + done.updated, done.keys)
        self._held[entity.name] += done.inserted

    def _lists(self, entity: Entity) -> bool:
        """Whether the keys of touched rows are wanted."""
        return self._memory.listed[self._run.id, entity.name] <= _LISTED

    def _note(self, entity: Entity, touched: int, keys: list[str] | None) -> None:
        if touched:
            before = self._touched.get(entity.name, [])
            self._touched[entity.name] = None if before is None or keys is None else before + keys

    def _note_columns(self, batch: Batch) -> None:
        new = {(batch.entity.name, column) for column in batch.columns} - self._memory.columns - self._columns
        for pair in sorted(new):
            self._db.later(_ADD_COLUMN, pair)
        self._columns |= new

    def _index(self, entity: Entity, column: str) -> None:
        """The index that finds children by parent. Made when first needed: every insert pays for it."""
        pair = (entity.name, column)
        if pair in self._memory.indexes or pair in self._indexes or self._dry:
            return  # a dry run would make it for nothing, page by page
        index = f"ix_lazy_{entity.name}_{column}"
        if self._db.rows("SELECT to_regclass($1)", (index,)) == [(None,)]:
            self._db.rows(f"CREATE INDEX IF NOT EXISTS {index} ON {entity.name} (source, {column})")
        self._indexes.add(pair)

    # -- deleting ----------------------------------------------------------------------------------------------

    def _delete_gone(self, batch: Batch) -> int:
        replacement = batch.replacement
        if replacement is None or not replacement.owners:
            return 0
        values = key_values(list(replacement.owners), [*_ids(batch), *replacement.kept, ""])
        lost = self._delete(batch.entity, gone_statement(batch.entity.name, replacement.owner_column), values)
        self._resolve_deleted(batch.entity.name, lost)
        return len(lost)

    def delete(self, entity: str, source_ids: Sequence[str]) -> int:
        self._lock(entity)
        if not source_ids:
            return 0
        lost = self._delete(table(entity), delete_statement(entity), key_values(source_ids))
        self._resolve_deleted(entity, source_ids)
        return len(lost)

    def _delete(self, entity: Entity, statement: str, values: list[str]) -> list[str]:
        lost = [row[0] for row in self._db.rows(statement, (*self._constants, *values))]
        self._held[entity.name] -= len(lost)
        self._note(entity, len(lost), lost)
        return lost

    def _resolve_deleted(self, entity: str, ids: Sequence[str]) -> None:
        if ids:
            self._db.later(*quarantine.resolve_deleted(self._run, self._at, entity, ids))

    @property
    def _constants(self) -> tuple[str, datetime, int]:
        return self._run.source, self._at, self._run.id

    # -- bookkeeping -------------------------------------------------------------------------------------------

    def quarantine(self, rejects: Sequence[Reject], *, origin: str, first_row: int) -> None:
        for statement in quarantine.keep(self._run, self._at, rejects, origin, first_row):
            self._db.later(*statement)

    def ledger(self, entry: PageEntry) -> None:
        self._db.later(PAGE_ENTRY, page_values(self._run.id, entry))

    def save_state(self, state: StreamState, lane: str = "") -> None:
        self._db.later(STREAM_STATE, (self._run.source, lane or self._run.stream, *state_values(state)))

    def settle(self, ids: Sequence[int], status: str, who: str) -> None:
        if ids:
            self._db.later(*quarantine.settle(ids, status, who))

    def erasures(self) -> int:
        self._db.later(LOCK_SHARED)
        ((count,),) = self._db.rows("SELECT count(*) FROM hub_erased")
        return int(count)

    def finish_run(self, run: Run) -> None:
        self._db.later(RUN_END, (*run_values(run), run.id))

    def close(self) -> None:
        """Bring the counters up to date and list the changes; the last thing before the commit.

        Whoever lists changes waits for the one before to commit: a reader that has seen a sequence has seen all below.
        """
        for entity, difference in sorted(self._held.items()):
            if difference:
                self._db.later(_ADD_HELD, (self._run.source, entity, difference))
        if self._touched:
            self._db.later("SELECT pg_advisory_xact_lock($1)", CHANGES_LOCK)
        for entity, keys in self._touched.items():
            may = keys is not None and self._may_list(entity, len(keys))
            listed = json_clean(json.dumps(list(dict.fromkeys(keys or ())), ensure_ascii=False)) if may else None
            self._db.later(_ADD_CHANGE, (entity, self._run.source, self._run.id, listed))

    def _may_list(self, entity: str, keys: int) -> bool:
        return self._memory.listed[self._run.id, entity] + keys <= _LISTED

    def committed(self) -> None:
        """What was found out may now be remembered."""
        self._memory.columns |= self._columns
        self._memory.indexes |= self._indexes
        self._memory.entities[self._run.source, self._run.stream] |= self._locked
        for entity, all_new in self._all_new.items():
            self._memory.all_new[self._run.id, entity] = all_new
        for entity, keys in self._touched.items():
            self._memory.listed[self._run.id, entity] += _LISTED + 1 if keys is None else len(keys)


def _ids(batch: Batch) -> list[str]:
    return plain(batch.columns["source_id"], 0, len(batch))


def _kept(batch: Batch) -> list[int] | None:
    """Positions of the records that count, where some come more than once."""
    ids, stamps = batch.columns["source_id"], batch.columns.get("source_updated_at")
    if not isinstance(ids, list):
        from hub.store.postgres_copy import all_different

        if all_different(ids):
            return None
    return survivors(_ids(batch), None if stamps is None else plain(stamps, 0, len(batch)))
