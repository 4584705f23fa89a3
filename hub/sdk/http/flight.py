"""Several requests in flight, their answers in order: what hides the latency of a source with numbered pages."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import copy_context
from typing import Generic, TypeVar

T = TypeVar("T")


class Flight(Generic[T]):
    """Asks ahead for keys 0, 1, 2 … of a sequence. `next()` hands out the answers in that order."""

    def __init__(self, ask: Callable[[int], T], pool: ThreadPoolExecutor, width: int) -> None:
        self._ask = ask
        self._pool = pool
        self._width = width
        self._window: deque[tuple[int, Future[T]]] = deque()

    def ahead(self, start: int, step: int, end: int | None, *, alone: bool) -> None:
        """Fill the window from `start` (or on from its last key) in steps, not beyond `end`; one only if `alone`."""
        key = self._window[-1][0] + step if self._window else start
        width = 1 if alone else self._width
        while len(self._window) < width and (end is None or key <= end or not self._window):
            # Log lines of the threads carry the run's context, as those of the caller do.
            self._window.append((key, self._pool.submit(copy_context().run, self._ask, key)))
            key += step

    def next(self) -> tuple[int, T]:
        key, future = self._window.popleft()
        return key, future.result()

    def forget(self) -> None:
        """Drop what was asked ahead: it is not wanted any more."""
        for _, future in self._window:
            future.cancel()
        self._window.clear()


@contextmanager
def flight(ask: Callable[[int], T], width: int, name: str) -> Iterator[Flight[T]]:
    """A flight whose threads end with the block; requests that were not begun are dropped."""
    pool = ThreadPoolExecutor(width, thread_name_prefix=f"pages {name}")
    try:
        yield Flight(ask, pool, width)
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
