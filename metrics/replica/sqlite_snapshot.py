"""The store on SQLite as a snapshot. Several connections agree by looking at the sequence until all see the same."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from hub.errors import StoreBusy
from hub.model.kinds import Kind
from metrics.replica.shape import DUCK_TYPES, from_micros
from metrics.replica.snapshot import Piece, Snapshot, Unsuitable, quoted

if TYPE_CHECKING:
    from metrics.replica.sqlite_base import StillFile, Table

log = logging.getLogger(__name__)

_NEWEST = "SELECT coalesce(max(sequence), 0) FROM hub_changes"
_PATIENCE_SECONDS = 30
_BATCH_ROWS = "65536"
PAGES_FROM_ROWS = 200_000
"""With fewer rows in the store, loading NumPy and PyArrow takes longer than reading its pages saves."""
_SAMPLES = {Kind.INTEGER: "0", Kind.BOOLEAN: "0", Kind.DECIMAL: "0", Kind.UTC: "0"}


class SqliteSnapshot(Snapshot):
    """A SQLite file. The driver takes the type of a column from the first row: so a sample row comes first."""

    keys_of_changes = (
        "SELECT c.source AS source, k.value AS source_id FROM hub_changes AS c, json_each(c.keys) AS k "
        "WHERE c.entity = {entity} AND c.sequence > {after}"
    )

    def __init__(self, path: str, db: Any, workers: int) -> None:
        self._path = path
        super().__init__(db, workers)

    def _connect(self) -> Any:
        import adbc_driver_manager as adbc
        import adbc_driver_sqlite

        uri = f"file:{quote(self._path)}?mode=ro"
        database = adbc.AdbcDatabase(driver=adbc_driver_sqlite._driver_path(), uri=uri)
        self._open.append(database)
        connection = adbc.AdbcConnection(database)
        self._open.append(connection)
        connection.set_autocommit(False)
        return connection

    def _align(self) -> int:
        until = time.monotonic() + _PATIENCE_SECONDS
        while time.monotonic() < until:
            seen = [self._newest(worker) for worker in range(len(self._connections))]
            if len(set(seen)) == 1:
                return seen[0]
            for connection in self._connections:
                connection.rollback()
        raise StoreBusy("the store changes faster than it can be read for metrics.", fix="Try again in a moment.")

    def _newest(self, worker: int) -> int:
        with self.stream(_NEWEST, worker) as stream:  # noqa: F841  # DuckDB finds it by its name
            found = self._db.execute("SELECT * FROM stream").fetchone()
        return int(found[0]) if found else 0

    def _prepare(self, query: Any) -> None:
        query.set_options(**{"adbc.sqlite.query.batch_rows": _BATCH_ROWS})

    def expression(self, column: str, kind: Kind, *, wide: bool) -> str:
        return f"CAST({column} AS TEXT)" if wide and kind is Kind.DECIMAL else column

    def converted(self, column: str, kind: Kind, *, wide: bool) -> str:
        if kind is Kind.DECIMAL:
            return f"{from_micros(column, '20' if wide else '18')} AS {column}"
        if kind is Kind.UTC:
            return f"make_timestamp(CAST({column} AS BIGINT)) AS {column}"
        return f"CAST({column} AS {DUCK_TYPES[kind]}) AS {column}"

    def parts(self, entity: str, source: str, rows: int, count: int) -> list[str]:
        mine = f"source = {quoted(source)}"
        starts = [self._key_at(entity, mine, rows * part // count) for part in range(1, count if rows >= count else 1)]
        edges = [None, *dict.fromkeys(start for start in starts if start is not None), None]
        conditions = []
        for low, high in pairwise(edges):
            lower = f" AND source_id >= {quoted(low)}" if low is not None else ""
            upper = f" AND source_id < {quoted(high)}" if high is not None else ""
            conditions.append(mine + lower + upper)
        return conditions

    def quick_pieces(
        self, entity: str, sources: list[tuple[str, int]], columns: dict[str, Kind], count: int
    ) -> list[Piece] | None:
        if self._still is None:
            return None
        try:
            table = self._still.table(entity)
        except Unsuitable as reason:
            log.debug("%s is read in SQL: %s", entity, reason)
            return None
        lone = sources[0][0] if len(sources) == 1 else None
        read = columns if lone is not None else {"source": Kind.TEXT, **columns}
        return [Piece(lone, part.size * 50, _writer(part, read)) for part in table.divided(count)]

    @cached_property
    def _still(self) -> StillFile | None:
        """The file itself, if it is what our connections see and large enough to be worth it."""
        held = self.ask("SELECT coalesce(sum(rows), 0) FROM hub_held")
        if held[0][0] < PAGES_FROM_ROWS:
            return None
        from metrics.replica.sqlite_base import StillFile

        try:
            still = StillFile(Path(self._path))
        except (Unsuitable, OSError) as reason:
            log.debug("the store is read in SQL: %s", reason)
            return None
        self._open.append(still)
        return still if still.sequence == self.sequence else None

    def _key_at(self, entity: str, where: str, offset: int) -> str | None:
        found = self.ask(f"SELECT source_id FROM {entity} WHERE {where} ORDER BY source_id LIMIT 1 OFFSET {offset}")
        return str(found[0][0]) if found else None

    def statement(
        self, columns: dict[str, Kind], entity: str, where: str, *, wide: bool, with_gone: bool = False
    ) -> str:
        sample = {name: self._sample(kind, wide) for name, kind in columns.items()} | {"source_id": "NULL"}
        values = [self.expression(name, kind, wide=wide) for name, kind in columns.items()]
        if with_gone:
            sample["gone"] = "0"
            values.append(self.gone(columns))
        named = ", ".join(f"{value} AS {name}" for name, value in sample.items())
        return f"SELECT {named} UNION ALL SELECT {', '.join(values)} FROM {entity} WHERE {where}"

    def _sample(self, kind: Kind, wide: bool) -> str:
        return "'0'" if wide and kind is Kind.DECIMAL else _SAMPLES.get(kind, "'2000-01-01'")


def _writer(part: Table, columns: dict[str, Kind]) -> Callable[[Path, int], int]:
    return lambda path, _: part.write(path, columns, live_only="is_deleted" not in columns)
