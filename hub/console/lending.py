"""The stores that pages read from: opened when a thread needs one, and lent again when it is done."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from hub.store import open_store

if TYPE_CHECKING:
    from hub.store.base import Store

_IDLE = 8
"""Stores that are kept open while nobody needs them."""


class Lending:
    """Stores of one database, each lent to one request at a time."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._idle: list[Store] = []
        self._lock = threading.Lock()
        self._is_open = True

    def take(self) -> Store:
        """A store; give it back afterwards."""
        with self._lock:
            return self._idle.pop() if self._idle else open_store(self._url)

    def give_back(self, store: Store, *, failed: bool = False) -> None:
        """One in whose hands something failed is closed, not lent again."""
        with self._lock:
            keep = self._is_open and not failed and len(self._idle) < _IDLE
            if keep:
                self._idle.append(store)
        if not keep:
            store.close()

    @contextmanager
    def lend(self) -> Iterator[Store]:
        """A store for one piece of work."""
        store = self.take()
        try:
            yield store
        except BaseException:
            self.give_back(store, failed=True)
            raise
        self.give_back(store)

    def close(self) -> None:
        """Close them; one that is lent is closed when it comes back."""
        with self._lock:
            self._is_open = False
            while self._idle:
                self._idle.pop().close()
