"""How a statement is run, and its rows handed out as they come: never the whole result at once.

A store is lent for as long as rows are read. SQLite hands them out step by step; PostgreSQL sends them while they are
read, some hundred at a time, so a slow client makes the server wait and not this process grow.
"""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING, Any

from hub.console.odata.errors import ODataError
from hub.console.odata.query import Statement
from hub.console.odata.sql import Dialect
from hub.model.catalog import ENTITIES
from hub.store.shape import columns_in_use

if TYPE_CHECKING:
    from hub.console.lending import Lending
    from hub.store.base import Store

Row = tuple[Any, ...]
CHUNK_ROWS = 500
MOST_AT_ONCE = 6
"""Questions that are answered at the same time; others wait."""
_WAIT_SECONDS = 30.0
_COLLATIONS = """
    SELECT collname FROM pg_collation WHERE collname IN ('und-x-icu', 'pg_c_utf8', 'C.utf8', 'C.UTF-8')
    AND (collencoding = -1 OR collencoding = (SELECT encoding FROM pg_database WHERE datname = current_database()))
    ORDER BY array_position(ARRAY['und-x-icu', 'pg_c_utf8', 'C.utf8', 'C.UTF-8'], collname::text) LIMIT 1"""
_STATE = """
    SELECT (SELECT coalesce(max(sequence), 0) FROM hub_changes), (SELECT coalesce(max(id), 0) FROM hub_resolutions),
    (SELECT count(*) + count(undone_at) FROM hub_decisions), (SELECT coalesce(max(id), 0) FROM hub_snapshots),
    (SELECT coalesce(sum(value), 0) FROM hub_marks), (SELECT coalesce(sum(rows), 0) FROM hub_held)"""


class Reader:
    """Asks the database, for any thread."""

    def __init__(self, stores: Lending) -> None:
        self._stores = stores
        self._places = threading.BoundedSemaphore(MOST_AT_ONCE)
        self._dialect: Dialect | None = None
        self._known: tuple[Any, dict[str, int], dict[str, Collection[str]]] = (None, {}, {})

    def dialect(self) -> Dialect:
        """The database's own way to say things."""
        if self._dialect is None:
            with self._stores.lend() as store:
                self._dialect = _dialect(store)
        return self._dialect

    def state(self) -> Row:
        """What tells whether anything has changed since."""
        return self.all(Statement(_STATE, ()))[0]

    @staticmethod
    def has_links(state: Row) -> bool:
        """Whether any record was ever linked to a golden one."""
        return bool(state[1])

    def held(self, state: Row) -> dict[str, int]:
        """How many live rows of each entity the store has counted; entities that it never wrote are not in it."""
        return self._learnt(state)[0]

    def written(self, state: Row) -> dict[str, Collection[str]]:
        """The columns of each entity that the store ever wrote; entities that it never wrote are not in it."""
        return self._learnt(state)[1]

    def _learnt(self, state: Row) -> tuple[dict[str, int], dict[str, Collection[str]]]:
        known, held, written = self._known
        if known == state:
            return held, written
        counts = self.all(Statement("SELECT entity, sum(rows) FROM hub_held GROUP BY entity", ()))
        held = {entity: int(rows) for entity, rows in counts if rows}
        names: dict[str, list[str]] = {entity: [] for entity in held if entity in ENTITIES}
        for entity, name in self.all(Statement("SELECT entity, name FROM hub_columns", ())):
            names.setdefault(entity, []).append(name)
        written = {name: frozenset(columns_in_use(ENTITIES[name], names[name])) for name in held if name in ENTITIES}
        self._known = (state, held, written)
        return held, written

    def all(self, statement: Statement) -> list[Row]:
        """The rows of a small result."""
        return [row for rows in self.chunks(statement) for row in rows]

    def chunks(self, statement: Statement) -> Iterator[list[Row]]:
        """The rows, some hundred at a time. Raises ODataError where too many others are reading, StoreError."""
        if not self._places.acquire(timeout=_WAIT_SECONDS):
            raise ODataError(503, "Too many questions are being answered; try again.", headers={"retry-after": "10"})
        try:
            with self._stores.lend() as store:
                yield from _chunks(store, statement)
        finally:
            self._places.release()


def _dialect(store: Store) -> Dialect:
    from hub.console.odata.postgres_sql import Postgres
    from hub.console.odata.sqlite_sql import Sqlite

    if store.dialect == "sqlite":
        return Sqlite()
    found = store.db.row(_COLLATIONS)  # type: ignore[attr-defined]  # the contract names no connection
    return Postgres(found[0] if found else "default")


def _chunks(store: Store, statement: Statement) -> Iterator[list[Row]]:
    db: Any = store.db  # type: ignore[attr-defined]  # the contract names no connection
    if store.dialect == "sqlite":
        from hub.console.odata.sqlite_sql import install

        install(db.connection)
        yield from db.pages(statement.sql, statement.values, CHUNK_ROWS)
        return
    with db.errors(), db.connection.cursor() as cursor:
        chunk: list[Row] = []
        for row in cursor.stream(statement.sql, statement.values or None, size=CHUNK_ROWS):
            chunk.append(row)
            if len(chunk) == CHUNK_ROWS:
                yield chunk
                chunk = []
        if chunk:
            yield chunk
