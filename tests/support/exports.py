"""A folder of exports for tests of the files connector, and one reading of it as the hub would do it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from connectors.files.plain import CsvConnector
from connectors.files.source import FilesConnector
from hub.sdk import Context, Page, ReadRequest

NOW = datetime(2024, 6, 1, tzinfo=UTC)
ENTITIES = [{"entity": "customers", "fields": {"source_id": "id", "name": "name"}}]


@dataclass
class Run:
    """What one reading gave."""

    pages: list[Page] = field(default_factory=list)

    @property
    def rows(self) -> list[dict[str, Any]]:
        return [
            dict(row)
            for page in self.pages
            for row in (page.rows if isinstance(page.rows, list) else page.rows.to_pylist())
        ]

    @property
    def ids(self) -> list[Any]:
        return [row["id"] for row in self.rows]

    @property
    def bad(self) -> list[tuple[str, int, str]]:
        """File, line and reason of each line that was no row."""
        return [
            (page.origin, page.first_row + reject.row, reject.reason) for page in self.pages for reject in page.rejects
        ]

    @property
    def state(self) -> dict[str, Any]:
        return self.pages[-1].state or {} if self.pages else {}


class Exports:
    """A folder, and connectors to it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def write(self, name: str, text: str | bytes, *, encoding: str = "utf-8") -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode(encoding))
        return path

    def connector(self, stream: Mapping[str, Any] | None = None, **settings: Any) -> FilesConnector:
        """Kind `files` with the one stream `customers`, of customers.csv unless told otherwise."""
        stream = {"files": "customers.csv", "entities": ENTITIES, **(stream or {})}
        config = {"kind": "files", "folder": ".", "streams": {"customers": stream}, **settings}
        return FilesConnector(FilesConnector.config_model.model_validate(config), self.context)

    def plain(self, **settings: Any) -> CsvConnector:
        config = {"kind": "csv", "folder": ".", **settings}
        return CsvConnector(CsvConnector.config_model.model_validate(config), self.context)

    @property
    def context(self) -> Context:
        return Context("shop", base_dir=str(self.folder), now=lambda: NOW)

    def read(
        self,
        stream: Mapping[str, Any] | None = None,
        *,
        state: dict[str, Any] | None = None,
        resume: dict[str, Any] | None = None,
        since: datetime | None = None,
        full: bool = False,
        stop_after: int | None = None,
        **settings: Any,
    ) -> Run:
        connector = self.connector(stream, **settings)
        kept = json.loads(json.dumps([state or {}, resume]))
        request = ReadRequest(connector.discover()[0], since, NOW, state=kept[0], resume=kept[1], full=full)
        run = Run()
        for page in connector.read(request):
            run.pages.append(page)
            if len(run.pages) == stop_after:
                break
        return run
