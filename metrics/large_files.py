"""Large Parquet files out of DuckDB, written by PyArrow: DuckDB's COPY makes a third more work of millions of rows."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

if TYPE_CHECKING:
    import duckdb

_ROWS_A_GROUP = 122_880
_REPEATED = 10
"""Texts of which each occurs so often among the first rows, on average, are worth a dictionary."""


def write_large(db: duckdb.DuckDBPyConnection, query: str, path: Path) -> bool:
    """Write the rows of a query. False where that does not work in this way: DuckDB's own will do it, or tell why not,
    with an error of its own type."""
    db.execute("SET produce_arrow_string_view = true")  # texts need not be copied once more
    try:
        batches = db.sql(query).to_arrow_reader(_ROWS_A_GROUP)
        first = next(iter(batches), None)
        with pq.ParquetWriter(
            path, batches.schema, compression="lz4", use_dictionary=_repeated(first), write_statistics=False,
            store_decimal_as_integer=True,
        ) as file:  # fmt: skip
            if first is not None:
                file.write_batch(first)
            for batch in batches:
                file.write_batch(batch)
    except (pa.ArrowException, OSError):
        return False
    finally:
        db.execute("RESET produce_arrow_string_view")
    return True


def _repeated(batch: pa.RecordBatch | None) -> Any:
    """The columns of texts with few different values, by their first rows."""
    if batch is None:
        return False
    texts = [
        field.name for field in batch.schema if pa.types.is_string(field.type) or pa.types.is_string_view(field.type)
    ]
    return [name for name in texts if _distinct(batch.column(name)) * _REPEATED <= len(batch)]


def _distinct(values: Any) -> int:
    return int(pc.count_distinct(values.cast(pa.string())).as_py())
