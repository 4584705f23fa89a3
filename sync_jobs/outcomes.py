"""What the end of a scheduled run means for its schedule: it goes on, waits or pauses, by who has to act."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import NamedTuple

from hub.errors import AuthError, HubError, LeaseHeld, LeaseLost, SourceUnavailable, StoreError, Throttled
from hub.store.operations import Scheduled
from sync_jobs.jobs import Cancelled

BUSY_WAIT = timedelta(seconds=15)
"""Until the next look, where somebody else is syncing the stream by hand."""


class Backoff(NamedTuple):
    """How long a system that is away is left alone."""

    wait: timedelta = timedelta(minutes=1)
    longest: timedelta = timedelta(hours=1)

    def pause(self, failures: int) -> timedelta:
        return min(self.wait * (1 << min(failures - 1, 30)), self.longest)


@dataclass(frozen=True)
class Verdict:
    """What follows from a run's end.

    entry   the schedule as it goes on
    away    the whole system is to be left alone until `entry.retry_at`
    pauses  nobody but an admin can mend it
    begun   the run is not over: whoever comes next goes on with it
    """

    entry: Scheduled
    away: bool = False
    pauses: bool = False
    begun: bool = False


def verdict(
    entry: Scheduled, status: str, error: HubError | None, now: datetime, backoff: Backoff, *, called_off: bool = False
) -> Verdict:
    """What follows. `entry` is the schedule as it stood when the run was begun.

    called_off   a person ended it: the next run begins when the schedule says so
    """
    if isinstance(error, Cancelled) and called_off:
        return Verdict(
            replace(entry, claimed_at=None, ended_at=now, outcome="cancelled", retry_at=None, wanted_at=None)
        )
    if isinstance(error, Cancelled):
        return Verdict(replace(entry, outcome="cancelled", ended_at=now), begun=True)
    ended = replace(entry, claimed_at=None, ended_at=now, outcome=status, retry_at=None)
    if error is None:
        return Verdict(replace(ended, failures=0, wanted_at=None))
    if isinstance(error, LeaseHeld | LeaseLost):
        return Verdict(replace(ended, outcome=entry.outcome, retry_at=now + BUSY_WAIT, wanted_at=None))
    failed = replace(ended, failures=entry.failures + 1, wanted_at=None)
    if isinstance(error, AuthError):
        return Verdict(failed, pauses=True)
    if isinstance(error, SourceUnavailable | StoreError):
        asked = error.retry_after_seconds if isinstance(error, Throttled) else None
        wait = max(backoff.pause(failed.failures), timedelta(seconds=asked or 0))
        return Verdict(replace(failed, retry_at=now + wait), away=isinstance(error, SourceUnavailable))
    return Verdict(failed)
