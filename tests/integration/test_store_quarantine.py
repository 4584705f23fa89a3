"""Rejected records: kept with their row, counted when they come again, closed when they come mended."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.writing import Sync, moment, reject

from hub.model.batch import Replacement
from hub.store.base import Store
from hub.store.raw import MAX_CELL, raw_text


def test_a_reject_is_kept_with_all_that_somebody_needs_to_mend_it(sync: Sync, store: Store) -> None:
    sync.refuse(reject("7", row=3, id="7", total="12,x"), origin="orders.csv", first_row=100)

    (entry,) = store.quarantined()

    assert (entry.source, entry.stream, entry.entity, entry.source_id) == ("shop", "orders", "orders", "7")
    assert (entry.field, entry.rule, entry.reason) == ("total", "type", "it is not a number.")
    assert (entry.origin, entry.row_number, entry.raw) == ("orders.csv", 103, {"id": "7", "total": "12,x"})
    assert (entry.run_id, entry.times_seen, entry.status) == (sync.run.id, 1, "open")
    assert entry.first_seen_at == entry.last_seen_at == moment(1)
    assert store.open_quarantine() == {("shop", "orders"): 1}


def test_the_same_reject_again_counts_up_and_shows_the_latest_row(
    sync: Sync, new_sync: Callable[..., Sync], store: Store
) -> None:
    sync.refuse(reject("7", total="x"))
    sync.end()
    later = new_sync()
    later.refuse(reject("7", total="y"), origin="next.csv")
    later.refuse(reject("7", total="y"), origin="next.csv")

    (entry,) = store.quarantined()

    assert (entry.times_seen, entry.raw, entry.origin, entry.run_id) == (3, {"total": "y"}, "next.csv", later.run.id)
    assert entry.first_seen_at == moment(1)
    assert entry.last_seen_at == moment(2)


def test_another_field_rule_or_record_is_another_entry(sync: Sync, store: Store) -> None:
    sync.refuse(reject("7"), reject("8"), reject("7", field="currency"), reject("7", rule="range"), reject("7"))

    assert [entry.times_seen for entry in store.quarantined()] == [2, 1, 1, 1]


def test_records_without_a_key_are_told_apart_by_their_rows(sync: Sync, store: Store) -> None:
    sync.refuse(reject(None, a=1), reject(None, a=2), reject(None, a=1))

    assert [(entry.raw, entry.times_seen) for entry in store.quarantined()] == [({"a": 1}, 2), ({"a": 2}, 1)]


def test_an_entry_is_resolved_when_its_record_is_stored(sync: Sync, store: Store) -> None:
    sync.refuse(reject("7"), reject("7", field="currency"), reject("8"))

    sync.merge("orders", source_id=["7", "9"])

    assert [entry.source_id for entry in store.quarantined()] == ["8"]
    assert {entry.source_id for entry in store.quarantined(status="resolved")} == {"7"}
    assert store.open_quarantine() == {("shop", "orders"): 1}


def test_a_record_of_another_entity_stream_or_source_resolves_nothing(
    sync: Sync, new_sync: Callable[..., Sync], store: Store
) -> None:
    sync.refuse(reject("7"))

    sync.merge("customers", source_id=["7"])
    new_sync(stream="archive").merge("orders", source_id=["7"])
    new_sync(source="erp").merge("orders", source_id=["7"])

    assert len(store.quarantined()) == 1


def test_a_deleted_record_needs_no_mending_whichever_stream_it_came_by(
    sync: Sync, new_sync: Callable[..., Sync], store: Store
) -> None:
    sync.refuse(reject("7"), reject("8"), reject("9"))
    new_sync(stream="archive").refuse(reject("7"))
    new_sync(source="erp").refuse(reject("7"))

    assert sync.delete("orders", "7", "9") == 0

    assert [(entry.source, entry.source_id) for entry in store.quarantined()] == [("shop", "8"), ("erp", "7")]
    assert {entry.source_id for entry in store.quarantined(status="resolved")} == {"7", "9"}


def test_a_child_that_its_parent_lost_needs_no_mending(sync: Sync, store: Store) -> None:
    full = Replacement("order_source_id", {"1": None})
    sync.merge("order_lines", full, source_id=["1:1", "1:2"], order_source_id=["1", "1"])
    sync.refuse(replace(reject("1:2"), entity="order_lines"))

    sync.merge("order_lines", full, source_id=["1:1"], order_source_id=["1"])

    assert store.quarantined() == []


def test_a_resolved_entry_opens_again_when_the_record_is_refused_again(sync: Sync, store: Store) -> None:
    sync.refuse(reject("7"))
    sync.merge("orders", source_id=["7"])
    sync.refuse(reject("7"))

    (entry,) = store.quarantined()

    assert (entry.times_seen, entry.status) == (2, "open")


def test_many_open_entries_are_resolved_at_once(sync: Sync, store: Store) -> None:
    ids = [str(number) for number in range(1500)]
    sync.refuse(*(reject(key) for key in ids))

    sync.merge("orders", source_id=[*ids[:1200], "new"])

    assert store.open_quarantine() == {("shop", "orders"): 300}


def test_entries_are_settled_together_with_the_page(sync: Sync, store: Store) -> None:
    sync.refuse(reject("1"), reject("2"))
    first, second = (entry.id for entry in store.quarantined())

    with pytest.raises(RuntimeError), sync.page() as writer:
        writer.settle([first], "resolved", "run 7")
        raise RuntimeError
    assert len(store.quarantined()) == 2

    with sync.page() as writer:
        writer.settle([], "resolved", "run 7")
        writer.settle([first], "resolved", "run 7")
    assert [entry.id for entry in store.quarantined()] == [second]


def test_a_person_settles_entries_once(sync: Sync, store: Store) -> None:
    sync.refuse(reject("7"), reject("8"), reject("9"))
    first, second, _ = (entry.id for entry in store.quarantined())

    assert store.settle([first, second, 10**6], "dropped", "ann") == 2
    assert store.settle([first], "resolved", "bob") == 0
    assert store.settle([], "dropped", "ann") == 0

    assert [entry.id for entry in store.quarantined(status="dropped")] == [first, second]


def test_entries_are_found_by_what_is_asked(sync: Sync, new_sync: Callable[..., Sync], store: Store) -> None:
    new_sync(source="erp", stream="items").refuse(reject("1"))
    sync.refuse(reject("2"), reject("3"))
    everything = [entry.id for entry in store.quarantined(status=None)]

    assert everything == sorted(everything)
    assert [entry.source_id for entry in store.quarantined(source="shop")] == ["2", "3"]
    assert [entry.source_id for entry in store.quarantined(stream="items")] == ["1"]
    assert [entry.source_id for entry in store.quarantined(ids=everything[:2])] == ["1", "2"]
    assert store.quarantined(ids=[]) == []
    assert [entry.source_id for entry in store.quarantined(limit=1, after=everything[0])] == ["2"]


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        (Decimal("1.10"), "1.10"),
        (datetime(2024, 1, 2, 3, 4, tzinfo=UTC), "2024-01-02 03:04:00+00:00"),
        (date(2024, 1, 2), "2024-01-02"),
        (b"\x00\xff", "AP8="),
        (float("nan"), "nan"),
        (float("-inf"), "-inf"),
        (10**30, 10**30),
        ("nul \x00 and half \ud800", "nul \\u0000 and half \\ud800"),
        ({"b": [1, {"c": None}], "a": True}, {"b": [1, {"c": None}], "a": True}),
        ({1: "number as key"}, {"1": "number as key"}),
        ("ж" * 10, "ж" * 10),
        (object, "<class 'object'>"),
    ],
)
def test_any_value_of_a_source_row_can_be_kept(sync: Sync, store: Store, value: Any, kept: Any) -> None:
    sync.refuse(reject("7", cell=value))

    assert store.quarantined()[0].raw == {"cell": kept}


def test_a_huge_cell_is_cut_and_its_length_told() -> None:
    text = json.loads(raw_text({"cell": "x" * (MAX_CELL + 5)}))["cell"]

    assert text.endswith(f"xxx... ({MAX_CELL + 5} characters)")
    assert len(text) < MAX_CELL + 100


_CELLS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()) | st.binary() | st.decimals(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)


@given(st.dictionaries(st.text(st.characters(), max_size=5), _CELLS, max_size=4))
def test_every_row_becomes_a_json_text_that_databases_take(row: dict[str, Any]) -> None:
    text = raw_text(row)

    assert "\x00" not in text
    assert isinstance(json.loads(text.encode("utf-8")), dict)
    assert raw_text(dict(reversed(row.items()))) == text
