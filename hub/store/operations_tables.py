"""Tables of operations: schedules, alerts with their deliveries, backfills. What they mean: `hub.store.operations`."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import BigInteger, Column, Index, Integer, text
from sqlmodel import Field, SQLModel

from hub.model.columns import TEXT, UtcMoment

_KEYED: dict[str, Any] = {"sqlite_with_rowid": False}
_OPEN = text("ended_at IS NULL")
_WAITING = text("done_at IS NULL")


def _text(description: str, *, key: bool = False, nullable: bool = False) -> Any:
    default = None if nullable else ...
    return Field(default=default, primary_key=key, nullable=nullable, sa_type=TEXT, description=description)


def _utc(description: str, *, nullable: bool = True) -> Any:
    default = None if nullable else ...
    return Field(default=default, sa_type=UtcMoment, nullable=nullable, description=description)


def _number(description: str) -> Any:
    return Field(default=None, sa_column=Column(Integer, primary_key=True), description=description)


class ScheduleRow(SQLModel, table=True):
    """When each scheduled stream runs next, and what stands in its way."""

    __tablename__ = "hub_schedules"
    __table_args__: ClassVar[Any] = _KEYED

    source: str = _text("Name of the connector instance.", key=True)
    stream: str = _text("Stream; `*` where a pause holds for all of them.", key=True)
    rule: str = _text("The schedule that `slot_at` was computed with.")
    slot_at: datetime | None = _utc("The next moment the schedule names.")
    next_at: datetime | None = _utc("The same with its jitter: when it starts.")
    claimed_at: datetime | None = _utc("The slot that somebody is running; left behind where he died.")
    retry_at: datetime | None = _utc("While its source is away: the next try, whatever the schedule says.")
    wanted_at: datetime | None = _utc("Somebody asked for a run outside of the schedule.")
    started_at: datetime | None = _utc("Start of the last scheduled run.")
    ended_at: datetime | None = _utc("Its end.")
    outcome: str = _text("How it ended: ok, partial, failed, cancelled; empty before the first.")
    failures: int = Field(sa_type=BigInteger, description="Scheduled runs in a row that failed.")
    paused_at: datetime | None = _utc("Since when it is paused.")
    paused_by: str | None = _text("Who paused it: a person, or `credentials`.", nullable=True)
    paused_why: str | None = _text("Why.", nullable=True)


class AlertRow(SQLModel, table=True):
    """What somebody was told: one row for each outage, with its end."""

    __tablename__ = "hub_alerts"
    __table_args__: ClassVar[Any] = (
        Index("uq_hub_alerts_open", "key", unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN),
    )

    id: int | None = _number("Alert number.")
    key: str = _text("What is wrong, and where: open once only.")
    kind: str = _text("failure, outage, credentials, overdue, quarantine, completeness, check, silence, settings.")
    severity: str = _text("error or warning.")
    source: str = _text("Name of the connector instance; empty where it is about the hub.")
    stream: str = _text("Stream; empty where it is about the whole system.")
    title: str = _text("One line.")
    detail: str = _text("What happened.")
    fix: str = _text("What to do.")
    opened_at: datetime = _utc("When it was first seen.", nullable=False)
    ended_at: datetime | None = _utc("When it was over.")


class DeliveryRow(SQLModel, table=True):
    """An alert on its way to people: one row for its beginning and one for its end, for each channel."""

    __tablename__ = "hub_deliveries"
    __table_args__: ClassVar[Any] = (
        Index("ix_hub_deliveries_waiting", "next_at", sqlite_where=_WAITING, postgresql_where=_WAITING),
        _KEYED,
    )

    alert_id: int = Field(primary_key=True, sa_type=BigInteger, description="Alert.")
    event: str = _text("opened or ended.", key=True)
    channel: str = _text("Name of the channel.", key=True)
    attempts: int = Field(sa_type=BigInteger, description="How often it was tried.")
    next_at: datetime = _utc("When it is tried next.", nullable=False)
    done_at: datetime | None = _utc("When it was delivered, or given up.")
    error: str = _text("Why the last try failed; empty where none did.")


class BackfillRow(SQLModel, table=True):
    """A stretch of the past that is read again, beside the stream's own runs."""

    __tablename__ = "hub_backfills"

    id: int | None = _number("Backfill number.")
    source: str = _text("Name of the connector instance.")
    stream: str = _text("Stream.")
    since: datetime = _utc("Inclusive lower bound.", nullable=False)
    until: datetime = _utc("Upper bound.", nullable=False)
    status: str = _text("waiting, running, stopped, done, failed or cancelled.")
    asked_at: datetime = _utc("When somebody asked for it.", nullable=False)
    started_at: datetime | None = _utc("When it was first begun.")
    ended_at: datetime | None = _utc("When it came to its end.")
    cancel_at: datetime | None = _utc("When somebody asked to cancel it.")
    counted: int | None = Field(default=None, sa_type=BigInteger, description="Rows that the source counted before.")
    rows: int = Field(sa_type=BigInteger, description="Rows read so far.")
    error: str = _text("Why it failed; empty where it did not.")


OPERATIONS_TABLES = (ScheduleRow, AlertRow, DeliveryRow, BackfillRow)
