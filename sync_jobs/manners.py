"""How a backfill behaves: the system's own runs come first."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

from sync_jobs.jobs import Job

if TYPE_CHECKING:
    from hub.store.base import Store
    from sync_jobs.ledger import Tally

_GIVES_WAY_SECONDS = 15.0
"""How long a page waits for the system's own runs; its lease must not run out meanwhile."""


def giving_way(job: Job, store: Store) -> Job:
    """The job, waiting after each page while the system's own runs are at it, if it is a backfill's."""
    if not job.lane:
        return job
    told = job.progress

    def progress(tally: Tally) -> None:
        if told is not None:
            told(tally)
        until = time.monotonic() + _GIVES_WAY_SECONDS
        while time.monotonic() < until and not job.cancelled() and _is_busy(store, job.source):
            time.sleep(0.2)

    return replace(job, progress=progress)


def _is_busy(store: Store, source: str) -> bool:
    return any(lease.source == source and lease.stream.startswith("#place-") for lease, _ in store.leases())
