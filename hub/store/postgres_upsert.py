"""The hot path on PostgreSQL: how a batch's records reach the table, the cheapest way for their number and form.

Lists travel as arrays within the statement. Arrow columns are copied: straight into the table where all keys should
be new, else into a staging table that the merge reads.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from hub.model.batch import Batch
from hub.model.kinds import Kind
from hub.store.base import Run
from hub.store.plain import plain
from hub.store.postgres_arrays import array_values, rows_sql
from hub.store.postgres_database import Database
from hub.store.postgres_errors import KeyHeld
from hub.store.postgres_merge import Merged, insert_statement, merge_statement, merged

if TYPE_CHECKING:
    import pyarrow as pa

_FEW = 2000
"""Arrow records up to which arrays are cheaper than a copy into a staging table."""
_CHUNK = 5000
"""Records of lists a statement."""
EVERYTHING = ("", "\U0010ffff")
"""Bounds that no key is outside of."""


@dataclass(frozen=True, slots=True)
class _Records:
    """A batch as statements need it: the key first."""

    table: str
    names: tuple[str, ...]
    columns: list[Any]
    kinds: list[Kind]
    length: int


class Upsert:
    """Merges batches on behalf of one run at one moment. The ids of a batch must all be different."""

    def __init__(self, db: Database, run: Run, at: datetime) -> None:
        self._db = db
        self._constants = (run.source, at, run.id)

    def run(self, batch: Batch, *, all_new: bool, list_keys: bool) -> Merged:
        """`all_new`: no key is expected to be held. It only decides which way is tried first."""
        names = ("source_id", *(name for name in batch.columns if name != "source_id"))
        columns = [batch.columns[name] for name in names]
        kinds = [batch.entity[name].kind for name in names]
        records = _Records(batch.entity.name, names, columns, kinds, len(batch))
        if len(batch) <= _FEW or all(isinstance(column, list) for column in columns):
            return self._by_arrays(records, all_new=all_new, list_keys=list_keys)
        if all_new and self._if_new(lambda: self._copy(records)):
            return Merged(len(batch), keys=plain(columns[0], 0, len(batch)) if list_keys else None)
        return self._by_staging(records, list_keys=list_keys)

    def _if_new(self, write: Callable[[], object]) -> bool:
        """Write records as new ones; False, and nothing done, where a key is held already."""
        self._db.later("SAVEPOINT before_new")
        try:
            write()
        except KeyHeld:
            self._db.later("ROLLBACK TO SAVEPOINT before_new")
            return False
        self._db.later("RELEASE SAVEPOINT before_new")
        return True

    def _by_arrays(self, records: _Records, *, all_new: bool, list_keys: bool) -> Merged:
        names, kinds = records.names, records.kinds
        insert = insert_statement(records.table, names, rows_sql(names, kinds, 4))
        merge = merge_statement(records.table, names, rows_sql(names, kinds, 6), list_keys=list_keys)
        total = Merged(keys=[] if list_keys else None)
        for start in range(0, records.length, _CHUNK):
            chunk = [plain(column, start, min(start + _CHUNK, records.length)) for column in records.columns]
            values = array_values(chunk, kinds)
            inserting = (insert, (*self._constants, *values))
            all_new = all_new and self._if_new(lambda inserting=inserting: self._db.rows(*inserting))  # type: ignore[misc]
            if all_new:
                total.add(Merged(len(chunk[0]), keys=chunk[0]))
            else:
                rows = self._db.rows(merge, (*self._constants, *_bounds(chunk[0]), *values))
                total.add(merged(rows, list_keys=list_keys))
        return total

    def _copy(self, records: _Records) -> None:
        from hub.store.postgres_copy import blocks, constant

        source, at, run_id = self._constants
        constants = constant(source) + constant(at) * 2 + constant(run_id)
        names = f"source, first_seen_at, synced_at, run_id, {', '.join(records.names)}"
        self._db.copy(
            f"COPY {records.table} ({names}) FROM STDIN (FORMAT binary)",
            blocks(records.columns, records.kinds, constants, 4),
        )

    def _by_staging(self, records: _Records, *, list_keys: bool) -> Merged:
        from hub.store.postgres_copy import blocks

        names = ", ".join(records.names)
        self._db.later("DROP TABLE IF EXISTS pg_temp.hub_batch")
        self._db.later(
            f"CREATE TEMPORARY TABLE hub_batch ON COMMIT DROP AS SELECT {names} FROM {records.table} LIMIT 0"
        )
        self._db.copy(f"COPY hub_batch ({names}) FROM STDIN (FORMAT binary)", blocks(records.columns, records.kinds))
        merge = merge_statement(records.table, records.names, f"SELECT {names} FROM hub_batch", list_keys=list_keys)
        rows = self._db.rows(merge, (*self._constants, *_bounds(records.columns[0])))
        return merged(rows, list_keys=list_keys)


def _bounds(ids: list[str] | pa.Array) -> tuple[str, str]:
    """The lowest and the highest key, so that the server looks nowhere else; wide open where it stores other keys."""
    if not isinstance(ids, list):
        from hub.store.postgres_copy import lowest_and_highest

        return lowest_and_highest(ids) or EVERYTHING
    text = "".join(ids)
    return (min(ids), max(ids)) if text.isascii() and "\x00" not in text else EVERYTHING
