"""Settings as people look at them: each with its file and line, what was written and what is a default, and what a
reload would change. No secret is ever in here: references are shown as they stand, anything else in their place is not.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hub import log
from hub.errors import HubError
from hub.settings import model_paths, secrets
from hub.settings.load import CONNECTORS_FOLDER, HUB_FILE
from hub.settings.model import HubSettings
from hub.settings.reader import Reader
from hub.settings.validate import Part
from hub.settings.yaml_source import Document, KeyPath, SourceMistake, read_document

if TYPE_CHECKING:
    from pydantic import BaseModel

    from hub.plugins import Registry

IN_FORCE = Path("cache", "in_force.json")
"""Within the folder for what may be deleted: the settings that the daemon works by."""
HIDDEN = "•••"
_DEFAULT = ""


@dataclass(frozen=True)
class Setting:
    """One setting. `line` is 0 for a default. `value` is how it stands in the file, or the default as text."""

    name: str
    value: str
    line: int


@dataclass(frozen=True)
class File:
    """One settings file. `name` is its path below the configuration folder; `problem` says why it cannot be read."""

    name: str
    kind: str
    written: tuple[Setting, ...] = ()
    defaults: tuple[Setting, ...] = ()
    problem: str = ""


@dataclass(frozen=True)
class Change:
    """What a reload would change. `before` and `after` are None where the setting was not, or will not be there."""

    file: str
    name: str
    before: str | None
    after: str | None


def files(config_dir: Path, registry: Registry) -> list[File]:
    """Every settings file, hub.yaml first. Mistakes hide nothing but what they are about."""
    found = []
    hub = config_dir / HUB_FILE
    if hub.is_file():
        found.append(_file(config_dir, hub, HubSettings, "hub"))
    folder = config_dir / CONNECTORS_FOLDER
    paths = sorted(folder.glob("*.yaml")) if folder.is_dir() else []
    found += [_connector(config_dir, path, registry) for path in paths if not path.name.startswith((".", "_"))]
    return found


def mistakes(config_dir: Path, registry: Registry) -> tuple[str, ...]:
    """What is wrong with the files as they are now, each with file:line:column."""
    reader = Reader(config_dir, resolve=False)
    try:
        reader.instances(registry, reader.hub(), None)
        reader.raise_mistakes()
    except HubError as error:
        return tuple(getattr(error, "mistakes", ())) or (str(error),)
    return ()


def _connector(config_dir: Path, path: Path, registry: Registry) -> File:
    try:
        data = read_document(path).data
        kind = str(data.get("kind", "")) if isinstance(data, dict) else ""
        model = registry.connector(kind).config_model
    except (HubError, SourceMistake, OSError):
        return _file(config_dir, path, None, "")
    return _file(config_dir, path, model, kind)


def _file(config_dir: Path, path: Path, model: type[BaseModel] | None, kind: str) -> File:
    name = str(path.relative_to(config_dir))
    try:
        document = read_document(path)
    except SourceMistake as mistake:
        return File(name, kind, problem=f"{name}:{mistake.place.line}: {log.redact(mistake.problem)}")
    except OSError as error:
        return File(name, kind, problem=f"{name}: {error.strerror}")
    if not isinstance(document.data, dict):
        return File(name, kind, problem="" if document.data is None else f"{name}: expected a mapping")
    return File(name, kind, tuple(_written(document, model)), tuple(_defaults(document, model)) if model else ())


def _written(document: Document, model: type[BaseModel] | None) -> Iterator[Setting]:
    part = Part(document)
    for path, value in _leaves(document.data, ()):
        shown = _shown(document, model, path, value)
        yield Setting(_name(path), shown, part.place(path, key=True).line)


def _leaves(data: Any, path: KeyPath) -> Iterator[tuple[KeyPath, Any]]:
    if isinstance(data, dict) and data:
        for key, value in data.items():
            yield from _leaves(value, (*path, key))
    elif isinstance(data, list) and any(isinstance(each, dict | list) for each in data):
        for place, value in enumerate(data):
            yield from _leaves(value, (*path, place))
    else:
        yield path, data


def _shown(document: Document, model: type[BaseModel] | None, path: KeyPath, value: Any) -> str:
    """A value as it stands; where a secret may stand, or nobody knows, only references are shown."""
    if isinstance(value, str):
        if _may_be_secret(model, path) and not secrets.is_reference(value) and path != ("kind",):
            return HIDDEN
        return log.redact(document.written.get(path, value))
    if isinstance(value, list):
        return ", ".join(_shown(document, model, (*path, place), each) for place, each in enumerate(value))
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None or value == {} else str(document.written.get(path, value))


def _may_be_secret(model: type[BaseModel] | None, path: KeyPath) -> bool:
    """By the nearest setting above that the model knows: a name that it does not know may be a misspelt secret."""
    if model is None:
        return True
    known = path
    while known and not model_paths.is_known(model, known):
        known = known[:-1]
    return not known or model_paths.holds_secret(model, known)


def _defaults(document: Document, model: type[BaseModel]) -> Iterator[Setting]:
    for name, field in model.model_fields.items():
        if (field.alias or name) not in document.data and not field.is_required():
            value = field.get_default(call_default_factory=True)
            text = _default_text(value)
            if text:
                yield Setting(field.alias or name, text, 0)


def _default_text(value: Any) -> str:
    if value is None or (hasattr(value, "__len__") and len(value) == 0):
        return _DEFAULT
    if hasattr(type(value), "model_fields"):
        return ", ".join(
            f"{name}: {_default_text(getattr(value, name, None))}"
            for name in type(value).model_fields
            if _default_text(getattr(value, name, None))
        )
    return str(value).lower() if isinstance(value, bool) else str(value)


def _name(path: KeyPath) -> str:
    return ".".join(f"[{step}]" if isinstance(step, int) else str(step) for step in path).replace(".[", "[")


# -- in force, and what a reload would change ------------------------------------------------------------------


def keep_in_force(state_dir: Path, config_dir: Path, registry: Registry) -> None:
    """Note the settings that the daemon works by from now on. A folder that cannot be written stops nothing."""
    document = {
        "at": datetime.now(UTC).isoformat(),
        "files": {each.name: {s.name: s.value for s in each.written} for each in files(config_dir, registry)},
    }
    path = state_dir / IN_FORCE
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        scratch = path.with_suffix(".new")
        scratch.write_text(json.dumps(document), encoding="utf-8")
        scratch.replace(path)


def changes(state_dir: Path, found: list[File]) -> tuple[datetime | None, list[Change]]:
    """Since when settings are in force, and how the files differ from them by now. No time where no daemon of this
    machine has noted any."""
    try:
        document = json.loads((state_dir / IN_FORCE).read_bytes())
        at, before = datetime.fromisoformat(document["at"]), dict(document["files"])
    except (OSError, ValueError, LookupError, TypeError):
        return None, []
    after = {each.name: {s.name: s.value for s in each.written} for each in found}
    listed = []
    for file in sorted({*before, *after}):
        old, new = before.get(file, {}), after.get(file, {})
        listed += [
            Change(file, name, old.get(name), new.get(name))
            for name in dict.fromkeys([*new, *old])
            if old.get(name) != new.get(name)
        ]
    return at, listed
