"""Coverage, reorder suggestions, dead stock, stock-outs and product classes on paper."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal as D
from typing import Any

import pytest
from support.canonical import compute, engine, rows

from hub.errors import MetricUndefined
from metrics.ranking import abc

TODAY = date(2024, 12, 31)


def sold(*sales: tuple[date, str, int]) -> dict[str, Any]:
    """Order lines: the day, the product, how many."""
    return {
        "orders": [
            {"source_id": str(n), "ordered_at": datetime(day.year, day.month, day.day, 9), "currency": "EUR"}
            for n, (day, _, _) in enumerate(sales)
        ],
        "order_lines": [
            {"source_id": str(n), "order_source_id": str(n), "product_source_id": product, "quantity": D(quantity),
             "unit_price": D(10)}
            for n, (_, product, quantity) in enumerate(sales)
        ],
    }  # fmt: skip


def level(source_id: str, product: str, on_hand: int, **more: Any) -> dict[str, Any]:
    return {"source_id": source_id, "product_source_id": product, "on_hand": D(on_hand), "currency": "EUR"} | more


SALES = sold((date(2024, 12, 22), "P", 3), (date(2024, 12, 22), "P", 2), (date(2024, 12, 31), "P", 5),
             (date(2024, 1, 1), "Q", 7))  # fmt: skip


def test_coverage_is_stock_over_the_recent_pace() -> None:
    levels = [level("1", "P", 25), level("2", "P", 5), level("3", "Q", 4), level("4", "R", -2),
              level("5", "P", 99, stock_type="blocked")]  # fmt: skip
    result = compute(engine(stock_levels=levels, **SALES), "stock_coverage", given={"window_days": "10"})
    found = {row["product_id"]: row for row in rows(result)}
    assert found["shop/P"] == {
        "product_id": "shop/P", "product": None, "sku": None, "on_hand": D(30), "sold": D(10), "seen_days": 10,
        "daily_pace": D("1.000000"), "cover_days": D("30.0000"),
    }  # fmt: skip
    assert found["shop/Q"]["cover_days"] is None  # nothing sold lately
    assert {aside.code for aside in result.asides} == {"outside", "not_sellable", "negative"}


def test_days_before_the_first_sale_of_all_are_no_days_without_demand() -> None:
    sales = sold((date(2024, 12, 27), "P", 5))
    result = compute(engine(stock_levels=[level("1", "P", 10)], **sales), "stock_coverage", end=TODAY)
    assert (result.values("seen_days"), result.values("cover_days")) == ([5], [D("10.0000")])


def test_coverage_is_refused_where_nothing_was_sold_lately() -> None:
    with pytest.raises(MetricUndefined, match="nothing was sold in the days looked back on"):
        compute(engine(stock_levels=[level("1", "Q", 1)], **SALES), "stock_coverage", given={"window_days": "3"},
                end=date(2024, 6, 1))  # fmt: skip


def test_a_reorder_point_covers_the_lead_time_and_its_uncertainty() -> None:
    hub = engine(
        products=[{"source_id": "P", "lead_time_days": D(4), "units_on_order": D(1)},
                  {"source_id": "Q", "status": "discontinued"}],
        stock_levels=[level("1", "P", 3), level("2", "Q", 0)], **SALES,
    )  # fmt: skip
    result = compute(hub, "reorder_suggestions", given={"window_days": "10", "service_factor": "2", "review_days": "3"})
    found = {row["product_id"]: row for row in rows(result)}
    row = found["shop/P"]
    # A day's demand is 5, 5 and eight times 0: variance (50 - 100 / 10) / 9 = 40 / 9; 2 x sqrt(40 / 9 x 4).
    assert (row["safety_stock"], row["reorder_point"]) == (D("8.4327"), D("12.4327"))
    assert row["suggested"] == 12  # 12.4327 + 3 - 3 - 1, in whole units
    assert found["shop/Q"]["suggested"] == 0


def test_enough_on_the_way_needs_no_order() -> None:
    hub = engine(stock_levels=[level("1", "P", 3, incoming=D(500))], **SALES)
    assert compute(hub, "reorder_suggestions", given={"window_days": "10"}).values("suggested") == [0]


def test_stock_is_dead_when_its_product_no_longer_sells() -> None:
    levels = [level("1", "P", 10, unit_cost=D(2)), level("2", "Q", 4, unit_cost=D(5)), level("3", "R", 2),
              level("4", "S", 0, unit_cost=D(9))]  # fmt: skip
    result = compute(engine(stock_levels=levels, **SALES), "dead_stock")
    (row,) = rows(result)
    assert (row["units"], row["dead_units"], row["slow_units"]) == (16, 6, 0)
    assert (row["stock_value"], row["dead_value"], row["dead_share"]) == (D("40.00"), D("20.00"), D("0.500000"))
    assert {(aside.code, aside.rows) for aside in result.asides} == {("no_cost", 1), ("empty_level", 1)}
    slow = compute(engine(stock_levels=levels, **SALES), "dead_stock", given={"dead_days": "500"})
    assert slow.values("slow_value") == [D("20.00")]


def test_stock_is_not_dead_where_another_system_sells_the_article() -> None:
    levels = [level("1", "E", 4, unit_cost=D(5)) | {"source": "erp"}]
    known = [{"source": source, "source_id": key, "golden_id": "P1"} for source, key in (("shop", "P"), ("erp", "E"))]
    result = compute(engine(stock_levels=levels, product_identities=known, **SALES), "dead_stock")
    assert (result.values("dead_units"), result.values("units")) == ([0], [4])


def test_stock_outs_are_counted_and_timed() -> None:
    def state(source_id: str, day: int, on_hand: int, **more: Any) -> dict[str, Any]:
        return {"source_id": source_id, "product_source_id": source_id, "changed_at": datetime(2024, 12, day),
                "on_hand": D(on_hand)} | more  # fmt: skip

    history = [
        state("A", 1, 5), state("A", 3, 0), state("A", 4, -1), state("A", 5, 9), state("A", 11, 0),
        state("B", 1, 0), state("B", 2, 3), state("C", 1, 0, is_deleted=True),
    ]  # fmt: skip
    result = compute(engine(stock_history=history), "stock_outs", end=date(2024, 12, 20))
    assert rows(result) == [
        {"levels": 2, "stock_outs": 3, "out_now": 1, "days_out": D("13.0000"), "out_share": D("0.325000")}
    ]  # 2 + 10 days of A, 1 of B, in 20 days each
    assert {aside.code for aside in result.asides} == {"negative", "gone"}


def test_products_by_pareto_share_and_by_the_swings_of_their_demand() -> None:
    months = [date(2024, month, 5) for month in (1, 2, 3, 4)]
    sales = [(day, "steady", 50) for day in months] + [(months[1], "once", 30), (months[0], "few", 10)]
    found = {row["product_id"]: row for row in rows(compute(engine(**sold(*sales)), "product_classes"))}
    shown = {name: (row["rank"], row["cumulative_share"], row["classes"]) for name, row in found.items()}
    assert shown == {
        "shop/steady": (1, D("0.833333"), "AX"), "shop/once": (2, D("0.958333"), "BZ"),
        "shop/few": (3, D("1.000000"), "CZ"),
    }  # fmt: skip
    assert found["shop/once"]["variation"] == D("1.732051")  # 30, 0, 0, 0: sqrt(4 x 900 / 900 - 1)


def test_the_product_that_reaches_a_limit_still_belongs_to_the_better_class() -> None:
    classes = [abc({"total": D(100), "before": D(before), "sold": D(sold)}, "sold")
               for before, sold in ((0, 90), (79, 2), (80, 1), (95, 1), (100, 0))]  # fmt: skip
    assert classes == ["A", "A", "B", "C", "C"]
    assert abc({"total": D(0), "before": D(0), "sold": D(0)}, "sold") is None


def test_days_of_inventory_and_the_average_of_month_ends() -> None:
    def change(at: datetime, on_hand: int) -> dict[str, Any]:
        return {"source_id": "1", "product_source_id": "P", "changed_at": at, "on_hand": D(on_hand), "unit_cost": D(2),
                "currency": "EUR"}  # fmt: skip

    history = [
        change(datetime(2024, 10, 1), 100),
        change(datetime(2024, 11, 15), 40),
        change(datetime(2024, 12, 1), 10),
    ]
    line = {"source_id": "a", "order_source_id": "1", "product_source_id": "P", "quantity": D(46), "unit_cost": D(2)}
    orders = [{"source_id": "1", "ordered_at": datetime(2024, 11, 4), "currency": "EUR"}]
    hub = engine(stock_history=history, orders=orders, order_lines=[line])
    asked = {"given": {"average": "month_end"}, "start": date(2024, 10, 1), "end": date(2024, 12, 31)}
    (row,) = rows(compute(hub, "days_of_inventory", **asked))
    assert row == {
        "days": D("92.00"), "cogs": D("92.00"), "average_inventory": D("100.000000"),  # (200 + 80 + 20) / 3
        "days_of_inventory": D("100.0000"),
    }  # fmt: skip
    (row,) = rows(compute(hub, "inventory_turnover", **asked))
    assert row["inventory_turnover"] == D("0.920000")
    weighted = compute(hub, "days_of_inventory", start=date(2024, 10, 1), end=date(2024, 12, 31))
    assert weighted.values("average_inventory") == [D("118.478261")]  # (45 x 200 + 16 x 80 + 31 x 20) / 92
