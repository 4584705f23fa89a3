"""What all parts of the SQLite store share: the file, its connection, and what is remembered between pages."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path

from hub.errors import StoreError
from hub.store.base import Store
from hub.store.sqlite_database import Database
from hub.store.sqlite_page import Memory
from hub.store.sqlite_upsert import Watch

_PREFIX = "sqlite:///"
BUSY_SECONDS = 30.0
"""How long a write waits for another process; the longest page takes a few seconds."""


class SqliteBase(Store):
    """Opens the file when it is first needed."""

    dialect = "sqlite"

    def __init__(self, url: str, *, busy_seconds: float = BUSY_SECONDS) -> None:
        self.url = url
        self.path = Path(url.removeprefix(_PREFIX))
        self.memory = Memory()
        self._busy_seconds = busy_seconds

    @cached_property
    def db(self) -> Database:
        if not self.path.exists():
            raise StoreError(f"there is no database {self.path}.", fix="Run `hub db upgrade` or `hub sync` to make it.")
        return Database(self.path, self._busy_seconds)

    @cached_property
    def watch(self) -> Watch:
        return Watch(self.db.connection)

    def another(self) -> Database:
        """A second connection, for reading a view that later pages do not change."""
        return Database(self.path, self._busy_seconds)

    def close(self) -> None:
        self.__dict__.pop("watch", None)
        if (db := self.__dict__.pop("db", None)) is not None:
            db.close()
