"""Which fields a stream asks Magento for: those that its maps read, an admin's `fields:` included. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from connectors.magento.rows import DERIVED
from hub.sdk import FieldMap
from hub.sdk.fields import Keys, source_paths

Tree = dict[str, Any]
"""Field -> its own fields, empty for a value."""

_PLAIN = re.compile(r"[\w,\[\]]*")


def tree_of(kind: str, maps: Iterable[FieldMap], always: Iterable[str]) -> Tree:
    """The fields of a kind of row that its maps read, and those that the reading itself needs."""
    tree: Tree = {name: {} for name in always}
    for fields in maps:
        for keys in source_paths(fields):
            for path in underlying(kind, keys):
                _add(tree, path)
    return tree


def underlying(kind: str, keys: Keys) -> list[Keys]:
    """The paths of Magento's own that a path of ours is made of; itself, where we did not make it."""
    keys = tuple(key for key in keys if not key.isdecimal())
    derived = DERIVED.get(kind, {})
    path = max((path for path in derived if keys[: len(path)] == path), key=len, default=None)
    if path is not None:
        made, rest = derived[path], keys[len(path) :]
        return [*made.of, *([_whole((*made.on, *rest))] if made.on and rest else [])]
    return [_whole(keys)]


def _whole(keys: Keys) -> Keys:
    """Of attributes there is only all or nothing: Magento sends them as a list of names and values."""
    return keys[: keys.index("custom_attributes") + 1] if "custom_attributes" in keys else keys


def _add(tree: Tree, keys: Keys) -> None:
    for key in keys:
        tree = tree.setdefault(key, {})


def notation(tree: Mapping[str, Any]) -> str:
    """Fields as Magento's `fields` wants them: `addresses[city,id],id`; "", for all, where it could not read a name."""
    text = _written(tree)
    return text if _PLAIN.fullmatch(text) else ""


def _written(tree: Mapping[str, Any]) -> str:
    return ",".join(f"{name}[{_written(inner)}]" if inner else name for name, inner in sorted(tree.items()))
