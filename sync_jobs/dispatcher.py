"""Which stream runs now: decided from what the store says, so that any number of daemons agree, and restarts too.

A slot is taken in one step, by whoever gets the lease of the stream's schedule: the store then holds the following slot
and, as `claimed_at`, the one that runs. Whoever finds a claim whose lease is free knows that its holder died, and goes
on with it. So no slot is lost between two daemons, and none runs twice.
"""

from __future__ import annotations

import hashlib
import logging
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from hub.errors import HubError, LeaseHeld
from hub.store.base import Store
from hub.store.operations import EVERY_STREAM, Operations, Scheduled
from sync_jobs.lease import HeldLease
from sync_jobs.outcomes import Backoff, Verdict, verdict
from sync_jobs.plans import Plan, dependents
from sync_jobs.schedule import Key

log = logging.getLogger(__name__)

_GRACE = timedelta(seconds=60)
"""A start that is late by less is no misfire."""
_BUSY = timedelta(seconds=2)
_BACKOFF = Backoff()
BY_CREDENTIALS = "credentials"
"""Who paused a schedule whose login was refused."""


@dataclass
class Task:
    """One slot of one stream that is ours to run."""

    plan: Plan
    slot: datetime
    entry: Scheduled
    leases: list[HeldLease] = field(default_factory=list)

    @property
    def key(self) -> Key:
        return self.plan.key

    def keep(self) -> None:
        """Keep our leases; call this often. Raises LeaseLost where another hub took over."""
        for lease in self.leases:
            lease.keep()

    def release(self) -> None:
        while self.leases:
            self.leases.pop().release()


class Dispatcher:
    """The schedule of one daemon. All its methods are called in one thread.

    spread   what is overdue when this begins starts spread over this time
    busy     until the next try to take what another hub holds just now; five times that where it is running it
    """

    def __init__(
        self,
        store: Store,
        now: Callable[[], datetime],
        backoff: Backoff = _BACKOFF,
        spread: timedelta = timedelta(),
        busy: timedelta = _BUSY,
    ) -> None:
        self._store, self._now, self._backoff, self._spread, self._busy = store, now, backoff, spread, busy
        self._ops = Operations(store)
        self._began = now()
        self.plans: Mapping[Key, Plan] = {}
        self.entries: dict[Key, Scheduled] = {}
        self.running: dict[Key, Task] = {}
        self._first: dict[Key, list[Key]] = {}
        self._not_before: dict[Key, datetime] = {}
        self._noticed: dict[Key, datetime] = {}
        self._away: dict[str, datetime] = {}
        self._moments: dict[Key, datetime] = {}
        self._changed: set[Key] | None = None
        """Streams whose moment may be another one by now; None: all of them."""

    # -- settings and store ------------------------------------------------------------------------------------

    def adopt(self, plans: Mapping[Key, Plan]) -> None:
        """Follow these plans from now on. A rule that was changed begins anew; all others keep their place."""
        begins, self._changed = not self.plans, None
        self.plans, self._first = plans, dependents(plans)
        self.refresh()
        for key, plan in plans.items():
            entry, now = self.entries.get(key), self._now()
            if entry is None or not entry.rule:
                self._begin(plan, entry, now)
            elif entry.rule != plan.rule.text:
                slot = self._restarted(plan, entry, now)
                moved = replace(entry, rule=plan.rule.text, slot_at=slot, next_at=plan.rule.due(slot, plan.where))
                self._ops.move_schedule(entry, moved)
        self.refresh()
        if begins:
            self._began = self._now()

    def _begin(self, plan: Plan, entry: Scheduled | None, now: datetime) -> None:
        slot = plan.rule.first(now)
        begun = replace(
            entry or Scheduled(plan.source, plan.stream),
            rule=plan.rule.text, slot_at=slot, next_at=plan.rule.due(slot, plan.where),
        )  # fmt: skip
        if entry is None:
            self._ops.begin_schedule(begun)
        else:  # it was paused before it was ever scheduled
            self._ops.move_schedule(entry, begun)

    @staticmethod
    def _restarted(plan: Plan, entry: Scheduled, now: datetime) -> datetime:
        """The first slot after an edit: from the last start on for `every`, else the cron line's next."""
        if plan.rule.every is None or entry.started_at is None:
            return plan.rule.first(now)
        return max(plan.rule.after(entry.started_at), plan.rule.first(now))

    def refresh(self) -> None:
        """See what others have changed."""
        entries = {entry.key: entry for entry in self._ops.schedules()}
        if entries != self.entries:
            self.entries, self._changed = entries, None

    # -- what is due -------------------------------------------------------------------------------------------

    def moments(self) -> dict[Key, datetime]:
        """When each stream that may run does so next."""
        if self._changed is None:
            self._moments, changed = {}, set(self.plans)
        else:
            changed = self._changed & self.plans.keys()
        self._changed = set()
        for key in changed:
            moment = None if key in self.running or self.is_paused(key) else self._moment(key)
            if moment is None:
                self._moments.pop(key, None)
            else:
                self._moments[key] = moment
        return self._moments

    def _touch(self, key: Key) -> None:
        """Something about a stream has changed; the moments of all others stay."""
        if self._changed is not None:
            self._changed.add(key)

    def ready(self) -> list[Key]:
        """What is due and may run now, the longest due first."""
        now = self._now()
        due = {key: moment for key, moment in self.moments().items() if moment <= now}
        for key in [key for key in self._noticed if key not in due]:
            del self._noticed[key]
        for key in due:
            self._noticed.setdefault(key, now)
        active = Counter(key[0] for key in self.running)
        ready: list[Key] = []
        for key in sorted(due, key=lambda key: (due[key], key)):
            if active[key[0]] < self.plans[key].cap and not self._waits(key, now):
                active[key[0]] += 1
                ready.append(key)
        return ready

    def _moment(self, key: Key) -> datetime | None:
        entry = self.entries.get(key)
        if entry is None or entry.slot_at is None or entry.next_at is None:
            return None
        moment = entry.retry_at or entry.next_at
        if entry.wanted_at is not None:
            moment = entry.wanted_at
        elif entry.claimed_at is not None:
            moment = min(moment, entry.claimed_at)
        if moment <= self._began:
            moment = self._began + self._offset(key)
        return max(moment, *(each for each in (self._not_before.get(key), self._away.get(key[0])) if each), moment)

    def _offset(self, key: Key) -> timedelta:
        """Where in the spread of a start with a backlog a stream stands: a different place on each machine matters not,
        since its lease lets one of them through."""
        digest = hashlib.blake2b("/".join(key).encode(), digest_size=4).digest()
        return self._spread * (int.from_bytes(digest) / (1 << 32))

    def _waits(self, key: Key, now: datetime) -> bool:
        """Whether a stream that this one depends on is running, or due by its schedule and not held up."""
        for first in self._first.get(key, ()):
            entry = self.entries.get(first)
            if first in self.running:
                return True
            if entry is None or entry.slot_at is None or self.is_paused(first) or entry.retry_at is not None:
                continue
            if entry.slot_at <= now or entry.claimed_at is not None:
                return True
        return False

    def is_paused(self, key: Key) -> bool:
        found = (self.entries.get(key), self.entries.get((key[0], EVERY_STREAM)))
        return any(entry is not None and entry.paused_at is not None for entry in found)

    # -- running -----------------------------------------------------------------------------------------------

    def take(self, key: Key) -> Task | None:
        """Make the stream's slot ours. None where another hub was quicker, the system is busy, or it is skipped."""
        plan, leases = self.plans[key], list[HeldLease]()
        self._touch(key)
        try:
            leases.append(HeldLease(self._store, plan.source, f"{plan.stream}#schedule"))
            leases.append(self._place_at(plan))
            task = self._claim(plan, leases)
        except LeaseHeld:
            entry = self.entries.get(key)
            is_run = entry is not None and entry.claimed_at is not None
            self._not_before[key] = self._now() + self._busy * (5 if is_run else 1)
            task = None
        except HubError:
            _release(leases)
            raise
        if task is None:
            _release(leases)
        else:
            self.running[key] = task
            self._not_before.pop(key, None)
        return task

    def _place_at(self, plan: Plan) -> HeldLease:
        """One of the places that the system has for runs, all machines together."""
        for number in range(1, plan.cap):
            try:
                return HeldLease(self._store, plan.source, f"#place-{number}")
            except LeaseHeld:
                continue
        return HeldLease(self._store, plan.source, "#place-0")

    def _claim(self, plan: Plan, leases: list[HeldLease]) -> Task | None:
        now, known = self._now(), self.entries.get(plan.key)
        entry = self._ops.schedule(*plan.key)
        if entry is None or entry.slot_at is None or known is None:
            return None
        self.entries[plan.key] = entry
        if (self._moment(plan.key) or now) > now or self.is_paused(plan.key) or entry.rule != plan.rule.text:
            return None
        slot, following = self._slots(plan, entry, now)
        moved = replace(
            entry, slot_at=following, next_at=plan.rule.due(following, plan.where), claimed_at=slot,
            started_at=entry.started_at if slot is None else now,
        )  # fmt: skip
        if not self._ops.move_schedule(entry, moved):
            return None
        self.entries[plan.key] = moved
        self._noticed.pop(plan.key, None)
        return None if slot is None else Task(plan, slot, moved, leases)

    def _slots(self, plan: Plan, entry: Scheduled, now: datetime) -> tuple[datetime | None, datetime]:
        """The slot to run (None: skipped), and the one after it."""
        rule, slot = plan.rule, entry.slot_at or now
        if entry.claimed_at is not None:  # somebody began it, and died
            return entry.claimed_at, slot
        if (entry.next_at or slot) > now:  # asked for by a person, or another try
            return now, slot
        if rule.misfire == "all" and entry.retry_at is None:
            return slot, rule.after(slot)
        newest, count = rule.newest(slot, now)
        late = self._noticed.get(plan.key, now) - rule.due(newest, plan.where) > _GRACE
        if rule.misfire == "skip" and late and entry.wanted_at is None and entry.retry_at is None:
            log.info("%s: %d starts were missed, and are skipped", plan.where, count)
            return None, rule.after(newest)
        return newest, rule.after(newest)

    def finish(self, task: Task, status: str, error: HubError | None, *, called_off: bool = False) -> Verdict:
        """Note how a run ended, and give its leases back."""
        self.running.pop(task.key, None)
        self._touch(task.key)
        now = self._now()
        found = verdict(task.entry, status, error, now, self._backoff, called_off=called_off)
        try:
            self._save(task, found)
        finally:
            task.release()
        if found.away:
            self._away[task.key[0]], self._changed = found.entry.retry_at or now, None
        elif error is None and task.key[0] in self._away:
            del self._away[task.key[0]]
            self._changed = None
        if found.pauses:
            self._pause(task, str(error))
        return found

    def _save(self, task: Task, found: Verdict) -> None:
        """Write the verdict, over whatever place the schedule was moved to meanwhile by an edit."""
        entry = self._ops.schedule(*task.key)
        if found.begun or entry is None or entry.claimed_at != task.entry.claimed_at:
            return
        after = replace(found.entry, rule=entry.rule, slot_at=entry.slot_at, next_at=entry.next_at)
        before = replace(entry, wanted_at=task.entry.wanted_at)
        if self._ops.move_schedule(before, after):
            fresh = self._ops.schedule(*task.key)
            self.entries[task.key] = fresh or after

    def _pause(self, task: Task, why: str) -> None:
        """No further try with a login that was refused; of a system where a second stream meets the same, none at all:
        each try counts towards locking the account."""
        source, stream = task.key
        others = [entry for key, entry in self.entries.items() if key[0] == source and key[1] != stream]
        again = any(entry.paused_by == BY_CREDENTIALS for entry in others)
        self._ops.pause(source, EVERY_STREAM if again else stream, self._now(), BY_CREDENTIALS, why)
        self.refresh()


def _release(leases: list[HeldLease]) -> None:
    while leases:
        leases.pop().release()
