"""A clock that tests move by hand: waiting costs no time, and what was waited for can be looked at."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

from hub.sdk.clock import Clock

_START = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)


class FakeClock(Clock):
    """Give it to `Context(clock=clock, now=clock.now)`; `waited` holds the seconds slept so far."""

    def __init__(self) -> None:
        self.waited = 0.0
        self._lock = threading.Lock()

    def monotonic(self) -> float:
        return 1000.0 + self.waited

    def sleep(self, seconds: float) -> None:
        with self._lock:
            self.waited += seconds

    def now(self) -> datetime:
        return _START + timedelta(seconds=self.waited)
