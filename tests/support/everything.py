"""A small company of which every kind of record is held, so that every metric has a value."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal as D
from functools import cache
from typing import Any

from support.canonical import CATALOGUE, DEFAULTS, engine

from metrics.duck import make_streams, make_unmapped
from metrics.engine import Engine
from metrics.report.content import QUESTIONS, Content
from metrics.sources import Source, streams_of

_CUSTOMERS = 30
_BEGIN = datetime(2023, 1, 5, 10)
_PRODUCTS = ("P", "Q", "R")
_NOW = datetime(2024, 12, 31, tzinfo=UTC)


@cache
def everything(*, factor: D = D(1)) -> Engine:
    """Two years of trade in euros and dollars. `factor` makes all amounts larger, as if they had been corrected.
    Made once: nobody changes what it holds."""
    found = engine(
        customers=[
            {"source_id": f"C{n}", "name": f"Customer {n}", "country": "DE", "employees": 40} for n in range(_CUSTOMERS)
        ],
        products=[
            {"source_id": name, "sku": name, "name": name, "category": "goods", "kind": "goods",
             "unit_cost": 4 * factor, "currency": "EUR", "lead_time_days": 5}
            for name in _PRODUCTS
        ],
        fx_rates=[{"source_id": "1", "base_currency": "EUR", "currency": "USD", "rate": D("1.25"),
                   "rate_on": date(2022, 1, 1)}],
        **_sales(factor), **_stock(factor), **_pipeline(factor), **_supply(factor), **_after(factor),
    )  # fmt: skip
    make_unmapped(found.db, [("shop", "orders", "gift_note", 4)])
    make_streams(found.db, streams_of([Source("shop", "orders", _NOW, 5, 5, 1, "partial", "")], _NOW))
    return found


def content_of(hub: Engine, name: str = "Acme", **more: Any) -> Content:
    """What a report says about what an engine holds."""
    found = Content(name, datetime(2025, 1, 1, tzinfo=UTC), hub.currency, "UTC", None, None, today=date(2025, 1, 1))
    requests = [CATALOGUE.request(q.metric, by=q.by, defaults=DEFAULTS, given=q.given) for q in QUESTIONS]
    for question, request, outcome in zip(QUESTIONS, requests, hub.compute_all(requests), strict=True):
        target: dict[str, Any] = found.refused if isinstance(outcome, Exception) else found.results
        target[question.name] = outcome
        if request.metric not in found.metrics:
            found.metrics.append(request.metric)
    return replace(found, **more)


def _sales(factor: D) -> dict[str, Any]:
    """Customers that come more or less often, and some that stay away."""
    orders, lines = [], []
    for customer in range(_CUSTOMERS):
        for turn in range(1 + customer % 5):
            at = _BEGIN + timedelta(days=(31 * customer) % 400 + (23 + 7 * (customer % 9)) * turn)
            key = f"{customer}-{turn}"
            orders.append(
                {"source_id": key, "number": key, "customer_source_id": f"C{customer}", "ordered_at": at,
                 "currency": "USD" if customer % 3 == 0 else "EUR", "channel": "web", "carrier": "UPS",
                 "freight_cost": D("2.50") * factor, "promised_at": at + timedelta(days=5),
                 "discount": D(1) * factor, "status": "open" if turn == 3 else "completed",
                 "delivered_at": None if turn == 3 else at + timedelta(days=4),
                 "shipped_at": None if turn == 3 else at + timedelta(days=2)}
            )  # fmt: skip
            lines.append(
                {"source_id": key, "order_source_id": key, "product_source_id": _PRODUCTS[customer % 3],
                 "quantity": D(2 + turn), "unit_price": (D(10) + customer + 3 * turn) * factor,
                 "discount": D("0.75") * factor,
                 "unit_cost": D(4) * factor}
            )  # fmt: skip
    spend = [{"source_id": "1", "amount": D(90) * factor, "currency": "EUR", "spent_on": date(2023, 3, 1),
              "channel": "search"}]  # fmt: skip
    return {"orders": orders, "order_lines": lines, "marketing_spend": spend}


def _stock(factor: D) -> dict[str, Any]:
    levels = [
        {"source_id": name, "product_source_id": name, "location_source_id": "L", "on_hand": D(on_hand),
         "unit_cost": D(4) * factor, "currency": "EUR"}
        for name, on_hand in zip(_PRODUCTS, (1, 20, 30), strict=True)
    ]  # fmt: skip
    history = [
        {**level, "on_hand": D(on_hand), "changed_at": _BEGIN + timedelta(days=days)}
        for level in levels
        for days, on_hand in ((0, 40), (200, 0), (220, 25), (400, 9))
    ]
    return {"stock_levels": levels, "stock_history": history, "locations": [{"source_id": "L", "name": "Shelf"}]}


def _pipeline(factor: D) -> dict[str, Any]:
    deals = [
        {"source_id": str(n), "status": status, "stage": stage, "amount": D(100 + n) * factor, "currency": "EUR",
         "created_at": _BEGIN, "closed_at": None if status == "open" else _BEGIN + timedelta(days=30 + n),
         "probability": D("0.5"), "expected_close_on": date(2024, 5, 1), "customer_source_id": f"C{n}"}
        for n, (status, stage) in enumerate((("open", "Offer"), ("won", "Won"), ("lost", "Lost"), ("open", "Qualify")))
    ]  # fmt: skip
    stages = [
        {"source_id": f"{deal}-{n}", "opportunity_source_id": str(deal), "stage": stage, "status": status,
         "entered_at": _BEGIN + timedelta(days=10 * n)}
        for deal, end in ((1, "won"), (2, "lost"))
        for n, (stage, status) in enumerate((("Qualify", "open"), ("Offer", "open"), (end.title(), end)))
    ]  # fmt: skip
    leads = [
        {"source_id": "1", "status": "converted", "created_at": _BEGIN, "converted_at": _BEGIN + timedelta(days=3),
         "customer_source_id": "C1", "lead_source": "fair"},
        {"source_id": "2", "status": "open", "created_at": _BEGIN, "lead_source": "fair"},
    ]  # fmt: skip
    return {"opportunities": deals, "opportunity_stages": stages, "leads": leads}


def _supply(factor: D) -> dict[str, Any]:
    return {
        "suppliers": [{"source_id": "S", "name": "Supplier"}],
        "purchase_orders": [
            {"source_id": "PO", "supplier_source_id": "S", "ordered_at": _BEGIN, "currency": "USD",
             "status": "completed"}
        ],
        "purchase_order_lines": [
            {"source_id": "PO-1", "purchase_order_source_id": "PO", "product_source_id": "P", "quantity": D(10),
             "unit_price": D(6) * factor, "promised_at": _BEGIN + timedelta(days=8), "quantity_received": D(10),
             "received_at": _BEGIN + timedelta(days=7)}
        ],
        "receipts": [
            {"source_id": "RC", "purchase_order_source_id": "PO", "purchase_order_line_source_id": "PO-1",
             "product_source_id": "P", "quantity": D(10), "received_at": _BEGIN + timedelta(days=7)}
        ],
    }  # fmt: skip


def _after(factor: D) -> dict[str, Any]:
    return {
        "returns": [
            {"source_id": "1", "order_source_id": "1-0", "customer_source_id": "C1", "product_source_id": "Q",
             "refund": D(7) * factor, "currency": "EUR", "quantity": D(1), "reason": "broken", "status": "completed",
             "returned_at": _BEGIN + timedelta(days=60)}
        ],
        "cases": [
            {"source_id": str(n), "customer_source_id": "C2", "opened_at": _BEGIN, "priority": "high",
             "first_response_at": _BEGIN + timedelta(hours=2 + n), "closed_at": _BEGIN + timedelta(days=2)}
            for n in range(int(3 * factor))
        ],
    }  # fmt: skip
