"""What is to be run, and how a run ended."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from hub.errors import HubError
from hub.mapping import FieldMap
from hub.model.batch import Mapped, Reject
from hub.sdk.connector import Connector, Stream
from hub.store.base import Counts, Run, Store
from sync_jobs.ledger import Tally
from sync_jobs.verify import Missed

BeforeMerge = Callable[[str, str, Any], Sequence[Reject]]


@dataclass(frozen=True)
class Job:
    """One stream of one connector instance, with the admin's maps and limits.

    lane           a name for a position of its own, beside that of the stream, which it leaves alone: a backfill
    until          latest moment that is asked for; now where it is not given
    verify         read everything again, repair what differs, and tell how much of it the runs before had missed
    start          earliest moment the admin wants; older rows are not asked for
    allow_deletes  the admin confirms that as many rows as are missing are really gone at the source
    sole_owner     entities that no other stream of this connector writes: there, equal counts can be a proof
    siblings       streams that bring records of the main entity as well: what is held is theirs, too. None where their
                   counts cannot be added up
    """

    source: str
    connector: Connector[Any]
    stream: Stream
    maps: tuple[FieldMap, ...]
    sync_id: str
    full: bool = False
    verify: bool = False
    dry_run: bool = False
    start: datetime | None = None
    overlap: timedelta | None = None
    max_reject_share: float = 0.2
    max_delete_share: float = 0.5
    max_pages: int = 1_000_000
    allow_deletes: bool = False
    state_dir: Path = Path("var")
    before_merge: BeforeMerge | None = None
    cancelled: Callable[[], bool] = lambda: False
    progress: Callable[[Tally], None] | None = None
    sole_owner: frozenset[str] = frozenset()
    siblings: tuple[str, ...] | None = ()
    lane: str = ""
    until: datetime | None = None

    @property
    def position(self) -> str:
        """Under which name its position and its lease are kept."""
        return self.lane or self.stream.name

    @property
    def where(self) -> str:
        return f"{self.source}/{self.stream.name}"

    @property
    def entities(self) -> list[str]:
        """The entities the stream yields, the main one first."""
        return list({fields.entity.name: None for fields in self.maps})


def rows_tell_records(maps: Sequence[FieldMap]) -> bool:
    """Whether just one map makes the main entity: then rows tell how many records they are, one each, or all elements
    of a list, and the source's count of rows can be held against the records held."""
    return sum(fields.entity.name == maps[0].entity.name for fields in maps) == 1


def is_row_a_record(maps: Sequence[FieldMap]) -> bool:
    """Whether each row, whatever it holds, is one record of the main entity."""
    return rows_tell_records(maps) and maps[0].each is None and not maps[0].where


def siblings_of(name: str, streams: Mapping[str, Sequence[FieldMap]]) -> tuple[str, ...] | None:
    """The other streams that write the main entity of stream `name`; None where one of them counts something else."""
    main = streams[name][0].entity.name
    others = [
        other for other, maps in streams.items() if other != name and any(each.entity.name == main for each in maps)
    ]
    alike = all(rows_tell_records(streams[other]) and streams[other][0].entity.name == main for other in others)
    return tuple(others) if alike else None


def counted_with(
    store: Store, source: str, own: int | None, maps: Sequence[FieldMap], siblings: tuple[str, ...] | None
) -> int | None:
    """What the source counts of a stream's main entity, all its streams together: the figure to hold against the
    records held. None where it is not known."""
    if own is None or siblings is None or not rows_tell_records(maps):
        return None
    others = [store.stream_state(source, sibling).source_total for sibling in siblings]
    known = [other for other in others if other is not None]
    return own + sum(known) if len(known) == len(others) else None


def left_out(maps: Sequence[FieldMap], mapped: Mapped) -> int:
    """How many more rows a page has than records of the main entity: the source counts what the map's `where` keeps
    out, and it shall be no record. Below zero where a row holds several."""
    if is_row_a_record(maps) or not rows_tell_records(maps):
        return 0
    main = maps[0].entity.name
    made = sum(len(batch) for batch in mapped.batches if batch.entity.name == main)
    return mapped.rows - made - sum(reject.entity == main for reject in mapped.rejects)


@dataclass
class RunReport:
    """How a run ended, for people, hooks and exit codes.

    error         None where all was read
    held          live records of the stream's main entity afterwards; None where it was not looked at
    source_total  the source's own count of the same, however old; None where it tells none, or counts something else
    missed        what a verifying run found; None for others
    seconds       of all attempts together
    """

    run: Run
    by_entity: dict[str, Counts] = field(default_factory=dict)
    error: HubError | None = None
    held: int | None = None
    source_total: int | None = None
    missed: Missed | None = None
    seconds: float = 0.0
    attempts: int = 1

    @property
    def ok(self) -> bool:
        return self.error is None

    @property
    def exit_code(self) -> int:
        if self.error is not None:
            return self.error.exit_code
        return 1 if self.run.counts.quarantined else 0


class Cancelled(HubError):
    """Somebody asked the run to stop; it ended after a whole page."""

    exit_code = 130
