"""Metrics on the PostgreSQL that the store is in: nothing is copied, and only results leave it.

All is computed in one transaction that sees one state of the data. It writes nothing but temporary tables and
functions, which are gone with the connection: the user needs the right to read the tables, and TEMPORARY on the
database, which everybody has unless it was taken away.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from hub.errors import ConfigError, HubError, StoreError
from hub.model.kinds import Kind
from metrics import duck
from metrics.base import Request
from metrics.engines import postgres_dialect as dialect
from metrics.engines.away import Away, NoRoom
from metrics.engines.kept_sql import KeptSql
from metrics.engines.site import Ground, Room
from metrics.replica.identity import OF_LINK, SOURCES
from metrics.replica.shape import IDENTITIES, NOT_AMOUNTS, TABLES, columns_of

_TOO_MANY_DIGITS = "22003"
_MAY_NOT, _STANDBY = "42501", "25006"
_READY = "hub_ready"
_BATCH = 1000
_STAGED = {
    "VARCHAR": 'text COLLATE "C"', "TIMESTAMP": "timestamp", "BIGINT": "bigint", "INTEGER": "bigint", "DATE": "date",
    "BOOLEAN": "boolean",
}  # fmt: skip
_FETCHED = {**_STAGED, "VARCHAR": "text", "DOUBLE": "float8"}


class Transaction:
    """One connection that sees one state of the data until it is closed, and writes nothing that stays.

    sequence     the newest change of that state; `resolution` the last one of identity
    """

    def __init__(self, url: str) -> None:
        import adbc_driver_manager as adbc
        import adbc_driver_postgresql

        self._open: list[Any] = []
        try:
            database = adbc.AdbcDatabase(driver=adbc_driver_postgresql._driver_path(), uri=url)
            self._open.append(database)
            self._connection = adbc.AdbcConnection(database)
            self._open.append(self._connection)
            self.execute("BEGIN ISOLATION LEVEL REPEATABLE READ")  # the driver's own could not go back to a savepoint
            for setting in ("timezone = 'UTC'", "jit = off", "work_mem = '64MB'"):
                self.execute(f"SET LOCAL {setting}")
            ((self.sequence, self.resolution),) = self.ask(
                "SELECT coalesce(max(sequence), 0)::bigint, (SELECT coalesce(max(id), 0)::bigint FROM hub_resolutions) "
                "FROM hub_changes"
            )
        except Exception as error:
            self.close()
            raise _explained(error) from error

    def ask(self, query: str) -> list[tuple[Any, ...]]:
        """A small question."""
        import duckdb

        with self.stream(query) as stream, contextlib.closing(duckdb.connect()) as db:  # noqa: F841
            return db.execute("FROM stream").fetchall()

    def currencies(self) -> frozenset[str]:
        """What amounts are in."""
        written = self.ask("SELECT entity FROM hub_columns WHERE name = 'currency'")
        amounts = [name for (name,) in written if name in TABLES and name not in (*NOT_AMOUNTS, *IDENTITIES)]
        if not amounts:
            return frozenset()
        found = self.ask(" UNION ".join(f"SELECT currency FROM {name}" for name in sorted(amounts)))
        return frozenset(currency for (currency,) in found if currency)

    def execute(self, statement: str) -> None:
        """Raises NoRoom, or what the error means for the user."""
        with self._statement(statement) as command:
            command.execute_update()

    @contextlib.contextmanager
    def stream(self, query: str) -> Iterator[Any]:
        """The rows of a query, as something that DuckDB can select from."""
        with self._statement(query) as command:
            handle, _ = command.execute_query()
            yield handle

    @contextlib.contextmanager
    def _statement(self, text: str) -> Iterator[Any]:
        import adbc_driver_manager as adbc

        command = adbc.AdbcStatement(self._connection)
        try:
            command.set_sql_query(text)
            yield command
        except adbc.Error as error:
            raise _explained(error) from error
        finally:
            command.close()

    def close(self) -> None:
        for thing in reversed(self._open):
            with contextlib.suppress(Exception):  # nothing was written that could be lost
                thing.close()
        self._open.clear()


class PostgresSite(Away):
    """Computes in a transaction that somebody else opens and closes."""

    name, quote = "postgres", '"'

    def __init__(self, transaction: Transaction, ground: Ground, cache_dir: Path | None = None) -> None:
        super().__init__(ground)
        self._transaction, self._kept_sql = transaction, KeptSql(dialect, cache_dir)
        for statement in (*canonical_views(), *dialect.settings(ground)):
            transaction.execute(statement)
        self.set_up()
        self._mark()

    def _mark(self) -> None:
        self._transaction.execute(f"SAVEPOINT {_READY}")

    def translated(self, sql: str) -> str:
        return self._kept_sql.translated(sql, self.columns, partial(dialect.to_postgres, sql))

    @contextlib.contextmanager
    def rows(self, query: str, columns: dict[str, str]) -> Iterator[Any]:
        cast = ", ".join(
            f'CAST("{name}" AS {_FETCHED.get(kind, "text")}) AS "{name}"' for name, kind in columns.items()
        )
        with self._transaction.stream(f"SELECT {cast} FROM ({query}) AS result") as stream:
            yield stream

    def make(self, table: str, query: str) -> None:
        self.drop(table)
        self._transaction.execute(f"CREATE TEMPORARY TABLE {table} AS {query}")
        self._transaction.execute(f"ANALYZE pg_temp.{table}")

    def drop(self, table: str) -> None:
        self._transaction.execute(f"DROP TABLE IF EXISTS pg_temp.{table}")

    def hand_over(self, table: str) -> None:
        columns = self.results.execute(f"DESCRIBE {table}").fetchall()
        shape = ", ".join(
            f'"{name}" {_STAGED.get(kind) or kind.replace("DECIMAL", "numeric")}' for name, kind, *_ in columns
        )
        self.drop(table)
        self._transaction.execute(f"CREATE TEMPORARY TABLE {table} ({shape})")
        row = " || ', ' || ".join(_literal(name) for name, *_ in columns)
        told = self.results.execute(
            f"SELECT string_agg('(' || {row} || ')', ', ') FROM (SELECT *, row_number() OVER () AS place FROM {table}) "
            f"GROUP BY place // {_BATCH}"
        )
        for (values,) in told.fetchall():
            self._transaction.execute(f"INSERT INTO pg_temp.{table} VALUES {values}")
        self._transaction.execute(f"ANALYZE pg_temp.{table}")

    def define(self, request: Request, *statements: str) -> None:
        for statement in (*dialect.question(request, self.ground.today), *dialect.divisions(statements)):
            self._transaction.execute(statement)

    def define_rate_digits(self, digits: int) -> None:
        for statement in dialect.rate_digits(digits):
            self._transaction.execute(statement)

    def recover(self) -> None:
        """What was made since the beginning went with the error."""
        self._transaction.execute(f"ROLLBACK TO SAVEPOINT {_READY}")
        self._made.clear()

    def ways_to_give_room(self) -> Sequence[Room]:
        return (Room(partial(self._cut_rates, duck.FEW_RATE_DIGITS)),)

    def _cut_rates(self, digits: int) -> None:
        self._use_rates(digits)
        self._mark()


def canonical_views() -> Iterator[str]:
    """The canonical tables as metrics know them, in front of the store's own: live rows, moments without a zone."""
    for name in sorted(TABLES, key=lambda name: not name.endswith("_identities")):  # these read what others hide
        if name in IDENTITIES:
            yield f"CREATE TEMPORARY VIEW {name} AS {_identity(name)}"
            continue
        columns = columns_of(TABLES[name])
        told = ", ".join(_told(column, kind) for column, kind in columns.items())
        live = "" if "is_deleted" in columns else " WHERE deleted_at IS NULL"
        yield f"CREATE TEMPORARY VIEW {name} AS SELECT {told} FROM {name}{live}"


def _told(column: str, kind: Kind) -> str:
    if kind is Kind.UTC:
        return f"{column} AT TIME ZONE 'UTC' AS {column}"
    return f"{column}::text AS {column}" if kind is Kind.JSON else column


def _identity(name: str) -> str:
    """As `metrics.replica.identity` takes it from the store."""
    of_records = name.endswith("_identities")
    columns = []
    for column, kind in columns_of(IDENTITIES[name]).items():
        owner = "l" if of_records and column in OF_LINK else "g"
        there = of_records or column not in ("source", "source_id")
        value = f"nullif({owner}.{column}::text, '')" if there else "NULL"
        columns.append(f"{value}::{'bigint' if kind is Kind.INTEGER else 'text'} AS {column}")
    return f"SELECT {', '.join(columns)} {SOURCES[name]}"


def _literal(column: str) -> str:
    """SQL of DuckDB: a value as a literal of PostgreSQL."""
    return f"coalesce('''' || replace(CAST(\"{column}\" AS VARCHAR), '''', '''''') || '''', 'NULL')"


def _said(error: Exception) -> str:
    """What the server says, without the statement."""
    text = str(error)
    return text.rpartition("ERROR:")[2].strip().splitlines()[0][:200] if "ERROR:" in text else text[:200]


def _explained(error: Exception) -> Exception:
    if isinstance(error, HubError | NoRoom) or not type(error).__module__.startswith("adbc"):
        return error
    told = _said(error)
    state = getattr(error, "sqlstate", None)
    if state == _TOO_MANY_DIGITS:
        return NoRoom(told)
    if state == _MAY_NOT:
        return ConfigError(
            f"`analytics: postgres` is not possible for this user of the database: {told}.",
            fix="Let it read the canonical tables, and GRANT TEMPORARY ON DATABASE to it; or set `analytics: duckdb`.",
        )
    if state == _STANDBY:
        return ConfigError(
            "`analytics: postgres` needs temporary tables, which a standby of PostgreSQL does not have.",
            fix="Name the primary as `store:`, or set `analytics: duckdb`.",
        )
    return StoreError(f"PostgreSQL could not compute metrics: {told}.", fix="Check that it is there, then try again.")
