"""Tables as Delta Lake tables, each replaced in one transaction of its log: readers keep their version."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from connectors.folder.config import FolderConfig
from connectors.folder.places import plain
from hub.sdk import ConfigError, PluginError, SourceUnavailable
from hub.sdk.connector import Context
from hub.sdk.publisher import Published, Tables

_STORES = ("s3", "s3a", "az", "abfs", "abfss", "adl", "gs")
"""Object stores that Delta's own library reaches; it knows no SFTP."""


def check(config: FolderConfig, context: Context) -> str:
    """Where the tables are, after a look whether they can be read. Raises HubError."""
    library, (root, options) = _library(), _place(config, context)
    with _told("the target", library):
        library.DeltaTable.is_deltatable(f"{root}/orders", storage_options=options)
    return root


def publish(config: FolderConfig, context: Context, tables: Tables) -> Published:
    """Overwrite each table; the data of `keep` days of versions stay, for readers that look back."""
    library, (root, options) = _library(), _place(config, context)
    import pyarrow as pa

    rows = {}
    note = library.CommitProperties(custom_metadata={"hub.as_of": tables.as_of.isoformat(), "hub.mark": tables.mark})
    for table in tables:
        if context.cancelled():
            raise SourceUnavailable("stopped between two tables; those that are written already are new.")
        place = f"{root}/{table.name}"
        if "://" not in root:
            Path(place).mkdir(parents=True, exist_ok=True)
        reader = pa.RecordBatchReader.from_batches(tables.schema(table), tables.batches(table))
        with _told(f"the Delta table {table.name}", library):
            library.write_deltalake(
                place, reader, mode="overwrite", schema_mode="overwrite", storage_options=options,
                name=table.name, description=table.description[:1000], commit_properties=note,
            )  # fmt: skip
            library.DeltaTable(place, storage_options=options).vacuum(
                retention_hours=24 * config.keep, dry_run=False, enforce_retention_duration=False
            )
        rows[table.name] = table.rows
    return Published(rows)


def _library() -> Any:
    try:
        import deltalake
    except ImportError as error:
        raise PluginError(
            "`format: delta` needs deltalake.", fix="Install it: pip install 'b2b-hub[delta]'."
        ) from error
    return deltalake


def _place(config: FolderConfig, context: Context) -> tuple[str, dict[str, str] | None]:
    """The root of the tables, and how to log in there."""
    protocol, address, _ = config.target.partition("://")
    if not address:
        return str(Path(context.base_dir) / config.target), None
    if protocol not in _STORES:
        raise ConfigError(
            f"Delta tables cannot be written by {protocol}.",
            fix="Choose a folder or an object store as `target`, or `format: parquet`.",
        )
    return config.target.rstrip("/"), {name: str(value) for name, value in plain(config).items()}


@contextlib.contextmanager
def _told(what: str, library: Any) -> Iterator[None]:
    try:
        yield
    except (library.exceptions.DeltaError, OSError, ValueError) as error:
        raise SourceUnavailable(
            f"{what} cannot be reached or written ({type(error).__name__}).",
            fix="Look at `target`, `login`, `options` and the room there.",
        ) from error
