"""What the replica, the ledger and identity read."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from support.writing import Sync, batch, held

from hub.errors import StoreError
from hub.model.catalog import ENTITIES
from hub.store.base import Store


def test_rows_can_be_asked_by_source_keys_and_runs(sync: Sync, new_sync: Callable[..., Sync], store: Store) -> None:
    erp = new_sync(source="erp")
    sync.merge("customers", source_id=["a", "b"])
    erp.merge("customers", source_id=["b", "c"])

    def ids(**asked: object) -> list[tuple[str, str]]:
        pages = store.rows("customers", ["source", "source_id"], **asked)  # type: ignore[arg-type]
        return sorted(row for page in pages for row in page)

    everything = [("erp", "b"), ("erp", "c"), ("shop", "a"), ("shop", "b")]
    assert ids() == everything
    assert ids(source="shop") == [("shop", "a"), ("shop", "b")]
    assert ids(keys=["b", "none"]) == [("erp", "b"), ("shop", "b")]
    assert ids(source="erp", keys=["b"]) == [("erp", "b")]
    assert ids(run_ids=[sync.run.id, 10**9]) == [("shop", "a"), ("shop", "b")]
    assert ids(keys=[]) == ids(run_ids=[]) == []
    assert ids(run_ids=[sync.run.id, erp.run.id]) == everything


def test_rows_come_in_pages_from_one_view(sync: Sync, store: Store) -> None:
    ids = [f"{number:05}" for number in range(12_000)]
    sync.merge("customers", source_id=ids)

    pages = store.rows("customers", ["source_id", "name"])
    first = next(pages)
    sync.merge("customers", source_id=[*ids, "new"], name=["changed"] * 12_001)
    rest = [row for page in pages for row in page]

    assert 1 <= len(first) < 12_000
    assert sorted([*first, *rest]) == [(key, None) for key in ids]


def test_many_keys_at_once(sync: Sync, store: Store) -> None:
    ids = [f"{number:05}" for number in range(3000)]
    sync.merge("customers", source_id=ids)

    found = [row for page in store.rows("customers", ["source_id"], keys=ids[::2]) for row in page]

    assert sorted(found) == [(key,) for key in ids[::2]]


def test_reading_can_stop_half_way(sync: Sync, store: Store) -> None:
    sync.merge("customers", source_id=[str(number) for number in range(12_000)])

    for _ in store.rows("customers", ["source_id"]):
        break

    assert sync.merge("customers", source_id=["1"]).unchanged == 1


@pytest.mark.parametrize("name", ["nothing", "hub_runs", "customers; DROP TABLE customers"])
def test_an_unknown_entity_or_column_is_refused(store: Store, name: str) -> None:
    with pytest.raises(StoreError, match="there is no entity called"):
        list(store.rows(name, ["source_id"]))
    with pytest.raises(StoreError, match="customers has no column"):
        list(store.rows("customers", [name]))


def test_only_columns_that_were_ever_written_are_in_use(sync: Sync, store: Store) -> None:
    bookkeeping = ["first_seen_at", "synced_at", "run_id", "deleted_at"]
    assert store.columns_in_use("customers") == ["source", "source_id", *bookkeeping]

    sync.merge("customers", source_id=["a"], city=["Wien"], name=["Ann"])
    sync.merge("customers", source_id=["a"], phone=["1"])

    assert store.columns_in_use("customers") == ["source", "source_id", "name", "phone", "city", *bookkeeping]
    assert store.columns_in_use("orders") == ["source", "source_id", *bookkeeping]


def test_every_column_in_use_can_be_read(sync: Sync, store: Store) -> None:
    for entity in [*ENTITIES, "stock_history"]:
        assert list(store.rows(entity, store.columns_in_use(entity))) == []


def test_live_ids_are_those_that_the_stream_wrote_last(sync: Sync, new_sync: Callable[..., Sync], store: Store) -> None:
    sync.merge("customers", source_id=["a", "b", "c", "d"], name=["1"] * 4)
    sync.delete("customers", "d")
    archive = new_sync(stream="archive")
    archive.merge("customers", source_id=["b"], name=["2"])
    new_sync(source="erp").merge("customers", source_id=["e"])
    sync.end()
    new_sync().merge("customers", source_id=["c"], name=["3"])

    def live(stream: str) -> list[str]:
        return sorted(key for page in store.live_ids("shop", stream, "customers") for key in page)

    assert live("orders") == ["a", "c"]
    assert live("archive") == ["b"]
    assert live("other") == []


def test_live_ids_can_be_deleted_while_they_are_read(sync: Sync, store: Store) -> None:
    sync.merge("customers", source_id=[str(number) for number in range(12_000)])

    for page in store.live_ids("shop", "orders", "customers"):
        sync.delete("customers", *page)

    assert store.held("shop") == {}


def test_changes_tell_what_each_page_touched(sync: Sync, store: Store) -> None:
    assert (store.sequence(), store.changes(0)) == (0, [])
    sync.merge("customers", source_id=["a", "b"])
    seen = store.sequence()
    sync.merge("customers", source_id=["a", "b", "c"])
    sync.merge("orders", source_id=["1"])

    changes = store.changes(seen)

    assert changes is not None
    assert [(change.entity, change.source, change.run_id, change.keys) for change in changes] == [
        ("customers", "shop", sync.run.id, ("c",)),
        ("orders", "shop", sync.run.id, ("1",)),
    ]
    assert changes[-1].sequence == store.sequence()
    assert store.changes(store.sequence()) == []


def test_a_page_that_touches_an_entity_twice_tells_of_it_once(sync: Sync, store: Store) -> None:
    with sync.page() as writer:
        writer.merge(batch("customers", source_id=["a", "b"]))
        writer.merge(batch("customers", source_id=["a"], name=["Ann"]))
        writer.delete("customers", ["b"])

    changes = store.changes(0)

    assert changes is not None
    assert [sorted(change.keys or ()) for change in changes] == [["a", "b"]]


def test_a_reader_from_the_future_must_start_over(sync: Sync, store: Store) -> None:
    """Its copy was made of a database that has been replaced by an older backup."""
    sync.merge("customers", source_id=["a"])

    assert store.changes(store.sequence() + 1) is None


def test_another_process_sees_what_is_committed(sync: Sync, store: Store, second_store: Store) -> None:
    sync.merge("customers", source_id=["a"])

    assert held(second_store, "customers", "source_id") == [("a",)]
    assert second_store.held("shop") == {"customers": 1}
    assert second_store.stream_state("shop", "orders").cursor is None
