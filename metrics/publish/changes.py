"""What changed in a table since a publisher's last complete run, by the store's own list of changes.

The list says which keys were touched; what has become of them is looked up in the same state that all else of the run
is taken from. So a key that was touched again meanwhile, or twice, does no harm.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hub.model.catalog import ENTITIES
from hub.sdk.connector import Json
from hub.sdk.publisher import Changes, ChangesUnknown, Table
from hub.store.base import Change, Store
from metrics.replica.shape import IDENTITIES

if TYPE_CHECKING:
    import duckdb

_SHARE = 0.2
"""Of its rows: beyond it a table is passed on sooner as a whole ..."""
_LEAST_ROWS = 20_000
"""... unless they are this few."""


class History:
    """The changes since `last`, which is what `position` told after the last complete run; empty before the first."""

    def __init__(self, store: Store, db: duckdb.DuckDBPyConnection, last: Json) -> None:
        self._store = store
        self._db = db
        self._last = last
        self._found: list[Change] | None = None

    def position(self, sequence: int) -> Json:
        """What tells this state from all others: its newest change, and the files that matching left."""
        found = self._after(sequence)
        files = {name: self._files(name) for name in IDENTITIES}
        return {"sequence": sequence, "mark": self._mark(found, sequence), "files": files}

    def write(self, table: Table, query: str, changed: Path, gone: Path) -> Changes:
        """See `hub.sdk.publisher.Tables.changes`. `query` selects the table's rows."""
        if table.name in IDENTITIES:
            return self._of_matching(table, query, changed, gone)
        if table.name not in ENTITIES:
            raise ChangesUnknown("its rows have no key" if not table.key else "a metric is computed as a whole")
        keys = self._touched(table)
        own = self._db.cursor()
        own.execute("CREATE OR REPLACE TEMP TABLE touched (source VARCHAR, source_id VARCHAR)")
        if keys:
            own.register("listed", _as_arrow(keys))
            own.execute("INSERT INTO touched SELECT * FROM listed")
        by_key = "USING (source, source_id)"
        rows = _copied(own, f"{query} SEMI JOIN touched {by_key}", changed)
        return Changes(rows, _copied(own, f"SELECT * FROM touched ANTI JOIN {table.name} {by_key}", gone))

    def _of_matching(self, table: Table, query: str, changed: Path, gone: Path) -> Changes:
        """Nothing, or everything: matching keeps no list of its changes."""
        own = self._db.cursor()
        named = "golden_id" if table.name.startswith("golden_") else "source, source_id"
        if self._last.get("files", {}).get(table.name) != self._files(table.name):
            raise ChangesUnknown("matching has been done anew, or its records have changed")
        rows = _copied(own, f"SELECT * FROM ({query}) AS rows WHERE false", changed)
        return Changes(rows, _copied(own, f"SELECT {named} FROM {table.name} WHERE false", gone))

    def _touched(self, table: Table) -> list[tuple[str, str]]:
        touched = [change for change in self._changes() if change.entity == table.name]
        listed = sum(len(change.keys or ()) for change in touched)
        if any(change.keys is None for change in touched) or listed > max(_LEAST_ROWS, table.rows * _SHARE):
            raise ChangesUnknown("most of it has changed")
        return sorted({(change.source, key) for change in touched for key in change.keys or ()})

    def _changes(self) -> list[Change]:
        """All changes behind the position. Raises ChangesUnknown where the store cannot tell, or is another one."""
        if self._found is None:
            if not self._last:
                raise ChangesUnknown("it is not known what was published before")
            sequence = int(self._last["sequence"])
            found = self._after(sequence)
            if found is None:
                raise ChangesUnknown("the store no longer lists what has changed")
            if self._mark(found, sequence) != self._last["mark"]:
                raise ChangesUnknown("the store is another one now, or was set back")
            self._found = [change for change in found if change.sequence > sequence]
        return self._found

    def _after(self, sequence: int) -> list[Change] | None:
        """The change of that number, and all behind it."""
        return self._store.changes(max(0, sequence - 1))

    def _mark(self, changes: list[Change] | None, sequence: int) -> Json | None:
        """What the store says of one change; None where there is none."""
        if not changes or changes[0].sequence != sequence:
            return None
        change = changes[0]
        run = self._store.run(change.run_id)
        return {"entity": change.entity, "source": change.source, "run": change.run_id, "sync": run and run.sync_id}

    def _files(self, name: str) -> str:
        """The files of the replica that a table's rows follow from; they are never changed."""
        read = [name, "customers", "customer_identities"] if name == "golden_customers" else [name]
        found = self._db.cursor().execute(
            f"SELECT sql FROM duckdb_views() WHERE view_name IN ({', '.join('?' * len(read))}) ORDER BY view_name", read
        )
        return hashlib.blake2b(repr(found.fetchall()).encode(), digest_size=12).hexdigest()


def _as_arrow(keys: Sequence[tuple[str, str]]) -> Any:
    import pyarrow as pa

    return pa.table({"source": [source for source, _ in keys], "source_id": [key for _, key in keys]})


def _copied(db: duckdb.DuckDBPyConnection, query: str, path: Path) -> int:
    target = str(path).replace("'", "''")
    return int(db.execute(f"COPY ({query}) TO '{target}' (FORMAT parquet, COMPRESSION snappy)").fetchall()[0][0])
