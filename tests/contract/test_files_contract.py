"""Kinds `files` and `csv` under the conformance kit: a folder with orders and their lines stands for the source."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar

import pytest

from connectors.files import delimited, unpack
from connectors.files.plain import CsvConnector
from connectors.files.source import FilesConnector
from hub.sdk import Connector, Context, Stream
from hub.testing import ConnectorContract
from hub.testing.world import World

START = datetime(2024, 1, 1, tzinfo=UTC)


@dataclass
class Table:
    """One file's rows by id, each with its time of change."""

    rows: dict[str, int] = field(default_factory=dict)
    added: int = 0
    clock: int = 0

    def add(self, count: int) -> list[str]:
        ids = [f"{number:04}" for number in range(self.added, self.added + count)]
        self.added += count
        return self.touch(ids)

    def touch(self, ids: list[str]) -> list[str]:
        for key in ids:
            self.clock += 1
            self.rows[key] = self.clock
        return ids

    def delete(self, ids: list[str]) -> list[str]:
        for key in ids:
            del self.rows[key]
        return ids

    def text(self) -> str:
        lines = [
            f"{key},{stamp}.50,{(START + timedelta(minutes=stamp)).isoformat()}" for key, stamp in self.rows.items()
        ]
        return "\n".join(["id,total,updated_at", *lines, ""])


class Folder(World):
    """Files `NAME.csv`, written anew at each change."""

    def __init__(self, connector: type[Connector[Any]], settings: Mapping[str, Any], folder: Path, size: int) -> None:
        super().__init__(connector, {"kind": connector.kind, "folder": ".", **settings})
        self.base_dir = str(folder)
        self.tables = {name: Table() for name in ("orders", "invoices")}
        for name, table in self.tables.items():
            table.add(size)
            self._write(name)

    def _write(self, name: str) -> None:
        Path(self.base_dir, f"{name}.csv").write_text(self.tables[name].text(), encoding="utf-8")

    def truth(self) -> Mapping[str, set[str]]:
        return {name: set(table.rows) for name, table in self.tables.items()}

    def change(self, verb: str, stream: str, count: int) -> list[str]:
        table = self.tables[stream]
        self.clock.sleep(1)
        changed = table.add(count) if verb == "add" else getattr(table, verb)(list(table.rows)[:count])
        self._write(stream)
        return changed


class FilesContract(ConnectorContract):
    """What both kinds share."""

    def world(self, size: int, folder: Path) -> World:
        return Folder(self.connector, self.settings, folder, size)

    def streams_under_test(self) -> tuple[Stream, ...]:
        config = self.connector.config_model.model_validate(
            {"kind": self.connector.kind, "folder": ".", **self.settings}
        )
        return self.connector(config, Context("kit")).discover()

    @pytest.fixture(autouse=True)
    def _small_pages(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
        size = 36 * self.page_rows
        monkeypatch.setattr(delimited, "_ROW_BLOCK_BYTES", size)
        monkeypatch.setattr(unpack, "CHUNK_BYTES", size)
        yield


def _stream(entity: str, **settings: Any) -> dict[str, Any]:
    fields = {"source_id": "id", "total": "total", "source_updated_at": "updated_at"}
    return {"files": f"{entity}.csv", "entities": [{"entity": entity, "fields": fields}], **settings}


class TestFiles(FilesContract):
    connector = FilesConnector
    exempt: ClassVar[Mapping[str, str]] = {
        "deletes_are_seen[invoices]": "a file of changes does not say what is gone; a snapshot does",
    }
    settings: ClassVar[Mapping[str, Any]] = {
        "streams": {"orders": _stream("orders"), "invoices": _stream("invoices", cursor="updated_at")}
    }


class TestCsv(FilesContract):
    connector = CsvConnector
    exempt: ClassVar[Mapping[str, str]] = {
        "kind_is_folder_and_entry_point": "the plain case shares the folder of kind `files`",
    }
    settings: ClassVar[Mapping[str, Any]] = {"streams": {"orders": {}, "invoices": {}}}
