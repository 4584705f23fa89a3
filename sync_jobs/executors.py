"""Running many jobs: connectors side by side, the streams of one connector one after the other.

Each job runs in this process or, with `executor: dask://…`, on a worker of a cluster (`sync_jobs.cluster`).

Each connector's streams have a thread and a store of their own. Whatever happens to one of them, the others go on.
"""

from __future__ import annotations

import contextvars
import logging
import queue
import threading
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

from hub import log as hub_log
from hub.errors import ConfigError, HubError, SourceUnavailable
from hub.store.base import Run, Store
from sync_jobs.jobs import Cancelled, Job, RunReport
from sync_jobs.ledger import Tally
from sync_jobs.retry import RetryPolicy, run_with_retries

if TYPE_CHECKING:
    from hub.session import Session

log = logging.getLogger(__name__)

Perform = Callable[[Job, Store, RetryPolicy], RunReport]
"""How one job is run: `run_isolated` does it in this process."""

_TICK_SECONDS = 0.2


class Watcher:
    """Is told how jobs get on. Its methods are called in the caller's thread, never two at once."""

    def page(self, job: Job, tally: Tally) -> None:
        """A page was stored (or, in a dry run, looked at)."""

    def ended(self, job: Job, report: RunReport) -> None:
        """A job has ended, well or not."""

    def tick(self) -> None:
        """Called several times a second, also while nothing happens."""


@dataclass
class ThreadExecutor:
    """Runs groups of jobs in threads of this process.

    open_store  lends a store to a thread
    after_run   is told of each report in the job's own thread; must not raise
    perform     runs one job; in this process where not given
    took        seconds that a connector's streams may take: where there are more connectors than workers, the longest
                come first, so that none is left to run alone at the end
    """

    open_store: Callable[[], AbstractContextManager[Store]]
    workers: int = 4
    policy: RetryPolicy = field(default_factory=RetryPolicy)
    after_run: Callable[[Job, RunReport], None] = lambda job, report: None
    perform: Perform | None = None
    took: Callable[[Sequence[Job]], float] | None = None

    def run(self, groups: Sequence[Sequence[Job]], watcher: Watcher) -> list[RunReport]:
        """Run all jobs; the jobs of one group in order. Returns a report for each, in the order of `groups`."""
        waiting: queue.SimpleQueue[Sequence[Job]] = queue.SimpleQueue()
        for group in self._in_turn(groups):
            waiting.put(group)
        events: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        reports: dict[str, RunReport] = {}

        def ended(job: Job, report: RunReport) -> None:
            reports[job.where] = report
            events.put(lambda: watcher.ended(job, report))

        def work() -> None:
            try:
                while True:
                    self._group(
                        waiting.get_nowait(), ended, lambda job, tally: events.put(lambda: watcher.page(job, tally))
                    )
            except queue.Empty:
                pass
            finally:
                events.put(None)

        threads = min(self.workers, len(groups))
        for number in range(threads):
            name = f"sync {number + 1}"
            threading.Thread(target=contextvars.copy_context().run, args=(work,), name=name, daemon=True).start()
        _pump(events, threads, watcher)
        return [reports[job.where] for group in groups for job in group]

    def _in_turn(self, groups: Sequence[Sequence[Job]]) -> Sequence[Sequence[Job]]:
        took = self.took
        if took is None or len(groups) <= self.workers:
            return groups
        return sorted(groups, key=lambda group: -took(group))

    def _group(
        self, jobs: Sequence[Job], ended: Callable[[Job, RunReport], None], page: Callable[[Job, Tally], None]
    ) -> None:
        """The streams of one connector. Once it was unavailable for long, its other streams get one try each."""
        policy = self.policy
        left = list(jobs)
        try:
            with self.open_store() as store:
                while left:
                    job = left[0]
                    report = self._job(replace(job, progress=partial(page, job)), store, policy)
                    if isinstance(report.error, SourceUnavailable):
                        policy = replace(policy, attempts=1)
                    ended(left.pop(0), report)
                    self.after_run(job, report)
        except HubError as error:  # the store could not be opened
            for job in left:
                ended(job, failed(job, error))
        finally:
            _close(jobs)

    def _job(self, job: Job, store: Store, policy: RetryPolicy) -> RunReport:
        if job.cancelled():
            return failed(job, Cancelled("not begun, since the sync was stopped.", where=job.where))
        return (self.perform or run_isolated)(job, store, policy)


def performer(session: Session) -> Perform:
    """How the settings want jobs to be run: here, or on a cluster."""
    address = session.hub_settings.executor
    if address == "threads":
        return run_isolated
    if session.store_url.startswith("sqlite"):
        raise ConfigError(
            f"`executor: {address}` needs a database that all workers reach.",
            fix="Move to PostgreSQL (`hub db copy`) and name it as `store:`, or set `executor: threads`.",
            where="hub.yaml",
        )
    from sync_jobs.cluster import cluster_at

    return partial(cluster_at(address).perform, config_dir=session.config_dir)


def run_isolated(job: Job, store: Store, policy: RetryPolicy) -> RunReport:
    """Run one job; a bug of ours in it is a report as well, and stops nothing else."""
    with hub_log.context(connector=job.source, stream=job.stream.name):
        try:
            return run_with_retries(job, store, policy)
        except HubError as error:  # it hung while it waited for its next try
            return failed(job, error)
        except Exception as error:
            place = hub_log.record_bug(error)
            log.exception("an error of ours", exc_info=error)
            return failed(job, bug(error, str(place)))


def _pump(events: queue.SimpleQueue[Callable[[], None] | None], threads: int, watcher: Watcher) -> None:
    """Hand events to the watcher until every thread has ended. The caller stays free for signals."""
    while threads:
        try:
            event = events.get(timeout=_TICK_SECONDS)
        except queue.Empty:
            watcher.tick()
            continue
        if event is None:
            threads -= 1
        else:
            event()
            watcher.tick()


def _close(jobs: Sequence[Job]) -> None:
    for connector in {id(job.connector): job.connector for job in jobs}.values():
        try:
            connector.close()
        except Exception as error:  # its data is stored; how it says good-bye must not spoil that
            log.warning("the connector `%s` did not close: %s", connector.kind, type(error).__name__)


def failed(job: Job, error: HubError) -> RunReport:
    """The report of a job that never came to run."""
    now = datetime.now(UTC)
    run = Run(
        0, job.sync_id, job.source, job.stream.name, job.stream.mode.value, "sync", now, None, now, now,
        status="cancelled" if isinstance(error, Cancelled) else "failed", error=str(error),
    )  # fmt: skip
    return RunReport(run, error=error)


def bug(error: Exception, place: str) -> HubError:
    """What the user is told of an error that nobody foresaw: exit 70."""
    return HubError(
        f"an error of ours: {type(error).__name__}.",
        fix=f"Details are in {place}; please report it with that file. Stored pages are kept.",
    )
