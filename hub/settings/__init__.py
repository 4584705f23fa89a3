"""YAML -> typed settings: one call, all mistakes at once, secrets by reference.

What judges is fetched when first used: a start that finds its settings kept (`hub.settings.kept`) needs none of it.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from hub.settings.load import Instance, Settings, find_config, load, load_hub

if TYPE_CHECKING:
    from hub.settings.model import HubSettings, MetricsSettings

__all__ = ["HubSettings", "Instance", "MetricsSettings", "Settings", "find_config", "load", "load_hub"]


def __getattr__(name: str) -> Any:
    if name in __all__:
        return getattr(import_module("hub.settings.model"), name)
    raise AttributeError(f"module 'hub.settings' has no attribute {name!r}")
