"""Start-up check: our four top-level packages lie side by side and belong to nobody else.

`metrics` and `connectors` are common names. Another distribution with one of them, or a folder of that name where `hub`
is started, would be imported in place of ours; that must be a clear sentence, not a strange error later.
"""

from __future__ import annotations

import importlib.util
from pathlib import Path

from hub.errors import PluginError

PACKAGES = ("hub", "connectors", "sync_jobs", "metrics")


def check(packages: tuple[str, ...] = PACKAGES) -> None:
    """Raise PluginError when one of the packages is missing or is somebody else's. Imports none of them."""
    home = Path(__file__).resolve().parent.parent
    for name in packages:
        place = _place(name)
        if place is None:
            raise PluginError(
                f"the package `{name}` of b2b-hub is missing or damaged.",
                fix="Install again: `pip install --force-reinstall b2b-hub`.",
            )
        if place.parent != home:
            raise PluginError(
                f"the package `{name}` comes from {place}, not from b2b-hub in {home}.",
                fix=f"Install b2b-hub in an environment of its own, and start `hub` where no folder is called `{name}` "
                "and PYTHONPATH names none.",
            )


def _place(name: str) -> Path | None:
    """The folder a package would be imported from; None where there is none with an `__init__.py`."""
    try:
        spec = importlib.util.find_spec(name)
    except (ImportError, ValueError):
        return None
    if spec is None:
        return None
    if spec.origin is not None:
        file = Path(spec.origin).resolve()
        return file.parent if file.name == "__init__.py" else file
    locations = list(spec.submodule_search_locations or ())
    return Path(locations[0]).resolve() if locations else None
