"""What identity says, in the replica: which golden record each customer and product record belongs to, and its names.

Two small files for each of the two, written anew when there was a resolution. A record that none of them names counts
as itself.
"""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from hub.store.base import Store
from metrics.replica.build import PARQUET
from metrics.replica.manifest import BaseFile, Manifest, Part
from metrics.replica.shape import DUCK_TYPES, IDENTITIES, columns_of
from metrics.replica.snapshot import Snapshot, open_snapshot, quoted

if TYPE_CHECKING:
    import duckdb

_LINKED = "FROM hub_links AS l JOIN golden_{entity} AS g ON g.golden_id = l.golden_id WHERE l.entity = '{entity}'"
SOURCES = {
    "customer_identities": _LINKED.format(entity="customers"),
    "product_identities": _LINKED.format(entity="products"),
    "golden_customers": "FROM golden_customers AS g",
    "golden_products": "FROM golden_products AS g",
}
OF_LINK = {"source", "source_id", "golden_id"}


def with_identity(db: duckdb.DuckDBPyConnection, store: Store, folder: Path, manifest: Manifest) -> Manifest:
    """The manifest with the parts of the store's last resolution."""
    resolution = store.resolution_id()
    if not resolution or (manifest.resolution == resolution and IDENTITIES.keys() <= manifest.parts.keys()):
        return manifest
    with open_snapshot(store.url, db, 1) as snapshot:
        stem = f"identity-{resolution}-{os.getpid()}-{manifest.sequence}"
        parts = {name: _written(snapshot, db, folder, stem, name) for name in IDENTITIES}
    return replace(manifest, resolution=resolution, parts={**manifest.parts, **parts})


def _written(snapshot: Snapshot, db: duckdb.DuckDBPyConnection, folder: Path, stem: str, name: str) -> Part:
    """One file. All columns travel as texts, empty ones too, since a driver may take the types from the first row."""
    of_records = name.endswith("_identities")
    own = {
        column: kind
        for column, kind in columns_of(IDENTITIES[name]).items()
        if of_records or column not in ("source", "source_id")
    }
    owner = {column: "l" if of_records and column in OF_LINK else "g" for column in own}
    asked = ", ".join(f"coalesce(CAST({owner[column]}.{column} AS TEXT), '') AS {column}" for column in own)
    told = ", ".join(f"CAST(nullif({column}, '') AS {DUCK_TYPES[kind]}) AS {column}" for column, kind in own.items())
    file = f"{stem}-{name}.parquet"
    with snapshot.stream(f"SELECT {asked} {SOURCES[name]}") as stream:  # noqa: F841  # DuckDB finds it by its name
        target = quoted(str(folder / file))
        db.execute(f"COPY (SELECT {told} FROM stream) TO {target} {PARQUET}")
    counted = f"SELECT count(*), bit_xor(hash(rows)), sum(hash(rows)::UHUGEINT) FROM read_parquet({target}) AS rows"
    ((rows, *marks),) = db.execute(counted).fetchall()
    return Part(rows, list(own), files=[BaseFile(file, None, rows)], content=repr((list(own), rows, *marks)))
