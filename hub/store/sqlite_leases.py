"""Leases and runs on SQLite: who may write a stream, and what became of it."""

from __future__ import annotations

import time
from datetime import datetime, timedelta

from hub.errors import LeaseLost
from hub.store.base import Lease, PageEntry, Run
from hub.store.shape import from_micros
from hub.store.sqlite_base import SqliteBase
from hub.store.sqlite_records import PAGE_COLUMNS, RUN_COLUMNS, RUN_END, RUN_START, page_from, run_from, run_values

_MICROSECOND = timedelta(microseconds=1)


class SqliteLeases(SqliteBase):
    """The part of the store that keeps writers apart. The clock is the machine's: all writers share it."""

    def acquire(self, source: str, stream: str, holder: str, ttl: timedelta) -> Lease | None:
        length, now = ttl // _MICROSECOND, now_micros()
        with self.db.transaction():
            row = self.db.row(
                "SELECT token, holder, expires_at FROM hub_leases WHERE source = ? AND stream = ?", (source, stream)
            )
            token, other, expires_at = row or (0, None, None)
            # An end that no holder can have asked for was set by a clock that has been put back since.
            if other is not None and expires_at is not None and now < expires_at <= now + 2 * length:
                return None
            self.db.run(
                "INSERT INTO hub_leases (source, stream, token, holder, expires_at) VALUES (?, ?, ?, ?, ?)"
                " ON CONFLICT (source, stream) DO UPDATE SET"
                " token = excluded.token, holder = excluded.holder, expires_at = excluded.expires_at",
                (source, stream, token + 1, holder, now + length),
            )
        return Lease(source, stream, holder, token + 1)

    def renew(self, lease: Lease, ttl: timedelta) -> None:
        with self.db.transaction():
            self._require(lease)
            self.db.run(
                "UPDATE hub_leases SET expires_at = ? WHERE source = ? AND stream = ?",
                (now_micros() + ttl // _MICROSECOND, lease.source, lease.stream),
            )

    def release(self, lease: Lease) -> None:
        with self.db.transaction():
            self.db.run(
                "UPDATE hub_leases SET holder = NULL, expires_at = NULL WHERE source = ? AND stream = ? AND token = ?",
                (lease.source, lease.stream, lease.token),
            )

    def leases(self) -> list[tuple[Lease, datetime]]:
        held = self.db.rows(
            "SELECT source, stream, holder, token, expires_at FROM hub_leases"
            " WHERE holder IS NOT NULL AND expires_at > ? ORDER BY source, stream",
            (now_micros(),),
        )
        return [(Lease(*row[:4]), from_micros(row[4])) for row in held]

    def _require(self, lease: Lease) -> None:
        """Raise unless the lease is still the newest one of its stream; call it inside a transaction."""
        row = self.db.row(
            "SELECT token FROM hub_leases WHERE source = ? AND stream = ? AND holder IS NOT NULL",
            (lease.source, lease.stream),
        )
        if row is None or row[0] != lease.token:
            raise LeaseLost(
                "another hub took this stream over.",
                fix="Nothing of this page was stored; the other run goes on.",
                where=f"{lease.source}/{lease.stream}",
            )

    def start_run(self, run: Run) -> Run:
        with self.db.transaction():
            self.db.run(
                "UPDATE hub_runs SET status = 'crashed', ended_at = ?, error = ?"
                " WHERE source = ? AND stream = ? AND status = 'running' AND (kind = 'backfill') = ?",
                (
                    now_micros(),
                    "the process ended without a word; the next run went on.",
                    run.source,
                    run.stream,
                    run.kind == "backfill",
                ),
            )
            run.id = self.db.run(RUN_START, run_values(run)).lastrowid or 0
        self.memory.listed.clear()
        return run

    def finish_run(self, run: Run) -> None:
        with self.db.transaction():
            self.db.run(RUN_END, (*run_values(run), run.id))

    def runs(self, *, source: str | None = None, stream: str | None = None, limit: int = 50) -> list[Run]:
        asked = {"source": source, "stream": stream}
        given = {name: value for name, value in asked.items() if value is not None}
        where = " AND ".join(["1", *(f"{name} = ?" for name in given)])
        found = self.db.rows(
            f"SELECT {RUN_COLUMNS} FROM hub_runs WHERE {where} ORDER BY id DESC LIMIT ?", (*given.values(), limit)
        )
        return [run_from(row) for row in found]

    def run(self, run_id: int) -> Run | None:
        row = self.db.row(f"SELECT {RUN_COLUMNS} FROM hub_runs WHERE id = ?", (run_id,))
        return run_from(row) if row else None

    def pages(self, run_id: int) -> list[PageEntry]:
        found = self.db.rows(
            f"SELECT {PAGE_COLUMNS} FROM hub_pages WHERE run_id = ? ORDER BY number, entity", (run_id,)
        )
        return [page_from(row) for row in found]


def now_micros() -> int:
    """The machine's clock."""
    return time.time_ns() // 1000
