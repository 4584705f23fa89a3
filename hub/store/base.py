"""The store's contract: one behaviour on SQLite and PostgreSQL, proven by the same tests on both.

Writing goes page by page: all that a page changes (records, children, tombstones, history, quarantine, ledger, cursor)
is one transaction, guarded by the run's lease. Reading serves the ledger's commands, the replica and identity.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self

from hub.model.batch import Batch, Reject
from hub.store.identity import IdentityStore

Json = dict[str, Any]


@dataclass(slots=True)
class Counts:
    """What became of the records of a page or a run. `read` must equal the sum of the other six.

    inserted     not held before (or held as deleted, and back again)
    updated      held, and different
    unchanged    held, and the same; the row was not touched
    superseded   older than what is held; the row was not touched
    duplicate    came again within the page, or belongs to a parent that did; the last one counts
    quarantined  refused by a rule
    """

    read: int = 0
    inserted: int = 0
    updated: int = 0
    unchanged: int = 0
    superseded: int = 0
    duplicate: int = 0
    quarantined: int = 0
    deleted: int = 0

    def __add__(self, other: Counts) -> Counts:
        return Counts(
            self.read + other.read,
            self.inserted + other.inserted,
            self.updated + other.updated,
            self.unchanged + other.unchanged,
            self.superseded + other.superseded,
            self.duplicate + other.duplicate,
            self.quarantined + other.quarantined,
            self.deleted + other.deleted,
        )

    @property
    def balanced(self) -> bool:
        accounted = self.inserted + self.updated + self.unchanged + self.superseded + self.duplicate + self.quarantined
        return self.read == accounted


@dataclass
class StreamState:
    """Where a stream stands. `cursor` and `state` move when a run completes, `resume` with every page.

    resume_since / resume_until   the bounds of the run that `resume` belongs to
    map_fingerprint               the maps the data was made with; a change asks for a full read
    """

    cursor: datetime | None = None
    state: Json = field(default_factory=dict)
    resume: Json | None = None
    resume_since: datetime | None = None
    resume_until: datetime | None = None
    map_fingerprint: str = ""
    last_complete_at: datetime | None = None
    source_total: int | None = None
    source_total_at: datetime | None = None


class Lease(NamedTuple):
    """The right to write one stream. `token` grows with each new holder: a write with an old token is refused."""

    source: str
    stream: str
    holder: str
    token: int


NOT_MAPPED = "fields not mapped: "
"""How the note of a run begins that names the source's own fields which carry data, and which no map looks at."""


@dataclass
class Run:
    """One reading of one stream. `sync_id` groups the runs of one `hub sync`."""

    id: int
    sync_id: str
    source: str
    stream: str
    mode: str
    kind: str
    """sync, full, dry-run, backfill, verify, retry"""
    started_at: datetime
    since: datetime | None
    until: datetime
    ended_at: datetime | None = None
    status: str = "running"
    """running, ok, partial (some quarantined), failed, cancelled, crashed"""
    rows_read: int = 0
    rows_unrouted: int = 0
    pages: int = 0
    source_total: int | None = None
    counts: Counts = field(default_factory=Counts)
    held: int | None = None
    """Rows of the stream held (not deleted) after the run, over all its entities."""
    error: str = ""
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class PageEntry:
    """One line of the completeness ledger: one entity of one page."""

    number: int
    entity: str
    rows: int
    unrouted: int
    counts: Counts
    origin: str
    first_row: int
    at: datetime


@dataclass(frozen=True)
class QuarantineEntry:
    """A record that waits for somebody. `times_seen` grows when the source sends it again unmended."""

    id: int
    source: str
    stream: str
    entity: str
    source_id: str | None
    field: str
    rule: str
    reason: str
    origin: str
    row_number: int
    raw: Json
    run_id: int
    first_seen_at: datetime
    last_seen_at: datetime
    times_seen: int
    status: str
    """open, resolved (a later run stored it), dropped (a person said so)"""


@dataclass(frozen=True)
class Change:
    """Rows of one entity and source that one page touched. `keys` is None where they were too many to list:
    then all rows whose `run_id` is this run's may have changed."""

    sequence: int
    entity: str
    source: str
    run_id: int
    keys: tuple[str, ...] | None


class PageWriter(ABC):
    """The inside of one page's transaction."""

    @abstractmethod
    def merge(self, batch: Batch) -> Counts:
        """Upsert a batch: only rows that differ are touched, and only the batch's columns; the history notes it.

        An older version loses and counts as superseded; a record without a stamp counts as current. One held as deleted
        comes back and counts as inserted. Of records that come twice the last counts, unless an earlier one has a later
        stamp; children of a copy that does not count are duplicates, too. (So copies of one record with and without
        stamps may count otherwise where a page ends between them.) Children are replaced as a whole; those of a
        parent older than the stored one count as superseded where any child of it is known, and none is deleted.
        """

    @abstractmethod
    def delete(self, entity: str, source_ids: Sequence[str]) -> int:
        """Soft-delete rows of the run's source. Returns how many were live. Their open quarantine entries, of any of
        the source's streams, are resolved: a retry must not bring back what is gone."""

    @abstractmethod
    def quarantine(self, rejects: Sequence[Reject], *, origin: str, first_row: int) -> None:
        """Keep rejected records with their raw rows. The same record again only counts up and opens the entry again;
        `merge` of the mended record, by the same stream, resolves it."""

    @abstractmethod
    def ledger(self, entry: PageEntry) -> None:
        """Add one line to the ledger."""

    @abstractmethod
    def settle(self, ids: Sequence[int], status: str, who: str) -> None:
        """Mark open quarantine entries resolved or dropped; becomes true together with the page."""

    @abstractmethod
    def save_state(self, state: StreamState, lane: str = "") -> None:
        """Move the stream's position, or that of a lane beside it; becomes true together with the page."""

    @abstractmethod
    def erasures(self) -> int:
        """How long the list of erased persons is. It does not grow before the page is committed."""

    @abstractmethod
    def finish_run(self, run: Run) -> None:
        """Record the run's end with its counts; becomes true together with the page."""


class Store(IdentityStore):
    """A place for the canonical copy. Safe to use from several threads only through several stores on one URL."""

    dialect: str
    url: str

    # -- schema
    @abstractmethod
    def upgrade(self) -> list[str]:
        """Bring the schema to this release; returns the revisions that ran."""

    @abstractmethod
    def prepare(self) -> None:
        """Give an empty database its tables; then the same as `require_current`. Costs one query where all is well."""

    @abstractmethod
    def require_current(self) -> None:
        """Raise StoreError with the remedy unless the schema is this release's."""

    # -- leases
    @abstractmethod
    def acquire(self, source: str, stream: str, holder: str, ttl: timedelta) -> Lease | None:
        """The stream's lease, or None while somebody else holds a live one. Time is the database's where it has one."""

    @abstractmethod
    def renew(self, lease: Lease, ttl: timedelta) -> None:
        """Prolong; raises LeaseLost when another holder took over."""

    @abstractmethod
    def release(self, lease: Lease) -> None:
        """Give it back. Nothing happens when its token is no longer the newest."""

    @abstractmethod
    def leases(self) -> list[tuple[Lease, datetime]]:
        """The leases that are held and not expired, each with the moment it expires."""

    # -- runs
    @abstractmethod
    def start_run(self, run: Run) -> Run:
        """Record the start; returns it with its id. Runs a dead holder left `running` become `crashed`; a backfill and
        the stream's own runs go side by side, and leave each other alone."""

    @abstractmethod
    def finish_run(self, run: Run) -> None:
        """Record the end with its counts."""

    @abstractmethod
    def page(self, run: Run, lease: Lease | None, at: datetime) -> AbstractContextManager[PageWriter]:
        """One page's transaction: commits on leaving, rolls back on an exception, raises LeaseLost on a stale lease.
        With `lease=None` (dry run) it always rolls back."""

    @abstractmethod
    def stream_state(self, source: str, stream: str) -> StreamState: ...

    # -- reading
    @abstractmethod
    def runs(self, *, source: str | None = None, stream: str | None = None, limit: int = 50) -> list[Run]:
        """Newest first."""

    @abstractmethod
    def run(self, run_id: int) -> Run | None:
        """One run by its number; None where there is none."""

    @abstractmethod
    def pages(self, run_id: int) -> list[PageEntry]: ...

    @abstractmethod
    def held(self, source: str) -> dict[str, int]:
        """Live rows of a source by entity. A counter that every page keeps true: costs nothing, whatever the size."""

    @abstractmethod
    def columns_in_use(self, entity: str) -> list[str]:
        """Columns that any page ever wrote, in the model's order, with the bookkeeping ones; all others are empty."""

    @abstractmethod
    def live_ids(self, source: str, stream: str, entity: str) -> Iterator[list[str]]:
        """Ids of the live rows that this stream wrote last (their `run_id` is one of its runs), in pages."""

    @abstractmethod
    def quarantined(
        self,
        *,
        source: str | None = None,
        stream: str | None = None,
        status: str | None = "open",
        ids: Sequence[int] | None = None,
        after: int = 0,
        limit: int = 1000,
    ) -> list[QuarantineEntry]:
        """Entries by growing id, beginning behind `after`, so that any number can be read in pages."""

    @abstractmethod
    def open_quarantine(self) -> dict[tuple[str, str], int]:
        """How many entries are open, by (source, stream); streams without any are left out."""

    @abstractmethod
    def settle(self, ids: Sequence[int], status: str, who: str) -> int:
        """Mark quarantine entries resolved or dropped."""

    @abstractmethod
    def changes(self, after: int) -> list[Change] | None:
        """What was touched after this sequence; None when that is no longer known (pruned) and only a rebuild helps."""

    @abstractmethod
    def sequence(self) -> int:
        """The newest change's sequence."""

    @abstractmethod
    def rows(
        self,
        entity: str,
        columns: Sequence[str],
        *,
        source: str | None = None,
        keys: Sequence[str] | None = None,
        run_ids: Sequence[int] | None = None,
    ) -> Iterator[list[tuple[Any, ...]]]:
        """Rows in physical form, in pages of some thousand, from one consistent view."""

    # -- care
    @abstractmethod
    def backup(self, target: Path) -> None:
        """Write a checked copy, also while syncs run. StoreError where the target exists."""

    @abstractmethod
    def prune(self, *, keep_runs_days: int, keep_deleted_days: int | None) -> dict[str, int]:
        """Remove runs that ended longer ago, with their ledger lines and changes, and rows that were deleted longer ago
        (None: keep these). Runs that a held row names stay. Returns how many went, by kind, without the zeros."""

    @abstractmethod
    def close(self) -> None: ...

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.close()
