"""PostgreSQL: decimals are `numeric`, moments `timestamptz` in a session whose zone is UTC."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from hub.console.odata.literals import Literal, is_storable, whole_bound
from hub.console.odata.sql import SIGNS, SPACES, Dialect, Values
from hub.model.kinds import Kind

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_WIDEST = 1 << 63
_FORMS = {
    Kind.TEXT: "text",
    Kind.JSON: "text",
    Kind.INTEGER: "bigint",
    Kind.BOOLEAN: "boolean",
    Kind.DECIMAL: "numeric",
    Kind.UTC: "timestamptz",
    Kind.DATE: "date",
}
_WRITTEN = {
    Kind.DECIMAL: re.compile(r"-?\d{1,20}(\.\d{1,12})?"),
    Kind.UTC: re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?\+00:00"),
    Kind.DATE: re.compile(r"\d{4}-\d\d-\d\d"),
}
"""What values look like that come back in a link."""
_DIRECT = {
    "contains": "(strpos({0}, {1}) > 0)",
    "indexof": "(strpos({0}, {1}) - 1)",
    "length": "char_length({0})",
    "concat": '(({0} || {1}) COLLATE "C")',
    "year": "CAST(date_part('year', {0}) AS integer)",
    "month": "CAST(date_part('month', {0}) AS integer)",
    "day": "CAST(date_part('day', {0}) AS integer)",
    "hour": "CAST(date_part('hour', {0}) AS integer)",
    "minute": "CAST(date_part('minute', {0}) AS integer)",
    "second": "CAST(floor(date_part('second', {0})) AS integer)",
    "date": "CAST({0} AS date)",
}


class Postgres(Dialect):
    """`letters` is the collation that knows what letters are alike, since the columns' own is that of bytes."""

    sign, true, false, nulls_come_first = "$", "TRUE", "FALSE", False

    def __init__(self, letters: str = "default") -> None:
        self.letters = letters

    def json(self, sql: str, kind: Kind, *, nullable: bool, as_text: bool) -> str:
        number = f"trim_scale({sql})::text" if kind is Kind.DECIMAL else f"{sql}::text"
        written = {
            Kind.TEXT: f"to_json({sql})::text",
            Kind.JSON: f"to_json({sql}::text)::text",
            Kind.UTC: f"left(to_json({sql})::text, -7) || 'Z\"'",
            Kind.DATE: f"to_json({sql})::text",
            Kind.BOOLEAN: f"{sql}::text",
        }.get(kind, f"'\"' || {number} || '\"'" if as_text else number)
        return f"coalesce({written}, 'null')" if nullable else written

    def concatenated(self, parts: Sequence[tuple[str, str | None]]) -> str:
        pieces = []
        for text, sql in parts:
            pieces.append("'" + text.replace("'", "''") + "'")
            if sql is not None:
                pieces.append(f"({sql})")
        return " || ".join(pieces)

    def body(self, sql: str) -> str:
        return sql

    def mark(self, terms: Sequence[tuple[str, Kind]]) -> str:
        sqls = [f"{sql}::text" if kind in (Kind.DECIMAL, Kind.JSON) else sql for sql, kind in terms]
        return f"json_build_array({', '.join(sqls)})::text"

    def mark_of(self, columns: Sequence[Any]) -> list[Any]:
        return list(json.loads(columns[0]))

    def is_mark(self, value: Any, kind: Kind) -> bool:
        if kind is Kind.INTEGER:
            return type(value) is int and -_WIDEST <= value < _WIDEST
        if kind is Kind.BOOLEAN:
            return isinstance(value, bool)
        pattern = _WRITTEN.get(kind)
        return isinstance(value, str) and is_storable(value) and (pattern is None or _is_right(pattern, value))

    def marked(self, values: Values, value: Any, kind: Kind) -> str:
        if kind in (Kind.INTEGER, Kind.DECIMAL):
            return f"{values.add(str(value))}::{_FORMS[kind]}"
        if kind is Kind.UTC:
            return f"{values.add(datetime.fromisoformat(value))}::timestamptz"
        return f"{values.add(value)}::{_FORMS[kind]}"

    def ordered(self, sql: str, kind: Kind) -> list[tuple[str, Kind]]:
        return [(sql, kind)]

    def literal(self, values: Values, value: Literal, kind: Kind) -> str:
        if kind is Kind.UTC:
            return f"{values.add(_moment(int(value.value)))}::timestamptz"
        if kind in (Kind.INTEGER, Kind.DECIMAL):
            number = Decimal(value.value)
            fits = kind is Kind.INTEGER and number == int(number) and -_WIDEST <= number < _WIDEST
            return f"{values.add(f'{number:f}')}::{'bigint' if fits else 'numeric'}"
        place = f"{values.add(value.value)}::{_FORMS[kind]}"
        return f'({place} COLLATE "C")' if kind is Kind.TEXT else place

    def compared(self, operator: str, sql: str, kind: Kind, values: Values, value: Decimal) -> str:
        if kind is Kind.UTC:
            bound = whole_bound(operator, value)
            assert bound is not None
            value = Decimal(bound)
        return f"{sql} {SIGNS[operator]} {self.literal(values, Literal(value, kind), kind)}"

    def both(self, operator: str, left: tuple[str, Kind], right: tuple[str, Kind]) -> str:
        return f"{left[0]} {SIGNS[operator]} {right[0]}"

    def same(self, left: str, right: str) -> str:
        return f"{left} IS NOT DISTINCT FROM {right}"

    def certain(self, sql: str) -> str:
        return f"coalesce({sql}, FALSE)"

    def function(self, name: str, sqls: Sequence[str]) -> str:
        if name in ("tolower", "toupper"):
            return f'({name.removeprefix("to")}({sqls[0]} COLLATE "{self.letters}") COLLATE "C")'
        if name == "substring":
            return f"substr({sqls[0]}, {', '.join(sqls[1:])})"
        if name == "trim":
            return f"btrim({sqls[0]}, {_quoted(SPACES)})"
        return _DIRECT[name].format(*sqls)

    def starts(self, sql: str, start: str) -> str:
        return f"({sql} ^@ {start})"

    def ends(self, sql: str, end: str) -> str:
        return f"(right({sql}, char_length({end})) = {end})"

    def joined(self, sql: str, body: str, order: str) -> str:
        return f"coalesce((SELECT string_agg(j, ',') FROM (SELECT {body} AS j {sql} {order}) AS listed), '')"


def _moment(micros: int) -> datetime:
    """The last moment of all for what lies behind it."""
    try:
        return _EPOCH + timedelta(microseconds=micros)
    except OverflowError:
        return datetime.max.replace(tzinfo=UTC)


def _is_right(pattern: re.Pattern[str], value: str) -> bool:
    """Whether a moment, a day or a number that came back is one."""
    if not pattern.fullmatch(value):
        return False
    try:
        return "-" not in value[1:] or datetime.fromisoformat(value) is not None
    except ValueError:
        return False


def _quoted(text: str) -> str:
    return f"'{text}'"
