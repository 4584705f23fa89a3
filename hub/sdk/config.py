"""What an admin may set for every connector, whatever its kind. A connector adds its own settings by subclassing."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from hub.fieldspec import FieldOverrides

Share = Annotated[float, Field(ge=0, le=1)]


class StreamSettings(BaseModel):
    """What an admin may set for one stream. A connector whose streams need more subclasses this and `streams` below."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    enabled: bool = Field(True, description="false leaves the stream out of every sync.")
    schedule: str | None = Field(None, description="`every 15m`, or a cron line; overrides the connector's.")
    start: datetime | None = Field(None, description="Older rows are not asked for; a date or a moment, UTC if it says none.")
    overlap: timedelta | None = Field(None, description="How far before the cursor to read again, e.g. `PT10M`.")


class ConnectorConfig(BaseModel):
    """Settings of one connector instance: one YAML file. Every field needs a description; secrets are `SecretStr`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: str = Field(description="Which connector: see `hub plugins`.")
    enabled: bool = Field(True, description="false leaves the whole system out of every sync.")
    schedule: str | None = Field(None, description="`every 15m`, or a cron line, for all streams that set none.")
    streams: dict[str, Any] = Field(
        default_factory=dict, description="Streams to sync, with their settings; all of the kind's where not given."
    )
    fields: dict[str, FieldOverrides] = Field(
        default_factory=dict, description="Canonical entity -> column -> where its value comes from, over the built-in map."
    )
    max_reject_share: Share = Field(0.2, description="A run stops when more than this share of its records is refused.")
    max_delete_share: Share = Field(
        0.5, description="A snapshot may not delete more than this share of what is held, unless --allow-deletes says so."
    )
