"""The page for connector authors shows the example plugin as it is, and names nothing that does not exist."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

import hub.sdk
import hub.sdk.odata
import hub.testing

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "CONNECTORS.md").read_text(encoding="utf-8")
PLUGIN = ROOT / "tests" / "plugins" / "b2b_hub_acme"
BLOCKS = dict(re.findall(r"<!-- (\S+) -->\n```\w+\n(.*?)```\n", PAGE, re.DOTALL))


def test_the_page_shows_the_whole_plugin() -> None:
    assert {"pyproject.toml", "src/b2b_hub_acme/connector.py", "src/b2b_hub_acme/maps.py"} <= set(BLOCKS)


@pytest.mark.parametrize("name", BLOCKS)
def test_a_block_is_the_file(name: str) -> None:
    assert BLOCKS[name] == (PLUGIN / name).read_text(encoding="utf-8"), f"copy {name} into docs/CONNECTORS.md"


def test_every_name_of_the_sdk_on_the_page_exists() -> None:
    known = {*hub.sdk.__all__, *hub.sdk.odata.__all__, *hub.testing.__all__}
    named = set(re.findall(r"\b((?:[A-Z]\w+)(?:Auth|Budget|Source|Pages|Link|Token|Config))\b", PAGE))
    acme = {name for name in named if name.startswith("Acme")}
    assert named - acme - known == set()


def test_the_plugin_imports_what_is_public_only() -> None:
    public = ("hub.sdk", "hub.testing", "b2b_hub_acme")
    for path in PLUGIN.rglob("*.py"):
        for module in re.findall(
            r"^(?:from|import) (hub\S*|b2b_hub\S*)", path.read_text(encoding="utf-8"), re.MULTILINE
        ):
            assert module.startswith(public), f"{path.name} imports {module}"


def test_every_public_name_can_be_had() -> None:
    for name in hub.sdk.__all__:
        assert getattr(hub.sdk, name) is not None
    with pytest.raises(AttributeError):
        hub.sdk.nothing  # noqa: B018


def test_a_connector_without_a_network_loads_no_client() -> None:
    code = "from hub.sdk import Connector, FieldMap, HttpConnectorConfig, Page; import sys; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert not {"httpx", "authlib", "starlette", "uvicorn"} & set(loaded.split())
