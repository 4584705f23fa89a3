"""A folder that looks like an environment in which plugins were installed."""

from __future__ import annotations

import textwrap
from pathlib import Path

GOOD = """
from hub.sdk import Connector, ConnectorConfig, hookimpl

class Acme(Connector[ConnectorConfig]):
    kind = "{kind}"
    config_model = ConnectorConfig

@hookimpl
def hub_connectors():
    return [Acme]
"""


class PluginSite:
    """Put `folder` on the import path, then install into it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def install(
        self, name: str, code: str, *, version: str = "1.2", distribution: str = "", group: str = "b2b_hub"
    ) -> None:
        """A distribution with one module and one entry point of that name."""
        module = f"plugin_{name.replace('-', '_')}"
        (self.folder / f"{module}.py").write_text(textwrap.dedent(code), encoding="utf-8")
        self.announce(name, module, version=version, distribution=distribution, group=group)

    def announce(
        self, name: str, target: str, *, version: str = "1.2", distribution: str = "", group: str = "b2b_hub"
    ) -> None:
        """Only the entry point, as a damaged installation leaves it."""
        distribution = distribution or f"b2b-hub-{name}"
        info = self.folder / f"{distribution.replace('-', '_')}-{version}.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(
            f"Metadata-Version: 2.1\nName: {distribution}\nVersion: {version}\n", encoding="utf-8"
        )
        (info / "entry_points.txt").write_text(f"[{group}]\n{name} = {target}\n", encoding="utf-8")

    def good(self, kind: str = "acme") -> None:
        """A plugin that brings one kind, named like it."""
        self.install(kind, GOOD.format(kind=kind))
