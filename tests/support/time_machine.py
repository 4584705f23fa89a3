"""Weeks of schedules in seconds: a clock that jumps from event to event, daemons that start, stop and die, no waiting.

The dispatchers and the store are the real ones; only the runs are made up: each takes some time and ends as told.
"""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from hub.errors import HubError
from hub.store import open_store
from sync_jobs.dispatcher import Dispatcher, Task
from sync_jobs.outcomes import Backoff
from sync_jobs.plans import Plan
from sync_jobs.rules import rule_of

_LOOK = timedelta(minutes=4)
"""How soon a daemon looks again at what another one holds."""


@dataclass(frozen=True)
class Made:
    """One run: which slot, when, and whether it came to its end."""

    slot: datetime
    began: datetime
    ended: datetime
    status: str


@dataclass
class World:
    """A database, a clock, and daemons. `length` and `fate` say how long a run takes, and how it ends."""

    url: str
    now: datetime
    plans: Mapping[tuple[str, str], Plan]
    length: Callable[[str, datetime], timedelta] = lambda stream, at: timedelta(minutes=3)
    fate: Callable[[str, datetime], HubError | None] = lambda stream, at: None
    spread: timedelta = timedelta()
    workers: int = 4
    made: dict[str, list[Made]] = field(default_factory=dict)
    most_at_once: int = 0
    daemons: dict[str, Dispatcher] = field(default_factory=dict)
    _events: list[tuple[datetime, int, Callable[[], None]]] = field(default_factory=list)
    _numbers: itertools.count[int] = field(default_factory=itertools.count)
    _looks: dict[str, datetime] = field(default_factory=dict)

    def at(self, moment: datetime, what: Callable[[], None]) -> None:
        """Let something happen at a moment."""
        heapq.heappush(self._events, (moment, next(self._numbers), what))

    def start(self, name: str) -> None:
        """A daemon starts, unless it is there."""
        if name not in self.daemons:
            dispatcher = Dispatcher(open_store(self.url), lambda: self.now, Backoff(), self.spread, busy=_LOOK)
            self.daemons[name] = dispatcher
            dispatcher.adopt(self.plans)
            self._turn(name)

    def kill(self, name: str) -> None:
        """A daemon is gone without a word; its leases are taken for free, as those of any dead process."""
        dispatcher = self.daemons.pop(name, None)
        if dispatcher is not None:
            for task in dispatcher.running.values():
                self._note(task, "killed")
                task.release()
            dispatcher._store.close()

    def run_until(self, end: datetime) -> None:
        while self._events and self._events[0][0] <= end:
            moment, _, what = heapq.heappop(self._events)
            self.now = max(self.now, moment)
            what()
        self.now = end

    def close(self) -> None:
        for name in list(self.daemons):
            self.kill(name)

    # -- a daemon's turn ---------------------------------------------------------------------------------------

    def _turn(self, name: str) -> None:
        dispatcher = self.daemons.get(name)
        if dispatcher is None:
            return
        dispatcher.refresh()
        for key in dispatcher.ready():
            if len(dispatcher.running) < self.workers:
                task = dispatcher.take(key)
                if task is not None:
                    self._begin(name, dispatcher, task)
        running = [key for each in self.daemons.values() for key in each.running]
        assert len(running) == len(set(running)), "one stream, two runs"
        self.most_at_once = max(self.most_at_once, len(running))
        moments = [
            max(moment, self.now + _LOOK) if moment <= self.now else moment for moment in dispatcher.moments().values()
        ]
        self._look(name, min([*moments, self.now + timedelta(days=1)]))

    def _look(self, name: str, moment: datetime) -> None:
        """One look ahead for each daemon: an earlier turn makes a new one."""
        self._looks[name] = moment
        self.at(moment, lambda: self._turn(name) if self._looks.get(name) == moment else None)

    def _begin(self, name: str, dispatcher: Dispatcher, task: Task) -> None:
        def end() -> None:
            if self.daemons.get(name) is dispatcher and dispatcher.running.get(task.key) is task:
                error = self.fate(task.plan.stream, self.now)
                dispatcher.finish(task, "failed" if error else "ok", error)
                self._note(task, "failed" if error else "ok")
                self._turn(name)

        self.at(self.now + self.length(task.plan.stream, self.now), end)

    def _note(self, task: Task, status: str) -> None:
        began = task.entry.started_at or self.now
        self.made.setdefault(task.plan.stream, []).append(Made(task.slot, began, self.now, status))


def plan(stream: str, *layers: object, after: tuple[str, ...] = (), cap: int = 1, source: str = "erp") -> Plan:
    """A stream of the made-up system, its schedule read in Berlin."""
    rule = rule_of(layers, "Europe/Berlin")  # type: ignore[arg-type]
    assert rule is not None
    return Plan(source, stream, rule, after, cap)
