"""What a start of `hub` leaves out: commands that nobody called, and the search for plugins where there can be none."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.machinery import PathFinder
from pathlib import Path

import pytest
import typer

from hub.plugin_commands import only_what_is_called
from hub.plugin_loading import any_declared


def application() -> typer.Typer:
    app, group = typer.Typer(), typer.Typer()
    app.callback()(lambda: None)
    app.command("sync")(lambda: None)
    app.command("status")(lambda: None)
    group.command("list")(lambda: None)
    app.add_typer(group, name="metrics")
    return app


def names(app: typer.Typer) -> list[str | None]:
    return [info.name for info in (*app.registered_commands, *app.registered_groups)]  # type: ignore[list-item]


@pytest.mark.parametrize("called", ["sync", "status", "metrics"])
def test_only_the_called_command_is_built(called: str) -> None:
    app = application()
    assert names(only_what_is_called(app, ["--config", "sync", called, "--help"])) == [called]
    assert names(app) == ["sync", "status", "metrics"], "the whole application stays as it is"


@pytest.mark.parametrize("arguments", [[], ["--help"], ["snyc"]])
def test_help_and_unknown_commands_see_the_whole_application(arguments: list[str]) -> None:
    app = application()
    assert only_what_is_called(app, arguments) is app


@pytest.mark.parametrize("folder", ["acme-1.dist-info", "acme.egg-info"])
def test_a_distribution_that_declares_a_plugin_is_seen(
    tmp_path: Path, folder: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "meta_path", [PathFinder])  # libraries add finders of their own
    declared = tmp_path / folder / "entry_points.txt"
    declared.parent.mkdir()
    declared.write_text("[console_scripts]\nacme = acme:main\n", encoding="utf-8")
    assert not any_declared([str(tmp_path), str(tmp_path / "missing")])
    declared.write_text("[b2b_hub]\nacme = acme\n", encoding="utf-8")
    assert any_declared(["", str(tmp_path)])


def test_what_cannot_be_looked_into_may_declare_a_plugin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    archive = tmp_path / "all.zip"
    archive.write_bytes(b"PK")
    assert any_declared([str(archive)])
    (tmp_path / "acme.egg").touch()
    assert any_declared([str(tmp_path)])
    monkeypatch.setattr(sys, "meta_path", [*sys.meta_path, type("Finder", (), {"find_distributions": None})])
    assert any_declared([])


def test_how_files_are_read_is_the_same_text_in_every_process() -> None:
    code = (
        "from pathlib import Path\n"
        "from connectors.files.options import Options\n"
        "from connectors.files.reading import Plan\n"
        "from connectors.files.shape import Wide\n"
        "from hub.sdk import Mode\n"
        "words = frozenset({'N/A', '-', 'null', 'none', ''})\n"
        "wide = Wide(('id',), 'month', 'value', words)\n"
        "print(Plan(Path(), (), Mode.SNAPSHOT, Options(null_words=words), 'orders', {}, unpivot=wide).how)"
    )
    said = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed},
            cwd=Path(__file__).parents[2],
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in "123"
    }
    assert len(said) == 1
