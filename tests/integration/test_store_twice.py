"""A parent that comes more than once in a page: the children of the copy that counts are all that stay."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.writing import Sync, batch, held

from hub.mapping import FieldMap, apply, at, joined
from hub.model.batch import Replacement
from hub.model.catalog import ENTITIES
from hub.store.base import Counts, Store
from sync_jobs.ledger import merge

ORDERS = FieldMap(
    ENTITIES["orders"],
    {"source_id": at("id"), "currency": at("currency"), "source_updated_at": at("changed")},
)
LINES = FieldMap(
    ENTITIES["order_lines"],
    {"source_id": joined("^id", "no"), "order_source_id": at("^id"), "quantity": at("qty")},
    each="lines",
    replaces="order_source_id",
)


def order(number: int, lines: dict[int, int | str], changed: int | None = None) -> dict[str, Any]:
    stamp = None if changed is None else f"2024-05-01T00:00:{changed:02}Z"
    return {"id": number, "currency": "EUR", "changed": stamp, "lines": [{"no": no, "qty": lines[no]} for no in lines]}


def store_page(sync: Sync, rows: list[dict[str, Any]]) -> dict[str, Counts]:
    with sync.page() as writer:
        return merge(writer, apply([ORDERS, LINES], rows))


def live_lines(store: Store, source: str) -> dict[str, int]:
    return dict(held(store, "order_lines", "source_id", "quantity", source=source))


def test_lines_that_only_the_earlier_copy_has_do_not_stay(sync: Sync, store: Store) -> None:
    counts = store_page(sync, [order(1, {1: 1, 2: 1}), order(1, {1: 5, 3: 1})])

    assert live_lines(store, "shop") == {"1:1": 5_000_000, "1:3": 1_000_000}
    assert counts["order_lines"] == Counts(read=4, inserted=2, duplicate=2)
    assert counts["orders"] == Counts(read=2, inserted=1, duplicate=1)


def test_the_copy_with_the_later_stamp_counts_wherever_it_stands(sync: Sync, store: Store) -> None:
    store_page(sync, [order(1, {1: 1, 2: 1}, changed=9), order(1, {3: 1}, changed=8)])

    assert set(live_lines(store, "shop")) == {"1:1", "1:2"}


def test_a_line_refused_in_a_copy_that_does_not_count_does_not_stay(sync: Sync, store: Store) -> None:
    store_page(sync, [order(1, {1: 1, 2: 1})])

    store_page(sync, [order(1, {1: 1, 2: "many"}), order(1, {1: 1})])

    assert set(live_lines(store, "shop")) == {"1:1"}


def test_a_line_refused_in_the_copy_that_counts_stays(sync: Sync, store: Store) -> None:
    store_page(sync, [order(1, {1: 1, 2: 1})])

    store_page(sync, [order(1, {1: 1, 3: 1}), order(1, {1: 1, 2: "many"})])

    assert set(live_lines(store, "shop")) == {"1:1", "1:2"}


def test_positions_follow_when_a_plugin_refuses_records(sync: Sync, store: Store) -> None:
    full = Replacement("order_source_id", {"1": None}, outdated=[1])
    lines = batch("order_lines", full, source_id=["1:1", "1:2", "1:3"], order_source_id=["1", "1", "1"])
    refused = apply([LINES], [order(1, {1: "x", 2: "x", 3: "x"})]).rejects

    lines.refuse(refused[:1])

    assert (full.kept, list(full.outdated)) == (["1:1"], [0])
    with sync.page() as writer:
        assert writer.merge(lines) == Counts(read=2, inserted=1, duplicate=1)
    assert set(live_lines(store, "shop")) == {"1:3"}


def test_children_of_an_older_version_are_taken_where_none_is_known(sync: Sync, store: Store) -> None:
    store_page(sync, [order(1, {}, changed=2)])

    store_page(sync, [order(1, {1: 1}, changed=1)])

    assert set(live_lines(store, "shop")) == {"1:1"}


def orders(changed: st.SearchStrategy[int]) -> st.SearchStrategy[list[dict[str, Any]]]:
    # At least one: of a parent whose newer version has no children, an older version's are taken (`PageWriter.merge`).
    lines = st.dictionaries(st.integers(1, 4), st.integers(1, 3), min_size=1, max_size=4)
    return st.lists(st.builds(order, st.integers(1, 3), lines, changed), max_size=8)


@given(before=orders(st.just(0)), page=orders(st.integers(1, 4)), cut=st.integers(0, 8))
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_only_the_copy_that_counts_has_children(
    store: Store, before: list[dict[str, Any]], page: list[dict[str, Any]], cut: int
) -> None:
    sync = Sync(store, uuid4().hex)
    for rows in (before, page[:cut], page[cut:]):
        for name, counts in store_page(sync, rows).items():
            assert counts.balanced, name

    counting: dict[int, dict[str, Any]] = {}
    for row in [*before, *page]:
        if row["id"] not in counting or row["changed"] >= counting[row["id"]]["changed"]:
            counting[row["id"]] = row
    expected = {
        f"{row['id']}:{line['no']}": line["qty"] * 1_000_000 for row in counting.values() for line in row["lines"]
    }
    assert live_lines(store, sync.source) == expected
