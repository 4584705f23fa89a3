"""What is kept of a state of the data gives the very same numbers, and is used for nothing else."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal as D
from pathlib import Path
from typing import Any

import pytest
from support.canonical import CATALOGUE, DEFAULTS, Engine, tables

from metrics.base import Request
from metrics.filters import Filters
from metrics.replica.kept import State
from metrics.result import Result

DAY = datetime(2024, 1, 1, 12)
TABLES: dict[str, Any] = {
    "customers": [{"source_id": f"c{n}", "name": f"Customer {n}", "country": "DE"} for n in range(30)],
    "orders": [
        {"source_id": f"o{n}", "customer_source_id": f"c{n * n % 31 % 30}", "ordered_at": DAY + timedelta(days=n * 3),
         "currency": "USD" if n % 3 else "EUR", "status": "completed", "discount": D("0.5") if n % 7 == 0 else None}
        for n in range(90)
    ],
    "order_lines": [
        {"source_id": f"l{n}", "order_source_id": f"o{n % 90}", "product_source_id": f"p{n % 5}",
         "quantity": D(n % 4 + 1), "unit_price": D("9.99") + n, "unit_cost": D("5.01")}
        for n in range(200)
    ],
    "products": [{"source_id": f"p{n}", "sku": f"S{n}", "name": f"Product {n}"} for n in range(5)],
    "stock_levels": [
        {"source_id": f"p{n}", "product_source_id": f"p{n}", "on_hand": D(n * 10), "unit_cost": D(2), "currency": "EUR"}
        for n in range(5)
    ],
    "stock_history": [
        {"source_id": f"p{n}", "product_source_id": f"p{n}", "on_hand": D(n + step), "unit_cost": D(2),
         "currency": "EUR", "changed_at": DAY + timedelta(days=step * 30)}
        for n in range(5) for step in range(8)
    ],
    "fx_rates": [{"source_id": "u", "base_currency": "EUR", "currency": "USD", "rate": D("1.1"),
                  "rate_on": date(2023, 12, 1)}],
}  # fmt: skip


def hub(folder: Path | None, state: str = "one", **given: Any) -> Engine:
    db = tables(**{**TABLES, **given})
    return Engine(db, "EUR", "UTC", date(2024, 12, 31), {"EUR", "USD"}, kept_dir=folder, state=State(rest=state))


def requests(*names: str) -> list[Request]:
    return [CATALOGUE.request(name, defaults=DEFAULTS) for name in names]


ASKED = ("revenue", "average_order_value", "customer_lifetime_value", "rfm", "inventory_turnover", "product_classes",
         "customer_activity", "gross_margin", "predicted_customer_value", "returns", "source_health")  # fmt: skip


def told(outcomes: list[Any]) -> list[Any]:
    return [
        (outcome.rows, [type(cell) for row in outcome.rows for cell in row], outcome.about())
        if isinstance(outcome, Result)
        else str(outcome)
        for outcome in outcomes
    ]


def test_an_answer_from_the_shelf_is_the_answer(tmp_path: Path) -> None:
    without = told(hub(None).compute_all(requests(*ASKED)))
    first = told(hub(tmp_path).compute_all(requests(*ASKED)))
    nothing_held = {name: [] for name in TABLES}
    again = told(hub(tmp_path, **nothing_held).compute_all(requests(*ASKED[:-1])))
    assert first == without
    assert again == without[:-1], "nothing is held any more, so all of it came from the shelf"


def test_parts_serve_other_questions_of_the_same_state(tmp_path: Path) -> None:
    hub(tmp_path).compute_all(requests("revenue"))
    by_customer = CATALOGUE.request("revenue", by=["customer"])
    lines = [name for name in TABLES if name != "customers"]
    assert (
        hub(tmp_path, **{name: [] for name in lines}).compute(by_customer).rows == hub(None).compute(by_customer).rows
    )


@pytest.mark.parametrize(
    "other",
    [{"state": "two"}, {"end": date(2024, 2, 1)}, {"only": Filters(sources=("shop",))}, {"by": ("source",)}],
    ids=["state", "period", "filter", "dimensions"],
)
def test_another_question_or_state_has_another_answer(tmp_path: Path, other: dict[str, Any]) -> None:
    (request,) = requests("revenue")
    hub(tmp_path).compute(request)
    kept = len(list(tmp_path.glob("answer-*.json")))
    state = other.pop("state", "one")
    hub(tmp_path, state).compute(replace(request, **other))
    assert len(list(tmp_path.glob("answer-*.json"))) == kept + 1


def test_a_damaged_answer_is_computed_again(tmp_path: Path) -> None:
    (request,) = requests("revenue")
    rows = hub(tmp_path).compute(request).rows
    for path in tmp_path.glob("answer-*.json"):
        path.write_text("{", encoding="utf-8")
    assert hub(tmp_path).compute(request).rows == rows


def test_a_folder_that_cannot_be_written_costs_nothing_but_time(tmp_path: Path) -> None:
    (request,) = requests("revenue")
    assert hub(tmp_path / "missing").compute(request).rows == hub(None).compute(request).rows


@pytest.mark.parametrize(
    "asked",
    [
        [("inventory_turnover", {}), ("days_of_inventory", {})],
        [("inventory_turnover", {"average": "month_end"}), ("days_of_inventory", {"average": "opening_closing"})],
        [(name, {}) for name in ("revenue", "rfm", "customer_lifetime_value", "customer_classes", "return_rate")],
    ],
)
def test_metrics_that_share_their_facts_are_the_same_as_alone(asked: list[tuple[str, dict[str, str]]]) -> None:
    wanted = [CATALOGUE.request(name, defaults=DEFAULTS, given=given) for name, given in asked]
    together = told(hub(None).compute_all(wanted))
    alone = [told(hub(None).compute_all([request])) for request in wanted]
    assert together == [outcome for (outcome,) in alone]
