"""What an explanation prints must give the value again, for every metric and any data."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal as D
from decimal import InvalidOperation, localcontext
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from support.canonical import CATALOGUE, DEFAULTS, engine
from support.everything import everything
from test_metric_properties import LINE, ORDER, RATES, RETURN, _tables

from hub.sdk.metric import EXACT
from metrics.explain import explain
from metrics.explain.explanation import Explanation
from metrics.explain.records import Record
from metrics.report.asking import key_of
from metrics.rows import figures_of

QUICK = settings(
    max_examples=2, deadline=None, phases=(Phase.explicit, Phase.generate),
    suppress_health_check=(HealthCheck.too_slow, HealthCheck.data_too_large),
)  # fmt: skip
STOCK = st.fixed_dictionaries(
    {
        "product_source_id": st.sampled_from(["A", "B", "C"]),
        "on_hand": st.one_of(st.none(), st.decimals(-5, 500, places=3)),
        "unit_cost": st.one_of(st.none(), st.decimals(0, 500, places=6)),
        "currency": st.sampled_from(["EUR", "USD", "XXX", None]),
        "stock_type": st.sampled_from([None, "unrestricted", "in_transit"]),
    }
)


def _hub(orders: list[Any], lines: list[Any], returns: list[Any], stock: list[Any]) -> Any:
    levels = [{**level, "source_id": str(place)} for place, level in enumerate(stock)]
    history = [
        {**level, "changed_at": datetime(2024, 1, 5) + timedelta(days=n), "run_id": 1}
        for n, level in enumerate(levels * 2)
    ]
    for state in history:
        state.pop("run_id")
    return engine(fx_rates=RATES, stock_levels=levels, stock_history=history, **_tables(orders, lines, returns))


def _again(found: Explanation) -> list[Any]:
    """The figures, out of nothing but what the explanation prints."""
    printed = found.document()
    return figures_of(found.metric, {n: _read(v) for n, v in {**printed["parameters"], **printed["inputs"]}.items()})


def _read(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return D(value)
    except InvalidOperation:
        pass
    try:
        return date.fromisoformat(value)
    except ValueError:
        return value


def _key(result: Any, row: tuple[Any, ...]) -> list[str] | None:
    """How the row is asked for; None where a part of its key is empty."""
    keys = [value for column, value in zip(result.columns, row, strict=True) if column.role == "key"]
    return None if any(key is None for key in keys) else ["/".join(map(str, keys))]


@given(
    st.lists(ORDER, min_size=1, max_size=8), st.lists(LINE, max_size=10), st.lists(RETURN, max_size=3),
    st.lists(STOCK, max_size=5),
)  # fmt: skip
@QUICK
def test_the_inputs_of_every_metric_give_its_value_again(
    orders: list[Any], lines: list[Any], returns: list[Any], stock: list[Any]
) -> None:
    hub = _hub(orders, lines, returns, stock)
    requests = [CATALOGUE.request(name, defaults=DEFAULTS) for name in CATALOGUE.metrics]
    for request, result in zip(requests, hub.compute_all(requests), strict=True):
        if isinstance(result, Exception) or not result.rows:
            continue
        row = result.rows[0]
        keys = _key(result, row) if request.by else []
        if keys is not None and len(keys) == len(request.by):
            found = explain(hub, request, keys)
            assert found.figures == list(row[-len(found.figures) :])
            assert _again(found) == found.figures


@pytest.mark.parametrize("name", CATALOGUE.metrics)
def test_every_metric_has_a_value_that_is_explained(name: str) -> None:
    """Nothing is passed over here: where a kind of record is missing, the test fails."""
    hub, request = everything(), CATALOGUE.request(name, defaults=DEFAULTS)
    result = hub.compute(request)
    for row in (result.rows[0], result.rows[-1]):
        found = explain(hub, request, _keys_of(result, row))
        assert found.figures == list(row[-len(found.figures) :])
        assert _again(found) == found.figures
        assert found.records.count == sum(found.counted.values()) > 0


def _keys_of(result: Any, row: tuple[Any, ...]) -> list[str]:
    """The row's key for each dimension, as the report writes it."""
    named = dict(zip((column.name for column in result.columns), row, strict=True))
    return [key_of(dimension, named) for dimension in result.by]


@given(
    st.lists(ORDER, min_size=1, max_size=8), st.lists(LINE, max_size=10), st.lists(RETURN, max_size=3),
    st.sampled_from(["month", "source", "channel", "customer"]),
)  # fmt: skip
@settings(parent=QUICK, max_examples=5)
def test_the_records_add_up_to_the_value(orders: list[Any], lines: list[Any], returns: list[Any], by: str) -> None:
    hub = _hub(orders, lines, returns, [])
    request = CATALOGUE.request("revenue", by=[by])
    (result,) = hub.compute_all([request])
    if isinstance(result, Exception):
        return
    for row in result.rows[:3]:
        keys = _key(result, row)
        if keys is None:
            continue
        found = explain(hub, request, keys)
        records = [record for page in found.records.pages() for record in page]
        assert len(records) == sum(found.counted.values())
        _add_up(found, records)


def _add_up(found: Explanation, records: list[Record]) -> None:
    with localcontext(EXACT):
        assert sum((r.values["sold"] or D(0) for r in records), D(0)) == found.inputs["gross"]
        assert sum((r.values["refunded"] or D(0) for r in records), D(0)) == found.inputs["returns"]
        for record in records:
            for amount, own in record.own.items():
                if own is not None and record.rate:
                    assert abs(own * D(record.rate) - record.values[amount]) <= D("1e-20")
