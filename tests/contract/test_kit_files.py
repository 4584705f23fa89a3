"""A connector without a network runs the same kit, with a world of its own; checks of the network are skipped."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from pydantic import Field

from hub.sdk import Connector, ConnectorConfig, FieldMap, Finding, Mode, Page, ReadRequest, Stream, at, entities
from hub.testing import ConnectorContract, World

PRODUCTS = FieldMap(
    entities.Product,
    {"source_id": at("id"), "source_updated_at": at("at"), "sku": at("id"), "list_price": at("price")},
)


class LinesConfig(ConnectorConfig):
    folder: str = Field(description="Folder with products.jsonl.")


class LinesConnector(Connector[LinesConfig]):
    kind = "lines"
    config_model = LinesConfig
    streams = (Stream("products", (PRODUCTS,), mode=Mode.SNAPSHOT),)

    def check(self) -> Iterator[Finding]:
        yield Finding("folder", self._path.is_file(), str(self._path), fix="Put products.jsonl there.")

    @property
    def _path(self) -> Path:
        return Path(self.context.base_dir) / self.config.folder / "products.jsonl"

    def read(self, request: ReadRequest) -> Iterator[Page]:
        rows = [json.loads(line) for line in self._path.read_text().splitlines()]
        start = (request.resume or {}).get("row", 0)
        if start == 0 and not rows:
            yield Page([])
        for first in range(start, len(rows), 5):
            yield Page(rows[first : first + 5], resume={"row": first + 5}, total=len(rows))


class LinesWorld(World):
    """A folder that the kit may write to."""

    def __init__(self, folder: Path, size: int) -> None:
        super().__init__(LinesConnector, {"kind": "lines", "folder": "."})
        self.base_dir = str(folder)
        self._path = folder / "products.jsonl"
        self._at = datetime(2025, 1, 1, tzinfo=UTC)
        self._rows = [self._row(number) for number in range(size)]
        self._write()

    def truth(self) -> dict[str, set[str]]:
        return {"products": {row["id"] for row in self._rows}}

    def change(self, verb: str, stream: str, count: int) -> list[str]:
        changed = self._rows[:count]
        if verb == "delete":
            self._rows = self._rows[count:]
        elif verb == "touch":
            for row in changed:
                row |= {"price": "9.99", "at": self._stamp()}
        else:
            changed = [self._row(1000 + number) for number in range(count)]
            self._rows += changed
        self._write()
        return [row["id"] for row in changed]

    def _row(self, number: int) -> dict[str, Any]:
        return {"id": f"P{number}", "price": f"{number}.50", "at": self._stamp()}

    def _stamp(self) -> str:
        self._at += timedelta(minutes=1)
        return self._at.isoformat()

    def _write(self) -> None:
        self._path.write_text("".join(json.dumps(row) + "\n" for row in self._rows))


class TestLines(ConnectorContract):
    connector = LinesConnector
    exempt = {"kind_is_folder_and_entry_point": "It lives in this test only and is not installed."}

    def world(self, size: int, folder: Path) -> World:
        return LinesWorld(folder, size)
