"""Dates with a time beside them -> moments. SAP names its time zones itself."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

_ZONES = {
    "UTC": "UTC", "GMTUK": "Europe/London", "WET": "Europe/Lisbon", "CET": "Europe/Berlin", "EET": "Europe/Helsinki",
    "RUS03": "Europe/Moscow", "TURKEY": "Europe/Istanbul", "EST": "America/New_York", "CST": "America/Chicago",
    "MST": "America/Denver", "PST": "America/Los_Angeles", "ALA": "America/Anchorage", "HAW": "Pacific/Honolulu",
    "ESTNO": "America/Panama", "MSTNO": "America/Phoenix", "AST": "America/Halifax", "NST": "America/St_Johns",
    "BRAZIL": "America/Sao_Paulo", "ARGENT": "America/Argentina/Buenos_Aires", "CHILE": "America/Santiago",
    "JAPAN": "Asia/Tokyo", "INDIA": "Asia/Kolkata", "UTC+8": "Asia/Shanghai", "UTC+7": "Asia/Bangkok",
    "UTC+9": "Asia/Tokyo", "UTC+4": "Asia/Dubai", "UTC+3": "Asia/Riyadh", "UTC+2": "Africa/Johannesburg",
    "ISRAEL": "Asia/Jerusalem", "AUSNSW": "Australia/Sydney", "AUSVIC": "Australia/Melbourne",
    "AUSQLD": "Australia/Brisbane", "AUSWA": "Australia/Perth", "NZST": "Pacific/Auckland",
}  # fmt: skip
_MILLISECONDS = re.compile(r"/Date\((-?\d{1,17})(?:[+-]\d{1,4})?\)/")
_CLOCK = re.compile(r"PT(?:(\d{1,2})H)?(?:(\d{1,2})M)?(?:(\d{1,2})(?:\.\d+)?S)?|(\d{2}):(\d{2}):(\d{2})(?:\.\d+)?")
_EPOCH = date(1970, 1, 1)
_FIRST, _LAST = date(1000, 1, 1), date(9999, 12, 30)
"""What lies outside stands for "none" or "no end", and no zone is applied to it."""


def day_of(value: Any) -> date | None:
    """The day of a date, from `/Date(…)/`, whose milliseconds have no zone, or ISO 8601; None where there is none."""
    if not isinstance(value, str) or not value:
        return None
    match = _MILLISECONDS.fullmatch(value)
    try:
        found = _EPOCH + timedelta(milliseconds=int(match[1])) if match else date.fromisoformat(value[:10])
    except (ValueError, OverflowError):
        return None
    return found if _FIRST <= found <= _LAST else None


def clock_of(value: Any) -> time:
    """A time of day, from `PT12H34M56S` or `12:34:56`; midnight where there is none."""
    match = _CLOCK.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        return time()
    hours, minutes, seconds = (
        int(one or other or 0) for one, other in zip(match.groups()[:3], match.groups()[3:], strict=True)
    )
    return time(hours, minutes, seconds) if hours < 24 and minutes < 60 and seconds < 60 else time(23, 59, 59)


class Zones:
    """The system's own time zone, and those that documents name."""

    def __init__(self, default: str, more: Mapping[str, str]) -> None:
        self._default = default
        self._known = {**_ZONES, **more}
        self._moment = lru_cache(50_000)(self._made)

    def moment(self, day: Any, clock: Any, zone: Any = None) -> str | None:
        """Day and time as a moment in ISO 8601, UTC; None without a day. A zone nobody knows is the system's own."""
        if not isinstance(day, str) or not day:
            return None
        return self._moment(day, clock if isinstance(clock, str) else "", zone if isinstance(zone, str) else "")

    def local_day(self, moment: datetime) -> date:
        """The day it was then in the system."""
        return moment.astimezone(ZoneInfo(self._default)).date()

    def _made(self, day: str, clock: str, zone: str) -> str | None:
        found = day_of(day)
        if found is None:
            return None
        name = self._known.get(zone.upper(), self._default)
        local = datetime.combine(found, clock_of(clock), ZoneInfo(name))
        return local.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
