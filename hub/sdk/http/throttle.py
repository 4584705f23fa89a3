"""How fast we may ask: a rate, a number in flight, a vendor's points, a share of a daily allowance.

Every budget answers one question, "how long must this request wait", and may learn from each answer. All are shared
by the threads of one connector; nobody sleeps while holding a lock.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from hub.errors import Throttled


class Budget:
    """Something that can make a request wait."""

    def reserve(self, now: float, cost: float) -> float:
        """Seconds to wait before asking; 0 takes what the request needs. `now` is the clock's monotonic time."""
        return 0.0

    def learn(self, now: float, headers: Mapping[str, str]) -> None:
        """Look at an answer's headers; their names may be in any case."""

    def settle(self, cost: float) -> None:
        """The request that reserved `cost` is over, whatever became of it."""


class RateBudget(Budget):
    """So many requests a second, with a burst of at most one second's worth."""

    def __init__(self, per_second: float) -> None:
        self._per_second = per_second
        self._burst = max(1.0, per_second)
        self._tokens = self._burst
        self._at: float | None = None
        self._lock = threading.Lock()

    def reserve(self, now: float, cost: float) -> float:
        with self._lock:
            if self._at is not None:
                self._tokens = min(self._burst, self._tokens + max(0.0, now - self._at) * self._per_second)
            self._at = now
            if self._tokens >= 1:
                self._tokens -= 1
                return 0.0
            return (1 - self._tokens) / self._per_second


class CostBudget(Budget):
    """A vendor's bucket of points that refills by the second (Shopify's query cost), as its answers describe it.

    Nothing is known before the first answer, so one request goes first and the others wait for what it learns.
    """

    def __init__(self, reserve_share: float = 0.1) -> None:
        self._share = reserve_share
        self._maximum = 0.0
        self._available = 0.0
        self._per_second = 0.0
        self._at = 0.0
        self._pending = 0.0
        self._asked = False
        self._lock = threading.Lock()

    def reserve(self, now: float, cost: float) -> float:
        if cost <= 0:
            return 0.0
        with self._lock:
            if not self._maximum:
                first, self._asked = not self._asked, True
                self._pending += cost if first else 0
                return 0.0 if first else 0.05
            available = self._now_available(now) - self._pending
            needed = min(cost, self._maximum) + min(
                self._share * self._maximum, self._maximum - min(cost, self._maximum)
            )
            if available >= needed:
                self._pending += cost
                return 0.0
            return max(0.02, (needed - available) / self._per_second) if self._per_second else 1.0

    def settle(self, cost: float) -> None:
        with self._lock:
            self._pending = max(0.0, self._pending - cost)
            self._asked = self._pending > 0

    def learn_state(self, now: float, *, maximum: float, available: float, per_second: float) -> None:
        """What the vendor says its bucket holds."""
        with self._lock:
            self._maximum, self._available, self._per_second, self._at = maximum, available, per_second, now

    def seconds_until(self, cost: float, now: float) -> float:
        """How long the bucket takes to hold `cost` points; 1 where nothing is known."""
        with self._lock:
            if not self._per_second:
                return 1.0
            return max(0.0, (min(cost, self._maximum) - self._now_available(now)) / self._per_second)

    def _now_available(self, now: float) -> float:
        return min(self._maximum, self._available + max(0.0, now - self._at) * self._per_second)


@dataclass(frozen=True)
class Quota:
    """What an answer says of an allowance: requests used and allowed."""

    used: float
    limit: float


class QuotaBudget(Budget):
    """A share of an allowance stays free for other integrations, e.g. of Salesforce's calls a day.

    `read` finds the numbers in the headers of an answer. Once the share is reached, Throttled ends the run; the next
    run's first request looks again.
    """

    def __init__(self, read: Callable[[Mapping[str, str]], Quota | None], reserve_share: float = 0.2) -> None:
        self._read = read
        self._share = reserve_share
        self.quota: Quota | None = None

    def reserve(self, now: float, cost: float) -> float:
        quota = self.quota
        if quota and quota.used >= quota.limit * (1 - self._share):
            raise Throttled(
                f"{quota.used:.0f} of {quota.limit:.0f} allowed requests are used; the rest is kept for others.",
                retry_after_seconds=3600,
                fix="The run goes on when the allowance recovers; see which integration uses so many.",
            )
        return 0.0

    def learn(self, now: float, headers: Mapping[str, str]) -> None:
        quota = self._read(headers)
        if quota is not None:
            self.quota = quota


class Pause(Budget):
    """Everybody waits: a source that said 429 means the whole user, not the one request."""

    def __init__(self) -> None:
        self._until = float("-inf")
        self._lock = threading.Lock()

    def until(self, moment: float) -> None:
        with self._lock:
            self._until = max(self._until, moment)

    def reserve(self, now: float, cost: float) -> float:
        return max(0.0, self._until - now)
