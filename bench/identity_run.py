"""One resolution as a process of its own: `python -m bench.identity_run FOLDER`, where FOLDER holds records.parquet.

Everything is resolved, into a file; then one record in a hundred comes again as changed. Prints one JSON document with
seconds, peak memory (this process and the largest of its workers, added), and the number of reviews; writes who is with
whom to clusters.parquet.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from hub.identity.resolve import Resolver
from hub.identity.workplace import MEMORY


def main(folder: Path) -> dict[str, float]:
    working = folder / "working.duckdb"
    working.unlink(missing_ok=True)
    con = duckdb.connect(str(working), config={"threads": 2, "memory_limit": MEMORY})
    resolver = Resolver(con)
    started = time.perf_counter()
    resolver.load(pages(folder))
    loaded = time.perf_counter()
    resolver.resolve()
    first = time.perf_counter()
    reviews = resolver.reviews().num_rows
    pq.write_table(resolver.clusters(), folder / "clusters.parquet")
    peak = peak_mib()
    changed = pq.read_table(folder / "changed.parquet")
    before = time.perf_counter()
    resolver.resolve_changed([changed])
    after = time.perf_counter()
    con.close()
    working.unlink()
    return {
        "normalise_seconds": loaded - started,
        "seconds": first - started,
        "cpu_seconds": cpu_seconds(),
        "peak_mib": peak,
        "reviews": reviews,
        "incremental_seconds": after - before,
    }


def pages(folder: Path) -> Iterator[pa.RecordBatch]:
    yield from pq.ParquetFile(folder / "records.parquet").iter_batches(20_000)


def peak_mib() -> float:
    """This process's peak and twice that of its largest worker, since there are two."""
    own, worker = (resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return (own + 2 * worker) / 1024


def cpu_seconds() -> float:
    usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(Path(sys.argv[1]))) + "\n")
