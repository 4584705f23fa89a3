"""Children of a parent that was sent in full, as a source with nested lines sends them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from support.writing import Sync, batch, change_keys, held, micros, require_true_counters

from hub.model.batch import Replacement
from hub.store.base import Counts, Store


def order_lines(
    sync: Sync, owners: dict[str, int | None], *lines: str, kept: tuple[str, ...] = (), **more: Any
) -> Counts:
    """Merge lines `order:number`; the parents named in `owners` came with all of their lines."""
    parents = [line.split(":")[0] for line in lines]
    full = Replacement("order_source_id", owners, list(kept))
    return sync.merge("order_lines", full, source_id=list(lines), order_source_id=parents, **more)


def live_lines(store: Store) -> list[str]:
    return [key for (key,) in held(store, "order_lines", "source_id")]


def test_lines_that_an_order_no_longer_has_are_removed(sync: Sync, store: Store) -> None:
    order_lines(sync, {"1": None, "2": None}, "1:1", "1:2", "1:3", "2:1")

    counts = order_lines(sync, {"1": None}, "1:1", "1:4")

    assert counts == Counts(read=2, inserted=1, unchanged=1, deleted=2)
    assert live_lines(store) == ["1:1", "1:4", "2:1"]
    assert store.held("shop") == {"order_lines": 3}
    assert change_keys(store, "order_lines")[-1] == {"1:2", "1:3", "1:4"}


def test_an_order_without_any_lines_loses_all_of_them(sync: Sync, store: Store) -> None:
    order_lines(sync, {"1": None}, "1:1", "1:2")

    assert order_lines(sync, {"1": None}) == Counts(deleted=2)

    assert live_lines(store) == []


def test_lines_that_were_sent_but_refused_are_not_gone(sync: Sync, store: Store) -> None:
    order_lines(sync, {"1": None}, "1:1", "1:2", "1:3")

    counts = order_lines(sync, {"1": None}, "1:1", kept=("1:2",))

    assert counts == Counts(read=1, unchanged=1, deleted=1)
    assert live_lines(store) == ["1:1", "1:2"]


def test_orders_that_did_not_come_keep_their_lines(sync: Sync, store: Store) -> None:
    order_lines(sync, {"1": None, "2": None}, "1:1", "2:1")

    order_lines(sync, {"3": None}, "3:1")

    assert live_lines(store) == ["1:1", "2:1", "3:1"]


def test_an_older_version_of_an_order_changes_none_of_its_lines(sync: Sync, store: Store) -> None:
    sync.merge("orders", source_id=["1"], source_updated_at=[micros(9)])
    order_lines(sync, {"1": micros(9)}, "1:1", "1:2", "1:3", sku=["new"] * 3)
    sync.delete("order_lines", "1:3")

    counts = order_lines(sync, {"1": micros(8)}, "1:1", "1:3", sku=["old", "old"])

    assert counts == Counts(read=2, superseded=2)
    assert held(store, "order_lines", "source_id", "sku") == [("1:1", "new"), ("1:2", "new")]


def test_an_older_version_counts_where_no_line_is_known_yet(sync: Sync, store: Store) -> None:
    sync.merge("orders", source_id=["1"], source_updated_at=[micros(9)])

    assert order_lines(sync, {"1": micros(8)}, "1:1") == Counts(read=1, inserted=1)


def test_the_same_version_again_replaces(sync: Sync, store: Store) -> None:
    sync.merge("orders", source_id=["1"], source_updated_at=[micros(9)])
    order_lines(sync, {"1": micros(9)}, "1:1", "1:2")

    assert order_lines(sync, {"1": micros(9)}, "1:1").deleted == 1


def test_only_the_stale_order_of_a_page_is_left_alone(sync: Sync, store: Store) -> None:
    sync.merge("orders", source_id=["1", "2"], source_updated_at=[micros(9), micros(9)])
    order_lines(sync, {"1": micros(9), "2": micros(9)}, "1:1", "1:2", "2:1", "2:2")

    counts = order_lines(sync, {"1": micros(8), "2": micros(10)}, "1:1", "2:1")

    assert counts == Counts(read=2, unchanged=1, superseded=1, deleted=1)
    assert live_lines(store) == ["1:1", "1:2", "2:1"]


def test_a_line_that_moved_to_another_order_stays(sync: Sync, store: Store) -> None:
    full = Replacement("order_source_id", {"1": None, "2": None})
    sync.merge("order_lines", full, source_id=["a", "b"], order_source_id=["1", "1"])

    counts = sync.merge("order_lines", full, source_id=["a", "b"], order_source_id=["1", "2"])

    assert counts == Counts(read=2, updated=1, unchanged=1)


def test_a_removed_line_comes_back(sync: Sync, store: Store) -> None:
    order_lines(sync, {"1": None}, "1:1", "1:2")
    order_lines(sync, {"1": None}, "1:1")

    assert order_lines(sync, {"1": None}, "1:1", "1:2") == Counts(read=2, inserted=1, unchanged=1)


def test_another_source_keeps_its_lines(sync: Sync, new_sync: Callable[..., Sync], store: Store) -> None:
    other = new_sync(source="erp")
    order_lines(other, {"1": None}, "1:1", "1:2")
    order_lines(sync, {"1": None}, "1:1", "1:2")

    order_lines(sync, {"1": None}, "1:1")

    assert store.held("erp") == {"order_lines": 2}


def test_the_batch_is_left_as_it_came(sync: Sync) -> None:
    """A page whose transaction failed is stored again, from the same batch."""
    sync.merge("orders", source_id=["1"], source_updated_at=[micros(9)])
    order_lines(sync, {"1": micros(9)}, "1:1")
    full = Replacement("order_source_id", {"1": micros(8)}, ["1:9"])
    stale = batch("order_lines", full, source_id=["1:1", "1:1"], order_source_id=["1", "1"])

    with sync.page() as writer:
        writer.merge(stale)

    assert (len(stale), full) == (2, Replacement("order_source_id", {"1": micros(8)}, ["1:9"]))


def test_many_orders_at_once(sync: Sync, store: Store) -> None:
    owners: dict[str, int | None] = {str(number): micros(1) for number in range(1500)}
    sync.merge("orders", source_id=list(owners), source_updated_at=list(owners.values()))
    order_lines(sync, owners, *(f"{owner}:{line}" for owner in owners for line in "12"))

    counts = order_lines(sync, owners, *(f"{owner}:1" for owner in owners))

    assert counts == Counts(read=1500, unchanged=1500, deleted=1500)
    require_true_counters(store)
