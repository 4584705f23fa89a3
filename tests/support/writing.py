"""A run that writes pages, for tests of the store: each method is one page with one thing in it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from hub.model.batch import Batch, Reject, Replacement
from hub.model.catalog import ENTITIES
from hub.store.base import Counts, PageWriter, Run, Store

TTL = timedelta(seconds=60)
START = datetime(2024, 5, 1, tzinfo=UTC)
MICROS = 1_000_000


def moment(seconds: float) -> datetime:
    """So many seconds after the tests' first moment."""
    return START + timedelta(seconds=seconds)


def micros(seconds: float) -> int:
    """The same in physical form."""
    return int(START.timestamp() + seconds) * MICROS


def batch(entity: str, replacement: Replacement | None = None, /, **columns: Sequence[Any]) -> Batch:
    """A batch of an entity; what its model requires is filled in where the test does not care."""
    ids = columns["source_id"]
    for column in ENTITIES[entity].columns:
        if column.required and column.name not in columns:
            columns[column.name] = ["x"] * len(ids)
    return Batch(ENTITIES[entity], {name: list(values) for name, values in columns.items()}, replacement=replacement)


def reject(
    source_id: str | None = "1", *, field: str = "total", rule: str = "type", row: int = 0, **raw: Any
) -> Reject:
    return Reject("orders", row, source_id, field, rule, "it is not a number.", raw or {"id": source_id})


class Sync:
    """A run with its lease. Its pages are stored 1, 2, 3 ... seconds after the start, unless told otherwise."""

    def __init__(self, store: Store, source: str = "shop", stream: str = "orders", holder: str = "test") -> None:
        self.store, self.source = store, source
        lease = store.acquire(source, stream, holder, TTL)
        assert lease is not None
        self.lease = lease
        self.run = store.start_run(Run(0, "sync", source, stream, "incremental", "sync", START, None, START))
        self._seconds = 0

    @contextmanager
    def page(self, at: float | None = None) -> Iterator[PageWriter]:
        self._seconds += 1
        with self.store.page(self.run, self.lease, moment(self._seconds if at is None else at)) as writer:
            yield writer

    def merge(
        self, entity: str, replacement: Replacement | None = None, /, at: float | None = None, **columns: Any
    ) -> Counts:
        with self.page(at) as writer:
            counts = writer.merge(batch(entity, replacement, **columns))
        assert counts.balanced, counts
        return counts

    def delete(self, entity: str, *ids: str, at: float | None = None) -> int:
        with self.page(at) as writer:
            return writer.delete(entity, ids)

    def refuse(self, *rejects: Reject, origin: str = "orders.csv", first_row: int = 1) -> None:
        with self.page() as writer:
            writer.quarantine(rejects, origin=origin, first_row=first_row)

    def end(self, status: str = "ok") -> None:
        self.run.status, self.run.ended_at = status, moment(100)
        self.store.finish_run(self.run)
        self.store.release(self.lease)


def held(
    store: Store, entity: str, *columns: str, live: bool = True, source: str | None = None
) -> list[tuple[Any, ...]]:
    """The rows of an entity, ordered, in these columns; without the deleted ones unless `live` is False."""
    pages = store.rows(entity, [*columns, "deleted_at"], source=source)
    return sorted((row[:-1] for page in pages for row in page if not live or row[-1] is None), key=repr)


def change_keys(store: Store, entity: str, after: int = 0) -> list[set[str] | None]:
    """The keys of each change of an entity."""
    changes = store.changes(after)
    assert changes is not None
    return [None if change.keys is None else set(change.keys) for change in changes if change.entity == entity]


def require_true_counters(store: Store, source: str = "shop") -> None:
    """`held` must say what counting would say."""
    counted = {}
    for name in ENTITIES:
        live = sum(row[0] is None for page in store.rows(name, ["deleted_at"], source=source) for row in page)
        if live:
            counted[name] = live
    assert store.held(source) == counted
