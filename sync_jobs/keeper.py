"""The thread beside the daemon's loop: it carries alerts, and looks after what no run tells."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from hub.access.audit import AuditLog
from hub.access.person import the_daemon
from hub.errors import HubError, StoreBusy
from hub.store.access import AccessTables
from sync_jobs import monitor
from sync_jobs.alerts import Alerts
from sync_jobs.heartbeat import ALERTS
from sync_jobs.identify import identify
from sync_jobs.post import Post

if TYPE_CHECKING:
    from hub.store.base import Store
    from sync_jobs.heartbeat import Heartbeat
    from sync_jobs.reload import Settings
    from sync_jobs.stores import Stores

log = logging.getLogger(__name__)

_TICK_SECONDS = 1.0
_CARE_SECONDS = 60.0
_SILENCE_SECONDS = 3_600.0
_LIST_SECONDS = 3_600.0
"""How often systems are asked for their streams: a new file, a new table. Those that could not answer are asked each
time that the keeper looks around."""
_FIRST_CHECK_SECONDS = 60.0


def _now() -> datetime:
    return datetime.now(UTC)


def alerts_of(settings: Settings, store: Store) -> Alerts:
    """Alerts by the settings in force."""
    current = settings.current
    post = Post(current.notifications, current.session.registry)
    return Alerts(store, post.channel_names, _now, recovery=current.notifications.recovery)


class Keeper(threading.Thread):
    """The thread beside the loop: it carries alerts, and looks after what no run tells. Nothing waits for it."""

    def __init__(self, settings: Settings, stores: Stores, stop: threading.Event, heartbeat: Heartbeat) -> None:
        super().__init__(name="alerts", daemon=True)
        self._settings, self._stores, self._stop_asked = settings, stores, stop
        self._heartbeat = heartbeat
        now = time.monotonic()
        self._cared, self._listened, self._listed = now, now, now
        self._unlisted: frozenset[str] = frozenset()
        self._check_at = now + _FIRST_CHECK_SECONDS
        self._beside: dict[str, threading.Thread] = {}

    def run(self) -> None:
        while not self._stop_asked.wait(_TICK_SECONDS):
            self._safely(self._round)
            self._heartbeat.pulse.beat(ALERTS)
        self._safely(self._deliver)

    def join(self, timeout: float | None = 3.0) -> None:
        if self.is_alive():
            super().join(timeout)

    def _safely(self, work: Callable[[], None]) -> None:
        try:
            work()
        except HubError as error:
            log.info("%s", error)  # the loop tells of a store that is away
        except Exception as error:  # a fault in here must not end the alerts
            log.exception("an error of ours", exc_info=error)

    def _deliver(self) -> None:
        current = self._settings.current
        with self._stores.lend() as store:
            Post(current.notifications, current.session.registry).deliver(store, _now)

    def _round(self) -> None:
        current, clock = self._settings.current, time.monotonic()
        self._deliver()
        if clock - self._cared > _CARE_SECONDS:
            self._cared = clock
            with self._stores.lend() as store:
                alerts = alerts_of(self._settings, store)
                monitor.overdue(store, alerts, current.notifications, current.plans, _now())
                monitor.quarantine(store, alerts, current.notifications)
                monitor.heartbeat(alerts, self._heartbeat.refused)
                if current.notifications.silence and clock - self._listened > _SILENCE_SECONDS:
                    self._listened = clock
                    monitor.business_silence(store, alerts, current.plans)
                monitor.unlisted(alerts, current.unlisted, self._unlisted)
                self._unlisted = frozenset(current.unlisted)
            self._start("match", self._match)
            if current.unlisted or clock - self._listed > _LIST_SECONDS:
                self._listed = clock
                self._start("list", self._settings.list_again)
        if clock > self._check_at:
            self._check_at = clock + current.session.hub_settings.run.check_every.total_seconds()
            self._start("checks", self._checks)
            self._start("forget", self._forget)

    def _start(self, name: str, work: Callable[[], None]) -> None:
        """Work that takes long goes on beside the alerts; nothing where it has not ended since it was last begun."""
        before = self._beside.get(name)
        if before is None or not before.is_alive():
            self._beside[name] = threading.Thread(target=self._safely, args=(work,), name=name, daemon=True)
            self._beside[name].start()

    def _match(self) -> None:
        """Resolve what the runs have changed, as `hub sync` does at its end."""
        with self._stores.lend() as store:
            done = identify(self._settings.current.session, store)
            if done is None or isinstance(done.error, StoreBusy):  # another hub is at it
                return
            alerts = alerts_of(self._settings, store)
            if done.error is None:
                alerts.end("failure", subject="matching")
            else:
                alerts.open(
                    "failure", "matching customers and products failed", subject="matching",
                    detail=done.error.problem, fix=done.error.fix or "Run `hub match run`.",
                )  # fmt: skip

    def _forget(self) -> None:
        """Remove what was kept for long enough."""
        retention = self._settings.current.session.hub_settings.retention
        with self._stores.lend() as store:
            monitor.forget(store, _now())
            AuditLog(AccessTables(store), _now).prune(the_daemon(), retention.audit_days)

    def _checks(self) -> None:
        with self._stores.lend() as store:
            alerts = alerts_of(self._settings, store)
            monitor.checks(self._settings.current.session, store, alerts, self._stop_asked.is_set, _now())
