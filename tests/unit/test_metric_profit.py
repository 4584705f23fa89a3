"""Margin, discounts, growth and backlog on paper."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal as D
from typing import Any

import pytest
from support.canonical import CATALOGUE, DEFAULTS, compute, engine, rows

from hub.errors import MetricUndefined

JAN, FEB = datetime(2024, 1, 15, 12), datetime(2024, 2, 3, 12)


def order(source_id: str, **more: Any) -> dict[str, Any]:
    return {"source_id": source_id, "ordered_at": JAN, "currency": "EUR", "status": "open"} | more


def line(source_id: str, order: str, **more: Any) -> dict[str, Any]:
    return {"source_id": source_id, "order_source_id": order} | more


RATES = [{"source_id": "1", "base_currency": "EUR", "currency": "USD", "rate": D("1.25"), "rate_on": date(2024, 1, 1)}]


def test_margin_is_revenue_less_cost_of_the_lines_whose_cost_is_known() -> None:
    hub = engine(
        products=[{"source_id": "P", "unit_cost": D(4), "currency": "USD"}],
        orders=[order("1", discount=D(3))],
        order_lines=[
            line("own", "1", quantity=D(2), unit_price=D(10), unit_cost=D(6)),
            line("product", "1", quantity=D(5), unit_price=D(10), product_source_id="P"),
            line("unknown", "1", quantity=D(1), unit_price=D(99)),
        ],
        fx_rates=RATES,
    )
    result = compute(hub, "gross_margin")
    assert rows(result) == [
        {"revenue": D("67.00"), "cost": D("28.00"), "gross_margin": D("39.00"), "margin_share": D("0.582090")}
    ]  # 20 + 50 - 3; 2 x 6 + 5 x 4 / 1.25
    told = {(aside.code, aside.rows, aside.counted) for aside in result.asides}
    assert told == {("no_cost", 1, False), ("todays_cost", 1, True)}


def test_a_cost_is_for_one_base_unit() -> None:
    hub = engine(
        products=[{"source_id": "P", "unit_cost": D(2), "currency": "EUR"}],
        orders=[order("1")],
        order_lines=[line("box", "1", quantity=D(1), base_quantity=D(12), unit_price=D(60), product_source_id="P")],
    )
    assert compute(hub, "gross_margin").values("cost") == [D("24.00")]


def test_a_box_costs_what_the_pieces_in_it_do() -> None:
    hub = engine(
        products=[{"source_id": "P", "unit": "C62", "currency": "EUR"}],
        product_units=[{"source_id": "u", "product_source_id": "P", "unit": "XBX", "numerator": D(12),
                        "denominator": D(1)}],
        product_costs=[{"source_id": "c", "product_source_id": "P", "cost": D(24), "unit": "XBX", "currency": "EUR"}],
        orders=[order("1")],
        order_lines=[
            line("a", "1", quantity=D(2), unit="XBX", unit_price=D(60), product_source_id="P"),
            line("b", "1", quantity=D(3), unit="C62", unit_price=D(6), product_source_id="P"),
            line("c", "1", quantity=D(4), quantity_cancelled=D(1), base_quantity=D(40), unit_price=D(60),
                 product_source_id="P"),
        ],
        stock_levels=[{"source_id": "s", "product_source_id": "P", "on_hand": D(5), "unit": "XBX"},
                      {"source_id": "t", "product_source_id": "P", "on_hand": D(1), "unit": "XBX", "unit_cost": D(30)}],
    )  # fmt: skip
    assert compute(hub, "gross_margin").values("cost") == [D("114.00")]  # (24 + 3 + 30) x 2
    assert compute(hub, "stock_coverage", by=["product"]).values("on_hand") == [D(72)]
    assert compute(hub, "stock_value").value == D("150.00")  # 60 x 2 + 30


def test_a_product_without_a_cost_costs_what_another_system_says_of_the_same_article_in_the_same_unit() -> None:
    hub = engine(
        products=[
            {"source_id": "P"}, {"source_id": "Q", "unit": "KGM"},
            {"source": "erp", "source_id": "E", "unit": "C62", "unit_cost": D(3), "currency": "EUR"},
        ],
        product_costs=[{"source": "erp", "source_id": "1", "product_source_id": "E", "cost": D(5), "currency": "EUR",
                        "valid_from": datetime(2024, 1, 10)}],
        product_identities=[{"source": source, "source_id": key, "golden_id": "P1"}
                            for source, key in (("shop", "P"), ("shop", "Q"), ("erp", "E"))],
        orders=[order("1"), order("0", ordered_at=datetime(2024, 1, 1))],
        order_lines=[
            line("a", "1", quantity=D(2), unit_price=D(10), product_source_id="P"),
            line("b", "0", quantity=D(2), unit_price=D(10), product_source_id="P"),
            line("c", "1", quantity=D(2), unit_price=D(10), product_source_id="Q"),
        ],
    )  # fmt: skip
    result = compute(hub, "gross_margin", by=["month"])
    assert (result.values("revenue"), result.values("cost")) == ([D("40.00")], [D("16.00")])  # 2 x 5 + 2 x 3


def test_margin_is_refused_without_any_cost() -> None:
    hub = engine(orders=[order("1")], order_lines=[line("a", "1", quantity=D(2), unit_price=D(10))])
    with pytest.raises(
        MetricUndefined, match=r"cost of what was sold is not known \(1 line record: no cost that holds on its day\)"
    ):
        compute(hub, "gross_margin")


def test_discounts_of_lines_and_of_whole_orders() -> None:
    hub = engine(
        orders=[order("1", discount=D("1.50")), order("2", tax_included=True)],
        order_lines=[
            line("a", "1", quantity=D(4), unit_price=D(10), discount_rate=D("0.25")),
            line("b", "1", quantity=D(1), unit_price=D(10), total=D(8)),
            line("c", "2", quantity=D(1), unit_price=D(119), total=D(90), tax=D("17.10")),
            line("d", "1", total=D(5)),
        ],
    )
    result = compute(hub, "discounts")
    assert rows(result) == [
        {"revenue": D("126.50"), "discounts": D("25.40"), "discount_share": D("0.167215")}
    ]  # 10 + 2 + (119 - 107.10) + 1.50
    assert [(aside.code, aside.rows) for aside in result.missing] == [("no_price", 1)]


def test_growth_compares_with_the_month_and_the_year_before() -> None:
    moments = {"a": datetime(2023, 2, 1), "b": datetime(2024, 1, 31), "c": datetime(2024, 2, 29)}
    totals = {"a": D(50), "b": D(80), "c": D(100)}
    hub = engine(orders=[order(key, ordered_at=moments[key], total=totals[key]) for key in moments])
    found = {row["month"]: row for row in rows(compute(hub, "revenue_growth_monthly"))}
    assert found[date(2024, 2, 1)] == {
        "month": date(2024, 2, 1), "gross": D("100.00"), "before": D("80.00"), "growth": D("0.250000"),
        "year_before": D("50.00"), "growth_on_year": D("1.000000"),
    }  # fmt: skip
    assert found[date(2024, 1, 1)]["growth"] is None  # nothing in December
    (_, last) = rows(compute(hub, "revenue_growth_yearly"))
    assert (last["growth"], last["growth_on_year"]) == (D("2.600000"), D("2.600000"))


def test_growth_of_a_customer_is_its_own() -> None:
    hub = engine(orders=[order("1", customer_source_id="A", total=D(10)),
                         order("2", customer_source_id="B", total=D(5), ordered_at=FEB)])  # fmt: skip
    assert {row["growth"] for row in rows(compute(hub, "revenue_growth_monthly", by=["customer"]))} == {None}


def test_backlog_is_what_open_orders_have_not_shipped() -> None:
    hub = engine(
        orders=[
            order("1", requested_at=FEB), order("2", status="shipped"), order("3", status=None, shipped_at=FEB),
            order("4", status=None, total=D(7)), order("5", status="cancelled", total=D(9)),
            order("6", status=None, total=D(9)),
        ],
        shipments=[{"source_id": "S", "order_source_id": "6", "shipped_at": FEB},
                   {"source_id": "T", "order_source_id": "1", "shipped_at": FEB}],
        shipment_lines=[{"source_id": "t", "shipment_source_id": "T", "order_line_source_id": "e", "quantity": D(3)}],
        order_lines=[
            line("a", "1", quantity=D(4), unit_price=D(10), quantity_shipped=D(1)),
            line("b", "1", quantity=D(4), unit_price=D(10), quantity_shipped=D(4)),
            line("c", "2", total=D(100)), line("d", "3", total=D(100)),
            line("e", "1", quantity=D(4), unit_price=D(10)),
        ],
    )  # fmt: skip
    result = compute(hub, "order_backlog")
    assert rows(result) == [
        {"orders": 2, "backlog": D("47.000000"), "overdue_orders": 1, "overdue": D("40.000000"),
         "oldest": date(2024, 1, 15)}
    ]  # fmt: skip
    assert {(aside.kind, aside.code): aside.rows for aside in result.asides} == {
        ("line", "shipped"): 3, ("order", "shipped"): 1, ("order", "cancelled"): 1,
    }  # fmt: skip


@pytest.mark.parametrize(("metric", "figure"), [("gross_margin", "gross_margin"), ("discounts", "discounts"),
                                                ("order_backlog", "backlog")])  # fmt: skip
def test_the_parts_add_up_to_the_total(metric: str, figure: str) -> None:
    orders = [
        order(str(n), customer_source_id=f"c{n % 3}", currency=["EUR", "USD"][n % 2], channel=f"w{n % 2}",
              discount=D(n % 2), ordered_at=datetime(2024, 1 + n % 4, 5))
        for n in range(12)
    ]  # fmt: skip
    lines = [
        line(str(n), str(n % 12), quantity=D(n % 7 + 1), unit_price=D("3.333333") * n, unit_cost=D("1.1") + n,
             discount_rate=D("0.07"), quantity_shipped=D(n % 3), product_source_id=f"p{n % 4}")
        for n in range(40)
    ]  # fmt: skip
    hub = engine(orders=orders, order_lines=lines, fx_rates=RATES)
    ways = ((), ("month",), ("customer",), ("channel", "product"))
    results = hub.compute_all([CATALOGUE.request(metric, by=by, defaults=DEFAULTS) for by in ways])
    totals = {sum(result.values(figure)) for result in results if not isinstance(result, Exception)}
    assert len(totals) == 1
