"""Backfills in the daemon: one at a time, in a thread of its own, the oldest first."""

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
        self._thread: threading.Thread | None = None
        self._look_at = 0.0

    @property
    def at_work(self) -> bool:
        return self._thread is not None and self._thread.is_alive()

    def turn(self, session: Session, store: Store) -> None:
        """Begin the next one, if there is one and none is being read."""
        if self.at_work or time.monotonic() < self._look_at or self._stop.is_set():
            return
        self._look_at = time.monotonic() + _LOOK_SECONDS
        entry = backfill.next_waiting(store)
        if entry is not None and entry.source in session.settings.instances:
            self._thread = threading.Thread(target=self._run, args=(session, entry), name="backfill", daemon=True)
            self._thread.start()

    def _run(self, session: Session, entry: Backfill) -> None:
        try:
            with self._stores.lend() as store:
                error = self._read(session, store, entry)
                after = Operations(store).backfill(entry.id)
                if after is not None and after.status in ("running", "stopped"):
                    self._put_back(store, after, error)
        except LeaseHeld:
            self._look_at = time.monotonic() + _AWAY_SECONDS
        except StoreError as error:
            log.warning("backfill %d waits: %s", entry.id, error)
            self._look_at = time.monotonic() + _AWAY_SECONDS
        except Exception as error:  # a plugin's fault, or one of ours, must not end the daemon
            log.exception("backfill %d failed", entry.id, exc_info=error)
            self._look_at = time.monotonic() + _AWAY_SECONDS

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
            self._look_at = time.monotonic() + _AWAY_SECONDS
        reason = "" if self._stop.is_set() or error is None else str(error)
        Operations(store).save_backfill(replace(entry, status="waiting" if waits else "stopped", error=reason))
