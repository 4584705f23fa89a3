"""What people want of runs that `hub sync` has begun: that one ends after its page, as the daemon's own do.

The console writes a request; whoever runs the stream takes it. It is looked for once a second, and not at all by a sync
that is over sooner.
"""

from __future__ import annotations

import logging
import time
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from hub.errors import StoreError
from sync_jobs.executors import Watcher

if TYPE_CHECKING:
    from sync_jobs.jobs import Job, RunReport
    from sync_jobs.ledger import Tally
    from sync_jobs.stores import Stores

log = logging.getLogger(__name__)

_LOOK_SECONDS = 1.0
Key = tuple[str, str]


class CalledOff(Watcher):
    """Stands before another watcher, and looks for requests while jobs run."""

    def __init__(self, stores: Stores, watcher: Watcher) -> None:
        self._stores, self._watcher = stores, watcher
        self._began = datetime.now(UTC)
        self._looked = time.monotonic()
        self._running: set[Key] = set()
        self._wanted: set[Key] = set()

    def heeding(self, job: Job) -> Job:
        """The job, ended as well where a person wants that."""
        key, before = (job.source, job.stream.name), job.cancelled

        def cancelled() -> bool:
            self._running.add(key)
            return before() or key in self._wanted

        return replace(job, cancelled=cancelled)

    def page(self, job: Job, tally: Tally) -> None:
        self._watcher.page(job, tally)

    def ended(self, job: Job, report: RunReport) -> None:
        self._running.discard((job.source, job.stream.name))
        self._watcher.ended(job, report)

    def tick(self) -> None:
        self._watcher.tick()
        if self._running and time.monotonic() - self._looked >= _LOOK_SECONDS:
            try:
                self._look()
            except StoreError as error:  # the runs themselves will tell
                log.info("%s", error)
            self._looked = time.monotonic()

    def _look(self) -> None:
        from hub.store.requests import Requests
        from sync_jobs import lease

        with self._stores.lend() as store:
            requests = Requests(store)
            for request in requests.waiting():
                key = (request.source, request.stream)
                if request.kind != "cancel" or key not in self._running:
                    continue
                now, meant = datetime.now(UTC), request.asked_at >= self._began
                if requests.take(request.id, lease.holder(), now):
                    requests.end(request, "done" if meant else "expired", now, {})
                    self._wanted |= {key} if meant else set()
