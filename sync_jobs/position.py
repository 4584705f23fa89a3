"""Where a run starts, what it has seen, and where the next one will start.

The lower bound is inclusive and reaches back by the stream's overlap; the upper bound is fixed before the first
request. The cursor is the highest change stamp seen, by the source's own clock, and never beyond the upper bound: a
stamp from the future must not make the hub jump over what comes before it.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING

from hub.sdk.connector import Mode, Page
from hub.store.base import Json, StreamState

if TYPE_CHECKING:
    from sync_jobs.pipeline import Job


@dataclass
class Span:
    """What one run reads, and what it has seen of it so far (in the run before a crash, too)."""

    since: datetime | None
    until: datetime
    full: bool
    resume: Json | None = None
    resumed: bool = False
    pages_before: int = 0
    rows: int = 0
    total: int | None = None
    cursor: datetime | None = None
    state: Json | None = None
    began_empty: bool | None = None
    """Nothing was held when this reading began, so nothing can be missing at its end."""
    notes: list[str] = field(default_factory=list)
    last_page: int = 0

    def saw(self, page: Page, rows: int) -> None:
        self.rows += rows
        self.resume = page.resume
        self.total = page.total if page.total is not None else self.total
        self.state = page.state if page.state is not None else self.state
        if page.cursor is not None and (self.cursor is None or page.cursor > self.cursor):
            self.cursor = page.cursor

    def needs_seen(self, holds_any: bool) -> bool:
        """Whether absent rows are possible at all, so that keys must be remembered."""
        if self.began_empty is None:
            self.began_empty = not holds_any
        return not self.began_empty

    @property
    def proves_absence(self) -> bool:
        """A snapshot without a page says that nothing has changed; one with pages was read to its end."""
        return self.last_page > 0

    def restarted(self, now: datetime) -> Span:
        """The same reading from its start, since what the crashed run had seen is not known completely."""
        return replace(
            self, until=now, resume=None, resumed=False, pages_before=0, last_page=0, rows=0, total=None, cursor=None, state=None,
            notes=[*self.notes, "the snapshot starts over: the keys of the stopped run are not at hand"],
        )  # fmt: skip

    def next_page_number(self) -> int:
        self.last_page += 1
        return self.last_page

    def completed_state(self, before: StreamState, fingerprint: str, now: datetime) -> StreamState:
        """What the next run starts from."""
        cursor = min(self.cursor, self.until) if self.cursor else before.cursor
        if before.cursor and cursor and not self.full:
            cursor = max(cursor, before.cursor)
        return StreamState(
            cursor=cursor,
            state=self.state if self.state is not None else before.state,
            map_fingerprint=fingerprint,
            last_complete_at=now,
            source_total=self.total if self.total is not None else before.source_total,
            source_total_at=now if self.total is not None else before.source_total_at,
        )


def plan(job: Job, state: StreamState, fingerprint: str, now: datetime) -> Span:
    """The bounds of the next run: on from a stopped run, since the cursor, or everything."""
    changed = bool(state.map_fingerprint) and state.map_fingerprint != fingerprint
    if state.resume is not None and state.resume.get("map") == fingerprint and not job.full:
        return _resumed(state, now)
    full = job.full or changed
    since = None if full or job.stream.mode is Mode.SNAPSHOT else state.cursor
    if since is not None:
        since -= job.overlap if job.overlap is not None else job.stream.overlap
    if job.start is not None and (since is None or since < job.start):
        since = job.start
    notes = ["the map has changed since the last run: everything is read again"] if changed else []
    return Span(since, now, full, notes=notes)


def _resumed(state: StreamState, now: datetime) -> Span:
    saved = state.resume or {}
    cursor = saved.get("cursor")
    return Span(
        state.resume_since,
        state.resume_until or now,
        full=bool(saved.get("full")),
        resume=saved.get("at"),
        resumed=True,
        pages_before=int(saved.get("pages", 0)),
        last_page=int(saved.get("pages", 0)),
        rows=int(saved.get("rows", 0)),
        total=saved.get("total"),
        cursor=datetime.fromisoformat(cursor) if cursor else None,
        state=saved.get("state"),
        began_empty=saved.get("began_empty"),
        notes=[f"goes on after page {saved.get('pages', 0)} of a run that was stopped"],
    )


def next_state(before: StreamState, span: Span, page_number: int, fingerprint: str) -> StreamState:
    """The position after a page: the old cursor, and the place to go on from where the source can."""
    span.last_page = page_number
    if span.resume is None:
        return replace(before, resume=None, resume_since=None, resume_until=None)
    saved: Json = {
        "at": span.resume,
        "pages": page_number,
        "rows": span.rows,
        "full": span.full,
        "total": span.total,
        "cursor": span.cursor.isoformat() if span.cursor else None,
        "state": span.state,
        "began_empty": span.began_empty,
        "map": fingerprint,
    }
    return replace(before, resume=saved, resume_since=span.since, resume_until=span.until)
