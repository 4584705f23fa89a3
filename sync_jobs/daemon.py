"""`hub run`: the loop that lets streams run at their moments, for months.

One thread decides (this one), one thread runs each stream, one carries alerts and looks after what is late, and one
tells a monitor outside that all of these live (`sync_jobs.heartbeat`). The loop wakes when an alarm rings, when a run
ends, and once a second; all that it knows lies in the store, so that it may be killed at any moment and another may go
on.
"""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from hub.errors import LeaseLost, StoreError
from hub.settings.provenance import keep_in_force
from sync_jobs import monitor
from sync_jobs.alerts import Alerts
from sync_jobs.backfilling import Backfilling
from sync_jobs.crew import Crew, Ended
from sync_jobs.dispatcher import Dispatcher
from sync_jobs.heartbeat import SCHEDULER, STORE, Heartbeat, Pulse
from sync_jobs.keeper import Keeper, alerts_of
from sync_jobs.outcomes import Backoff
from sync_jobs.reload import Loaded, Settings
from sync_jobs.schedule import Alarms
from sync_jobs.wishes import Wishes

if TYPE_CHECKING:
    from hub.store.base import Store
    from sync_jobs.stores import Stores

log = logging.getLogger(__name__)

_TICK_SECONDS = 1.0
_REFRESH_SECONDS = 2.0
"""How soon another hub's or a person's change is seen: a pause, a wish, a slot that was taken."""


def _now() -> datetime:
    return datetime.now(UTC)


class Daemon:
    """One daemon. `run` lasts until `stop` is set."""

    def __init__(self, loaded: Loaded, stores: Stores, stop: threading.Event) -> None:
        self.settings = Settings(loaded)
        self.stop = stop
        self._stores = stores
        self._wake: queue.SimpleQueue[None] = queue.SimpleQueue()
        self._crew = Crew(stores, self._rouse)
        self._backfilling = Backfilling(stores, self._crew.stop)
        self._wishes = Wishes(stores, self._crew)
        self._pulse = Pulse()
        self._refreshed = 0.0
        self._was_paused: frozenset[tuple[str, str]] = frozenset()
        self._store_away = False

    def run(self) -> bool:
        """Work until asked to stop. Returns whether every run had ended in time."""
        alarms = Alarms(self._rouse)
        state_dir = self.settings.current.session.state_dir
        heartbeat = Heartbeat(lambda: self.settings.current.notifications.heartbeat, self._pulse, self.stop, state_dir)
        keeper = Keeper(self.settings, self._stores, self.stop, heartbeat)
        keeper.start()
        heartbeat.start()
        try:
            with self._stores.lend() as store:
                dispatcher = self._dispatcher(store)
                while not self.stop.is_set():
                    self._guarded(lambda: self._turn(dispatcher, store, alarms))
                    self._pulse.beat(SCHEDULER)
                    self._wait()
                return self._wind_down(dispatcher, store)
        finally:
            alarms.stop()
            self.stop.set()
            keeper.join()

    def _dispatcher(self, store: Store) -> Dispatcher:
        current = self.settings.current
        run = current.session.hub_settings.run
        backoff = Backoff(run.outage_wait, max(run.outage_wait, run.outage_longest_wait))
        spread = min(run.spread_seconds, float(len(current.plans)))
        dispatcher = Dispatcher(store, _now, backoff, timedelta(seconds=spread))
        dispatcher.adopt(current.plans)
        self._was_paused = _paused(dispatcher)
        return dispatcher

    # -- one turn ----------------------------------------------------------------------------------------------

    def _turn(self, dispatcher: Dispatcher, store: Store, alarms: Alarms) -> None:
        for ended in self._crew.results():
            self._finish(dispatcher, store, ended)
        if time.monotonic() - self._refreshed > _REFRESH_SECONDS:
            self._refreshed = time.monotonic()
            dispatcher.refresh()
            self._follow_settings(dispatcher, store)
        for task in list(dispatcher.running.values()):
            try:
                task.keep()
            except LeaseLost as error:
                log.warning("%s", error)
        self._launch(dispatcher)
        self._backfilling.turn(self.settings.current.session, store)
        if self._wishes.turn(self.settings, store):
            self._pulse.beat(STORE)
        soon = _now() + timedelta(hours=1)
        alarms.set({key: at for key, at in dispatcher.moments().items() if _now() < at < soon})

    def _launch(self, dispatcher: Dispatcher) -> None:
        session = self.settings.current.session
        room = session.hub_settings.workers - self._crew.size
        for key in dispatcher.ready():
            if room <= 0 or self.stop.is_set():
                return
            task = dispatcher.take(key)
            if task is not None:
                self._crew.launch(session, task)
                room -= 1

    def _finish(self, dispatcher: Dispatcher, store: Store, ended: Ended) -> None:
        found = dispatcher.finish(ended.task, ended.status, ended.error, called_off=ended.called_off)
        alerts = self._alerts(store)
        if ended.error is None:
            alerts.run_succeeded(*ended.task.key)
            if ended.report is not None:
                monitor.completeness(alerts, self.settings.current.notifications, ended.report)
        elif found.entry.failures and not ended.called_off:
            alerts.run_failed(*ended.task.key, ended.error)

    def _follow_settings(self, dispatcher: Dispatcher, store: Store) -> None:
        """Take over an edit, or tell why it is refused. A pause that was lifted may mean a new secret."""
        paused = _paused(dispatcher)
        lifted, self._was_paused = self._was_paused - paused, paused
        before, problem = self.settings.current, self.settings.problem
        if self.settings.look(again=bool(lifted)):
            dispatcher.adopt(self.settings.current.plans)
            log.info("new settings are in force: %d scheduled streams", len(self.settings.current.plans))
            session = self.settings.current.session
            keep_in_force(session.state_dir, session.config_dir, session.registry)
        now_wrong = self.settings.problem
        if now_wrong and now_wrong != problem:
            self._alerts(store).end("settings")
            self._alerts(store).open(
                "settings", "new settings were refused; the old ones are kept", detail=now_wrong,
                fix="Mend the file; `hub config check` tells when it is well.",
            )  # fmt: skip
        elif not now_wrong and self.settings.current is not before:
            self._alerts(store).end("settings")

    def _alerts(self, store: Store) -> Alerts:
        return alerts_of(self.settings, store)

    # -- waiting, and the end ----------------------------------------------------------------------------------

    def _rouse(self) -> None:
        self._wake.put(None)

    def _wait(self) -> None:
        """Until something happens, or a second is over."""
        try:
            self._wake.get(timeout=_TICK_SECONDS)
            while True:
                self._wake.get_nowait()
        except queue.Empty:
            return

    def _guarded(self, work: Callable[[], None]) -> None:
        """A store that is away is told when it goes and when it comes back, and stops nothing."""
        try:
            work()
        except StoreError as error:
            if not self._store_away:
                log.error("the hub waits for its database: %s", error)
            self._store_away = True
        else:
            if self._store_away:
                log.warning("the database is back")
            self._store_away = False

    def _wind_down(self, dispatcher: Dispatcher, store: Store) -> bool:
        """Ask all runs to end after their page, and wait for them; what does not is gone on with by whoever is next."""
        self._crew.stop.set()
        until = time.monotonic() + self.settings.current.session.hub_settings.run.stop_seconds
        while (self._crew.size or self._backfilling.at_work or self._wishes.at_work) and time.monotonic() < until:
            for ended in self._crew.results():
                self._guarded(lambda ended=ended: self._finish(dispatcher, store, ended))  # type: ignore[misc]
            time.sleep(0.05)
        for task in list(dispatcher.running.values()):
            task.release()
        self._guarded(lambda: self._wishes.good_bye(store))
        return not (self._crew.size or self._backfilling.at_work or self._wishes.at_work)


def _paused(dispatcher: Dispatcher) -> frozenset[tuple[str, str]]:
    return frozenset(key for key, entry in dispatcher.entries.items() if entry.paused_at is not None)
