"""`$filter` and `$orderby`, read by a few lines that share nothing with the hub's client or its simulators."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time
from decimal import Decimal
from functools import cmp_to_key
from typing import Any

Row = dict[str, Any]
Test = Callable[[Row], bool]
Value = Callable[[Row], Any]

_TOKEN = re.compile(
    r"\s*(?:(?P<typed>(?:datetimeoffset|datetime|time|guid)'[^']*')|(?P<text>'(?:[^']|'')*')"
    r"|(?P<guid>[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})"
    r"|(?P<moment>\d{4}-\d\d-\d\d(?:T[\d:.]+(?:Z|[+-]\d\d:\d\d)?)?)|(?P<clock>\d\d:\d\d:\d\d(?:\.\d+)?)"
    r"|(?P<number>-?\d+(?:\.\d+)?)(?:[mMlLdDfF](?!\w))?|(?P<word>[A-Za-z_@][\w./]*)|(?P<sign>[(),]))"
)
_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "eq": lambda a, b: a == b, "ne": lambda a, b: a != b, "gt": lambda a, b: a > b, "ge": lambda a, b: a >= b,
    "lt": lambda a, b: a < b, "le": lambda a, b: a <= b,
}  # fmt: skip
_WORDS = {"true": True, "false": False, "null": None}


class Wrong(Exception):
    """What this server does not take."""


def plain(value: Any) -> Any:
    """A value as it compares: days and moments as naive UTC."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).replace(tzinfo=None) if value.tzinfo else value
    return datetime(value.year, value.month, value.day) if isinstance(value, date) else value


def condition(text: str) -> Test:
    """The test that a `$filter` stands for."""
    reader = _Reader(list(_tokens(text)))
    found = reader.either()
    if reader.left:
        raise Wrong(f"unexpected {reader.left[0]}")
    return found


def _tokens(text: str) -> Iterator[tuple[str, str]]:
    at, text = 0, text.rstrip()
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None or match.lastgroup is None:
            raise Wrong(f"cannot read {text[at : at + 12]!r}")
        yield match.lastgroup, match[match.lastgroup]
        at = match.end()


class _Reader:
    def __init__(self, tokens: list[tuple[str, str]]) -> None:
        self.left = tokens

    def take(self, text: str | None = None) -> tuple[str, str]:
        if not self.left or (text is not None and self.left[0][1] != text):
            raise Wrong(f"expected {text}")
        return self.left.pop(0)

    def next_is(self, text: str) -> bool:
        return bool(self.left) and self.left[0][1] == text

    def either(self) -> Test:
        parts = [self.both()]
        while self.next_is("or"):
            self.take()
            parts.append(self.both())
        return lambda row: any(part(row) for part in parts)

    def both(self) -> Test:
        parts = [self.single()]
        while self.next_is("and"):
            self.take()
            parts.append(self.single())
        return lambda row: all(part(row) for part in parts)

    def single(self) -> Test:
        if self.next_is("not"):
            self.take()
            inner = self.single()
            return lambda row: not inner(row)
        if self.next_is("("):
            self.take()
            found = self.either()
            self.take(")")
            return found
        return self.comparison()

    def comparison(self) -> Test:
        left = self.value()
        operator = self.take()[1]
        if operator not in _COMPARE:
            raise Wrong(f"unknown operator {operator}")
        compare, right = _COMPARE[operator], self.value()

        def test(row: Row) -> bool:
            one, other = plain(left(row)), plain(right(row))
            if one is None or other is None:
                return operator in {"eq", "ne"} and compare(one, other)
            return compare(one, other)

        return test

    def value(self) -> Value:
        kind, text = self.take()
        if kind == "word" and text not in _WORDS:
            return lambda row: _at(row, text)
        found = _WORDS[text] if kind == "word" else literal(kind, text)
        return lambda row: found


def _at(row: Row, path: str) -> Any:
    for step in path.split("/"):
        row = row[step]
    return row


def literal(kind: str, text: str) -> Any:
    if kind == "text":
        return text[1:-1].replace("''", "'")
    if kind == "number":
        return Decimal(text)
    if kind == "guid":
        return text.lower()
    if kind == "clock":
        return time.fromisoformat(text)
    if kind == "moment":
        return datetime.fromisoformat(text)
    prefix, _, inner = text[:-1].partition("'")
    if prefix == "guid":
        return inner.lower()
    if prefix == "time":
        match = re.fullmatch(r"PT(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)(?:\.\d+)?S)?", inner)
        if match is None:
            raise Wrong("a time is written as PT12H34M56S")
        return time(*(int(part or 0) for part in match.groups()))
    if (prefix == "datetime") == inner.endswith("Z"):
        raise Wrong(f"{prefix} is written with{'out' if prefix == 'datetime' else ''} a zone")
    return datetime.fromisoformat(inner)


def ordered(rows: list[Row], orderby: str) -> list[Row]:
    """The rows in the order asked for; without one in none that anybody could rely on."""
    if not orderby:
        return rows[::-1]
    steps = [step.strip().split() for step in orderby.split(",")]

    def compare(one: Row, other: Row) -> int:
        for name, *way in steps:
            a, b = plain(_at(one, name)), plain(_at(other, name))
            if a != b:
                less = a is None or (b is not None and a < b)
                return (1 if less else -1) if way == ["desc"] else (-1 if less else 1)
        return 0

    return sorted(rows, key=cmp_to_key(compare))
