"""Pipeline, win rate, sales cycle, stages and leads on paper."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal as D
from typing import Any

from support.canonical import compute, engine, rows

JAN, FEB, MARCH = datetime(2024, 1, 10), datetime(2024, 2, 9), datetime(2024, 3, 1)


def deal(source_id: str, status: str | None, **more: Any) -> dict[str, Any]:
    return {"source_id": source_id, "status": status, "currency": "EUR", "amount": D(100), "created_at": JAN,
            "closed_at": FEB if status in ("won", "lost") else None} | more  # fmt: skip


def entry(source_id: str, deal: str, stage: str, at: datetime, status: str | None = "open") -> dict[str, Any]:
    return {"source_id": source_id, "opportunity_source_id": deal, "stage": stage, "status": status,
            "entered_at": at}  # fmt: skip


def test_the_pipeline_is_weighted_by_the_chance() -> None:
    deals = [
        deal("1", "open", probability=D("0.4"), expected_close_on=date(2024, 5, 1)),
        deal("2", "open", amount=D("33.33"), probability=D("0.1"), expected_close_on=date(2025, 5, 1)),
        deal("3", "open", probability=None), deal("4", "open", amount=None), deal("5", "won"), deal("6", None),
    ]  # fmt: skip
    result = compute(engine(opportunities=deals), "pipeline_value")
    assert rows(result) == [{"opportunities": 4, "pipeline": D("233.33"), "weighted": D("43.333"), "overdue": 1}]
    told = {(aside.code, aside.counted) for aside in result.asides}
    assert told == {("no_chance", True), ("no_amount", True), ("closed", False), ("no_status", False)}


def test_the_win_rate_by_count_and_by_value() -> None:
    deals = [deal("1", "won"), deal("2", "lost", amount=D(50)), deal("3", "lost", amount=D(150)), deal("4", "open")]
    assert rows(compute(engine(opportunities=deals), "win_rate")) == [
        {"won": 1, "lost": 2, "won_value": D("100.00"), "lost_value": D("200.00"), "win_rate": D("0.333333"),
         "win_rate_by_value": D("0.333333")}
    ]  # fmt: skip


def test_the_sales_cycle_is_from_opening_to_winning() -> None:
    deals = [
        deal("1", "won"), deal("2", "won", closed_at=MARCH), deal("3", "won", closed_at=datetime(2024, 1, 11)),
        deal("4", "lost", closed_at=MARCH), deal("5", "won", created_at=MARCH, closed_at=FEB),
    ]  # fmt: skip
    result = compute(engine(opportunities=deals), "sales_cycle_length")
    assert rows(result) == [
        {"won": 3, "average_days": D("27.3333"), "median_days": 30, "average_days_lost": D("51.0000")}
    ]  # 30, 51 and 1 day
    assert [(aside.code, aside.rows) for aside in result.missing] == [("backwards", 1)]


def test_a_stage_converts_what_leaves_it_for_anything_but_a_loss() -> None:
    moves = [
        entry("1", "A", "Qualify", JAN), entry("2", "A", "Offer", FEB), entry("3", "A", "Won", MARCH, "won"),
        entry("4", "B", "Qualify", JAN), entry("5", "B", "Lost", datetime(2024, 1, 20), "lost"),
        entry("6", "C", "Qualify", JAN), entry("7", "A", "Qualify", datetime(2024, 3, 9)),
    ]  # fmt: skip
    deals = [deal("A", "won"), deal("B", "lost"), deal("C", "open")]
    result = compute(engine(opportunities=deals, opportunity_stages=moves), "stage_conversion")
    found = {row["stage"]: row for row in rows(result)}
    assert found["Qualify"] == {
        "stage": "Qualify", "entered": 3, "moved_on": 1, "conversion": D("0.333333"), "won": 1, "lost": 1,
        "win_share": D("0.500000"), "average_days": D("20.0000"),
    }  # fmt: skip
    assert [(aside.code, aside.rows) for aside in result.asides] == [("again", 1)]


def test_a_row_that_says_the_same_stage_again_is_no_move_and_a_last_one_ends_as_the_opportunity_did() -> None:
    moves = [
        entry("1", "A", "Offer", JAN, None), entry("2", "A", "Offer", FEB, None),  # the amount was changed
        entry("3", "B", "Offer", JAN, None), entry("4", "B", "Offer", FEB, None), entry("5", "B", "End", MARCH, None),
    ]  # fmt: skip
    result = compute(
        engine(opportunities=[deal("A", "open"), deal("B", "lost")], opportunity_stages=moves), "stage_conversion"
    )
    (offer,) = (row for row in rows(result) if row["stage"] == "Offer")
    assert (offer["entered"], offer["moved_on"], offer["average_days"]) == (2, 0, D("51.0000"))


def test_leads_convert_and_order() -> None:
    leads = [
        {"source_id": "1", "created_at": JAN, "status": "converted", "converted_at": FEB, "customer_source_id": "A"},
        {"source_id": "2", "created_at": JAN, "status": "converted", "customer_source_id": "B"},
        {"source_id": "3", "created_at": JAN, "status": "disqualified"},
        {"source_id": "4", "created_at": JAN, "status": "open", "customer_source_id": "A"},
        {"source_id": "5", "status": "open"},
    ]
    orders = [
        {"source_id": "1", "customer_source_id": "E", "ordered_at": MARCH, "total": D(9), "source": "erp"},
        {"source_id": "2", "customer_source_id": "B", "ordered_at": datetime(2023, 1, 1), "total": D(9)},
        {"source_id": "3", "customer_source_id": "B", "ordered_at": MARCH, "total": D(9), "status": "cancelled"},
        {"source_id": "4", "customer_source_id": "B", "ordered_at": MARCH},
    ]  # the CRM's customer A is the ERP's E; what has no amount does not count
    known = [
        {"source": "shop", "source_id": "A", "golden_id": "C1"},
        {"source": "erp", "source_id": "E", "golden_id": "C1"},
    ]
    result = compute(engine(leads=leads, orders=orders, customer_identities=known), "lead_conversion")
    assert rows(result) == [
        {"leads": 4, "converted": 2, "disqualified": 1, "ordered": 1, "conversion": D("0.500000"),
         "lead_to_order": D("0.250000"), "average_days": D("30.0000")}
    ]  # fmt: skip
    assert [(aside.code, aside.rows) for aside in result.missing] == [("no_date", 1)]
