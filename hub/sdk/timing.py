"""Schedules as texts taken apart: cron lines, lengths, hours of the day. Needs nothing but the standard library, since
`hub status` shows when each stream runs next."""

from __future__ import annotations

import calendar
import re
from datetime import timedelta
from functools import cache
from typing import NamedTuple

_SECONDS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}
_LENGTH = r"(?P<count>[1-9][0-9]{0,4}) *(?P<unit>s|m|h|d|seconds?|minutes?|hours?|days?)"
_WINDOW = re.compile(r"([01]?\d|2[0-3]):([0-5]\d) *- *([01]?\d|2[0-4]):([0-5]\d)")
DAY_MINUTES = 24 * 60
_MONTHS = tuple(name.lower() for name in calendar.month_abbr[1:])
_WEEKDAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat", "sun")
_FIELDS = (
    ("minute", 0, 59, ()), ("hour", 0, 23, ()), ("day", 1, 31, ()), ("month", 1, 12, ("", *_MONTHS)),
    ("weekday", 0, 7, _WEEKDAYS),
)  # fmt: skip
HOW_TO_WRITE = (
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
        raise ValueError(HOW_TO_WRITE)
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
            raise ValueError(f"`{text[:30]}` is no {name} of a cron line (from {least} to {most}). {HOW_TO_WRITE}")
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


def written(length: timedelta) -> str:
    """A duration as an admin writes it: `15m`. `length_of` reads it again; fractions of a second are left out."""
    seconds = int(length.total_seconds())
    for unit, size in (("d", 86_400), ("h", 3_600), ("m", 60)):
        if seconds % size == 0 and seconds >= size:
            return f"{seconds // size}{unit}"
    return f"{seconds}s"


def window_of(text: str) -> tuple[int, int]:
    """`22:00-06:00` as minutes of the day; the end may lie on the next day. Raises ValueError for anything else."""
    match = _WINDOW.fullmatch(text.strip())
    if match:
        begin, end = (int(match[place]) * 60 + int(match[place + 1]) for place in (1, 3))
        if begin != end and end <= DAY_MINUTES:
            return begin, end % DAY_MINUTES
    raise ValueError("expected hours of the day such as `22:00-06:00`; quote them.")
