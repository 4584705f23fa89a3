"""Stock by what was paid for it, on paper: first in first out, and the weighted average of receipts."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal as D
from typing import Any

import pytest
from support.canonical import CATALOGUE, DEFAULTS, compute, engine, rows

from hub.errors import MetricUndefined
from metrics.engine import Engine
from metrics.explain import explain

RATE = {"source_id": "1", "base_currency": "EUR", "currency": "USD", "rate": D("1.25"), "rate_on": date(2024, 1, 1)}


def hub(on_hand: str, *bought: tuple[str, str, str], currency: str = "EUR", **more: Any) -> Engine:
    """A product of which so much lies there, bought (received, month's number, price) one line after the other."""
    lines = [{"source_id": f"L{n}", "purchase_order_source_id": "O", "product_source_id": "P", "quantity": D(quantity),
              "unit_price": D(price) if price else None, "currency": currency}
             for n, (quantity, _, price) in enumerate(bought)]  # fmt: skip
    receipts = [{"source_id": f"R{n}", "purchase_order_line_source_id": f"L{n}", "product_source_id": "P",
                 "quantity": D(quantity), "received_at": datetime(2024, int(month), 1)}
                for n, (quantity, month, _) in enumerate(bought)]  # fmt: skip
    held: dict[str, Any] = {
        "products": [{"source_id": "P", "sku": "P", "kind": "goods", "category": "Tools"}],
        "stock_levels": [{"source_id": "1", "product_source_id": "P", "on_hand": D(on_hand)}],
        "purchase_orders": [{"source_id": "O"}], "purchase_order_lines": lines, "receipts": receipts,
    }  # fmt: skip
    return engine(**held | more)


def value(of: Engine, method: str, **asked: Any) -> D:
    found: D = compute(of, f"stock_value_{method}", **asked).value
    return found


BOUGHT = ("40", "1", "10"), ("40", "2", "13"), ("20", "3", "14")
"""1,200 for 100: 12 on average."""


@pytest.mark.parametrize(
    ("on_hand", "fifo", "average"),
    [("30", "410.00", "360.00"), ("55", "735.00", "660.00"), ("100", "1200.00", "1200.00"),
     ("12.5", "175.00", "150.00")],
)  # fmt: skip
def test_what_lies_there_is_what_came_last_or_the_average(on_hand: str, fifo: str, average: str) -> None:
    """30: 20 x 14 + 10 x 13, or 30 x 12. 55: 20 x 14 + 35 x 13, or 55 x 12."""
    of = hub(on_hand, *BOUGHT)
    assert value(of, "fifo") == D(fifo)
    assert value(of, "average") == D(average)
    assert compute(of, "stock_value_fifo").values("units") == [D(on_hand)]


def test_only_what_was_received_by_then_counts() -> None:
    of = hub("30", *BOUGHT)
    assert value(of, "fifo", end=date(2024, 2, 15)) == D("390.00")  # 30 x 13
    assert value(of, "average", end=date(2024, 2, 15)) == D("345.00")  # 30 x 920 / 80


def test_other_currencies_count_at_the_rate_of_their_receipt() -> None:
    of = hub("30", *BOUGHT, currency="USD", fx_rates=[RATE, RATE | {"source_id": "2", "rate": D("1.6"),
                                                                    "rate_on": date(2024, 3, 1)}])  # fmt: skip
    assert value(of, "fifo") == D("279.00")  # 280 / 1.6 + 130 / 1.25
    found = explain(of, CATALOGUE.request("stock_value_fifo", by=["product"], defaults=DEFAULTS), ["P"])
    assert found.value == D("279.00")
    paid = [(r.source_id, r.values["worth"], r.currency) for r in found.records.page(9) if r.entity == "receipts"]
    assert sorted(paid) == [("R1", D(104), "USD"), ("R2", D(175), "USD")]


def test_what_was_reversed_was_not_received() -> None:
    of = hub("30", *BOUGHT)
    back = {"source_id": "back", "purchase_order_line_source_id": "L2", "product_source_id": "P", "quantity": D(-5),
            "received_at": datetime(2024, 4, 1)}  # fmt: skip
    receipts = [
        {"source_id": f"R{n}", "purchase_order_line_source_id": f"L{n}", "product_source_id": "P",
         "quantity": D(quantity), "received_at": datetime(2024, int(month), 1)}
        for n, (quantity, month, _) in enumerate(BOUGHT)
    ]  # fmt: skip
    of = hub("30", *BOUGHT, receipts=[*receipts, back])
    assert value(of, "fifo") == D("405.00")  # 15 x 14 + 15 x 13


def test_units_that_are_bought_in_cartons_cost_a_part_of_one() -> None:
    lines = [{"source_id": "L0", "purchase_order_source_id": "O", "product_source_id": "P", "quantity": D(4),
              "base_quantity": D(48), "unit_price": D(60), "currency": "EUR"}]  # fmt: skip
    assert value(hub("30", ("4", "1", ""), purchase_order_lines=lines), "fifo") == D("150.00")  # 30 x 240 / 48


@pytest.mark.parametrize(
    ("on_hand", "bought", "why"),
    [("101", BOUGHT, "more lies there than was received"), ("3", (), "no receipt of the product is held"),
     ("25", (BOUGHT[1], ("20", "3", "")), "has no price on its purchase order")],
)  # fmt: skip
@pytest.mark.parametrize("method", ["fifo", "average"])
def test_it_is_refused_where_receipts_do_not_suffice(on_hand: str, bought: Any, why: str, method: str) -> None:
    with pytest.raises(MetricUndefined, match=why):
        value(hub(on_hand, *bought), method)


def test_a_product_without_enough_receipts_is_left_out_and_the_others_count() -> None:
    levels = [{"source_id": name, "product_source_id": name, "on_hand": D(8)} for name in ("P", "Q")]
    result = compute(hub("8", *BOUGHT, stock_levels=levels), "stock_value_fifo", by=["product"])
    assert [(row["product_id"], row["stock_value"]) for row in rows(result)] == [("shop/P", D("112.00"))]
    assert [(aside.kind, aside.code, aside.rows) for aside in result.missing] == [("stock", "no_receipts", 1)]


def test_an_early_receipt_without_a_price_is_in_the_way_of_the_average_only() -> None:
    of = hub("15", ("20", "1", ""), BOUGHT[1], BOUGHT[2])
    assert value(of, "fifo") == D("210.00")
    with pytest.raises(MetricUndefined, match="no price"):
        value(of, "average")
