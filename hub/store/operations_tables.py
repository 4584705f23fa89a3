"""Tables of operations: schedules, alerts with their deliveries, backfills. What they mean: `hub.store.operations`."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import BigInteger, Index, text
from sqlmodel import Field, SQLModel

from hub.store import table_columns as t

_WAITING = text("done_at IS NULL")


class ScheduleRow(SQLModel, table=True):
    """When each scheduled stream runs next, and what stands in its way."""

    __tablename__ = "hub_schedules"
    __table_args__: ClassVar[Any] = t.KEYED

    source: str = t.text("Name of the connector instance.", key=True)
    stream: str = t.text("Stream; `*` where a pause holds for all of them.", key=True)
    rule: str = t.text("The schedule that `slot_at` was computed with.")
    slot_at: datetime | None = t.utc("The next moment the schedule names.")
    next_at: datetime | None = t.utc("The same with its jitter: when it starts.")
    claimed_at: datetime | None = t.utc("The slot that somebody is running; left behind where he died.")
    retry_at: datetime | None = t.utc("While its source is away: the next try, whatever the schedule says.")
    wanted_at: datetime | None = t.utc("Somebody asked for a run outside of the schedule.")
    started_at: datetime | None = t.utc("Start of the last scheduled run.")
    ended_at: datetime | None = t.utc("Its end.")
    outcome: str = t.text("How it ended: ok, partial, failed, cancelled; empty before the first.")
    failures: int = Field(sa_type=BigInteger, description="Scheduled runs in a row that failed.")
    paused_at: datetime | None = t.utc("Since when it is paused.")
    paused_by: str | None = t.text("Who paused it: a person, or `credentials`.", nullable=True)
    paused_why: str | None = t.text("Why.", nullable=True)


class AlertRow(SQLModel, table=True):
    """What somebody was told: one row for each outage, with its end."""

    __tablename__ = "hub_alerts"
    __table_args__: ClassVar[Any] = (
        Index("uq_hub_alerts_open", "key", unique=True, sqlite_where=t.OPEN, postgresql_where=t.OPEN),
    )

    id: int | None = t.number("Alert number.")
    key: str = t.text("What is wrong, and where: open once only.")
    kind: str = t.text("failure, outage, credentials, expiry, overdue, quarantine, completeness, check, silence ...")
    severity: str = t.text("error or warning.")
    source: str = t.text("Name of the connector instance; empty where it is about the hub.")
    stream: str = t.text("Stream; empty where it is about the whole system.")
    title: str = t.text("One line.")
    detail: str = t.text("What happened.")
    fix: str = t.text("What to do.")
    opened_at: datetime = t.utc("When it was first seen.", nullable=False)
    ended_at: datetime | None = t.utc("When it was over.")


class DeliveryRow(SQLModel, table=True):
    """An alert on its way to people: one row for its beginning and one for its end, for each channel."""

    __tablename__ = "hub_deliveries"
    __table_args__: ClassVar[Any] = (
        Index("ix_hub_deliveries_waiting", "next_at", sqlite_where=_WAITING, postgresql_where=_WAITING),
        t.KEYED,
    )

    alert_id: int = Field(primary_key=True, sa_type=BigInteger, description="Alert.")
    event: str = t.text("opened or ended.", key=True)
    channel: str = t.text("Name of the channel.", key=True)
    attempts: int = Field(sa_type=BigInteger, description="How often it was tried.")
    next_at: datetime = t.utc("When it is tried next.", nullable=False)
    done_at: datetime | None = t.utc("When it was delivered, or given up.")
    error: str = t.text("Why the last try failed; empty where none did.")


class BackfillRow(SQLModel, table=True):
    """A stretch of the past that is read again, beside the stream's own runs."""

    __tablename__ = "hub_backfills"

    id: int | None = t.number("Backfill number.")
    source: str = t.text("Name of the connector instance.")
    stream: str = t.text("Stream.")
    since: datetime = t.utc("Inclusive lower bound.", nullable=False)
    until: datetime = t.utc("Upper bound.", nullable=False)
    status: str = t.text("waiting, running, stopped, done, failed or cancelled.")
    asked_at: datetime = t.utc("When somebody asked for it.", nullable=False)
    started_at: datetime | None = t.utc("When it was first begun.")
    ended_at: datetime | None = t.utc("When it came to its end.")
    cancel_at: datetime | None = t.utc("When somebody asked to cancel it.")
    counted: int | None = Field(default=None, sa_type=BigInteger, description="Rows that the source counted before.")
    rows: int = Field(sa_type=BigInteger, description="Rows read so far.")
    error: str = t.text("Why it failed; empty where it did not.")


OPERATIONS_TABLES = (ScheduleRow, AlertRow, DeliveryRow, BackfillRow)
