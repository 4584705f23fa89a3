"""New, returning and lapsed customers, churn, cohorts, buying patterns and concentration on paper."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal as D
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.canonical import CATALOGUE, DEFAULTS, compute, engine, rows

from hub.errors import MetricUndefined
from metrics.filters import chosen


def order(source_id: str, customer: str | None, day: date, total: int = 10, **more: Any) -> dict[str, Any]:
    return {"source_id": source_id, "customer_source_id": customer, "total": D(total), "currency": "EUR",
            "ordered_at": datetime(day.year, day.month, day.day, 9)} | more  # fmt: skip


ORDERS = [
    order("1", "A", date(2023, 1, 5), 10), order("2", "A", date(2023, 3, 5), 20), order("3", "B", date(2023, 3, 6), 5),
    order("4", "A", date(2024, 8, 1), 7), order("5", "C", date(2022, 8, 1), 100),
    order("6", None, date(2023, 3, 1)), order("7", "D", date(2023, 3, 1), status="cancelled"),
]  # fmt: skip


def test_customers_come_return_lapse_and_come_back() -> None:
    result = compute(engine(orders=ORDERS), "customer_activity")
    found = {f"{row['month']:%Y-%m}": [row[name] for name in ("buyers", "new", "returning", "reactivated", "lapsed")]
             for row in rows(result)}  # fmt: skip
    assert found == {
        "2022-08": [1, 1, 0, 0, 0],
        "2023-01": [1, 1, 0, 0, 0],
        "2023-03": [2, 1, 1, 0, 0],
        "2023-08": [0, 0, 0, 0, 1],  # C, a year after
        "2024-03": [0, 0, 0, 0, 2],  # A and B
        "2024-08": [1, 0, 1, 1, 0],
    }
    assert {aside.code: aside.rows for aside in result.asides} == {"guest": 1, "cancelled": 1}


def test_a_customer_is_new_by_its_first_order_of_all_not_of_the_period() -> None:
    result = compute(engine(orders=ORDERS), "customer_activity", start=date(2023, 3, 1), end=date(2023, 3, 31))
    assert rows(result)[0]["new"] == 1  # B; A came in January


def test_churn_judges_those_who_ordered_in_the_days_before() -> None:
    orders = [
        order("1", "stays", date(2023, 6, 1)), order("2", "stays", date(2024, 6, 1)),
        order("3", "left", date(2023, 6, 1)), order("4", "new", date(2024, 6, 1)),
        order("5", "long ago", date(2021, 1, 1)),
    ]  # fmt: skip
    assert rows(compute(engine(orders=orders), "customer_churn")) == [
        {"customers": 4, "active": 2, "lapsed": 2, "base": 2, "lost": 1, "churn": D("0.500000"),
         "lifespan_years": D("1.9986")}
    ]  # fmt: skip
    before = compute(engine(orders=orders), "customer_churn", end=date(2023, 12, 31))
    assert (before.values("customers"), before.values("churn")) == ([3], [None])


def test_who_orders_in_another_system_later_is_lost_by_his_last_order_of_all() -> None:
    orders = [
        order("1", "A", date(2023, 5, 1)), order("2", "X", date(2023, 6, 1), source="erp"),
        order("3", "B", date(2024, 6, 1)),
    ]  # fmt: skip
    known = [{"source": source, "source_id": key, "golden_id": "C1"} for source, key in (("shop", "A"), ("erp", "X"))]
    hub = engine(orders=orders, customer_identities=known)
    only = chosen(hub.db, sources=["shop"])
    result = hub.compute(CATALOGUE.request("customer_churn", defaults=DEFAULTS, only=only))
    assert (result.values("base"), result.values("lost")) == ([1], [1])


def test_cohorts_are_followed_by_calendar_month() -> None:
    orders = [
        order("1", "A", date(2024, 1, 31)), order("2", "A", date(2024, 2, 1)), order("3", "A", date(2024, 2, 2)),
        order("4", "B", date(2024, 1, 1)), order("5", "C", date(2024, 2, 1)), order("6", "A", date(2024, 4, 1)),
    ]  # fmt: skip
    found = [
        (f"{row['cohort']:%m}", row["months_since"], row["cohort_size"], row["customers"], row["retention"])
        for row in rows(compute(engine(orders=orders), "retention_cohorts"))
    ]
    assert found == [
        ("01", 0, 2, 2, D(1)), ("01", 1, 2, 1, D("0.500000")), ("01", 3, 2, 1, D("0.500000")), ("02", 0, 1, 1, D(1)),
    ]  # fmt: skip


def test_the_size_of_a_company_is_a_class() -> None:
    customers = [{"source_id": "A", "employees": 49}, {"source_id": "B", "employees": 250}]
    found = rows(compute(engine(orders=ORDERS, customers=customers), "customer_churn", by=["company_size"]))
    assert {row["company_size"]: row["customers"] for row in found} == {
        "small (10 to 49)": 1, "large (250 and more)": 1, None: 1,
    }  # fmt: skip


def test_buying_patterns() -> None:
    def every(customer: str, *days: int) -> list[dict[str, Any]]:
        return [order(f"{customer}{day}", customer, date(2024, 1, 1) + timedelta(days=day)) for day in days]

    orders = [*every("steady", 0, 30, 60, 90), *every("wild", 0, 1, 2, 200), *every("some", 0, 9), *every("one", 5)]
    found = {row["customer_id"]: row["pattern"] for row in rows(compute(engine(orders=orders), "buying_pattern"))}
    assert found == {
        "shop/steady": "regular", "shop/wild": "irregular", "shop/some": "occasional", "shop/one": "one-off",
    }  # fmt: skip


def test_without_spend_there_is_no_acquisition_cost() -> None:
    with pytest.raises(MetricUndefined, match="no marketing spend is held"):
        compute(engine(orders=ORDERS), "customer_acquisition_cost")


def test_few_customers_bring_most_of_the_revenue() -> None:
    orders = [order(str(n), f"c{n:02}", date(2024, 1, 1), total) for n, total in enumerate([600, 200, 100, 50, 30, 20])]
    assert rows(compute(engine(orders=orders), "revenue_concentration")) == [
        {"customers": 6, "revenue": D("1000.00"), "largest_share": D("0.600000"), "first_ten_share": D("1.000000"),
         "first_fifth_share": D("0.800000"), "for_80_percent": 2, "herfindahl": D("0.413800")}
    ]  # fmt: skip
    classes = [row["abc"] for row in rows(compute(engine(orders=orders), "customer_classes"))]
    assert classes == ["A", "A", "B", "B", "C", "C"]


def test_concentration_of_hundreds_of_billions_needs_no_further_room() -> None:
    orders = [order("1", "A", date(2024, 1, 1), 720_000_000_000), order("2", "B", date(2024, 1, 1), 200_000_000_000),
              order("3", "C", date(2024, 1, 1), 1, currency="USD")]  # fmt: skip
    rate = {"source_id": "r", "base_currency": "EUR", "currency": "USD", "rate": D(2), "rate_on": date(2024, 1, 1)}
    hub = engine(orders=orders, fx_rates=[rate])
    usual = hub.site.variant
    result = compute(hub, "revenue_concentration")
    assert (result.values("for_80_percent"), result.values("revenue")) == ([2], [D("920000000000.50")])
    assert hub.site.variant == usual


@given(
    st.lists(st.tuples(st.sampled_from("ABCDE"), st.integers(0, 900), st.integers(-50, 500)), min_size=1, max_size=15)
)
@settings(max_examples=6, deadline=None)
def test_the_parts_of_the_customer_base_add_up(sales: list[tuple[str, int, int]]) -> None:
    orders = [
        order(str(n), customer, date(2022, 7, 1) + timedelta(days=day), total)
        for n, (customer, day, total) in enumerate(sales)
    ]
    hub = engine(orders=orders)
    names = ("customer_activity", "retention_cohorts", "revenue", "customer_churn", "customer_classes")
    activity, cohorts, revenue, churn, classes = (
        hub.compute(CATALOGUE.request(name, defaults=DEFAULTS)) for name in names
    )
    customers = len({customer for customer, _, _ in sales})
    assert sum(activity.values("new")) == customers
    assert sum(row["customers"] for row in rows(cohorts) if row["months_since"] == 0) == customers
    assert churn.values("active")[0] + churn.values("lapsed")[0] == customers
    total = sum(revenue.values("gross"))
    assert sum(activity.values("revenue")) == sum(cohorts.values("revenue")) == sum(classes.values("revenue")) == total
    came, went = sum(activity.values("new")) + sum(activity.values("reactivated")), sum(activity.values("lapsed"))
    assert came - went == churn.values("active")[0]
