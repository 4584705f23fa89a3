"""What of config/ goes into the wheel: settings and schemas. Whoever runs the hub here leaves databases beside them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

SHIPPED = ("*.yaml", "*.json")


class ConfigFiles(BuildHookInterface[Any]):
    """Takes them along as `hub/_config`."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        folder = Path(self.root) / "config"
        found = sorted(path for pattern in SHIPPED for path in folder.rglob(pattern))
        for path in found:
            inside = path.relative_to(folder)
            if "var" not in inside.parts:
                build_data["force_include"][str(path)] = f"hub/_config/{inside.as_posix()}"
