"""Two systems compared: what belongs together, why it differs, and that the causes add up to the last digit."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal as D
from decimal import localcontext
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.canonical import CATALOGUE, engine

from hub.sdk.metric import EXACT
from metrics.reconcile import compared, sides, tell
from metrics.reconcile.groups import UNKNOWN, Group, grouped
from metrics.reconcile.items import Amounts, Cause, Comparison, Item
from metrics.reconcile.run import at_one_price, named_alike

DAY = date(2024, 3, 1)


def order(source: str, number: str, own: str = "100", **more: Any) -> Item:
    """An order as one system has it, in euros unless said otherwise."""
    values = {"keys": (number,), "day": DAY, "quantity": D(1), "value": D(own), "own": D(own), "currency": "EUR"}
    return Item(source, number, more.pop("name", number), **{**values, **more})


def causes(left: list[Item], right: list[Item], what: str = "orders") -> dict[Cause, tuple[D, D]]:
    found = compared(what, left, right, ("erp", "shop"), "EUR")
    return {cause: (amounts.quantity, amounts.value) for cause, (_, amounts) in found.causes().items()}


def test_systems_that_agree_have_nothing_to_tell() -> None:
    found = compared("orders", [order("erp", "1001")], [order("shop", "1001")], ("erp", "shop"), "EUR")
    assert (found.matched, found.equal, found.differences, found.total) == (1, 1, [], Amounts())
    assert "Nothing differs." in tell.lines(found, None, 5)


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        ({}, {"why": "cancelled"}, {Cause.CANCELLED: (D(1), D(100))}),
        ({}, {"why": "draft"}, {Cause.LEFT_OUT: (D(1), D(100))}),
        ({"inside": False}, {}, {Cause.LATE: (D(-1), D(-100))}),
        ({"own": D(119), "value": D(119)}, {"tax": D(19)}, {Cause.TAX: (D(0), D(19))}),
        ({"tax": D("19.00")}, {"own": D(119), "value": D(119)}, {Cause.TAX: (D(0), D(-19))}),
        ({"own": D(105), "value": D(105), "freight": D(5)}, {}, {Cause.FREIGHT: (D(0), D(5))}),
        (
            {"own": D("124.01"), "value": D("124.01"), "freight": D(5), "tax": D(19)}, {},
            {Cause.TAX: (D(0), D(19)), Cause.FREIGHT: (D(0), D(5)), Cause.ROUNDING: (D(0), D("0.01"))},
        ),
        ({"own": D("100.03"), "value": D("100.03")}, {}, {Cause.ROUNDING: (D(0), D("0.03"))}),
        ({"value": D("99")}, {}, {Cause.CURRENCY: (D(0), D(-1))}),
        ({"own": D(110), "currency": "USD", "value": D(101)}, {}, {Cause.CURRENCY: (D(0), D(1))}),
        ({"own": D(10000), "value": D(10000)}, {}, {Cause.UNIT: (D(0), D(9900))}),
        ({"own": D(140), "value": D(140)}, {}, {Cause.UNEXPLAINED: (D(0), D(40))}),
    ],
)  # fmt: skip
def test_each_difference_has_its_cause(left: Any, right: Any, expected: Any) -> None:
    found = causes([order("erp", "1001", **left)], [order("shop", "1001", **right)])
    assert {cause: tuple(map(D.normalize, amounts)) for cause, amounts in found.items()} == {
        cause: tuple(map(D.normalize, amounts)) for cause, amounts in expected.items()
    }


def test_what_only_one_has_is_missing_or_too_new_or_there_twice() -> None:
    later = date(2024, 4, 1)
    left = [
        order("erp", "1001"),
        order("erp", "1002"),
        order("erp", "1003", day=later),
        order("erp", "A-1", keys=("1001",)),
    ]
    found = causes(left, [order("shop", "1001")])
    assert found == {
        Cause.MISSING: (D(1), D(100)), Cause.LATE: (D(1), D(100)), Cause.DUPLICATE: (D(1), D(100)),
    }  # fmt: skip


def test_the_same_number_by_chance_is_no_match_but_a_customers_order_is() -> None:
    by_chance = causes([order("erp", "1001")], [order("shop", "1001", "7", day=date(2021, 1, 1))])
    assert set(by_chance) == {Cause.MISSING, Cause.LATE}
    same = [order("erp", "X", golden="C1")], [order("shop", "Y", golden="C1", day=date(2024, 3, 2))]
    assert causes(*same) == {}


def test_what_one_system_books_in_another_month_is_late_in_both_months() -> None:
    left, right = [order("erp", "1001", day=date(2024, 1, 31))], [order("shop", "1001", day=date(2024, 2, 1))]
    found = compared("orders", left, right, ("erp", "shop"), "EUR")
    assert [(each.name, each.left.value, each.right.value, in_words(each)) for each in grouped(found, "month")] == [
        ("2024-01", D(100), D(0), {Cause.LATE: D(100)}),
        ("2024-02", D(0), D(100), {Cause.LATE: D(-100)}),
    ]
    assert "Nothing differs on the whole." in tell.lines(found, "month", 5)


def test_a_customer_has_one_name_whatever_the_systems_call_it() -> None:
    items = [
        order("erp", "1", golden="C1", customer="Acme GmbH"), order("shop", "2", golden="C1", customer="ACME"),
        order("shop", "3", golden="C2", customer="Acme GmbH"), order("shop", "4", customer="(guest)"),
    ]  # fmt: skip
    assert [item.customer for item in named_alike(items, ("erp", "shop"))] == [
        "Acme GmbH (C1)", "Acme GmbH (C1)", "Acme GmbH (C2)", "(guest)",
    ]  # fmt: skip
    assert {item.customer for item in named_alike(items[:2], ("shop", "erp"))} == {"ACME"}


def test_a_customer_that_both_have_can_only_differ_in_its_orders() -> None:
    erp = Item("erp", "K1", "Acme", ("tax:DE1",), quantity=D(1), value=D(500))
    shop = Item("shop", "9", "Acme", ("tax:DE1",), quantity=D(1), value=D("380.5"))
    assert causes([erp], [shop], "customers") == {Cause.ORDERS: (D(0), D("119.5"))}


def test_stock_in_packs_in_the_past_and_with_a_duplicate() -> None:
    def level(source: str, sku: str, units: int, **more: Any) -> Item:
        return Item(source, sku, sku, (sku,), quantity=D(units), value=D(2 * units), **more)

    left = [level("erp", "A", 10, factors=(D(12),)), level("erp", "B", 7), level("erp", "C", 5), level("erp", "D", 4)]
    right = [level("shop", "A", 120), level("shop", "B", 9, earlier=frozenset({D(7)})), level("shop", "C", 6)]
    assert causes(left, right, "stock") == {
        Cause.UNIT: (D(-110), D(-220)), Cause.MISSING: (D(4), D(8)), Cause.LATE: (D(-2), D(-4)),
        Cause.UNEXPLAINED: (D(-1), D(-2)),
    }  # fmt: skip


def test_sides_are_the_metrics_own_figures() -> None:
    orders = [
        {"source": source, "source_id": f"{source}-{n}", "number": f"#{1000 + n}", "customer_source_id": "K",
         "total": D(100 + n), "currency": "USD", "ordered_at": datetime(2024, 3, n)}
        for source in ("erp", "shop") for n in (1, 2)
    ]  # fmt: skip
    rates = [{"source_id": "1", "base_currency": "EUR", "currency": "USD", "rate": D("1.25"), "rate_on": DAY}]
    held = [
        {"source": s, "source_id": "1", "product_source_id": "P", "on_hand": D(units), "unit_cost": cost}
        for s, units, cost in (("erp", 5, D(3)), ("shop", 8, None))
    ]
    products = [{"source": s, "source_id": "P", "sku": "SKU-1"} for s in ("erp", "shop")]
    hub = engine(orders=orders, fx_rates=rates, stock_levels=held, products=products,
                 customers=[{"source": "erp", "source_id": "K", "name": "Acme", "tax_id": "DE 1.2.3"}])  # fmt: skip
    found = sides.orders(hub, CATALOGUE, ["erp", "shop"], {}, (None, date(2024, 3, 1)))
    assert sum(item.amounts.value for item in found if item.source == "erp") == D("80.8")
    assert {item.own for item in found} == {D(101), D(102)}
    assert compared("revenue", found[:2], found[2:], ("erp", "shop"), "EUR").differences == []
    stock = at_one_price(
        sides.stock(hub, CATALOGUE, ["erp", "shop"], {}), ("erp", "shop"), sides.prices(hub, CATALOGUE)
    )
    assert {item.source: (item.quantity, item.value) for item in stock} == {"erp": (5, 15), "shop": (8, 24)}
    (customer,) = sides.customers(hub, CATALOGUE, ["erp"], {})
    assert (customer.keys, customer.value) == (("tax:DE123",), D("162.4"))


AMOUNT = st.decimals(D("-9999"), D("99999"), places=2)
ITEM = st.builds(
    Item,
    source=st.just(""), source_id=st.uuids().map(str), name=st.just("x"),
    keys=st.lists(st.sampled_from(["1001", "1002", "1003", "1004"]), max_size=2, unique=True).map(tuple),
    golden=st.sampled_from([None, "C1", "C2"]), day=st.sampled_from([None, DAY, date(2024, 3, 9), date(2023, 1, 1)]),
    why=st.sampled_from([None, None, "cancelled", "draft"]), inside=st.booleans(), quantity=st.just(D(1)),
    value=AMOUNT, own=st.one_of(st.none(), AMOUNT), currency=st.sampled_from(["EUR", "USD"]),
    tax=st.one_of(st.none(), AMOUNT), freight=st.one_of(st.none(), AMOUNT),
    factors=st.sampled_from([(), (D(12),)]), earlier=st.sampled_from([frozenset(), frozenset({D(1)})]),
)  # fmt: skip


@given(st.lists(ITEM, max_size=7), st.lists(ITEM, max_size=7), st.sampled_from(["orders", "stock", "customers"]))
@settings(max_examples=150, deadline=None)
def test_causes_add_up_to_the_difference(left: list[Item], right: list[Item], what: str) -> None:
    found = compared(what, left, right, ("erp", "shop"), "EUR")
    with localcontext(EXACT):
        assert sum((amounts for _, amounts in found.causes().values()), Amounts()) == found.total
        for by in ("month", "customer", "product"):
            groups = grouped(found, by)
            assert len({each.name for each in groups}) == len(groups)
            assert (_sum(each.left for each in groups), _sum(each.right for each in groups)) == found.totals
            for each in groups:
                assert _sum(amounts for _, amounts in each.causes.values()) == each.left - each.right
        for month in grouped(found, "month"):
            own = (_sum(i.amounts for i in side if (i.month or UNKNOWN) == month.name) for side in (left, right))
            assert (month.left, month.right) == tuple(own)
    assert found.matched + _alone(found) <= len(left) + len(right)


def _sum(amounts: Iterable[Amounts]) -> Amounts:
    return sum(amounts, Amounts())


def in_words(group: Group) -> dict[Cause, D]:
    return {cause: amounts.value for cause, (_, amounts) in group.causes.items()}


def test_groups_that_agree_are_there_with_both_figures() -> None:
    left = [order("erp", "1001", day=date(2024, 1, 2), customer="Acme"), order("erp", "1002", day=date(2024, 2, 2))]
    right = [order("shop", "1001", day=date(2024, 1, 2), customer="ACME Ltd")]
    found = compared("revenue", left, right, ("erp", "shop"), "EUR")
    told = tell.document(found, "month")["groups"]
    assert [(each["month"], each["totals"]["shop"]["value"], each["difference"]["value"]) for each in told] == [
        ("2024-01", "100.00", "0.00"), ("2024-02", "0.00", "100.00"),
    ]  # fmt: skip
    assert told[0]["causes"] == []
    (acme,) = [each for each in grouped(found, "customer") if each.name == "Acme"]
    assert (acme.left, acme.right) == (Amounts(D(1), D(100)), Amounts(D(1), D(100)))
    lines = tell.lines(found, "customer", 1)
    assert "By customer, in EUR" in lines
    assert [line.split()[0] for line in lines if line.startswith(("1 more", "sum"))] == ["sum", "1", "sum"]


def _alone(found: Comparison) -> int:
    return sum(1 for difference in found.differences if difference.left is None or difference.right is None)


def test_csv_has_a_line_for_each_cause_and_runs_no_formula() -> None:
    found = compared("orders", [order("erp", "1001", name="=1")], [], ("erp", "shop"), "EUR")
    head, line = tell.csv_lines([found])
    assert head.startswith("what,left,right,name")
    assert line == "orders,erp,shop,'=1,2024-03-01,,1001,,,missing there,1,100.00,EUR\n"
