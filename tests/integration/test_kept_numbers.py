"""Numbers that are kept hold until a table that they follow from changes: not longer, and not shorter."""

from __future__ import annotations

import os
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from support import nasty_world
from support.canonical import CATALOGUE, DEFAULTS
from support.writing import MICROS, Sync

from hub.store.base import Store
from metrics.engine import Engine
from metrics.engines.on_duckdb import DuckSite
from metrics.replica.kept import State, stamp, still_holds
from metrics.replica.refresh import reading, refresh
from metrics.result import Result

RATE = {"source_id": ["r"], "base_currency": ["EUR"], "currency": ["USD"], "rate_on": ["1970-01-01"]}


def told(folder: Path) -> tuple[Any, Any]:
    """Revenue and the value of stock, computed or kept."""
    with reading(folder) as (db, manifest):
        ground = replace(nasty_world.GROUND, currencies=frozenset(manifest.currencies), sequence=manifest.sequence)
        state = State(manifest.states)
        site = DuckSite(db, ground, folder, state)
        engine = Engine.at(site, lambda: site, kept_dir=folder, state=state)
        revenue, stock = engine.compute_all(
            [CATALOGUE.request(name, by=(), defaults=DEFAULTS) for name in ("revenue", "stock_value")]
        )
        assert isinstance(revenue, Result)
        assert isinstance(stock, Result)
        return revenue.value, stock.value


def kept(folder: Path) -> dict[str, int]:
    return {path.name: path.stat().st_mtime_ns for path in folder.glob("*-*") if path.name.startswith(("part-", "ans"))}


def test_they_follow_the_tables_that_they_are_made_of(store: Store, sync: Sync, tmp_path: Path) -> None:
    folder = tmp_path / "replica"

    def ordered(total: int) -> None:
        sync.merge("orders", source_id=["1"], ordered_at=[0], currency=["USD"], total=[total * MICROS])

    def lying(on_hand: int) -> None:
        sync.merge(
            "stock_levels", source_id=["s"], product_source_id=["p"], on_hand=[on_hand * MICROS],
            unit_cost=[3 * MICROS], currency=["EUR"],
        )  # fmt: skip

    sync.merge("fx_rates", rate=[2 * MICROS], **RATE)
    ordered(100)
    lying(1)
    refresh(store, folder)
    assert told(folder) == (50, 3)
    before = kept(folder)

    lying(2)
    refresh(store, folder)
    stays = before.items() & kept(folder).items()
    assert any(name.startswith("answer-") for name, _ in stays), "revenue"
    assert before.keys() - kept(folder).keys(), "the old value of the stock"
    assert told(folder) == (50, 6)

    sync.merge("fx_rates", rate=[4 * MICROS], **RATE)
    refresh(store, folder)
    assert told(folder) == (25, 6)
    ordered(200)
    refresh(store, folder)
    assert told(folder) == (50, 6)
    assert not any(name.startswith("answer-") for name in dict(stays).keys() & kept(folder).keys())


@pytest.mark.parametrize("sql", ['SELECT 1 FROM "orders"', "select 1 from Main.ORDERS, hub_part_x", "(FROM orders)"])
def test_a_table_is_known_however_sql_writes_its_name(sql: str) -> None:
    state = State({"orders": "one", "fx_rates": "one"})
    assert state.stamp([sql]) == stamp(state.tables, ["orders"])
    assert state.stamp([f"{sql} JOIN hub_rates"]) == stamp(state.tables, ["orders", "fx_rates"])


def test_a_file_of_another_state_or_of_days_ago_does_not_hold(tmp_path: Path) -> None:
    states = {"orders": "one", "products": "one"}
    path = tmp_path / f"answer-{stamp(states, ['orders'])}-0a.json"
    path.touch()
    assert still_holds(path, states)
    assert still_holds(path, {**states, "products": "two"})
    assert not still_holds(path, {**states, "orders": "two"})
    assert not still_holds(path, {})
    os.utime(path, (time.time() - 3 * 86_400,) * 2)
    assert not still_holds(path, states)


@pytest.mark.parametrize(
    "name", ["base-1.parquet", "answer-0a.json", "part-sold_lines-0a.parquet", f"part-{'f' * 40}.{'0' * 16}-x"]
)
def test_other_names_hold_nothing(tmp_path: Path, name: str) -> None:
    (tmp_path / name).touch()
    assert not still_holds(tmp_path / name, {})
