"""Parquet files as Arrow tables, a few thousand rows at a time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from connectors.files.delimited import Chunk
from connectors.files.unpack import Part
from hub.sdk import PluginError, SourceUnavailable

_PAGE_ROWS = 20_000


def chunks(part: Part) -> Iterator[Chunk]:
    """The rows of a file with their own types; a row's number stands for its line."""
    line = 1
    try:
        for batch in _file(part).iter_batches(batch_size=_PAGE_ROWS):
            rows = batch.to_pylist()
            yield Chunk(rows, range(line, line + len(rows)))
            line += len(rows)
    except OSError as error:
        raise _damaged(part) from error


def column_names(part: Part) -> tuple[str, ...]:
    return tuple(_file(part).schema_arrow.names)


def _file(part: Part) -> Any:
    try:
        import pyarrow as pa
        from pyarrow.parquet import ParquetFile
    except ImportError as error:
        raise PluginError("reading Parquet needs pyarrow.", fix="Install pyarrow.", where=part.name) from error
    try:
        return ParquetFile(part.path)
    except (pa.ArrowInvalid, OSError) as error:
        raise _damaged(part) from error


def _damaged(part: Part) -> SourceUnavailable:
    return SourceUnavailable(
        "the file is no Parquet, damaged or not complete yet.", fix="Export it again.", where=part.name
    )
