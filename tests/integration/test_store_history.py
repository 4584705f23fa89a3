"""Stock history: one row for each change, ending with what is held."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.writing import MICROS, Sync, batch, held, micros

from hub.model.batch import Replacement
from hub.store.base import Counts, Store
from sync_jobs.copies import date_by_count, merge_in_turn


def stock(sync: Sync, on_hand: int | None, at: float | None = None, **columns: Any) -> None:
    columns = {name: [value] for name, value in columns.items()}
    sync.merge("stock_levels", None, at=at, source_id=["a"], on_hand=[on_hand], **columns)


def history(store: Store, *columns: str, source: str = "shop") -> list[tuple[Any, ...]]:
    names = ("changed_at", *(columns or ("on_hand", "is_deleted")))
    return sorted(row for page in store.rows("stock_history", names, source=source, keys=["a"]) for row in page)


def test_each_change_of_the_figures_is_a_row(sync: Sync, store: Store) -> None:
    stock(sync, 5, at=10)
    stock(sync, 7, at=20)

    assert history(store) == [(micros(10), 5, False), (micros(20), 7, False)]


def test_what_has_not_changed_is_not_noted(sync: Sync, store: Store) -> None:
    stock(sync, 5, at=10)
    stock(sync, 5, at=20)
    stock(sync, 5, at=30, reserved=2)

    assert history(store) == [(micros(10), 5, False)]


def test_the_row_has_the_place_the_value_and_the_run(sync: Sync, store: Store) -> None:
    sync.merge(
        "stock_levels", source_id=["a"], product_source_id=["p"], location_source_id=["w"], stock_type=["blocked"],
        on_hand=[10**19], available=[None], unit=["C62"], unit_cost=[3 * MICROS], value=[7], currency=["EUR"],
    )  # fmt: skip

    columns = store.columns_in_use("stock_history")
    (row,) = [row for page in store.rows("stock_history", columns) for row in page]

    assert dict(zip(columns, row, strict=True)) == {
        "source": "shop", "source_id": "a", "changed_at": micros(1), "product_source_id": "p",
        "location_source_id": "w", "stock_type": "blocked", "on_hand": 10**19, "available": None, "unit": "C62",
        "unit_cost": 3 * MICROS, "value": 7, "currency": "EUR", "is_deleted": False, "run_id": sync.run.id,
    }  # fmt: skip


def test_the_source_knows_best_when_it_changed(sync: Sync, store: Store) -> None:
    stock(sync, 5, at=10, counted_at=micros(3), source_updated_at=None)
    stock(sync, 6, at=20, counted_at=micros(4), source_updated_at=micros(15))

    assert history(store, "on_hand") == [(micros(3), 5), (micros(15), 6)]


def test_a_page_that_tells_past_snapshots_fills_the_history_in_any_order_and_again(sync: Sync, store: Store) -> None:
    def snapshots(*days: int) -> Counts:
        told = batch("stock_levels", source_id=[*"a" * len(days), "b"], on_hand=[*days, 1],
                     counted_at=[*map(micros, days), micros(1)])  # fmt: skip
        date_by_count([told])
        with sync.page(at=1000) as writer:
            return merge_in_turn(writer, told)

    first = snapshots(30, 10, 20)
    assert (first.read, first.inserted, first.updated, first.duplicate, first.balanced) == (4, 2, 0, 2, True)
    again = snapshots(10, 40, 30, 20)
    assert (again.inserted, again.updated, again.unchanged, again.duplicate) == (0, 1, 1, 3)
    assert history(store, "on_hand") == [(micros(day), day) for day in (10, 20, 30, 40)]
    assert held(store, "stock_levels", "on_hand") == [(1,), (40,)]


def test_later_figures_for_the_same_moment_overwrite(sync: Sync, store: Store) -> None:
    stock(sync, 5, at=10, source_updated_at=micros(8))
    stock(sync, 6, at=20, source_updated_at=micros(8))

    assert history(store) == [(micros(8), 6, False)]


def test_a_change_is_never_dated_before_the_one_it_follows(sync: Sync, store: Store) -> None:
    stock(sync, 5, at=10)
    stock(sync, 6, at=20, counted_at=micros(2))

    assert history(store, "on_hand") == [(micros(10), 5), (micros(20), 6)]


def test_a_stamp_from_the_future_does_not_hide_what_comes_after_it(sync: Sync, store: Store) -> None:
    stock(sync, 5, at=10, counted_at=micros(999))
    stock(sync, 6, at=20, counted_at=None)

    assert history(store, "on_hand") == [(micros(999), 6)]


def test_a_level_that_is_deleted_and_comes_back_has_a_gap(sync: Sync, store: Store) -> None:
    stock(sync, 5, at=10, source_updated_at=micros(8))
    sync.delete("stock_levels", "a", at=20)
    stock(sync, 5, at=30, source_updated_at=micros(8))

    assert history(store) == [(micros(8), 5, False), (micros(20), 5, True), (micros(30), 5, False)]


def test_levels_that_a_product_no_longer_has_end_in_the_history(sync: Sync, store: Store) -> None:
    full = Replacement("product_source_id", {"p": None})
    sync.merge("stock_levels", full, source_id=["a", "b"], product_source_id=["p", "p"], on_hand=[1, 2], at=10)
    sync.merge("stock_levels", full, source_id=["b"], product_source_id=["p"], on_hand=[2], at=20)

    assert history(store) == [(micros(10), 1, False), (micros(20), 1, True)]


def test_many_levels_in_one_page(sync: Sync, store: Store) -> None:
    ids = [str(number) for number in range(1000)]
    sync.merge("stock_levels", source_id=ids, on_hand=[1] * 1000)
    sync.merge("stock_levels", source_id=ids, on_hand=[1, 2] * 500)

    assert sum(len(page) for page in store.rows("stock_history", ["source_id"])) == 1500


_STAMPS = st.one_of(st.none(), st.integers(1, 6).map(micros))
_STEPS = st.one_of(st.tuples(st.integers(0, 3), _STAMPS, _STAMPS), st.none())


@given(steps=st.lists(_STEPS, min_size=1, max_size=8))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_history_always_ends_with_what_is_held(store: Store, steps: list[Any]) -> None:
    source = uuid4().hex  # one for each example: the store is not emptied in between
    sync = Sync(store, source)
    for step in steps:
        if step is None:
            sync.delete("stock_levels", "a")
        else:
            on_hand, updated_at, counted_at = step
            stock(sync, on_hand, source_updated_at=updated_at, counted_at=counted_at)

    levels = held(store, "stock_levels", "on_hand", "deleted_at", live=False, source=source)

    ends = [(on_hand, deleted_at is not None) for on_hand, deleted_at in levels]
    assert [row[1:] for row in history(store, source=source)[-1:]] == ends
