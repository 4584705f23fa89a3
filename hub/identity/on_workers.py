"""What Spark's workers do: the engine's own functions, over pages that hold all they need.

A worker has DuckDB and the same code, or it refuses: another release would give other scores. Pages come and go as
Arrow; nothing is kept, so work that was lost with a worker is done again by another one with the same outcome.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hub.identity import marks, records, scoring
from hub.identity.weights import Weights

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

OTHER_RELEASE = "hub-other-release"
_PAIRS = 100_000
"""Pairs that are scored together: each page costs some forty statements."""
_MEMORY = "1GB"

_PAGE_TABLES = {
    "pairs": "SELECT ra, rb FROM page",
    "told": "SELECT DISTINCT unnest(a) FROM page UNION SELECT unnest(b) FROM page",
    "compared": "SELECT * EXCLUDE (own_names) FROM told",
    "held": "SELECT rid, unnest(own_names, recursive := true) FROM told",
    "record_names": "SELECT rid, nid FROM held",
    "names": "SELECT DISTINCT nid, text, flat, heard, namesakes FROM held",
    "vocabulary": "SELECT DISTINCT word, bits FROM (SELECT unnest(words) AS word, unnest(word_bits) AS bits FROM held)",
}  # fmt: skip
"""The engine's tables, in order, out of a page of pairs with both records."""


@dataclass(frozen=True)
class Told:
    """What a worker is told beside its pages. `release` is that of the hub that asks; see `release`."""

    release: str
    weights: Weights
    names: int = 0
    rare: float = 0.0


def release() -> str:
    """Changes with the code that compares, and with the libraries that scores rest on."""
    from importlib.metadata import version

    libraries = ("duckdb", "rapidfuzz", "phonenumbers", "python-stdnum")
    return " ".join((marks.code()[:16], *(f"{name}={version(name)}" for name in libraries)))


def normalised(told: Told, pages: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Pages of `records.COLUMNS` to pages of `records.FEATURES`."""
    _require(told)
    for page in pages:
        yield records.features(page)


def scored(told: Told, pages: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Pages of pairs (ra, rb) with both records (a, b) to what is kept of them, `scoring.EDGES`."""
    import duckdb

    _require(told)
    con = duckdb.connect(config={"threads": 1, "memory_limit": _MEMORY})
    try:
        con.execute("SET preserve_insertion_order = false")
        con.execute("CREATE TABLE known AS SELECT ?::BIGINT AS names, ?::FLOAT AS rare", [told.names, told.rare])
        for page in _gathered(pages):
            yield from _scores(con, told.weights, page)
    finally:
        con.close()


def _scores(con: duckdb.DuckDBPyConnection, weights: Weights, page: pa.Table) -> list[pa.RecordBatch]:
    con.register("page", page)
    for table, query in _PAGE_TABLES.items():
        con.execute(f"CREATE OR REPLACE TEMP TABLE {table} AS {query}")
    con.unregister("page")
    scoring.score_hopeful(con, weights)
    found: list[pa.RecordBatch] = (
        con.sql(f"SELECT {', '.join(scoring.EDGES)} FROM scored").to_arrow_table().to_batches()
    )
    return found


def _require(told: Told) -> None:
    if release() != told.release:
        raise RuntimeError(f"{OTHER_RELEASE}: {release()}; wanted: {told.release}")


def _gathered(pages: Iterable[pa.RecordBatch]) -> Iterator[pa.Table]:
    """Larger pages."""
    import pyarrow as pa

    waiting: list[pa.RecordBatch] = []
    for page in pages:
        waiting.append(page)
        if sum(each.num_rows for each in waiting) >= _PAIRS:
            yield pa.Table.from_batches(waiting)
            waiting = []
    if waiting:
        yield pa.Table.from_batches(waiting)
