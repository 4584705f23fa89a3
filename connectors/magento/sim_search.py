"""The simulator's search: criteria read as strictly as Magento reads them, rows found, fields picked."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from hub.sdk.simulator import Refuse

Row = dict[str, Any]

_FILTER = re.compile(r"searchCriteria\[filterGroups\]\[(\d+)\]\[filters\]\[(\d+)\]\[(field|value|conditionType)\]")
_SORT = re.compile(r"searchCriteria\[sortOrders\]\[(\d+)\]\[(field|direction)\]")
_PAGE = {"searchCriteria[pageSize]": "size", "searchCriteria[currentPage]": "page"}
_CONDITIONS: dict[str, Callable[[Any, Any], bool]] = {
    "eq": lambda a, b: a == b, "neq": lambda a, b: a != b, "gt": lambda a, b: a > b, "gteq": lambda a, b: a >= b,
    "lt": lambda a, b: a < b, "lteq": lambda a, b: a <= b, "in": lambda a, b: a in b, "nin": lambda a, b: a not in b,
}  # fmt: skip
_TOKENS = re.compile(r"\w+|[\[\],]")


@dataclass
class Criteria:
    """What one request asks for."""

    groups: dict[str, dict[str, dict[str, str]]] = field(default_factory=dict)
    sort: dict[str, dict[str, str]] = field(default_factory=dict)
    size: int | None = None
    page: int = 1
    fields: str | None = None

    @property
    def filters(self) -> list[list[dict[str, str]]]:
        return [list(group.values()) for group in self.groups.values()]


def read_criteria(params: Iterable[tuple[str, str]]) -> Criteria:
    """The criteria. Refuses what Magento does not understand, and a search without any."""
    criteria, named = Criteria(), False
    for name, value in params:
        named = named or name.startswith("searchCriteria")
        if match := _FILTER.fullmatch(name):
            criteria.groups.setdefault(match[1], {}).setdefault(match[2], {})[match[3]] = value
        elif match := _SORT.fullmatch(name):
            criteria.sort.setdefault(match[1], {})[match[2]] = value
        elif name in _PAGE and value.isdecimal():
            setattr(criteria, _PAGE[name], int(value))
        elif name == "fields":
            criteria.fields = value
        else:
            raise Refuse(400, {"message": "The parameter %1 is not understood.", "parameters": [name]})
    if not named:
        message = '"%fieldName" is required. Enter and try again.'
        raise Refuse(400, {"message": message, "parameters": {"fieldName": "searchCriteria"}})
    return criteria


class Index:
    """The rows of a table in the two orders that are asked for most, so that not every page has to sort them."""

    def __init__(self, rows: list[Row], key: str) -> None:
        self.key = key
        self.by_key = sorted(rows, key=lambda row: row[key])
        self.keys = [row[key] for row in self.by_key]
        self.by_stamp = sorted(rows, key=lambda row: (row.get("updated_at", ""), row[key]))
        self.stamps = [row.get("updated_at", "") for row in self.by_stamp]

    def find(self, criteria: Criteria, columns: frozenset[str]) -> list[Row]:
        """The rows that pass all filters, sorted."""
        filters = [[self._checked(each, columns) for each in group] for group in criteria.filters]
        rows = self._narrowed(filters)
        for group in filters:
            rows = [row for row in rows if any(_passes(row, self.key, *each) for each in group)]
        order = [(each.get("field", ""), each.get("direction", "DESC")) for each in criteria.sort.values()]
        for name, _ in order:
            _require(name, columns)
        return self._sorted(rows, order)

    def _checked(self, each: dict[str, str], columns: frozenset[str]) -> tuple[str, str, Any]:
        name, condition, text = each.get("field", ""), each.get("conditionType", "eq"), each.get("value", "")
        _require(name, columns)
        if condition not in _CONDITIONS:
            raise Refuse(400, {"message": "Condition type %1 is not known.", "parameters": [condition]})
        sample = self.by_key[0].get(self.key if name == "entity_id" else name) if self.by_key else text
        values = text.split(",") if condition in {"in", "nin"} else [text]
        if isinstance(sample, int):
            if not all(value.isdecimal() for value in values):
                raise Refuse(400, {"message": "Invalid value for %1.", "parameters": [name]})
            numbers = [int(value) for value in values]
            return name, condition, numbers if condition in {"in", "nin"} else numbers[0]
        return name, condition, values if condition in {"in", "nin"} else values[0]

    def _narrowed(self, filters: list[list[tuple[str, str, Any]]]) -> list[Row]:
        alone = [group[0] for group in filters if len(group) == 1]
        low, high = 0, len(self.keys)
        for name, condition, value in alone:
            if name in {"entity_id", self.key}:
                low, high = _bounds(self.keys, condition, value, low, high)
        if (low, high) != (0, len(self.keys)):
            return self.by_key[low:high]
        for name, condition, value in alone:
            if name == "updated_at":
                low, high = _bounds(self.stamps, condition, value, low, high)
        return self.by_stamp[low:high]

    def _sorted(self, rows: list[Row], order: list[tuple[str, str]]) -> list[Row]:
        rows = sorted(rows, key=lambda row: row[self.key])
        for name, direction in reversed(order):
            column = self.key if name == "entity_id" else name
            rows.sort(
                key=lambda row: (row.get(column) is not None, row.get(column)), reverse=direction.upper() == "DESC"
            )
        return rows


def _bounds(values: list[Any], condition: str, value: Any, low: int, high: int) -> tuple[int, int]:
    if condition == "gt":
        return max(low, bisect_right(values, value)), high
    if condition == "gteq":
        return max(low, bisect_left(values, value)), high
    if condition == "lt":
        return low, max(low, min(high, bisect_left(values, value)))
    if condition == "lteq":
        return low, max(low, min(high, bisect_right(values, value)))
    return low, high


def _require(name: str, columns: frozenset[str]) -> None:
    if name not in columns:
        raise Refuse(400, {"message": "Invalid attribute name: %1", "parameters": [name]})


def _passes(row: Row, key: str, name: str, condition: str, value: Any) -> bool:
    held = row.get(key if name == "entity_id" else name)
    return held is not None and _CONDITIONS[condition](held, value)


def picked(value: Any, fields: str | None) -> Any:
    """Only the fields asked for. As in Magento, a list that is empty becomes null by it."""
    if fields is None:
        return value
    tree, rest = _tree(_TOKENS.findall(fields))
    if rest:
        return value
    return _pick(value, tree)


def _tree(tokens: list[str]) -> tuple[dict[str, Any], list[str]]:
    tree: dict[str, Any] = {}
    name = ""
    while tokens:
        mark, tokens = tokens[0], tokens[1:]
        if mark == "[":
            tree[name], tokens = _tree(tokens)
        elif mark == "]":
            return tree, tokens
        elif mark != ",":
            name = mark
            tree[name] = None
    return tree, tokens


def _pick(value: Any, tree: dict[str, Any] | None) -> Any:
    if tree is None:
        return value
    if isinstance(value, list):
        return [_pick(each, tree) for each in value] or None
    if isinstance(value, dict):
        return {name: _pick(value[name], inner) for name, inner in tree.items() if name in value}
    return value
