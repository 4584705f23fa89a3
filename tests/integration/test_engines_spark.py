"""Spark says what DuckDB says, to the last digit. `make test-spark` runs this: it takes Java, pyspark, and minutes."""

from __future__ import annotations

import importlib.util
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from support import engines, nasty_world
from support.canonical import CATALOGUE, DEFAULTS
from support.clean_store import prepared_url
from support.project import Project
from support.writing import Sync

from hub.errors import MetricUndefined
from hub.store import open_store
from metrics.engine import Engine
from metrics.engines.on_duckdb import DuckSite
from metrics.engines.site import Ground
from metrics.filters import chosen
from metrics.replica.mirror import mirrored
from metrics.replica.refresh import reading, refresh

pytestmark = [
    pytest.mark.skipif(os.environ.get("HUB_TEST_SPARK") != "1", reason="set HUB_TEST_SPARK=1, or make test-spark"),
    pytest.mark.skipif(importlib.util.find_spec("pyspark") is None, reason="pyspark is not installed"),
    pytest.mark.skipif(shutil.which("java") is None, reason="there is no Java"),
    pytest.mark.filterwarnings("ignore"),  # pyspark's own, about versions of pandas and about sockets
]
if os.environ.get("HUB_TEST_ALL") != "1":  # over few rows, writing and compiling Java takes nearly all of the time
    os.environ.setdefault(
        "PYSPARK_SUBMIT_ARGS",
        "--conf spark.sql.codegen.wholeStage=false --conf spark.sql.codegen.factoryMode=NO_CODEGEN "
        "--driver-java-options=-XX:TieredStopAtLevel=1 pyspark-shell",
    )


@dataclass
class Both:
    duckdb: Engine
    spark: Engine


def over(folder: Path, place: str, ground: Ground, cache: Path) -> Iterator[Both]:
    from hub.spark.session import session
    from metrics.engines.on_spark import SparkSite

    with reading(folder) as (db, manifest):
        ground = replace(ground, currencies=frozenset(manifest.currencies), sequence=manifest.sequence)
        duck = DuckSite(db, ground)
        spark = SparkSite(session("local[2]"), place, f"{folder}/scratch", manifest, ground)
        yield Both(
            Engine.at(duck, lambda: duck, cache_dir=cache), Engine.at(spark, lambda: duck, cache_dir=cache)
        )  # fmt: skip


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Both]:
    """A replica that was changed since it was built, read by Spark where it is mirrored."""
    home = tmp_path_factory.mktemp("spark")
    folder, mirror = home / "replica", home / "mirror"
    with open_store(prepared_url("sqlite", home)) as store:
        nasty_world.write(store)
        refresh(store, folder)
        Sync(store, "shop", "more").merge("orders", source_id=["o-1", "o-9999"], total=[5_000_001, None])
        mirrored(folder, refresh(store, folder), str(mirror))
    yield from over(folder, str(mirror), nasty_world.GROUND, home)


def test_every_metric_and_every_dimension(both: Both) -> None:
    asked = engines.by_each_dimension() if os.environ.get("HUB_TEST_ALL") == "1" else engines.with_kept_sql()
    left = {"stock_value_moving_average"}  # works through lists in turn
    assert engines.differences(both.duckdb, both.spark, asked, left_to_the_first=left) == []


def test_a_period_filters_and_parameters(both: Both) -> None:
    only = chosen(both.duckdb.db, ["shop"], ["C2", "shop/c-1"], ["DE"])
    asked = [
        CATALOGUE.request(name, start=date(2023, 3, 26), end=date(2024, 3, 31), defaults=DEFAULTS, only=only)
        for name in ("revenue", "customer_lifetime_value", "rfm")
    ]
    asked.append(CATALOGUE.request("stock_value", given={"valuation": "list_price"}))
    assert engines.differences(both.duckdb, both.spark, asked) == []


def test_what_does_not_fit_has_its_rates_cut_or_is_undefined(tmp_path: Path) -> None:
    most = 99_999_999_999_999_999_999
    ground = Ground("EUR", "UTC", date(2025, 1, 1))
    asked = [CATALOGUE.request(name, defaults=DEFAULTS) for name in ("average_order_value", "revenue")]
    with open_store(prepared_url("sqlite", tmp_path)) as store:
        sync = Sync(store)
        sync.merge("orders", source_id=["1", "2"], ordered_at=[0, 0], currency=["EUR", "USD"], subtotal=[most, most])
        sync.merge(
            "fx_rates",
            source_id=["r"],
            base_currency=["EUR"],
            currency=["USD"],
            rate_on=["1970-01-01"],
            rate=[1_123_456],
        )
        refresh(store, tmp_path / "replica")
        for both in over(tmp_path / "replica", str(tmp_path / "replica"), ground, tmp_path):
            assert engines.differences(both.duckdb, both.spark, asked) == []
        sync.merge("order_lines", source_id=["1"], order_source_id=["1"], quantity=[most], unit_price=[most])
        refresh(store, tmp_path / "replica")
        for both in over(tmp_path / "replica", str(tmp_path / "replica"), ground, tmp_path):
            with pytest.raises(MetricUndefined, match="more than 38 digits"):
                both.spark.compute(asked[0])


def test_one_line_of_settings_chooses(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    project = Project(tmp_path, capsys)
    with open_store(prepared_url("sqlite", tmp_path)) as store:
        nasty_world.write(store)
    told: dict[str, Any] = {}
    for engine in ("duckdb", "local[2]"):
        project.settings("hub.yaml", f"store: sqlite:///hub.db\nreplica: shared\nanalytics: '{engine}'\n")
        told[engine] = project.hub("metrics", "show", "revenue", "--by", "month", "--json").json
    assert (told["duckdb"].pop("engine"), told["local[2]"].pop("engine")) == ("duckdb", "spark")
    assert told["duckdb"] == told["local[2]"]
    assert not list((tmp_path / "shared").glob("spark-*")), "what Spark wrote meanwhile is gone"
