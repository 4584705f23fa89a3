"""Companies as people write them in many countries, by hand: how well they are found with the shipped weights.

`support/identity_world*.csv` have hospitals, schools and chains of one name, sister companies at one address, trade and
former names, acronyms, numbers in names, owners, scripts, VAT groups and people. Rules may be general only: a name in
these files is never a reason for one.
"""

import csv
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest
import support.matching

from hub.identity.evaluate import against_clusters
from hub.identity.records import COLUMNS
from hub.identity.resolve import Resolver

HERE = Path(support.matching.__file__).parent


@pytest.mark.parametrize(
    ("name", "f1", "asked"), [("identity_world.csv", 0.97, 0.05), ("identity_world_2.csv", 0.93, 0.07)]
)
def test_companies_of_many_countries_are_found_and_namesakes_stay_apart(name: str, f1: float, asked: float) -> None:
    with (HERE / name).open(encoding="utf-8", newline="") as file:
        rows = {f"{row['source']}/{line}": row for line, row in enumerate(csv.DictReader(file), 2)}
    records = [{**{name: text or None for name, text in row.items()}, "id": key} for key, row in rows.items()]
    found = Resolver(duckdb.connect(), processes=1)
    found.load([pa.Table.from_pylist(records, schema=pa.schema([(name, pa.string()) for name in COLUMNS]))])
    found.resolve()
    clusters = found.clusters()
    cluster_of = dict(zip(clusters["id"].to_pylist(), clusters["cluster"].to_pylist(), strict=True))
    quality = against_clusters(cluster_of, {key: row["company"] for key, row in rows.items()})
    assert quality.pairs.precision >= 0.98
    assert quality.pairs.f1 >= f1
    assert found.reviews().num_rows <= asked * len(rows)
