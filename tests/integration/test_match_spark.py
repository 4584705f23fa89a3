"""Matching on Spark finds what DuckDB finds: clusters, scores, golden ids, questions. `make test-spark` runs this."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import pytest
from support import nasty_world
from support.clean_store import prepared_url
from support.matching import ACME, ACME_SHOP, BETA, GAMMA, Matching

from bench.identity_data import world
from hub.errors import StoreError
from hub.identity import on_workers
from hub.identity.elsewhere import Cluster, helping
from hub.identity.resolve import Resolver
from hub.identity.run import resolve
from hub.store import open_store

pytestmark = [
    pytest.mark.skipif(os.environ.get("HUB_TEST_SPARK") != "1", reason="set HUB_TEST_SPARK=1, or make test-spark"),
    pytest.mark.skipif(importlib.util.find_spec("pyspark") is None, reason="pyspark is not installed"),
    pytest.mark.skipif(shutil.which("java") is None, reason="there is no Java"),
    pytest.mark.filterwarnings("ignore"),  # pyspark's own, about versions of pandas and about sockets
]
READINGS = ("clusters", "links", "reviews", "conflicts", "relations")


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """Spark runs on between the tests, since starting it takes most of the time."""
    from hub.spark.session import lent

    with lent("local[2]"):
        yield Cluster("local[2]", str(tmp_path_factory.mktemp("shared")), few=1)


def test_a_made_up_world_with_placeholders_and_shared_hosts(cluster: Cluster) -> None:
    table = world(1_000, dirty=True).records
    mine = Resolver(duckdb.connect(), processes=1)
    mine.load([table])
    mine.resolve()
    with helping(cluster) as helper:
        theirs = Resolver(duckdb.connect(), processes=1, helper=helper)
        theirs.load([table])
        theirs.resolve()
    for reading in READINGS:
        assert getattr(mine, reading)().equals(getattr(theirs, reading)()), reading
    assert sorted(map(repr, mine.skipped())) == sorted(map(repr, theirs.skipped()))
    for each in (mine, theirs):
        each.weights = replace(each.weights, recount_below=0)
        each.resolve_changed([table.slice(0, 20)])
    assert mine.clusters().equals(theirs.clusters()), "what Spark made is gone on from"
    assert not list(Path(cluster.place).iterdir()), "nothing is left of it"


def test_golden_records_and_questions_of_a_store(cluster: Cluster, tmp_path: Path) -> None:
    told = []
    for number, where in enumerate((None, cluster)):
        home = tmp_path / str(number)
        home.mkdir()
        with open_store(prepared_url("sqlite", home)) as store:
            nasty_world.write(store)
            hub = Matching(store, home)
            hub.put("erp", a=ACME, b=BETA, c={**GAMMA, "email": None})
            hub.put("web", x=ACME_SHOP, y=GAMMA)
            first = resolve(store, hub.settings, home, cluster=where)
            hub.put("web", y={**GAMMA, "city": "Nantes"})
            again = resolve(store, hub.settings, home, cluster=where)
            told.append([*map(_told, (first, again)), *map(_undated, (*hub.links().values(), *store.reviews()))])
    assert told[0] == told[1]


def test_work_that_fails_says_what_to_do_and_can_be_repeated(
    cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_store(prepared_url("sqlite", tmp_path)) as store:
        hub = Matching(store, tmp_path)
        hub.put("erp", a=ACME, b=BETA)
        hub.put("web", x=ACME_SHOP)
        with monkeypatch.context() as broken:
            broken.setattr(on_workers.Told, "__reduce__", lambda self: (int, ("no number",)))
            with pytest.raises(StoreError, match="Spark could not match"):
                resolve(store, hub.settings, tmp_path, cluster=cluster)
        assert store.last_resolution() is None
        assert resolve(store, hub.settings, tmp_path, cluster=cluster).kind == "full"
        assert hub.golden()["erp/a"] == hub.golden()["web/x"]


def _undated(row: Any) -> str:
    return re.sub(r"datetime\.datetime\([^)]*\)", "then", repr(row))


def _told(outcome: Any) -> tuple[Any, ...]:
    return outcome.kind, outcome.compared, outcome.counts
