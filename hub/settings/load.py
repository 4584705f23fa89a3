"""From the configuration folder to typed settings: every file is read, and all mistakes are told at once."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hub.errors import ConfigError, PluginError, UsageError
from hub.sdk.config import ConnectorConfig
from hub.settings.meaning import instance_mistakes
from hub.settings.mistakes import Mistake, nearest, shown_path
from hub.settings.model import INHERITED, HubSettings
from hub.settings.validate import Part, validate
from hub.settings.yaml_source import Document, SourceMistake, read_document

if TYPE_CHECKING:
    from hub.plugins import Registry

HUB_FILE = "hub.yaml"
CONNECTORS_FOLDER = "connectors"
MAX_SHOWN = 50
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,62}")


@dataclass(frozen=True)
class Instance:
    """One configured system: the admin's name for it, its typed settings, and the file they come from."""

    name: str
    config: ConnectorConfig
    path: Path

    @property
    def kind(self) -> str:
        return self.config.kind


@dataclass(frozen=True)
class Settings:
    """All of a configuration folder.

    instances    name -> instance, those that are `enabled: false` too
    unavailable  instances whose plugin is missing or broken; the others can go on without them
    """

    hub: HubSettings
    instances: Mapping[str, Instance] = field(default_factory=dict)
    unavailable: Mapping[str, PluginError] = field(default_factory=dict)

    def select(self, names: Sequence[str] = ()) -> list[Instance]:
        """The named instances, or all enabled ones. Raises UsageError for a name that is not configured and
        PluginError for a named one whose plugin does not load."""
        for name in names:
            if name in self.unavailable:
                raise self.unavailable[name]
            if name not in self.instances:
                raise UsageError(
                    f"no connector instance is called `{name}`.{nearest(name, {*self.instances, *self.unavailable})}",
                    fix="Names are those of the files in config/connectors/.",
                )
        return [
            instance
            for name, instance in self.instances.items()
            if (name in names if names else instance.config.enabled)
        ]


def find_config(given: Path | None = None) -> Path:
    """The configuration folder: the one given, else HUB_CONFIG, else ./config. Raises ConfigError with the remedy."""
    named = given or (Path(os.environ["HUB_CONFIG"]) if os.environ.get("HUB_CONFIG") else None)
    folder = named or Path("config")
    if folder.is_file() and folder.name == HUB_FILE:
        folder = folder.parent
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
    """Only config/hub.yaml: for commands that look at nothing but the store. Raises ConfigError."""
    reader = _Reader(config_dir, resolve=True)
    settings = reader.hub()
    reader.raise_mistakes()
    assert settings is not None
    return settings


def load(config_dir: Path, registry: Registry, only: Iterable[str] | None = None, *, resolve: bool = True) -> Settings:
    """All settings, checked as a whole. Raises ConfigError with every mistake of every file.

    only     instances whose secrets are needed; all enabled ones where None. The others are checked without them.
    resolve  False checks everything without any secret; `instances` then holds only those without references.
    """
    reader = _Reader(config_dir, resolve=resolve)
    hub = reader.hub()
    wanted = None if only is None else set(only)
    instances, unavailable = reader.instances(registry, hub or HubSettings(), wanted)
    reader.raise_mistakes()
    assert hub is not None
    return Settings(hub, instances, unavailable)


class _Reader:
    """One pass over a configuration folder, gathering mistakes."""

    def __init__(self, config_dir: Path, *, resolve: bool) -> None:
        self.config_dir = config_dir
        self.base = config_dir.resolve().parent
        self.resolve = resolve
        self.mistakes: list[Mistake] = []
        self._hub_document: Document | None = None

    def raise_mistakes(self) -> None:
        if not self.mistakes:
            return
        texts = list(dict.fromkeys(str(mistake) for mistake in sorted(self.mistakes)))
        shown = texts[:MAX_SHOWN]
        if len(texts) > MAX_SHOWN:
            shown.append(f"… and {len(texts) - MAX_SHOWN} more")
        count = "1 mistake" if len(texts) == 1 else f"{len(texts)} mistakes"
        raise ConfigError(f"{count} in the configuration; nothing was run.", mistakes=tuple(shown))

    def hub(self) -> HubSettings | None:
        """hub.yaml; a folder without one has the default settings."""
        path = self.config_dir / HUB_FILE
        if not path.exists():
            return HubSettings()
        self._hub_document = document = self._read(path)
        if document is None:
            return None
        outcome = validate(
            HubSettings, Part(document), base=self.base, resolve=self.resolve, given={}, skip=("connectors",)
        )
        self.mistakes += outcome.mistakes
        return outcome.settings or (None if outcome.mistakes else HubSettings())

    def instances(
        self, registry: Registry, hub: HubSettings, wanted: set[str] | None
    ) -> tuple[dict[str, Instance], dict[str, PluginError]]:
        parts = self._named_parts()
        given = {name: getattr(hub.defaults, name) for name in INHERITED}
        instances: dict[str, Instance] = {}
        unavailable: dict[str, PluginError] = {}
        for name, part in sorted(parts.items()):
            try:
                config = self._instance(name, part, registry, given, wanted)
            except PluginError as error:
                unavailable[name] = PluginError(error.problem, fix=error.fix, where=error.where or name)
                continue
            if config is not None:
                instances[name] = Instance(name, config, part.document.path)
        return instances, unavailable

    def _instance(
        self, name: str, part: Part, registry: Registry, given: Mapping[str, Any], wanted: set[str] | None
    ) -> ConnectorConfig | None:
        data = part.data
        if not isinstance(data, dict):
            self.mistakes.append(part.mistake("expected a mapping that begins with `kind: …`."))
            return None
        kind = data.get("kind")
        if not isinstance(kind, str):
            self.mistakes.append(
                part.mistake(f"the setting `kind` is missing or no text.{nearest(str(kind or ''), registry.kinds())}")
            )
            return None
        if not registry.knows(kind):
            self.mistakes.append(part.mistake(registry.unknown(kind), ("kind",)))
            return None
        connector = registry.connector(kind)
        needed = self.resolve and (name in wanted if wanted is not None else data.get("enabled", True) is not False)
        outcome = validate(connector.config_model, part, base=self.base, resolve=needed, given=given)
        self.mistakes += [*outcome.mistakes, *instance_mistakes(connector, part)]
        return outcome.settings

    # -- files -------------------------------------------------------------------------------------------------

    def _named_parts(self) -> dict[str, Part]:
        parts = dict(self._inline_parts())
        for path in self._files():
            name = path.stem
            document = self._read(path)
            if document is None:
                continue
            part = Part(document)
            if name in parts:
                self.mistakes.append(
                    part.mistake(f"the instance `{name}` is also in {shown_path(parts[name].document.path)}. Keep one.")
                )
            elif self._name_is_valid(name, part):
                parts[name] = part
        return parts

    def _inline_parts(self) -> Iterator[tuple[str, Part]]:
        document = self._hub_document
        inline = document.data.get("connectors") if document and isinstance(document.data, dict) else None
        if not document or inline is None:
            return
        if not isinstance(inline, dict):
            self.mistakes.append(
                Part(document).mistake("expected a mapping: `name:` with settings below.", ("connectors",))
            )
            return
        for name in inline:
            part = Part(document, ("connectors", name))
            if self._name_is_valid(name, part):
                yield name, part

    def _name_is_valid(self, name: str, part: Part) -> bool:
        if _NAME.fullmatch(name):
            return True
        self.mistakes.append(
            part.mistake(
                "an instance's name has letters, digits, - and _ only, 63 at most, and begins with a letter or digit."
            )
        )
        return False

    def _files(self) -> list[Path]:
        folder = self.config_dir / CONNECTORS_FOLDER
        if not folder.is_dir():
            return []
        found = [path for path in sorted(folder.iterdir()) if not path.name.startswith((".", "_"))]
        for path in found:
            if path.suffix == ".yml":
                self.mistakes.append(Mistake(path, Document(path).place(()), "ends in .yml. Rename it to .yaml."))
        return [path for path in found if path.suffix == ".yaml"]

    def _read(self, path: Path) -> Document | None:
        try:
            document = read_document(path)
        except SourceMistake as mistake:
            self.mistakes.append(Mistake(path, mistake.place, mistake.problem))
            return None
        except OSError as error:
            reason = error.strerror or type(error).__name__
            self.mistakes.append(Mistake(path, Document(path).place(()), f"cannot be read ({reason})."))
            return None
        for repeated, place, first in document.repeated:
            self.mistakes.append(
                Mistake(path, place, f"`{repeated[-1]}` stands twice; first in line {first.line}. Keep one.")
            )
        return document
