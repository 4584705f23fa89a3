"""Fetching, mapping and merging at the same time: two threads and two short queues in front of the merge.

The network is never idle while the database works, and memory holds a few pages whatever the data's size. An error in
a thread comes out of `pages()` in its place, after all pages before it.
"""

from __future__ import annotations

import contextvars
import queue
import threading
from collections.abc import Callable, Iterator
from typing import Any, Generic, NamedTuple, TypeVar

from hub.sdk.stopping import work_until

T = TypeVar("T")
U = TypeVar("U")

_DEPTH = 2
"""Pages that may wait between two stages."""
_POLL_SECONDS = 0.2
"""How soon a stage that waits notices that the run was stopped, and how often the merge may renew its lease."""


class _Failed(NamedTuple):
    error: BaseException


class _End:
    pass


class Flow(Generic[T, U]):
    """`source` runs in one thread, `work` in a second one, and `results()` is consumed by the caller's."""

    def __init__(self, source: Callable[[], Iterator[T]], work: Callable[[T], U], name: str) -> None:
        self._raw: queue.Queue[T | _Failed | _End] = queue.Queue(_DEPTH)
        self._done: queue.Queue[U | _Failed | _End] = queue.Queue(_DEPTH)
        self._stopped = threading.Event()
        self._threads = [
            _thread(f"fetch {name}", self._fetch, source),
            _thread(f"map {name}", self._work, work),
        ]

    def results(self, idle: Callable[[], None]) -> Iterator[U]:
        """The worked pages in order. `idle` is called now and then, also while nothing comes."""
        for thread in self._threads:
            thread.start()
        while True:
            idle()
            try:
                item = self._done.get(timeout=_POLL_SECONDS)
            except queue.Empty:
                continue
            if isinstance(item, _End):
                return
            if isinstance(item, _Failed):
                raise item.error
            yield item

    def stop(self, timeout_seconds: float = 10.0) -> bool:
        """Ask both threads to end, and all waiting for the source (`Context.stopped`). False when one hangs in a call
        that cannot be interrupted; it dies with us."""
        self._stopped.set()
        for thread in self._threads:
            if thread.ident is not None:
                thread.join(timeout_seconds)
        return not any(thread.is_alive() for thread in self._threads)

    def _fetch(self, source: Callable[[], Iterator[T]]) -> None:
        work_until(self._stopped.is_set)
        try:
            pages = source()
            try:
                for page in pages:
                    if not _offer(self._raw, page, self._stopped):
                        return
            finally:
                close = getattr(pages, "close", None)
                if close is not None:
                    close()
            _offer(self._raw, _End(), self._stopped)
        except BaseException as error:  # the merge thread raises it again
            _offer(self._raw, _Failed(error), self._stopped)

    def _work(self, work: Callable[[T], U]) -> None:
        while not self._stopped.is_set():
            try:
                item = self._raw.get(timeout=_POLL_SECONDS)
            except queue.Empty:
                continue
            if isinstance(item, _End | _Failed):
                _offer(self._done, item, self._stopped)
                return
            try:
                result = work(item)
            except BaseException as error:  # the merge thread raises it again
                _offer(self._done, _Failed(error), self._stopped)
                return
            del item
            if not _offer(self._done, result, self._stopped):
                return


def _thread(name: str, target: Callable[[Any], None], argument: Any) -> threading.Thread:
    """A thread that logs under our connector, stream and run."""
    run = contextvars.copy_context().run
    return threading.Thread(target=run, args=(target, argument), name=name, daemon=True)


def _offer(target: queue.Queue[T], item: T, stopped: threading.Event) -> bool:
    """Put, but give up when the run is stopped."""
    while not stopped.is_set():
        try:
            target.put(item, timeout=_POLL_SECONDS)
        except queue.Full:
            continue
        return True
    return False
