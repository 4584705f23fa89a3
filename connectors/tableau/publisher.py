"""Extracts into a folder and, where the settings name a server, from there to Tableau."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import ClassVar

from connectors.tableau import hyper
from connectors.tableau.config import TableauConfig
from connectors.tableau.extracts import Delta, Extract, Extracts
from connectors.tableau.server import NotUpdated, TableauServer
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
                if self.config.mode == "update" and not server.updates:
                    yield Finding(
                        "updates", False, f"REST API {server.version} knows no updates of data", severity="warning",
                        fix="Everything is overwritten until the server is 2021.3 or newer.",
                    )  # fmt: skip

    def publish(self, tables: Tables, state: Json) -> Published:
        """Write all extracts, then publish them."""
        folder, known = self._folder(), dict(state.get("extracts", {}))
        story = _Story()
        with ExitStack() as stack:
            scratch = Path(stack.enter_context(TemporaryDirectory(prefix="hub-tableau-")))
            with hyper.Hyper() as process:
                made = Extracts(process, tables, folder, scratch, known if self.config.mode == "update" else None)
                extracts = [extract for table in tables if (extract := self._made(made, table, story, known))]
            server = stack.enter_context(TableauServer(self.config.server)) if self.config.server else None
            told = {each.table.name: self._sent(server, each, known, story) for each in extracts}
        rows = {each.table.name: each.table.rows for each in extracts}
        return Published(rows, story.notes(), {"extracts": told})

    def _made(self, made: Extracts, table: Table, story: _Story, known: Json) -> Extract | None:
        self._go_on(table)
        extract = made.of(table)
        if extract is None:
            (story.emptied if table.name in known else story.empty).append(table.name)
        return extract

    def _sent(self, server: TableauServer | None, extract: Extract, known: Json, story: _Story) -> Json:
        """Publish one extract; what the next run is to know of it."""
        self._go_on(extract.table)
        name, reason = extract.table.name, extract.reason
        if extract.delta is not None:
            try:
                place = server.update(name, known.get(name, {}), extract.delta) if server is not None else {}
                story.tell(name, extract.delta)
                return {**place, "shape": extract.shape}
            except NotUpdated as error:
                reason = str(error)
        if reason:
            story.overwritten[reason].append(name)
        place = server.publish(name, extract.path) if server is not None else {}
        return {**place, "shape": extract.shape}

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


class _Story:
    """What became of the tables, for people."""

    def __init__(self) -> None:
        self.updated: list[str] = []
        self.overwritten: defaultdict[str, list[str]] = defaultdict(list)
        self.empty: list[str] = []
        self.emptied: list[str] = []

    def tell(self, name: str, delta: Delta) -> None:
        if delta.payload is not None:
            self.updated.append(f"{name} ({delta.changes.changed:,} rows, {delta.changes.gone:,} gone)")

    def notes(self) -> tuple[str, ...]:
        told = [f"updated: {', '.join(self.updated)}"] if self.updated else []
        told += [f"written as a whole, since {why}: {', '.join(names)}" for why, names in self.overwritten.items()]
        if self.empty:
            told.append(f"left out, since they are empty: {', '.join(self.empty)}")
        if self.emptied:
            told.append(f"empty now, but left in Tableau as they were: {', '.join(self.emptied)}")
        return tuple(told)
