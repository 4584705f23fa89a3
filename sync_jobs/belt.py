"""A short queue between two threads, bounded by what its items weigh as well as by their number."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")

_POLL_SECONDS = 0.2
"""How soon somebody who waits for room notices that the run was stopped."""


class Belt(Generic[T]):
    """One thread puts, another takes. An empty belt takes any item, however heavy.

    stopped   set from outside: then nothing more is put
    """

    def __init__(self, stopped: threading.Event, weigh: Callable[[T], int], most: int, most_weight: int) -> None:
        self._stopped, self._weigh, self._most, self._most_weight = stopped, weigh, most, most_weight
        self._items: deque[tuple[T, int]] = deque()
        self._weight = 0
        self._changed = threading.Condition()

    def put(self, item: T) -> bool:
        """Wait for room and put it there. False where the run was stopped meanwhile."""
        weight = self._weigh(item)
        with self._changed:
            while not self._stopped.is_set():
                if not self._items or (len(self._items) < self._most and self._weight + weight <= self._most_weight):
                    self._items.append((item, weight))
                    self._weight += weight
                    self._changed.notify_all()
                    return True
                self._changed.wait(_POLL_SECONDS)
        return False

    def take_all(self, timeout_seconds: float, most: int | None = None) -> list[T]:
        """What is there, in order, at most so many; empty where nothing came in time."""
        with self._changed:
            if not self._items:
                self._changed.wait(timeout_seconds)
            taken = [self._items.popleft() for _ in range(min(len(self._items), most or len(self._items)))]
            self._weight -= sum(weight for _, weight in taken)
            if taken:
                self._changed.notify_all()
        return [item for item, _ in taken]
