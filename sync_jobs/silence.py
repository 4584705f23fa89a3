"""Has a source gone quiet, for its own habits? Then its orders may no longer reach it, or us."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

HISTORY = timedelta(weeks=8)
_HOUR = timedelta(hours=1)
_LEAST_HISTORY = timedelta(weeks=3)
_LEAST_ORDERS = 50
_EXPECTED = 12.0
"""Orders that should have come: were they to come at random, none would in six of a million such stretches ..."""
_LONGER = 1.5
"""... and they come in clusters, so it must also be so much longer than any pause that was seen."""


@dataclass(frozen=True)
class Silence:
    """A stretch without orders that the past does not explain."""

    since: datetime
    hours: int
    expected: float
    longest_before: int


def silence(by_hour: Mapping[datetime, int], until: datetime) -> Silence | None:
    """Whether no order has come for far longer than the same hours of earlier weeks make likely; None where it has not,
    or where there is too little past to tell.

    by_hour  orders placed in each hour of the last weeks; hours without any are left out
    until    up to when the source was read to its end
    """
    hours = sorted(by_hour)
    if not hours or sum(by_hour.values()) < _LEAST_ORDERS or hours[-1] - hours[0] < _LEAST_HISTORY:
        return None
    last = hours[-1]
    pause = (until - last) // _HOUR - 1
    longest = max((later - earlier) // _HOUR - 1 for earlier, later in pairwise(hours))
    if pause <= longest * _LONGER:
        return None
    expected = _expected(by_hour, hours[0], last, pause)
    return Silence(last + _HOUR, pause, expected, longest) if expected >= _EXPECTED else None


def _expected(by_hour: Mapping[datetime, int], first: datetime, last: datetime, pause: int) -> float:
    """How many orders the same hours of the week brought on average."""
    seen: dict[tuple[int, int], list[int]] = defaultdict(list)
    for number in range((last - first) // _HOUR + 1):
        hour = first + number * _HOUR
        seen[hour.weekday(), hour.hour].append(by_hour.get(hour, 0))
    missed = (last + number * _HOUR for number in range(1, pause + 1))
    counts = (seen[hour.weekday(), hour.hour] for hour in missed)
    return sum(sum(each) / len(each) for each in counts if each)
