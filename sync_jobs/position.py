"""Where a run starts, what it has seen, and where the next one will start.

The lower bound is inclusive and reaches back by the stream's overlap; the upper bound is fixed before the first
request. The cursor is the highest change stamp seen, by the source's own clock, and never beyond the upper bound: a
stamp from the future must not make the hub jump over what comes before it.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING

from hub.sdk.connector import Mode, Page
from hub.store.base import Json, StreamState
from sync_jobs.verify import Missed

if TYPE_CHECKING:
    from sync_jobs.jobs import Job


@dataclass
class Span:
    """What one run reads, and what it has seen of it so far (in the run before a crash, too).

    whole        everything the admin wants is asked for, so the source's count of it is the stream's count
    total        what the source counted last; `lowest_total` and `highest_total` tell whether it moved meanwhile
    repeated     rows of pages that came a second time: read, but no proof of anything
    left_out     rows that are no record of their own: kept out by the main map's `where`, or one more copy of another;
                 so many fewer records than rows are to be held; below zero where a row holds several
    partial      why even a full read does not show all there is; empty where it does
    verify       it is compared with what is held, and `missed` counts what differs
    began_empty  nothing was held, nor in quarantine, when this reading began, so nothing can be missing at its end
    """

    since: datetime | None
    until: datetime
    full: bool
    whole: bool = True
    resume: Json | None = None
    resumed: bool = False
    pages_before: int = 0
    rows: int = 0
    repeated: int = 0
    left_out: int = 0
    total: int | None = None
    lowest_total: int | None = None
    highest_total: int | None = None
    cursor: datetime | None = None
    state: Json | None = None
    began_empty: bool | None = None
    partial: str = ""
    verify: bool = False
    missed: Missed = field(default_factory=Missed)
    notes: list[str] = field(default_factory=list)
    last_page: int = 0

    def saw(self, page: Page, rows: int, repeated: int, left_out: int = 0) -> None:
        self.rows += rows
        self.repeated += repeated
        self.left_out += 0 if repeated else left_out
        self.resume = page.resume
        self.partial = page.partial or self.partial
        self.state = page.state if page.state is not None else self.state
        if page.total is not None:
            self.counted(page.total)
        if page.cursor is not None and (self.cursor is None or page.cursor > self.cursor):
            self.cursor = page.cursor

    def saw_again(self, duplicates: int, *, repeated: bool) -> None:
        """A page held several copies of a record."""
        self.left_out += 0 if repeated else duplicates

    def counted(self, total: int) -> None:
        """The source said how many rows this reading has."""
        self.total = total
        self.lowest_total = total if self.lowest_total is None else min(self.lowest_total, total)
        self.highest_total = total if self.highest_total is None else max(self.highest_total, total)

    @property
    def distinct_rows(self) -> int:
        return self.rows - self.repeated

    @property
    def no_proof_of_absence(self) -> str:
        """Why this reading, though read to its end, does not prove that what it lacks is gone. Empty: it does."""
        if self.since is not None:
            return f"older rows than {self.since:%Y-%m-%d} are not asked for"
        if self.partial:
            return self.partial
        if self.total is not None and self.total < (self.highest_total or 0):
            return "the source lost rows while it was read, which can hide others from a page"
        if self.lowest_total is not None and self.distinct_rows < self.lowest_total:
            return f"{self.distinct_rows} different rows came, and the source counts {self.total}"
        return ""

    def restarted(self, now: datetime, reason: str) -> Span:
        """The same reading from its start. What the stopped run has stored may be missing at the source by now."""
        return Span(
            self.since, max(now, self.until), self.full, whole=self.whole, began_empty=False,
            verify=self.verify, missed=self.missed,
            notes=[*self.notes, f"started over: {reason}"],
        )  # fmt: skip

    def next_page_number(self) -> int:
        self.last_page += 1
        return self.last_page

    def completed_state(self, before: StreamState, fingerprint: str, now: datetime) -> StreamState:
        """What the next run starts from."""
        cursor = min(self.cursor, self.until) if self.cursor else before.cursor
        if before.cursor and cursor and not self.full:
            cursor = max(cursor, before.cursor)
        total, counted_at = self._source_total(before, now)
        return StreamState(
            cursor=cursor,
            state=self.state if self.state is not None else before.state,
            map_fingerprint=fingerprint,
            last_complete_at=now,
            source_total=total,
            source_total_at=counted_at,
        )

    def _source_total(self, before: StreamState, now: datetime) -> tuple[int | None, datetime | None]:
        """The source's count of what should be held: told by a whole reading, kept where nothing came, else no longer
        known."""
        if self.whole and self.total is not None:
            return max(0, self.total - self.left_out), now
        return (before.source_total, before.source_total_at) if not self.rows else (None, None)


def plan(job: Job, state: StreamState, fingerprint: str, now: datetime) -> Span:
    """The bounds of the next run: on from a stopped run, since the cursor, or everything."""
    if _may_go_on(job, state, fingerprint):
        return _resumed(state, now)
    changed = bool(state.map_fingerprint) and state.map_fingerprint != fingerprint
    full = job.full or job.verify or changed
    now = now if job.until is None else min(now, job.until)
    notes = ["the map has changed since the last run: everything is read again"] if changed else []
    since = None if full or job.stream.mode is Mode.SNAPSHOT else state.cursor
    whole = since is None and (full or job.stream.mode is Mode.SNAPSHOT or not state.state)
    if since is not None:
        since -= job.overlap if job.overlap is not None else job.stream.overlap
    if job.start is not None and (since is None or since < job.start):
        since = job.start
    if state.cursor is not None and now < state.cursor:
        notes.append("this machine's clock is behind the newest change read before: is it set right?")
        now = state.cursor
    return Span(since, now, full, whole=whole, verify=job.verify, notes=notes)


def everything(job: Job, span: Span, reason: str, now: datetime) -> Span:
    """In place of a span that cannot be read: all there is, compared with what is held, as a verifying run does."""
    notes = [*span.notes, f"everything is read again and compared: {reason}"]
    return Span(job.start, max(now, span.until), full=True, verify=True, notes=notes)


def _may_go_on(job: Job, state: StreamState, fingerprint: str) -> bool:
    """Whether a run that was stopped does what is asked for now."""
    stopped = state.resume
    if stopped is None or stopped.get("map") != fingerprint or job.full:
        return False
    return "verify" in stopped or not job.verify


def _resumed(state: StreamState, now: datetime) -> Span:
    saved = state.resume or {}
    cursor = saved.get("cursor")
    return Span(
        state.resume_since,
        state.resume_until or now,
        full=bool(saved.get("full")),
        whole=bool(saved.get("whole")),
        resume=saved.get("at"),
        resumed=True,
        pages_before=int(saved.get("pages", 0)),
        last_page=int(saved.get("pages", 0)),
        rows=int(saved.get("rows", 0)),
        repeated=int(saved.get("repeated", 0)),
        left_out=int(saved.get("left_out", 0)),
        total=saved.get("total"),
        lowest_total=saved.get("lowest_total"),
        highest_total=saved.get("highest_total"),
        cursor=datetime.fromisoformat(cursor) if cursor else None,
        state=saved.get("state"),
        began_empty=saved.get("began_empty"),
        partial=saved.get("partial", ""),
        verify="verify" in saved,
        missed=Missed(**saved.get("verify", {})),
        notes=[f"goes on after page {saved.get('pages', 0)} of a run that was stopped"],
    )


def next_state(before: StreamState, span: Span, page_number: int, fingerprint: str) -> StreamState:
    """The position after a page: the old cursor, and the place to go on from where the source can."""
    span.last_page = page_number
    if span.resume is None:
        return without_resume(before)
    saved: Json = {
        "at": span.resume,
        "pages": page_number,
        "rows": span.rows,
        "repeated": span.repeated,
        "full": span.full,
        "whole": span.whole,
        "total": span.total,
        "lowest_total": span.lowest_total,
        "highest_total": span.highest_total,
        "cursor": span.cursor.isoformat() if span.cursor else None,
        "state": span.state,
        "began_empty": span.began_empty,
        "map": fingerprint,
    }
    if span.left_out:
        saved["left_out"] = span.left_out
    if span.partial:
        saved["partial"] = span.partial
    if span.verify:
        saved["verify"] = asdict(span.missed)
    return replace(before, resume=saved, resume_since=span.since, resume_until=span.until)


def without_resume(before: StreamState) -> StreamState:
    """The position with no run to go on from: the next one starts over."""
    return replace(before, resume=None, resume_since=None, resume_until=None)
