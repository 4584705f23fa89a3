"""YAML -> typed settings: one call, all mistakes at once, secrets by reference."""

from hub.settings.load import Instance, Settings, find_config, load, load_hub
from hub.settings.model import HubSettings, MetricsSettings

__all__ = ["HubSettings", "Instance", "MetricsSettings", "Settings", "find_config", "load", "load_hub"]
