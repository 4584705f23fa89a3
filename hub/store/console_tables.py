"""Tables between console and daemon: what people ask for, which daemons live. Meaning: `hub.store.requests`."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import BigInteger, Index
from sqlmodel import Field, SQLModel

from hub.store import table_columns as t


class RequestRow(SQLModel, table=True):
    """What somebody asked the daemon for in the console."""

    __tablename__ = "hub_requests"
    __table_args__: ClassVar[Any] = (Index("ix_hub_requests_open", "id", sqlite_where=t.OPEN, postgresql_where=t.OPEN),)

    id: int | None = t.number("Request number.")
    kind: str = t.text("sync, cancel or retry.")
    source: str = t.text("Name of the connector instance; empty where it is about several.")
    stream: str = t.text("Stream; empty where it is about the whole system.")
    detail: str = t.text("How, as a JSON object; rows of records are removed at its end.")
    status: str = t.text("waiting, running, done, failed or expired.")
    asked_at: datetime = t.utc("When.", nullable=False)
    asked_by: str = t.text("By whom.")
    taken_by: str = t.text("The daemon that works on it; empty before.")
    started_at: datetime | None = t.utc("When a daemon took it.")
    ended_at: datetime | None = t.utc("When it was over.")
    result: str = t.text("What came of it, as a JSON object.")


class DaemonRow(SQLModel, table=True):
    """A daemon that runs, or that died without a word: its heart tells which."""

    __tablename__ = "hub_daemons"
    __table_args__: ClassVar[Any] = t.KEYED

    holder: str = t.text("Host and process.", key=True)
    version: str = t.text("Release of the hub.")
    started_at: datetime = t.utc("Start.", nullable=False)
    seen_at: datetime = t.utc("Last heartbeat.", nullable=False)
    streams: int = Field(sa_type=BigInteger, description="Scheduled streams.")
    problem: str = t.text("Why it refuses the newest settings; empty where it does not.")


CONSOLE_TABLES = (RequestRow, DaemonRow)
