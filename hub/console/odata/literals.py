"""Literals of a filter as exact values in physical form: whole millionths and microseconds, with what lies between."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from odata_query import ast

from hub.console.odata.errors import unsupported, wrong
from hub.model.kinds import Kind

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MOMENT = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,12}))?)?(Z|[+-]\d\d:\d\d)?", re.IGNORECASE
)
_WIDEST_EXPONENT = 60
_NOT_HERE = (ast.Duration, ast.Time, ast.Geography, ast.GUID)


@dataclass(frozen=True, slots=True)
class Literal:
    """A constant. Numbers are `Decimal`, moments `Decimal` microseconds since 1970, dates `YYYY-MM-DD`."""

    value: Any
    kind: Kind | None


NULL = Literal(None, None)


def literal(node: Any) -> Literal | None:
    """The literal that a node of the syntax tree is; None where it is none. Raises ODataError where it is wrong."""
    if isinstance(node, ast.Null):
        return NULL
    if isinstance(node, ast.String):
        return text(node.val)
    if isinstance(node, ast.Integer | ast.Float):
        return Literal(_number(node.val), Kind.DECIMAL)
    if isinstance(node, ast.Boolean):
        return Literal(node.val.lower() == "true", Kind.BOOLEAN)
    if isinstance(node, ast.DateTime):
        return Literal(moment(node.val), Kind.UTC)
    if isinstance(node, ast.Date):
        return Literal(_day(node.val), Kind.DATE)
    if isinstance(node, _NOT_HERE):
        raise unsupported(f"Literals of the type {type(node).__name__} are not supported: nothing here has that type.")
    return None


def is_storable(value: str) -> bool:
    """Whether a database takes the text: no U+0000, no half of a character."""
    return "\x00" not in value and not any("\ud800" <= character <= "\udfff" for character in value)


def text(value: str) -> Literal:
    """A text; no stored text holds the character U+0000."""
    if not is_storable(value):
        raise wrong("A text may not hold the character U+0000.", "$filter")
    return Literal(value, Kind.TEXT)


def _number(written: str) -> Decimal:
    value = Decimal(written)
    if value and abs(value.adjusted()) > _WIDEST_EXPONENT:
        raise wrong("A number has too many digits.", "$filter")
    return value


def _day(written: str) -> str:
    try:
        return date.fromisoformat(written).isoformat()
    except ValueError:
        raise wrong(f"There is no date {written}.", "$filter") from None


def moment(written: str) -> Decimal:
    """Microseconds since 1970, with a fraction where more digits were given."""
    match = _MOMENT.fullmatch(written)
    if match is None:
        raise wrong(f"{written} is no moment; write it as in 2024-01-31T10:00:00Z.", "$filter")
    year, month, day, hour, minute, second, fraction, zone = match.groups()
    if zone is None:
        raise wrong(f"{written} has no time zone; write {written}Z for UTC.", "$filter")
    try:
        whole = datetime(
            int(year), int(month), int(day), int(hour), int(minute), int(second or 0), tzinfo=UTC
        ) - _offset(zone)
    except (ValueError, OverflowError):
        raise wrong(f"There is no moment {written}.", "$filter") from None
    return Decimal((whole - _EPOCH) // timedelta(microseconds=1)) + Decimal(f"0.{fraction or 0}") * 1_000_000


def _offset(zone: str) -> timedelta:
    if zone in "Zz":
        return timedelta()
    distance = timedelta(hours=int(zone[1:3]), minutes=int(zone[4:6]))
    return -distance if zone[0] == "-" else distance


def whole_bound(operator: str, value: Decimal) -> int | None:
    """What `operator value` means for whole numbers: x > 1.5 is x > 1. None where no whole number is equal."""
    floor = int(value.to_integral_value("ROUND_FLOOR"))
    if value == floor:
        return floor
    if operator in ("eq", "ne"):
        return None
    return floor if operator in ("gt", "le") else floor + 1
