"""The sync path: one run of one stream, page by page.

    read -> map -> before_merge hooks -> merge + children + tombstones + quarantine + ledger + position  (one transaction)

A run holds the stream's lease throughout. Stopped anywhere, it leaves whole pages and the place to go on from; what it
repeats changes nothing. Only a run that saw the end of its source moves the cursor and deletes what a snapshot missed.
"""

from __future__ import annotations

import logging
import os
import socket
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from hub import mapping
from hub.errors import HubError, LeaseLost, RunIncomplete, SourceChanged, StoreBusy
from hub.mapping import FieldMap
from hub.model.batch import Mapped, Reject
from hub.sdk.connector import Connector, Mode, Page, ReadRequest, Stream
from hub.store.base import Counts, Json, Lease, PageEntry, PageWriter, Run, Store, StreamState
from sync_jobs.flow import Flow
from sync_jobs.ledger import Tally, require_complete, require_plausible_deletes
from sync_jobs.position import Span, next_state, plan
from sync_jobs.seen import SeenKeys

log = logging.getLogger(__name__)

LEASE_TTL = timedelta(seconds=60)
_DRIFT_SAMPLE = 100
"""Rows of a page that are looked through for fields nobody maps."""

BeforeMerge = Callable[[str, str, Any], Sequence[Reject]]


@dataclass(frozen=True)
class Job:
    """What to run: one stream of one connector instance, with the admin's maps and limits."""

    source: str
    connector: Connector[Any]
    stream: Stream
    maps: tuple[FieldMap, ...]
    sync_id: str
    full: bool = False
    dry_run: bool = False
    start: datetime | None = None
    """Earliest moment the admin wants; older rows are not asked for."""
    overlap: timedelta | None = None
    max_reject_share: float = 0.2
    max_delete_share: float = 0.5
    allow_deletes: bool = False
    """The admin confirms that so many rows are really gone at the source."""
    state_dir: Path = Path("var")
    before_merge: BeforeMerge | None = None
    cancelled: Callable[[], bool] = lambda: False
    progress: Callable[[Tally], None] | None = None
    sole_owner: frozenset[str] = frozenset()
    """Entities that no other stream of this connector writes: there, equal counts prove that nothing is missing."""

    @property
    def where(self) -> str:
        return f"{self.source}/{self.stream.name}"


@dataclass
class RunReport:
    """How a run ended, for people, hooks and exit codes."""

    run: Run
    by_entity: dict[str, Counts] = field(default_factory=dict)
    error: HubError | None = None
    seconds: float = 0.0

    @property
    def ok(self) -> bool:
        return self.error is None

    @property
    def exit_code(self) -> int:
        if self.error is not None:
            return self.error.exit_code
        return 1 if self.run.counts.quarantined else 0


@dataclass
class _Fetched:
    number: int
    page: Page
    mapped: Mapped
    drift: frozenset[str]


def holder() -> str:
    """Who we are to other hubs: host, process and thread-independent start."""
    return f"{socket.gethostname()}:{os.getpid()}"


def run(job: Job, store: Store) -> RunReport:
    """Run one stream to its end, or to its first error. Never raises a HubError: it is in the report."""
    started = time.monotonic()
    execution = _Execution(job, store)
    try:
        execution.run()
    except HubError as error:
        execution.fail(error.at(job.where))
    finally:
        execution.close()
    report = execution.report
    report.seconds = time.monotonic() - started
    return report


class _Execution:
    """The state of one run while it lasts."""

    def __init__(self, job: Job, store: Store) -> None:
        self.job = job
        self.store = store
        self.tally = Tally()
        self.lease: Lease | None = None
        self.seen: SeenKeys | None = None
        self.flow: Flow[Page, _Fetched] | None = None
        self.completed = False
        self._renewed = 0.0
        now = _now()
        self._run = Run(
            0, job.sync_id, job.source, job.stream.name, job.stream.mode.value, self._kind(), now, None, now
        )
        self.report = RunReport(self._run)

    def _kind(self) -> str:
        if self.job.dry_run:
            return "dry-run"
        return "full" if self.job.full else "sync"

    # -- the run -----------------------------------------------------------------------------------------------

    def run(self) -> None:
        self._take_lease()
        state = self.store.stream_state(self.job.source, self.job.stream.name)
        fingerprint = fingerprint_of(self.job.maps)
        span = plan(self.job, state, fingerprint, _now())
        span = self._open_seen(span)
        self._run.since, self._run.until = span.since, span.until
        self._run.notes += span.notes
        if not self.job.dry_run:
            self.store.start_run(self._run)
        log.info("run started", extra={"since": str(span.since or "the beginning"), "mode": self.job.stream.mode.value})
        self._consume(span, state, fingerprint)
        self._complete(span, state, fingerprint)

    def _take_lease(self) -> None:
        if self.job.dry_run:
            return
        self.lease = self.store.acquire(self.job.source, self.job.stream.name, holder(), LEASE_TTL)
        if self.lease is None:
            raise StoreBusy(
                "another hub process is syncing this stream.",
                fix="Wait for it to end, or see `hub status` for who holds it.",
            )
        self._renewed = time.monotonic()

    def _keep_lease(self) -> None:
        if self.job.cancelled():
            raise Cancelled("the run was stopped.", fix="Stored pages are kept; the next run goes on after them.")
        if self.lease and time.monotonic() - self._renewed > LEASE_TTL.total_seconds() / 3:
            self.store.renew(self.lease, LEASE_TTL)
            self._renewed = time.monotonic()

    def _open_seen(self, span: Span) -> Span:
        """Open the list of seen keys where silence will have to mean deletion; start over if it is not whole."""
        if self.job.stream.mode is not Mode.SNAPSHOT:
            return span
        held = self.store.held(self.job.source)
        if not span.needs_seen(any(held.get(entity, 0) for entity in self._entities)):
            return span
        path = (
            self.job.state_dir
            / "seen"
            / f"{self.job.source}-{self.job.stream.name}{'-dry' if self.job.dry_run else ''}.db"
        )
        if not span.resumed:
            path.unlink(missing_ok=True)
        self.seen = SeenKeys(path)
        if span.resumed and not self.seen.covers(span.pages_before):
            self.seen.close(forget=True)
            self.seen = SeenKeys(path)
            return span.restarted(_now())
        return span

    def _consume(self, span: Span, state: StreamState, fingerprint: str) -> None:
        request = ReadRequest(
            self.job.stream, span.since, span.until, state=state.state, resume=span.resume, full=span.full
        )
        numbers = iter(range(span.pages_before + 1, 1 << 62))
        self.flow = Flow(
            lambda: self.job.connector.read(request), lambda page: self._map(page, next(numbers)), self.job.where
        )
        for fetched in self.flow.results(self._keep_lease):
            self._store_page(fetched, span, state, fingerprint)
            self.tally.require_few_rejects(self.job.max_reject_share, self.job.where)
            if self.job.progress:
                self.job.progress(self.tally)

    def _map(self, page: Page, number: int) -> _Fetched:
        mapped = mapping.apply(self.job.maps, page.rows)
        mapped.rejects += page.rejects
        mapped.rows += len(page.rejects)
        if self.job.before_merge:
            for batch in mapped.batches:
                refused = self.job.before_merge(self.job.source, self.job.stream.name, batch)
                if refused:
                    mapped.rejects += batch.refuse(refused)
        if self.seen:
            self.seen.add(number, mapped)
        sample = page.rows[:_DRIFT_SAMPLE]
        drift = frozenset(mapping.unmapped(self.job.maps, sample)) if len(sample) else frozenset[str]()
        return _Fetched(number, page, mapped, drift)

    def _store_page(self, fetched: _Fetched, span: Span, state: StreamState, fingerprint: str) -> None:
        page, mapped = fetched.page, fetched.mapped
        span.saw(page, mapped.rows)
        at = _now()
        with self.store.page(self._run, self.lease, at) as writer:
            counts = _merge(writer, mapped)
            for entity, ids in page.deleted.items():
                counts.setdefault(entity, Counts()).deleted += writer.delete(entity, ids)
            writer.quarantine(mapped.rejects, origin=page.origin, first_row=page.first_row)
            for entity, count in (counts or {self._main_entity: Counts()}).items():
                unrouted = mapped.unrouted if entity == next(iter(counts), entity) else 0
                writer.ledger(
                    PageEntry(fetched.number, entity, mapped.rows, unrouted, count, page.origin, page.first_row, at)
                )
            writer.save_state(next_state(state, span, fetched.number, fingerprint))
        self._count(fetched, counts)

    def _count(self, fetched: _Fetched, counts: dict[str, Counts]) -> None:
        for entity, count in counts.items():
            self.tally.add(entity, count)
        self.tally.rows += fetched.mapped.rows
        self.tally.unrouted += fetched.mapped.unrouted
        self.tally.pages += 1
        if self.tally.first_reject is None and fetched.mapped.rejects:
            self.tally.first_reject = fetched.mapped.rejects[0]
        for name in sorted(fetched.drift):
            note = f"field not mapped: {name}"
            if note not in self._run.notes:
                self._run.notes.append(note)

    # -- the end -----------------------------------------------------------------------------------------------

    def _complete(self, span: Span, state: StreamState, fingerprint: str) -> None:
        self._run.source_total = span.total
        require_complete(span.rows, span.total, self.job.where)
        if self.job.stream.mode is Mode.SNAPSHOT and span.proves_absence:
            self._delete_absent(span)
        if not self.job.dry_run:
            self._save_completed(span, state, fingerprint)
        self.completed = True
        self._close_run("partial" if self.tally.total.quarantined else "ok")

    def _save_completed(self, span: Span, state: StreamState, fingerprint: str) -> None:
        with self.store.page(self._run, self.lease, _now()) as writer:
            writer.save_state(span.completed_state(state, fingerprint, _now()))

    def _delete_absent(self, span: Span) -> None:
        if self.seen is None:
            return
        held = self.store.held(self.job.source)
        for entity in self._entities:
            counts = self.tally.by_entity[entity]
            if self.seen.has_gap(entity):
                self._run.notes.append(f"{entity}: deletions were not looked for, since a record came without its key")
            elif (
                counts.quarantined
                or span.resumed
                or entity not in self.job.sole_owner
                or self.seen.count(entity) != held.get(entity, 0)
            ):
                self._delete_absent_of(entity, span)

    def _delete_absent_of(self, entity: str, span: Span) -> None:
        held = missing_count = 0
        for ids, missing in self._absent(entity):
            held += len(ids)
            missing_count += len(missing)
        if not self.job.allow_deletes:
            require_plausible_deletes(entity, missing_count, held, self.job.max_delete_share, self.job.where)
        for _, missing in self._absent(entity) if missing_count else ():
            if not missing:
                continue
            at = _now()
            number = span.next_page_number()
            with self.store.page(self._run, self.lease, at) as writer:
                counts = Counts(deleted=writer.delete(entity, missing))
                writer.ledger(PageEntry(number, entity, 0, 0, counts, "absent from a complete snapshot", 0, at))
            self.tally.add(entity, counts)

    def _absent(self, entity: str) -> Iterator[tuple[list[str], list[str]]]:
        """The stream's live keys, a page at a time, each with those that the snapshot has not shown."""
        assert self.seen is not None
        for ids in self.store.live_ids(self.job.source, self.job.stream.name, entity):
            self._keep_lease()
            yield ids, self.seen.absent(entity, ids)

    def fail(self, error: HubError) -> None:
        self.report.error = error
        self._run.error = str(error)
        try:
            self._close_run("cancelled" if isinstance(error, Cancelled) else "failed")
        except HubError as second:
            log.warning("the run's end could not be recorded: %s", second)
        (log.info if isinstance(error, Cancelled) else log.error)("run failed: %s", error)

    def _close_run(self, status: str) -> None:
        run = self._run
        run.status, run.ended_at = status, _now()
        run.counts, run.rows_read, run.rows_unrouted = self.tally.total, self.tally.rows, self.tally.unrouted
        run.pages = self.tally.pages
        self.report.by_entity = dict(self.tally.by_entity)
        if run.id and not isinstance(self.report.error, LeaseLost):
            held = self.store.held(self.job.source)
            run.held = sum(held.get(entity, 0) for entity in self._entities)
            self.store.finish_run(run)
        log.info(
            "run ended: %s",
            status,
            extra={"read": run.counts.read, "inserted": run.counts.inserted, "updated": run.counts.updated,
                   "unchanged": run.counts.unchanged, "quarantined": run.counts.quarantined,
                   "deleted": run.counts.deleted},
        )  # fmt: skip

    def close(self) -> None:
        if self.flow and not self.flow.stop():
            log.warning("a call to the source hangs; it ends with this process")
        if self.seen:
            self.seen.close(forget=self.completed)
        if self.lease:
            try:
                self.store.release(self.lease)
            except HubError as error:
                log.warning("the lease runs out by itself: %s", error)

    @property
    def _entities(self) -> list[str]:
        """The entities the stream yields, the main one first."""
        return list({fields.entity.name: None for fields in self.job.maps})

    @property
    def _main_entity(self) -> str:
        return self._entities[0]


class Cancelled(HubError):
    """Somebody asked the run to stop; it ended after a whole page."""

    exit_code = 130


def _merge(writer: PageWriter, mapped: Mapped) -> dict[str, Counts]:
    """Merge all batches and account for the rejects: entity -> balanced counts."""
    counts: dict[str, Counts] = {}
    for batch in mapped.batches:
        name = batch.entity.name
        counts[name] = counts.get(name, Counts()) + writer.merge(batch)
    for reject in mapped.rejects:
        count = counts.setdefault(reject.entity, Counts())
        count.read += 1
        count.quarantined += 1
    unbalanced = {name: count for name, count in counts.items() if not count.balanced}
    if unbalanced:
        raise RunIncomplete(
            f"the ledger does not balance: {unbalanced}.", fix="Nothing of this page was stored. Please report it."
        )
    return counts


def fingerprint_of(maps: Sequence[FieldMap]) -> str:
    """One text for all maps of a stream, in order."""
    return "-".join(fields.fingerprint() for fields in maps)


def _now() -> datetime:
    return datetime.now(UTC)


__all__ = ["Cancelled", "Job", "Json", "RunReport", "SourceChanged", "holder", "run"]
