"""Deliveries, freight and suppliers on paper."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal as D
from typing import Any

import pytest
from support.canonical import CATALOGUE, DEFAULTS, compute, engine, rows

from hub.errors import MetricUndefined

JAN, FEB, MARCH = datetime(2024, 1, 10, 12), datetime(2024, 2, 9), datetime(2024, 3, 1)


def order(source_id: str, **more: Any) -> dict[str, Any]:
    return {"source_id": source_id, "ordered_at": JAN, "currency": "EUR"} | more


def shipment(source_id: str, order: str | None, **more: Any) -> dict[str, Any]:
    return {"source_id": source_id, "order_source_id": order, "status": "shipped", "currency": "EUR"} | more


def test_an_order_has_left_when_the_last_of_it_has() -> None:
    hub = engine(
        orders=[order("own", shipped_at=datetime(2024, 1, 12)), order("parts"), order("half"), order("none"),
                order("gone", status="cancelled", shipped_at=FEB)],
        order_lines=[{"source_id": "h", "order_source_id": "half", "quantity": D(2)}],
        shipments=[
            shipment("1", "parts", shipped_at=datetime(2024, 1, 11)), shipment("2", "parts", shipped_at=FEB),
            shipment("3", "half", shipped_at=FEB), shipment("4", "none", shipped_at=FEB, status="cancelled"),
            shipment("5", None, shipped_at=FEB),
        ],
        shipment_lines=[{"source_id": "x", "shipment_source_id": "3", "order_line_source_id": "h", "quantity": D(1)}],
    )  # fmt: skip
    result = compute(hub, "order_to_ship_time")
    assert rows(result) == [{"orders": 2, "average_days": D("16.0000"), "median_days": 16, "longest_days": 30}]
    assert {aside.code: aside.rows for aside in result.asides} == {"not_shipped": 2, "cancelled": 1}


def test_an_order_has_arrived_when_all_its_shipments_have() -> None:
    hub = engine(
        orders=[order("1"), order("2")],
        shipments=[
            shipment("a", "1", shipped_at=JAN, delivered_at=datetime(2024, 1, 14)),
            shipment("b", "2", shipped_at=JAN, delivered_at=JAN), shipment("c", "2", shipped_at=JAN),
        ],
    )  # fmt: skip
    assert compute(hub, "order_to_delivery_time").values("average_days") == [D("4.0000")]


def test_on_time_in_full_counts_orders_that_are_due() -> None:
    hub = engine(
        orders=[
            order("on time", requested_at=FEB, promised_at=None, delivered_at=FEB),
            order("late", promised_at=FEB, requested_at=MARCH, delivered_at=MARCH),
            order("short", requested_at=FEB, shipped_at=JAN),
            order("overdue", requested_at=FEB),
            order("later", requested_at=datetime(2025, 6, 1)),
            order("whenever"),
        ],
        order_lines=[
            {"source_id": "a", "order_source_id": "short", "quantity": D(4), "quantity_shipped": D(3)},
            {"source_id": "b", "order_source_id": "on time", "quantity": D(4), "quantity_shipped": D(3),
             "quantity_cancelled": D(1)},
        ],
    )  # fmt: skip
    result = compute(hub, "on_time_in_full")
    assert rows(result) == [
        {"due": 4, "on_time": 2, "late": 1, "overdue": 1, "by_shipment": 1, "in_full": 2,
         "on_time_share": D("0.500000"), "in_full_share": D("0.500000"), "otif": D("0.250000")}
    ]  # fmt: skip
    assert {aside.code: aside.rows for aside in result.asides} == {"not_due": 1, "no_due_date": 1}


def test_freight_counts_once_whether_on_the_order_or_on_its_shipments() -> None:
    hub = engine(
        orders=[order("1", total=D(100), freight_cost=D(8), carrier="UPS"), order("2", total=D(60)),
                order("3", total=D(40)), order("4", status="cancelled", freight_cost=D(99))],
        shipments=[
            shipment("a", "1", freight_cost=D(5), carrier="UPS"), shipment("b", "2", freight_cost=D(6), carrier="DHL"),
            shipment("c", "2", freight_cost=D("1.5"), carrier="DHL"),
            shipment("d", "3", freight_cost=D(9), status="cancelled"),
        ],
    )  # fmt: skip
    assert rows(compute(hub, "logistics_cost")) == [
        {"freight": D("15.50"), "orders": 2, "cost_per_order": D("7.750000"), "revenue": D("200.00"),
         "share_of_revenue": D("0.077500")}
    ]  # fmt: skip
    found = {row["carrier"]: (row["freight"], row["revenue"]) for row in rows(compute(hub, "logistics_cost",
                                                                                      by=["carrier"]))}  # fmt: skip
    assert found == {"UPS": (D("8.00"), D("100.00")), "DHL": (D("7.50"), D("60.00")), None: (D("0.00"), D("40.00"))}


def test_without_any_freight_there_is_no_logistics_cost() -> None:
    with pytest.raises(MetricUndefined, match="no freight cost is held"):
        compute(engine(orders=[order("1", total=D(100))]), "logistics_cost")


BOUGHT: dict[str, Any] = {
    "products": [{"source_id": "P", "unit_cost": D("1.5"), "currency": "EUR"}],
    "purchase_orders": [
        {"source_id": "1", "supplier_source_id": "S", "ordered_at": JAN, "currency": "EUR", "promised_at": FEB},
        {"source_id": "2", "supplier_source_id": "T", "ordered_at": JAN, "currency": "USD", "status": "cancelled"},
    ],
    "purchase_order_lines": [
        {"source_id": "a", "purchase_order_source_id": "1", "product_source_id": "P", "quantity": D(10),
         "unit_price": D(2)},
        {"source_id": "b", "purchase_order_source_id": "1", "product_source_id": "P", "quantity": D(4),
         "quantity_received": D(4), "received_at": MARCH, "total": D(5)},
        {"source_id": "c", "purchase_order_source_id": "1", "quantity": D(3), "unit_price": D(9)},
        {"source_id": "d", "purchase_order_source_id": "2", "quantity": D(3), "unit_price": D(9)},
    ],
    "receipts": [
        {"source_id": "r1", "purchase_order_line_source_id": "a", "quantity": D(12), "received_at": JAN},
        {"source_id": "r2", "purchase_order_line_source_id": "a", "quantity": D(-2), "received_at": MARCH},
        {"source_id": "r3", "purchase_order_line_source_id": "c", "quantity": D(1), "received_at": JAN},
    ],
}  # fmt: skip


def test_a_line_is_received_when_all_of_it_is() -> None:
    result = compute(engine(**BOUGHT), "supplier_lead_time", by=["supplier"])
    assert rows(result) == [
        {"source": "shop", "supplier_source_id": "S", "supplier": None, "lines": 2, "average_days": D("25.5000"),
         "median_days": D("25.5"), "shortest_days": 0, "longest_days": 51}
    ]  # fmt: skip
    assert {aside.code: aside.rows for aside in result.asides} == {"not_received": 1, "cancelled": 1}


def test_a_supplier_is_reliable_when_it_keeps_its_word() -> None:
    assert rows(compute(engine(**BOUGHT), "supplier_reliability")) == [
        {"due": 3, "on_time": 1, "late": 1, "overdue": 1, "reliability": D("0.333333")}
    ]


def test_the_price_variance_is_against_the_products_cost() -> None:
    result = compute(engine(**BOUGHT), "purchase_price_variance")
    assert rows(result) == [
        {"paid": D("25.00"), "standard": D("21.00"), "variance": D("4.00"), "variance_share": D("0.190476")}
    ]
    assert [(aside.code, aside.rows) for aside in result.missing] == [("no_cost", 1)]


def test_freight_by_any_dimension_adds_up() -> None:
    orders = [order(str(n), total=D(n), carrier=f"c{n % 3}", customer_source_id=f"k{n % 4}", freight_cost=D("0.37") * n)
              for n in range(20)]  # fmt: skip
    hub = engine(orders=orders)
    ways = ((), ("carrier",), ("customer",), ("month", "carrier"))
    results = hub.compute_all([CATALOGUE.request("logistics_cost", by=by, defaults=DEFAULTS) for by in ways])
    totals = {
        (sum(result.values("freight")), sum(result.values("revenue")))
        for result in results
        if not isinstance(result, Exception)
    }
    assert totals == {(D("70.30"), D(190))}
