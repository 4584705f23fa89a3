"""Refused children that their parent no longer has: their entries in quarantine are closed, as nothing needs mending.

A stored child that its parent came again without is deleted by the store. One that was refused was never stored, and
would wait for ever. Which parent an entry belongs to follows from its raw row, which is the whole row of the source.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from hub.model.batch import Batch, Reject
from hub.rows.parents import parents_of
from hub.store.base import PageWriter, Store
from hub.store.plain import plain
from sync_jobs.jobs import Job
from sync_jobs.quarantine import entries

GONE = "no longer at the source"
"""Who closed the entry, for the record."""

Parent = tuple[str, str]
"""Entity of the child, key of the parent."""


@dataclass
class DroppedChildren:
    """Looked after for one run. Costs nothing while no child of the stream waits in quarantine."""

    job: Job
    store: Store
    _waiting: dict[Parent, list[int]] = field(default_factory=dict)
    """Numbers of the open entries."""
    _refused: set[Parent] = field(default_factory=set)
    """Those that this run has refused itself; their entries are only looked up if the parent comes again."""

    def begin(self) -> None:
        """Take up what waits, before the first page."""
        replaces = any(fields.replaces for fields in self.job.maps)
        if replaces and (self.job.source, self.job.stream.name) in self.store.open_quarantine():
            self._read()

    def close(self, writer: PageWriter, batches: Iterable[Batch], rejects: Sequence[Reject]) -> None:
        """Close the entries of children that this page shows to be gone. `rejects` are those of the page."""
        if self._waiting or self._refused:
            done = [number for batch in batches for number in self._gone(batch)]
            if done:
                writer.settle(done, "resolved", GONE)
        for reject in rejects:
            self._refused.update((reject.entity, key) for key in self._parents(reject.entity, reject.raw))

    def _read(self) -> None:
        """Take up the open entries of the stream, by parent."""
        self._waiting, self._refused = {}, set()
        for entry in entries(self.store, source=self.job.source, stream=self.job.stream.name):
            for key in self._parents(entry.entity, entry.raw):
                self._waiting.setdefault((entry.entity, key), []).append(entry.id)

    def _parents(self, entity: str, row: Any) -> dict[str, int | None]:
        """The parents in a row that may have a refused record of an entity as child, with their change stamps."""
        maps = self.job.maps
        found = [parents_of(fields, maps, row) for fields in maps if fields.replaces and fields.entity.name == entity]
        return {key: stamp for parents in found for key, stamp in parents.items()}

    def _gone(self, batch: Batch) -> Iterator[int]:
        """The entries of children that have no parent any more with which they did not come."""
        full, name = batch.replacement, batch.entity.name
        if full is None:
            return
        if not self._refused.isdisjoint((name, owner) for owner in full.owners):
            self._read()
        numbers = [number for owner in full.owners for number in self._waiting.get((name, owner), ())]
        if not numbers:
            return
        there = {*plain(batch.columns["source_id"], 0, len(batch)), *full.kept}
        for entry in entries(self.store, ids=numbers):
            parents = self._parents(name, entry.raw)
            if entry.source_id not in there and all(
                owner in full.owners and _is_newer(full.owners[owner], stamp) for owner, stamp in parents.items()
            ):
                yield entry.id


def _is_newer(now: int | None, then: int | None) -> bool:
    """Whether a parent came in no older version than the one whose child was refused."""
    return now is None or then is None or now >= then
