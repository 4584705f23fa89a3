"""The sync path: one run of one stream, from its beginning to its end. What its pages become is in `pages.py`.

A run holds the stream's lease throughout. Stopped anywhere, it leaves whole pages and the place to go on from; what it
repeats changes nothing. Only a run that saw the end of its source moves the cursor and deletes what a snapshot missed.
A dry run goes the same way, but writes nothing: neither runs nor leases, and every page is rolled back.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from pathlib import Path

from hub import log as hub_log
from hub.errors import HubError, LeaseLost, SourceChanged, StateExpired
from hub.mapping import FieldMap
from hub.sdk import tracing
from hub.sdk.connector import Page
from hub.store.base import NOT_MAPPED, PageWriter, Run, Store, StreamState
from sync_jobs.absent import AbsentRows
from sync_jobs.flow import Flow
from sync_jobs.guard import LoopGuard
from sync_jobs.jobs import Cancelled, Job, RunReport, counted_with
from sync_jobs.lease import HeldLease
from sync_jobs.pages import Fetched, Pages
from sync_jobs.position import Span, everything, plan, without_resume
from sync_jobs.reading import Reader
from sync_jobs.seen import LastSums, SeenKeys
from sync_jobs.verdict import Verdict
from sync_jobs.verify import proves_absence

log = logging.getLogger(__name__)

_MAX_NOTES = 50
"""Notes a run keeps."""
_MAX_NAMES = 40
"""Fields nobody maps that a run names."""


def run(job: Job, store: Store) -> RunReport:
    """Run one stream to its end, or to its first error. Never raises a HubError: it is in the report."""
    started = time.monotonic()
    execution = _Execution(job, store)
    with tracing.span("sync run", hub_source=job.source, hub_stream=job.stream.name, hub_sync=job.sync_id) as span:
        try:
            execution.run()
        except HubError as error:
            execution.fail(error.at(job.where))
        finally:
            execution.close()
        report = execution.report
        for name in ("id", "kind", "status", "rows_read", "pages"):
            span.set_attribute(f"hub.run.{name}", getattr(report.run, name))
    report.seconds = time.monotonic() - started
    return report


class _Execution:
    """The state of one run while it lasts."""

    def __init__(self, job: Job, store: Store) -> None:
        self.job = job
        self.store = store
        self.held: HeldLease | None = None
        self.reader: Reader | None = None
        self.state = StreamState()
        self.fingerprint = fingerprint_of(job.maps)
        self.verdict = Verdict()
        self.pages = Pages(job, store, self.fingerprint, self.verdict, self._page, self._note, _now)
        now = _now()
        kind = "dry-run" if job.dry_run else "backfill" if job.lane else "full" if job.full else "sync"
        self._run = Run(0, job.sync_id, job.source, job.stream.name, job.stream.mode.value, kind, now, None, now)
        self.report = RunReport(self._run)

    # -- the run -----------------------------------------------------------------------------------------------

    def run(self) -> None:
        if not self.job.dry_run:
            self.held = HeldLease(self.store, self.job.source, self.job.position)
        self.state = self.store.stream_state(self.job.source, self.job.position)
        self.pages.begin(self.state)
        span = self._open_seen(plan(self.job, self.state, self.fingerprint, _now()))
        self._run.since, self._run.until = span.since, span.until
        if span.verify:
            self.report.missed = span.missed
        if not self.job.dry_run:
            self._run.kind = "verify" if span.verify else self._run.kind
            self._run = self.report.run = self.store.start_run(self._run)
        self._note(span.notes)
        with hub_log.context(run_id=self._run.id):
            self._read(span)

    def _read(self, span: Span) -> None:
        log.info("run started", extra={"since": str(span.since or "the beginning"), "mode": self.job.stream.mode.value})
        try:
            span = self._read_on(span)
        except StateExpired as error:
            if span.verify or self.pages.tally.pages:
                raise
            log.warning("%s", error)
            span = self._open_seen(everything(self.job, span, error.problem, _now()))
            self._note(span.notes)
            self._consume(span)
        self._complete(span)

    def _read_on(self, span: Span) -> Span:
        """Read the span, from its start where the source no longer knows the place that a stopped run left."""
        try:
            self._consume(span)
        except StateExpired:
            raise
        except SourceChanged as error:
            if not span.resumed or self.pages.tally.pages:
                raise
            span = self._start_over(span, f"the source no longer knows the place after page {span.pages_before}")
            log.warning("%s", error)
            self._note(span.notes)
            self._consume(span)
        return span

    def _still_ours(self) -> None:
        """Between pages, and while none comes: stop where somebody asked for it, and keep the lease alive."""
        if self.job.cancelled():
            raise Cancelled("the run was stopped.", fix="Stored pages are kept; the next run goes on after them.")
        if self.held:
            self.held.keep()

    def _open_seen(self, span: Span) -> Span:
        """Open the list of seen keys where silence will have to mean deletion; start over if it is not whole."""
        if not proves_absence(self.job.stream, span):
            return span
        if span.began_empty is None:
            held, waiting = self.store.held(self.job.source), self.store.open_quarantine()
            key = (self.job.source, self.job.stream.name)
            span.began_empty = key not in waiting and not any(held.get(entity, 0) for entity in self.job.entities)
        self.pages.seen = SeenKeys(self._seen_path, keep=not span.began_empty, resumed=span.resumed)
        if span.began_empty or not span.resumed or self.pages.seen.covers(span.pages_before):
            return span
        return self._start_over(span, "the keys that the stopped run had seen are not at hand")

    def _start_over(self, span: Span, reason: str) -> Span:
        if self.pages.seen:
            self.pages.seen.close(forget=True)
            self.pages.seen = SeenKeys(self._seen_path)
        return span.restarted(_now(), reason)

    @property
    def _seen_path(self) -> Path:
        name = f"{self.job.source}-{self.job.stream.name}.jsonl"
        if self.job.dry_run:
            from tempfile import gettempdir

            return Path(gettempdir()) / f"hub-dry-run-{self.job.sync_id}-{name}"
        return self.job.state_dir / "seen" / name

    def _consume(self, span: Span) -> None:
        numbers = iter(range(span.pages_before + 1, 1 << 62))
        guard = LoopGuard(self.job.max_pages, self.job.where)
        self.reader = reader = Reader(self.job, span, self.state)
        flow: Flow[Page, Fetched] = Flow(
            reader.pages,
            lambda page: self.pages.map(page, next(numbers), guard),
            self.job.where,
            weigh=lambda fetched: sum(map(len, fetched.mapped.batches)),
        )
        try:
            for group in flow.groups(self._still_ours):
                self.pages.put(group, span)
                if self.job.progress:
                    self.job.progress(self.pages.tally)
        finally:
            if not flow.stop():
                log.warning("a call to the source hangs; it ends with this process")
        with self.verdict.on_the_whole():
            reader.require_complete()

    def _page(self, at: datetime) -> AbstractContextManager[PageWriter]:
        return self.store.page(self._run, self.held.lease if self.held else None, at)

    # -- the end -----------------------------------------------------------------------------------------------

    def _complete(self, span: Span) -> None:
        self._run.source_total = span.total
        if span.repeated:
            self._note([f"{span.repeated} rows came in pages that had come before"])
        if self.pages.seen and span.last_page:  # a snapshot without a page says that nothing has changed
            self._delete_absent(span, self.pages.seen)
        if self.pages.told_of_erased:
            self._note([f"{self.pages.told_of_erased} records tell of persons who were erased; personal data left out"])
        if span.verify:
            self._run.notes.insert(0, span.missed.note(self.state))
        status = "partial" if self.pages.tally.total.quarantined else "ok"
        if self.job.dry_run:
            self._close_run(status)
        else:
            self._save_completed(span, status)
        if self.pages.seen:
            self.pages.seen.close(forget=True)
            self.pages.seen = None

    def _delete_absent(self, span: Span, seen: SeenKeys) -> None:
        last = LastSums(self._seen_path.with_suffix(".sums"))
        absent = AbsentRows(
            self.job, self.store, seen, last, span, self.pages.tally, self._page, _now, self._still_ours
        )  # fmt: skip
        before = self.pages.tally.total
        with self.verdict.on_the_whole():
            absent.delete()
        span.missed.deleted += self.pages.tally.total.deleted - before.deleted
        self._note(absent.notes)

    def _save_completed(self, span: Span, status: str) -> None:
        """The new position and the run's end, together: a run that is not over has not moved the position."""
        after = span.completed_state(self.state, self.fingerprint, _now())
        if self.reader:
            after = after if self.job.lane else self.reader.recounted(after, _now())
            self._note(self.reader.notes)
        self._end_run(status)
        with self._page(_now()) as writer:
            writer.save_state(after, self.job.lane)
            writer.finish_run(self._run)
        job = self.job
        self.report.source_total = counted_with(self.store, job.source, after.source_total, job.maps, job.siblings)
        self._log_end()

    def fail(self, error: HubError) -> None:
        self.report.error = error
        self._run.error = str(error)
        log.info("run failed: %s", error)
        try:
            if not self.verdict.may_resume and self.held:
                with self._page(_now()) as writer:
                    writer.save_state(without_resume(self.state), self.job.lane)
            self._close_run("cancelled" if isinstance(error, Cancelled) else "failed")
        except HubError as second:
            log.warning("the run's end could not be recorded: %s", second)

    def _close_run(self, status: str) -> None:
        self._end_run(status)
        if self._run.id and not isinstance(self.report.error, LeaseLost):
            self.store.finish_run(self._run)
        self._log_end()

    def _end_run(self, status: str) -> None:
        """The run as it stands at its end; nothing of that is stored yet."""
        run = self._run
        if self.pages.unmapped:
            more = f" and {len(self.pages.unmapped) - _MAX_NAMES} more" if len(self.pages.unmapped) > _MAX_NAMES else ""
            self._note([f"{NOT_MAPPED}{', '.join(sorted(self.pages.unmapped)[:_MAX_NAMES])}{more}"])
        run.status, run.ended_at = status, _now()
        run.counts, run.rows_read, run.rows_unrouted = (
            self.pages.tally.total,
            self.pages.tally.rows,
            self.pages.tally.unrouted,
        )
        run.pages = self.pages.tally.pages
        self.report.by_entity = dict(self.pages.tally.by_entity)
        if run.id and not isinstance(self.report.error, LeaseLost):
            held = self.store.held(self.job.source)
            self.report.held = held.get(self.job.entities[0], 0)
            run.held = sum(held.get(entity, 0) for entity in self.job.entities)

    def _log_end(self) -> None:
        counts = self._run.counts
        log.info(
            "run ended: %s",
            self._run.status,
            extra={
                "read": counts.read, "inserted": counts.inserted, "updated": counts.updated,
                "unchanged": counts.unchanged, "quarantined": counts.quarantined, "deleted": counts.deleted,
            },
        )  # fmt: skip

    def close(self) -> None:
        if self.pages.seen:
            self.pages.seen.close(forget=self.job.dry_run or not self.verdict.may_resume)
        if self.held:
            self.held.release()

    def _note(self, notes: Sequence[str]) -> None:
        for note in notes:
            if note not in self._run.notes and len(self._run.notes) < _MAX_NOTES:
                self._run.notes.append(note)


def fingerprint_of(maps: Sequence[FieldMap]) -> str:
    """One text for all maps of a stream, in order."""
    return "-".join(fields.fingerprint() for fields in maps)


def _now() -> datetime:
    return datetime.now(UTC)


__all__ = ["Cancelled", "Job", "RunReport", "fingerprint_of", "run"]
