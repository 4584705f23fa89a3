"""Rows of metrics into a push model, where wanted; then the refresh of models that read the hub themselves."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Any, ClassVar

from connectors.powerbi.config import PowerBIConfig
from connectors.powerbi.workspace import BLOCK, Workspace
from hub.sdk import ConfigError, Context, Finding, SourceUnavailable
from hub.sdk.connector import Json
from hub.sdk.publisher import Kind, Published, Publisher, PublisherConfig, Table, Tables

log = logging.getLogger(__name__)

_TRIES = 3
_MOST_ROWS, _MOST_TABLES, _MOST_COLUMNS, _LONGEST_TEXT = 5_000_000, 75, 75, 4_000
_TYPES = {
    Kind.INTEGER: "Int64",
    Kind.DECIMAL: "Double",
    Kind.BOOLEAN: "bool",
    Kind.UTC: "DateTime",
    Kind.DATE: "DateTime",
}


class PowerBIPublisher(Publisher[PowerBIConfig]):
    """See `PowerBIConfig`."""

    kind: ClassVar[str] = "powerbi"
    title: ClassVar[str] = "Power BI: refreshed models, and pushed numbers"
    config_model: ClassVar[type[PublisherConfig]] = PowerBIConfig

    def __init__(self, config: PowerBIConfig, context: Context) -> None:
        super().__init__(config, context)
        self._workspace = Workspace(config, context)

    def close(self) -> None:
        """Free connections."""
        self._workspace.close()

    def check(self) -> Iterator[Finding]:
        """The login, the workspace, and the models to refresh."""
        models = self._workspace.models()
        yield Finding("workspace", True, f"signed in; {len(models)} semantic models")
        for model in self.config.refresh:
            known = model in models
            fix = "" if known else f"Correct `refresh`. There are: {', '.join(sorted(models)[:10]) or 'none'}."
            yield Finding("refresh", known, f"model {model} is {'there' if known else 'not there'}", fix)

    def publish(self, tables: Tables, state: Json) -> Published:
        """Push, then refresh."""
        rows, kept, notes = dict[str, int](), dict(state), list[str]()
        if self.config.push is not None:
            wanted = [table for table in tables if table.name in {f"metric_{name}" for name in self.config.metrics}]
            _require_fitting(wanted)
            described = [_described(table) for table in wanted]
            kept["model"] = self._workspace.pushed_model(self.config.push, state.get("model"), described)
            for table in wanted:
                self._replace(kept["model"], tables, table)
                rows[table.name] = table.rows
            notes.append("amounts are floating point numbers in the push model; the OData feed has them exact")
        for model in self.config.refresh:
            self._workspace.refresh(model)
        return Published(rows, tuple(notes), kept)

    def _replace(self, model: str, tables: Tables, table: Table) -> None:
        """All rows anew; from the beginning where nobody knows whether a block has arrived, so that none is twice."""
        for number in range(1, _TRIES + 1):
            try:
                self._workspace.replace(model, table.name, _blocks(tables, table))
            except SourceUnavailable as error:
                if number == _TRIES or self.context.stopped():
                    raise
                log.warning("%s The table is begun again.", error)
            else:
                return


def _blocks(tables: Tables, table: Table) -> Iterator[list[Json]]:
    for batch in tables.batches(table, BLOCK):
        rows = batch.to_pylist()
        for start in range(0, len(rows), BLOCK):
            yield [{name: _plain(value) for name, value in row.items()} for row in rows[start : start + BLOCK]]


def _plain(value: Any) -> Any:
    """A value in Power BI's JSON."""
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%dT%H:%M:%SZ")
    if isinstance(value, date):
        return f"{value.isoformat()}T00:00:00Z"
    return value[:_LONGEST_TEXT] if isinstance(value, str) else value


def _described(table: Table) -> Json:
    columns = [{"name": each.name, "dataType": _TYPES.get(each.kind, "string")} for each in table.fields]
    return {"name": table.name, "columns": columns}


def _require_fitting(tables: list[Table]) -> None:
    """Raise ConfigError for what a push model cannot hold."""
    if not tables:
        raise ConfigError(
            "`push` sends the tables of `metrics`, and there are none.", fix="Name some below `metrics:`."
        )
    if len(tables) > _MOST_TABLES:
        raise ConfigError(f"a push model has {_MOST_TABLES} tables at most.", fix="Name fewer metrics.")
    for table in tables:
        if table.rows > _MOST_ROWS or len(table.fields) > _MOST_COLUMNS:
            raise ConfigError(
                f"{table.name} is too large for a push model ({table.rows:,} rows; {_MOST_ROWS:,} are allowed).",
                fix="Publish it by fewer dimensions, or let the model read the OData feed.",
            )
