"""dlt: CSV by Arrow tables, its fastest path. `python dlt_csv.py FOLDER URL first|resync`, in dlt's own environment.

First load: `replace` without a key, by the parquet loader. Re-sync: on PostgreSQL `merge` on the key; on SQLite
`replace` again, since dlt's merge takes quadratic time there.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dlt
import pyarrow.csv as csv

KEYS = {"customers": "id", "orders": "id", "order_lines": "id", "stock": ["sku", "location"]}


def table(folder: Path, name: str) -> Iterator[Any]:
    yield from csv.open_csv(folder / f"{name}.csv", read_options=csv.ReadOptions(block_size=32 << 20))


def main(folder: Path, url: str, phase: str, work: str) -> None:
    postgres = url.startswith("postgresql")
    destination = dlt.destinations.postgres(url) if postgres else dlt.destinations.sqlalchemy(url)
    pipeline = dlt.pipeline(
        "bench", destination=destination, dataset_name="dlt_bench" if postgres else "main", pipelines_dir=work
    )
    merge = phase == "resync" and postgres
    resources = [
        dlt.resource(table(folder, name), name=name, primary_key=key if merge else None,
                     write_disposition="merge" if merge else "replace")
        for name, key in KEYS.items()
    ]  # fmt: skip
    pipeline.run(resources, loader_file_format="parquet").raise_on_failed_jobs()


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:5])
