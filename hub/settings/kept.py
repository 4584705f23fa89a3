"""Settings that were judged before, as plain attributes, so that a start need not judge the same files again.

Importing pydantic and building the models takes longer than a small sync. So a sync that had to do it keeps what came
of it (`var/cache/settings.json`), and the next one takes that, provided that nothing it depends on has changed: not a
byte in any settings file, not a module of ours, not the release of pydantic.

Whatever is not certain is judged anew: a file with a reference to a secret, a connector that wants pydantic's own
objects, a plugin's connector, a missing plugin. The store's URL is the one setting that may hold a reference: it is
kept as it is written, and resolved at every start. Nothing that a reference yields is ever kept.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hub import __version__
from hub.errors import HubError
from hub.sdk.connector import Mode
from hub.settings.load import CONNECTORS_FOLDER, HUB_FILE, Instance, Settings

if TYPE_CHECKING:
    from hub.plugins import Registry

FILE = Path("cache", "settings.json")
"""Within the folder for what may be deleted."""
_CODE = ("hub", "hub/settings", "hub/sdk", "hub/model", "hub/convert", "connectors/files")
"""Folders of ours that decide what settings mean."""


_MICROSECOND = timedelta(microseconds=1)


class Plain:
    """The attributes of one settings model; `model_fields_set` tells which of them were written."""

    model_fields_set: frozenset[str]

    def __init__(self, values: Mapping[str, Any], written: frozenset[str]) -> None:
        self.__dict__.update(values, model_fields_set=written)


class _NotPlain(Exception):
    """These settings cannot be kept."""


def mark_of(config_dir: Path) -> str | None:
    """Changes whenever the settings may: with any of the files, and with our own code. None where it cannot tell."""
    mark = hashlib.blake2b(f"{__version__} {sys.version} {os.fspath(config_dir.absolute())}".encode(), digest_size=16)
    try:
        for path in _files(config_dir):
            text = path.read_bytes()
            mark.update(f"{path.name} {len(text)} ".encode() + text)
        for said in _code(Path(__file__).parents[2]):
            mark.update(said.encode())
    except OSError:
        return None
    return mark.hexdigest()


def _files(config_dir: Path) -> Iterator[Path]:
    if (config_dir / HUB_FILE).exists():
        yield config_dir / HUB_FILE
    folder = config_dir / CONNECTORS_FOLDER
    if folder.is_dir():
        yield from sorted(path for path in folder.iterdir() if not path.name.startswith((".", "_")))


def _code(home: Path) -> Iterator[str]:
    """What judges: our own modules, and the release of pydantic."""
    spec = find_spec("pydantic")
    if spec is None or spec.origin is None:
        raise FileNotFoundError
    yield Path(spec.origin).with_name("version.py").read_text(encoding="utf-8")
    for folder in _CODE:
        with os.scandir(home / folder) as entries:
            found = [(entry.name, entry.stat()) for entry in entries if entry.name.endswith(".py")]
        yield from sorted(f"{name} {stat.st_mtime_ns} {stat.st_size} " for name, stat in found)


# -- keeping ---------------------------------------------------------------------------------------------------


def keep(state_dir: Path, config_dir: Path, mark: str, settings: Settings, registry: Registry) -> None:
    """Keep settings that were just loaded, if they can be. `mark` is from before they were loaded."""
    if mark != mark_of(config_dir) or settings.unavailable or settings.names != settings.instances.keys():
        return
    try:
        store = _written_store(config_dir)
        instances = [_kept_instance(instance, config_dir, registry) for instance in settings.instances.values()]
        document = {"mark": mark, "store": store, "hub": _plain(settings.hub, leave="store"), "instances": instances}
    except (_NotPlain, HubError):
        return
    path = state_dir / FILE
    with contextlib.suppress(OSError):  # a folder that cannot be written: the next start judges again
        path.parent.mkdir(parents=True, exist_ok=True)
        scratch = path.with_suffix(f".{os.getpid()}")
        scratch.write_text(json.dumps(document), encoding="utf-8")
        scratch.replace(path)


def _written_store(config_dir: Path) -> str | None:
    """The store's URL as it is written; None where the default counts. No other setting may hold a reference."""
    from hub.settings.yaml_source import SourceMistake, read_document

    store: str | None = None
    for path in _files(config_dir):
        try:
            data = read_document(path).data if path.suffix == ".yaml" else None
        except (SourceMistake, OSError) as error:  # it has changed since it was judged
            raise _NotPlain from error
        if path.name == HUB_FILE and data:
            store = data.pop("store", None)
            for apart in ("notifications", "console"):  # kept without, since only the daemon and the console read them
                data.pop(apart, None)
        if "${" in repr(data):
            raise _NotPlain
    return store


def _kept_instance(instance: Instance, config_dir: Path, registry: Registry) -> list[Any]:
    from hub.plugins import BUILT_IN

    if instance.kind not in BUILT_IN or not registry.connector(instance.kind).plain_settings:
        raise _NotPlain
    return [instance.name, str(instance.path.relative_to(config_dir)), _plain(instance.config)]


def _plain(value: Any, leave: str = "") -> Any:
    """A value as JSON: what JSON has no word for is a list that begins with its kind."""
    fields = getattr(type(value), "model_fields", None)
    if fields is not None:
        named = {*fields, *getattr(type(value), "KEPT_PROPERTIES", ())} - {leave}
        values = {name: _plain(getattr(value, name)) for name in sorted(named)}
        return ["model", values, sorted(value.model_fields_set - {leave})]
    for kind, (name, write, _) in _KINDS.items():
        if isinstance(value, kind):
            return [name, write(value)]
    if value is None or type(value) in (str, int, float, bool):
        return value
    raise _NotPlain


def _texts(values: Mapping[Any, Any]) -> dict[str, Any]:
    if not all(type(name) is str for name in values):
        raise _NotPlain
    return {name: _plain(value) for name, value in values.items()}


def _many(values: Any) -> list[Any]:
    return [_plain(value) for value in values]


# -- finding ---------------------------------------------------------------------------------------------------


def find(state_dir: Path, config_dir: Path, mark: str) -> Settings | None:
    """The settings kept under this mark; None where there are none. Reads only the secret in the store's URL."""
    try:
        document = json.loads((state_dir / FILE).read_bytes())
        if document["mark"] != mark:
            return None
        hub = _read(document["hub"])
        hub.store = _store(document["store"], config_dir.resolve().parent)
        instances = {
            name: Instance(name, _read(config), config_dir / path) for name, path, config in document["instances"]
        }
    except (OSError, ValueError, LookupError, TypeError, AttributeError, _NotPlain):  # none, or somebody else's
        return None
    return Settings(hub, instances, {}, frozenset(instances))


def _store(written: str | None, base: Path) -> str:
    """The store's URL, with its secret."""
    from hub.settings.secrets import Unresolved, has_reference, interpolate
    from hub.settings.values import DEFAULT_STORE, store_url

    if written is None:
        return DEFAULT_STORE
    try:
        return store_url(interpolate(written, base) if has_reference(written) else written)
    except Unresolved as error:
        raise _NotPlain from error


def _read(value: Any) -> Any:
    if not isinstance(value, list):
        return value
    if value[0] == "model":
        return Plain({name: _read(each) for name, each in value[1].items()}, frozenset(value[2]))
    return _READERS[value[0]](value[1])


_KINDS: dict[type, tuple[str, Callable[[Any], Any], Callable[[Any], Any]]] = {
    Mode: ("mode", str, Mode),
    datetime: ("moment", datetime.isoformat, datetime.fromisoformat),
    date: ("day", date.isoformat, date.fromisoformat),
    timedelta: ("span", lambda span: span // _MICROSECOND, lambda count: count * _MICROSECOND),
    Decimal: ("decimal", str, Decimal),
    tuple: ("tuple", _many, lambda values: tuple(map(_read, values))),
    list: ("list", _many, lambda values: list(map(_read, values))),
    frozenset: ("set", lambda values: sorted(map(str, values)), frozenset),
    Mapping: ("mapping", _texts, lambda values: {name: _read(value) for name, value in values.items()}),
}  # fmt: skip
_READERS = {name: read for name, _, read in _KINDS.values()}
