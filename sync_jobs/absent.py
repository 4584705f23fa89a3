"""What a complete read did not show is gone at the source, and is soft-deleted: with proof, or not at all."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime

from hub.store.base import Counts, PageEntry, PageWriter, Store
from sync_jobs.dropped import GONE
from sync_jobs.jobs import Job
from sync_jobs.ledger import Tally, require_plausible_deletes
from sync_jobs.position import Span
from sync_jobs.quarantine import entries
from sync_jobs.seen import KeySum, LastSums, SeenKeys


@dataclass
class AbsentRows:
    """The deletions at the end of one snapshot, or of one verifying run.

    page        opens one page's transaction, under the run's lease
    still_ours  called between pages: raises when the run was stopped or lost its lease
    """

    job: Job
    store: Store
    seen: SeenKeys
    last: LastSums
    span: Span
    tally: Tally
    page: Callable[[datetime], AbstractContextManager[PageWriter]]
    now: Callable[[], datetime]
    still_ours: Callable[[], None]
    notes: list[str] = field(default_factory=list)
    _single: dict[str, KeySum] = field(default_factory=dict)

    def delete(self) -> None:
        """Soft-delete what the reading lacks; `notes` says what was left alone, and why.

        Raises RunIncomplete, with nothing deleted, when more is missing than the admin allows.
        """
        reason = self.span.no_proof_of_absence
        if reason:
            self.notes.append(f"deletions were not looked for, since {reason}")
            return
        held = self.store.held(self.job.source)
        missing = [entity for entity in self.job.entities if self._misses_any(entity, held.get(entity, 0))]
        for entity in missing:
            self._delete(entity)
        self._settle_absent()
        if not self.job.dry_run:
            self.last.save(self._single)

    def _misses_any(self, entity: str, held: int) -> bool:
        if self.seen.has_gap(entity):
            self.notes.append(f"{entity}: deletions were not looked for, since a record came without its key")
            return False
        shown = self.seen.sum_of(entity)
        if self._counts_prove_it(entity, shown, held) or (
            not self.span.began_empty and self._live_sum(entity) == shown
        ):
            self._single[entity] = shown
            return False
        return not self.span.began_empty and self._count_missing(entity) > 0

    def _counts_prove_it(self, entity: str, shown: KeySum, held: int) -> bool:
        """Whether all keys shown are live and different, and as many as are held by a stream that nobody shares."""
        if self.job.dry_run or self.span.resumed or entity not in self.job.sole_owner or shown.count != held:
            return False
        counts = self.tally.by_entity[entity]
        if counts.superseded or counts.deleted:
            return False
        return counts.inserted == shown.count or self.last.same(entity, shown)

    def _live_sum(self, entity: str) -> KeySum:
        total = KeySum()
        for ids in self._live(entity):
            total.add(ids)
        return total

    def _count_missing(self, entity: str) -> int:
        held = missing = 0
        for ids in self._live(entity):
            held += len(ids)
            missing += len(self.seen.absent(entity, ids))
        if not self.job.allow_deletes:
            require_plausible_deletes(
                entity, missing, held, self.job.max_delete_share, where=self.job.where, command=self._command
            )
        return missing

    @property
    def _command(self) -> str:
        return "hub sync --verify" if self.span.verify else "hub sync"

    def _delete(self, entity: str) -> None:
        for ids in self._live(entity):
            absent = self.seen.absent(entity, ids)
            if not absent:
                continue
            at = self.now()
            with self.page(at) as writer:
                counts = Counts(deleted=writer.delete(entity, absent))
                number = self.span.next_page_number()
                writer.ledger(PageEntry(number, entity, 0, 0, counts, "absent from a complete read", 0, at))
            self.tally.add(entity, counts)

    def _settle_absent(self) -> None:
        """Close the quarantine's entries of records that were never stored and are no longer sent."""
        if self.span.began_empty or self.job.dry_run:
            return
        keys = (self.job.source, self.job.stream.name)
        if keys not in self.store.open_quarantine():
            return
        waiting: dict[str, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
        for entry in entries(self.store, source=keys[0], stream=keys[1]):
            if entry.source_id is not None and not self.seen.has_gap(entry.entity):
                waiting[entry.entity][entry.source_id].append(entry.id)
        for entity, by_id in waiting.items():
            gone = [number for key in self.seen.absent(entity, list(by_id)) for number in by_id[key]]
            self.store.settle(gone, "resolved", GONE)

    def _live(self, entity: str) -> Iterator[list[str]]:
        for ids in self.store.live_ids(self.job.source, self.job.stream.name, entity):
            self.still_ours()
            yield ids
