"""`hub db copy`: all rows arrive, in both directions; what cannot be copied is refused before anything is written."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from support.clean_store import empty, prepared_url
from support.writing import Sync, micros, reject

from hub.errors import StoreError
from hub.store import copying, open_store
from hub.store.copying import copy_between
from hub.store.copying_sql import end_of, tables

Urls = Callable[[str], str]
PAIRS = [("sqlite", "postgres"), ("postgres", "sqlite"), ("sqlite", "sqlite"), ("postgres", "postgres")]


@pytest.fixture
def new_url(tmp_path: Path) -> Urls:
    """A database with its tables and nothing in it."""
    made = iter(range(9))

    def make(kind: str) -> str:
        folder = tmp_path / str(next(made))
        folder.mkdir()
        return prepared_url(kind, folder)

    return make


def fill(url: str) -> None:
    with open_store(url) as store:
        sync = Sync(store)
        sync.merge(
            "orders",
            source_id=["1", "2", "3", 'a"b,c'],
            total=[1250 * 10**6 + 1, -5 * 10**5, 99 * 10**18, None],
            currency=["EUR", "EUR", "USD", None],
            ordered_at=[micros(0), -1, None, micros(0) + 120_000],
            is_test=[True, False, None, None],
            number=['say "hi"\nand, so', "", None, "𝄞\\x"],
            cancel_reason=["", None, '"', '""'],
            extras=['{"b":[1.50,"x"],"a":null}', None, None, '{"k":"\\"q\\""}'],
        )
        sync.merge(
            "fx_rates", source_id=["r"], base_currency=["EUR"], currency=["USD"], rate_on=["2024-02-29"], rate=[1]
        )
        sync.delete("orders", "2")
        sync.refuse(reject("9", total="x", note='{"a": "b"}'))
        sync.end()


def lines(url: str) -> dict[str, list[str]]:
    with open_store(url) as store:
        end = end_of(store)
        with end.still():
            return {table.name: [line for page in end.lines(table) for line in page] for table in tables()}


@pytest.mark.parametrize(("kind", "other"), PAIRS)
def test_everything_arrives(new_url: Urls, kind: str, other: str) -> None:
    source, target = new_url(kind), new_url(other)
    fill(source)
    copied = copy_between(source, target, lambda table, rows: None)
    assert lines(target) == lines(source)
    found = {table.name: table.rows for table in copied.tables}
    assert (found["orders"], found["fx_rates"], found["hub_quarantine"], found["hub_runs"]) == (4, 1, 1, 1)
    assert copied.sums["orders", "total", "EUR"] == Decimal("1249.500001")
    assert copied.sums["orders", "total", "USD"] == 99 * 10**12
    assert copied.told()[-1].startswith("Verified: ")


@pytest.mark.parametrize(("kind", "other"), PAIRS[:2])
def test_the_copy_goes_on_where_the_source_stood(new_url: Urls, kind: str, other: str) -> None:
    source, target = new_url(kind), new_url(other)
    fill(source)
    copy_between(source, target, lambda table, rows: None)
    with open_store(source) as left, open_store(target) as right:
        assert right.held("shop") == left.held("shop") and right.stream_state("shop", "orders") == left.stream_state(
            "shop", "orders"
        )
        before = left.acquire("shop", "orders", "one", timedelta(seconds=60))
        after = right.acquire("shop", "orders", "two", timedelta(seconds=60))
        assert before and after and before.token == after.token
        right.release(after)
        sync = Sync(right, stream="more")
        assert sync.run.id == 2
        assert sync.merge("orders", source_id=["1", "5"], number=['say "hi"\nand, so', "new"]).unchanged == 1


@pytest.mark.parametrize(("kind", "other"), PAIRS[:2])
def test_a_copy_that_broke_off_is_begun_again(
    new_url: Urls, kind: str, other: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, target = new_url(kind), new_url(other)
    fill(source)
    seen: list[str] = []

    def interrupt(table: str, rows: int) -> None:
        seen.append(table)
        if len(seen) == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        copy_between(source, target, interrupt)
    assert not any(lines(target).values())
    copy_between(source, target, lambda table, rows: None)
    assert lines(target) == lines(source)


def test_what_arrived_otherwise_is_noticed_and_not_kept(new_url: Urls, monkeypatch: pytest.MonkeyPatch) -> None:
    source, target = new_url("sqlite"), new_url("sqlite")
    fill(source)
    monkeypatch.setattr(copying.Checksum, "told", property(lambda self: str(id(self))))
    with pytest.raises(StoreError, match="differs"):
        copy_between(source, target, lambda table, rows: None)
    assert not any(lines(target).values())


def test_a_target_with_rows_is_refused(new_url: Urls) -> None:
    source, target = new_url("sqlite"), new_url("sqlite")
    fill(target)
    with pytest.raises(StoreError, match="not empty"):
        copy_between(source, target, lambda table, rows: None)


def test_a_source_that_is_being_synced_is_refused(new_url: Urls) -> None:
    source, target = new_url("sqlite"), new_url("sqlite")
    with open_store(source) as store:
        Sync(store)
        with pytest.raises(StoreError, match="being synced"):
            copy_between(source, target, lambda table, rows: None)


def test_a_database_is_not_copied_into_itself(new_url: Urls) -> None:
    url = new_url("sqlite")
    with pytest.raises(StoreError, match="same database"):
        copy_between(url, url, lambda table, rows: None)
    empty(url)
