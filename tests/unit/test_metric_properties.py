"""What must hold for any data: sums by any dimension equal the total, at both grains, exactly."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal as D
from typing import Any

from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from support.canonical import CATALOGUE, DEFAULTS, engine

MONEY = st.decimals(D("-100000"), D("100000"), places=6)
FEW = st.sampled_from(["A", "B", "C", None])
CURRENCY = st.sampled_from(["EUR", "EUR", "USD", "GBP", "XXX", None])
MOMENT = st.integers(0, 400 * 24).map(lambda hours: datetime(2023, 12, 20) + timedelta(hours=hours))
RATES = [
    {"source_id": f"{currency}{n}", "base_currency": "EUR", "currency": currency, "rate": D(rate) + D(n) / 1000,
     "rate_on": date(2023, 12, 1) + timedelta(days=9 * n)}
    for currency, rate in (("USD", "1.083333"), ("GBP", "0.857143"))
    for n in range(30)
]  # fmt: skip

ORDER = st.fixed_dictionaries(
    {
        "source": st.sampled_from(["shop", "erp"]),
        "customer_source_id": FEW,
        "channel": FEW,
        "ordered_at": st.one_of(MOMENT, st.none()),
        "currency": CURRENCY,
        "status": st.sampled_from(["open", "completed", "cancelled", "draft", None]),
        "total": st.one_of(MONEY, st.none()),
        "discount": st.one_of(st.none(), MONEY),
        "tax_included": st.sampled_from([True, False, None]),
    }
)
LINE = st.fixed_dictionaries(
    {
        "order": st.integers(0, 7),
        "product_source_id": FEW,
        "quantity": st.one_of(st.decimals(0, 500, places=6), st.none()),
        "quantity_cancelled": st.sampled_from([None, None, D(1), D(1000)]),
        "unit_price": st.one_of(MONEY, st.none()),
        "discount_rate": st.sampled_from([None, D("0.15"), D("0.333333")]),
        "discount": st.sampled_from([None, D("1.5")]),
        "total": st.one_of(st.none(), MONEY),
        "tax": st.sampled_from([None, D("1.9")]),
    }
)
RETURN = st.fixed_dictionaries(
    {"customer_source_id": FEW, "refund": MONEY, "returned_at": MOMENT, "currency": CURRENCY}
)
DIMENSIONS = ("day", "month", "year", "source", "channel", "customer", "country", "product", "category")


def _tables(orders: list[Any], lines: list[Any], returns: list[Any]) -> dict[str, Any]:
    orders = [{**order, "source_id": str(place)} for place, order in enumerate(orders)]
    placed = []
    for place, line in enumerate(lines):
        order = orders[line["order"]] if line["order"] < len(orders) else {"source": "shop", "source_id": "unknown"}
        values = {name: value for name, value in line.items() if name != "order"}
        placed.append(
            values | {"source": order["source"], "source_id": str(place), "order_source_id": order["source_id"]}
        )
    returns = [{**entry, "source_id": str(place)} for place, entry in enumerate(returns)]
    customers = [{"source_id": "A", "country": "DE"}, {"source_id": "B", "country": "FR", "source": "erp"}]
    products = [{"source_id": "A", "category": "Tools"}, {"source_id": "B", "category": "Toys"}]
    return {"orders": orders, "order_lines": placed, "returns": returns, "customers": customers, "products": products}


@given(st.lists(ORDER, min_size=1, max_size=8), st.lists(LINE, max_size=12), st.lists(RETURN, max_size=3))
@settings(max_examples=8, deadline=None, phases=(Phase.explicit, Phase.generate))
def test_revenue_adds_up_by_every_dimension(orders: list[Any], lines: list[Any], returns: list[Any]) -> None:
    hub = engine(fx_rates=RATES, **_tables(orders, lines, returns))
    requests = [CATALOGUE.request("revenue", by=[name]) for name in DIMENSIONS]
    results = [result for result in hub.compute_all(requests) if not isinstance(result, Exception)]
    assert len(results) in (0, len(DIMENSIONS))
    totals = {(sum(result.values("gross")), sum(result.values("returns"))) for result in results}
    assert len(totals) <= 1


@given(st.lists(ORDER, min_size=1, max_size=8), st.lists(LINE, max_size=8))
@settings(max_examples=6, deadline=None)
def test_every_order_counts_or_is_told(orders: list[Any], lines: list[Any]) -> None:
    hub = engine(fx_rates=RATES, **_tables(orders, lines, []))
    (result,) = hub.compute_all([CATALOGUE.request("revenue", defaults=DEFAULTS)])
    if not isinstance(result, Exception):
        told = sum(aside.rows for aside in result.asides if not aside.counted and aside.kind == "order")
        assert result.counted.get("order", 0) + told == len(orders)
