"""When a stream is to be read, as an admin writes it: `every 15m`, a cron line, or a mapping that says more."""

from __future__ import annotations

import calendar
import re
from datetime import timedelta
from functools import cache
from typing import Annotated, Literal, NamedTuple, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema, model_validator

_SECONDS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}
_LENGTH = r"(?P<count>[1-9][0-9]{0,4}) *(?P<unit>s|m|h|d|seconds?|minutes?|hours?|days?)"
_LENGTH_TEXT = r"^([1-9][0-9]{0,4} *(s|m|h|d|seconds?|minutes?|hours?|days?)|.*\$\{[^{}]+\}.*)$"
_WINDOW = re.compile(r"([01]?\d|2[0-3]):([0-5]\d) *- *([01]?\d|2[0-4]):([0-5]\d)")
_DAY = 24 * 60
_MONTHS = tuple(name.lower() for name in calendar.month_abbr[1:])
_WEEKDAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat", "sun")
_FIELDS = (
    ("minute", 0, 59, ()), ("hour", 0, 23, ()), ("day", 1, 31, ()), ("month", 1, 12, ("", *_MONTHS)),
    ("weekday", 0, 7, _WEEKDAYS),
)  # fmt: skip
_HOW = (
    "expected `every 15m` (s, m, h, d) or a cron line of five fields such as `0 2 * * 1-5`. "
    "Quote a cron line that begins with `*`."
)


class Cron(NamedTuple):
    """A cron line taken apart. Weekdays count from 0 for Sunday.

    either_day   day and weekday are both restricted: then, as in every cron, one of them suffices
    real_hours   the hour is `*`: then it runs by real time, also where the clock is put forward or back
    """

    minutes: frozenset[int]
    hours: frozenset[int]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]
    either_day: bool
    real_hours: bool


@cache
def parse_cron(text: str) -> Cron:
    """The meaning of five fields. Raises ValueError with what was expected."""
    fields = text.split()
    if len(fields) != 5:
        raise ValueError(_HOW)
    minutes, hours, days, months, weekdays = map(_values, fields, _FIELDS)
    cron = Cron(
        minutes, hours, days, months, frozenset(day % 7 for day in weekdays),
        either_day=fields[2][0] != "*" and fields[4][0] != "*", real_hours=fields[1] == "*",
    )  # fmt: skip
    if fields[4][0] == "*" and not any(day <= calendar.monthrange(2024, month)[1] for month in months for day in days):
        raise ValueError(f"the cron line `{text}` names a day that none of its months has.")
    return cron


def _values(text: str, field: tuple[str, int, int, tuple[str, ...]]) -> frozenset[int]:
    name, least, most, words = field
    found: set[int] = set()
    for part in text.lower().split(","):
        span, _, step = part.partition("/")
        first, dash, last = span.partition("-")
        try:
            low = least if span == "*" else _number(first, words)
            high = most if span == "*" or (step and not dash) else _number(last, words) if dash else low
            stride = int(step) if "/" in part else 1
        except ValueError:
            low, high, stride = -1, -1, 1
        if not (least <= low <= high <= most and stride > 0):
            raise ValueError(f"`{text[:30]}` is no {name} of a cron line (from {least} to {most}). {_HOW}")
        found.update(range(low, high + 1, stride))
    return frozenset(found)


def _number(text: str, words: tuple[str, ...]) -> int:
    return words.index(text) if text and text in words else int(text) if text.isascii() and text.isdigit() else -1


def length_of(text: str) -> timedelta:
    """`15m` or `2 hours` as a duration. Raises ValueError for anything else."""
    match = re.fullmatch(_LENGTH, text.strip())
    if not match:
        raise ValueError("expected a number and a unit, such as `15m` (s, m, h, d).")
    return timedelta(seconds=int(match["count"]) * _SECONDS[match["unit"][0]])


def window_of(text: str) -> tuple[int, int]:
    """`22:00-06:00` as minutes of the day; the end may lie on the next day. Raises ValueError for anything else."""
    match = _WINDOW.fullmatch(text.strip())
    if match:
        begin, end = (int(match[place]) * 60 + int(match[place + 1]) for place in (1, 3))
        if begin != end and end <= _DAY:
            return begin, end % _DAY
    raise ValueError("expected hours of the day such as `22:00-06:00`; quote them.")


def _timing(text: str) -> str:
    stripped = text.strip()
    if stripped.startswith("every"):
        try:
            length_of(stripped.removeprefix("every"))
        except ValueError:
            raise ValueError(_HOW) from None
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
        if all(any(_covers(window_of(each), minute) for each in self.quiet) for minute in range(_DAY)):
            raise ValueError("`quiet` leaves no minute of the day to run in.")
        return self


def _covers(window: tuple[int, int], minute: int) -> bool:
    begin, end = window
    return begin <= minute < end if begin < end else minute >= begin or minute < end


Schedule = Timing | ScheduleSettings
