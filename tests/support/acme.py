"""The example plugin, built into a wheel and unpacked into a folder: installed as far as Python can tell."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

PLUGINS = Path(__file__).parents[1] / "plugins"
ACME = PLUGINS / "b2b_hub_acme"


def install_acme(into: Path) -> Path:
    """Build the plugin's wheel with its own build backend, without a network, and unpack it. Returns the folder."""
    wheels, target = into / "wheels", into / "site"
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(wheels)],
        cwd=ACME, check=True, capture_output=True,
    )  # fmt: skip
    (wheel,) = wheels.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(target)
    return target
