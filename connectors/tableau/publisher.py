"""Extracts into a folder and, where the settings name a server, from there to Tableau."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import ClassVar

from connectors.tableau import hyper
from connectors.tableau.config import TableauConfig
from connectors.tableau.server import TableauServer
from hub.sdk import ConfigError, Finding, SourceUnavailable
from hub.sdk.connector import Json
from hub.sdk.publisher import Published, Publisher, PublisherConfig, Table, Tables


class TableauPublisher(Publisher[TableauConfig]):
    """See `TableauConfig`."""

    kind: ClassVar[str] = "tableau"
    title: ClassVar[str] = "Tableau extracts, in a folder or on a server"
    config_model: ClassVar[type[PublisherConfig]] = TableauConfig

    def check(self) -> Iterator[Finding]:
        """The library, the folder, and the server: login, project, version."""
        hyper.library()
        folder = self._folder()
        yield Finding("folder", True, f"{folder} can be written")
        if self.config.server is not None:
            with TableauServer(self.config.server) as server:
                yield Finding("server", True, f"signed in, REST API {server.version}; the project is there")

    def publish(self, tables: Tables, state: Json) -> Published:
        """Write all extracts, then publish them. Empty tables are left out: Tableau takes no extract without rows."""
        folder, rows, notes = self._folder(), dict[str, int](), list[str]()
        wanted = [table for table in tables if table.rows]
        empty = [table.name for table in tables if not table.rows]
        for table in wanted:
            self._go_on(table)
            hyper.write(tables, table, folder / f"{table.name}.hyper")
        with ExitStack() as stack:
            server = stack.enter_context(TableauServer(self.config.server)) if self.config.server else None
            for table in wanted:
                self._go_on(table)
                if server is not None:
                    server.publish(table.name, folder / f"{table.name}.hyper")
                rows[table.name] = table.rows
        if empty:
            notes.append(f"left out, since they are empty: {', '.join(empty)}")
        return Published(rows, tuple(notes))

    def _go_on(self, table: Table) -> None:
        if self.context.cancelled():
            raise SourceUnavailable(f"stopped before {table.name}.")

    def _folder(self) -> Path:
        folder = Path(self.context.base_dir) / self.config.target
        try:
            folder.mkdir(parents=True, exist_ok=True)
            (folder / ".hub-can-write").touch()
            (folder / ".hub-can-write").unlink()
        except OSError as error:
            raise ConfigError(
                f"{folder} cannot be written: {error.strerror or type(error).__name__}.",
                fix="Let the hub's user write there, or correct `target`.",
            ) from error
        return folder
