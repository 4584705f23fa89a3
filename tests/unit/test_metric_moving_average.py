"""The moving average against a perpetual ledger in plain Python, and by hand."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal as D
from fractions import Fraction
from functools import cache
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from support.canonical import CATALOGUE, DEFAULTS, compute, engine, rows

from hub.errors import MetricUndefined
from metrics.engine import Engine
from metrics.explain import explain

METRIC = "stock_value_moving_average"
FIRST = date(2024, 1, 1)
_EXACT_ENOUGH = D("0.0001")


@dataclass
class Product:
    """What happened to a product, day by day from 2024-01-01: (day, received, price) and (day, sold); negative is a
    return. Its history begins with the stock at the end of day `seen_from`; None: it has none."""

    name: str
    bought: list[tuple[int, int, str | None]]
    sold: list[tuple[int, int]]
    seen_from: int | None = None
    opening: int = 0
    days: int = field(init=False)

    def __post_init__(self) -> None:
        self.days = 1 + max(day for day, *_ in (*self.bought, *self.sold, (self.seen_from or 0,)))

    def stock(self, until: int) -> int:
        """What lies there at the end of a day."""
        came = sum(quantity for day, quantity, _ in self.bought if day <= until)
        return self.opening + came - sum(quantity for day, quantity in self.sold if day <= until)

    def ledger(self) -> Fraction:
        """What lies there at the end, by a perpetual ledger: receipts first, then all that leaves."""
        stock, average = self.opening, Fraction(min(self.bought)[2] or 0)
        for day in range(self.days):
            for when, quantity, price in self.bought:
                if when == day:
                    before = max(stock, 0)
                    average = (before * average + quantity * Fraction(price or 0)) / (before + quantity)
                    stock += quantity
            stock -= sum(quantity for when, quantity in self.sold if when == day)
        return stock * average


def at(day: int, hour: int = 12) -> datetime:
    return datetime(FIRST.year, FIRST.month, FIRST.day, hour) + timedelta(days=day)


def hub(*products: Product, **more: Any) -> Engine:
    held: dict[str, list[dict[str, Any]]] = {
        "purchase_orders": [{"source_id": "O"}], "orders": [], "products": [], "stock_levels": [], "stock_history": [],
        "purchase_order_lines": [], "receipts": [], "order_lines": [], "returns": [],
    }  # fmt: skip
    for product in products:
        for entity, found in _records(product).items():
            held[entity] += found
    return engine(**held | more)


def _records(of: Product) -> dict[str, list[dict[str, Any]]]:
    mine = {"product_source_id": of.name}
    seen = [] if of.seen_from is None else range(of.seen_from, of.days)
    return {
        "products": [{"source_id": of.name, "sku": of.name, "kind": "goods", "category": "Tools"}],
        "stock_levels": [{"source_id": of.name, "on_hand": D(of.stock(of.days)), **mine}],
        "stock_history": [
            {"source_id": of.name, "on_hand": D(of.stock(day)), "changed_at": at(day, 20), **mine} for day in seen
        ],
        "purchase_order_lines": [
            {"source_id": f"{of.name}-{n:02}", "purchase_order_source_id": "O", "quantity": D(quantity),
             "unit_price": None if price is None else D(price), "currency": "EUR", **mine}
            for n, (_, quantity, price) in enumerate(of.bought)
        ],
        "receipts": [
            {"source_id": f"{of.name}-{n:02}", "purchase_order_line_source_id": f"{of.name}-{n:02}",
             "quantity": D(quantity), "received_at": at(day), **mine}
            for n, (day, quantity, _) in enumerate(of.bought)
        ],
        "orders": [
            {"source_id": f"{of.name}-{n:02}", "status": "shipped", "ordered_at": at(day)}
            for n, (day, quantity) in enumerate(of.sold) if quantity > 0
        ],
        "order_lines": [
            {"source_id": f"{of.name}-{n:02}", "order_source_id": f"{of.name}-{n:02}", "quantity": D(quantity),
             "unit_price": D(99), **mine}
            for n, (day, quantity) in enumerate(of.sold) if quantity > 0
        ],
        "returns": [
            {"source_id": f"{of.name}-{n:02}", "quantity": D(-quantity), "returned_at": at(day), **mine}
            for n, (day, quantity) in enumerate(of.sold) if quantity < 0
        ],
    }  # fmt: skip


def value(*products: Product, **asked: Any) -> D:
    found: D = compute(hub(*products), METRIC, **asked).value
    return found


BOUGHT: list[tuple[int, int, str | None]] = [(0, 100, "10"), (14, 100, "13")]
SOLD = [(9, 60), (19, 50)]


UNPRICED: list[tuple[int, int, str | None]] = [(0, 100, None), (14, 100, "13")]
KNOWN = (
    # 40 x 10 + 100 x 13 = 1,700 for 140, and 90 of these are left; of all receipts the average would be 11.50. So it is
    # with a history from the first day, with one that begins later, and with none.
    *((Product(f"from {day}", BOUGHT, SOLD, day), "1092.857142861") for day in (0, 9, 13, 14, 19, None)),
    (Product("begins anew", BOUGHT, [(9, 100), (19, 50)], 0), "650"),
    (Product("negative before a receipt is nothing", BOUGHT, [(9, 130), (19, 30)], 0), "520"),
    (Product("negative now, at the present average", BOUGHT, [(9, 60), (19, 160)], 0), "-242.857142858"),
    (Product("returns change no average", BOUGHT, [(9, 60), (11, -10), (19, 50)]), "1200.00000001"),
    (Product("receipts before issues", [(0, 10, "1"), (5, 10, "3")], [(5, 10)], 0), "20"),
    (Product("in turn", [(0, 10, "1"), (5, 10, "3"), (5, 20, "5")], [(5, 10)], 0), "105"),
    (Product("older, at the first cost", BOUGHT, SOLD, 0, opening=20), "1306.25"),  # 110 x (60 x 10 + 100 x 13) / 160
    (Product("unpriced, and gone", UNPRICED, [(9, 100), (19, 50)], 0), "650"),
)


@cache
def known() -> Engine:
    """All of these, and one of which a receipt that lies there has no price."""
    return hub(*(product for product, _ in KNOWN), Product("unpriced", UNPRICED, SOLD, 0))


def test_each_receipt_forms_the_average_anew() -> None:
    result = compute(known(), METRIC, by=["product"])
    assert {row["product_id"].removeprefix("shop/"): row["stock_value"] for row in rows(result)} == {
        product.name: D(value) for product, value in KNOWN
    }
    assert compute(hub(Product("P", BOUGHT, SOLD)), "stock_value_average").value == D(1035)


def test_what_was_assumed_is_told_and_what_has_no_price_is_left_out() -> None:
    """Worked back: the histories from the 14th day on, and two products without any."""
    asides = compute(known(), METRIC).asides
    assert {aside.code: aside.rows for aside in asides if aside.kind == "stock"} == {
        "negative": 1, "older_stock": 1, "worked_back": 4, "no_price": 1,
    }  # fmt: skip
    assert {aside.code for aside in asides if not aside.counted} == {"no_price", "used_up"}


def test_more_than_was_received_has_no_value() -> None:
    with pytest.raises(MetricUndefined, match="more lies there than was received"):
        value(Product("P", BOUGHT, [], 0, opening=1))


def test_an_order_that_has_not_left_takes_nothing_off_the_shelf() -> None:
    waits = {"orders": [{"source_id": "W", "status": "open", "ordered_at": at(5)}],
             "order_lines": [{"source_id": "W", "order_source_id": "W", "product_source_id": "P",
                              "quantity": D(7), "unit_price": D(99)}]}  # fmt: skip
    assert compute(hub(Product("P", BOUGHT, []), **waits), METRIC).value == D(2300)


def test_only_what_was_received_by_then_counts() -> None:
    of = hub(Product("P", [*BOUGHT, (30, 10, "99")], [*SOLD, (31, 10)], 0))
    assert compute(of, METRIC, end=FIRST + timedelta(days=20)).value == D("1092.857142861")


def test_the_explanation_says_how_much_of_each_receipt_lies_there() -> None:
    found = explain(
        hub(Product("P", BOUGHT, SOLD, 0)), CATALOGUE.request(METRIC, by=["product"], defaults=DEFAULTS), ["P"]
    )
    counted = {r.source_id: (r.values["counted"], r.values["worth"]) for r in found.records.page(9)
               if r.entity == "receipts"}  # fmt: skip
    assert counted == {
        "P-00": (D("25.714285713"), D("257.14285713")),
        "P-01": (D("64.285714287"), D("835.714285731")),
    }
    assert found.value == sum(worth for _, worth in counted.values())


moves = st.lists(
    st.tuples(st.integers(0, 12), st.integers(1, 40), st.sampled_from(["0.01", "3", "7.5", "1000"])),
    min_size=1,
    max_size=8,
)
left = st.lists(st.tuples(st.integers(0, 12), st.integers(-9, 60)), max_size=8)
histories = st.one_of(st.none(), st.integers(0, 12))


@settings(max_examples=3, deadline=None, phases=[Phase.generate])
@given(st.lists(st.tuples(moves, left, histories), min_size=6, max_size=12))
def test_it_is_the_value_of_a_perpetual_ledger(worlds: Any) -> None:
    products = [Product(f"P{n}", sorted(bought), sold, seen) for n, (bought, sold, seen) in enumerate(worlds)]
    products = [each for each in products if each.stock(each.days) <= sum(quantity for _, quantity, _ in each.bought)]
    of = hub(*products, Product("Q", BOUGHT, SOLD))
    shown = {row["product_id"]: row for row in rows(compute(of, METRIC, by=["product"]))}
    total = compute(of, METRIC).value
    for product in products:
        row = shown[f"shop/{product.name}"]
        expected = product.ledger()
        assert abs(row["stock_value"] - D(expected.numerator) / D(expected.denominator)) < _EXACT_ENOUGH
        assert row["units"] == row["counted"] == product.stock(product.days)
    assert total == sum(row["stock_value"] for row in shown.values())
