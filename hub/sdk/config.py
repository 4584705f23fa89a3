"""What an admin may set for every connector, whatever its kind. A connector adds its own settings by subclassing."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema, field_validator

from hub.fieldspec import EntityOverrides
from hub.sdk.schedule import Schedule

_DURATION_TEXT = r"^(-?P[0-9DTHMS.]+|[0-9]{1,6} *[smhd]|.*\$\{[^{}]+\}.*)$"
_DURATION = r"(?P<count>[0-9]{1,6}) *(?P<unit>[smhd])"
_SECONDS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}


def _moment(value: datetime) -> datetime:
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value


def _duration(value: Any) -> Any:
    """`10m` beside ISO 8601's `PT10M`."""
    match = re.fullmatch(_DURATION, value.strip()) if isinstance(value, str) else None
    return timedelta(seconds=int(match["count"]) * _SECONDS[match["unit"]]) if match else value


def _day_or_moment(value: Any) -> Any:
    return datetime(value.year, value.month, value.day, tzinfo=UTC) if type(value) is date else value


Share = Annotated[float, Field(ge=0, le=1)]
Duration = Annotated[
    timedelta, BeforeValidator(_duration), WithJsonSchema({"type": "string", "pattern": _DURATION_TEXT})
]
Moment = Annotated[datetime, BeforeValidator(_day_or_moment), AfterValidator(_moment)]


class StreamSettings(BaseModel):
    """What an admin may set for one stream. A connector whose streams need more subclasses this and `streams` below."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    enabled: bool = Field(True, description="false leaves the stream out of every sync.")
    schedule: Schedule | None = Field(
        None, description="`every 15m`, a cron line, or a mapping (below); overrides the connector's."
    )
    start: Moment | None = Field(
        None, description="Older rows are not asked for; a date or a moment, UTC if it says none."
    )
    overlap: Duration | None = Field(None, description="How far before the cursor to read again, e.g. `10m`.")


class ConnectorConfig(BaseModel):
    """Settings of one connector instance: one YAML file. Every field needs a description; secrets are `SecretStr`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: str = Field(description="Which connector: see `hub plugins`.")
    enabled: bool = Field(True, description="false leaves the whole system out of every sync.")
    schedule: Schedule | None = Field(
        None, description="`every 15m`, a cron line, or a mapping (below), for all streams that set none."
    )
    credentials_end: date | None = Field(
        None,
        description="Last day of its credential (a client secret, a password), where the system tells none: `hub run` "
        "warns before.",
    )
    runs_at_once: int = Field(
        1, ge=1, le=32, description="Streams of this system that scheduled runs read at the same time, on all machines."
    )
    streams: Mapping[str, StreamSettings] = Field(
        default_factory=dict, description="Streams to sync, with their settings; all of the kind's where not given."
    )
    fields: EntityOverrides = Field(
        default_factory=dict,
        description="Canonical entity -> column -> where its value comes from, over the built-in map.",
    )
    max_reject_share: Share = Field(0.2, description="A run stops when more than this share of its records is refused.")
    max_delete_share: Share = Field(
        0.5,
        description="A snapshot may not delete more than this share of what is held, unless --allow-deletes says so.",
    )
    max_pages: int = Field(
        1_000_000,
        ge=1,
        le=1_000_000_000,
        description="A run stops at more pages than this: at some point even fresh rows mean a source without end.",
    )

    @field_validator("streams", mode="before")
    @classmethod
    def _named(cls, value: Any) -> Any:
        """`[orders, stock]` is short for `{orders: {}, stock: {}}`; a stream without settings may be left empty."""
        if value is None:
            return {}
        if isinstance(value, list) and all(isinstance(name, str) for name in value):
            return {name: {} for name in value}
        if isinstance(value, Mapping):
            return {name: {} if settings is None else settings for name, settings in value.items()}
        return value
