"""The simulator's search: criteria read as strictly as Magento reads them, rows found, fields picked."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from hub.sdk.simulator import Refuse

Row = dict[str, Any]
Filter = tuple[str, str, Any]
"""Column, condition and value."""
Order = tuple[tuple[str, bool], ...]
"""Columns; True for descending."""

_KEPT = 16
_BOUNDS = frozenset({"gt", "gteq", "lt", "lteq"})

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
    """The rows of a table, in every order that was asked for so far, so that not every page has to sort them."""

    def __init__(self, rows: list[Row], key: str) -> None:
        self.key = key
        self.rows = rows
        self._at = {row[key]: row for row in rows}
        self._orders: dict[Order, tuple[list[Row], list[Any]]] = {}
        self._found: OrderedDict[tuple[Any, ...], list[Row]] = OrderedDict()

    def find(self, criteria: Criteria, columns: frozenset[str]) -> list[Row]:
        """The rows that pass all filters, sorted. The list must not be changed."""
        filters = tuple(tuple(self._checked(each, columns) for each in group) for group in criteria.filters)
        for each in criteria.sort.values():
            _require(each.get("field", ""), columns)
        order = tuple(
            (self._column(each.get("field", "")), each.get("direction", "DESC").upper() == "DESC")
            for each in criteria.sort.values()
        )
        if (filters, order) not in self._found:
            self._found[filters, order] = self._passing(filters, order)
            if len(self._found) > _KEPT:
                self._found.popitem(last=False)
        return self._found[filters, order]

    def _column(self, name: str) -> str:
        return self.key if name == "entity_id" else name

    def _checked(self, each: dict[str, str], columns: frozenset[str]) -> Filter:
        name, condition, text = each.get("field", ""), each.get("conditionType", "eq"), each.get("value", "")
        _require(name, columns)
        if condition not in _CONDITIONS:
            raise Refuse(400, {"message": "Condition type %1 is not known.", "parameters": [condition]})
        column = self._column(name)
        sample = self.rows[0].get(column) if self.rows else text
        values: list[Any] = text.split(",") if condition in {"in", "nin"} else [text]
        if isinstance(sample, int):
            if not all(value.isdecimal() for value in values):
                raise Refuse(400, {"message": "Invalid value for %1.", "parameters": [name]})
            values = [int(value) for value in values]
        return column, condition, frozenset(values) if condition in {"in", "nin"} else values[0]

    def _passing(self, filters: tuple[tuple[Filter, ...], ...], order: Order) -> list[Row]:
        """By the key where it is named; else between bounds, of what the order begins with if they are of that."""
        alone = [group[0] for group in filters if len(group) == 1]
        keys = [value for name, condition, value in alone if name == self.key and condition == "in"]
        if keys:
            rows = [self._at[key] for key in keys[0] if key in self._at]
            return self._sorted([row for row in rows if _passes_all(row, filters)], order)
        bounds = [each for each in alone if each[1] in _BOUNDS]
        first = order[0][0] if order and not order[0][1] else self.key
        name = next((each[0] for each in bounds if each[0] == first), bounds[0][0] if bounds else first)
        in_order = order if order[:1] == ((name, False),) else ((name, False),)
        rows = self._between(in_order, [each for each in bounds if each[0] == name])
        left = tuple(group for group in filters if len(group) > 1 or group[0] not in bounds or group[0][0] != name)
        rows = [row for row in rows if _passes_all(row, left)] if left else rows
        return rows if in_order == order else self._sorted(rows, order)

    def _between(self, order: Order, bounds: list[Filter]) -> list[Row]:
        """All rows in order, from one value of what the order begins with to another. What is null is in no bounds."""
        if order not in self._orders:
            rows = self._sorted(self.rows, order)
            self._orders[order] = rows, [_rank(row.get(order[0][0])) for row in rows]
        rows, values = self._orders[order]
        low, high = bisect_left(values, (True,)) if bounds else 0, len(rows)
        for _, condition, value in bounds:
            cut = (bisect_right if condition in {"gt", "lteq"} else bisect_left)(values, _rank(value))
            low, high = (max(low, cut), high) if condition in {"gt", "gteq"} else (low, min(high, cut))
        return rows[low:high]

    def _sorted(self, rows: list[Row], order: Order) -> list[Row]:
        """By the order; what is alike in it, by the key."""
        rows = sorted(rows, key=lambda row: row[self.key])
        for name, descending in reversed(order):
            rows.sort(key=lambda row, name=name: _rank(row.get(name)), reverse=descending)  # type: ignore[misc]
        return rows


def _rank(value: Any) -> tuple[Any, ...]:
    return value is not None, value


def _require(name: str, columns: frozenset[str]) -> None:
    if name not in columns:
        raise Refuse(400, {"message": "Invalid attribute name: %1", "parameters": [name]})


def _passes_all(row: Row, filters: tuple[tuple[Filter, ...], ...]) -> bool:
    return all(any(_passes(row, *each) for each in group) for group in filters)


def _passes(row: Row, name: str, condition: str, value: Any) -> bool:
    held = row.get(name)
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
