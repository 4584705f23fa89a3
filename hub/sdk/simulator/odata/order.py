"""Rows in order; null is the least value, as the protocol wants."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from hub.sdk.simulator.table import SimRow

Order = Sequence[tuple[Callable[[SimRow], Any], bool]]
"""Getters of the values to order by; True for descending."""


def sorted_rows(rows: list[SimRow], order: Order) -> list[SimRow]:
    """A new list; equal rows keep their places."""
    found = list(rows)
    for get, descending in reversed(order):
        found.sort(key=lambda row, get=get: ranked(get(row)), reverse=descending)  # type: ignore[misc]
    return found


def ranked(value: Any) -> tuple[Any, ...]:
    """What stands for a value where values are compared."""
    return (0,) if value is None else (1, value)


def place_of(row: SimRow, order: Order) -> tuple[Any, ...]:
    """Where a row stands, for `first_after`."""
    return tuple(ranked(get(row)) for get, _ in order)


def first_after(rows: list[SimRow], place: tuple[Any, ...], order: Order) -> int:
    """Index of the first row behind a place; all rows are in order."""
    for index, row in enumerate(rows):
        if _is_after(row, place, order):
            return index
    return len(rows)


def _is_after(row: SimRow, place: tuple[Any, ...], order: Order) -> bool:
    for (get, descending), other in zip(order, place, strict=True):
        own = ranked(get(row))
        if own != other:
            return bool(own < other) if descending else bool(own > other)
    return False
