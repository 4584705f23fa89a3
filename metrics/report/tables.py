"""Results as tables, for forms that show all of them alike."""

from __future__ import annotations

from typing import Any

from metrics.dimensions import DIMENSIONS
from metrics.result import Column, Result

_ADDITIVE = ("money", "units", "orders", "lines", "records", "levels", "cases", "returns", "customers")


def titled(result: Result) -> str:
    """What a table shows: the metric, and by what."""
    by = [DIMENSIONS[name].title.lower() for name in result.by]
    return f"{result.metric.title}{' by ' + ' and '.join(by) if by else ''}"


def adds_up(result: Result, column: Column) -> bool:
    """Whether the sum of a column over groups means something: amounts and counts, and no quotients."""
    output = next((output for output in result.metric.outputs if output.name == column.name), None)
    if output is None or column.unit not in _ADDITIVE or output.digits is not None:
        return False
    return output.unit != "customers" or result.by == ("customer",)


def figure_of(result: Result) -> tuple[Any, bool]:
    """The headline of a result, and whether there is one: a single value, or a sum that means something."""
    column = next(column for column in result.columns if column.name == result.metric.value)
    if result.count == 1 or adds_up(result, column):
        return result.value, True
    return None, False
