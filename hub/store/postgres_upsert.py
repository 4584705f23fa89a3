"""The hot path on PostgreSQL: how a batch's records reach the table, the cheapest way for their number and form.

Lists travel as arrays within the statement. Arrow columns are copied: straight into the table where all keys should
be new, else into a staging table that the merge reads.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from hub.model.batch import Batch
from hub.model.kinds import Kind
from hub.store.base import Run
from hub.store.plain import plain
from hub.store.postgres_arrays import array_values, rows_sql
from hub.store.postgres_database import Database
from hub.store.postgres_errors import KeyHeld
from hub.store.postgres_merge import Merged, insert_statement, merge_statement, merged

_FEW = 2000
"""Arrow records up to which arrays are cheaper than a copy into a staging table."""
_CHUNK = 5000
"""Records of lists a statement."""
_LOWEST, _HIGHEST = "", "\U0010ffff"
_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"


class Upsert:
    """Merges batches on behalf of one run at one moment. Their ids must all be different."""

    def __init__(self, db: Database, run: Run, at: datetime) -> None:
        self._db, self._run, self._at = db, run, at

    def run(self, batch: Batch, ids: list[str], *, all_new: bool, list_keys: bool) -> Merged:
        """`all_new`: no key is expected to be held. It only decides which way is tried first."""
        names = ("source_id", *(name for name in batch.columns if name != "source_id"))
        columns = [batch.columns[name] for name in names]
        kinds = [batch.entity[name].kind for name in names]
        direct = all_new and batch.entity.history is None
        if len(ids) <= _FEW or all(isinstance(column, list) for column in columns):
            return self._by_arrays(batch, names, columns, kinds, direct=direct, list_keys=list_keys)
        if direct and self._copied(batch.entity.name, names, columns, kinds):
            return Merged(len(ids), keys=ids if list_keys else None)
        return self._by_staging(batch.entity.name, names, columns, kinds, ids, list_keys=list_keys)

    @property
    def _constants(self) -> tuple[str, datetime, int]:
        return self._run.source, self._at, self._run.id

    # -- lists -------------------------------------------------------------------------------------------------

    def _by_arrays(
        self,
        batch: Batch,
        names: tuple[str, ...],
        columns: list[Any],
        kinds: list[Kind],
        *,
        direct: bool,
        list_keys: bool,
    ) -> Merged:
        total = Merged(keys=[] if list_keys else None)
        for start in range(0, len(batch), _CHUNK):
            stop = min(start + _CHUNK, len(batch))
            values = array_values([plain(column, start, stop) for column in columns], kinds)
            if direct:
                done = self._insert(batch.entity.name, names, kinds, values, list_keys=list_keys)
                _add(total, done)
                direct = done.inserted == stop - start
                if direct:
                    continue
            ids = plain(columns[0], start, stop)
            low, high = (_LOWEST, _HIGHEST) if _REPLACEMENT in values[2] else (min(ids), max(ids))
            statement = merge_statement(batch.entity.name, names, rows_sql(names, kinds, 6), list_keys=list_keys)
            rows = self._db.rows(statement, (*self._constants, low, high, *values))
            _add(total, merged(rows, list_keys=list_keys))
        return total

    def _insert(
        self, name: str, names: tuple[str, ...], kinds: list[Kind], values: list[str], *, list_keys: bool
    ) -> Merged:
        statement = insert_statement(name, names, rows_sql(names, kinds, 4), list_keys=list_keys)
        ((inserted, keys),) = self._db.rows(statement, (*self._constants, *values))
        return Merged(inserted, keys=(keys or []) if list_keys else None)

    # -- Arrow -------------------------------------------------------------------------------------------------

    def _copied(self, name: str, names: tuple[str, ...], columns: list[Any], kinds: list[Kind]) -> bool:
        """Copy straight into the table; False, and nothing done, where a key is held already."""
        from hub.store.postgres_copy import blocks, constant

        source, at, run_id = self._constants
        constants = constant(source) + constant(at) * 2 + constant(run_id)
        into = f"COPY {name} (source, first_seen_at, synced_at, run_id, {', '.join(names)}) FROM STDIN (FORMAT binary)"
        self._db.later("SAVEPOINT before_copy")
        try:
            self._db.copy(into, blocks(columns, kinds, constants, 4))
        except KeyHeld:
            self._db.later("ROLLBACK TO SAVEPOINT before_copy")
            return False
        self._db.later("RELEASE SAVEPOINT before_copy")
        return True

    def _by_staging(
        self,
        name: str,
        names: tuple[str, ...],
        columns: list[Any],
        kinds: list[Kind],
        ids: list[str],
        *,
        list_keys: bool,
    ) -> Merged:
        from hub.store.postgres_copy import blocks

        listed = ", ".join(names)
        self._db.later("DROP TABLE IF EXISTS hub_batch")
        self._db.later(f"CREATE TEMPORARY TABLE hub_batch ON COMMIT DROP AS SELECT {listed} FROM {name} LIMIT 0")
        self._db.copy(f"COPY hub_batch ({listed}) FROM STDIN (FORMAT binary)", blocks(columns, kinds, b"", 0))
        statement = merge_statement(name, names, f"SELECT {listed} FROM hub_batch", list_keys=list_keys)
        rows = self._db.rows(statement, (*self._constants, min(ids), max(ids)))
        return merged(rows, list_keys=list_keys)


def _add(total: Merged, part: Merged) -> None:
    total.inserted += part.inserted
    total.updated += part.updated
    total.superseded += part.superseded
    if total.keys is not None:
        total.keys += part.keys or []
