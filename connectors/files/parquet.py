"""Parquet files as Arrow tables, a few thousand rows at a time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from connectors.files.delimited import Chunk
from connectors.files.unpack import Part
from hub.sdk import SourceUnavailable

_PAGE_ROWS = 20_000


def chunks(part: Part) -> Iterator[Chunk]:
    """The rows of a file with their own types; a row's number stands for its line."""
    import pyarrow as pa

    line = 1
    try:
        with _file(part) as file:
            for batch in file.iter_batches(batch_size=_PAGE_ROWS):
                yield Chunk(pa.Table.from_batches([batch]), range(line, line + batch.num_rows))
                line += batch.num_rows
    except OSError as error:
        raise _damaged(part) from error


def column_names(part: Part) -> tuple[str, ...]:
    with _file(part) as file:
        return tuple(file.schema_arrow.names)


def _file(part: Part) -> Any:
    import pyarrow as pa
    from pyarrow.parquet import ParquetFile

    try:
        return ParquetFile(part.path)
    except (pa.ArrowInvalid, OSError) as error:
        raise _damaged(part) from error


def _damaged(part: Part) -> SourceUnavailable:
    return SourceUnavailable(
        "the file is no Parquet, damaged or not complete yet.", fix="Export it again.", where=part.name
    )
