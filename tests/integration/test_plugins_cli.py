"""The whole process: what it imports, what plugins add to it, and what a broken one cannot take away."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from support.plugin_site import GOOD, PluginSite

ROOT = Path(__file__).parents[2]
HEAVY = (
    "pyarrow",
    "pandas",
    "sqlalchemy",
    "sqlmodel",
    "duckdb",
    "ibis",
    "httpx",
    "psycopg",
    "alembic",
    "jinja2",
    "rich",
)
OF_NO_USE_TO_A_SYNC = (
    "asyncio",
    "connectors.files.check",
    "connectors.files.excel",
    "connectors.files.parquet",
    "connectors.shopify",
    "http",
    "hub.arrow",
    "hub.convert.countries",
    "hub.schemas",
    "hub.settings.check",
    "metrics.engine",
    "multiprocessing",
    "ssl",
    "sync_jobs.checks",
    "sync_jobs.requeue",
    "sync_jobs.status",
)

COMMANDS = """
import typer
from hub.sdk import hookimpl

@hookimpl
def hub_cli(app):
    @app.command()
    def greet(name: str) -> None:
        "Say hello."
        print("hello", name)

    group = typer.Typer(help="More of it.")
    app.add_typer(group, name="more")

    @group.command()
    def one() -> None:
        print("one")
"""


def hub(*arguments: str, cwd: Path, path: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run `hub` in a process of its own; `path` comes before the checkout on the import path."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("HUB_")}
    environment["PYTHONPATH"] = os.pathsep.join(str(part) for part in (path, ROOT) if part)
    return subprocess.run(
        [sys.executable, "-m", "hub", *arguments], cwd=cwd, env=environment, capture_output=True, text=True, check=False
    )


def modules(arguments: list[str], cwd: Path, path: Path | None = None) -> set[str]:
    """What is imported by the time a command has ended."""
    code = (
        "import sys, json\nfrom hub import cli\n"
        f"code = cli.run({arguments!r})\n"
        "sys.stderr.write('\\n' + json.dumps([code, sorted(sys.modules)]))"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(str(part) for part in (path, ROOT) if part)}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=cwd, env=environment, capture_output=True, text=True, check=True
    )
    exit_code, names = json.loads(done.stderr.splitlines()[-1])
    assert exit_code == 0, done.stderr
    return {name.split(".")[0] for name in names} | set(names)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `hub init` writes, synced once."""
    folder = tmp_path_factory.mktemp("project")
    assert hub("init", cwd=folder).returncode == 0
    done = hub("sync", cwd=folder)
    assert done.returncode == 0, done.stderr
    return folder


@pytest.mark.parametrize("arguments", [["--help"], ["--version"]])
def test_help_imports_nothing_heavy(tmp_path: Path, arguments: list[str]) -> None:
    imported = modules(arguments, tmp_path)
    assert not imported & {*HEAVY, "pydantic", "yaml", "hub.convert", "hub.sdk.connector", "hub.settings"}


def test_help_does_not_read_every_distribution_when_none_is_a_plugin(tmp_path: Path) -> None:
    assert "importlib.metadata" not in modules(["--help"], tmp_path)


def test_a_small_sync_imports_nothing_heavy(project: Path) -> None:
    with (project / "exports" / "customers.csv").open("a", encoding="utf-8") as file:
        file.write("C-9,One More Ltd,,,,2025-03-01T00:00:00Z\n")
    assert not modules(["sync"], project) & {*HEAVY, *OF_NO_USE_TO_A_SYNC}


def test_a_sync_whose_settings_were_judged_before_judges_nothing(project: Path) -> None:
    modules(["sync"], project)
    judges = {"pydantic", "yaml", "typer", "click", "importlib.metadata", "hub.settings.reader", "hub.settings.model"}
    assert not modules(["sync"], project) & judges


def test_a_sync_does_not_load_the_commands_of_plugins(project: Path, tmp_path: Path) -> None:
    PluginSite(tmp_path).install("extra", COMMANDS)
    done = hub("sync", cwd=project, path=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "greet" in hub("--help", cwd=project, path=tmp_path).stdout


def test_a_plugin_adds_commands_and_groups(tmp_path: Path) -> None:
    PluginSite(tmp_path).install("extra", COMMANDS)
    assert "Say hello." in hub("--help", cwd=tmp_path, path=tmp_path).stdout
    assert hub("greet", "Ada", cwd=tmp_path, path=tmp_path).stdout == "hello Ada\n"
    assert hub("more", "one", cwd=tmp_path, path=tmp_path).stdout == "one\n"


BROKEN_COMMANDS = {
    "raises": "1 / 0",
    "shadows": "app.command('sync')(lambda: None)",
    "no-command": "pass",
    "unreadable": "app.command('bad')(bad)",
}


@pytest.mark.parametrize("case", BROKEN_COMMANDS)
def test_a_plugin_with_broken_commands_breaks_no_other(tmp_path: Path, case: str) -> None:
    site = PluginSite(tmp_path)
    site.install(
        "broken",
        "from hub.sdk import hookimpl\ndef bad(x: 'Nowhere') -> None: pass\n@hookimpl\ndef hub_cli(app):\n"
        f"    {BROKEN_COMMANDS[case]}\n",
    )
    site.install("extra", COMMANDS)
    done = hub("greet", "Ada", cwd=tmp_path, path=tmp_path)
    assert (done.returncode, done.stdout) == (0, "hello Ada\n"), done.stderr
    unknown = hub("grete", cwd=tmp_path, path=tmp_path)
    assert unknown.returncode == 2
    assert "hub: plugin broken " in unknown.stderr
    assert "Traceback" not in unknown.stderr
    assert "Usage: hub sync" in hub("sync", "--help", cwd=tmp_path, path=tmp_path).stdout


@pytest.mark.parametrize("code", ["import sys; sys.exit(5)", "def (:"])
def test_a_broken_plugin_is_listed_and_stops_nothing(project: Path, tmp_path: Path, code: str) -> None:
    site = PluginSite(tmp_path)
    site.install("broken", code)
    site.install("acme", GOOD.format(kind="acme"))
    listed = hub("plugins", "--json", cwd=project, path=tmp_path)
    assert listed.returncode == 3
    document = json.loads(listed.stdout)
    assert {"kind": "acme", "from": "b2b-hub-acme 1.2"} in document["kinds"]
    assert [entry["plugin"] for entry in document["broken"]] == ["broken"]
    assert hub("sync", cwd=project, path=tmp_path).returncode == 0
    assert hub("--help", cwd=project, path=tmp_path).returncode == 0


def test_an_instance_of_a_broken_plugin_is_exit_3_and_the_others_are_synced(project: Path, tmp_path: Path) -> None:
    PluginSite(tmp_path).install("broken", "import nowhere_at_all")
    extra = project / "config" / "connectors" / "legacy.yaml"
    extra.write_text("kind: broken\n", encoding="utf-8")
    try:
        checked = hub("config", "check", cwd=project, path=tmp_path)
        done = hub("sync", cwd=project, path=tmp_path)
    finally:
        extra.unlink()
    assert checked.returncode == 3
    assert "No module named 'nowhere_at_all'" in checked.stderr
    assert done.returncode == 3
    assert "erp/customers" in done.stdout
    assert "legacy: plugin broken failed while it was loaded" in done.stderr


def test_a_foreign_package_in_front_of_ours_is_exit_3(tmp_path: Path) -> None:
    (tmp_path / "metrics").mkdir()
    (tmp_path / "metrics" / "__init__.py").write_text("", encoding="utf-8")
    done = hub("--help", cwd=tmp_path, path=tmp_path)
    assert done.returncode == 3
    assert done.stderr.startswith("hub: the package `metrics` comes from ")


def test_a_reader_that_goes_away_is_no_error(tmp_path: Path) -> None:
    done = subprocess.run(
        f"{sys.executable} -m hub --help | head -c 1",
        shell=True,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""
