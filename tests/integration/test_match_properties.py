"""Whatever comes in whatever order: the same companies, none lost, none counted twice."""

from __future__ import annotations

import tempfile
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.canonical import compute, engine, rows
from support.matching import ACME, ACME_SHOP, BETA, GAMMA, Matching

from hub.store import open_store

RECORDS = {
    ("erp", "a"): ACME, ("shop", "x"): ACME_SHOP, ("crm", "p"): {**ACME, "name": "ACME Corporation"},
    ("erp", "b"): BETA, ("shop", "y"): {**BETA, "name": "Beta Valves"}, ("crm", "q"): GAMMA,
    ("erp", "twin"): {"name": "Beta Valves Ltd", "country": "GB", "city": "Dover", "email": "x@valves-of-dover.co.uk"},
}  # fmt: skip
"""Two companies of several systems, one of one, and a namesake."""
QUICK = settings(max_examples=3, deadline=None, suppress_health_check=list(HealthCheck))


def resolved(batches: list[list[tuple[str, str]]]) -> Matching:
    """A hub into which the records came batch by batch, with a resolution after each."""
    folder = Path(tempfile.mkdtemp(prefix="hub-match-"))
    store = open_store(f"sqlite:///{folder / 'hub.db'}")
    store.prepare()
    hub = Matching(store, folder / "work")
    for batch in batches:
        for source, key in batch:
            hub.put(source, **{key: RECORDS[source, key]})
        hub.run()
    return hub


@QUICK
@given(st.permutations(list(RECORDS)), st.integers(1, 6))
def test_the_order_of_arrival_changes_no_company(order: list[tuple[str, str]], cut: int) -> None:
    with resolved([order[:cut], order[cut:]]).store as store:
        hub = Matching(store, Path())
        assert hub.groups() == {
            frozenset({"erp/a", "shop/x", "crm/p"}), frozenset({"erp/b", "shop/y"}), frozenset({"crm/q"}),
            frozenset({"erp/twin"}),
        }  # fmt: skip
        assert hub.golden().keys() == {f"{source}/{key}" for source, key in RECORDS}


GROUPS = st.dictionaries(
    st.tuples(st.sampled_from(["erp", "shop"]), st.sampled_from("abcd")), st.sampled_from(["C000001", "C000002", ""])
)
ORDERS = st.lists(
    st.tuples(st.sampled_from(["erp", "shop"]), st.sampled_from("abcde"), st.integers(-(10**12), 10**12)), max_size=12
)


def orders_of(made: list[tuple[str, str, int]]) -> list[dict[str, Any]]:
    return [
        {"source": source, "source_id": str(number), "customer_source_id": customer, "currency": "EUR",
         "total": Decimal(amount).scaleb(-2), "ordered_at": datetime(2024, 1, 1)}
        for number, (source, customer, amount) in enumerate(made)
    ]  # fmt: skip


@settings(max_examples=10, deadline=None)
@given(GROUPS, ORDERS)
def test_the_sum_over_golden_customers_is_the_sum_over_sources(
    links: dict[tuple[str, str], str], made: list[tuple[str, str, int]]
) -> None:
    linked = {record: golden for record, golden in links.items() if golden}
    hub = engine(
        orders=orders_of([*made, ("erp", "z", 1)]),
        customers=[{"source": source, "source_id": key} for source, key in links],
        customer_identities=[
            {"source": source, "source_id": key, "golden_id": golden} for (source, key), golden in linked.items()
        ],
        golden_customers=[{"golden_id": golden, "name": golden} for golden in set(linked.values())],
    )
    by_source, by_customer = (rows(compute(hub, "revenue", by=[name])) for name in ("source", "customer"))
    assert sum(row["gross"] for row in by_source) == sum(row["gross"] for row in by_customer)
    expected = {linked.get((source, key), f"{source}/{key}") for source, key, _ in [*made, ("erp", "z", 1)]}
    assert {row["customer_id"] for row in by_customer} == expected
    assert len(by_customer) == len(expected)
    assert rows(compute(hub, "average_order_value"))[0]["customers"] == len(expected)
