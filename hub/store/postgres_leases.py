"""Leases and runs on PostgreSQL: who may write a stream, and what became of it. The clock is the database's."""

from __future__ import annotations

from datetime import datetime, timedelta

from hub.errors import LeaseLost
from hub.store.base import Lease, PageEntry, Run
from hub.store.postgres_base import PostgresBase
from hub.store.postgres_database import Statement
from hub.store.postgres_records import PAGE_COLUMNS, RUN_COLUMNS, RUN_END, RUN_START, page_from, run_from, run_values

_ACQUIRE = """
    INSERT INTO hub_leases AS held (source, stream, token, holder, expires_at)
    VALUES ($1, $2, 1, $3, clock_timestamp() + $4)
    ON CONFLICT (source, stream) DO UPDATE SET
      token = held.token + 1, holder = excluded.holder, expires_at = clock_timestamp() + $4
    WHERE held.holder IS NULL OR held.expires_at IS NULL
       OR held.expires_at <= clock_timestamp()
       OR held.expires_at > clock_timestamp() + 2 * $4  -- set by a clock that was put back since
    RETURNING token"""
_RENEW = """
    UPDATE hub_leases SET expires_at = clock_timestamp() + $4
    WHERE source = $1 AND stream = $2 AND token = $3 AND holder IS NOT NULL"""
_RELEASE = """
    UPDATE hub_leases SET holder = NULL, expires_at = NULL WHERE source = $1 AND stream = $2 AND token = $3"""
_HELD = """
    SELECT source, stream, holder, token, expires_at FROM hub_leases
    WHERE holder IS NOT NULL AND expires_at > clock_timestamp() ORDER BY source, stream"""
_FENCE = """
    SELECT 1 / count(*) FROM (
      SELECT 1 FROM hub_leases
      WHERE source = $1 AND stream = $2 AND token = $3 AND holder IS NOT NULL FOR UPDATE) AS mine"""
_CRASHED = """  -- its parameters are those of RUN_START
    UPDATE hub_runs SET status = 'crashed', ended_at = clock_timestamp(),
      error = 'the process ended without a word; the next run went on.'
    WHERE source = $2 AND stream = $3 AND status = 'running' AND (kind = 'backfill') = ($5 = 'backfill')"""


def fence(lease: Lease) -> Statement:
    """A statement that fails unless the lease is the newest of its stream, and keeps it so until the transaction ends.

    It fails by itself (see `postgres_errors.FENCE`), so that it can travel together with what it guards.
    """
    return _FENCE, (lease.source, lease.stream, lease.token)


class PostgresLeases(PostgresBase):
    """The part of the store that keeps writers apart."""

    def acquire(self, source: str, stream: str, holder: str, ttl: timedelta) -> Lease | None:
        row = self.db.row(_ACQUIRE, (source, stream, holder, ttl))
        return Lease(source, stream, holder, row[0]) if row else None

    def renew(self, lease: Lease, ttl: timedelta) -> None:
        if not self.db.count(_RENEW, (lease.source, lease.stream, lease.token, ttl)):
            raise LeaseLost(
                "another hub took this stream over.",
                fix="Nothing was stored since; the other run goes on.",
                where=f"{lease.source}/{lease.stream}",
            )

    def release(self, lease: Lease) -> None:
        self.db.count(_RELEASE, (lease.source, lease.stream, lease.token))

    def leases(self) -> list[tuple[Lease, datetime]]:
        return [(Lease(*row[:4]), row[4]) for row in self.db.rows(_HELD)]

    def start_run(self, run: Run) -> Run:
        ((run.id,),) = self.db.rows(f"WITH crashed AS ({_CRASHED}) {RUN_START}", run_values(run))
        self.memory.listed.clear()
        self.memory.all_new.clear()
        return run

    def finish_run(self, run: Run) -> None:
        self.db.count(RUN_END, (*run_values(run), run.id))

    def runs(self, *, source: str | None = None, stream: str | None = None, limit: int = 50) -> list[Run]:
        found = self.db.rows(
            f"SELECT {RUN_COLUMNS} FROM hub_runs WHERE ($1::text IS NULL OR source = $1)"
            " AND ($2::text IS NULL OR stream = $2) ORDER BY id DESC LIMIT $3",
            (source, stream, limit),
        )
        return [run_from(row) for row in found]

    def run(self, run_id: int) -> Run | None:
        row = self.db.row(f"SELECT {RUN_COLUMNS} FROM hub_runs WHERE id = $1", (run_id,))
        return run_from(row) if row else None

    def pages(self, run_id: int) -> list[PageEntry]:
        found = self.db.rows(
            f"SELECT {PAGE_COLUMNS} FROM hub_pages WHERE run_id = $1 ORDER BY number, entity", (run_id,)
        )
        return [page_from(row) for row in found]
