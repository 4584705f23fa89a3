"""One table as files of a format."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from connectors.folder.config import FolderConfig
from hub.sdk import ConfigError, PluginError, SourceUnavailable
from hub.sdk.publisher import Kind, Table, Tables

if TYPE_CHECKING:
    import pyarrow as pa

_SHEET_ROWS = 1_048_575
"""Rows that a sheet of Excel has below its header."""
_CELL_LETTERS = 32_767


def written(
    tables: Tables, table: Table, config: FolderConfig, folder: Path, cancelled: Callable[[], bool]
) -> Iterator[Path]:
    """Write a table below a folder; yields each file as soon as it is complete."""
    if config.format == "csv":
        yield _csv(tables, table, folder, cancelled)
    elif config.format == "xlsx":
        yield _xlsx(tables, table, folder, cancelled)
    elif table.name in config.partition_by:
        yield from _by_month(tables, table, config.partition_by[table.name], folder, cancelled)
    else:
        path = folder / f"{table.name}.parquet"
        tables.write_parquet(table, path)
        yield path


def _csv(tables: Tables, table: Table, folder: Path, cancelled: Callable[[], bool]) -> Path:
    """UTF-8 with a header; decimals with a point, moments as ISO 8601 in UTC, nothing where there is no value."""
    import pyarrow as pa
    from pyarrow import csv

    path, schema = folder / f"{table.name}.csv", tables.schema(table)
    texts = pa.schema([pa.field(each.name, _csv_type(each.type)) for each in schema])
    with csv.CSVWriter(path, texts, write_options=csv.WriteOptions(quoting_style="needed")) as writer:
        for batch in tables.batches(table):
            _go_on(cancelled, table)
            writer.write_batch(
                pa.RecordBatch.from_arrays([_csv_column(column) for column in batch.columns], schema=texts)
            )
    return path


def _csv_type(kind: pa.DataType) -> pa.DataType:
    import pyarrow as pa

    return pa.string() if pa.types.is_timestamp(kind) else kind


def _csv_column(column: pa.Array) -> pa.Array:
    import pyarrow as pa
    import pyarrow.compute as pc

    if pa.types.is_timestamp(column.type):
        return pc.strftime(column, "%Y-%m-%dT%H:%M:%SZ")
    return column


def _xlsx(tables: Tables, table: Table, folder: Path, cancelled: Callable[[], bool]) -> Path:
    """One workbook a table, since a sheet ends at a million rows; texts stay texts, whatever they begin with."""
    try:
        import xlsxwriter
    except ImportError as error:
        raise PluginError(
            "`format: xlsx` needs xlsxwriter.", fix="Install it: pip install 'b2b-hub[excel]'."
        ) from error
    if table.rows > _SHEET_ROWS:
        raise ConfigError(
            f"{table.name} has {table.rows:,} rows, and a sheet of Excel {_SHEET_ROWS:,}.",
            fix="Leave it out of `tables`, or choose `format: parquet` or `csv`.",
        )
    path = folder / f"{table.name}.xlsx"
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with xlsxwriter.Workbook(str(path), options) as book:
        sheet = book.add_worksheet(table.name[:31])
        writers = [_writer(sheet, book, each.kind) for each in table.fields]
        sheet.freeze_panes(1, 0)
        sheet.write_row(0, 0, [each.name for each in table.fields], book.add_format({"bold": True}))
        number = 1
        for batch in tables.batches(table, 10_000):
            _go_on(cancelled, table)
            for row in zip(*(column.to_pylist() for column in batch.columns), strict=True):
                for place, value in enumerate(row):
                    if value is not None:
                        writers[place](number, place, value)
                number += 1
    return path


def _writer(sheet: Any, book: Any, kind: Kind) -> Callable[[int, int, Any], Any]:
    """How values of a kind get into a cell."""
    if kind in (Kind.UTC, Kind.DATE):
        shown = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss" if kind is Kind.UTC else "yyyy-mm-dd"})
        return lambda row, place, value: sheet.write_datetime(row, place, _without_zone(value), shown)
    if kind is Kind.BOOLEAN:
        return sheet.write_boolean  # type: ignore[no-any-return]
    if kind in (Kind.INTEGER, Kind.DECIMAL):
        return sheet.write_number  # type: ignore[no-any-return]
    return lambda row, place, value: sheet.write_string(row, place, cell_text(value))


def cell_text(text: str) -> str:
    """What a cell of Excel takes, with a sign that there was more: a longer text would not be written at all."""
    return text if len(text) <= _CELL_LETTERS else f"{text[: _CELL_LETTERS - 1]}…"


def _without_zone(value: Any) -> Any:
    """Excel knows no zones; moments are UTC."""
    return value.replace(tzinfo=None) if isinstance(value, datetime) else value


def _by_month(tables: Tables, table: Table, column: str, folder: Path, cancelled: Callable[[], bool]) -> Iterator[Path]:
    """A file a month. Open are as many as there are months, each with one row group being filled."""
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    kinds = {each.name: each.kind for each in table.fields}
    if kinds.get(column) not in (Kind.UTC, Kind.DATE):
        raise ConfigError(f"partition_by: {table.name} has no column of moments or days called `{column[:40]}`.")
    schema, writers = tables.schema(table), dict[str, Any]()
    try:
        for batch in tables.batches(table):
            _go_on(cancelled, table)
            months = pc.fill_null(pc.strftime(batch.column(column), "%Y-%m"), "none")
            for month in sorted(pc.unique(months).to_pylist()):
                if month not in writers:
                    path = folder / table.name / f"{column}_month={month}" / "part-0.parquet"
                    path.parent.mkdir(parents=True)
                    writers[month] = pq.ParquetWriter(path, schema, compression="zstd")
                writers[month].write_table(pa.Table.from_batches([batch.filter(pc.equal(months, month))]))
    finally:
        for writer in writers.values():
            writer.close()
    if not writers:
        path = folder / table.name / f"{column}_month=none" / "part-0.parquet"
        path.parent.mkdir(parents=True)
        pq.write_table(schema.empty_table(), path)
    yield from sorted((folder / table.name).rglob("*.parquet"))


def _go_on(cancelled: Callable[[], bool], table: Table) -> None:
    if cancelled():
        raise SourceUnavailable(f"stopped while {table.name} was written; readers see what was there before.")
