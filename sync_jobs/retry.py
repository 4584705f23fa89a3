"""Trying a whole run again when a source was unavailable: bounded, with back-off, on from the last stored page."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass

from hub.errors import SourceUnavailable, Throttled
from hub.store.base import Store
from sync_jobs import pipeline
from sync_jobs.jobs import Job, RunReport

log = logging.getLogger(__name__)

_POLL_SECONDS = 0.2


@dataclass(frozen=True)
class RetryPolicy:
    """How often a run is tried, and how long is waited in between.

    attempts              runs in a row that store nothing new; one that got on a page starts the count again
    wait_seconds          before the second attempt; doubles with each further one, up to `longest_wait_seconds`
    longest_wait_seconds  a source that asks for a longer pause than this gets it from the next scheduled sync
    most_runs             however well each of them gets on
    """

    attempts: int = 3
    wait_seconds: float = 2.0
    longest_wait_seconds: float = 120.0
    most_runs: int = 20

    def pause(self, error: SourceUnavailable, failures: int) -> float | None:
        """Seconds until the next attempt; None where there is to be none."""
        asked = error.retry_after_seconds if isinstance(error, Throttled) else None
        if failures >= self.attempts or (asked or 0) > self.longest_wait_seconds:
            return None
        if asked is not None:
            return asked
        import random

        backoff = min(self.wait_seconds * 2.0 ** (failures - 1), self.longest_wait_seconds)
        return backoff * random.uniform(0.75, 1.25)  # noqa: S311  spreads hubs, guards nothing


def run_with_retries(
    job: Job, store: Store, policy: RetryPolicy, sleep: Callable[[float], None] = time.sleep
) -> RunReport:
    """Run a job, again where its source does not answer. Returns the report of the last run, with all runs' seconds."""
    began = time.monotonic()
    failures = 0
    for attempt in range(1, policy.most_runs + 1):
        report = pipeline.run(job, store)
        report.attempts, report.seconds = attempt, time.monotonic() - began
        error = report.error
        if not isinstance(error, SourceUnavailable) or job.dry_run:
            return report
        failures = 1 if report.run.pages else failures + 1
        pause = policy.pause(error, failures)
        if pause is None or attempt == policy.most_runs:
            return report
        log.warning("%s Next try in %.0f seconds.", error, pause)
        if not _wait(pause, job, sleep):
            return report
    return report


def _wait(seconds: float, job: Job, sleep: Callable[[float], None]) -> bool:
    """Wait, but not when somebody asks to stop. False: stopped."""
    until = time.monotonic() + seconds
    while not job.cancelled() and (left := until - time.monotonic()) > 0:
        sleep(min(left, _POLL_SECONDS))
    return not job.cancelled()
