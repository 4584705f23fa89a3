"""One consistent view of the store, read column by column through ADBC by several connections at once.

Everything is read under one sequence of the store's changes. The streams are Arrow's C interface: DuckDB takes them
without any row passing through Python, and without pyarrow.
"""

from __future__ import annotations

import contextlib
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from hub.errors import StoreError
from hub.model.kinds import Kind
from metrics.replica.shape import TABLES

if TYPE_CHECKING:
    import duckdb


_ROWS_A_PART = 150_000


class Unsuitable(Exception):
    """A way of reading that does not suit what stands in the store; there is a slower one that does."""


@dataclass(frozen=True)
class Piece:
    """Some rows of an entity that one thread writes into one file of the base.

    source   of all its rows; None where the file gets a column for it
    size     about how much it is, to begin with the largest
    write    (file, worker) -> rows written; raises Unsuitable, or DuckDB's errors about values
    """

    source: str | None
    size: int
    write: Callable[[Path, int], int]


class Snapshot(ABC):
    """What the replica asks a store. Connection 0 answers questions; each worker has one of its own."""

    keys_of_changes: ClassVar[str]
    """SQL of the touched keys of one entity after a sequence: columns source, source_id."""

    def __init__(self, db: duckdb.DuckDBPyConnection, workers: int) -> None:
        self._db = db.cursor()
        self._open: list[Any] = []
        try:
            self._connections = [self._connect() for _ in range(workers)]
            self.sequence = self._align()
        except Exception as error:
            self.close()
            raise _explained(error) from error

    @abstractmethod
    def _connect(self) -> Any:
        """A new ADBC connection, to be put into `_open`."""

    @abstractmethod
    def _align(self) -> int:
        """Let all connections see the same state; its sequence."""

    @abstractmethod
    def expression(self, column: str, kind: Kind, *, wide: bool) -> str:
        """A column in the store's SQL. `wide`: decimals as text, for those beyond 64 bits."""

    @abstractmethod
    def converted(self, column: str, kind: Kind, *, wide: bool) -> str:
        """What `expression` gave, in DuckDB's SQL, in the replica's type."""

    @abstractmethod
    def parts(self, entity: str, source: str, rows: int, count: int) -> list[str]:
        """Conditions that cut the rows of a source into so many parts of about the same size."""

    @abstractmethod
    def statement(
        self, columns: dict[str, Kind], entity: str, where: str, *, wide: bool, with_gone: bool = False
    ) -> str:
        """A query whose result has the right types whatever comes first. `gone` is 1 for deleted rows, else 0.
        A row without source_id is only there for the types."""

    def quick_pieces(
        self, entity: str, sources: list[tuple[str, int]], columns: dict[str, Kind], count: int
    ) -> list[Piece] | None:
        """Pieces that are read in a quicker way than by DuckDB, where the store has one and it is worth it."""
        return None

    @staticmethod
    def gone(columns: dict[str, Kind]) -> str:
        """Whether a row is deleted; a history tells it by itself."""
        return "0" if "is_deleted" in columns else "CASE WHEN deleted_at IS NULL THEN 0 ELSE 1 END"

    def sources(self, entity: str) -> list[tuple[str, int]]:
        """Every source that ever had rows, with how many live ones it holds."""
        counted = next((name for name, e in TABLES.items() if e.history == entity), entity)
        return [(str(source), int(rows)) for source, rows in self.ask(
            f"SELECT source, rows FROM hub_held WHERE entity = {quoted(counted)} ORDER BY source")]  # fmt: skip

    def mark(self, sequence: int) -> str:
        """What the store says about one of its changes: tells another database from this one."""
        found = self.ask(
            "SELECT c.entity, c.source, c.run_id, r.sync_id FROM hub_changes c LEFT JOIN hub_runs r ON r.id = c.run_id"
            f" WHERE c.sequence = {sequence:d}"
        )
        return repr(found)

    def ask(self, statement: str) -> list[tuple[Any, ...]]:
        """A small question."""
        with self.stream(statement) as stream:  # noqa: F841  # DuckDB finds it by its name
            return self._db.execute("SELECT * FROM stream").fetchall()

    @contextlib.contextmanager
    def stream(self, statement: str, worker: int = 0) -> Iterator[Any]:
        """The rows of a query as an Arrow stream that DuckDB can select from."""
        import adbc_driver_manager as adbc

        query = adbc.AdbcStatement(self._connections[worker])
        try:
            self._prepare(query)
            query.set_sql_query(statement)
            handle, _ = query.execute_query()
            yield handle
        except adbc.Error as error:
            raise _explained(error) from error
        finally:
            query.close()

    @abstractmethod
    def _prepare(self, query: Any) -> None:
        """Set the options of one statement."""

    def close(self) -> None:
        for thing in reversed(self._open):
            with contextlib.suppress(Exception):  # what is closed at the end cannot spoil what was read
                thing.close()
        self._open.clear()

    def __enter__(self) -> Snapshot:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def open_snapshot(url: str, db: duckdb.DuckDBPyConnection, workers: int) -> Snapshot:
    """A snapshot of the store at a URL."""
    if url.startswith("sqlite:///"):
        from metrics.replica.sqlite_snapshot import SqliteSnapshot

        return SqliteSnapshot(url.removeprefix("sqlite:///"), db, workers)
    from metrics.replica.postgres_snapshot import PostgresSnapshot

    return PostgresSnapshot(url, db, workers)


def divisions(rows: int, workers: int) -> int:
    """How many parts so many rows are worth."""
    return 1 if rows < _ROWS_A_PART else max(2, min(rows // _ROWS_A_PART, 2 * workers))


def quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _explained(error: Exception) -> Exception:
    if isinstance(error, StoreError) or not type(error).__module__.startswith("adbc"):
        return error
    return StoreError(
        f"the store could not be read for metrics: {str(error).splitlines()[0][:200]}.",
        fix="Check that the database is there and readable, then try again.",
    )
