"""Customers by their RFM scores, counted without looking at each of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from metrics.result import Result

LARGEST = 5
"""Customers of a class that are told."""
_SCORES = ("r_score", "f_score", "m_score")
Row = dict[str, Any]


@dataclass(frozen=True)
class Class:
    """Customers with the same three scores: how many, what they brought, and the largest."""

    r: int
    m: int
    segment: str
    customers: int
    revenue: Decimal
    largest: Sequence[Row]


def classes_of(result: Result) -> list[Class]:
    """All customers of a result of `rfm`; at most a hundred and twenty-five classes."""
    of = result.metric.output("segment").of
    assert of, "a segment follows from the scores"
    names = [column.name for column in result.columns]
    largest: dict[tuple[Any, ...], list[Row]] = {}
    for values in result.largest("revenue", LARGEST, by=_SCORES):
        row = dict(zip(names, values, strict=True))
        largest.setdefault(tuple(row[score] for score in _SCORES), []).append(row)
    return [
        Class(scores[0], scores[2], of(dict(zip(_SCORES, scores, strict=True))), count, revenue, largest[scores])
        for scores, (count, revenue) in sorted(result.summed("revenue", by=_SCORES).items())
    ]


def largest(classes: Iterable[Class], limit: int = LARGEST) -> list[Row]:
    """The customers of these classes that brought most."""
    rows = (row for each in classes for row in each.largest)
    return sorted(rows, key=lambda row: (-row["revenue"], row["customer_id"]))[:limit]


def counted(classes: Iterable[Class]) -> tuple[int, Decimal]:
    """How many customers they are, and what they brought."""
    found = list(classes)
    return sum(each.customers for each in found), sum((each.revenue for each in found), Decimal(0))
