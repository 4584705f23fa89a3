"""The real data sets beside the repository, synced with the YAML that is shipped as examples."""

from __future__ import annotations

import shutil
import sqlite3
from decimal import Decimal
from pathlib import Path

import pytest

from hub import cli

ROOT = Path(__file__).parents[2]
DATA = ROOT.parent / "shared" / "data"


class Hub:
    """A project folder with one example's configuration."""

    def __init__(self, project: Path, example: str) -> None:
        self.project, self.example = project, example
        shutil.copytree(ROOT / "config" / "examples" / example, project / "config")

    def run(self, *arguments: str) -> int:
        """One call of `hub`; its exit code."""
        with pytest.raises(SystemExit) as leaving:
            cli.main(["--config", str(self.project / "config"), *arguments])
        return int(leaving.value.code or 0)

    def rows(self, sql: str) -> list[tuple[object, ...]]:
        with sqlite3.connect(self.project / "var" / f"{self.example}.db") as database:
            return database.execute(sql).fetchall()

    def number(self, sql: str) -> int:
        """One whole number; money sums stay whole millionths, and products of two of them whole 10^-12ths."""
        value = self.rows(sql)[0][0]
        assert isinstance(value, int)
        return value


def synced(project: Path, example: str, variable: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Hub:
    """The data set after its first sync; skips where it is not at hand."""
    if not folder.is_dir():
        pytest.skip(f"{folder} is not here")
    monkeypatch.setenv(variable, str(folder))
    hub = Hub(project, example)
    assert hub.run("sync") == 0
    return hub


def cents(amount: int, scale: int = 6) -> Decimal:
    """An exact amount in whole 10^-scale ths, rounded to the cent for display."""
    return round(Decimal(amount).scaleb(-scale), 2)
