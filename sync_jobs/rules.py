"""When a stream is due: pure arithmetic on moments, no clock and no store.

Where a clock is put forward or back (daylight saving time), a cron line means:

- A line that names hours runs once for each wall-clock time it names. A time that does not exist (the gap in spring)
  runs at the first moment after the gap; one that comes twice (the overlap in autumn) runs the first time only.
- A line whose hour is `*` goes by real time: it runs in both of the hours that look alike, and loses none in spring.

`every` counts from start to start in real time, whatever clocks do. What falls into quiet hours runs once, when they
end.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from hub.sdk.timing import Cron, length_of, parse_cron, window_of, written

if TYPE_CHECKING:
    from hub.sdk.schedule import ScheduleSettings

_MINUTE = timedelta(minutes=1)
_DAY = timedelta(days=1)
_FARTHEST = timedelta(days=366 * 9)
"""29 February comes again within eight years, also around a year such as 2100."""
_HOURS_TOGETHER = 3
"""Hours of a day whose moments may not be in order, where the clock is put back."""


@dataclass(frozen=True)
class Rule:
    """One stream's schedule with all that it inherits.

    text     as an admin would write it; a change of it starts the schedule anew
    every    from start to start; None where `cron` says when
    quiet    minutes of the day, local time, during which nothing starts
    jitter   a start is put off by up to this, always by the same for the same slot
    misfire  once, skip or all
    """

    text: str
    every: timedelta | None
    cron: Cron | None
    zone: ZoneInfo
    quiet: tuple[tuple[int, int], ...] = ()
    jitter: timedelta = timedelta()
    misfire: str = "once"

    def after(self, slot: datetime) -> datetime:
        """The first slot after this one. `slot` is one of this rule's own, or any moment for a cron line."""
        found = self._plain_after(slot)
        if not self.is_quiet(found):
            return found
        return self.quiet_end(found)

    def first(self, now: datetime) -> datetime:
        """The first slot of a schedule that begins now: at once for `every`, quiet hours heeded."""
        if self.every is None:
            return self.after(now)
        return self.quiet_end(now) if self.is_quiet(now) else now

    def newest(self, slot: datetime, now: datetime) -> tuple[datetime, int]:
        """The last slot that is not after now, going on from one that is past, and how many there were, itself one."""
        count = 1
        if self.every is not None and not self.quiet:
            steps = (now - slot) // self.every
            return slot + steps * self.every, steps + 1
        while (following := self.after(slot)) <= now:
            slot, count = following, count + 1
        return slot, count

    def due(self, slot: datetime, key: str) -> datetime:
        """When a slot really starts: its jitter is the same on every machine and after each restart."""
        if not self.jitter:
            return slot
        digest = hashlib.blake2b(f"{key} {slot.isoformat()}".encode(), digest_size=6).digest()
        put_off = slot + self.jitter * (int.from_bytes(digest) / (1 << 48))
        return slot if self.is_quiet(put_off) else put_off

    def is_quiet(self, moment: datetime) -> bool:
        """Whether nothing may start at this moment."""
        return self.quiet != () and self._window(moment) is not None

    def quiet_end(self, moment: datetime) -> datetime:
        """The end of the quiet hours around a moment: the first one at which something may start."""
        while (window := self._window(moment)) is not None:
            local = moment.astimezone(self.zone)
            end = local.replace(hour=window[1] // 60, minute=window[1] % 60, second=0, microsecond=0, tzinfo=None)
            end += _DAY if end <= local.replace(tzinfo=None) else timedelta()
            moment = max(_instant(end, self.zone), moment + _MINUTE)
        return moment

    def _window(self, moment: datetime) -> tuple[int, int] | None:
        local = moment.astimezone(self.zone)
        minute = local.hour * 60 + local.minute
        for begin, end in self.quiet:
            if begin <= minute < end if begin < end else minute >= begin or minute < end:
                return begin, end
        return None

    def _plain_after(self, slot: datetime) -> datetime:
        if self.every is not None:
            return slot + self.every
        if self.cron is None:
            raise ValueError("a rule has `every` or a cron line")
        return _cron_after(self.cron, self.zone, slot)


def rule_of(layers: Sequence[str | ScheduleSettings | None], time_zone: str) -> Rule | None:
    """The rule that several settings make together, the most special first. None where none says when."""
    every = cron = None
    options: dict[str, Any] = {}
    for layer in layers:
        if layer is None:
            continue
        if isinstance(layer, str):
            timing = layer
        else:
            timing = f"every {written(layer.every)}" if layer.every else layer.cron or ""
            named = layer.model_fields_set - {"every", "cron"}
            options = {name: getattr(layer, name) for name in named} | options
        if timing and not (every or cron):
            every, cron = _timing(timing)
    if not (every or cron):
        return None
    zone, quiet = options.get("time_zone") or time_zone, tuple(options.get("quiet", ()))
    jitter, misfire = options.get("jitter") or timedelta(), options.get("misfire", "once")
    text = f"every {written(every)}" if every else cron or ""
    details = [
        zone if cron or quiet else "",
        f"quiet {', '.join(quiet)}" if quiet else "",
        f"jitter {written(jitter)}" if jitter else "",
        f"misfire {misfire}" if misfire != "once" else "",
    ]
    told = ", ".join(detail for detail in details if detail)
    return Rule(
        f"{text} ({told})" if told else text,
        every,
        parse_cron(cron) if cron else None,
        ZoneInfo(zone),
        tuple(map(window_of, quiet)),
        min(jitter, every / 2) if every else jitter,
        misfire,
    )


def _timing(text: str) -> tuple[timedelta | None, str | None]:
    if text.startswith("every"):
        return length_of(text.removeprefix("every")), None
    return None, text


# -- cron and the wall clock -----------------------------------------------------------------------------------


def _cron_after(cron: Cron, zone: ZoneInfo, moment: datetime) -> datetime:
    day = (moment.astimezone(zone) - _DAY).date()
    last = day + _FARTHEST
    while day <= last:
        if day.month not in cron.months:
            day = (day.replace(day=1) + timedelta(days=32)).replace(day=1)
            continue
        if _is_day(cron, day):
            found = _first_of_day(cron, zone, day, moment)
            if found is not None:
                return found
        day += _DAY
    raise ValueError("the cron line never comes")


def _is_day(cron: Cron, day: date) -> bool:
    by_day, by_weekday = day.day in cron.days, day.isoweekday() % 7 in cron.weekdays
    return by_day or by_weekday if cron.either_day else by_day and by_weekday


def _first_of_day(cron: Cron, zone: ZoneInfo, day: date, moment: datetime) -> datetime | None:
    """The first moment of a day after another one; hours around a change of the clock are looked at together."""
    best: datetime | None = None
    looked_on = 0
    past = moment.astimezone(zone).replace(tzinfo=None) - timedelta(hours=_HOURS_TOGETHER + 1)
    for hour in sorted(cron.hours):
        if datetime(day.year, day.month, day.day, hour) < past:  # noqa: DTZ001  a wall-clock time
            continue
        for minute in cron.minutes:
            wall = datetime(day.year, day.month, day.day, hour, minute)  # noqa: DTZ001  a wall-clock time
            for at in _moments(wall, zone, real=cron.real_hours):
                if at > moment and (best is None or at < best):
                    best = at
        looked_on += best is not None
        if looked_on >= _HOURS_TOGETHER:
            break
    return best


def _moments(wall: datetime, zone: ZoneInfo, *, real: bool) -> Iterator[datetime]:
    """The moments that a wall-clock time means: see the top of this file."""
    if not real:
        yield _instant(wall, zone)
        return
    for fold in (0, 1):
        at = wall.replace(tzinfo=zone, fold=fold).astimezone(UTC)
        if at.astimezone(zone).replace(tzinfo=None, fold=0) == wall:
            yield at


def _instant(wall: datetime, zone: ZoneInfo) -> datetime:
    """The first moment of a wall-clock time; for one that does not exist, the first moment after the gap."""
    at = wall.replace(tzinfo=zone).astimezone(UTC)
    if at.astimezone(zone).replace(tzinfo=None, fold=0) == wall:
        return at
    before, after = wall.replace(tzinfo=zone, fold=1).astimezone(UTC), at
    offset = after.astimezone(zone).utcoffset()
    while after - before > timedelta(seconds=1):
        middle = before + (after - before) // 2
        if middle.astimezone(zone).utcoffset() == offset:
            after = middle
        else:
            before = middle
    return after.replace(microsecond=0)
