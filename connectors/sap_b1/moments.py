"""Dates with a time of day beside them -> moments. Business One writes both by the clock of its server.

Dates come as `2026-01-31`, `2026-01-31T00:00:00Z` (whose zone means nothing) or `/Date(…)/`, times as `10:12:13`,
`PT10H12M13S` or a number like 101213 or 1012, whichever the release and the protocol like.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

_MILLISECONDS = re.compile(r"/Date\((-?\d{1,17})(?:[+-]\d{1,4})?\)/")
_CLOCK = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?")
_DURATION = re.compile(r"PT(?:(\d{1,2})H)?(?:(\d{1,2})M)?(?:(\d{1,2})(?:\.\d+)?S)?")
_EPOCH = date(1970, 1, 1)
_FIRST, _LAST = date(1900, 1, 2), date(9999, 12, 30)
"""What lies outside stands for "none" or "no end"."""


def day_of(value: Any) -> date | None:
    """The day of a date; None where there is none."""
    if not isinstance(value, str) or not value:
        return None
    match = _MILLISECONDS.fullmatch(value)
    try:
        found = _EPOCH + timedelta(milliseconds=int(match[1])) if match else date.fromisoformat(value[:10])
    except (ValueError, OverflowError):
        return None
    return found if _FIRST <= found <= _LAST else None


def clock_of(value: Any) -> time:
    """A time of day; midnight where there is none. A number has hours and minutes, and seconds if it is long enough."""
    text = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
    if not isinstance(text, str):
        return time()
    if text.isdecimal() and text.isascii() and len(text) <= 6:
        digits = text.zfill(4) + "00" if len(text) <= 4 else text.zfill(6)
        parts: tuple[str | None, ...] = (digits[:2], digits[2:4], digits[4:])
    else:
        match = _CLOCK.fullmatch(text) or _DURATION.fullmatch(text)
        parts = match.groups() if match else ()
    hours, minutes, seconds = (int(part or 0) for part in (*parts, "", "", "")[:3])
    return time(hours, minutes, seconds) if hours < 24 and minutes < 60 and seconds < 60 else time()


class ServerClock:
    """The time zone of the database server."""

    def __init__(self, zone: str) -> None:
        self._zone = ZoneInfo(zone)
        self._made = lru_cache(50_000)(self._moment)
        self._is_set_back = lru_cache(10_000)(self._day_is_set_back)

    def moment(self, day: Any, clock: Any) -> str | None:
        """Day and time as a moment in ISO 8601, UTC; None without a day."""
        return self._made(day if isinstance(day, str) else "", clock if isinstance(clock, str | int) else "")

    def stamp(self, day: Any, clock: Any) -> str | None:
        """The same for a change stamp: None, too, in the hour that comes twice when clocks are set back. A later change
        would look older there, and be left out; without a stamp it counts as current."""
        found = day_of(day)
        if (
            found is not None
            and self._is_set_back(found)
            and self._comes_twice(datetime.combine(found, clock_of(clock)))
        ):
            return None
        return self.moment(day, clock)

    def local_day(self, moment: datetime) -> date:
        """The day it was then at the server."""
        return moment.astimezone(self._zone).date()

    def _day_is_set_back(self, day: date) -> bool:
        """Whether clocks are set back on that day, or in the night after it."""
        before, after = (datetime.combine(day + timedelta(days=n), time(), self._zone).utcoffset() for n in (0, 2))
        return before is not None and after is not None and before > after

    def _comes_twice(self, local: datetime) -> bool:
        first, second = (local.replace(tzinfo=self._zone, fold=fold).utcoffset() for fold in (0, 1))
        return first is not None and second is not None and first > second

    def _moment(self, day: str, clock: str | int) -> str | None:
        found = day_of(day)
        if found is None:
            return None
        local = datetime.combine(found, clock_of(clock), self._zone)
        return local.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
