"""The wheel as a stranger gets it: a fresh environment, runtime dependencies only, started from another folder."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
UV = Path(sys.executable).with_name("uv")
PYTHONS = ("3.11", "3.13")
SHIPPED = {".css", ".graphql", ".html", ".j2", ".js", ".json", ".md", ".mo", ".py", ".sql", ".svg", ".typed"}


def call(*command: str | Path, cwd: Path, ok: tuple[int, ...] = (0,)) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("HUB_", "PYTHON"))}
    environment |= {"UV_PYTHON_DOWNLOADS": "never", "UV_LINK_MODE": "hardlink"}
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode in ok, f"{command} ended with {done.returncode}:\n{done.stdout}\n{done.stderr}"
    return done


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("dist")
    call(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", target, ROOT, cwd=target)
    return next(target.glob("b2b_hub-*.whl"))


def test_what_a_hub_leaves_behind_is_not_shipped(tmp_path: Path) -> None:
    project, target = tmp_path / "project", tmp_path / "dist"
    project.mkdir()
    for name in ("pyproject.toml", "hatch_build.py", "README.md", "LICENSE", "hub/__init__.py"):
        (project / name).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, project / name)
    shutil.copytree(ROOT / "config", project / "config")
    for package in ("connectors", "sync_jobs", "metrics"):
        (project / package).mkdir()
        (project / package / "__init__.py").touch()
    strays = [
        "config/hub.db", "config/examples/hub.db-wal", "config/examples/var/cache.json",
        "config/examples/var/seen/shop.jsonl", "connectors/hub.db", "connectors/files/var/log.txt",
    ]  # fmt: skip
    for name in strays:
        (project / name).parent.mkdir(parents=True, exist_ok=True)
        (project / name).write_text("somebody's data")

    call(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", target, cwd=project)

    with zipfile.ZipFile(next(target.glob("*.whl"))) as archive:
        names = set(archive.namelist())
    assert {"hub/_config/hub.yaml", "hub/_config/schema/hub.schema.json"} <= names
    assert not [name for name in names if ".db" in name or "/var/" in name]


def interpreter(version: str) -> str:
    """The path of an installed Python of that version, the running one among them; skips where there is none."""
    if sys.version_info[:2] == tuple(map(int, version.split("."))):
        return sys.executable
    kept = sorted(Path.home().glob(f".pyenv/versions/{version}.*/bin/python"))  # pyenv's own shims name no version
    found = str(kept[-1]) if kept else shutil.which(f"python{version}")
    if found is None or subprocess.run([found, "--version"], capture_output=True, check=False).returncode != 0:
        pytest.skip(f"no Python {version} on this machine")
    return found


@pytest.fixture(scope="module")
def environments(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Version of Python -> a fresh environment with the wheel and its pinned dependencies, made when asked for."""

    @cache
    def made(version: str) -> Path:
        folder = tmp_path_factory.mktemp("fresh")
        environment = folder / "env"
        call(UV, "venv", "-q", "--python", interpreter(version), environment, cwd=folder)
        pins = ROOT / "requirements" / "runtime.txt"
        python = environment / "bin" / "python"
        call(UV, "pip", "install", "-q", "--python", python, "-c", pins, wheel, cwd=folder)
        return environment

    return made


@pytest.mark.parametrize("version", PYTHONS)
def test_the_wheel_works_in_a_fresh_environment(
    version: str, environments: Callable[[str], Path], tmp_path: Path
) -> None:
    environment = environments(version)
    python = environment / "bin" / "python"
    hub = environment / "bin" / "hub"

    assert call(hub, "--version", cwd=tmp_path).stdout.startswith("b2b-hub ")
    call(hub, "init", "shop", cwd=tmp_path)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    config = tmp_path / "shop" / "config"
    call(hub, "--config", config, "check", cwd=elsewhere)
    call(hub, "--config", config, "sync", cwd=elsewhere)
    status = json.loads(call(hub, "--config", config, "status", "--json", cwd=elsewhere).stdout)
    assert status["streams"], "the starter's sample was not synced"
    metrics = json.loads(call(hub, "--config", config, "metrics", "list", "--json", cwd=elsewhere).stdout)
    assert {"revenue", "customer_lifetime_value"} <= {metric["id"] for metric in metrics}
    report = elsewhere / "report.html"
    call(hub, "--config", config, "report", "-o", report, cwd=elsewhere)
    assert "<html" in report.read_text(encoding="utf-8")
    # What tests need is not what the product needs.
    missing = call(python, "-c", "import pytest", cwd=elsewhere, ok=(1,))
    assert "No module named" in missing.stderr


def test_everything_of_the_packages_is_in_the_wheel(wheel: Path) -> None:
    """Pages, texts, schemas, SQL: so that whatever works in a checkout, the demo among it, works from the wheel."""
    files = [path for name in ("hub", "connectors", "sync_jobs", "metrics") for path in (ROOT / name).rglob("*.*")]
    needed = {str(path.relative_to(ROOT)) for path in files if path.suffix in SHIPPED}
    with zipfile.ZipFile(wheel) as archive:
        assert needed - set(archive.namelist()) == set()


def test_the_demo_starts_from_the_wheel(environments: Callable[[str], Path], tmp_path: Path) -> None:
    """All that it needs can be imported without the libraries of the tests; `test_demo.py` runs it to its end."""
    python = environments("{}.{}".format(*sys.version_info)) / "bin" / "python"
    needs = "company", "config", "exports", "systems"
    call(python, "-c", f"from metrics.demo import demo, {', '.join(needs)}", cwd=tmp_path)
