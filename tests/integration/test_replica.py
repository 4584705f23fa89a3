"""The replica follows the store, on both databases: exact, consistent, incremental, and only a cache."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal as D
from pathlib import Path
from typing import Any

import pytest
from support.writing import Sync

from hub.store.base import Store
from metrics.replica import postgres_snapshot, sqlite_snapshot
from metrics.replica.manifest import MANIFEST, read_manifest
from metrics.replica.refresh import reading, refresh

ONE = 1_000_000


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "replica"


@pytest.fixture(params=["as small", "as large"])
def size(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Large stores are read in quicker ways; what comes of it must be the same."""
    if request.param == "as large":
        monkeypatch.setattr(sqlite_snapshot, "PAGES_FROM_ROWS", 0)
        monkeypatch.setattr(postgres_snapshot, "ARROW_FROM_ROWS", 0)


both_sizes = pytest.mark.usefixtures("size")


def contents(store: Store, folder: Path, columns: str = "source_id, total", table: str = "orders") -> list[Any]:
    """What the replica shows after a refresh, in order."""
    refresh(store, folder)
    with reading(folder) as (db, _):
        return db.execute(f"SELECT {columns} FROM {table} ORDER BY ALL").fetchall()


@both_sizes
def test_every_kind_of_column_arrives_as_it_is(store: Store, sync: Sync, folder: Path) -> None:
    sync.merge(
        "orders",
        source_id=["1"],
        total=[1234567],
        tax_included=[True],
        ordered_at=[1_700_000_000_123_456],
        extras=['{"a":1}'],
    )
    sync.merge("fx_rates", source_id=["r"], rate_on=["2024-02-29"], rate=[1_100_000])
    sync.merge("customers", source_id=["c"], employees=[12], name=["Ünïcode 株式会社"])
    assert contents(store, folder, "source, total, tax_included, ordered_at") == [
        ("shop", D("1.234567"), True, datetime(2023, 11, 14, 22, 13, 20, 123456))
    ]
    assert contents(store, folder, "extras->>'a'") == [("1",)]
    assert contents(store, folder, "CAST(rate_on AS VARCHAR), rate", "fx_rates") == [("2024-02-29", D("1.100000"))]
    assert contents(store, folder, "employees, name", "customers") == [(12, "Ünïcode 株式会社")]


@both_sizes
def test_columns_and_tables_that_nobody_wrote_are_there_and_empty(store: Store, sync: Sync, folder: Path) -> None:
    sync.merge("orders", source_id=["1"])
    assert contents(store, folder, "total, status, ordered_at") == [(None, None, None)]
    assert contents(store, folder, "refund", "returns") == []


@both_sizes
def test_numbers_beyond_64_bits_survive(store: Store, sync: Sync, folder: Path) -> None:
    huge = 99_999_999_999_999_999_999
    sync.merge("orders", source_id=["1", "2", "3"], total=[5, huge, -huge])
    assert contents(store, folder) == [
        ("1", D("0.000005")),
        ("2", D("99999999999999.999999")),
        ("3", D("-99999999999999.999999")),
    ]


def test_a_huge_number_that_comes_later_survives_too(store: Store, sync: Sync, folder: Path) -> None:
    sync.merge("orders", source_id=["1"], total=[5])
    refresh(store, folder)
    sync.merge("orders", source_id=["2"], total=[99_999_999_999_999_999_999])
    assert contents(store, folder) == [("1", D("0.000005")), ("2", D("99999999999999.999999"))]


@both_sizes
def test_a_text_that_comes_after_many_empty_ones(store: Store, sync: Sync, folder: Path) -> None:
    many = 70_000  # more than the driver looks at to guess a type
    ids = [f"{n:06}" for n in range(many)]
    sync.merge("orders", source_id=ids, channel=[None] * (many - 1) + ["web"], total=[None] * (many - 1) + [ONE])
    assert contents(store, folder, "count(*), max(channel), sum(total)") == [(many, "web", D(1))]


@both_sizes
def test_changes_are_followed_without_a_rebuild(store: Store, sync: Sync, folder: Path) -> None:
    sync.merge("orders", source_id=["1", "2", "3"], total=[ONE, 2 * ONE, 3 * ONE])
    base = refresh(store, folder).base
    sync.merge("orders", source_id=["2", "4"], total=[20 * ONE, 4 * ONE])
    sync.delete("orders", "3")
    assert contents(store, folder) == [("1", D(1)), ("2", D(20)), ("4", D(4))]
    sync.merge("orders", source_id=["3", "4"], total=[33 * ONE, 44 * ONE])
    sync.delete("orders", "2")
    assert contents(store, folder) == [("1", D(1)), ("3", D(33)), ("4", D(44))]
    manifest = read_manifest(folder)
    assert manifest is not None
    assert (manifest.base, manifest.sequence) == (base, store.sequence())


@both_sizes
def test_a_table_and_a_column_that_come_later(store: Store, sync: Sync, folder: Path) -> None:
    sync.merge("orders", source_id=["1"], total=[ONE])
    refresh(store, folder)
    sync.merge("orders", source_id=["2"], channel=["web"])
    sync.merge("customers", source_id=["c"], name=["Acme"])
    assert contents(store, folder, "source_id, total, channel") == [("1", D(1), None), ("2", None, "web")]
    assert contents(store, folder, "name", "customers") == [("Acme",)]
    sync.merge("orders", source_id=["3"], status=["open"])
    assert contents(store, folder, "source_id, channel, status") == [
        ("1", None, None), ("2", "web", None), ("3", None, "open"),
    ]  # fmt: skip


@both_sizes
def test_the_history_of_stock_is_followed(store: Store, sync: Sync, folder: Path) -> None:
    for on_hand in (5, 7, 7, 9):
        sync.merge("stock_levels", source_id=["s"], product_source_id=["p"], on_hand=[on_hand * ONE])
        refresh(store, folder)
    sync.delete("stock_levels", "s")
    assert contents(store, folder, "on_hand", "stock_levels") == []
    found = contents(store, folder, "changed_at, on_hand, is_deleted", "stock_history")
    assert [(on_hand, bool(gone)) for _, on_hand, gone in found] == [(5, False), (7, False), (9, False), (9, True)]


def test_many_changes_are_found_by_their_run(store: Store, sync: Sync, folder: Path) -> None:
    sync.merge("orders", source_id=[f"{n:06}" for n in range(110_000)], total=[ONE] * 110_000)
    assert any(change.keys is None for change in store.changes(0) or [])
    base = refresh(store, folder).base
    sync.merge("orders", source_id=["000001"], total=[2 * ONE])  # unlisted too, since the run has listed its share
    assert contents(store, folder, "count(*), sum(total)") == [(110_000, D(110_001))]
    manifest = read_manifest(folder)
    assert manifest is not None
    assert manifest.base != base  # all rows of the run: a rebuild was cheaper


@both_sizes
def test_a_rebuilt_replica_equals_a_followed_one(store: Store, sync: Sync, folder: Path, tmp_path: Path) -> None:
    for step in range(6):
        ids = [f"{n:03}" for n in range(step * 7, step * 7 + 20)]
        sync.merge("orders", source_id=ids, total=[step * ONE + n for n in range(20)], currency=["EUR"] * 20)
        sync.delete("orders", *ids[::5])
        refresh(store, folder)
    everything = "source, source_id, total, currency"
    assert contents(store, folder, everything) == contents(store, tmp_path / "other", everything)


def test_it_is_a_cache_that_may_be_deleted_or_damaged(store: Store, sync: Sync, folder: Path) -> None:
    sync.merge("orders", source_id=["1"], total=[ONE])
    before = contents(store, folder)
    for path in folder.iterdir():
        path.unlink()
    assert contents(store, folder) == before
    (folder / MANIFEST).write_text("{ half a")
    assert contents(store, folder) == before
    (folder / refresh(store, folder).parts["orders"].files[0].name).unlink()
    assert contents(store, folder) == before


def test_the_replica_of_another_database_is_not_taken(store: Store, sync: Sync, folder: Path) -> None:
    sync.merge("orders", source_id=["1"], total=[ONE])
    refresh(store, folder)
    manifest = read_manifest(folder)
    assert manifest is not None
    (folder / MANIFEST).write_text((folder / MANIFEST).read_text().replace(store.url.rpartition("/")[2], "elsewhere"))
    sync.merge("orders", source_id=["1"], total=[2 * ONE])
    assert contents(store, folder) == [("1", D(2))]


def test_readers_are_not_disturbed_by_a_refresh(store: Store, sync: Sync, folder: Path) -> None:
    sync.merge("orders", source_id=["1"], total=[ONE])
    refresh(store, folder)
    with reading(folder) as (db, _):
        for path in folder.glob("base-*"):
            path.with_suffix(".gone").touch()
        (folder / MANIFEST).unlink()
        sync.merge("orders", source_id=["1"], total=[2 * ONE])
        refresh(store, folder)
        assert db.execute("SELECT total FROM orders").fetchall() == [(D(1),)]
    assert contents(store, folder) == [("1", D(2))]


@both_sizes
def test_two_refreshes_at_once_agree(store: Store, sync: Sync, new_store: Callable[[], Store], folder: Path) -> None:
    sync.merge("orders", source_id=[str(n) for n in range(500)], total=[ONE] * 500)
    found: list[int] = []

    def work() -> None:
        with new_store() as own:
            found.append(refresh(own, folder).sequence)

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [store.sequence()] * 3
    assert contents(store, folder, "count(*)") == [(500,)]


def test_what_a_crash_left_behind_is_swept_away(store: Store, sync: Sync, folder: Path) -> None:
    sync.merge("orders", source_id=["1"], total=[ONE])
    folder.mkdir()
    (folder / "base-0-1-1-orders-0.parquet").write_text("half a file")
    (folder / "manifest.json.1.tmp").write_text("{")
    (folder / "spilled").mkdir()
    (folder / "spilled" / "duckdb_temp_1_0_storage.tmp").write_text("half a sort")
    assert contents(store, folder) == [("1", D(1))]
    assert sorted(path.suffix for path in folder.rglob("*") if path.is_file()) == [".db", ".db", ".json", ".parquet"]


def test_what_memory_does_not_hold_goes_beside_the_replica_and_nowhere_else(
    store: Store, sync: Sync, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sync.merge("orders", source_id=["1"], total=[ONE])
    refresh(store, folder)
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    with reading(folder) as (db, _):
        db.execute("SET memory_limit = '24MB'; SET threads = 1")
        found = db.execute("SELECT hash(range) AS h, range FROM range(2_000_000) ORDER BY h").fetchone()
        assert found and list((folder / "spilled").glob("duckdb_temp*"))
    assert list(here.iterdir()) == []


@pytest.fixture
def new_store(store: Store) -> Callable[[], Store]:
    from hub.store import open_store

    return lambda: open_store(store.url)


@both_sizes
def test_several_sources_share_a_table(store: Store, sync: Sync, folder: Path) -> None:
    others = [Sync(store, name) for name in ("erp", "web")]
    for number, other in enumerate((sync, *others)):
        other.merge("orders", source_id=["1", "2"], total=[number * ONE, None], tax_included=[None, False])
    everything = "source, source_id, total, tax_included"
    found = contents(store, folder, everything)
    assert [row[:2] for row in found] == [(s, i) for s in ("erp", "shop", "web") for i in ("1", "2")]
    others[0].delete("orders", "2")
    others[1].merge("orders", source_id=["1"], total=[7 * ONE])
    assert contents(store, folder, everything) == [
        ("erp", "1", D(1), None), ("shop", "1", D(0), None), ("shop", "2", None, False),
        ("web", "1", D(7), None), ("web", "2", None, False),
    ]  # fmt: skip
