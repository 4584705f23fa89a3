"""Companies as people write them in many countries, by hand: how well they are found with the shipped weights.

`support/identity_world.csv` has hospitals, schools and chains of one name, sister companies at one address, trade and
former names, acronyms, numbers in names, owners, scripts, VAT groups and people. Rules may be general only: a name in
this file is never a reason for one.
"""

import csv
from pathlib import Path

import duckdb
import pyarrow as pa
import support.matching

from hub.identity.evaluate import against_clusters
from hub.identity.records import COLUMNS
from hub.identity.resolve import Resolver

WORLD = Path(support.matching.__file__).with_name("identity_world.csv")


def test_companies_of_many_countries_are_found_and_namesakes_stay_apart() -> None:
    with WORLD.open(encoding="utf-8", newline="") as file:
        rows = {f"{row['source']}/{line}": row for line, row in enumerate(csv.DictReader(file), 2)}
    records = [{**{name: text or None for name, text in row.items()}, "id": key} for key, row in rows.items()]
    found = Resolver(duckdb.connect(), processes=1)
    found.load([pa.Table.from_pylist(records, schema=pa.schema([(name, pa.string()) for name in COLUMNS]))])
    found.resolve()
    clusters = found.clusters()
    cluster_of = dict(zip(clusters["id"].to_pylist(), clusters["cluster"].to_pylist(), strict=True))
    quality = against_clusters(cluster_of, {key: row["company"] for key, row in rows.items()})
    assert quality.pairs.precision >= 0.98
    assert quality.pairs.f1 >= 0.96
    assert found.reviews().num_rows <= 0.05 * len(rows)
