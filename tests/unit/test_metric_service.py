"""Returns and cases on paper."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal as D
from typing import Any

import pytest
from support.canonical import compute, engine, rows

from hub.errors import MetricUndefined

JAN, FEB = datetime(2024, 1, 10, 12), datetime(2024, 2, 9)


def given_back(source_id: str, **more: Any) -> dict[str, Any]:
    return {"source_id": source_id, "returned_at": FEB, "currency": "EUR", "status": "completed"} | more


HELD: dict[str, Any] = {
    "orders": [
        {"source_id": "1", "ordered_at": JAN, "total": D(300), "currency": "EUR", "customer_source_id": "A"},
        {"source_id": "2", "ordered_at": FEB, "total": D(100), "currency": "EUR", "customer_source_id": "A"},
    ],
    "returns": [
        given_back("1", order_source_id="1", refund=D(30), reason="broken", restocked=False, quantity=D(1)),
        given_back("2", order_source_id="1", quantity=D(2), unit_price=D("2.50"), reason="broken", restocked=True),
        given_back("3", order_source_id="2", refund=D(5), reason="too late"),
        given_back("4", refund=D(99), status="rejected"),
        given_back("5", refund=D(99), status="requested"),
    ],
}  # fmt: skip


def test_the_return_rate_sets_returns_against_the_sales_of_their_period() -> None:
    found = {row["month"]: row for row in rows(compute(engine(**HELD), "return_rate", by=["month"]))}
    assert found[date(2024, 1, 1)]["return_rate"] == D(0)
    assert found[date(2024, 2, 1)] == {
        "month": date(2024, 2, 1), "sold": D("100.00"), "returns": 3, "given_back": D("40.00"),
        "return_rate": D("0.400000"),
    }  # fmt: skip


def test_returns_by_reason() -> None:
    result = compute(engine(**HELD), "returns")
    assert rows(result) == [
        {"reason": "broken", "returns": 2, "customers": 1, "units": D(3), "refunds": D("35.00"),
         "average_refund": D("17.500000"), "restocked_share": D("0.500000")},
        {"reason": "too late", "returns": 1, "customers": 1, "units": D(0), "refunds": D("5.00"),
         "average_refund": D("5.000000"), "restocked_share": None},
    ]  # fmt: skip
    assert {aside.code: aside.rows for aside in result.asides} == {"cancelled": 1, "requested": 1}


def test_a_return_without_a_reason_has_that_of_its_orders_cases_where_they_agree() -> None:
    returns = [given_back(str(n), order_source_id=str(n), refund=D(10)) for n in (1, 2, 3)]
    told = ("1", "damaged"), ("1", "damaged"), ("2", "late"), ("2", "wrong"), ("3", None)
    cases = [{"source_id": str(n), "order_source_id": order, "reason": reason, "opened_at": FEB}
             for n, (order, reason) in enumerate(told)]  # fmt: skip
    orders = [*HELD["orders"], {"source_id": "3", "ordered_at": FEB, "total": D(9), "currency": "EUR"}]
    result = compute(engine(orders=orders, returns=returns, cases=cases), "returns")
    assert {row["reason"]: row["returns"] for row in rows(result)} == {"damaged": 1, None: 2}
    assert [(a.code, a.rows) for a in result.asides if a.counted] == [("reason_of_case", 1)]


def test_no_return_is_told_as_such() -> None:
    with pytest.raises(MetricUndefined, match="no return took effect"):
        compute(engine(orders=HELD["orders"]), "returns")


def test_cases_are_timed_from_their_opening() -> None:
    def case(source_id: str, answered: float | None, solved: float | None, **more: Any) -> dict[str, Any]:
        moments = {name: JAN + timedelta(hours=hours) if hours is not None else None
                   for name, hours in (("first_response_at", answered), ("closed_at", solved))}  # fmt: skip
        return {"source_id": source_id, "opened_at": JAN, "priority": "high", **moments} | more

    cases = [
        case("1", 1, 10), case("2", 2, None), case("3", 6, 30.5), case("4", None, None, status="resolved"),
        case("5", -1, None), case("6", None, None, opened_at=None),
    ]  # fmt: skip
    result = compute(engine(cases=cases), "cases", by=["priority"])
    assert rows(result) == [
        {"priority": "high", "cases": 5, "solved": 3, "open": 2, "response_hours": D("3.0000"),
         "response_median": D("2.0000"), "resolution_hours": D("20.2500"), "resolution_median": D("20.2500")}
    ]  # fmt: skip
    assert {(aside.code, aside.counted) for aside in result.missing} == {("no_date", False), ("backwards", True)}
