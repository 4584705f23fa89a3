"""Indexes that the feed's questions need. Every index costs each sync some time, so none is made before it is wanted.

They are the store's own lazy ones (`ix_lazy_…`), which no migration knows and which may be dropped at any time.
"""

from __future__ import annotations

import logging
import threading
import time
from typing import TYPE_CHECKING, Any

from hub.console.odata.errors import ODataError
from hub.console.odata.model import EntitySet
from hub.console.odata.query import Statement
from hub.errors import HubError, StoreBusy
from hub.model.kinds import Kind

if TYPE_CHECKING:
    from hub.console.lending import Lending
    from hub.console.odata.reading import Reader
    from hub.store.base import Store

log = logging.getLogger(__name__)

_LARGE = 50_000
"""Rows below which a table is looked through as quickly."""
_LOOK_SECONDS = 60.0
_PATIENCE_SECONDS = 25.0
_TEXTS = ("number", "sku")
_LOCK = 4_716_253_017
"""Advisory lock of whoever makes an index: any number that no other program takes."""
_FOUND = {
    "sqlite": "SELECT name FROM sqlite_master WHERE type = 'index' AND name LIKE 'ix_lazy_%'",
    "postgresql": "SELECT c.relname FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid"
    " WHERE i.indisvalid AND c.relname LIKE 'ix_lazy_%' AND pg_table_is_visible(c.oid)",
}

_ROWS = {
    "sqlite": f"SELECT count(*) FROM (SELECT 1 FROM {{}} LIMIT {_LARGE})",
    "postgresql": "SELECT greatest(reltuples, 0) FROM pg_class WHERE oid = to_regclass('{}')",
}
"""At least as many rows as are asked for; on PostgreSQL as of the last time it looked by itself."""


class Indexes:
    """What is there, and what is being made. `enabled`: whether any may be made."""

    def __init__(self, stores: Lending, reader: Reader, *, enabled: bool) -> None:
        self._stores, self._reader, self._enabled = stores, reader, enabled
        self._known: frozenset[str] = frozenset()
        self._looked = -_LOOK_SECONDS
        self._lock = threading.Lock()
        self._one_by_one = threading.Lock()
        self._making: dict[str, threading.Thread] = {}
        self._refused: set[str] = set()

    @property
    def is_busy(self) -> bool:
        """Whether any is being made."""
        return bool(self._making)

    def has(self, of: EntitySet, name: str) -> bool:
        """Whether rows can be read in the order of a property without putting them in order."""
        return _name(of, name) in self._names()

    def want(self, of: EntitySet, name: str) -> None:
        """Make the index of a property in the background, if it is one that is worth it and the table is large."""
        if self._enabled and _is_worth_it(of, name) and not self.has(of, name) and self._is_large(of):
            self._begin(of, name)

    def require(self, of: EntitySet, name: str) -> None:
        """The index by which the rows that belong to others are found. Raises ODataError while a large one is made."""
        if {_name(of, name), f"ix_lazy_{of.table}_{name}"} & self._names() or not self._is_large(of):
            return
        making = self._begin(of, name) if self._enabled else None
        if making is not None:
            making.join(_PATIENCE_SECONDS)
            self._looked = -_LOOK_SECONDS
        if _name(of, name) in self._names():
            return
        if making is not None and making.is_alive():
            raise ODataError(
                503, f"An index of {of.name} is being made; try again in a minute.", headers={"retry-after": "30"}
            )
        raise ODataError(
            501, f"{of.name} is large and has no index on {name}, so it cannot be expanded; read it by itself."
        )

    def _names(self) -> frozenset[str]:
        if time.monotonic() - self._looked >= _LOOK_SECONDS:
            self._known = frozenset(row[0] for row in self._reader.all(Statement(_FOUND[self._dialect()], ())))
            self._looked = time.monotonic()
        return self._known

    def _is_large(self, of: EntitySet) -> bool:
        ((rows,),) = self._reader.all(Statement(_ROWS[self._dialect()].format(of.table), ()))
        return int(rows) >= _LARGE

    def _dialect(self) -> str:
        with self._stores.lend() as store:
            return store.dialect

    def _begin(self, of: EntitySet, name: str) -> threading.Thread | None:
        index = _name(of, name)
        with self._lock:
            if index in self._refused:
                return None
            if index not in self._making:
                self._making[index] = threading.Thread(target=self._make, args=(of, name), daemon=True, name=index)
                self._making[index].start()
            return self._making[index]

    def _make(self, of: EntitySet, name: str) -> None:
        index = _name(of, name)
        try:
            with self._one_by_one, self._stores.lend() as store:
                make(store, of, name)
            log.info("made the index %s for the feed", index)
        except StoreBusy as error:
            log.info("the index %s for the feed will be made later: %s", index, error)
        except HubError as error:
            self._refused.add(index)
            log.warning("the index %s for the feed could not be made: %s", index, error)
        finally:
            self._looked = -_LOOK_SECONDS
            with self._lock:
                self._making.pop(index, None)


def make(store: Store, of: EntitySet, name: str) -> None:
    """Make the index. PostgreSQL does it without keeping writers out. Raises StoreError."""
    index, db = _name(of, name), store.db  # type: ignore[attr-defined]  # the contract names no connection
    first = f"{name} NULLS FIRST" if of[name].nullable and store.dialect != "sqlite" else name
    columns = ", ".join([first, *(key for key in of.key if key != name)])
    if store.dialect == "sqlite":
        db.run(f"CREATE INDEX IF NOT EXISTS {index} ON {of.table} ({columns})")
        return
    if db.row("SELECT pg_try_advisory_lock($1)", (_LOCK,)) != (True,):  # two at once would wait for one another
        raise StoreBusy("another hub is making an index.", fix="It is tried again when it is wanted again.")
    try:
        _make_beside_writers(db, index, f"{of.table} ({columns})")
    finally:
        db.rows("SELECT pg_advisory_unlock($1)", (_LOCK,))


def _make_beside_writers(db: Any, index: str, place: str) -> None:
    if db.row("SELECT 1 FROM pg_index WHERE NOT indisvalid AND indexrelid = to_regclass($1)", (index,)):
        db.rows(f"DROP INDEX CONCURRENTLY IF EXISTS {index}")  # what a crash left half made
    db.rows("SET lock_timeout = 0")
    db.rows(f"CREATE INDEX CONCURRENTLY IF NOT EXISTS {index} ON {place}")
    db.rows("SET lock_timeout = '60s'")


def _name(of: EntitySet, name: str) -> str:
    return f"ix_lazy_{of.table}_by_{name}"


def _is_worth_it(of: EntitySet, name: str) -> bool:
    property = of[name]
    if property.derived or property.lookup is not None or name in of.key[:1]:
        return False
    return property.kind in (Kind.UTC, Kind.DATE) or name.endswith("_source_id") or name in _TEXTS
