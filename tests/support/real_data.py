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


class Cents:
    """An exact amount in whole 10^-scale ths, equal to a figure in cents when that is its nearest.

    Four of Northwind's exact sums end in half a cent (Condiments are 106,047.085), so two figures are nearest. Which of
    them is published was decided by the dust of single precision in the raw file, which is taken off on the way in.
    """

    def __init__(self, amount: int, scale: int = 6) -> None:
        self.exact = Decimal(amount).scaleb(-scale)

    def __eq__(self, published: object) -> bool:
        return abs(self.exact - Decimal(str(published))) <= Decimal("0.005")

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"{self.exact:f}"
