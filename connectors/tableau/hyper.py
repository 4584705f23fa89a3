"""Tables as .hyper files. Hyper reads the rows from Parquet itself, which is far quicker than handing them over.

Facts: decimals of more than 18 digits need version 3 of the file format, which older servers do not read, so it is used
only where a value needs it. A library that is not told otherwise writes its log into the working directory. A file is
open in one process only, and there is one Hyper at a time in a process of ours.
"""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hub.sdk import PluginError, SourceUnavailable
from hub.sdk.publisher import Field, Kind, Table, Tables

SCHEMA = "Extract"
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


class Hyper:
    """Writes .hyper files; use it as a context manager. Its process is started when it is first needed."""

    def __init__(self) -> None:
        self._api = library()
        self._process: Any = None
        self._wide = False

    def __enter__(self) -> Hyper:
        return self

    def __exit__(self, *_: object) -> None:
        self._end()

    def _end(self) -> None:
        if self._process is not None:
            with contextlib.suppress(self._api.HyperException):  # what it wrote is complete, and it ends with us
                self._process.close()
            self._process = None

    def write(self, tables: Tables, table: Table, path: Path) -> Mapping[str, int]:
        """Write a table; the file appears as a whole, in the place of the one before. Returns the digits of its decimal
        columns."""
        with TemporaryDirectory(prefix="hub-hyper-") as scratch:
            rows = Path(scratch) / "rows.parquet"
            tables.write_parquet(table, rows)
            digits = digits_of(rows)
            with self._fresh(path, table.name, digits) as connection:
                written = self._filled(connection, table.name, table, digits, rows)
                if written != table.rows:
                    raise SourceUnavailable(f"Hyper took {written:,} of {table.rows:,} rows of {table.name}.")
        return digits

    def update(self, table: Table, path: Path, changed: Path, gone: Path) -> bool:
        """Put changed rows into a file, and take those that are gone out of it. False, with the file as it was, where
        it does not hold as many rows as the table then: it was not what the changes are about."""
        name, keys = self._named(table.name), [self._api.escape_name(each) for each in table.key]
        with self._part(path, table.name) as part:
            shutil.copy(path, part)  # with its permissions
            with self._opened(part, self._api.CreateMode.NONE, wide=self._wide) as connection:
                for rows in (changed, gone):
                    same = " AND ".join(f"old.{key} = new.{key}" for key in keys)
                    connection.execute_command(
                        f"DELETE FROM {name} AS old WHERE EXISTS (SELECT 1 FROM {self._rows(rows)} AS new WHERE {same})"
                    )
                self._insert(connection, table.name, table.fields, self._rows(changed))
                held = int(connection.execute_scalar_query(f"SELECT count(*) FROM {name}"))
            if held == table.rows:
                part.replace(path)
        return held == table.rows

    def payload(self, table: Table, path: Path, digits: Mapping[str, int], changed: Path, gone: Sequence[Path]) -> None:
        """Write a file with the tables `changed` and `gone_1`, `gone_2` and so on, for the update of a data source."""
        key = [each for each in table.fields if each.name in table.key]
        with self._fresh(path, table.name, digits) as connection:
            self._filled(connection, "changed", table, digits, changed)
            for number, rows in enumerate(gone, 1):
                self._create(connection, f"gone_{number}", key, digits, table.key)
                self._insert(connection, f"gone_{number}", key, self._rows(rows))

    # -- how ---------------------------------------------------------------------------------------------------

    @contextlib.contextmanager
    def _fresh(self, path: Path, what: str, digits: Mapping[str, int]) -> Iterator[Any]:
        """A connection to a file that takes its place at the end."""
        wide = any(each > _NARROW for each in digits.values())
        with self._part(path, what) as part:
            with self._opened(part, self._api.CreateMode.CREATE_AND_REPLACE, wide=wide) as connection:
                connection.catalog.create_schema(SCHEMA)
                yield connection
            part.replace(path)

    @contextlib.contextmanager
    def _part(self, path: Path, what: str) -> Iterator[Path]:
        """The name of a file beside another one, that is gone afterwards."""
        part = path.with_name(f".{path.name}.part")
        try:
            yield part
        except self._api.HyperException as error:
            self._end()
            raise SourceUnavailable(
                f"Hyper did not write {what}: {error.main_message}.", fix="Look whether there is room on the disk."
            ) from error
        finally:
            part.unlink(missing_ok=True)

    def _opened(self, path: Path, mode: Any, *, wide: bool) -> Any:
        if wide != self._wide:
            self._end()
        if self._process is None:
            parameters = {"log_config": "", **({"default_database_version": "3"} if wide else {})}
            self._process = self._api.HyperProcess(
                self._api.Telemetry.DO_NOT_SEND_USAGE_DATA_TO_TABLEAU, parameters=parameters
            )
            self._wide = wide
        return self._api.Connection(self._process.endpoint, path, mode)

    def _named(self, name: str) -> Any:
        return self._api.TableName(SCHEMA, name)

    def _rows(self, parquet: Path) -> str:
        """A Parquet file as a table in Hyper's SQL."""
        return f"external({self._api.escape_string_literal(str(parquet))}, FORMAT => 'parquet')"

    def _filled(self, connection: Any, name: str, table: Table, digits: Mapping[str, int], rows: Path) -> int:
        """Make a table out of a Parquet file; the number of its rows."""
        self._create(connection, name, table.fields, digits, table.key)
        written = self._insert(connection, name, table.fields, self._rows(rows))
        if table.key:
            key = ", ".join(self._api.escape_name(each) for each in table.key)
            connection.execute_command(f"ALTER TABLE {self._named(name)} ADD ASSUMED PRIMARY KEY ({key})")
        return written

    def _create(
        self, connection: Any, name: str, fields: Sequence[Field], digits: Mapping[str, int], keys: Sequence[str]
    ) -> None:
        api = self._api
        columns = [
            api.TableDefinition.Column(
                each.name, self._type(each.kind, digits.get(each.name, _NARROW)),
                api.NOT_NULLABLE if each.name in keys else api.NULLABLE,
            )
            for each in fields
        ]  # fmt: skip
        connection.catalog.create_table(api.TableDefinition(self._named(name), columns))

    def _insert(self, connection: Any, name: str, fields: Sequence[Field], rows: str) -> int:
        names = ", ".join(self._api.escape_name(each.name) for each in fields)
        return int(connection.execute_command(f"INSERT INTO {self._named(name)} ({names}) SELECT {names} FROM {rows}"))

    def _type(self, kind: Kind, digits: int) -> Any:
        of = self._api.SqlType
        types = {
            Kind.INTEGER: of.big_int(), Kind.BOOLEAN: of.bool(), Kind.DATE: of.date(), Kind.UTC: of.timestamp_tz(),
            Kind.DECIMAL: of.numeric(digits, _SCALE),
        }  # fmt: skip
        return types.get(kind, of.text())


def digits_of(parquet: Path) -> dict[str, int]:
    """How many digits each decimal column of a Parquet file has."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    return {each.name: each.type.precision for each in pq.read_schema(parquet) if pa.types.is_decimal(each.type)}
