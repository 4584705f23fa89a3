"""What is made of a table: its file as a whole or, in `mode: update`, its file brought up to date, and what changed.

The file in the folder is what the data source holds. So before changes are sent anywhere they are made there: where the
file has as many rows as the table afterwards, they were about the state that is there.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from connectors.tableau.hyper import SCHEMA, Hyper, digits_of
from hub.sdk.connector import Json
from hub.sdk.publisher import Changes, ChangesUnknown, Table, Tables

_DELETED_AT_ONCE = 5_000
"""Rows that one action deletes; a server has been seen to die of 20,000."""
_DELETED_AT_MOST = 50_000
"""Rows that are worth deleting one by one."""


@dataclass(frozen=True)
class Delta:
    """What brings a data source up to date that holds the state before. `payload` is None where nothing changed."""

    changes: Changes
    payload: Path | None
    actions: tuple[Json, ...] = ()


@dataclass(frozen=True)
class Extract:
    """One table's file. Only the whole will do where `delta` is None, for the `reason` told in `mode: update`.

    shape   changes with the columns, their types and the key
    """

    table: Table
    path: Path
    shape: str
    delta: Delta | None = None
    reason: str = ""


@dataclass(frozen=True)
class Extracts:
    """Makes files in `folder`. `known`: by table, what was published last, with its `shape`; None where all is to be
    written as a whole."""

    hyper: Hyper
    tables: Tables
    folder: Path
    scratch: Path
    known: Mapping[str, Any] | None

    def of(self, table: Table) -> Extract | None:
        """The extract of a table. None where it is empty, and was not published before: Tableau takes none without
        rows."""
        path, reason = self.folder / f"{table.name}.hyper", ""
        if self.known is not None:
            try:
                return self._updated(table, path, self.known.get(table.name))
            except ChangesUnknown as error:
                reason = str(error)
        if not table.rows:
            return None
        return Extract(table, path, _shape(table, self.hyper.write(self.tables, table, path)), None, reason)

    def _updated(self, table: Table, path: Path, known: Json | None) -> Extract:
        if known is None:
            raise ChangesUnknown("it is not known what was published before")
        if not path.exists():
            raise ChangesUnknown(f"{path.name} is not in the folder any more")
        changed, gone = (self.scratch / f"{table.name}.{name}.parquet" for name in ("changed", "gone"))
        found = self.tables.changes(table, changed, gone)
        digits = digits_of(changed)
        shape = _shape(table, digits)
        if shape != known.get("shape"):
            raise ChangesUnknown("its columns are others now")
        if found.gone > _DELETED_AT_MOST:
            raise ChangesUnknown("too many of its rows are gone")
        if not self.hyper.update(table, path, changed, gone):
            raise ChangesUnknown(f"{path.name} does not hold what was published last")
        if not found.changed and not found.gone:
            return Extract(table, path, shape, Delta(found, None))
        payload, pieces = self.scratch / f"{table.name}.hyper", _pieces(gone)
        self.hyper.payload(table, payload, digits, changed, pieces)
        return Extract(table, path, shape, Delta(found, payload, _actions(table, len(pieces))))


def _shape(table: Table, digits: Mapping[str, int]) -> str:
    columns = [(each.name, each.kind.value, digits.get(each.name)) for each in table.fields]
    return hashlib.blake2b(repr((columns, table.key)).encode(), digest_size=12).hexdigest()


def _pieces(gone: Path) -> list[Path]:
    """The keys in files of so many as are deleted at once; none where there are no keys."""
    import pyarrow.parquet as pq

    keys, pieces = pq.read_table(gone), []
    for start in range(0, len(keys), _DELETED_AT_ONCE):
        pieces.append(gone.with_suffix(f".{start}.parquet"))
        pq.write_table(keys.slice(start, _DELETED_AT_ONCE), pieces[-1])
    return pieces


def _actions(table: Table, pieces: int) -> tuple[Json, ...]:
    """All that a request asks for, in Tableau's terms: rows by their key, so that nothing can come twice."""
    same = [{"op": "eq", "target-col": name, "source-col": name} for name in table.key]
    condition = same[0] if len(same) == 1 else {"op": "and", "args": same}

    def action(what: str, source: str) -> Json:
        return {
            "action": what, "source-schema": SCHEMA, "source-table": source,
            "target-schema": SCHEMA, "target-table": table.name, "condition": condition,
        }  # fmt: skip

    return (*(action("delete", f"gone_{number}") for number in range(1, pieces + 1)), action("upsert", "changed"))
