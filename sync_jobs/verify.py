"""`hub sync --verify`: everything is read again and compared with what is held; what differs is repaired, and counted.

What differs is not always what the fast path had missed: a record changed since the last run is news, which the next
run would have brought anyway. Its time of change tells the two apart; a child counts with its parent, and a record
without any such time counts as missed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from hub.model.batch import Batch, Mapped
from hub.sdk.connector import Mode, Stream
from hub.store.base import Counts
from hub.store.plain import plain
from hub.store.selection import taken
from hub.store.shape import to_micros
from sync_jobs.ledger import merge

if TYPE_CHECKING:
    from hub.store.base import PageWriter, Run, StreamState
    from sync_jobs.position import Span

_NOTE = re.compile(r"the fast path had missed ([\d,]+) records?: ")


@dataclass
class Missed:
    """What a verifying run found to differ from what was held, over all entities.

    inserted, updated, deleted   repaired; together they are what the runs before had missed
    news                         inserted or updated, but changed after the newest change that those had read
    """

    inserted: int = 0
    updated: int = 0
    deleted: int = 0
    news: int = 0

    @property
    def total(self) -> int:
        return self.inserted + self.updated + self.deleted

    def add(self, counts: Counts, news: Counts) -> None:
        """Take up what became of some records, `news` among them."""
        self.inserted += counts.inserted - news.inserted
        self.updated += counts.updated - news.updated
        self.deleted += counts.deleted - news.deleted
        self.news += news.inserted + news.updated + news.deleted

    def note(self, before: StreamState) -> str:
        """What is said about it at the end of a run, in words: `missed_in` reads it again."""
        records = "1 record" if self.total == 1 else f"{self.total:,} records"
        text = (
            f"the fast path had missed {records}: {self.inserted:,} inserted, {self.updated:,} updated,"
            f" {self.deleted:,} deleted"
        )
        if before.last_complete_at is None:
            return f"{text}, since nothing had been read to its end before"
        if before.cursor is None and not self.total:
            return text
        if before.cursor is None:
            return f"{text}; with all that changed since the last run, since this stream tells no time of change"
        return f"{text}; {self.news:,} more had changed since {before.cursor:%Y-%m-%d %H:%M:%SZ}, which is no miss"


def missed_in(run: Run) -> int | None:
    """How many records a run of the past found missed; None for one that did not verify, or did not get to its end."""
    found = next((match for match in map(_NOTE.match, run.notes) if match), None)
    return int(found[1].replace(",", "")) if found else None


def proves_absence(stream: Stream, span: Span) -> bool:
    """Whether what a complete reading does not show is gone: in a snapshot, and in a verifying run of a source that
    shows all there is. Rows that are only ever added are never taken for deleted."""
    if stream.mode is Mode.SNAPSHOT:
        return True
    if span.verify and stream.mode is Mode.INCREMENTAL and not stream.whole:
        span.notes.append("deletions were not looked for, since this source does not keep what it has handed out")
    return span.verify and stream.mode is Mode.INCREMENTAL and stream.whole


def merge_apart(writer: PageWriter, mapped: Mapped, last_cursor: datetime | None) -> tuple[dict[str, Counts], Counts]:
    """Merge a page, its news first. Returns the counts by entity, and what of them was news."""
    if last_cursor is None:
        return merge(writer, mapped), Counts()
    new, rest = parted(mapped, to_micros(last_cursor))
    news, counts = merge(writer, new), merge(writer, rest)
    for entity, count in news.items():
        counts[entity] = counts.get(entity, Counts()) + count
    return counts, sum(news.values(), Counts())


def parted(mapped: Mapped, last_cursor: int) -> tuple[Mapped, Mapped]:
    """The records that changed after a moment [microseconds], and all others, with what was refused."""
    rows = {
        batch.origin(place)
        for batch in mapped.batches
        for place, stamp in enumerate(_column(batch, "source_updated_at"))
        if stamp is not None and stamp > last_cursor
    }
    new, rest = Mapped(mapped.rows, [], []), Mapped(mapped.rows, [], mapped.rejects)
    for batch in mapped.batches:
        is_new = _new(batch, last_cursor, rows)
        for part, wanted in ((new, True), (rest, False)):
            some = _part(batch, [place for place, each in enumerate(is_new) if each == wanted], last_cursor, wanted)
            if len(some) or (some.replacement and some.replacement.owners):
                part.batches.append(some)
    return new, rest


def _new(batch: Batch, last_cursor: int, rows: set[int]) -> list[bool]:
    """For each record whether it is news. All copies of one that comes twice go together: the store weighs them."""
    if batch.replacement:
        owners = batch.replacement.owners
        return [_is_later(owners.get(owner), last_cursor) for owner in _column(batch, batch.replacement.owner_column)]
    ids, stamps = _column(batch, "source_id"), _column(batch, "source_updated_at")
    news = {
        key
        for place, key in enumerate(ids)
        if (stamps[place] > last_cursor if stamps and stamps[place] is not None else batch.origin(place) in rows)
    }
    return [key in news for key in ids]


def _part(batch: Batch, places: list[int], last_cursor: int, wanted: bool) -> Batch:
    part = taken(batch, places)
    full = batch.replacement
    if full:
        outdated = set(full.outdated)
        part.replacement = replace(
            full,
            owners={owner: at for owner, at in full.owners.items() if _is_later(at, last_cursor) == wanted},
            outdated=[new for new, place in enumerate(places) if place in outdated],
        )
    return part


def _is_later(stamp: int | None, last_cursor: int) -> bool:
    return stamp is not None and stamp > last_cursor


def _column(batch: Batch, name: str) -> list[Any]:
    """A column as a list; empty where the batch has none."""
    return plain(batch.columns[name], 0, len(batch)) if name in batch.columns else []
