"""Backfills in the daemon: `run: backfills_at_once` of them, each in a thread of its own, the oldest first."""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import replace
from typing import TYPE_CHECKING

from hub.errors import HubError, LeaseHeld, SourceUnavailable, StoreError
from hub.store.operations import Operations
from sync_jobs import backfill

if TYPE_CHECKING:
    from hub.session import Session
    from hub.store.base import Store
    from hub.store.operations import Backfill
    from sync_jobs.stores import Stores

log = logging.getLogger(__name__)

_LOOK_SECONDS = 5.0
_AWAY_SECONDS = 300.0
"""Until the next try, where the system did not answer or another hub is at it."""


class Backfilling:
    """Looks for a backfill now and then; `stop` ends it after a page, to be gone on with at the next start."""

    def __init__(self, stores: Stores, stop: threading.Event) -> None:
        self._stores, self._stop = stores, stop
        self._threads: dict[int, threading.Thread] = {}
        self._look_at = 0.0
        self._not_before: dict[int, float] = {}

    @property
    def at_work(self) -> bool:
        self._threads = {number: thread for number, thread in self._threads.items() if thread.is_alive()}
        return bool(self._threads)

    def turn(self, session: Session, store: Store) -> None:
        """Begin the next ones, as many as may be read at the same time."""
        now = time.monotonic()
        if now < self._look_at or self._stop.is_set():
            return
        self._look_at = now + _LOOK_SECONDS
        room = session.hub_settings.run.backfills_at_once - (len(self._threads) if self.at_work else 0)
        if room <= 0:
            return
        begun = [
            entry for entry in backfill.waiting(store)
            if entry.source in session.settings.instances and entry.id not in self._threads
            and self._not_before.get(entry.id, 0.0) <= now
        ]  # fmt: skip
        for entry in begun[:room]:
            thread = threading.Thread(target=self._run, args=(session, entry), name="backfill", daemon=True)
            self._threads[entry.id] = thread
            thread.start()

    def _leave(self, entry: Backfill) -> None:
        self._not_before[entry.id] = time.monotonic() + _AWAY_SECONDS

    def _run(self, session: Session, entry: Backfill) -> None:
        try:
            with self._stores.lend() as store:
                error = self._read(session, store, entry)
                after = Operations(store).backfill(entry.id)
                if after is not None and after.status in ("running", "stopped"):
                    self._put_back(store, after, error)
        except LeaseHeld:
            self._leave(entry)
        except StoreError as error:
            log.warning("backfill %d waits: %s", entry.id, error)
            self._leave(entry)
        except Exception as error:  # a plugin's fault, or one of ours, must not end the daemon
            log.exception("backfill %d failed", entry.id, exc_info=error)
            self._leave(entry)

    def _read(self, session: Session, store: Store, entry: Backfill) -> HubError | None:
        """Read it. LeaseHeld, where another hub is at it, comes out as the StoreError that it is."""
        try:
            return backfill.work(session, store, entry, self._stop.is_set).error
        except LeaseHeld:
            raise
        except HubError as error:
            return error

    def _put_back(self, store: Store, entry: Backfill, error: HubError | None) -> None:
        """One that was stopped with us, or whose system is away, waits for its next turn; others wait for a person."""
        waits = self._stop.is_set() or isinstance(error, SourceUnavailable)
        if isinstance(error, SourceUnavailable):
            self._leave(entry)
        reason = "" if self._stop.is_set() or error is None else str(error)
        Operations(store).save_backfill(replace(entry, status="waiting" if waits else "stopped", error=reason))
