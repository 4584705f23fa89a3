"""The simulated shop's search finds what looking at every row would find, in the order that sorting would give."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.magento.sim_search import Criteria, Index

ROWS = [
    {"id": number, "sku": f"S{number % 7}", "updated_at": None if number % 9 == 8 else f"2025-01-{1 + number % 5:02d}"}
    for number in range(40)
]
COLUMNS = frozenset({"entity_id", "sku", "updated_at"})
PLAIN = {
    "eq": lambda a, b: a == b, "gt": lambda a, b: a > b, "gteq": lambda a, b: a >= b, "lt": lambda a, b: a < b,
    "lteq": lambda a, b: a <= b,
}  # fmt: skip
_values = {
    "entity_id": st.integers(0, 45).map(str), "sku": st.sampled_from(["S0", "S3", "S6", "S9"]),
    "updated_at": st.sampled_from(["2025-01-01", "2025-01-03", "2025-01-09"]),
}  # fmt: skip
_filters = st.sampled_from(sorted(COLUMNS)).flatmap(
    lambda name: st.fixed_dictionaries(
        {"field": st.just(name), "conditionType": st.sampled_from(sorted(PLAIN)), "value": _values[name]}
    )
)
_orders = st.lists(
    st.fixed_dictionaries(
        {"field": st.sampled_from(sorted(COLUMNS)), "direction": st.sampled_from(["ASC", "DESC"])}
    ),
    max_size=2, unique_by=lambda each: each["field"],
)  # fmt: skip
INDEX = Index(ROWS, "id")


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.lists(_filters, min_size=1, max_size=2), max_size=3), _orders)
def test_it_finds_what_a_look_at_every_row_finds(groups: list[list[dict[str, str]]], order: list[Any]) -> None:
    criteria = Criteria(
        groups={str(n): {str(m): each for m, each in enumerate(group)} for n, group in enumerate(groups)},
        sort={str(n): each for n, each in enumerate(order)},
    )
    wanted = [row for row in ROWS if all(any(_fits(row, each) for each in group) for group in groups)]
    for each in reversed(order):
        name = _column(each["field"])
        wanted.sort(key=lambda row: (row[name] is not None, row[name]), reverse=each["direction"] == "DESC")
    assert INDEX.find(criteria, COLUMNS) == wanted


def test_rows_named_by_their_key_are_found_where_they_are() -> None:
    group = {"0": {"0": {"field": "entity_id", "conditionType": "in", "value": "39,2,77"}}}
    assert [row["id"] for row in INDEX.find(Criteria(groups=group), COLUMNS)] == [2, 39]


def _column(name: str) -> str:
    return "id" if name == "entity_id" else name


def _fits(row: dict[str, Any], each: dict[str, str]) -> bool:
    held = row[_column(each["field"])]
    value = int(each["value"]) if each["field"] == "entity_id" else each["value"]
    return held is not None and PLAIN[each["conditionType"]](held, value)
