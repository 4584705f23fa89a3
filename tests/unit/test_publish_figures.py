"""Figures as columns: whether a result's rows come as values or stay in the database, what is published is the same."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from support.canonical import CATALOGUE, DEFAULTS
from support.everything import everything

from hub.errors import MetricUndefined
from metrics import rows
from metrics.publish import figures


def published(metric: str, few: int) -> tuple[list[tuple[str, str]], list[dict[str, Any]]]:
    """Names and kinds of the columns, and the rows."""
    patch = pytest.MonkeyPatch()
    patch.setattr(rows, "_FEW", few)
    try:
        result = everything().compute(CATALOGUE.request(metric, defaults=DEFAULTS))
        assert (result.load.batches is None) == (few > 0)
        found = figures.columns(result, labels=True)
    finally:
        patch.undo()
    names = [(each.name, each.kind.value) for each, _ in found]
    return names, pa.table({each.name: values for each, values in found}).to_pylist()


@pytest.mark.parametrize("metric", ["revenue", "gross_margin", "revenue_concentration", "cases", "rfm"])
def test_columns_say_what_rows_say(metric: str) -> None:
    try:
        by_rows = published(metric, 1000)
    except MetricUndefined:
        pytest.skip("this company has no such records")
    assert by_rows[1], "every metric has a value here"
    assert published(metric, -1) == by_rows


def test_a_figure_is_rounded_once_and_half_to_even() -> None:
    result = everything().compute(CATALOGUE.request("revenue", defaults=DEFAULTS))
    (column,) = (each for each in result.columns if each.name == "gross")
    read = pa.chunked_array([[Decimal("1.0000005"), Decimal("1.0000015"), None]], pa.decimal128(38, 12))
    field, values = figures._of_column(column, read, None)
    assert (field.kind.value, values.to_pylist()) == ("decimal", [Decimal("1.000000"), Decimal("1.000002"), None])


@pytest.mark.parametrize("few", [-1, 1000])
def test_a_figure_with_too_many_digits_is_told(monkeypatch: pytest.MonkeyPatch, few: int) -> None:
    monkeypatch.setattr(rows, "_FEW", few)
    monkeypatch.setattr(figures, "_DIGITS", 8)
    result = everything().compute(CATALOGUE.request("revenue", defaults=DEFAULTS))
    with pytest.raises(MetricUndefined, match="more than 8 digits"):
        figures.columns(result, labels=True)
