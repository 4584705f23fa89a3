"""The table of snapshots: every computed value, as it was known then. What it means: `hub.store.snapshots`."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import BigInteger, Index
from sqlmodel import Field, SQLModel

from hub.store import table_columns as t


class SnapshotRow(SQLModel, table=True):
    """One result of a metric, with its sources' freshness."""

    __tablename__ = "hub_snapshots"
    __table_args__: ClassVar[Any] = (Index("ix_hub_snapshots_metric", "metric", "request", "id"),)

    id: int | None = t.number("Number that people use.")
    taken_at: datetime = t.utc("When it was computed.", nullable=False)
    metric: str = t.text("The metric's id.")
    request: str = t.text("Dimensions, period and parameters, as JSON with sorted names.")
    sequence: int = Field(sa_type=BigInteger, description="The newest change of the store that was in it.")
    total_rows: int = Field(sa_type=BigInteger, description="Rows of the result; `body` may hold fewer.")
    value: str | None = t.text("The headline, exact; empty where it has no sum.", nullable=True)
    digest: str = t.text("Of the body without its time: the same result is kept once in a row.")
    body: str = t.text("Columns, rows, coverage and sources, as JSON.")


SNAPSHOT_TABLES = (SnapshotRow,)
