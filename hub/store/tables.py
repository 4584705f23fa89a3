"""The hub's own bookkeeping, beside the canonical tables: declared once, for migrations and documentation.

The stores write them through plain SQL; nothing here is imported on the sync path.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import BigInteger, Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from hub.store import table_columns as t

_RUNNING = text("status = 'running'")


class StreamRow(SQLModel, table=True):
    """Where each stream stands: `hub.store.base.StreamState`."""

    __tablename__ = "hub_streams"
    __table_args__: ClassVar[Any] = t.KEYED

    source: str = t.text("Name of the connector instance.", key=True)
    stream: str = t.text("Stream.", key=True)
    cursor: datetime | None = t.utc("Highest change stamp seen by the last complete run.")
    state: dict[str, Any] | None = t.json("What the connector keeps between runs.")
    resume: dict[str, Any] | None = t.json("The place after the last stored page of a run that has not completed.")
    resume_since: datetime | None = t.utc("Lower bound of that run.")
    resume_until: datetime | None = t.utc("Upper bound of that run.")
    map_fingerprint: str = t.text("The maps the data was made with.")
    last_complete_at: datetime | None = t.utc("End of the last complete run.")
    source_total: int | None = Field(default=None, description="The source's own count, when it last told one.")
    source_total_at: datetime | None = t.utc("When it told it.")


class LeaseRow(SQLModel, table=True):
    """Who may write a stream: `hub.store.base.Lease`."""

    __tablename__ = "hub_leases"
    __table_args__: ClassVar[Any] = t.KEYED

    source: str = t.text("Name of the connector instance.", key=True)
    stream: str = t.text("Stream.", key=True)
    holder: str | None = t.text("Host and process; empty when free.", nullable=True)
    token: int = Field(description="Fencing token: grows with each new holder, never goes back.")
    expires_at: datetime | None = t.utc("When another may take over.")


class RunRow(SQLModel, table=True):
    """Every reading of a stream: `hub.store.base.Run`."""

    __tablename__ = "hub_runs"
    __table_args__: ClassVar[Any] = (
        Index("ix_hub_runs_stream", "source", "stream", "id"),
        Index("ix_hub_runs_running", "source", "stream", sqlite_where=_RUNNING, postgresql_where=_RUNNING),
    )

    id: int | None = Field(default=None, primary_key=True, description="Run number.")
    sync_id: str = t.text("Groups the runs of one sync.")
    source: str = t.text("Name of the connector instance.")
    stream: str = t.text("Stream.")
    mode: str = t.text("incremental, snapshot or append.")
    kind: str = t.text("sync, full, backfill, verify or retry.")
    status: str = t.text("running, ok, partial, failed, cancelled or crashed.")
    started_at: datetime = t.utc("Start.", nullable=False)
    ended_at: datetime | None = t.utc("End.")
    since: datetime | None = t.utc("Inclusive lower bound of what was asked for.")
    until: datetime = t.utc("Upper bound, fixed before the first request.", nullable=False)
    rows_read: int = Field(default=0, description="Source rows read.")
    rows_unrouted: int = Field(default=0, description="Source rows that no map asked for.")
    pages: int = Field(default=0, description="Pages stored.")
    source_total: int | None = Field(default=None, description="The source's own count of what was asked for.")
    read: int = Field(default=0, description="Records made of the rows.")
    inserted: int = Field(default=0, description="Records not held before.")
    updated: int = Field(default=0, description="Records held, and different.")
    unchanged: int = Field(default=0, description="Records held, and the same.")
    superseded: int = Field(default=0, description="Records older than what is held.")
    duplicate: int = Field(default=0, description="Records that came again within their page.")
    quarantined: int = Field(default=0, description="Records refused by a rule.")
    deleted: int = Field(default=0, description="Records soft-deleted.")
    held: int | None = Field(default=None, description="Live records of the stream's entities after the run.")
    error: str = t.text("Why it failed, in one or two sentences.")
    notes: list[str] | None = t.json("What else somebody should know.")


class PageRow(SQLModel, table=True):
    """The completeness ledger: one row for each entity of each page: `hub.store.base.PageEntry`."""

    __tablename__ = "hub_pages"
    __table_args__: ClassVar[Any] = t.KEYED

    run_id: int = Field(primary_key=True, description="Run.")
    number: int = Field(primary_key=True, description="Page, counted from 1.")
    entity: str = t.text("Canonical entity.", key=True)
    rows: int = Field(description="Source rows of the page.")
    unrouted: int = Field(description="Source rows that no map asked for.")
    read: int = Field(description="Records made of them.")
    inserted: int = Field(description="Records not held before.")
    updated: int = Field(description="Records held, and different.")
    unchanged: int = Field(description="Records held, and the same.")
    superseded: int = Field(description="Records older than what is held.")
    duplicate: int = Field(description="Records that came again within the page.")
    quarantined: int = Field(description="Records refused by a rule.")
    deleted: int = Field(description="Records soft-deleted.")
    origin: str = t.text("Where the rows lie, for people.")
    first_row: int = Field(description="Number of the page's first row within the origin.")
    at: datetime = t.utc("When the page was stored.", nullable=False)


class QuarantineRow(SQLModel, table=True):
    """Records that wait for somebody: `hub.store.base.QuarantineEntry`."""

    __tablename__ = "hub_quarantine"
    __table_args__: ClassVar[Any] = (
        UniqueConstraint("source", "stream", "entity", "record_key", "field", "rule", name="uq_hub_quarantine_record"),
        Index("ix_hub_quarantine_open", "status", "source", "stream", "entity", "source_id"),
    )

    id: int | None = t.number("Entry number.")
    source: str = t.text("Name of the connector instance.")
    stream: str = t.text("Stream.")
    entity: str = t.text("Canonical entity.")
    record_key: str = t.text("The record's source_id, or a digest of the raw row where it has none.")
    source_id: str | None = t.text("The record's source_id, where it is known.", nullable=True)
    field: str = t.text("Column that broke the rule.")
    rule: str = t.text("Rule.")
    reason: str = t.text("Why, in one plain sentence.")
    origin: str = t.text("Where the row lies, for people.")
    row_number: int = Field(description="Number of the row within the origin.")
    raw: dict[str, Any] | None = t.json("The source row, untouched.")
    run_id: int = Field(description="The run that last saw it.")
    first_seen_at: datetime = t.utc("When it was first refused.", nullable=False)
    last_seen_at: datetime = t.utc("When it was last refused.", nullable=False)
    times_seen: int = Field(default=1, description="How often the source sent it unmended.")
    status: str = t.text("open, resolved or dropped.")
    settled_at: datetime | None = t.utc("When it was resolved or dropped.")
    settled_by: str | None = t.text("Who or what resolved or dropped it.", nullable=True)


class HeldRow(SQLModel, table=True):
    """How many live records of each entity each source holds: kept true by every page, so that nobody has to count."""

    __tablename__ = "hub_held"
    __table_args__: ClassVar[Any] = t.KEYED

    source: str = t.text("Name of the connector instance.", key=True)
    entity: str = t.text("Canonical entity.", key=True)
    rows: int = Field(description="Live records.")


class ColumnRow(SQLModel, table=True):
    """Columns that were ever written: all others are empty, and need not be copied to the replica."""

    __tablename__ = "hub_columns"
    __table_args__: ClassVar[Any] = t.KEYED

    entity: str = t.text("Canonical entity.", key=True)
    name: str = t.text("Column.", key=True)


class ChangeRow(SQLModel, table=True):
    """What each page touched, for the replica and for identity: `hub.store.base.Change`."""

    __tablename__ = "hub_changes"

    sequence: int | None = Field(default=None, primary_key=True, description="Grows with each change.")
    entity: str = t.text("Canonical entity.")
    source: str = t.text("Name of the connector instance.")
    run_id: int = Field(description="Run.")
    keys: list[str] | None = t.json("The touched source_ids; empty where they were too many to list.")


class MarkRow(SQLModel, table=True):
    """Numbers that outlive the rows they are about: `changes_pruned_to` is the last change that is no longer listed."""

    __tablename__ = "hub_marks"
    __table_args__: ClassVar[Any] = t.KEYED

    name: str = t.text("Name of the mark.", key=True)
    value: int = Field(sa_type=BigInteger, description="Its value.")


BOOKKEEPING_TABLES = (
    StreamRow,
    LeaseRow,
    RunRow,
    PageRow,
    QuarantineRow,
    HeldRow,
    ColumnRow,
    ChangeRow,
    MarkRow,
)
