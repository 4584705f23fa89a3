"""The engine's heavy parts on Spark: normalisation, candidate pairs, scores.

Counting, keys and clusters stay in this process's DuckDB: they are linear, and the next incremental resolution goes on
from them. Pairs are found by the statements of `blocks`, in Spark's words; records are normalised and pairs are scored
by the very functions that do it here (`on_workers`). So the outcome is the same, whoever computes it.
"""

from __future__ import annotations

import contextlib
import itertools
import warnings
from collections.abc import Callable, Iterable, Iterator
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

from hub.errors import PluginError, StoreError
from hub.identity import blocks, on_workers, scoring
from hub.identity.elsewhere import KIND, Cluster
from hub.identity.normalise import feature_pages
from hub.identity.records import COLUMNS, FEATURES
from hub.identity.weights import DEFAULT, Weights
from hub.spark.places import Shelf
from hub.spark.session import lent, told
from hub.spark.tables import SparkTables

if TYPE_CHECKING:
    from pathlib import Path

    import duckdb
    import pyarrow as pa

_FILE_ROWS = 100_000
_BATCH_ROWS = "20000"
_TYPES = {"int32": "INT", "string": "STRING", "bool": "BOOLEAN"}
_OFFSET = 1 << 63
"""Keys are unsigned in DuckDB, and Spark has no such numbers."""
_BOTH = """
    SELECT ra, rb, struct(a.*) AS a, struct(b.*) AS b
    FROM pairs JOIN records AS a ON a.rid = ra JOIN records AS b ON b.rid = rb
"""


class OnSpark:
    """See the module, and `hub.identity.resolve.Helper`. Raises PluginError where the workers lack this release,
    StoreError where Spark fails."""

    def __init__(self, cluster: Cluster, stack: contextlib.ExitStack) -> None:
        self._cluster, self._stack = cluster, stack

    def wants(self, records: int) -> bool:
        return records >= self._cluster.few

    def features(self, pages: Iterable[pa.Table | pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        pages = iter(pages)
        first: list[pa.Table | pa.RecordBatch] = []
        for page in pages:
            first.append(page)
            if self.wants(sum(each.num_rows for each in first)):
                yield from self._features(itertools.chain(first, pages))
                return
        yield from feature_pages(first, 2)

    def compare(self, con: duckdb.DuckDBPyConnection, weights: Weights) -> None:
        with self._shelf() as shelf:
            with explained(self._cluster.address):
                tables = SparkTables(self._spark, shelf)
                for name, query in given(con).items():
                    with shelf.giving(f"{name}.parquet") as path:
                        con.execute(f"COPY ({query}) TO '{_quoted(path)}' (FORMAT parquet)")
                    tables.read(name, f"{name}.parquet")
                tables.execute("CREATE TEMP TABLE skipped_blocks (kind SMALLINT, key BIGINT, records INTEGER)")
                blocks.find_pairs(tables, weights)
                names, rare = con.execute("SELECT names, rare FROM known").fetchall()[0]
                work = partial(on_workers.scored, on_workers.Told(on_workers.release(), weights, names, rare))
                _run(tables.frame(_BOTH), work, _edges(), shelf.address("scored"))
            _take(
                con,
                itertools.chain.from_iterable(map(shelf.written, tables.folders("skipped_blocks"))),
                f"INSERT INTO skipped_blocks SELECT kind, key::HUGEINT + {_OFFSET}, records FROM",
            )
            _take(con, shelf.written("scored"), f"INSERT INTO edges SELECT {', '.join(scoring.EDGES)} FROM")

    # -- steps
    @cached_property
    def _spark(self) -> Any:
        spark = self._stack.enter_context(lent(self._cluster.address))
        spark.conf.set("spark.sql.execution.arrow.maxRecordsPerBatch", _BATCH_ROWS)
        return spark

    @contextlib.contextmanager
    def _shelf(self) -> Iterator[Shelf]:
        shelf = Shelf(self._cluster.place, KIND)
        try:
            yield shelf
        finally:
            shelf.close()

    def _features(self, pages: Iterable[pa.Table | pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        import pyarrow.parquet as pq

        with self._shelf() as shelf:
            with explained(self._cluster.address):
                for number, page in enumerate(filed(pages)):
                    with shelf.giving(f"records/{number:06}.parquet") as path:
                        pq.write_table(page, path)
                rows = self._spark.read.parquet(shelf.address("records"))
                work = partial(on_workers.normalised, on_workers.Told(on_workers.release(), DEFAULT))
                _run(rows, work, _shape(FEATURES), shelf.address("features"))
            for path in shelf.written("features"):
                yield from pq.ParquetFile(path).iter_batches(_FILE_ROWS)


def _run(rows: Any, work: Callable[..., Any], shape: str, address: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it would rather see an older pandas, which is not used for this
        rows.mapInArrow(work, shape).write.parquet(address)


def _take(con: duckdb.DuckDBPyConnection, files: Iterable[Path], insert: str) -> None:
    for path in files:
        con.execute(f"{insert} read_parquet('{_quoted(path)}')")


def given(con: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """What Spark is given: table -> query."""
    kinds = con.execute("DESCRIBE compared").fetchall()
    signed = ", ".join(_signed(name) if kind == "UBIGINT" else name for name, kind, *_ in kinds)
    return {
        "block_keys": f"SELECT kind::SMALLINT AS kind, {_signed('key')}, rid FROM block_keys",
        "features": "SELECT rid, id, country, city, street, postal FROM features",
        "record_names": "SELECT rid, nid, place FROM record_names",
        "names": "SELECT nid, head, flat FROM names",
        "records": f"""
            WITH worded AS (
                SELECT nid, list(word) AS words, list(bits) AS word_bits FROM (
                    SELECT nid, unnest(list_distinct(string_split(text, ' '))) AS word FROM names)
                JOIN (SELECT word, bits FROM vocabulary) USING (word) GROUP BY nid),
            named AS (
                SELECT rid, list(struct_pack(nid := nid, text := text, flat := flat, heard := heard,
                    namesakes := namesakes, words := words, word_bits := word_bits)) AS own_names
                FROM record_names JOIN names USING (nid) JOIN worded USING (nid) GROUP BY rid)
            SELECT {signed}, own_names FROM compared LEFT JOIN named USING (rid)""",
    }


def _signed(column: str) -> str:
    return f"({column}::HUGEINT - {_OFFSET})::BIGINT AS {column}"


def _shape(schema: pa.Schema) -> str:
    """Arrow's columns in Spark's words; lists are of texts."""
    return ", ".join(f"`{field.name}` {_TYPES.get(str(field.type), 'ARRAY<STRING>')}" for field in schema)


def _edges() -> str:
    kinds = {"ra": "INT", "rb": "INT", "level": "STRING", "veto": "STRING"}
    return ", ".join(f"{name} {kinds.get(name, 'FLOAT')}" for name in scoring.EDGES)


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")


def filed(pages: Iterable[pa.Table | pa.RecordBatch]) -> Iterator[pa.Table]:
    """Pages for one file each, with all columns as texts."""
    import pyarrow as pa

    waiting: list[pa.Table] = []
    for page in pages:
        table = pa.Table.from_batches([page]) if isinstance(page, pa.RecordBatch) else page
        there = [name for name in COLUMNS if name in table.column_names]
        missing = {name: pa.nulls(table.num_rows, pa.string()) for name in COLUMNS if name not in there}
        columns = {name: missing[name] if name in missing else table.column(name) for name in COLUMNS}
        waiting.append(pa.table(columns))
        if sum(each.num_rows for each in waiting) >= _FILE_ROWS:
            yield pa.concat_tables(waiting)
            waiting = []
    if waiting:
        yield pa.concat_tables(waiting)


@contextlib.contextmanager
def explained(address: str) -> Iterator[None]:
    """Errors of Spark as what they mean here. Spark Connect has no py4j, and neither may be imported."""
    try:
        yield
    except Exception as error:
        text = str(error)
        if on_workers.OTHER_RELEASE in text or "No module named" in text or "PYTHON_VERSION_MISMATCH" in text:
            raise PluginError(
                f"the workers of `analytics: {address}` cannot match: they need Python with the same b2b-hub and "
                "libraries as this machine.",
                fix="Install the same release there, with the same lock file, and say in this machine's environment "
                "which Python of theirs has it: PYSPARK_PYTHON=/path/to/python.",
            ) from error
        if not any(base.__module__.split(".")[0] in ("pyspark", "py4j") for base in type(error).__mro__):
            raise
        raise StoreError(
            f"Spark could not match: {told(error)}.",
            fix="Look into its log; `hub match run` tries again, or set `analytics: duckdb`.",
        ) from error
