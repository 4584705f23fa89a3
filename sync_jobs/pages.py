"""The way of a run's pages: mapped in one thread; merged, counted and stored with the run's place in another.

    map -> before_merge hooks -> merge, children, tombstones, quarantine, ledger and position in one transaction

How pages came to be grouped into transactions makes no difference to what is stored.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import NamedTuple

from hub import mapping
from hub.access.erase.again import Erased, known
from hub.model.batch import Mapped
from hub.sdk import tracing
from hub.sdk.connector import Page
from hub.store.base import Counts, PageEntry, PageWriter, Store, StreamState
from sync_jobs import gone
from sync_jobs.copies import date_by_count
from sync_jobs.dropped import DroppedChildren
from sync_jobs.guard import LoopGuard, refuse_odd_rows, require_page
from sync_jobs.jobs import Job, left_out
from sync_jobs.ledger import Tally, merge
from sync_jobs.position import Span, next_state
from sync_jobs.seen import SeenKeys
from sync_jobs.verdict import Verdict
from sync_jobs.verify import merge_apart

_DRIFT_SAMPLE = 100
"""Rows of a page that are looked through for fields nobody maps."""


class Fetched(NamedTuple):
    """A page that is ready to be stored. `drift`: fields that carry data and that nobody maps."""

    number: int
    page: Page
    mapped: Mapped
    repeated: int
    drift: frozenset[str]


@dataclass
class Pages:
    """What the pages of one run become.

    open       opens one transaction under the run's lease
    note       is told what people should know of a page that is stored
    state      the stream's position before this run
    seen       keys of a snapshot, where silence will have to mean deletion
    unmapped   fields that carry data and that nobody maps, so far
    told_of_erased  records that told of persons who were erased
    """

    job: Job
    store: Store
    fingerprint: str
    verdict: Verdict
    open: Callable[[datetime], AbstractContextManager[PageWriter]]
    note: Callable[[Sequence[str]], None]
    now: Callable[[], datetime]
    state: StreamState = field(default_factory=StreamState)
    tally: Tally = field(default_factory=Tally)
    seen: SeenKeys | None = None
    unmapped: set[str] = field(default_factory=set)
    told_of_erased: int = 0
    _erased: Erased | None = None

    def begin(self, state: StreamState) -> None:
        """Learn what must be known before the first page."""
        self.state = state
        self._dropped = DroppedChildren(self.job, self.store)
        self._dropped.begin()
        self._erased = known(self.store)

    # -- mapping -----------------------------------------------------------------------------------------------

    def map(self, page: Page, number: int, guard: LoopGuard) -> Fetched:
        """Make records of a page's rows, and keep out what is no record."""
        page = require_page(page, self.job.where)
        with self.verdict.on_the_whole():
            repeated = guard.look(page)
        refuse_odd_rows(page, self.job.entities[0])
        mapped = mapping.apply(self.job.maps, page.rows)
        date_by_count(mapped.batches)
        self._without_erased(page, mapped)
        if self.job.before_merge:
            for batch in mapped.batches:
                refused = self.job.before_merge(self.job.source, self.job.stream.name, batch)
                if refused:
                    mapped.rejects += batch.refuse(refused)
        mapped.rejects = [replace(reject, row=page.number(reject.row)) for reject in mapped.rejects] + page.rejects
        mapped.rows += len(page.rejects)
        if self.seen:  # a row that could not be parsed may have held any of the stream's entities
            self.seen.add(number, mapped, gaps=self.job.entities if page.rejects else ())
        return Fetched(number, page, mapped, repeated, self._drift(page))

    def _drift(self, page: Page) -> frozenset[str]:
        """Fields that carry data and that no map looks at, beside those that the run knows of already."""
        sample = page.rows[:_DRIFT_SAMPLE]
        if not len(sample):
            return frozenset()
        return frozenset(mapping.filled(mapping.unmapped(self.job.maps, sample) - self.unmapped, sample))

    def _without_erased(self, page: Page, mapped: Mapped) -> None:
        """What the page says of persons who were erased is not stored; `page` and `mapped` are changed in place."""
        if self._erased:
            source = self.job.source
            self.told_of_erased += self._erased.apply(source, mapped.batches)
            mapped.rejects = self._erased.rejects(source, mapped.rejects)
            page.rejects = self._erased.rejects(source, page.rejects)
            page.deleted = {entity: self._erased.ids(source, entity, ids) for entity, ids in page.deleted.items()}

    # -- storing -----------------------------------------------------------------------------------------------

    def put(self, group: Sequence[Fetched], span: Span) -> None:
        """Pages that are ready together go in one transaction; each has its own line in the ledger. After a page that
        is one reject too many, none is stored."""
        at, tally, written = self.now(), self.tally.copy(), []
        first, rows = group[0].number, sum(fetched.mapped.rows for fetched in group)
        with (
            tracing.span("store pages", hub_page_first=first, hub_page_count=len(group), hub_page_rows=rows),
            self.open(at) as writer,
        ):
            self._heed_erasures(writer, group)
            for fetched in group:
                tally.add_page(fetched.mapped, self._write(writer, fetched, span, at))
                written.append(fetched)
                if tally.is_mostly_rejects(self.job.max_reject_share):
                    break
            writer.save_state(next_state(self.state, span, written[-1].number, self.fingerprint), self.job.lane)
        self.tally = tally
        for fetched in written:
            self.note(fetched.page.notes)
            self.unmapped |= fetched.drift
        with self.verdict.on_the_whole():
            tally.require_few_rejects(self.job.max_reject_share, self.job.where)

    def _heed_erasures(self, writer: PageWriter, group: Sequence[Fetched]) -> None:
        """Somebody may have been erased since the pages were mapped; nobody is until this one is committed."""
        if writer.erasures() != (self._erased.count if self._erased else 0):
            self._erased = known(self.store)
            for fetched in group:
                self._without_erased(fetched.page, fetched.mapped)

    def _write(self, writer: PageWriter, fetched: Fetched, span: Span, at: datetime) -> dict[str, Counts]:
        page, mapped = fetched.page, fetched.mapped
        span.saw(page, mapped.rows, fetched.repeated, left_out(self.job.maps, mapped))
        counts, news = self._merge(writer, mapped, span)
        span.saw_again(counts.get(self.job.entities[0], Counts()).duplicate, repeated=bool(fetched.repeated))
        writer.quarantine(mapped.rejects, origin=page.origin, first_row=page.first_row)
        emptied = gone.delete(writer, self.job.maps, page.deleted, counts)  # last: what is gone needs no mending
        self._dropped.close(writer, [*mapped.batches, *emptied], mapped.rejects)
        if span.verify:
            span.missed.add(sum(counts.values(), Counts()), news)
        for entity, count in (counts or {self.job.entities[0]: Counts()}).items():
            unrouted = mapped.unrouted if entity == next(iter(counts), entity) else 0
            writer.ledger(
                PageEntry(fetched.number, entity, mapped.rows, unrouted, count, page.origin, page.first_row, at)
            )
        return counts

    def _merge(self, writer: PageWriter, mapped: Mapped, span: Span) -> tuple[dict[str, Counts], Counts]:
        """What became of a page's records by entity, and what of that was news since the last run."""
        if not span.verify:
            return merge(writer, mapped), Counts()
        if self.state.last_complete_at is not None:
            return merge_apart(writer, mapped, self.state.cursor)
        counts = merge(writer, mapped)
        return counts, sum(counts.values(), Counts())
