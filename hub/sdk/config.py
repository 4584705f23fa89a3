"""What an admin may set for every connector, whatever its kind. A connector adds its own settings by subclassing."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema, field_validator

from hub.fieldspec import EntityOverrides

_EVERY = r"every +(?P<count>[1-9][0-9]{0,4}) *(?P<unit>s|m|h|d|seconds?|minutes?|hours?|days?)"
_DURATION_TEXT = r"^(-?P[0-9DTHMS.]+|[0-9]{1,6} *[smhd]|.*\$\{[^{}]+\}.*)$"
_DURATION = r"(?P<count>[0-9]{1,6}) *(?P<unit>[smhd])"
_SECONDS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}
_CRON_FIELD = r"[0-9*/,\-A-Za-z#]+"
_CRON_RANGES = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7))


def _schedule(text: str) -> str:
    """`every 15m` or five cron fields; the scheduler reads the rest of its meaning."""
    if re.fullmatch(_EVERY, text.strip()):
        return text.strip()
    fields = text.split()
    if len(fields) == 5 and all(map(_is_cron, fields, _CRON_RANGES)):
        return " ".join(fields)
    raise ValueError(
        "expected `every 15m` (s, m, h, d) or a cron line of five fields such as `0 2 * * 1-5`. "
        "Quote a cron line that begins with `*`."
    )


def _is_cron(field: str, limits: tuple[int, int]) -> bool:
    numbers = [int(number) for number in re.findall(r"(?<![/\d])\d+", field)]
    return bool(re.fullmatch(_CRON_FIELD, field)) and all(limits[0] <= number <= limits[1] for number in numbers)


def _moment(value: datetime) -> datetime:
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value


def _duration(value: Any) -> Any:
    """`10m` beside ISO 8601's `PT10M`."""
    match = re.fullmatch(_DURATION, value.strip()) if isinstance(value, str) else None
    return timedelta(seconds=int(match["count"]) * _SECONDS[match["unit"]]) if match else value


def _day_or_moment(value: Any) -> Any:
    return datetime(value.year, value.month, value.day, tzinfo=UTC) if type(value) is date else value


Share = Annotated[float, Field(ge=0, le=1)]
Schedule = Annotated[str, AfterValidator(_schedule)]
Duration = Annotated[
    timedelta, BeforeValidator(_duration), WithJsonSchema({"type": "string", "pattern": _DURATION_TEXT})
]
Moment = Annotated[datetime, BeforeValidator(_day_or_moment), AfterValidator(_moment)]


class StreamSettings(BaseModel):
    """What an admin may set for one stream. A connector whose streams need more subclasses this and `streams` below."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    enabled: bool = Field(True, description="false leaves the stream out of every sync.")
    schedule: Schedule | None = Field(None, description="`every 15m`, or a cron line; overrides the connector's.")
    start: Moment | None = Field(
        None, description="Older rows are not asked for; a date or a moment, UTC if it says none."
    )
    overlap: Duration | None = Field(None, description="How far before the cursor to read again, e.g. `10m`.")


class ConnectorConfig(BaseModel):
    """Settings of one connector instance: one YAML file. Every field needs a description; secrets are `SecretStr`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: str = Field(description="Which connector: see `hub plugins`.")
    enabled: bool = Field(True, description="false leaves the whole system out of every sync.")
    schedule: Schedule | None = Field(None, description="`every 15m`, or a cron line, for all streams that set none.")
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
