"""Parquet files of the base, written by PyArrow: for large tables a third of the work that DuckDB makes of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from hub.model.kinds import Kind
from metrics.replica.snapshot import Unsuitable

ARROW_TYPES = {
    Kind.TEXT: pa.string(),
    Kind.JSON: pa.string(),
    Kind.DATE: pa.date32(),
    Kind.INTEGER: pa.int64(),
    Kind.BOOLEAN: pa.bool_(),
    Kind.DECIMAL: pa.decimal64(18, 6),
    Kind.UTC: pa.timestamp("us"),
}
_ROWS_A_GROUP = 100_000


def writer(path: Path, schema: pa.Schema) -> pq.ParquetWriter:
    """A file of the base. It will be read whole, so it needs no statistics, and keys make poor dictionaries. Decimals
    stand in it as whole numbers, which are written and read in less time than their bytes."""
    return pq.ParquetWriter(
        path, schema, compression="lz4", use_dictionary=["source"], write_statistics=False,
        store_decimal_as_integer=True,
    )  # fmt: skip


def write_stream(stream: Any, path: Path, columns: Mapping[str, Kind]) -> int:
    """Write what comes from an Arrow stream, in the replica's types; the number of rows.

    Raises Unsuitable where a value does not fit, or the stream breaks: whoever reads it in another way will tell why.
    """
    schema = pa.schema([(name, ARROW_TYPES[kind]) for name, kind in columns.items()])
    written = 0
    try:
        with writer(path, schema) as file:
            for table in _groups(pa.RecordBatchReader.from_stream(stream)):
                file.write_table(table.cast(schema))
                written += len(table)
    except (pa.ArrowException, OSError) as error:
        raise Unsuitable(f"{type(error).__name__}: {error}") from error
    return written


def _groups(batches: pa.RecordBatchReader) -> Iterator[pa.Table]:
    """Batches put together into row groups that are worth reading."""
    waiting: list[pa.RecordBatch] = []
    for batch in batches:
        waiting.append(batch)
        if sum(map(len, waiting)) >= _ROWS_A_GROUP:
            yield pa.Table.from_batches(waiting)
            waiting = []
    if waiting:
        yield pa.Table.from_batches(waiting)
