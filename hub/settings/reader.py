"""One pass over a configuration folder: find the files, parse and check each, and gather every mistake."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from pydantic import BaseModel

from hub.errors import ConfigError, PluginError
from hub.sdk.config import ConnectorConfig
from hub.settings.console import ConsoleSettings
from hub.settings.load import CONNECTORS_FOLDER, HUB_FILE, PUBLISHERS_FOLDER
from hub.settings.meaning import instance_mistakes, warehouse_mistakes
from hub.settings.mistakes import Mistake, found, nearest, shown_path
from hub.settings.model import INHERITED, HubSettings
from hub.settings.operations import NotificationSettings
from hub.settings.secrets import Reference
from hub.settings.validate import Part, validate
from hub.settings.yaml_source import Document, Place, SourceMistake, read_document

if TYPE_CHECKING:
    from hub.plugins import Registry
    from hub.sdk.publisher import PublisherConfig

MAX_SHOWN = 50
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,62}")
Section = TypeVar("Section", bound=BaseModel)
_OFF = {False, "no", "off", "No", "NO", "Off", "OFF"}


class Found(NamedTuple):
    """An instance as it was found. Without `config` there is a reason: a recorded mistake, the plugin's `error`, or
    secrets that nobody asked for (`references`)."""

    name: str
    kind: str
    path: Path
    enabled: bool
    config: ConnectorConfig | None = None
    error: PluginError | None = None
    references: tuple[Reference, ...] = ()


class FoundPublisher(NamedTuple):
    """A publisher as it was found. Without `config` there is a recorded mistake, or the plugin's `error`."""

    name: str
    kind: str
    path: Path
    config: PublisherConfig | None = None
    error: PluginError | None = None


class Reader:
    """Reads a folder. `resolve=False` leaves all secrets alone."""

    def __init__(self, config_dir: Path, *, resolve: bool) -> None:
        self.config_dir = config_dir
        self.base = config_dir.resolve().parent
        self.resolve = resolve
        self.mistakes: list[Mistake] = []
        self._hub_document: Document | None = None

    def raise_mistakes(self) -> None:
        """Raise ConfigError with all mistakes, if there are any."""
        if not self.mistakes:
            return
        texts = list(dict.fromkeys(str(mistake) for mistake in sorted(self.mistakes)))
        shown = texts[:MAX_SHOWN]
        if len(texts) > MAX_SHOWN:
            shown.append(f"… and {len(texts) - MAX_SHOWN} more")
        count = "1 mistake" if len(texts) == 1 else f"{len(texts)} mistakes"
        raise ConfigError(f"{count} in the configuration; nothing was run.", mistakes=tuple(shown))

    def hub(self) -> HubSettings:
        """hub.yaml; the defaults where there is none, or where it is wrong (which is recorded)."""
        path = self.config_dir / HUB_FILE
        if path.exists() or path.is_symlink():
            self._hub_document = self._read(path)
        if self._hub_document is None:
            return HubSettings()
        part = Part(self._hub_document)
        apart = ("connectors", "notifications", "console")
        outcome = validate(HubSettings, part, base=self.base, resolve=self.resolve, given={}, skip=apart)
        self.mistakes += outcome.mistakes
        self.notifications(resolve=False)
        self.console(resolve=False)
        return outcome.settings or HubSettings()

    def notifications(self, *, resolve: bool) -> NotificationSettings:
        """What hub.yaml says under `notifications`, apart from the rest: only the daemon needs its secrets."""
        return self._section("notifications", NotificationSettings, resolve=resolve)

    def console(self, *, resolve: bool) -> ConsoleSettings:
        """What hub.yaml says under `console`, apart from the rest: only the console needs its secret."""
        return self._section("console", ConsoleSettings, resolve=resolve)

    def console_certificate(self) -> Path | None:
        """What hub.yaml says under `console: tls: certificate`."""
        data = self._hub_document.data if self._hub_document is not None else None
        for name in ("console", "tls", "certificate"):
            data = data.get(name) if isinstance(data, dict) else None
        return Path(data) if isinstance(data, str) and data else None

    def _section(self, name: str, model: type[Section], *, resolve: bool) -> Section:
        document = self._hub_document
        if document is None or not isinstance(document.data, dict) or document.data.get(name) is None:
            return model()
        outcome = validate(model, Part(document, (name,)), base=self.base, resolve=resolve, given={})
        self.mistakes += outcome.mistakes
        return outcome.settings or model()

    def instances(self, registry: Registry, hub: HubSettings, wanted: set[str] | None) -> list[Found]:
        """Every instance, by name; secrets are read for those wanted, or for all enabled ones."""
        given = {name: getattr(hub.defaults, name) for name in INHERITED}
        instances = []
        parts = self._named_parts()
        if self._hub_document is not None:
            self.mistakes += warehouse_mistakes(Part(self._hub_document), parts)
        for name, part in sorted(parts.items()):
            kind = self._kind(part, registry)
            if kind is not None:
                instances.append(self._instance(name, kind, part, registry, given=given, wanted=wanted))
        return instances

    def publishers(self, registry: Registry, wanted: set[str] | None) -> list[FoundPublisher]:
        """Every publisher, by name; secrets are read for those wanted, or for all enabled ones."""
        found = []
        for name, part in sorted(self._file_parts(PUBLISHERS_FOLDER).items()):
            if not isinstance(part.data, dict):
                self.mistakes.append(part.mistake("expected a mapping that begins with `kind: …`."))
                continue
            kind = part.data.get("kind")
            enabled = part.data.get("enabled") not in _OFF
            needed = self.resolve and (enabled if wanted is None else name in wanted)
            try:
                publisher = registry.publisher(kind if isinstance(kind, str) else "")
                outcome = validate(publisher.config_model, part, base=self.base, resolve=needed, given={})
            except PluginError as error:
                reason = PluginError(error.problem, fix=error.fix, where=name)
                found.append(FoundPublisher(name, str(kind), part.document.path, error=reason))
            except ConfigError as error:
                self.mistakes.append(part.mistake(error.problem, ("kind",) if kind else ()))
            else:
                self.mistakes += outcome.mistakes
                found.append(FoundPublisher(name, str(kind), part.document.path, outcome.settings))
        return found

    def _instance(
        self, name: str, kind: str, part: Part, registry: Registry, *, given: Mapping[str, Any], wanted: set[str] | None
    ) -> Found:
        path, enabled = part.document.path, part.data.get("enabled") not in _OFF
        needed = self.resolve and (enabled if wanted is None else name in wanted)
        try:
            connector = registry.connector(kind)
            outcome = validate(connector.config_model, part, base=self.base, resolve=needed, given=given)
        except PluginError as error:
            return Found(name, kind, path, enabled, error=PluginError(error.problem, fix=error.fix, where=name))
        except ConfigError as error:  # a plugin of that name, which does not bring that kind
            self.mistakes.append(part.mistake(error.problem, ("kind",)))
            return Found(name, kind, path, enabled)
        self.mistakes += [*outcome.mistakes, *instance_mistakes(connector, part)]
        return Found(name, kind, path, enabled, outcome.settings, references=tuple(outcome.references))

    def _kind(self, part: Part, registry: Registry) -> str | None:
        """The instance's kind; what is wrong with it is recorded."""
        data = part.data
        if not isinstance(data, dict):
            self.mistakes.append(part.mistake("expected a mapping that begins with `kind: …`."))
            return None
        kind = data.get("kind")
        if kind is None:
            self.mistakes.append(part.mistake(f"the setting `kind` is missing.{nearest('', registry.kinds())}"))
        elif not isinstance(kind, str):
            self.mistakes.append(part.mistake(f"kind: expected a text, found {found(kind)}.", ("kind",), key=True))
        elif not registry.knows(kind):
            self.mistakes.append(part.mistake(registry.unknown(kind), ("kind",)))
        else:
            return kind
        return None

    # -- files -------------------------------------------------------------------------------------------------

    def _named_parts(self) -> dict[str, Part]:
        """Every instance's settings, from hub.yaml and from the files."""
        return self._file_parts(CONNECTORS_FOLDER, dict(self._inline_parts()))

    def _file_parts(self, folder: str, inline: Mapping[str, Part] = MappingProxyType({})) -> dict[str, Part]:
        """The settings in the files of a folder, by their names, and those that are `inline`."""
        parts = dict(inline)
        for path in self._files(folder):
            document = self._read(path)
            if document is None:
                continue
            part = Part(document)
            if path.stem in parts:
                other = shown_path(parts[path.stem].document.path)
                self.mistakes.append(part.mistake(f"the instance `{path.stem}` is also in {other}. Keep one."))
            elif self._name_is_valid(path.stem, part):
                parts[path.stem] = part
        return parts

    def _inline_parts(self) -> Iterator[tuple[str, Part]]:
        document = self._hub_document
        inline = document.data.get("connectors") if document and isinstance(document.data, dict) else None
        if document is None or inline is None:
            return
        if not isinstance(inline, dict):
            problem = "connectors: expected a mapping of names, each with its settings below."
            self.mistakes.append(Part(document).mistake(problem, ("connectors",), key=True))
            return
        for name in inline:
            part = Part(document, ("connectors", name))
            if self._name_is_valid(name, part):
                yield name, part

    def _name_is_valid(self, name: str, part: Part) -> bool:
        valid = bool(_NAME.fullmatch(name))
        if not valid:
            problem = "an instance's name has up to 63 letters, digits, - and _, and begins with a letter or a digit."
            self.mistakes.append(part.mistake(problem))
        return valid

    def _files(self, name: str) -> list[Path]:
        folder = self.config_dir / name
        if not folder.is_dir():
            return []
        paths = [path for path in sorted(folder.iterdir()) if not path.name.startswith((".", "_"))]
        for path in paths:
            if path.suffix == ".yml":
                self.mistakes.append(Mistake(path, Place(), "ends in .yml. Rename it to .yaml."))
        return [path for path in paths if path.suffix == ".yaml"]

    def _read(self, path: Path) -> Document | None:
        if path.exists() and not path.is_file():
            self.mistakes.append(Mistake(path, Place(), "is not a file."))
            return None
        try:
            document = read_document(path)
        except SourceMistake as mistake:
            self.mistakes.append(Mistake(path, mistake.place, mistake.problem))
            return None
        except OSError as error:
            reason = error.strerror or type(error).__name__
            self.mistakes.append(Mistake(path, Place(), f"cannot be read ({reason})."))
            return None
        for repeated, place, first in document.repeated:
            problem = f"`{str(repeated[-1])[:40]}` stands twice; first in line {first.line}. Keep one."
            self.mistakes.append(Mistake(path, place, problem))
        return document
