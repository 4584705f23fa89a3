"""How a backfill behaves: the system's own runs come first, and part of the quota is left for everything else."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

from hub.errors import Throttled
from sync_jobs.jobs import Job

if TYPE_CHECKING:
    from hub.store.base import Store
    from sync_jobs.ledger import Tally

_GIVES_WAY_SECONDS = 15.0
"""How long a page waits for the system's own runs; its lease must not run out meanwhile."""
_QUOTA_SECONDS = 60.0
"""How often the quota is looked at, which costs a call."""
_COMES_BACK_SECONDS = 3600.0


def giving_way(job: Job, store: Store, reserve_share: float) -> Job:
    """The job as it is, or a backfill's with its manners: after each page it waits while the system's own runs are at
    it, and it ends, to be gone on with later, once no more than `reserve_share` of the quota is left."""
    if not job.lane:
        return job
    told, looked = job.progress, time.monotonic()

    def progress(tally: Tally) -> None:
        nonlocal looked
        if told is not None:
            told(tally)
        if time.monotonic() - looked > _QUOTA_SECONDS:
            looked = time.monotonic()
            _leave_the_reserve(job, reserve_share)
        until = time.monotonic() + _GIVES_WAY_SECONDS
        while time.monotonic() < until and not job.cancelled() and _is_busy(store, job.source):
            time.sleep(0.2)

    return replace(job, progress=progress)


def _leave_the_reserve(job: Job, share: float) -> None:
    """Raise Throttled where only the reserve is left: whoever else uses the account may have used up the rest."""
    allowance = job.connector.allowance(job.stream)
    if allowance is not None and allowance.left <= allowance.total * share:
        raise Throttled(
            f"{allowance.left:,} of {allowance.total:,} calls are left, and are kept for everything else.",
            fix="Under `hub run` it goes on once there are more; `run: reserve_share` says how many are kept.",
            where=job.where,
            retry_after_seconds=_COMES_BACK_SECONDS,
        )


def _is_busy(store: Store, source: str) -> bool:
    return any(lease.source == source and lease.stream.startswith("#place-") for lease, _ in store.leases())
