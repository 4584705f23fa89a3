"""Moments and days. A moment becomes microseconds since 1970 in UTC, a day the text YYYY-MM-DD.

Read without any option: ISO 8601 (`2024-01-05T10:11:12.345Z`, blanks for T, any offset, `20240105101112`), dates alone
(midnight), and Microsoft's `/Date(1704449472000)/`. Fractions finer than a microsecond are cut off. A moment without an
offset is in `timezone`: where a clock was set back and a time came twice, the first is meant; a time that was skipped
is read with the offset before the change. `0000-00-00`, `00000000` and `0001-01-01` are how systems write "no date".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta, tzinfo
from decimal import Decimal
from typing import Any

from hub.convert.base import Bound, Converter, Misfit, Option, nearest, refused, shape
from hub.convert.exact import exact_number
from hub.model.kinds import MICROS, Column, Kind

_DAY = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
_CLOCK = re.compile(
    r"(?:[Tt]| +)([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:[.,]([0-9]+))?)?"
    r" ?(?:(Z|z|UTC|GMT)|([+-])([0-9]{2})(?::?([0-9]{2}))?)?"
)
_MINUTE = re.compile(r"[Tt ]([0-9]{2}):([0-9]{2})")
_BASIC = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})(?:[Tt ]?([0-9]{2})([0-9]{2})([0-9]{2})?(.*))?")
_MICROSOFT = re.compile(r"/Date\((-?[0-9]{1,17})(?:[+-][0-9]{4})?\)/")
_NO_DATE = ("0000-00-00", "00000000", "00.00.0000", "00/00/0000", "0001-01-01", "00010101", "01.01.0001")
_DAY_MICROS = 86_400 * MICROS
_EPOCH_DAY = date(1970, 1, 1).toordinal()
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NAIVE_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001  wall clock time, a zone is added later
_FIRST = (date(1000, 1, 1).toordinal() - _EPOCH_DAY) * _DAY_MICROS
_LAST = (date(9999, 12, 31).toordinal() + 1 - _EPOCH_DAY) * _DAY_MICROS - 1
_CACHED = 20_000

_UNITS = {"seconds": MICROS, "milliseconds": 1000, "microseconds": 1, "excel": _DAY_MICROS}
_EXCEL_START = (date(1899, 12, 30).toordinal() - _EPOCH_DAY) * _DAY_MICROS


class _Days(dict[str, int]):
    """`2024-01-05` -> microseconds at its midnight. Remembers, since a page has few days."""

    def __missing__(self, text: str) -> int:
        match = _DAY.fullmatch(text)
        if match is None:
            raise refused("is not a date or time in ISO 8601; `format` can describe another form", "format")
        micros = _midnight(*map(int, match.groups()))
        if len(self) >= _CACHED:
            self.clear()
        self[text] = micros
        return micros


class _InnerDays(_Days):
    """Without the outermost years, so that no offset can lead out of range."""

    def __missing__(self, text: str) -> int:
        if not "1001" <= text[:4] <= "9998":
            raise KeyError
        return super().__missing__(text)


class _Minutes(dict[str, int]):
    """`T10:11` -> microseconds since midnight; nothing -> 0."""

    def __missing__(self, text: str) -> int:
        match = _MINUTE.fullmatch(text)
        if match is None or int(match[1]) > 23:
            raise KeyError
        self[text] = micros = _time_of_day(int(match[1]), int(match[2]), 0)
        return micros


class _Seconds(dict[str, int]):
    """`:12.5+02:00`, what follows the minute -> microseconds to add for UTC, which it is where no offset is stated."""

    def __missing__(self, text: str) -> int:
        micros, _ = _clock("T00:00" + text)
        if len(self) >= _CACHED:
            self.clear()
        self[text] = micros
        return micros


def _midnight(year: int, month: int, day: int) -> int:
    if year < 1000:
        raise refused("has a year outside 1000 to 9999", "range")
    try:
        return (date(year, month, day).toordinal() - _EPOCH_DAY) * _DAY_MICROS
    except ValueError:
        raise refused("is a day that does not exist", "range") from None


def _clock(text: str) -> tuple[int, bool]:
    if not text:
        return 0, False
    match = _CLOCK.fullmatch(text)
    if match is None:
        raise refused("is not a date or time in ISO 8601; `format` can describe another form", "format")
    hours, minutes, seconds, fraction, zulu, sign, zone_hours, zone_minutes = match.groups()
    micros = _time_of_day(int(hours), int(minutes), int(seconds or 0)) + int((fraction or "0").ljust(6, "0")[:6])
    if not sign:
        return micros, zulu is not None
    offset = int(zone_hours) * 60 + int(zone_minutes or 0)
    if offset >= 24 * 60 or int(zone_minutes or 0) > 59:
        raise refused("has an offset from UTC that does not exist", "range")
    return micros - offset * 60 * MICROS * (1 if sign == "+" else -1), True


def _time_of_day(hours: int, minutes: int, seconds: int) -> int:
    """Microseconds since midnight; 24:00 and the leap second run over into the next day or minute."""
    if hours > 24 or minutes > 59 or seconds > 60 or (hours == 24 and (minutes or seconds)):
        raise refused("is a time that does not exist", "range")
    return ((hours * 60 + minutes) * 60 + seconds) * MICROS


_DAYS = _Days()
_INNER_DAYS = _InnerDays()
_MINUTES = _Minutes({"": 0})
_SECONDS = _Seconds({"": 0})


def _in_range(micros: int) -> int:
    if not _FIRST <= micros <= _LAST:
        raise refused("has a year outside 1000 to 9999", "range")
    return micros


Stated = tuple[int, bool]
"""Microseconds, and whether they are UTC already (otherwise: the wall clock of some zone)."""


def _parse_iso(text: str) -> Stated:
    if text[4:5] == "-":
        micros, is_utc = _clock(text[10:])
        return _DAYS[text[:10]] + micros, is_utc
    match = _BASIC.fullmatch(text)
    if match:
        year, month, day, hours, minutes, seconds, rest = match.groups()
        clock = f"T{hours}:{minutes}:{seconds or '00'}{rest or ''}" if hours else ""
        micros, is_utc = _clock(clock)
        return _DAYS[f"{year}-{month}-{day}"] + micros, is_utc
    match = _MICROSOFT.fullmatch(text)
    if match:
        return int(match[1]) * 1000, True
    raise refused("is not a date or time in ISO 8601; `format` can describe another form", "format")


def _parse_formats(formats: tuple[str, ...]) -> Callable[[str], Stated]:
    def parse(text: str) -> Stated:
        for form in formats:
            try:
                moment = datetime.strptime(text, form)  # noqa: DTZ007  a missing zone is added later
            except ValueError:
                continue
            return _of_datetime(moment)
        raise refused(f"is not a date or time of the form {' or '.join(formats)}", "format")

    return parse


def _of_datetime(moment: datetime) -> Stated:
    if moment.year < 1000:
        raise refused("has a year outside 1000 to 9999", "range")
    if moment.tzinfo is None:
        return (moment - _NAIVE_EPOCH) // timedelta(microseconds=1), False
    return (moment - _EPOCH) // timedelta(microseconds=1), True


def _parse_epoch(unit: str) -> Callable[[Any], Stated]:
    size = _UNITS[unit]

    def parse(value: Any) -> Stated:
        exact = exact_number(value)
        if exact is None:
            raise refused("is not a number")
        coefficient, exponent = exact
        if abs(coefficient) >= 10**40 or exponent > 40:
            raise refused("has a year outside 1000 to 9999", "range")
        micros = coefficient * size * 10**exponent if exponent >= 0 else coefficient * size // 10**-exponent
        return (micros + _EXCEL_START, False) if unit == "excel" else (micros, True)

    return parse


def _to_utc(micros: int, zone: tzinfo) -> int:
    """A wall clock time as UTC. `fold=0`: the first of two equal times; a skipped one with the offset before it."""
    moment = (_NAIVE_EPOCH + timedelta(microseconds=_in_range(micros))).replace(tzinfo=zone)
    offset = moment.utcoffset() or timedelta()
    return micros - offset // timedelta(microseconds=1)


def _to_wall(micros: int, zone: tzinfo) -> int:
    moment = (_EPOCH + timedelta(microseconds=_in_range(micros))).astimezone(zone)
    return (moment.replace(tzinfo=None) - _NAIVE_EPOCH) // timedelta(microseconds=1)


class _Reader:
    """Reads any value that states a moment, in the form that the options describe."""

    def __init__(self, options: Mapping[str, Any]) -> None:
        formats, epoch = _formats(options), options.get("epoch")
        if formats and epoch:
            raise Misfit("epoch", "`format` and `epoch` exclude each other.")
        self.zone = zone_named(options.get("timezone"))
        self._epoch = _parse_epoch(epoch) if epoch else None
        self._parse = _parse_formats(formats) if formats else _parse_iso

    def stated(self, value: Any) -> Stated | None:
        """None where the value means "no date"."""
        if isinstance(value, str):
            text = value.strip()
            if not text:
                return None
            if self._epoch:
                return self._epoch(text)
            return None if text.startswith(_NO_DATE) else self._parse(text)
        if value is None:
            return None
        if isinstance(value, datetime):
            return None if value.date() == date.min else _of_datetime(value)
        if isinstance(value, date):
            return None if value == date.min else (_midnight(value.year, value.month, value.day), False)
        if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
            if self._epoch:
                return self._epoch(value)
            if isinstance(value, int) and len(str(abs(value))) in (8, 14):
                return self.stated(str(value))
            raise refused("is a number; `epoch` says what it counts")
        raise refused(f"is {shape(value)}, a date or time is expected")

    def utc(self, value: Any) -> int | None:
        stated = self.stated(value)
        if stated is None:
            return None
        micros, is_utc = stated
        return _in_range(micros if is_utc or self.zone is None else _to_utc(micros, self.zone))


def _formats(options: Mapping[str, Any]) -> tuple[str, ...]:
    given = options.get("format", ())
    formats = (given,) if isinstance(given, str) else tuple(given)
    for form in formats:
        try:
            datetime.strptime(datetime(2001, 2, 3, 4, 5, 6, tzinfo=UTC).strftime(form), form)  # noqa: DTZ007
        except ValueError as error:
            raise Misfit("format", f"`{form}` is not a date format: {error}") from None
        if not any(code in form for code in ("%Y", "%y", "%G", "%c", "%x")):
            raise Misfit("format", f"`{form}` has no year (%Y or %y).")
    return formats


def zone_named(name: str | None) -> tzinfo | None:
    """None stands for UTC, which costs nothing."""
    if name is None or name.upper() in ("UTC", "Z", "GMT", "ETC/UTC"):
        return None
    from zoneinfo import ZoneInfo, available_timezones

    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        near = nearest(name, sorted(available_timezones()))
        raise Misfit("timezone", f"there is no timezone `{name}`; they look like `Europe/Berlin`.{near}") from None


def _build_utc(column: Column, options: Mapping[str, Any]) -> Bound:
    reader = _Reader(options)
    plain = reader.zone is None and not _others(options, "timezone")
    return Bound(reader.utc, _utc_bulk if plain else None, memo=True)


def _others(options: Mapping[str, Any], *known: str) -> bool:
    return any(name not in known for name in options)


def _utc_bulk(values: list[Any]) -> list[Any]:
    """Three look-ups for each text: its day, its minute, and what follows. Texts of other forms raise."""
    days, minutes, seconds = _INNER_DAYS, _MINUTES, _SECONDS
    micros = [days[text[:10]] + minutes[text[10:16]] + seconds[text[16:]] if text else None for text in values]
    if None in micros and not set(map(type, values)) <= {str, type(None)}:
        raise TypeError
    return micros


def _build_date(column: Column, options: Mapping[str, Any]) -> Bound:
    reader = _Reader(options)

    def scalar(value: Any) -> str | None:
        if isinstance(value, str):
            value = value.strip()
            if not options and value[10:] and _DAY.match(value):
                _clock(value[10:])
                value = value[:10]  # the day as it is written there, whatever its offset
        stated = reader.stated(value)
        if stated is None:
            return None
        micros, is_utc = stated
        if is_utc and reader.zone is not None:
            micros = _to_wall(micros, reader.zone)
        elif is_utc and isinstance(value, datetime) and "timezone" not in options:
            micros, _ = _of_datetime(value.replace(tzinfo=None))
        return (_EPOCH + timedelta(microseconds=_in_range(micros))).date().isoformat()

    return Bound(scalar, memo=True)


_OPTIONS = (
    Option("format", str, "Its form in strptime codes, such as `%d.%m.%Y`; a list tries several.", many=True),
    Option("epoch", str, "The number counts this since 1970; `excel`: days of a spreadsheet.", choices=tuple(_UNITS)),
    Option("timezone", str, "Zone of times that state no offset, such as `Europe/Berlin`.", "UTC"),
)
UTC_MOMENT = Converter("utc", Kind.UTC, "A moment, in ISO 8601 unless an option says otherwise.", _build_utc, _OPTIONS)
DATE = Converter(
    "date",
    Kind.DATE,
    "A calendar day; of a moment, the day as written, or the day in `timezone` where that is given.",
    _build_date,
    _OPTIONS,
)
