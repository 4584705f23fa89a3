"""A table as a .hyper file. Hyper reads the rows from Parquet itself, which is far quicker than handing them over.

Facts: decimals of more than 18 digits need version 3 of the file format, which older servers do not read, so it is used
only where a value needs it. A library that is not told otherwise writes its log into the working directory.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from hub.sdk import PluginError, SourceUnavailable
from hub.sdk.publisher import Kind, Table, Tables

_NARROW, _SCALE = 18, 6


def library() -> Any:
    """Hyper's library. Raises PluginError where it is not installed, as on Alpine and on arm64."""
    try:
        import tableauhyperapi
    except ImportError as error:
        raise PluginError(
            "publisher `tableau` needs the library tableauhyperapi.",
            fix="Install it: pip install 'b2b-hub[tableau]' (Linux on x86-64, Windows, macOS).",
        ) from error
    return tableauhyperapi


def write(tables: Tables, table: Table, path: Path) -> None:
    """Write a table; the file appears as a whole, in the place of the one before."""
    hyper = library()
    part = path.with_name(f".{path.name}.part")
    with tempfile.TemporaryDirectory(prefix="hub-hyper-") as scratch:
        rows = Path(scratch) / "rows.parquet"
        tables.write_parquet(table, rows)
        digits = _digits(rows)
        parameters = {"log_config": ""}
        if any(each > _NARROW for each in digits.values()):
            parameters["default_database_version"] = "3"
        try:
            with (
                hyper.HyperProcess(hyper.Telemetry.DO_NOT_SEND_USAGE_DATA_TO_TABLEAU, parameters=parameters) as process,
                hyper.Connection(process.endpoint, part, hyper.CreateMode.CREATE_AND_REPLACE) as connection,
            ):
                _fill(hyper, connection, table, rows, digits)
        except hyper.HyperException as error:
            part.unlink(missing_ok=True)
            raise SourceUnavailable(
                f"Hyper did not write {table.name}: {error.main_message}.",
                fix="Look whether there is room on the disk.",
            ) from error
    part.replace(path)


def _fill(hyper: Any, connection: Any, table: Table, rows: Path, digits: dict[str, int]) -> None:
    keys = set(table.key)
    name = hyper.TableName("Extract", table.name)
    columns = [
        hyper.TableDefinition.Column(
            each.name, _type(hyper, each.kind, digits.get(each.name, _NARROW)),
            hyper.NOT_NULLABLE if each.name in keys else hyper.NULLABLE,
        )
        for each in table.fields
    ]  # fmt: skip
    connection.catalog.create_schema("Extract")
    connection.catalog.create_table(hyper.TableDefinition(name, columns))
    names = ", ".join(hyper.escape_name(each.name) for each in table.fields)
    source = hyper.escape_string_literal(str(rows))
    written = connection.execute_command(f"INSERT INTO {name} ({names}) SELECT {names} FROM external({source})")
    if written != table.rows:
        raise SourceUnavailable(f"Hyper took {written:,} of {table.rows:,} rows of {table.name}.")
    if keys:
        key = ", ".join(hyper.escape_name(each) for each in table.key)
        connection.execute_command(f"ALTER TABLE {name} ADD ASSUMED PRIMARY KEY ({key})")


def _digits(rows: Path) -> dict[str, int]:
    """How many digits each decimal column of the Parquet file has."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    return {each.name: each.type.precision for each in pq.read_schema(rows) if pa.types.is_decimal(each.type)}


def _type(hyper: Any, kind: Kind, digits: int) -> Any:
    types = {
        Kind.INTEGER: hyper.SqlType.big_int(), Kind.BOOLEAN: hyper.SqlType.bool(), Kind.DATE: hyper.SqlType.date(),
        Kind.UTC: hyper.SqlType.timestamp_tz(), Kind.DECIMAL: hyper.SqlType.numeric(digits, _SCALE),
    }  # fmt: skip
    return types.get(kind, hyper.SqlType.text())
