"""Revenue on paper: what counts, on which day, in which currency."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal as D
from typing import Any

import pytest
from support.canonical import CATALOGUE, DEFAULTS, compute, engine, rows

from hub.errors import MetricUndefined, UsageError
from metrics.result import Result

JAN, FEB = datetime(2024, 1, 15, 12), datetime(2024, 2, 3, 12)


def order(source_id: str, **more: Any) -> dict[str, Any]:
    return {"source_id": source_id, "ordered_at": JAN, "currency": "EUR", "status": "completed"} | more


def line(source_id: str, order: str, **more: Any) -> dict[str, Any]:
    return {"source_id": source_id, "order_source_id": order} | more


def test_a_line_is_quantity_times_price_less_discounts() -> None:
    hub = engine(
        orders=[order("1")],
        order_lines=[
            line("a", "1", quantity=D(3), unit_price=D("9.99")),
            line("b", "1", quantity=D(2), unit_price=D("10"), discount_rate=D("0.15")),
            line("c", "1", quantity=D(1), unit_price=D("5"), discount=D("0.50")),
        ],
    )
    assert rows(compute(hub, "revenue")) == [
        {"month": date(2024, 1, 1), "gross": D("51.47"), "returns": D("0.00"), "net": D("51.47")}
    ]


def test_the_total_of_a_line_wins_over_its_parts() -> None:
    hub = engine(orders=[order("1")], order_lines=[line("a", "1", quantity=D(3), unit_price=D(10), total=D("25.10"))])
    assert compute(hub, "revenue").value == D("25.10")


def test_an_order_without_lines_counts_by_its_header_without_tax_and_shipping() -> None:
    hub = engine(
        orders=[
            order("1", total=D("125.00"), tax=D("19.00"), shipping=D("6.00")),
            order("2", subtotal=D("50"), discount=D("5"), total=D("99")),
        ]
    )
    assert compute(hub, "revenue").value == D("145.00")
    assert compute(hub, "revenue", by=["product"]).value == D("145.00")


def test_an_order_whose_lines_tell_no_amount_counts_by_its_header() -> None:
    hub = engine(
        orders=[order("1", total=D(30)), order("2", total=D(9)), order("3")],
        order_lines=[line("a", "1", quantity=D(2), sku="A"), line("b", "1", quantity=D(1), sku="B"),
                     line("c", "2", quantity=D(1)), line("d", "2", total=D(7)), line("e", "3", quantity=D(1))],
    )  # fmt: skip
    result = compute(hub, "average_order_value")
    assert (result.values("revenue"), result.values("orders")) == ([D("37.00")], [2])
    assert {(a.code, a.rows) for a in result.asides} == {("line_without_amount", 1), ("no_amount", 1)}
    assert sum(compute(hub, "revenue", by=["product"]).values("gross")) == D("37.00")


def test_a_discount_on_the_whole_order_lowers_revenue_and_stands_by_itself_among_products() -> None:
    hub = engine(
        orders=[order("1", discount=D("4"))],
        order_lines=[line("a", "1", total=D(10), sku="A"), line("b", "1", total=D(20), sku="B")],
    )
    assert compute(hub, "revenue").value == D("26.00")
    by_product = {row["product_id"]: row["gross"] for row in rows(compute(hub, "revenue", by=["product"]))}
    expected = {"shop/A": D("10.00"), "shop/B": D("20.00"), "shop/(discount on the whole order)": D("-4.00")}
    assert by_product == expected


def test_cancelled_draft_and_test_orders_never_count_and_are_told() -> None:
    hub = engine(
        orders=[
            order("1", total=D(10)),
            order("2", total=D(20), status="cancelled"),
            order("3", total=D(30), cancelled_at=JAN),
            order("4", total=D(40), status="draft"),
            order("5", total=D(50), is_test=True),
            order("6", total=D(60), status="on_hold"),
        ]
    )
    result = compute(hub, "revenue")
    assert result.value == D("70.00")
    assert {aside.code: aside.rows for aside in result.asides} == {"cancelled": 2, "draft": 1, "test": 1}
    assert result.missing == []


def test_an_order_without_date_is_left_out_and_told_as_missing() -> None:
    result = compute(engine(orders=[order("1", total=D(1)), order("2", total=D(2), ordered_at=None)]), "revenue")
    assert result.value == D("1.00")
    assert [str(aside) for aside in result.missing] == ["1 order record: no order date"]


def test_parts_of_a_bundle_and_cancelled_lines_do_not_count() -> None:
    hub = engine(
        orders=[order("1")],
        order_lines=[
            line("bundle", "1", total=D(100)),
            line("part", "1", total=D(60), parent_source_id="bundle"),
            line("gone", "1", total=D(5), status="cancelled"),
            line("half", "1", total=D(8), quantity=D(4), quantity_cancelled=D(1)),
        ],
    )
    assert compute(hub, "revenue").value == D("106.00")
    assert compute(hub, "revenue", by=["product"]).value == D("106.00")


def test_prices_with_tax_are_taken_without_it() -> None:
    hub = engine(
        orders=[order("1", tax_included=True)],
        order_lines=[
            line("a", "1", quantity=D(1), unit_price=D(119), tax=D(19)),
            line("b", "1", total=D(50), tax=D(9)),
        ],
    )
    assert compute(hub, "revenue").value == D("150.00")
    assert compute(hub, "revenue", by=["category"]).value == D("150.00")


def test_returns_stand_beside_gross_on_the_day_they_took_effect() -> None:
    hub = engine(
        orders=[order("1", total=D(100))],
        returns=[
            {"source_id": "r1", "order_source_id": "1", "refund": D(30), "returned_at": FEB},
            {"source_id": "r2", "order_source_id": "1", "quantity": D(2), "unit_price": D("1.5"), "returned_at": FEB},
            {"source_id": "r3", "order_source_id": "1", "refund": D(99), "returned_at": FEB, "status": "rejected"},
        ],
    )
    assert [(row["gross"], row["returns"], row["net"]) for row in rows(compute(hub, "revenue"))] == [
        (D("100.00"), D("0.00"), D("100.00")),
        (D("0.00"), D("33.00"), D("-33.00")),
    ]


def test_months_begin_in_the_reporting_time_zone() -> None:
    new_year = order("1", total=D(1), ordered_at=datetime(2023, 12, 31, 23, 30))
    assert compute(engine(orders=[new_year]), "revenue").values("month") == [date(2023, 12, 1)]
    assert compute(engine(zone="Europe/Berlin", orders=[new_year]), "revenue").values("month") == [date(2024, 1, 1)]


RATES = [
    {"source_id": "1", "base_currency": "EUR", "currency": "USD", "rate_on": date(2024, 1, 12), "rate": D("1.25")},
    {"source_id": "2", "base_currency": "EUR", "currency": "USD", "rate_on": date(2024, 1, 16), "rate": D("2")},
    {"source_id": "3", "base_currency": "EUR", "currency": "GBP", "rate_on": date(2024, 1, 12), "rate": D("0.8")},
]


def test_the_rate_is_the_last_published_on_or_before_the_day_of_the_order() -> None:
    hub = engine(orders=[order("1", total=D(100), currency="USD"), order("2", total=D(1))], fx_rates=RATES)
    assert compute(hub, "revenue").value == D("81.00")  # 15 January takes the rate of the 12th
    ahead = order("1", total=D(100), currency="USD", ordered_at=datetime(2025, 3, 1))
    assert compute(engine(orders=[ahead], fx_rates=RATES), "revenue").value == D("50.00")  # today is in 2024


def test_two_quoted_currencies_are_crossed_over_their_base() -> None:
    hub = engine("GBP", orders=[order("1", total=D(100), currency="USD"), order("2", total=D(10))], fx_rates=RATES)
    assert compute(hub, "revenue").value == D("72.00")  # 100 / 1.25 x 0.8 + 10 x 0.8


def test_what_became_the_euro_has_its_fixed_rate_from_then_on() -> None:
    last = {"source_id": "4", "base_currency": "EUR", "currency": "HRK", "rate_on": date(2022, 12, 30), "rate": D(8)}
    orders = [
        order("1", total=D("19.5583"), currency="DEM"), order("2", total=D("75.345"), currency="HRK"),
        order("3", total=D(8), currency="HRK", ordered_at=datetime(2022, 12, 31)),
        order("4", total=D(1), currency="DEM", ordered_at=datetime(1998, 12, 31)),
    ]  # fmt: skip
    result = compute(engine(orders=orders, fx_rates=[last]), "revenue", by=["year"])
    assert [round(gross, 9) for gross in result.values("gross")] == [1, 20]
    assert [(aside.detail, aside.rows) for aside in result.missing] == [("DEM", 1)]


def test_an_amount_without_a_rate_is_left_out_and_told() -> None:
    orders = [order("1", total=D(100), currency="JPY"), order("2", total=D(5)),
              order("3", total=D(5), currency="USD", ordered_at=datetime(2023, 1, 1))]  # fmt: skip
    result = compute(engine(orders=orders, fx_rates=RATES), "revenue")
    assert result.value == D("5.00")
    assert [(aside.code, aside.detail, aside.rows) for aside in result.missing] == [
        ("no_rate", "JPY", 1), ("no_rate", "USD", 1),
    ]  # fmt: skip


def test_an_amount_without_a_currency_counts_and_is_told() -> None:
    result = compute(engine(orders=[order("1", total=D(5), currency=None)]), "revenue")
    assert result.value == D("5.00")
    assert [aside.code for aside in result.asides if aside.counted] == ["no_currency"]


def test_the_period_includes_both_its_days() -> None:
    orders = [order(str(day), total=D(day), ordered_at=datetime(2024, 3, day)) for day in range(1, 6)]
    assert compute(engine(orders=orders), "revenue", start=date(2024, 3, 2), end=date(2024, 3, 4)).value == D("9.00")


def test_without_any_order_the_metric_is_refused_with_the_reason() -> None:
    with pytest.raises(MetricUndefined, match=r"revenue: no record counts \(2 order records: cancelled\)\."):
        compute(engine(orders=[order("1", total=D(1), status="cancelled"), order("2", status="cancelled")]), "revenue")


def test_average_order_value() -> None:
    orders = [order("1", total=D(10), customer_source_id="A"), order("2", total=D(15), customer_source_id="A"),
              order("3", total=D(15))]  # fmt: skip
    (row,) = rows(compute(engine(orders=orders), "average_order_value"))
    assert row == {"orders": 3, "customers": 1, "revenue": D("40.00"), "average_order_value": D("13.333333")}


def test_amounts_beyond_64_bits_of_millionths_stay_exact() -> None:
    huge = D("99999999999999.999999")
    hub = engine(orders=[order("1", total=huge), order("2", total=huge)])
    assert compute(hub, "revenue").value == huge * 2


def test_huge_amounts_beside_other_currencies_cost_digits_of_the_rate_only() -> None:
    huge = D("99999999999999.999999")
    orders = [order("1", total=huge), order("2", total=D(100), currency="USD")]
    assert compute(engine(orders=orders, fx_rates=RATES), "revenue").value == huge + 80


@pytest.mark.parametrize("currency", ["EUR", "USD"])
def test_a_line_of_millions_counts_though_its_numbers_are_small(currency: str) -> None:
    """DuckDB keeps a product of numbers of 18 digits within 18 digits: twelve decimals leave it six in front."""
    lines = [
        line("1", "1", quantity=D(283), unit_price=D(7_120_000)),
        line("2", "1", quantity=D(2), unit_price=D("0.5")),
    ]
    hub = engine(narrow=True, orders=[order("1", currency=currency)], order_lines=lines, fx_rates=RATES)
    rate = D(1) if currency == "EUR" else D("0.8")
    assert compute(hub, "revenue").value == 2_014_960_001 * rate
    assert compute(hub, "revenue").value == 2_014_960_001 * rate


def test_a_sum_beyond_38_digits_is_refused_not_wrong() -> None:
    lines = [line(str(n), "1", quantity=D("9e13"), unit_price=D("9e13")) for n in range(3)]
    with pytest.raises(MetricUndefined, match="more than 38 digits"):
        compute(engine(orders=[order("1")], order_lines=lines), "revenue")


def test_what_does_not_fit_leaves_other_numbers_as_they_are() -> None:
    lines = [line(str(n), "1", quantity=D("9e13"), unit_price=D("9e13")) for n in range(3)]
    asked = [CATALOGUE.request(name, defaults=DEFAULTS) for name in ("revenue", "average_order_value", "returns")]
    given = [{"source_id": "r", "returned_at": JAN, "refund": D("0.1"), "currency": "USD"}]
    hub = engine(orders=[order("1")], order_lines=lines, returns=given, fx_rates=RATES)
    revenue, average, returns = hub.compute_all(asked)
    assert isinstance(revenue, MetricUndefined)
    assert isinstance(average, MetricUndefined)
    assert isinstance(returns, Result)
    assert returns.value == D("0.08")


@pytest.mark.parametrize(
    ("request_", "told"),
    [
        ({"by": ["month", "colour"]}, "cannot be grouped by `colour`"),
        ({"given": {"valuation": "x"}}, "has no parameter `valuation`"),
        ({"start": date(2024, 2, 1), "end": date(2024, 1, 1)}, "ends (2024-01-01) before it begins"),
    ],
)
def test_a_wrong_request_is_told(request_: dict[str, Any], told: str) -> None:
    with pytest.raises(UsageError) as error:
        compute(engine(), "revenue", **request_)
    assert told in str(error.value)


def test_an_unknown_metric_names_the_nearest() -> None:
    with pytest.raises(UsageError, match="Did you mean `revenue`"):
        compute(engine(), "revenu")
