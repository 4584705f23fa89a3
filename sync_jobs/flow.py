"""Fetching, mapping and merging at the same time: two threads and two short queues in front of the merge.

The network is never idle while the database works, and memory holds a few pages whatever the data's size. Small pages
that are ready together come out as one group, since a transaction costs as much for one of them as for ten. An error
in a thread comes out of `groups()` in its place, after all pages before it.
"""

from __future__ import annotations

import contextvars
import threading
from collections.abc import Callable, Iterator
from typing import Any, Generic, NamedTuple, TypeVar

from hub.sdk.stopping import work_until
from sync_jobs.belt import Belt

T = TypeVar("T")
U = TypeVar("U")

_DEPTH = 2
"""Pages that may wait to be worked on."""
_GROUP_PAGES = 10
"""Pages that may wait to be merged, and so the most that one group has ..."""
_GROUP_WEIGHT = 5_000
"""... but only while they weigh less than this together, so that memory stays the same for large pages."""
_POLL_SECONDS = 0.2
"""How soon a stage that waits notices that the run was stopped, and how often the merge may renew its lease."""


class _Failed(NamedTuple):
    error: BaseException


class _End:
    pass


class Flow(Generic[T, U]):
    """`source` runs in one thread, `work` in a second one, and `groups()` is consumed by the caller's.

    weigh   how much of a group's room a worked page takes: its records
    """

    def __init__(
        self, source: Callable[[], Iterator[T]], work: Callable[[T], U], name: str, *, weigh: Callable[[U], int]
    ) -> None:
        self._stopped = threading.Event()
        self._raw: Belt[T | _Failed | _End] = Belt(self._stopped, lambda _: 1, _DEPTH, _DEPTH)
        self._done: Belt[U | _Failed | _End] = Belt(
            self._stopped,
            lambda item: 0 if isinstance(item, _End | _Failed) else weigh(item),
            _GROUP_PAGES,
            _GROUP_WEIGHT,
        )
        self._threads = [
            _thread(f"fetch {name}", self._fetch, source),
            _thread(f"map {name}", self._work, work),
        ]

    def groups(self, idle: Callable[[], object]) -> Iterator[list[U]]:
        """The worked pages in order, all that are ready at a time. `idle` is called now and then, also while nothing
        comes."""
        for thread in self._threads:
            thread.start()
        while True:
            idle()
            items = self._done.take_all(_POLL_SECONDS)
            group: list[U] = []
            for item in items:
                if isinstance(item, _End | _Failed):
                    if group:
                        yield group
                    if isinstance(item, _Failed):
                        raise item.error
                    return
                group.append(item)
            if group:
                yield group

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
                    if not self._raw.put(page):
                        return
            finally:
                close = getattr(pages, "close", None)
                if close is not None:
                    close()
            self._raw.put(_End())
        except BaseException as error:  # the merge thread raises it again
            self._raw.put(_Failed(error))

    def _work(self, work: Callable[[T], U]) -> None:
        while not self._stopped.is_set():
            for item in self._raw.take_all(_POLL_SECONDS, most=1):
                if isinstance(item, _End | _Failed):
                    self._done.put(item)
                    return
                try:
                    result = work(item)
                except BaseException as error:  # the merge thread raises it again
                    self._done.put(_Failed(error))
                    return
                if not self._done.put(result):
                    return


def _thread(name: str, target: Callable[[Any], None], argument: Any) -> threading.Thread:
    """A thread that logs under our connector, stream and run."""
    run = contextvars.copy_context().run
    return threading.Thread(target=run, args=(target, argument), name=name, daemon=True)
