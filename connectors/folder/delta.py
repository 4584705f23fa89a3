"""Tables as Delta Lake tables, each replaced in one transaction of its log: readers keep their version."""

from __future__ import annotations

from pathlib import Path

from connectors.folder.config import FolderConfig
from connectors.folder.places import plain
from hub.sdk import PluginError, SourceUnavailable
from hub.sdk.connector import Context
from hub.sdk.publisher import Published, Tables


def publish(config: FolderConfig, context: Context, tables: Tables) -> Published:
    """Overwrite each table; the data of `keep` versions stay, for readers that look back."""
    try:
        from deltalake import CommitProperties, DeltaTable, write_deltalake
        from deltalake.exceptions import DeltaError
    except ImportError as error:
        raise PluginError(
            "`format: delta` needs deltalake.", fix="Install it: pip install 'b2b-hub[delta]'."
        ) from error
    import pyarrow as pa

    remote = "://" in config.target
    root = config.target.rstrip("/") if remote else str(Path(context.base_dir) / config.target)
    options = {name: str(value) for name, value in plain(config).items()} or None
    rows, note = {}, CommitProperties(custom_metadata={"hub.as_of": tables.as_of.isoformat(), "hub.mark": tables.mark})
    for table in tables:
        if context.cancelled():
            raise SourceUnavailable("stopped between two tables; those that are written already are new.")
        place = f"{root}/{table.name}"
        if not remote:
            Path(place).mkdir(parents=True, exist_ok=True)
        reader = pa.RecordBatchReader.from_batches(tables.schema(table), tables.batches(table))
        try:
            write_deltalake(
                place, reader, mode="overwrite", schema_mode="overwrite", storage_options=options,
                name=table.name, description=table.description[:1000], commit_properties=note,
            )  # fmt: skip
            DeltaTable(place, storage_options=options).vacuum(
                retention_hours=24 * config.keep, dry_run=False, enforce_retention_duration=False
            )
        except (DeltaError, OSError, ValueError) as error:
            raise SourceUnavailable(
                f"the Delta table {table.name} cannot be written ({type(error).__name__}).",
                fix="Look at `target`, `options` and the room there.",
            ) from error
        rows[table.name] = table.rows
    return Published(rows)
