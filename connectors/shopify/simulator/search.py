"""Shopify's search syntax, as far as filters of lists use it: `updated_at:>='2026-10-01' AND status:active`."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

Row = dict[str, Any]

_TERM = re.compile(r"(?P<name>\w+):(?P<operator>>=|<=|>|<)?(?P<value>'[^']*'|[\w.,:+-]+)\Z")
_NUMBER = re.compile(r"\d+")
_DATE = re.compile(r"\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\dZ)?\Z")


class BadSearch(ValueError):
    """The search cannot be read. The vendor ignores what it does not know; a stand-in must not."""


def matcher(text: str | None, fields: Mapping[str, str]) -> Callable[[Row], bool]:
    """Whether a row is found. `fields`: name in the search -> field of the row. OR binds less than AND."""
    if not text or not text.strip():
        return lambda row: True
    groups = [[_term(term.strip(), fields) for term in group.split(" AND ")] for group in text.split(" OR ")]
    return lambda row: any(all(test(row) for test in group) for group in groups)


def _term(text: str, fields: Mapping[str, str]) -> Callable[[Row], bool]:
    match = _TERM.match(text)
    if match is None:
        raise BadSearch(f"cannot read `{text}`")
    name, operator, value = match["name"], match["operator"], match["value"]
    if name not in fields:
        raise BadSearch(f"there is no filter `{name}`")
    field = fields[name]
    if name.endswith("_at"):
        return _moment(field, operator or "=", value)
    if name == "id":
        return _id(field, operator or "=", value)
    words = {word.casefold() for word in value.strip("'").split(",")}
    return lambda row: str(row[field]).casefold() in words


def _moment(field: str, operator: str, value: str) -> Callable[[Row], bool]:
    bare = value.strip("'")
    if not _DATE.match(bare) or (":" in bare and not value.startswith("'")):
        raise BadSearch("a time stands in single quotes, as in '2026-10-01T00:00:00Z'")
    return lambda row: _compared(row[field], operator, bare)


def _id(field: str, operator: str, value: str) -> Callable[[Row], bool]:
    if not _NUMBER.fullmatch(value):
        raise BadSearch("an id is a number")
    return lambda row: _compared(number_of(row[field]), operator, int(value))


def number_of(gid: str) -> int:
    found = _NUMBER.search(gid.partition("?")[0].rpartition("/")[2])
    return int(found[0]) if found else 0


def _compared(left: Any, operator: str, right: Any) -> bool:
    if operator == "=":
        return bool(left == right)
    if operator == ">=":
        return bool(left >= right)
    if operator == "<=":
        return bool(left <= right)
    return bool(left > right) if operator == ">" else bool(left < right)
