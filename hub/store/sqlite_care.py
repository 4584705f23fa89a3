"""Backup and pruning of the SQLite store."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from pathlib import Path

from hub.errors import StoreError
from hub.model.catalog import ENTITIES, HISTORIES
from hub.store.identity import RESOLVED
from hub.store.identity_pruned import tell_pruned
from hub.store.sqlite_base import SqliteBase
from hub.store.sqlite_database import explained
from hub.store.sqlite_leases import now_micros

_DAY = 86_400_000_000
"""Microseconds."""
_ADD_CHANGE = "INSERT INTO hub_changes (entity, source, run_id, keys) SELECT ?, ?, max(id), ? FROM hub_runs"


class SqliteCare(SqliteBase):
    """The part of the store for operators."""

    def backup(self, target: Path) -> None:
        if target.exists():
            raise StoreError(f"{target} exists already.", fix="Name a file that does not exist, or remove it first.")
        draft = target.with_name(f".{target.name}.{os.getpid()}.part")
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            os.close(os.open(draft, os.O_CREAT | os.O_RDWR, 0o600))  # it holds personal data
            self._copy_to(draft)
            os.link(draft, target)  # unlike a rename, it never replaces what appeared there meanwhile
        except OSError as error:
            raise StoreError(f"{target} cannot be written: {error.strerror}.", fix="Choose another place.") from error
        finally:
            with contextlib.suppress(OSError):
                draft.unlink(missing_ok=True)

    def _copy_to(self, draft: Path) -> None:
        try:
            with contextlib.closing(sqlite3.connect(draft)) as copy:
                self.db.connection.backup(copy)
                copy.execute("PRAGMA journal_mode=DELETE")  # one file, complete in itself
                verdict = copy.execute("PRAGMA integrity_check(1)").fetchone()[0]
        except sqlite3.Error as error:
            raise explained(error, draft) from error
        if verdict != "ok":
            raise StoreError(
                f"the copy of {self.path} is damaged: {verdict}.", fix="The database itself may be; restore a backup."
            )

    def prune(self, *, keep_runs_days: int, keep_deleted_days: int | None) -> dict[str, int]:
        now = now_micros()
        with self.db.transaction():
            removed = {} if keep_deleted_days is None else self._prune_deleted(now - keep_deleted_days * _DAY)
            removed |= self._prune_runs(now - keep_runs_days * _DAY)
        return {name: count for name, count in removed.items() if count}

    def _prune_deleted(self, before: int) -> dict[str, int]:
        """Rows that their source no longer has. They are not among the live ones, so the counters stay."""
        removed: dict[str, int] = {}
        for name in ENTITIES:
            if name in RESOLVED:
                tell_pruned(self.db.rows, name, "deleted_at < ?", before, _ADD_CHANGE)
            removed[f"deleted {name}"] = self.db.run(f"DELETE FROM {name} WHERE deleted_at < ?", (before,)).rowcount
        return removed

    def _prune_runs(self, before: int) -> dict[str, int]:
        """Runs that ended long ago, with their ledger and changes. A run that live rows name stays, since it says
        which stream they belong to; so does the newest, since numbers are never given out twice."""
        old = "SELECT id FROM hub_runs WHERE ended_at < ? AND id < (SELECT max(id) FROM hub_runs)"
        change = self.db.row(f"SELECT max(sequence) FROM hub_changes WHERE run_id IN ({old})", (before,))
        newest = self.db.row("SELECT max(sequence) FROM hub_changes")
        upto = min((change and change[0]) or 0, ((newest and newest[0]) or 1) - 1)
        removed = {
            "changes": self.db.run("DELETE FROM hub_changes WHERE sequence <= ?", (upto,)).rowcount,
            "pages": self.db.run(f"DELETE FROM hub_pages WHERE run_id IN ({old})", (before,)).rowcount,
        }
        self._mark("changes_pruned_to", upto)
        named = " UNION ".join(f"SELECT run_id FROM {name}" for name in (*ENTITIES, *HISTORIES, "hub_quarantine"))
        removed["runs"] = self.db.run(
            f"DELETE FROM hub_runs WHERE id IN ({old}) AND id NOT IN ({named})", (before,)
        ).rowcount
        return removed

    def _mark(self, name: str, value: int) -> None:
        self.db.run(
            "INSERT INTO hub_marks (name, value) VALUES (?, ?)"
            " ON CONFLICT (name) DO UPDATE SET value = max(value, excluded.value)",
            (name, value),
        )
