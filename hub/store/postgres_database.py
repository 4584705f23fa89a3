"""One connection to PostgreSQL: how it is opened, how it runs statements, and how it hides its password."""

from __future__ import annotations

import contextlib
import os
import re
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeAlias
from urllib.parse import quote

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from hub.errors import ConfigError, StoreBusy, StoreError
from hub.store.postgres_errors import TRY_AGAIN, explained

Connection: TypeAlias = psycopg.Connection[tuple[Any, ...]]
Statement: TypeAlias = tuple[str, Sequence[Any]]
Rows: TypeAlias = list[tuple[Any, ...]]

_SECRET = {"password", "sslpassword", "oauth_client_secret"}
OLDEST_VERSION = 140_000
_CONNECT_SECONDS = 10
_IDLE_SECONDS = 20.0
"""After so long without use, a connection is tried before it is trusted."""
_SETTINGS = {
    "application_name": "b2b-hub",
    "TimeZone": "UTC",
    "DateStyle": "ISO",
    "lock_timeout": "60s",
    "jit": "off",  # compiling costs more than any statement of ours takes
    "work_mem": "64MB",  # a page is joined in memory
    "temp_buffers": "64MB",  # a staged page stays in memory
    "random_page_cost": "1.1",  # keys are looked up rather than the whole table read
}


def parsed(url: str) -> dict[str, str]:
    """The parts of a URL. ConfigError where libpq cannot read it; its own message may quote the password, ours not."""
    authority, _, path = url.partition("://")[2].partition("?")[0].partition("/")
    parts: dict[str, str] = {}
    if authority.count("@") < 2 and "@" not in path:  # else part of a password would be taken for the host
        with contextlib.suppress(psycopg.ProgrammingError):
            parts = {name: str(value) for name, value in conninfo_to_dict(url).items()}
    if parts and re.fullmatch(r"[\d,]*", parts.get("port", "")):
        return parts
    raise ConfigError(
        "the PostgreSQL URL under `store` cannot be read.",
        fix="Write postgresql://user:password@host:5432/database, with %40 for @ and %2F for / in the password.",
    )


def redacted(parts: dict[str, str]) -> str:
    """A URL that leads to the same place, without what must stay secret."""
    host, user = parts.get("host", ""), parts.get("user")
    plain = re.fullmatch(r"[\w.-]*", host) is not None  # not a folder with a socket, an IPv6 address or several hosts
    in_front = {"user", "dbname", *(("host", "port") if plain else ())}
    options = {name: value for name, value in parts.items() if name not in in_front | _SECRET}
    server = host + (f":{parts['port']}" if "port" in parts else "") if plain else ""
    query = "&".join(f"{name}={quote(value, safe='/')}" for name, value in options.items())
    login = quote(user, safe="") + "@" if user else ""
    return f"postgresql://{login}{server}/{quote(parts.get('dbname', ''), safe='')}" + (f"?{query}" if query else "")


class Database:
    """A connection that opens when it is first needed, and again after it broke. Every error leaves as a StoreError."""

    def __init__(self, url: str) -> None:
        parts = parsed(url)
        self._url = url
        self.place = f"the database {redacted(parts).partition('://')[2]}"
        self._timeout = parts.get("connect_timeout", _CONNECT_SECONDS)
        self._connection: Connection | None = None
        self._used_at = time.monotonic()
        self._in_transaction = False
        self._waiting: list[Statement] = []

    def __repr__(self) -> str:
        return f"<Database: {self.place}>"

    @property
    def connection(self) -> Connection:
        if self._in_transaction and self._connection is not None and self._connection.closed:
            raise StoreBusy(f"{self.place}: the connection broke.", fix=TRY_AGAIN)  # never go on in another one
        if not self._in_transaction and time.monotonic() - self._used_at > _IDLE_SECONDS:
            self._drop_if_broken()
        if self._connection is None or self._connection.closed:
            self._connection = self._opened()
        self._used_at = time.monotonic()
        return self._connection

    def _drop_if_broken(self) -> None:
        """A server may have been started anew while nobody asked it anything."""
        if self._connection is not None and not self._connection.closed:
            try:
                self._connection.execute("SELECT 1")
            except psycopg.Error:
                self._connection.close()

    @property
    def version(self) -> int:
        """The server's, as 150004 for 15.4."""
        return self.connection.info.server_version

    def _opened(self) -> Connection:
        with self.errors():
            connection: Connection = psycopg.connect(
                self._url,
                autocommit=True,
                prepare_threshold=None,  # poolers give each transaction another session
                cursor_factory=psycopg.RawCursor,
                connect_timeout=self._timeout,
            )
        try:
            if connection.info.server_version < OLDEST_VERSION:
                release = connection.info.server_version // 10_000
                raise StoreError(
                    f"{self.place} is PostgreSQL {release}; the hub needs 14 or later.",
                    fix="Upgrade the server, or point `store` in hub.yaml to another one.",
                )
            with self.errors():
                connection.execute(
                    "SELECT "
                    + ", ".join(f"set_config('{name}', '{value}', false)" for name, value in _SETTINGS.items())
                )
        except BaseException:
            connection.close()
            raise
        return connection

    @contextmanager
    def errors(self) -> Iterator[None]:
        """Explain what the driver raises."""
        try:
            yield
        except psycopg.Error as error:
            raise explained(error, self.place) from error

    def rows(self, statement: str, values: Sequence[Any] = ()) -> Rows:
        return self.together([(statement, values)])[0]

    def row(self, statement: str, values: Sequence[Any] = ()) -> tuple[Any, ...] | None:
        return next(iter(self.rows(statement, values)), None)

    def count(self, statement: str, values: Sequence[Any] = ()) -> int:
        """How many rows the statement changed."""
        with self.errors():
            return self._run([(statement, values)])[0].rowcount

    def together(self, statements: Sequence[Statement]) -> list[Rows]:
        """Run statements in one journey to the server; the rows of each. The first error stops all behind it."""
        with self.errors():
            return [cursor.fetchall() if cursor.description else [] for cursor in self._run(statements)]

    def later(self, statement: str, values: Sequence[Any] = ()) -> None:
        """Send a statement of the open transaction with the next journey; its rows are of no interest."""
        self._waiting.append((statement, values))

    def _run(self, statements: Sequence[Statement]) -> list[psycopg.RawCursor[tuple[Any, ...]]]:
        waiting, self._waiting = self._waiting, []
        connection = self.connection
        if len(waiting) + len(statements) < 2:
            cursors = [_cursor(connection, statement) for statement in (*waiting, *statements)]
        else:
            with connection.pipeline():
                cursors = [_cursor(connection, statement) for statement in (*waiting, *statements)]
        return cursors[len(waiting) :]

    @contextmanager
    def transaction(self, *, keep: bool = True) -> Iterator[None]:
        """All of it or nothing. `keep=False` undoes it in any case. BEGIN travels with the first statement."""
        with self.errors():
            _ = self.connection
        self._in_transaction, self._waiting = True, [("BEGIN", ())]
        try:
            yield
            self.together([("COMMIT" if keep else "ROLLBACK", ())])
        finally:
            self._waiting = []
            self.roll_back()
            self._in_transaction = False

    def copy(self, statement: str, blocks: Iterable[bytes | memoryview]) -> None:
        """Send the blocks of a `COPY ... FROM STDIN`."""
        with self.errors():
            self._run([])
            with self.connection.cursor() as cursor, cursor.copy(statement) as copy:
                for block in blocks:
                    copy.write(block)

    def roll_back(self) -> None:
        """Undo the open transaction, if there is one and the connection still lives."""
        connection = self._connection
        if connection is None or connection.closed:
            return
        if connection.info.transaction_status == psycopg.pq.TransactionStatus.IDLE:
            return
        try:
            connection.execute("ROLLBACK")
        except psycopg.Error:
            connection.close()  # the server undoes it by itself

    def migrate(self) -> list[str]:
        """Bring the schema to this release; the revisions that ran."""
        from sqlalchemy.exc import DBAPIError

        from hub.store.migrations.runner import migrate

        try:
            return migrate(self._url)
        except DBAPIError as error:
            if isinstance(error.orig, psycopg.Error):
                raise explained(error.orig, self.place) from error
            raise

    def for_programs(self) -> tuple[str, dict[str, str]]:
        """The address without the password, for a command line that others can see, and an environment with it."""
        parts = parsed(self._url)
        password = parts.pop("password", None)
        secret = {} if password is None else {"PGPASSWORD": password}
        return make_conninfo("", **parts), {**os.environ, **secret}

    def another(self) -> Database:
        """A second connection to the same database."""
        return Database(self._url)

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def _cursor(connection: Connection, statement: Statement) -> psycopg.RawCursor[tuple[Any, ...]]:
    cursor = psycopg.RawCursor(connection)
    cursor.execute(*statement)
    return cursor
