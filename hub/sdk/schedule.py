"""When a stream is to be read, as an admin writes it: `every 15m`, a cron line, or a mapping that says more."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema, model_validator

from hub.sdk.timing import DAY_MINUTES, HOW_TO_WRITE, length_of, parse_cron, window_of

_LENGTH_TEXT = r"^([1-9][0-9]{0,4} *(s|m|h|d|seconds?|minutes?|hours?|days?)|.*\$\{[^{}]+\}.*)$"


def _timing(text: str) -> str:
    stripped = text.strip()
    if stripped.startswith("every"):
        try:
            length_of(stripped.removeprefix("every"))
        except ValueError:
            raise ValueError(HOW_TO_WRITE) from None
        return stripped
    parse_cron(stripped)
    return " ".join(stripped.split())


def _cron(text: str) -> str:
    parse_cron(text)
    return " ".join(text.split())


def _length(value: object) -> object:
    return length_of(value) if isinstance(value, str) else value


def _zone(name: str) -> str:
    if name == "UTC":
        return name
    from zoneinfo import ZoneInfo

    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise ValueError(f"there is no time zone `{name[:40]}`. Write it as in Europe/Berlin.") from None
    return name


def _window(text: str) -> str:
    window_of(text)
    return text


Timing = Annotated[str, AfterValidator(_timing)]
Every = Annotated[timedelta, BeforeValidator(_length), WithJsonSchema({"type": "string", "pattern": _LENGTH_TEXT})]


class ScheduleSettings(BaseModel):
    """A schedule in full. What it leaves out comes from the connector's schedule, then from `defaults.schedule`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    every: Every | None = Field(None, gt=timedelta(0), description="From start to start, e.g. `15m`.")
    cron: Annotated[str, AfterValidator(_cron)] | None = Field(
        None, description="Minute, hour, day, month, weekday (0 and 7 are Sunday), e.g. `0 2 * * 1-5`."
    )
    time_zone: Annotated[str, AfterValidator(_zone)] | None = Field(
        None, description="Where the cron line and quiet hours are read, e.g. Europe/Berlin; the hub's if not given."
    )
    quiet: tuple[Annotated[str, AfterValidator(_window)], ...] = Field(
        (), description="Hours without any start, e.g. [`22:00-06:00`]; what falls into them runs once at their end."
    )
    jitter: Every | None = Field(None, description="Each start is put off by up to this, e.g. `30s`, to spread load.")
    misfire: Literal["once", "skip", "all"] = Field(
        "once",
        description="What was missed while no hub ran, or while the last run took longer: run once for all of it, "
        "skip it, or run each.",
    )

    @model_validator(mode="after")
    def _plausible(self) -> Self:
        if self.every and self.cron:
            raise ValueError("`every` and `cron` exclude each other. Keep one.")
        if self.every and self.jitter and self.jitter >= self.every:
            raise ValueError("`jitter` must be shorter than `every`.")
        if all(any(_covers(window_of(each), minute) for each in self.quiet) for minute in range(DAY_MINUTES)):
            raise ValueError("`quiet` leaves no minute of the day to run in.")
        return self


def _covers(window: tuple[int, int], minute: int) -> bool:
    begin, end = window
    return begin <= minute < end if begin < end else minute >= begin or minute < end


Schedule = Timing | ScheduleSettings
