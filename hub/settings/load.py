"""From the configuration folder to typed settings."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from hub.errors import ConfigError, PluginError, UsageError

if TYPE_CHECKING:
    from hub.plugins import Registry
    from hub.sdk.config import ConnectorConfig
    from hub.settings.console import ConsoleSettings
    from hub.settings.model import HubSettings
    from hub.settings.operations import NotificationSettings
    from hub.settings.reader import FoundPublisher

HUB_FILE = "hub.yaml"
CONNECTORS_FOLDER = "connectors"
PUBLISHERS_FOLDER = "publishers"


class Instance(NamedTuple):
    """One configured system: the admin's name for it, its typed settings, and the file they come from."""

    name: str
    config: ConnectorConfig
    path: Path

    @property
    def kind(self) -> str:
        return self.config.kind


class Settings(NamedTuple):
    """All of a configuration folder, as far as it was asked for.

    instances    name -> instance; one that was not asked for may be missing, since its secrets were not read
    unavailable  instances whose plugin is missing or broken; the others can go on without them
    names        of all instances
    """

    hub: HubSettings
    instances: Mapping[str, Instance] = MappingProxyType({})
    unavailable: Mapping[str, PluginError] = MappingProxyType({})
    names: frozenset[str] = frozenset()

    def select(self, names: Sequence[str] = ()) -> list[Instance]:
        """The named instances, or all enabled ones. Raises UsageError for a name that is not configured and
        PluginError for a named one whose plugin does not load."""
        for name in names:
            if name in self.unavailable:
                raise self.unavailable[name]
            if name not in self.names:
                from hub.settings.mistakes import nearest

                raise UsageError(
                    f"no connector instance is called `{name}`.{nearest(name, self.names)}",
                    fix="Each file in config/connectors/ is one, by its name without .yaml.",
                )
        if names:
            return [self.instances[name] for name in dict.fromkeys(names)]
        return [instance for instance in self.instances.values() if instance.config.enabled]


def find_config(given: Path | None = None) -> Path:
    """The configuration folder: the one given, else HUB_CONFIG, else ./config. Raises ConfigError with the remedy."""
    named = given or (Path(os.environ["HUB_CONFIG"]) if os.environ.get("HUB_CONFIG") else None)
    folder = named or Path("config")
    if folder.name == HUB_FILE and folder.is_file():
        return folder.parent
    if folder.is_dir():
        return folder
    if named is None:
        raise ConfigError(
            "there is no configuration here: no folder `config`.",
            fix="Run `hub init` to write a starter, or name a folder with --config or HUB_CONFIG.",
        )
    what = "is not a folder" if folder.exists() else "does not exist"
    raise ConfigError(
        f"the configuration folder {folder} {what}.", fix="Correct --config or HUB_CONFIG, or run `hub init`."
    )


def load_hub(config_dir: Path) -> HubSettings:
    """Only hub.yaml: for commands that look at nothing but the store. Raises ConfigError with all its mistakes."""
    from hub.settings.reader import Reader

    reader = Reader(config_dir, resolve=True)
    settings = reader.hub()
    reader.raise_mistakes()
    return settings


def load_notifications(config_dir: Path) -> NotificationSettings:
    """Whom the daemon tells, with the secrets it needs for that. Raises ConfigError with all mistakes of hub.yaml."""
    from hub.settings.reader import Reader

    reader = Reader(config_dir, resolve=False)
    reader.hub()
    reader.raise_mistakes()
    settings = reader.notifications(resolve=True)
    reader.raise_mistakes()
    return settings


def load_console(config_dir: Path) -> ConsoleSettings:
    """How the console is reached, with its secret. Raises ConfigError with all mistakes of hub.yaml."""
    from hub.settings.reader import Reader

    reader = Reader(config_dir, resolve=False)
    reader.hub()
    reader.raise_mistakes()
    settings = reader.console(resolve=True)
    reader.raise_mistakes()
    return settings


def load_certificate(config_dir: Path) -> Path | None:
    """The file with the console's own TLS certificate; None where it has none, or its setting is wrong. No secret is
    needed for that."""
    from hub.settings.reader import Reader

    reader = Reader(config_dir, resolve=False)
    reader.hub()
    certificate = reader.console_certificate()
    return None if certificate is None else config_dir.resolve().parent / certificate


def load_publishers(
    config_dir: Path, registry: Registry, only: Sequence[str] = (), *, resolve: bool = True
) -> list[FoundPublisher]:
    """The named publishers, or all that are enabled, with their secrets. Raises ConfigError with every mistake,
    UsageError for a name that is not configured."""
    from hub.settings.reader import Reader

    reader = Reader(config_dir, resolve=resolve)
    found = {each.name: each for each in reader.publishers(registry, set(only) if only else None)}
    reader.raise_mistakes()
    for name in only:
        if name not in found:
            from hub.settings.mistakes import nearest

            raise UsageError(
                f"no publisher is called `{name}`.{nearest(name, found)}",
                fix=f"Each file in config/{PUBLISHERS_FOLDER}/ is one, by its name without .yaml.",
            )
    if only:
        return [found[name] for name in dict.fromkeys(only)]
    return [each for each in found.values() if each.config is None or each.config.enabled]


def load(config_dir: Path, registry: Registry, only: Iterable[str] | None = None) -> Settings:
    """All settings, checked as a whole. Raises ConfigError with every mistake of every file.

    only   the instances to get, with their secrets; all enabled ones where None. The others are checked without theirs.
    """
    from hub.settings.reader import Reader

    reader = Reader(config_dir, resolve=True)
    hub = reader.hub()
    found = reader.instances(registry, hub, None if only is None else set(only))
    reader.raise_mistakes()
    return Settings(
        hub,
        {entry.name: Instance(entry.name, entry.config, entry.path) for entry in found if entry.config is not None},
        {entry.name: entry.error for entry in found if entry.error is not None},
        frozenset(entry.name for entry in found),
    )
