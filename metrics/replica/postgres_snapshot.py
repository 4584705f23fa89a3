"""The store on PostgreSQL as a snapshot: one transaction exports what it sees, the others take it over."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

from hub.model.kinds import Kind
from metrics.replica.shape import DUCK_TYPES
from metrics.replica.snapshot import Piece, Snapshot, divisions, quoted

ARROW_FROM_ROWS = 500_000
"""With fewer rows in a table, loading PyArrow takes longer than it saves."""


class PostgresSnapshot(Snapshot):
    """A PostgreSQL database, read by binary COPY in the driver."""

    keys_of_changes = (
        "SELECT c.source AS source, k.value AS source_id FROM hub_changes AS c, "
        "jsonb_array_elements_text(c.keys) AS k(value) WHERE c.entity = {entity} AND c.sequence > {after}"
    )

    def __init__(self, url: str, db: Any, workers: int) -> None:
        self._url = url
        super().__init__(db, workers)

    def _connect(self) -> Any:
        import adbc_driver_manager as adbc
        import adbc_driver_postgresql

        database = adbc.AdbcDatabase(driver=adbc_driver_postgresql._driver_path(), uri=self._url)
        self._open.append(database)
        connection = adbc.AdbcConnection(database)
        self._open.append(connection)
        connection.set_autocommit(False)
        return connection

    def _align(self) -> int:
        begin = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"
        self._run(begin, 0)
        ((name,),) = self.ask("SELECT pg_export_snapshot()")
        for worker in range(1, len(self._connections)):
            self._run(begin, worker)
            self._run(f"SET TRANSACTION SNAPSHOT {quoted(name)}", worker)
        ((newest,),) = self.ask("SELECT coalesce(max(sequence), 0)::bigint FROM hub_changes")
        return int(newest)

    def _run(self, statement: str, worker: int) -> None:
        import adbc_driver_manager as adbc

        command = adbc.AdbcStatement(self._connections[worker])
        try:
            command.set_sql_query(statement)
            command.execute_update()
        finally:
            command.close()

    def _prepare(self, query: Any) -> None:
        query.set_options(**{"adbc.postgresql.batch_size_hint_bytes": str(1 << 20)})

    def expression(self, column: str, kind: Kind, *, wide: bool) -> str:
        if kind is Kind.UTC:
            return f"{column} AT TIME ZONE 'UTC'"
        return f"{column}::text" if kind in (Kind.DECIMAL, Kind.JSON) else column

    def converted(self, column: str, kind: Kind, *, wide: bool) -> str:
        narrow = kind is Kind.DECIMAL and not wide
        return f"CAST({column} AS {'DECIMAL(18, 6)' if narrow else DUCK_TYPES[kind]}) AS {column}"

    def parts(self, entity: str, source: str, rows: int, count: int) -> list[str]:
        mine = f"source = {quoted(source)}"
        if count == 1:
            return [mine]
        ((pages,),) = self.ask(
            f"SELECT (pg_relation_size({quoted(entity)}::regclass) / current_setting('block_size')::int)::bigint"
        )
        edges = [pages * part // count for part in range(1, count)]
        bounds = [None, *dict.fromkeys(edge for edge in edges if edge), None]
        conditions = []
        for low, high in pairwise(bounds):
            lower = f" AND ctid >= '({low},0)'::tid" if low is not None else ""
            upper = f" AND ctid < '({high},0)'::tid" if high is not None else ""
            conditions.append(mine + lower + upper)
        return conditions

    def quick_pieces(
        self, entity: str, sources: list[tuple[str, int]], columns: dict[str, Kind], count: int
    ) -> list[Piece] | None:
        if sum(rows for _, rows in sources) < ARROW_FROM_ROWS:
            return None
        live = "" if "is_deleted" in columns else " AND deleted_at IS NULL"
        pieces = []
        for source, rows in sources:
            parts = divisions(rows, count)
            for where in self.parts(entity, source, rows, parts):
                statement = self.statement(columns, entity, where + live, wide=False)
                pieces.append(Piece(source, rows // parts, self._writer(statement, columns)))
        return pieces

    def _writer(self, statement: str, columns: dict[str, Kind]) -> Callable[[Path, int], int]:
        def write(path: Path, worker: int) -> int:
            from metrics.replica.arrow_files import write_stream

            with self.stream(statement, worker) as stream:
                return write_stream(stream, path, columns)

        return write

    def statement(
        self, columns: dict[str, Kind], entity: str, where: str, *, wide: bool, with_gone: bool = False
    ) -> str:
        values = [f"{self.expression(name, kind, wide=wide)} AS {name}" for name, kind in columns.items()]
        if with_gone:
            values.append(f"{self.gone(columns)} AS gone")
        return f"SELECT {', '.join(values)} FROM {entity} WHERE {where}"
