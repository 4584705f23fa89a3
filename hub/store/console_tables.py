"""Tables between console and daemon: what people ask for, which daemons live. Meaning: `hub.store.requests`."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import BigInteger, Column, Index, Integer, text
from sqlmodel import Field, SQLModel

from hub.model.columns import TEXT, UtcMoment

_KEYED: dict[str, Any] = {"sqlite_with_rowid": False}
_OPEN = text("ended_at IS NULL")


def _text(description: str, *, key: bool = False) -> Any:
    return Field(primary_key=key, nullable=False, sa_type=TEXT, description=description)


def _utc(description: str, *, nullable: bool = True) -> Any:
    default = None if nullable else ...
    return Field(default=default, sa_type=UtcMoment, nullable=nullable, description=description)


class RequestRow(SQLModel, table=True):
    """What somebody asked the daemon for in the console."""

    __tablename__ = "hub_requests"
    __table_args__: ClassVar[Any] = (Index("ix_hub_requests_open", "id", sqlite_where=_OPEN, postgresql_where=_OPEN),)

    id: int | None = Field(default=None, sa_column=Column(Integer, primary_key=True), description="Request number.")
    kind: str = _text("sync, cancel or retry.")
    source: str = _text("Name of the connector instance; empty where it is about several.")
    stream: str = _text("Stream; empty where it is about the whole system.")
    detail: str = _text("How, as a JSON object; rows of records are removed at its end.")
    status: str = _text("waiting, running, done, failed or expired.")
    asked_at: datetime = _utc("When.", nullable=False)
    asked_by: str = _text("By whom.")
    taken_by: str = _text("The daemon that works on it; empty before.")
    started_at: datetime | None = _utc("When a daemon took it.")
    ended_at: datetime | None = _utc("When it was over.")
    result: str = _text("What came of it, as a JSON object.")


class DaemonRow(SQLModel, table=True):
    """A daemon that runs, or that died without a word: its heart tells which."""

    __tablename__ = "hub_daemons"
    __table_args__: ClassVar[Any] = _KEYED

    holder: str = _text("Host and process.", key=True)
    version: str = _text("Release of the hub.")
    started_at: datetime = _utc("Start.", nullable=False)
    seen_at: datetime = _utc("Last heartbeat.", nullable=False)
    streams: int = Field(sa_type=BigInteger, description="Scheduled streams.")
    problem: str = _text("Why it refuses the newest settings; empty where it does not.")


CONSOLE_TABLES = (RequestRow, DaemonRow)
