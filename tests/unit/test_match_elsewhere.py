"""The engine's work in pieces, as a cluster does it: whoever computes, the outcome is the same. On Spark itself:
test_match_spark."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from bench.identity_data import world
from hub.errors import PluginError
from hub.identity import blocks, on_workers, scoring
from hub.identity.elsewhere import Cluster, cluster_of, helping
from hub.identity.on_spark import explained, filed, given
from hub.identity.resolve import Resolver
from hub.identity.weights import DEFAULT, Weights
from hub.identity.workplace import workplace
from hub.spark.places import Shelf, swept
from hub.spark.session import is_spark
from hub.spark.tables import to_spark

TOLD = on_workers.Told(on_workers.release(), DEFAULT)


@dataclass
class Pieces:
    """Does what Spark does, with a database of its own in between that has only what Spark is given."""

    statements: list[str]

    def wants(self, records: int) -> bool:
        return True

    def features(self, pages: Iterable[pa.Table | pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for page in filed(pages):
            yield from on_workers.normalised(TOLD, page.to_batches(max_chunksize=90))

    def compare(self, con: duckdb.DuckDBPyConnection, weights: Weights) -> None:
        self.con = duckdb.connect()
        for name, query in given(con).items():
            rows = con.sql(query).to_arrow_table()  # noqa: F841  # DuckDB finds it by its name
            self.con.execute(f"CREATE TABLE {name} AS FROM rows")
        self.execute("CREATE TEMP TABLE skipped_blocks (kind SMALLINT, key BIGINT, records INTEGER)")
        blocks.find_pairs(self, weights)
        pairs = self.con.sql("""
            SELECT ra, rb, a, b FROM pairs JOIN records AS a ON a.rid = ra JOIN records AS b ON b.rid = rb
        """).to_arrow_table()
        names, rare = con.execute("SELECT names, rare FROM known").fetchall()[0]
        told = replace(TOLD, weights=weights, names=names, rare=rare)
        for page in on_workers.scored(told, pairs.to_batches(max_chunksize=400)):
            con.register("page", page)
            con.execute(f"INSERT INTO edges SELECT {', '.join(scoring.EDGES)} FROM page")
            con.unregister("page")

    def execute(self, query: str, /) -> Any:
        self.statements.append(query)
        return self.con.execute(query.replace("SMALLINT, key BIGINT", "SMALLINT, key UBIGINT"))


def resolved(table: pa.Table, helper: Pieces | None) -> Resolver:
    found = Resolver(duckdb.connect(config={"threads": 1}), processes=1, helper=helper)
    found.load([table])
    found.resolve()
    return found


def test_pieces_give_what_the_whole_gives(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(on_workers, "_PAIRS", 1500)
    table = world(240, dirty=True).records
    pieces = Pieces([])
    whole, apart = resolved(table, None), resolved(table, pieces)
    for what in ("clusters", "links", "reviews", "conflicts"):
        mine, theirs = getattr(whole, what)(), getattr(apart, what)()
        assert mine.num_rows > 0
        assert mine.equals(theirs), what
    for statement in pieces.statements:
        assert "HASH(" not in to_spark(statement).upper().replace("XXHASH64(", "")


def test_a_worker_of_another_release_refuses_and_is_told_of() -> None:
    other = replace(TOLD, release="older")
    with pytest.raises(RuntimeError, match=on_workers.OTHER_RELEASE) as refused:
        next(on_workers.scored(other, []))
    with pytest.raises(PluginError, match="the same b2b-hub") as explained_as, explained("spark://one:7077"):
        raise refused.value
    assert "PYSPARK_PYTHON" in explained_as.value.fix


def test_records_are_filed_with_all_columns() -> None:
    pages = [pa.table({"id": ["a"], "name": ["A"]}), pa.RecordBatch.from_pydict({"id": ["b"], "city": ["Bonn"]})]
    (table,) = filed(pages)
    assert table.column("id").to_pylist() == ["a", "b"]
    assert table.column("city").to_pylist() == [None, "Bonn"]
    assert {str(field.type) for field in table.schema} == {"string"}


@pytest.mark.parametrize("place", ["{tmp}", "memory://shared"])
def test_a_shelf_hands_files_over_and_leaves_nothing(tmp_path: Path, place: str) -> None:
    place = place.format(tmp=tmp_path / "shared")
    killed = Shelf(place, "matching")
    with killed.giving("left.parquet") as path:
        pq.write_table(pa.table({"n": [0]}), path)
    swept(place, "matching")
    shelf = Shelf(place, "matching")
    for number in (1, 2):
        with shelf.giving(f"made/{number}.parquet") as path:
            pq.write_table(pa.table({"n": [number]}), path)
    assert [pq.read_table(path).column("n").to_pylist() for path in shelf.written("made")] == [[1], [2]]
    assert not list(killed.written("."))
    shelf.close()
    assert not list(shelf.written("made"))


def test_one_line_of_settings_says_where(tmp_path: Path) -> None:
    def chosen(analytics: str, replica: str | None) -> Cluster | None:
        settings = SimpleNamespace(analytics=analytics, replica=replica)
        return cluster_of(SimpleNamespace(hub_settings=settings, project_dir=tmp_path))  # type: ignore[arg-type]

    assert chosen("duckdb", None) is None
    assert chosen("postgres", "s3://bucket/hub") is None
    assert chosen("local[2]", None) == Cluster("local[2]", f"{tmp_path}/var/identity")
    assert chosen("spark://master:7077", "shared") == Cluster("spark://master:7077", f"{tmp_path}/shared")
    assert chosen("sc://server", "s3://bucket/hub") == Cluster("sc://server", "s3://bucket/hub")
    assert not is_spark("localhost")


def test_what_a_killed_resolution_left_is_removed_by_the_next_one(tmp_path: Path) -> None:
    left, kept = tmp_path / "matching-1" / "records", tmp_path / "customers"
    left.mkdir(parents=True)
    kept.mkdir()
    with workplace(tmp_path):
        assert not left.parent.exists()
    left.mkdir(parents=True)
    with helping(Cluster("local[2]", str(tmp_path))):
        assert not left.parent.exists()
    assert kept.exists()
