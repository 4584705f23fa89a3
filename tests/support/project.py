"""A project's folder with settings and exports, and `hub` run in it, in this process."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from hub import cli

CUSTOMERS = "source_id,name,country,source_updated_at\n"
ORDERS = "source_id,customer_source_id,total,currency,source_updated_at\n"


@dataclass(frozen=True)
class Result:
    """What a command left behind."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


class Project:
    """`config/` and `data/` in a folder of their own; the instance `erp` reads CSV files from `data/`."""

    def __init__(self, folder: Path, capture: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self._capture = capture
        (folder / "config" / "connectors").mkdir(parents=True)
        (folder / "data").mkdir()
        self.settings("hub.yaml", "store: sqlite:///hub.db\n")
        self.settings("connectors/erp.yaml", "kind: csv\nfolder: data\n")

    def settings(self, name: str, text: str) -> None:
        (self.folder / "config" / name).write_text(text)

    def export(self, name: str, text: str) -> None:
        """Write data/NAME, as a system would export it."""
        (self.folder / "data" / name).write_text(text)

    def customers(self, *rows: str) -> None:
        self.export("customers.csv", CUSTOMERS + "".join(f"{row}\n" for row in rows))

    def orders(self, *rows: str) -> None:
        self.export("orders.csv", ORDERS + "".join(f"{row}\n" for row in rows))

    def hub(self, *arguments: str) -> Result:
        """Run a command."""
        self._capture.readouterr()
        code = cli.run(["--config", str(self.folder / "config"), *arguments])
        out, err = self._capture.readouterr()
        return Result(code, out, err)

    def files(self) -> dict[str, bytes]:
        """Every file of the project, to see what was written."""
        return {str(path): path.read_bytes() for path in sorted(self.folder.rglob("*")) if path.is_file()}


C1, C2, C3 = (f"C{n},Customer {n},DE,2024-01-0{n}T00:00:00Z" for n in (1, 2, 3))
O1, O2 = "O1,C1,10.50,EUR,2024-02-01T00:00:00Z", "O2,C2,20,EUR,2024-02-02T00:00:00Z"
"""Good rows."""
BAD_COUNTRY = "C2,Customer 2,Atlantis,2024-01-02T00:00:00Z"
BAD_TOTAL = "O2,C2,twenty,EUR,2024-02-02T00:00:00Z"
