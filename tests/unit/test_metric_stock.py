"""Stock on hand, its value, and how often it turns, on paper."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal as D
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from support.canonical import CATALOGUE, DEFAULTS, compute, engine, rows

from hub.errors import MetricUndefined
from metrics.engine import Engine
from metrics.explain import explain

PRODUCTS = [
    {"source_id": "P", "list_price": D(30), "price_quantity": D(2), "currency": "EUR", "category": "Tools"},
    {"source_id": "Q", "list_price": D(7), "unit_cost": D(4), "currency": "EUR", "category": "Toys"},
    {"source_id": "S", "list_price": D(500), "kind": "service", "currency": "EUR"},
]


def level(source_id: str, product: str, on_hand: str, **more: Any) -> dict[str, Any]:
    return {"source_id": source_id, "product_source_id": product, "on_hand": D(on_hand), "currency": "EUR"} | more


LEVELS = [level("1", "P", "10", unit_cost=D("12.5")), level("2", "Q", "3"), level("3", "S", "1"),
          level("4", "Q", "5", stock_type="in_transit")]  # fmt: skip


def test_stock_on_hand_counts_goods_on_our_own_shelves() -> None:
    result = compute(engine(products=PRODUCTS, stock_levels=LEVELS), "stock_on_hand")
    assert result.value == D(13)
    assert {aside.code for aside in result.asides} == {"not_goods", "elsewhere"}


def test_stock_is_valued_at_cost_of_the_level_then_of_the_product() -> None:
    hub = engine(products=PRODUCTS, stock_levels=LEVELS)
    assert compute(hub, "stock_value").value == D("137.00")  # 10 x 12.5 + 3 x 4


def test_stock_that_tells_no_currency_has_that_of_its_product() -> None:
    level_in_dollars = {"source_id": "1", "product_source_id": "U", "on_hand": D(5), "unit_cost": D(4)}
    goods, rate = [{"source_id": "U", "currency": "USD"}], {"base_currency": "EUR", "currency": "USD", "rate": D(2)}
    rates = [{"source_id": "1", "rate_on": date(2024, 1, 1), **rate}]
    hub = engine(products=goods, stock_levels=[level_in_dollars], fx_rates=rates)
    assert compute(hub, "stock_value").value == compute(hub, "dead_stock").value == D("10.00")


def test_a_cost_list_wins_over_the_cost_on_the_product() -> None:
    costs = [
        {"source_id": "old", "product_source_id": "Q", "cost": D(99), "valid_from": datetime(2020, 1, 1)},
        {"source_id": "new", "product_source_id": "Q", "cost": D(50), "per_quantity": D(10), "currency": "EUR",
         "valid_from": datetime(2024, 1, 1)},
    ]  # fmt: skip
    hub = engine(products=PRODUCTS, stock_levels=[LEVELS[1]], product_costs=costs)
    assert compute(hub, "stock_value").value == D("15.00")


@pytest.mark.parametrize(
    ("own", "end", "value"),
    [(None, None, "20.00"), (None, date(2024, 3, 1), "12.00"), (None, date(2023, 6, 1), "8.00"),
     (D("1.50"), None, "20.00"), (D("1.50"), date(2023, 6, 1), "6.00")],
)  # fmt: skip
def test_a_listed_cost_counts_from_its_first_day_on(own: D | None, end: date | None, value: str) -> None:
    """4 units at 2 from January, 3 from the 1st of March, 5 from July; one of 2025 is not yet true. Before January the
    product's own cost, and the first listed one where it has none."""
    costs = [
        {"source_id": str(n), "product_source_id": "W", "cost": D(cost), "currency": "EUR", "valid_from": at}
        for n, (cost, at) in enumerate(((2, datetime(2024, 1, 1)), (3, datetime(2024, 3, 1)), (5, datetime(2024, 7, 1)),
                                        (9, datetime(2025, 3, 1))))
    ]  # fmt: skip
    goods = [{"source_id": "W", "sku": "W", "kind": "goods", "unit_cost": own, "currency": "EUR"}]
    hub = engine(products=goods, stock_levels=[level("1", "W", "4")], product_costs=costs)
    assert compute(hub, "stock_value", end=end).value == D(value)


LISTED = (
    ("2024-01-01", None, "2"), ("2024-03-01", "2024-04-01", "3"), ("2024-03-10", "2024-03-15 18:00", "4"),
    ("2024-07-01", "2024-08-01", "5"), ("2024-10-01", "2024-11-01", "6"),
)  # fmt: skip


def listed(*costs: tuple[str | None, str | None, str]) -> list[dict[str, Any]]:
    return [
        {"source_id": str(n), "product_source_id": "W", "cost": D(cost), "currency": "EUR",
         "valid_from": since and datetime.fromisoformat(since), "valid_to": until and datetime.fromisoformat(until)}
        for n, (since, until, cost) in enumerate(costs)
    ]  # fmt: skip


def listing(costs: list[dict[str, Any]], own: str | None = None) -> Engine:
    """One unit of a product with these costs."""
    goods = [{"source_id": "W", "sku": "W", "kind": "goods", "unit_cost": own and D(own), "currency": "EUR"}]
    return engine(products=goods, stock_levels=[level("1", "W", "1")], product_costs=costs)


def worth(of: Engine, on: date) -> D:
    value: D = compute(of, "stock_value", end=on).value
    return value


def test_of_the_costs_that_hold_on_a_day_the_one_that_began_last_counts() -> None:
    """One from January on; on top of it a month, within that some days (until the evening of the 15th), and more."""
    days = {"2024-02-29": 2, "2024-03-01": 3, "2024-03-09": 3, "2024-03-10": 4, "2024-03-15": 4, "2024-03-16": 3,
            "2024-03-31": 3, "2024-04-01": 2, "2024-07-01": 5, "2024-08-01": 2, "2024-12-31": 2}  # fmt: skip
    of = listing(listed(*LISTED))
    assert {day: worth(of, date.fromisoformat(day)) for day in days} == days
    assert worth(listing(listed(*reversed(LISTED)), own="9"), date(2024, 3, 12)) == 4


def test_a_cost_that_has_ended_leaves_the_products_own() -> None:
    of = listing(listed(("2024-01-01", "2024-02-01", "2"), ("2024-06-01", "2024-07-01", "3")), own="9")
    assert [worth(of, date(2024, month, 15)) for month in (1, 2, 6, 7)] == [2, 9, 3, 9]


def test_where_it_has_ended_and_the_product_has_none_there_is_no_value_and_it_says_why() -> None:
    of = listing(listed((None, "2024-02-01", "2")))
    assert worth(of, date(2024, 1, 31)) == 2
    with pytest.raises(MetricUndefined, match="the listed one has ended, and the product has none of its own"):
        worth(of, date(2024, 2, 1))


def test_the_explanation_says_that_it_has_ended() -> None:
    goods = [{"source_id": name, "kind": "goods", "unit_cost": cost} for name, cost in (("W", None), ("V", D(1)))]
    levels = [level(name, name, "1") for name in ("W", "V")]
    hub = engine(products=goods, stock_levels=levels, product_costs=listed((None, "2024-02-01", "2")))
    asked = CATALOGUE.request("stock_value", by=["product"], end=date(2024, 3, 1), defaults=DEFAULTS)
    assert explain(hub, asked, ["shop/V"]).value == 1
    with pytest.raises(
        MetricUndefined, match=r"no record of 'shop/W' counts \(1 stock record: no cost holds on that day"
    ):
        explain(hub, asked, ["shop/W"])


def test_a_cost_that_ends_before_it_begins_never_holds() -> None:
    of = listing(listed(("2024-01-01", None, "2"), ("2024-03-01", "2024-02-01", "3")))
    assert [worth(of, date(2024, month, 15)) for month in (2, 3, 12)] == [2, 2, 2]


SPANS = st.lists(
    st.tuples(st.none() | st.integers(0, 30), st.none() | st.integers(0, 33)),
    max_size=7,
    unique_by=lambda span: span[0],
)


@given(st.lists(SPANS, min_size=9, max_size=9), st.integers(0, 34))
@settings(max_examples=5, deadline=None, phases=[Phase.generate])
def test_it_is_what_a_look_through_the_list_finds(lists: list[Any], on: int) -> None:
    first = date(2024, 1, 1)
    goods, costs, expected = [], [], {}
    for product, spans in enumerate(lists):
        days = [tuple(each if each is None else str(first + timedelta(days=each)) for each in span) for span in spans]
        told = listed(*((since, until, str(cost)) for cost, (since, until) in enumerate(days, 1)))
        costs += [
            each | {"product_source_id": f"{product}", "source_id": f"{product}-{each['source_id']}"} for each in told
        ]
        goods.append({"source_id": f"{product}", "kind": "goods", "unit_cost": D(99), "currency": "EUR"})
        holds = [
            (-1 if since is None else since, cost)
            for cost, (since, until) in enumerate(spans, 1)
            if (since is None or since <= on) and (until is None or until > on)
        ]
        expected[f"shop/{product}"] = max(holds)[1] if holds else 99
    levels = [level(each["source_id"], each["source_id"], "1") for each in goods]
    hub = engine(products=goods, stock_levels=levels, product_costs=costs)
    result = compute(hub, "stock_value", by=["product"], end=first + timedelta(days=on))
    assert {row["product_id"]: row["stock_value"] for row in rows(result)} == expected


def test_a_sale_costs_what_the_product_cost_that_day() -> None:
    costs = [
        {"source_id": str(n), "product_source_id": "W", "cost": D(cost), "currency": "EUR", "valid_from": at}
        for n, (cost, at) in enumerate(((2, datetime(2024, 1, 1)), (5, datetime(2024, 7, 1))))
    ]
    orders = [{"source_id": str(n), "ordered_at": datetime(2024, n, 15), "currency": "EUR"} for n in (3, 9)]
    lines = [{"source_id": str(n), "order_source_id": str(n), "product_source_id": "W", "quantity": D(10),
              "unit_price": D(8)} for n in (3, 9)]  # fmt: skip
    result = compute(engine(orders=orders, order_lines=lines, product_costs=costs), "gross_margin", by=["month"])
    assert result.values("cost") == [D("20.00"), D("50.00")]


def test_the_value_at_list_price_is_a_named_variant() -> None:
    result = compute(engine(products=PRODUCTS, stock_levels=LEVELS), "stock_value", given={"valuation": "list_price"})
    assert result.value == D("171.00")  # 10 x 30 / 2 + 3 x 7
    assert result.about()["parameters"] == {"valuation": "list_price"}


def test_stock_without_any_cost_has_no_value_and_says_why() -> None:
    with pytest.raises(MetricUndefined) as refused:
        compute(engine(products=PRODUCTS[:1], stock_levels=[level("1", "P", "10")]), "stock_value")
    assert "nothing in stock has a cost (1 stock record: no cost or price to value it by)" in str(refused.value)
    assert "valuation=list_price" in refused.value.fix


def test_negative_stock_counts_and_is_flagged() -> None:
    result = compute(engine(products=PRODUCTS, stock_levels=[level("1", "Q", "-2")]), "stock_value")
    assert result.value == D("-8.00")
    assert [(aside.code, aside.counted) for aside in result.asides] == [("negative", True)]


def change(at: datetime, on_hand: str, **more: Any) -> dict[str, Any]:
    return {"source_id": "1", "product_source_id": "P", "changed_at": at, "on_hand": D(on_hand), "currency": "EUR",
            "unit_cost": D(2)} | more  # fmt: skip


HISTORY = [change(datetime(2024, 1, 1), "100"), change(datetime(2024, 1, 3), "40")]
SOLD = {
    "orders": [{"source_id": "1", "ordered_at": datetime(2024, 1, 4, 12), "currency": "EUR"}],
    "order_lines": [
        {"source_id": "a", "order_source_id": "1", "product_source_id": "P", "quantity": D(60), "unit_price": D(5),
         "unit_cost": D(2)},
    ],
}  # fmt: skip


def test_turnover_weighs_stock_by_the_time_it_lay_there() -> None:
    (row,) = rows(compute(engine(products=PRODUCTS, stock_history=HISTORY, **SOLD), "inventory_turnover"))
    assert row == {
        "days": D("4.00"),  # 1 to 4 January
        "cogs": D("120.00"),
        "average_inventory": D("140.000000"),  # (2 x 200 + 2 x 80) / 4
        "inventory_turnover": D("0.857143"),
        "turns_per_year": D("78.267857"),
    }


def test_opening_and_closing_average_is_a_named_variant() -> None:
    hub = engine(products=PRODUCTS, stock_history=HISTORY, **SOLD)
    (row,) = rows(compute(hub, "inventory_turnover", given={"average": "opening_closing"}))
    assert (row["average_inventory"], row["inventory_turnover"]) == (D("140.000000"), D("0.857143"))


def test_a_period_cuts_stock_and_sales() -> None:
    hub = engine(products=PRODUCTS, stock_history=HISTORY, **SOLD)
    (row,) = rows(compute(hub, "inventory_turnover", start=date(2024, 1, 2), end=date(2024, 1, 5)))
    assert (row["days"], row["average_inventory"]) == (D("4.00"), D("110.000000"))  # (200 + 3 x 80) / 4


def test_stock_that_is_gone_at_the_source_weighs_nothing_from_then_on() -> None:
    history = [HISTORY[0], change(datetime(2024, 1, 3), "40", is_deleted=True)]
    (row,) = rows(compute(engine(products=PRODUCTS, stock_history=history, **SOLD), "inventory_turnover"))
    assert row["average_inventory"] == D("100.000000")


def test_stock_below_nothing_does_not_turn() -> None:
    history = [change(datetime(2024, 1, 1), "-5")]
    (row,) = rows(compute(engine(products=PRODUCTS, stock_history=history, **SOLD), "inventory_turnover"))
    assert (row["average_inventory"] < 0, row["inventory_turnover"], row["turns_per_year"]) == (True, None, None)
    assert compute(engine(products=PRODUCTS, stock_history=history, **SOLD), "days_of_inventory").value == 0


def test_turnover_is_refused_without_the_cost_of_what_was_sold() -> None:
    sold = {"orders": SOLD["orders"], "order_lines": [SOLD["order_lines"][0] | {"unit_cost": None}]}
    with pytest.raises(MetricUndefined, match=r"the cost of what was sold is not known \(1 sale record: no cost\)"):
        compute(engine(products=PRODUCTS, stock_history=HISTORY, **sold), "inventory_turnover")


def test_turnover_is_refused_without_a_history() -> None:
    with pytest.raises(MetricUndefined):
        compute(engine(products=PRODUCTS, **SOLD), "inventory_turnover")


def test_a_line_without_cost_takes_the_present_one_and_tells() -> None:
    line = SOLD["order_lines"][0] | {"unit_cost": None, "product_source_id": "Q"}
    history = [change(datetime(2024, 1, 1), "100", product_source_id="Q")]
    hub = engine(products=PRODUCTS, stock_history=history, orders=SOLD["orders"], order_lines=[line])
    result = compute(hub, "inventory_turnover")
    assert result.values("cogs") == [D("240.00")]
    assert [aside.code for aside in result.asides if aside.counted] == ["todays_cost"]


def test_sales_before_the_history_begins_are_left_out_and_told() -> None:
    early = {"source_id": "0", "ordered_at": datetime(2023, 6, 1), "currency": "EUR"}
    line = SOLD["order_lines"][0] | {"source_id": "z", "order_source_id": "0"}
    hub = engine(products=PRODUCTS, stock_history=HISTORY, orders=[*SOLD["orders"], early],
                 order_lines=[*SOLD["order_lines"], line])  # fmt: skip
    result = compute(hub, "inventory_turnover")
    assert result.values("cogs") == [D("120.00")]
    assert [str(aside) for aside in result.missing] == ["1 sale record: sold before the stock history begins"]


def test_stock_that_is_only_known_from_within_the_period_counts_and_is_flagged() -> None:
    late = change(datetime(2024, 1, 3), "10", source_id="2", product_source_id="Q")
    result = compute(engine(products=PRODUCTS, stock_history=[*HISTORY, late], **SOLD), "inventory_turnover")
    assert result.values("average_inventory") == [D("150.000000")]  # (2 x 200 + 2 x (80 + 20)) / 4
    assert [(aside.code, aside.rows, aside.counted) for aside in result.asides] == [("late_history", 1, True)]
