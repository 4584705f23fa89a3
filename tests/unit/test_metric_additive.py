"""What is a sum stays one: grouped by anything, and limited to each part in turn, it adds up to the whole exactly."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal as D
from typing import Any

import pytest
from support.canonical import CATALOGUE, DEFAULTS, engine

from metrics.engine import Engine
from metrics.filters import Filters
from metrics.result import Result

DAY = datetime(2024, 1, 3, 9)
SOURCES = ("shop", "erp")
SUMS: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "revenue": (("gross", "returns", "net"), ("quarter", "channel", "segment", "company_size", "product")),
    "gross_margin": (("revenue", "cost", "gross_margin"), ("month", "customer", "category")),
    "discounts": (("revenue", "discounts"), ("month", "source", "product")),
    "order_backlog": (("backlog", "overdue"), ("month", "country", "product")),
    "pipeline_value": (("opportunities", "pipeline", "weighted"), ("month", "stage", "customer")),
    "win_rate": (("won", "lost", "won_value", "lost_value"), ("source", "owner")),
    "stock_on_hand": (("levels", "units"), ("source", "product", "location")),
    "stock_value": (("units", "stock_value"), ("category", "location")),
    "dead_stock": (("stock_value", "dead_value"), ("category", "location")),
    "logistics_cost": (("freight", "revenue"), ("month", "carrier")),
    "return_rate": (("sold", "given_back"), ("source", "customer")),
    "returns": (("returns", "refunds"), ("reason", "customer")),
    "cases": (("cases", "solved", "open"), ("priority", "customer")),
}
"""Metric -> its figures that are sums, and dimensions that cut them in pieces."""


def _of(places: int, **columns: Any) -> list[dict[str, Any]]:
    """Rows of both sources; a column may be a function of the row's number."""
    return [
        {"source": SOURCES[n % 2], "source_id": str(n)} | {k: v(n) if callable(v) else v for k, v in columns.items()}
        for n in range(places)
    ]


def _moment(n: int) -> datetime:
    return DAY + timedelta(days=n * 11, hours=n)


def _some(*values: Any) -> Any:
    return lambda n: values[n % len(values)]


@pytest.fixture(scope="module")
def hub() -> Engine:
    customer, product = _some("0", "1", "2", "3", None), _some("0", "1", "4", "5", None)
    money = _some(D("10.10"), D("0.333333"), D("-7"), D("1234.567891"))
    currency = _some("EUR", "USD", "USD", None, "XXX")
    return engine(
        orders=_of(24, ordered_at=_moment, customer_source_id=customer, currency=currency, discount=_some(None, D(1)),
                   status=_some("open", "completed", "partially_shipped", "cancelled", None), carrier=_some("A", "B"),
                   channel=_some("web", None), freight_cost=_some(D("4.99"), D(7), None), promised_at=_moment,
                   total=money),
        order_lines=_of(60, order_source_id=lambda n: str(n % 24), product_source_id=product, unit_price=money,
                        quantity=_some(D(3), D(2)), quantity_shipped=_some(None, D(1)),
                        unit_cost=_some(D("3.07"), None), discount_rate=_some(None, D("0.125"))),
        returns=_of(8, order_source_id=str, refund=D("3.33"), returned_at=_moment, reason=_some("a", "b")),
        customers=_of(6, country=_some("DE", "FR", None), segment=_some("key", None), employees=_some(5, 50, None)),
        products=_of(6, category=_some("Tools", "Toys", None), unit_cost=D("2.5"), currency="USD"),
        stock_levels=_of(12, product_source_id=lambda n: str(n % 6), location_source_id=_some("W", "X", None),
                         on_hand=_some(D(4), D(-1), D(0)), unit_cost=_some(D("1.11"), None), currency="EUR"),
        opportunities=_of(9, customer_source_id=customer, status=_some("open", "won", "lost"), stage=_some("s", "t"),
                          owner=_some("o", None), amount=money, currency=currency, probability=D("0.35"),
                          expected_close_on=date(2024, 5, 1), closed_at=_moment, created_at=DAY),
        cases=_of(9, customer_source_id=customer, opened_at=_moment, closed_at=_some(None, DAY + timedelta(days=400)),
                  priority=_some("high", None)),
        customer_identities=[{"source": source, "source_id": "1", "golden_id": "C1", "country": "DE"}
                             for source in SOURCES],
        fx_rates=[{"source_id": "u", "base_currency": "EUR", "currency": "USD", "rate": D("1.083333"),
                   "rate_on": date(2023, 12, 1)}],
    )  # fmt: skip


def figures(result: Result, names: tuple[str, ...]) -> list[D]:
    return [sum((D(value) for value in result.values(name) if value is not None), D(0)) for name in names]


@pytest.mark.parametrize("metric", SUMS)
def test_groups_add_up_to_the_whole(hub: Engine, metric: str) -> None:
    names, dimensions = SUMS[metric]
    by_source = hub.compute(CATALOGUE.request(metric, by=["source"], defaults=DEFAULTS))
    assert any(figures(by_source, names)), "the data says something about it"
    for dimension in dimensions:
        grouped = hub.compute(CATALOGUE.request(metric, by=[dimension], defaults=DEFAULTS))
        assert figures(grouped, names) == figures(by_source, names), dimension


@pytest.mark.parametrize("metric", SUMS)
def test_parts_that_filters_leave_add_up_to_the_whole(hub: Engine, metric: str) -> None:
    names, _ = SUMS[metric]
    whole = hub.compute(CATALOGUE.request(metric, by=["source"], defaults=DEFAULTS))
    only = [Filters(sources=(source,)) for source in SOURCES]
    parts = hub.compute_all([CATALOGUE.request(metric, by=["source"], defaults=DEFAULTS, only=each) for each in only])
    found = [figures(part, names) for part in parts if isinstance(part, Result)]
    assert [sum(column, D(0)) for column in zip(*found, strict=True)] == figures(whole, names)
