"""The stores that a sync works with: opened when a thread needs one, and lent again when it is done.

Opening one takes longer than many a stream: a connection to PostgreSQL is a process of the server's, and closing the
last one to a SQLite file writes its log back.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from hub.store import open_store

if TYPE_CHECKING:
    from hub.session import Session
    from hub.store.base import Store


class Stores:
    """Stores of one database, each lent to one thread at a time. `idle` are open already."""

    def __init__(self, url: str, *idle: Store) -> None:
        self._url = url
        self._idle = list(idle)
        self._lock = threading.Lock()
        self._is_open = True

    @contextmanager
    def lend(self) -> Iterator[Store]:
        """A store to work with. One in whose hands something failed is closed, not lent again."""
        try:
            store = self._idle.pop()
        except IndexError:
            store = open_store(self._url)
        try:
            yield store
        except BaseException:
            store.close()
            raise
        self._keep(store)

    def _keep(self, store: Store) -> None:
        """For the next one; not where all were closed meanwhile, as a thread that is late at the end finds it."""
        with self._lock:
            if self._is_open:
                self._idle.append(store)
                return
        store.close()

    def close(self) -> None:
        with self._lock:
            self._is_open = False
        while self._idle:
            self._idle.pop().close()


@contextmanager
def opened(session: Session, *, dry_run: bool) -> Iterator[Stores]:
    """The session's stores, the first one checked to be of this release.

    A dry run before the first sync gets a store of its own, that is thrown away.
    """
    if not dry_run or _exists(session.store_url):
        with _closing(Stores(session.store_url, session.open_store(upgrade_empty=not dry_run))) as stores:
            yield stores
        return
    from tempfile import TemporaryDirectory

    with TemporaryDirectory(prefix="hub-dry-run-") as folder, _closing(Stores(f"sqlite:///{folder}/hub.db")) as stores:
        with stores.lend() as store:
            store.prepare()
        yield stores


@contextmanager
def _closing(stores: Stores) -> Iterator[Stores]:
    try:
        yield stores
    finally:
        stores.close()


def _exists(url: str) -> bool:
    return not url.startswith("sqlite:///") or Path(url.removeprefix("sqlite:///")).exists()
