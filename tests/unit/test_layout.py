"""Our top-level packages lie side by side and are nobody else's, or the hub says so before anything else."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType

import pytest

from hub import layout
from hub.errors import PluginError


def test_this_installation_is_in_order() -> None:
    layout.check()


def test_nothing_is_imported_by_looking(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "connectors", raising=False)
    layout.check()
    assert "connectors" not in sys.modules


@pytest.mark.parametrize("shape", ["package", "namespace", "module"])
@pytest.mark.parametrize("name", ["metrics", "connectors", "sync_jobs"])
def test_a_foreign_package_in_front_of_ours_is_told_with_the_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, shape: str
) -> None:
    if shape == "module":
        (tmp_path / f"{name}.py").write_text("", encoding="utf-8")
    else:
        (tmp_path / name).mkdir()
        if shape == "package":
            (tmp_path / name / "__init__.py").write_text("", encoding="utf-8")
    monkeypatch.setattr(sys, "path", [str(tmp_path)] if shape == "namespace" else [str(tmp_path), *sys.path])
    for loaded in [module for module in sys.modules if module.split(".")[0] == name]:
        monkeypatch.delitem(sys.modules, loaded)
    with pytest.raises(PluginError) as caught:
        layout.check((name,))
    assert f"the package `{name}` comes from {tmp_path}" in str(caught.value)
    assert "an environment of its own" in caught.value.fix
    assert caught.value.exit_code == 3


def test_a_missing_package_is_told_with_the_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(PluginError, match=r"`no_such_package` of b2b-hub is missing.*pip install --force-reinstall"):
        layout.check(("no_such_package",))
    monkeypatch.setitem(sys.modules, "half_loaded", ModuleType("half_loaded"))
    with pytest.raises(PluginError, match="missing or damaged"):
        layout.check(("half_loaded",))
