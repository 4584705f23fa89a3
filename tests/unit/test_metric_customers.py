"""Customer lifetime value and RFM on paper."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal as D
from typing import Any

import pytest
from support.canonical import CATALOGUE, compute, engine, rows

from hub.errors import MetricUndefined
from metrics.customers import segment


def order(source_id: str, customer: str | None, day: date, total: str, **more: Any) -> dict[str, Any]:
    return {"source_id": source_id, "customer_source_id": customer, "total": D(total), "currency": "EUR",
            "ordered_at": datetime(day.year, day.month, day.day, 9)} | more  # fmt: skip


ORDERS = [
    order("1", "A", date(2024, 1, 1), "100"),
    order("2", "A", date(2024, 6, 1), "200"),
    order("3", "B", date(2024, 12, 31), "60"),
    order("4", None, date(2024, 3, 1), "999"),
    order("5", "C", date(2024, 3, 1), "999", status="cancelled"),
]


def test_lifetime_value_of_the_population() -> None:
    (row,) = rows(compute(engine(orders=ORDERS), "customer_lifetime_value"))
    assert row == {
        "customers": 2,
        "orders": 3,
        "revenue": D("360.00"),
        "days": 366,
        "average_order_value": D("120.000000"),
        "orders_per_year": D("1.496926"),  # 3 / 2 / (366 / 365.25)
        "lifespan_used": D("3.000000"),
        "acquisition_cost_used": D("0.000000"),
        "customer_lifetime_value": D("538.893443"),  # 360 / 2 x 365.25 / 366 x 3
    }


def test_lifetime_value_of_each_customer_uses_the_days_of_all() -> None:
    found = rows(compute(engine(orders=ORDERS, customers=[{"source_id": "A", "name": "Acme"}]),
                         "customer_lifetime_value", by=["customer"]))  # fmt: skip
    assert [(row["customer_id"], row["customer"], row["days"], row["customer_lifetime_value"]) for row in found] == [
        ("shop/A", "Acme", 366, D("898.155738")),
        ("shop/B", None, 366, D("179.631148")),
    ]


def test_lifespan_and_acquisition_cost_are_parameters() -> None:
    given = {"lifespan_years": "1", "acquisition_cost": "80.5"}
    result = compute(engine(orders=ORDERS), "customer_lifetime_value", given=given)
    assert result.value == D("99.131148")
    assert result.about()["parameters"] == given | {"lifespan": "assumed", "lapse_days": 365}


def test_marketing_spend_is_the_acquisition_cost_where_none_is_set() -> None:
    spend = [
        {"source_id": "1", "spent_on": date(2024, 2, 1), "amount": D(100), "currency": "EUR"},
        {"source_id": "2", "spent_on": date(2024, 3, 1), "amount": D(1), "currency": "USD"},
    ]
    hub = engine(orders=ORDERS, marketing_spend=spend)
    result = hub.compute(CATALOGUE.request("customer_lifetime_value", defaults={"lifespan_years": D(3)}))
    assert result.values("acquisition_cost_used") == [D("50.000000")]
    assert result.value == D("488.893443")
    assert "1 spend record: no exchange rate into the reporting currency (USD)" in map(str, result.missing)


def test_only_new_customers_share_the_marketing_spend() -> None:
    spend = [{"source_id": "1", "spent_on": date(2024, 7, 1), "amount": D(90), "currency": "EUR"}]
    orders = [*ORDERS, order("6", "A", date(2024, 7, 1), "1"), order("7", "N", date(2024, 7, 1), "1"),
              order("8", "N", date(2024, 1, 1), "0") | {"total": None}]  # fmt: skip  # does not count, so N is new
    hub = engine(orders=orders, marketing_spend=spend)
    half = {"start": date(2024, 7, 1), "end": date(2024, 12, 31)}
    request = CATALOGUE.request("customer_lifetime_value", defaults={"lifespan_years": D(3)}, **half)
    assert hub.compute(request).values("acquisition_cost_used") == [D("45.000000")]  # B and N; A ordered before
    assert compute(hub, "customer_acquisition_cost", **half).values("acquisition_cost") == [D("45.000000")]


def test_the_lifespan_may_be_observed_or_follow_from_churn() -> None:
    orders = [
        order("1", "A", date(2023, 2, 1), "100"), order("2", "A", date(2024, 6, 1), "200"),
        order("3", "B", date(2023, 5, 1), "60"), order("4", "C", date(2024, 5, 1), "60"),
    ]  # fmt: skip
    hub = engine(orders=orders)
    observed = compute(hub, "customer_lifetime_value", given={"lifespan": "observed"})
    (row,) = rows(observed)
    assert row["lifespan_used"] == D("0.443532")  # 486, 0 and 0 days over 3 customers
    assert row["customer_lifetime_value"] == D("46.570842")  # 420 / 3 / 487 days x 486 / 3
    by_churn = compute(hub, "customer_lifetime_value", given={"lifespan": "churn"})
    assert by_churn.values("lifespan_used") == [D("1.998631")]  # of A and B, B did not come again
    assert rows(compute(hub, "customer_churn"))[0]["lifespan_years"] == D("1.9986")
    none = compute(engine(orders=ORDERS), "customer_lifetime_value", given={"lifespan": "churn"})
    assert none.values("customer_lifetime_value") == [None]


def test_the_lifespan_is_that_of_all_customers_whatever_is_grouped_by() -> None:
    orders = [
        order("1", "A", date(2023, 2, 1), "100"), order("2", "A", date(2024, 6, 1), "200"),
        order("3", "B", date(2023, 5, 1), "60"), order("4", "C", date(2024, 5, 1), "60"),
        order("5", "C", date(2023, 1, 1), "1", status="cancelled"),
    ]  # fmt: skip
    hub = engine(orders=orders)
    for lifespan, years in (("observed", D("0.443532")), ("churn", D("1.998631"))):
        by_month = compute(hub, "customer_lifetime_value", by=["month"], given={"lifespan": lifespan})
        assert set(by_month.values("lifespan_used")) == {years}
    late = compute(hub, "customer_lifetime_value", start=date(2024, 1, 1), given={"lifespan": "churn"})
    assert (late.values("lifespan_used"), late.values("orders")) == ([D("1.998631")], [2])
    assert {aside.code: aside.rows for aside in late.asides} == {"cancelled": 1}


def test_orders_of_guests_are_told() -> None:
    result = compute(engine(orders=ORDERS), "customer_lifetime_value")
    assert ("guest", 1) in [(aside.code, aside.rows) for aside in result.asides]


def test_the_period_asked_for_replaces_the_days_observed() -> None:
    result = compute(engine(orders=ORDERS), "customer_lifetime_value", start=date(2024, 1, 1), end=date(2024, 6, 30))
    assert (result.values("days"), result.values("orders")) == ([182], [2])


def test_only_guests_is_no_population() -> None:
    with pytest.raises(MetricUndefined, match="no order that counts"):
        compute(engine(orders=[ORDERS[3]]), "customer_lifetime_value")


def test_rfm_scores_fifths_and_gives_equal_values_equal_scores() -> None:
    orders = [order(str(n), f"C{n:02}", date(2024, 1, n), str(n * 10)) for n in range(1, 11)]
    found = rows(compute(engine(orders=orders), "rfm"))
    assert [row["r_score"] for row in found] == [1, 1, 2, 2, 3, 3, 4, 4, 5, 5]
    assert {row["f_score"] for row in found} == {1}  # one order each
    assert [row["m_score"] for row in found] == [1, 1, 2, 2, 3, 3, 4, 4, 5, 5]
    assert [row["recency_days"] for row in found] == list(range(9, -1, -1))
    assert (found[-1]["rfm"], found[-1]["segment"]) == ("515", "potential loyalists")


@pytest.mark.parametrize(
    ("scores", "name"),
    [("555", "champions"), ("433", "potential loyalists"), ("343", "loyal"), ("511", "new"), ("411", "promising"),
     ("333", "need attention"), ("311", "about to sleep"), ("155", "cannot lose"), ("234", "at risk"),
     ("211", "hibernating"), ("111", "lost")],
)  # fmt: skip
def test_segments_have_names(scores: str, name: str) -> None:
    assert segment(dict(zip(("r_score", "f_score", "m_score"), map(int, scores), strict=True))) == name


def test_every_score_has_a_segment() -> None:
    every = [{"r_score": r, "f_score": f, "m_score": m} for r in range(1, 6) for f in range(1, 6) for m in range(1, 6)]
    assert all(segment(scores) for scores in every)


def test_rfm_of_one_customer_by_two_sources_is_two_rows_until_identity_joins_them() -> None:
    both = [order("1", "A", date(2024, 1, 1), "1"), order("1", "A", date(2024, 1, 1), "1", source="erp")]
    assert [row["customer_id"] for row in rows(compute(engine(orders=both), "rfm"))] == ["erp/A", "shop/A"]


IDENTITY: dict[str, Any] = {
    "orders": [
        order("1", "A", date(2024, 1, 1), "10"),
        order("1", "X", date(2024, 2, 1), "30", source="erp"),
        order("2", "B", date(2024, 3, 1), "5"),
    ],
    "customers": [
        {"source_id": "A", "name": "Acme shop", "country": "FR"},
        {"source_id": "X", "source": "erp", "name": "ACME", "country": None},
        {"source_id": "B", "name": "Beta", "country": "IT"},
    ],
    "customer_identities": [
        {"source_id": "A", "golden_id": "C000001", "country": "DE"},
        {"source": "erp", "source_id": "X", "golden_id": "C000001", "country": "DE"},
    ],
    "golden_customers": [{"golden_id": "C000001", "name": "ACME GmbH"}],
}


def test_a_customer_of_two_systems_is_counted_once_and_named_by_its_golden_record() -> None:
    found = rows(compute(engine(**IDENTITY), "rfm"))
    assert [(row["customer_id"], row["customer"], row["orders"], row["revenue"]) for row in found] == [
        ("C000001", "ACME GmbH", 2, D(40)),
        ("shop/B", "Beta", 1, D(5)),
    ]
    (lifetime,) = rows(compute(engine(**IDENTITY), "customer_lifetime_value"))
    assert (lifetime["customers"], lifetime["orders"], lifetime["revenue"]) == (2, 3, D(45))
    (average,) = rows(compute(engine(**IDENTITY), "average_order_value"))
    assert average["customers"] == 2


def test_attributes_come_from_the_golden_record_and_sums_stay_what_they_were() -> None:
    by_country = rows(compute(engine(**IDENTITY), "revenue", by=["country"]))
    assert {row["country"]: row["gross"] for row in by_country} == {"DE": D(40), "IT": D(5)}
    by_source = rows(compute(engine(**IDENTITY), "revenue", by=["source"]))
    assert sum(row["gross"] for row in by_source) == sum(row["gross"] for row in by_country)
