"""The store on SQLite: one file, no server. See `hub.store.base.Store` for what each method promises."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from hub.errors import StoreError
from hub.store.base import Lease, PageWriter, Run
from hub.store.migrations import HEAD
from hub.store.shape import to_micros
from hub.store.sqlite_care import SqliteCare
from hub.store.sqlite_database import create_file, explained
from hub.store.sqlite_identity import SqliteIdentity
from hub.store.sqlite_leases import SqliteLeases
from hub.store.sqlite_page import SqlitePage
from hub.store.sqlite_reading import SqliteReading


class SqliteStore(SqliteLeases, SqliteReading, SqliteCare, SqliteIdentity):
    """Opened by `hub.store.open_store`. `busy_seconds`: how long a write waits for another process."""

    def upgrade(self) -> list[str]:
        create_file(self.path)
        self._require_ours()
        from sqlalchemy.exc import DBAPIError

        from hub.store.migrations.runner import migrate

        try:
            return migrate(self.url)
        except DBAPIError as error:
            if isinstance(error.orig, sqlite3.Error):
                raise explained(error.orig, self.path) from error
            raise

    def prepare(self) -> None:
        if not self.path.exists() or self._revision() is None:
            create_file(self.path)
            self._require_ours()
            self._give_tables()
        self.require_current()

    def _give_tables(self) -> None:
        from hub.store.migrations.newborn import statements

        with self.db.transaction():
            if self._revision() is None:  # nobody else was quicker
                for statement in statements("sqlite"):
                    self.db.run(statement)

    def require_current(self) -> None:
        if self._revision() != HEAD:
            self._require_ours()
            raise StoreError(f"the database {self.path} lacks tables of this release.", fix="Run `hub db upgrade`.")

    def _revision(self) -> str | None:
        """The schema's revision; None where the database has no tables of ours."""
        tables = self.db.row("SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = 'alembic_version'")
        row = self.db.row("SELECT version_num FROM alembic_version") if tables and tables[0] else None
        return str(row[0]) if row else None

    def _require_ours(self) -> None:
        """Raise where this release must not touch the tables: they are a newer one's, or another program's."""
        revision = self._revision()
        if revision is not None and revision > HEAD:
            raise StoreError(
                f"the database {self.path} was made by a newer b2b-hub.", fix="Install that version, or a later one."
            )
        other = self.db.row("SELECT name FROM sqlite_master WHERE type = 'table' AND name <> 'alembic_version'")
        if revision is None and other:
            raise StoreError(
                f"the database {self.path} holds tables of another program (`{other[0]}`).",
                fix="Give the hub a file of its own: set `store` in hub.yaml.",
            )

    @contextmanager
    def page(self, run: Run, lease: Lease | None, at: datetime) -> Iterator[PageWriter]:
        with self.db.transaction(keep=lease is not None):
            if lease is not None:
                self._require(lease)
            page = SqlitePage(self.db, self.watch, self.memory, run, to_micros(at), dry=lease is None)
            yield page
            page.close()
        if lease is not None:
            page.committed()
