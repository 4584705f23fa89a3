"""What one resolution of one entity hands on, in tables of its connection: `now_in` (id, cluster) has every record
once, `touched_ids` (id) those that changed, `pairs_found` (l, r, rule, score, evidence) the links there are."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from hub.store.identity import Said

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa


@dataclass
class Found:
    """One entity resolved.

    everything    every golden record may have changed, not only those of `touched_ids`
    reviews       rows for the store
    find_pairs    fills `pairs_found`, once `assigned` and `stale` say for which golden records
    extra         what statistics tell
    single, several   golden records to write: made of one record, or of more (or of more than its own row)
    """

    con: duckdb.DuckDBPyConnection
    compared: int
    everything: bool
    reviews: list[tuple[Any, ...]]
    find_pairs: Callable[[], None]
    extra: dict[str, Any] = field(default_factory=dict)
    single: list[str] = field(default_factory=list)
    several: list[str] = field(default_factory=list)


def keep(con: duckdb.DuckDBPyConnection, name: str, table: pa.Table) -> None:
    """Make a table of these rows."""
    con.register("page", table)
    con.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS SELECT * FROM page")
    con.unregister("page")


def keep_touched(con: duckdb.DuckDBPyConnection, ids: Iterable[str]) -> None:
    import pyarrow as pa

    keep(con, "touched_ids", pa.table({"id": pa.array(sorted(ids), pa.string())}))


def keep_pairs(con: duckdb.DuckDBPyConnection, pairs: list[tuple[Any, ...]]) -> None:
    """`pairs_found`, with these rows."""
    con.execute(
        "CREATE OR REPLACE TEMP TABLE pairs_found (l VARCHAR, r VARCHAR, rule VARCHAR, score BIGINT, evidence VARCHAR)"
    )
    add_pairs(con, pairs)


def add_pairs(con: duckdb.DuckDBPyConnection, pairs: list[tuple[Any, ...]]) -> None:
    import pyarrow as pa

    if pairs:
        kinds = (pa.string(), pa.string(), pa.string(), pa.int64(), pa.string())
        arrays = [pa.array(values, kind) for values, kind in zip(zip(*pairs, strict=True), kinds, strict=True)]
        con.register("page", pa.Table.from_arrays(arrays, names=["l", "r", "rule", "score", "evidence"]))
        con.execute("INSERT INTO pairs_found SELECT * FROM page")
        con.unregister("page")


def bound_pairs(binding: Iterable[Said]) -> list[tuple[Any, ...]]:
    """What people said are one, as rows of `pairs_found`."""
    return [(str(said.left), str(said.right), "person", None, None) for said in binding if said.same]


def millionths(score: float) -> int:
    return round(score * 1_000_000)
