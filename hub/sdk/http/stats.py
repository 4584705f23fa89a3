"""Counts of what went over the wire: for documentation of how many requests a sync needs, and for the bench."""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import dataclass, field


@dataclass
class HttpStats:
    """requests include repeated ones and logins; `waited_seconds` is back-off and budgets together."""

    requests: int = 0
    retries: int = 0
    received_bytes: int = 0
    seconds: float = 0.0
    waited_seconds: float = 0.0
    by_status: Counter[int] = field(default_factory=Counter)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def sent(self, *, again: bool) -> None:
        with self._lock:
            self.requests += 1
            self.retries += again

    def received(self, status: int, size_bytes: int, seconds: float) -> None:
        with self._lock:
            self.by_status[status] += 1
            self.received_bytes += size_bytes
            self.seconds += seconds

    def waited(self, seconds: float) -> None:
        with self._lock:
            self.waited_seconds += seconds
