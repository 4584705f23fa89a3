"""What the code knows is generated into the docs, and is current."""

from __future__ import annotations

import importlib.util
import subprocess
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]


def generator() -> ModuleType:
    spec = importlib.util.spec_from_file_location("docs_generate", ROOT / "docs" / "generate.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("page", sorted(generator().PAGES))
def test_the_page_says_what_the_code_says(page: str) -> None:
    text = generator().PAGES[page]()
    assert (ROOT / page).read_text(encoding="utf-8") == text, "run `make docs`"


def test_the_light_catalogue_is_derived_from_the_tables() -> None:
    from hub.model.generate import CATALOG, source_text

    assert CATALOG.read_text(encoding="utf-8") == source_text(), "run `make docs`"


def test_every_setting_has_a_description() -> None:
    bare = [line for line in generator().settings().splitlines() if line.startswith("| `") and line.endswith("|  |")]
    assert bare == []


def test_no_package_registry_is_named_in_the_repository() -> None:
    hosts = ("py" + "pi.org", "python" + "hosted", "npm" + "js", "deb." + "debian")
    kept = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)
    if kept.returncode != 0:
        pytest.skip("this is no git checkout")
    files = [ROOT / name for name in kept.stdout.splitlines() if (ROOT / name).is_file()]
    assert [path for path in files if any(host.encode() in path.read_bytes() for host in hosts)] == []
