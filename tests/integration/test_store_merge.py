"""What becomes of the records of a batch, and that the counts say so."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from support.writing import MICROS, Sync, batch, change_keys, held, micros, moment, require_true_counters

from hub.model.batch import Batch
from hub.model.catalog import ENTITIES
from hub.store.base import Counts, Store


def test_new_records_are_inserted_with_their_bookkeeping(sync: Sync, store: Store) -> None:
    assert sync.merge("customers", source_id=["a", "b"], name=["Ann", None]) == Counts(read=2, inserted=2)

    rows = held(store, "customers", "source", "source_id", "name", "first_seen_at", "synced_at", "run_id")

    at = micros(1)
    assert rows == [("shop", "a", "Ann", at, at, sync.run.id), ("shop", "b", None, at, at, sync.run.id)]
    assert store.held("shop") == {"customers": 2}


def test_records_that_come_again_unchanged_are_not_touched(sync: Sync, store: Store) -> None:
    sync.merge("customers", source_id=["a", "b"], name=["Ann", None])

    assert sync.merge("customers", source_id=["a", "b"], name=["Ann", None]) == Counts(read=2, unchanged=2)

    assert held(store, "customers", "source_id", "synced_at") == [("a", micros(1)), ("b", micros(1))]
    assert len(change_keys(store, "customers")) == 1


@pytest.mark.parametrize(("before", "after"), [("Ann", "Anne"), (None, "Ann"), ("Ann", None), ("", None)])
def test_a_different_value_is_an_update_also_from_and_to_nothing(
    sync: Sync, store: Store, before: str | None, after: str | None
) -> None:
    sync.merge("customers", source_id=["a", "b"], name=[before, "Bob"])

    assert sync.merge("customers", source_id=["a", "b"], name=[after, "Bob"]) == Counts(read=2, updated=1, unchanged=1)

    assert held(store, "customers", "source_id", "name", "first_seen_at", "synced_at") == [
        ("a", after, micros(1), micros(2)),
        ("b", "Bob", micros(1), micros(1)),
    ]
    assert change_keys(store, "customers") == [{"a", "b"}, {"a"}]


def test_columns_that_a_batch_does_not_carry_keep_their_values(sync: Sync, store: Store) -> None:
    sync.merge("customers", source_id=["a"], name=["Ann"], city=["Wien"])

    assert sync.merge("customers", source_id=["a"], phone=["1"]) == Counts(read=1, updated=1)

    assert held(store, "customers", "name", "city", "phone") == [("Ann", "Wien", "1")]


def test_an_older_version_never_overwrites(sync: Sync, store: Store) -> None:
    sync.merge("customers", source_id=["a", "b", "c"], name=["new", "old", "x"], source_updated_at=[micros(9)] * 3)

    counts = sync.merge(
        "customers",
        source_id=["a", "b", "c"],
        name=["stale", "newer", "same stamp"],
        source_updated_at=[micros(8), micros(10), micros(9)],
    )

    assert counts == Counts(read=3, updated=2, superseded=1)
    assert held(store, "customers", "source_id", "name") == [("a", "new"), ("b", "newer"), ("c", "same stamp")]
    assert change_keys(store, "customers")[-1] == {"b", "c"}


def test_a_record_without_a_stamp_counts_as_current(sync: Sync, store: Store) -> None:
    sync.merge("customers", source_id=["a"], name=["stamped"], source_updated_at=[micros(9)])
    sync.merge("customers", source_id=["a"], name=["unstamped"], source_updated_at=[None])
    sync.merge("customers", source_id=["a"], name=["old stamp"], source_updated_at=[micros(1)])

    assert held(store, "customers", "name", "source_updated_at") == [("old stamp", micros(1))]


def test_a_deleted_record_that_comes_again_counts_as_inserted(sync: Sync, store: Store) -> None:
    sync.merge("customers", source_id=["a", "b"], name=["Ann", "Bob"])
    assert sync.delete("customers", "a", "nobody") == 1
    assert store.held("shop") == {"customers": 1}

    assert sync.merge("customers", source_id=["a", "b"], name=["Ann", "Bob"]) == Counts(read=2, inserted=1, unchanged=1)

    assert held(store, "customers", "source_id", "first_seen_at") == [("a", micros(1)), ("b", micros(1))]
    assert store.held("shop") == {"customers": 2}


def test_an_older_version_does_not_bring_a_deleted_record_back(sync: Sync, store: Store) -> None:
    sync.merge("customers", source_id=["a"], source_updated_at=[micros(9)])
    sync.delete("customers", "a")

    assert sync.merge("customers", source_id=["a"], source_updated_at=[micros(8)]) == Counts(read=1, superseded=1)

    assert store.held("shop") == {}


def test_deleting_twice_deletes_once(sync: Sync, store: Store) -> None:
    sync.merge("customers", source_id=["a", "b"])

    assert [sync.delete("customers", "a", "a"), sync.delete("customers", "a"), sync.delete("customers")] == [1, 0, 0]

    assert held(store, "customers", "source_id", "deleted_at", live=False) == [("a", micros(2)), ("b", None)]
    assert change_keys(store, "customers") == [{"a", "b"}, {"a"}]


def test_a_record_that_comes_twice_in_a_page_counts_once_and_the_last_one_wins(sync: Sync, store: Store) -> None:
    counts = sync.merge("customers", source_id=["a", "b", "a", "a"], name=["1", "2", "3", "4"])

    assert counts == Counts(read=4, inserted=2, duplicate=2)
    assert held(store, "customers", "source_id", "name") == [("a", "4"), ("b", "2")]


def test_of_duplicates_the_one_with_the_latest_stamp_wins(sync: Sync, store: Store) -> None:
    stamps = [micros(5), micros(7), micros(7), micros(6)]

    counts = sync.merge("customers", source_id=["a"] * 4, name=["1", "2", "3", "4"], source_updated_at=stamps)

    assert counts == Counts(read=4, inserted=1, duplicate=3)
    assert held(store, "customers", "name") == [("3",)]


def test_sources_do_not_touch_each_other(sync: Sync, new_sync: Callable[..., Sync], store: Store) -> None:
    other = new_sync(source="erp")
    sync.merge("customers", source_id=["a"], name=["Ann"])

    assert other.merge("customers", source_id=["a"], name=["Anna"]) == Counts(read=1, inserted=1)
    assert other.delete("customers", "a") == 1

    assert held(store, "customers", "source", "name") == [("shop", "Ann")]
    assert (store.held("shop"), store.held("erp")) == ({"customers": 1}, {})


def test_every_kind_of_value_comes_back_in_physical_form(sync: Sync, store: Store) -> None:
    values = {
        "source_id": "ä:ж'\"\\",
        "number": "007",
        "total": -123_456_789,
        "tax_included": False,
        "ordered_at": -1,
        "extras": '{"a":[1,2.5,null],"ж":"x"}',
        "is_test": True,
    }
    sync.merge("orders", **{name: [value] for name, value in values.items()})

    (row,) = held(store, "orders", *values)

    assert dict(zip(values, row, strict=True)) == values
    assert [type(value) for value in row] == [type(value) for value in values.values()]


def test_dates_come_back_as_text(sync: Sync, store: Store) -> None:
    sync.merge("fx_rates", source_id=["1"], rate_on=["2024-02-29"], rate=[1])

    assert held(store, "fx_rates", "rate_on", "rate") == [("2024-02-29", 1)]


@pytest.mark.parametrize("amount", [10**20 - 1, -(10**20) + 1, 2**63, 2**63 - 1, -(2**63), 1])
def test_amounts_are_exact_beyond_64_bits(sync: Sync, store: Store, amount: int) -> None:
    sync.merge("orders", source_id=["1", "2"], total=[amount, 7])

    assert held(store, "orders", "source_id", "total") == [("1", amount), ("2", 7)]
    assert sync.merge("orders", source_id=["1", "2"], total=[amount, 7]) == Counts(read=2, unchanged=2)
    assert sync.merge("orders", source_id=["1", "2"], total=[amount // 10, 7]).updated == 1


def test_an_arrow_batch_means_the_same_as_lists(sync: Sync, store: Store) -> None:
    pa = pytest.importorskip("pyarrow")
    columns = {
        "source_id": pa.array(["a", "b", "a"]),
        "name": pa.array(["Ann", None, "Anne"]),
        "employees": pa.array([1, None, 3], pa.int64()),
        "annual_revenue": pa.array([MICROS, 2 * MICROS, None], pa.int64()),
    }

    with sync.page() as writer:
        counts = writer.merge(Batch(ENTITIES["customers"], columns))

    assert counts == Counts(read=3, inserted=2, duplicate=1)
    assert held(store, "customers", "source_id", "name", "employees", "annual_revenue") == [
        ("a", "Anne", 3, None),
        ("b", None, None, 2 * MICROS),
    ]
    lists = {"source_id": ["a", "b"], "name": ["Anne", None], "employees": [3, None]}
    assert sync.merge("customers", **lists) == Counts(read=2, unchanged=2)


def test_a_page_of_any_length_is_counted_exactly(sync: Sync, store: Store) -> None:
    ids = [f"{number:05}" for number in range(1237)]
    assert sync.merge("customers", source_id=ids, name=ids) == Counts(read=1237, inserted=1237)

    names = [name if number % 10 else "changed" for number, name in enumerate(ids)]
    more = [f"new {number}" for number in range(100)]
    counts = sync.merge("customers", source_id=[*ids, *more], name=[*names, *more])

    assert counts == Counts(read=1337, inserted=100, updated=124, unchanged=1113)
    assert change_keys(store, "customers")[-1] == {*ids[::10], *more}
    require_true_counters(store)


def test_a_very_long_list_of_keys_is_told_by_its_run_instead(sync: Sync, store: Store) -> None:
    ids = [str(number) for number in range(105_000)]

    sync.merge("customers", source_id=ids)
    sync.merge("customers", source_id=["one more"])

    assert change_keys(store, "customers") == [None, None]
    assert sum(len(page) for page in store.rows("customers", ["source_id"], run_ids=[sync.run.id])) == 105_001


def test_a_page_is_stored_whole_or_not_at_all(sync: Sync, store: Store) -> None:
    sync.merge("customers", source_id=["a"])

    with pytest.raises(RuntimeError, match="stop"), sync.page() as writer:
        writer.merge(batch("customers", source_id=["b"], phone=["1"]))
        writer.delete("customers", ["a"])
        raise RuntimeError("stop")

    assert held(store, "customers", "source_id") == [("a",)]
    assert store.held("shop") == {"customers": 1}
    assert store.sequence() == 1
    assert "phone" not in store.columns_in_use("customers")


def test_a_dry_run_counts_and_stores_nothing(sync: Sync, store: Store) -> None:
    sync.merge("customers", source_id=["a"], name=["Ann"])

    with store.page(sync.run, None, moment(9)) as writer:
        counts = writer.merge(batch("customers", source_id=["a", "b"], name=["Anne", "Bob"]))

    assert counts == Counts(read=2, inserted=1, updated=1)
    assert held(store, "customers", "name") == [("Ann",)]
    assert store.held("shop") == {"customers": 1}


def test_several_batches_of_one_page_are_one_transaction(sync: Sync, store: Store) -> None:
    with sync.page() as writer:
        writer.merge(batch("orders", source_id=["1"]))
        writer.merge(batch("order_lines", source_id=["1:1"], order_source_id=["1"]))
        writer.merge(batch("orders", source_id=["1"], number=["A1"]))
        writer.delete("order_lines", ["1:1"])

    assert store.held("shop") == {"orders": 1}
    assert held(store, "orders", "number") == [("A1",)]


def test_an_empty_batch_changes_nothing(sync: Sync, store: Store) -> None:
    assert sync.merge("customers", source_id=[], name=[]) == Counts()

    assert store.sequence() == 0
