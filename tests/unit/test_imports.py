"""Imports point one way, so that a newcomer can tell what a file may know from the folder it lies in."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
OURS = ("hub", "connectors", "sync_jobs", "metrics")

MAY_IMPORT: dict[str, tuple[str, ...]] = {
    "hub.errors": (),
    "hub.layout": ("hub.errors",),
    "hub.log": ("hub.errors",),
    "hub.model": ("hub.errors", "hub.model"),
    "hub.convert": ("hub.errors", "hub.model", "hub.convert"),
    "hub.mapping": ("hub.errors", "hub.model", "hub.convert", "hub.mapping", "hub.rows", "hub.arrow"),
    "hub.rows": ("hub.errors", "hub.model", "hub.convert", "hub.mapping", "hub.rows"),
    "hub.arrow": ("hub.errors", "hub.model", "hub.convert", "hub.mapping", "hub.rows", "hub.arrow"),
    "hub.fieldspec": ("hub.errors", "hub.model", "hub.convert", "hub.mapping", "hub.fieldspec", "hub.fieldsource"),
    "hub.fieldsource": ("hub.model", "hub.mapping", "hub.fieldspec"),
    "hub.sdk": (
        "hub.errors",
        "hub.model",
        "hub.convert",
        "hub.mapping",
        "hub.fieldspec",
        "hub.fieldsource",
        "hub.sdk",
    ),
    "hub.testing": ("hub.sdk", "hub.testing"),
    "hub.store": ("hub.errors", "hub.model", "hub.store"),
    "hub": ("hub",),
    "connectors": ("hub.sdk", "connectors.<own>"),
    "sync_jobs": ("hub", "sync_jobs"),
    "metrics": ("hub", "metrics"),
}
"""Longest prefix wins. `connectors.<own>` is the connector's own folder."""

EXCEPTIONS: dict[tuple[str, str], str] = {}
"""(importing module, imported module) -> why."""


@cache
def modules() -> list[Path]:
    return sorted(path for package in OURS for path in (ROOT / package).rglob("*.py"))


@cache
def imports(path: Path) -> list[ast.Import | ast.ImportFrom]:
    """Every import of a file, wherever in the file, type-checking imports included."""
    waiting: list[ast.AST] = [ast.parse(path.read_text(encoding="utf-8"))]
    found = []
    for node in waiting:
        if isinstance(node, ast.Import | ast.ImportFrom):
            found.append(node)
        for part in _PARTS:  # expressions import nothing, and are most of a file
            waiting.extend(getattr(node, part, ()))
    return found


_PARTS = "body", "orelse", "finalbody", "handlers", "cases"


def imported(path: Path) -> Iterator[str]:
    """Every module of ours that a file imports."""
    for node in imports(path):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif node.module:
            assert node.level == 0, f"{path}: relative import"
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        yield from (name for name in names if name.split(".")[0] in (*OURS, "tests"))


def roots(path: Path) -> Iterator[str]:
    """The top-level name of every import of a file."""
    for node in imports(path):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif node.module:
            yield node.module.split(".")[0]


def allowed(module: str, target: str) -> bool:
    rule = max((prefix for prefix in MAY_IMPORT if _within(module, prefix)), key=len)
    own = ".".join(module.split(".")[:2])
    prefixes = [prefix.replace("connectors.<own>", own) for prefix in MAY_IMPORT[rule]]
    return (module, target) in EXCEPTIONS or any(_within(target, prefix) for prefix in prefixes)


def _within(name: str, prefix: str) -> bool:
    return name == prefix or name.startswith(prefix + ".")


def name_of(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


@pytest.mark.parametrize("package", OURS)
def test_a_module_imports_only_what_its_folder_may(package: str) -> None:
    names = {path: name_of(path) for path in modules() if path.is_relative_to(ROOT / package)}
    assert names
    wrong = [
        f"{module} may not import {target}: see MAY_IMPORT"
        for path, module in names.items()
        for target in imported(path)
        if target != "hub.__version__" and not allowed(module, target)
    ]
    assert wrong == []


def test_apscheduler_is_imported_in_one_file_only() -> None:
    users = {name_of(path) for path in modules() if "apscheduler" in set(roots(path))}
    assert users <= {"sync_jobs.schedule"}


def test_the_rules_can_fail() -> None:
    assert not allowed("connectors.files.source", "hub.store.base")
    assert not allowed("connectors.files.source", "connectors.shopify.source")
    assert not allowed("hub.store.sqlite", "sync_jobs.pipeline")
    assert not allowed("sync_jobs.pipeline", "metrics.engine")
    assert allowed("connectors.files.source", "hub.sdk.Page")
