"""The right to write one stream, held while a run lasts: taken, kept alive, taken over from a dead process, given back.

Only a holder whose process is gone (`hub.holder`) may be taken over before its lease runs out; should that judgement be
wrong, the fencing token still refuses whatever the other one writes.
"""

from __future__ import annotations

import itertools
import logging
import time
from datetime import timedelta

from hub.errors import HubError, LeaseHeld
from hub.holder import holder, is_gone, shown
from hub.store.base import Lease, Store

log = logging.getLogger(__name__)

TTL = timedelta(seconds=60)
_serial = itertools.count(1)
_given_up: set[str] = set()
"""Holders of this process that could not give their lease back."""


class HeldLease:
    """One stream's lease for the length of one run."""

    def __init__(self, store: Store, source: str, stream: str) -> None:
        self._store = store
        self.lease = _take(store, source, stream)
        self._renewed = time.monotonic()

    def keep(self) -> None:
        """Prolong it when a third of its time is over; call this often. Raises LeaseLost when another took over."""
        if time.monotonic() - self._renewed > TTL.total_seconds() / 3:
            self._store.renew(self.lease, TTL)
            self._renewed = time.monotonic()

    def release(self) -> None:
        try:
            self._store.release(self.lease)
        except HubError as error:
            _given_up.add(self.lease.holder)
            log.warning("the lease runs out by itself: %s", error)


def _take(store: Store, source: str, stream: str) -> Lease:
    name = f"{holder()}#{next(_serial)}"
    lease = store.acquire(source, stream, name, TTL)
    if lease is None and _freed_from_the_dead(store, source, stream):
        lease = store.acquire(source, stream, name, TTL)
    if lease is None:
        raise LeaseHeld(
            f"{holder_of(store, source, stream)} is syncing this stream.",
            fix="Wait for it to end; `hub status` shows when its lease runs out.",
            where=f"{source}/{stream}",
        )
    return lease


def _freed_from_the_dead(store: Store, source: str, stream: str) -> bool:
    """Give back, in its name, the lease of a process of this machine that is no longer there."""
    for lease, _ in store.leases():
        if (lease.source, lease.stream) == (source, stream) and _is_dead(lease.holder):
            log.info("taking over from %s, which is no longer running", shown(lease.holder))
            store.release(lease)
            return True
    return False


def holder_of(store: Store, source: str, stream: str) -> str:
    """Who holds a stream, in words; "another hub process" where it has just let go."""
    for lease, _ in store.leases():
        if (lease.source, lease.stream) == (source, stream):
            return shown(lease.holder)
    return "another hub process"


def _is_dead(name: str) -> bool:
    """Whether a holder was a run of ours that ended, or a process of this machine that is gone. In doubt it lives."""
    return name in _given_up or is_gone(name)


__all__ = ["TTL", "HeldLease", "holder", "holder_of", "shown"]
