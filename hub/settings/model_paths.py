"""Asking a settings model about a path of the YAML: which names are valid there, and is the value a secret?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, SecretBytes, SecretStr

from hub.settings.yaml_source import KeyPath


def is_secret(model: type[BaseModel], path: KeyPath) -> bool:
    """Whether a secret may stand at this path, in any of the shapes the setting allows."""
    return any(map(_is_secret, _kinds_at([model], path)))


def holds_secret(model: type[BaseModel], path: KeyPath) -> bool:
    """Whether a secret may stand at this path or anywhere below it."""
    return any(_holds(kind, frozenset()) for kind in _kinds_at([model], path))


def is_known(model: type[BaseModel], path: KeyPath) -> bool:
    """Whether the model has a setting at this path."""
    return bool(_kinds_at([model], path))


def names_at(model: type[BaseModel], path: KeyPath) -> list[str]:
    """The settings that may stand below this path."""
    names: dict[str, None] = {}
    for kind in _kinds_at([model], path):
        if _is_model(kind):
            names.update(dict.fromkeys(field.alias or name for name, field in kind.model_fields.items()))
    return list(names)


def _kinds_at(kinds: Sequence[Any], path: KeyPath) -> list[Any]:
    current = [plain for kind in kinds for plain in _alternatives(kind)]
    for step in path:
        current = [plain for kind in current for below in _below(kind, step) for plain in _alternatives(below)]
    return current


def _below(kind: Any, step: str | int) -> Iterator[Any]:
    """What may stand one step further down."""
    if _is_model(kind):
        for name, field in kind.model_fields.items():
            if step in (name, field.alias):
                yield field.annotation
        return
    origin, arguments = get_origin(kind), get_args(kind)
    if not isinstance(origin, type) or not arguments:
        return
    if issubclass(origin, Mapping) and len(arguments) == 2:
        yield arguments[1]
    elif isinstance(step, int):
        yield from (argument for argument in arguments if argument is not Ellipsis)


def _alternatives(kind: Any) -> Iterator[Any]:
    """A type without Annotated, aliases and unions around it."""
    origin = get_origin(kind)
    if origin is Annotated:
        yield from _alternatives(get_args(kind)[0])
    elif origin is Union or origin is UnionType:
        for argument in get_args(kind):
            yield from _alternatives(argument)
    elif hasattr(kind, "__value__"):  # `type X = …`
        yield from _alternatives(kind.__value__)
    else:
        yield kind


def _holds(kind: Any, above: frozenset[Any]) -> bool:
    if _is_model(kind):
        if kind in above:
            return False
        below: list[Any] = [field.annotation for field in kind.model_fields.values()]
        above |= {kind}
    else:
        below = list(get_args(kind))
    return _is_secret(kind) or any(_holds(plain, above) for argument in below for plain in _alternatives(argument))


def _is_secret(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, SecretStr | SecretBytes)


def _is_model(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)
