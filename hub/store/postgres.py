"""The store on PostgreSQL 14 or later. See `hub.store.base.Store` for what each method promises."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from hub.errors import LeaseLost, StoreError
from hub.store.base import Lease, PageWriter, Run
from hub.store.migrations import HEAD, POSTGRES_LOCK
from hub.store.postgres_care import PostgresCare
from hub.store.postgres_errors import TableMissing
from hub.store.postgres_identity import PostgresIdentity
from hub.store.postgres_leases import PostgresLeases, fence
from hub.store.postgres_page import PostgresPage
from hub.store.postgres_reading import PostgresReading

_TABLES = """
    SELECT count(*) FILTER (WHERE tablename = 'alembic_version'), min(tablename)
    FROM pg_tables WHERE schemaname = current_schema()"""


class PostgresStore(PostgresLeases, PostgresReading, PostgresCare, PostgresIdentity):
    """Opened by `hub.store.open_store`."""

    def upgrade(self) -> list[str]:
        self._require_ours(self._revision())
        return self.db.migrate()

    def prepare(self) -> None:
        revision = self._revision()
        if revision is None:
            self._require_ours(None)
            self._give_tables()
        elif revision != HEAD:
            self.require_current()

    def _give_tables(self) -> None:
        from hub.store.migrations.newborn import statements

        with self.db.transaction():
            self.db.rows("SELECT pg_advisory_xact_lock($1)", [POSTGRES_LOCK])
            there = self.db.row("SELECT to_regclass('alembic_version')")
            if there == (None,):  # nobody else was quicker
                self.db.together([(statement, ()) for statement in statements("postgresql")])

    def require_current(self) -> None:
        if self._revision() != HEAD:
            self._require_ours(self._revision())
            raise StoreError(f"{self.db.place} lacks tables of this release.", fix="Run `hub db upgrade`.")

    def _revision(self) -> str | None:
        """The schema's revision; None where the database has no tables of ours."""
        try:
            row = self.db.row("SELECT version_num FROM alembic_version")
        except TableMissing:
            return None
        return str(row[0]) if row else None

    def _require_ours(self, revision: str | None) -> None:
        """Raise where this release must not touch the tables: they are a newer one's, or another program's."""
        if revision is not None and revision > HEAD:
            raise StoreError(
                f"{self.db.place} was made by a newer b2b-hub.", fix="Install that version, or a later one."
            )
        if revision is None:
            ((ours, table),) = self.db.rows(_TABLES)  # in one look: another hub may be making the tables right now
            if table is not None and not ours:
                raise StoreError(
                    f"{self.db.place} holds tables of another program (`{table}`).",
                    fix="Give the hub a database of its own: set `store` in hub.yaml.",
                )

    @contextmanager
    def page(self, run: Run, lease: Lease | None, at: datetime) -> Iterator[PageWriter]:
        try:
            with self.db.transaction(keep=lease is not None):
                if lease is not None:
                    self.db.later(*fence(lease))
                page = PostgresPage(self.db, self.memory, run, at, dry=lease is None)
                yield page
                page.close()
        except LeaseLost as error:
            raise error.at(f"{run.source}/{run.stream}") from None
        if lease is not None:
            page.committed()
