"""The reporting time zone as SQL: which local day a UTC moment falls on, and when a local day begins.

A time zone is a list of offsets, each from some moment on. Time is cut into bins of 2^40 microseconds (12.7 days),
within which no clock changes twice; two lists tell for each bin the offset at its start and when it changes. Looking
that up takes a quarter of the time of the database's own time zone functions.
"""

from __future__ import annotations

import bisect
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

_FIRST, _LAST = datetime(1970, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
_STEP = timedelta(days=7)
"""No zone changed its clock twice within a week and back."""
BIN_BITS = 40
BINS = int(_LAST.timestamp() * 1_000_000) >> BIN_BITS
_NEVER = 1 << 62

Offsets = list[tuple[int, int]]
"""(from this second since 1970 on, seconds to add to UTC), in order; the first holds for all earlier moments."""
Bins = tuple[list[int], list[int]]
"""(offset at the start of each bin and of the one after the last, change within each bin), in microseconds."""


@cache
def offsets(name: str) -> Offsets:
    """All changes of a zone's clock from 1970 to 2100."""
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


@cache
def moment_bins(name: str) -> Bins:
    """For moments in UTC."""
    return _bins(offsets(name))


@cache
def day_bins(name: str) -> Bins:
    """For the midnights at which local days begin, as if they were UTC."""
    return _bins((_midnight(second + shift), shift) for second, shift in offsets(name))


def local_day_sql(moment: str, changes: str, starts: str) -> str:
    """SQL for the local day of a UTC timestamp; `changes` and `starts` are SQL for the lists of `moment_bins`."""
    micros = f"epoch_us({moment})"
    return f"CAST(make_timestamp({micros} + {_offset_sql(micros, changes, starts)}) AS DATE)"


def day_seconds_sql(day: str, changes: str, starts: str) -> str:
    """SQL for the second since 1970 at which a local day begins; the lists are those of `day_bins`."""
    micros = f"epoch_us(CAST({day} AS TIMESTAMP))"
    return f"(({micros} - {_offset_sql(micros, changes, starts)}) // 1000000)"


def _offset_sql(micros: str, changes: str, starts: str) -> str:
    """Microseconds to add to UTC. Moments out of range take the nearest bin."""
    place = f"(1 + least(greatest({micros} >> {BIN_BITS}, 0), {BINS - 1}))"
    return f"CASE WHEN {micros} < {changes}[{place}] THEN {starts}[{place}] ELSE {starts}[{place} + 1] END"


def _bins(steps: Iterable[tuple[int, int]]) -> Bins:
    listed = [(second * 1_000_000, shift * 1_000_000) for second, shift in steps]
    moments = [moment for moment, _ in listed]
    starts = [listed[max(bisect.bisect_right(moments, place << BIN_BITS) - 1, 0)][1] for place in range(BINS + 1)]
    changes = [_NEVER] * BINS
    for moment in moments[1:]:
        if 0 <= moment >> BIN_BITS < BINS:
            changes[moment >> BIN_BITS] = moment
    return starts, changes


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


def _midnight(local_second: int) -> int:
    """The first local midnight at or after a local moment."""
    return -(-local_second // 86_400) * 86_400
