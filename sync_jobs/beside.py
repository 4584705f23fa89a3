"""Matching beside what is still read, where a cluster does the reading: this process would only wait meanwhile.

It begins when no job is left that could change what golden records are made of. Whatever changes after that all the
same is left to the next sync, as it is when another hub brings it.
"""

from __future__ import annotations

import contextvars
import threading
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from hub.store.identity import RESOLVED_BY
from sync_jobs.executors import Watcher
from sync_jobs.identify import Identified, identify

if TYPE_CHECKING:
    from hub.session import Session
    from sync_jobs.jobs import Job, RunReport
    from sync_jobs.ledger import Tally
    from sync_jobs.stores import Stores


class MatchingBeside(Watcher):
    """Tells another watcher all that it is told, and begins to match in time."""

    def __init__(self, session: Session, stores: Stores, groups: Iterable[Sequence[Job]], watcher: Watcher) -> None:
        self._session, self._stores, self._watcher = session, stores, watcher
        self._left = {job.where for group in groups for job in group if set(job.entities) & set(RESOLVED_BY)}
        self._thread: threading.Thread | None = None
        self._found: Identified | None = None
        self._error: BaseException | None = None

    def page(self, job: Job, tally: Tally) -> None:
        self._watcher.page(job, tally)

    def ended(self, job: Job, report: RunReport) -> None:
        self._watcher.ended(job, report)
        if job.where in self._left:
            self._left.discard(job.where)
            if not self._left and not job.cancelled():
                self._begin()

    def tick(self) -> None:
        self._watcher.tick()

    @property
    def has_begun(self) -> bool:
        return self._thread is not None

    def result(self) -> Identified | None:
        """What matching did, once it has ended. Raises whatever it raised."""
        assert self._thread is not None
        self._thread.join()
        if self._error is not None:
            raise self._error
        return self._found

    def _begin(self) -> None:
        run = contextvars.copy_context().run
        self._thread = threading.Thread(target=run, args=(self._match,), name="match", daemon=True)
        self._thread.start()

    def _match(self) -> None:
        try:
            with self._stores.lend() as store:
                self._found = identify(self._session, store)
        except BaseException as error:  # `result` raises it again
            self._error = error
