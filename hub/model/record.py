"""What every canonical table has in common."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from sqlmodel import Field, SQLModel

from hub.model.columns import SMALL_INTEGER, UtcMoment, column, json_object, utc
from hub.model.kinds import Kind


class Record(SQLModel):
    """A row of the canonical copy: one thing as one source knows it. The key is `(source, source_id)`."""

    __title__: ClassVar[str]
    __history__: ClassVar[str | None] = None
    __table_args__: ClassVar[dict[str, Any]] = {"sqlite_with_rowid": False}  # one b-tree, ordered by the key

    source: str = column(Kind.TEXT, "Name of the connector instance it came from.", key=True, max_length=60)
    source_id: str = column(Kind.TEXT, "The source's own identifier.", key=True, max_length=200)


class Tracked(SQLModel):
    """The columns at the end of every canonical table. All but the first two are written by the store only."""

    source_updated_at: datetime | None = utc("When the source last changed it; an older version never overwrites.")
    extras: dict[str, Any] | None = json_object("Further fields that the admin asked to keep.")
    first_seen_at: datetime = Field(sa_type=UtcMoment, nullable=False, description="When the hub first stored it.")
    synced_at: datetime = Field(sa_type=UtcMoment, nullable=False, description="When the hub last wrote it.")
    run_id: int = Field(sa_type=SMALL_INTEGER, nullable=False, description="The run that last wrote it.")
    deleted_at: datetime | None = Field(
        default=None, sa_type=UtcMoment, nullable=True, description="When the source was seen to no longer have it."
    )
