"""When a made-up company did its business: two years, most of it on weekdays and in autumn, and more in the second."""

from __future__ import annotations

import math
from bisect import bisect_left
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import accumulate

FIRST, LAST = datetime(2024, 1, 1, tzinfo=UTC), datetime(2025, 12, 31, tzinfo=UTC)
"""The simulators' clock starts at the first, and has reached the last when all data are there."""
_DAYS = 715
"""Days with orders: what follows from the last of them still happens before the end."""
_WEEK = (1.1, 1.0, 1.0, 1.0, 0.9, 0.2, 0.1)
_OPENS, _OPEN_SECONDS = timedelta(hours=7), 11 * 3600


def moment_of(number: int, count: int) -> datetime:
    """When the order of a number was placed, of `count` orders counted from 0. Rises with the number; whole seconds."""
    wanted = (min(number, count - 1) + 0.5) / count
    until = _shares()
    day = bisect_left(until, wanted)
    before = until[day - 1] if day else 0.0
    within = (wanted - before) / (until[day] - before)
    return FIRST + timedelta(days=day) + _OPENS + timedelta(seconds=int(within * _OPEN_SECONDS))


@cache
def _shares() -> list[float]:
    """What part of all orders was placed by the end of each day."""
    sums = list(accumulate(map(_weight, range(_DAYS))))
    return [each / sums[-1] for each in sums]


def _weight(day: int) -> float:
    date = FIRST + timedelta(days=day)
    season = 1 + 0.2 * math.cos(2 * math.pi * (date.timetuple().tm_yday - 310) / 365)
    return _WEEK[date.weekday()] * season * (1 + 0.3 * day / _DAYS)
