"""Paths into a source row: `customer.id`, `lines.0.sku`, `^id` in the parent row, `Net\\.total` for a dotted key."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from itertools import repeat
from operator import itemgetter
from typing import Any, NamedTuple

from hub.convert.base import shape
from hub.errors import RowRejected


class Path(NamedTuple):
    """`up` levels towards the page's own row, then down the keys."""

    up: int
    keys: tuple[str, ...]


@lru_cache(4096)
def parse(text: str) -> Path:
    """A path as written. ValueError where it names nothing."""
    bare = text.lstrip("^")
    keys: list[str] = [""]
    letters = iter(bare)
    for letter in letters:
        if letter == "\\":
            keys[-1] += next(letters, "\\")
        elif letter == ".":
            keys.append("")
        else:
            keys[-1] += letter
    if not all(keys):
        raise ValueError(
            f"`{text}` is not a path; write `field`, `field.inner` or `list.0`, and `\\.` for a dot in a key."
        )
    return Path(len(text) - len(bare), tuple(keys))


@lru_cache(1024)
def parse_each(text: str) -> tuple[Path, ...]:
    """The lists that an `each` walks, the outermost first: `refunds[].lines` are two."""
    return tuple(parse(part) for part in text.split("[]."))


def column(rows: Sequence[dict[str, Any]], keys: tuple[str, ...]) -> list[Any]:
    """The values at a path, one for each row: None where it is missing, RowRejected where something bars the way."""
    first, *rest = keys
    try:
        values = list(map(itemgetter(first), rows))
    except KeyError:
        values = list(map(dict.get, rows, repeat(first)))
    for key in rest:
        values = _inside(values, key)
    return values


def _inside(values: list[Any], key: str) -> list[Any]:
    if set(map(type, values)) == {dict}:
        return [value.get(key) for value in values]
    return [value.get(key) if type(value) is dict else _step(value, key) for value in values]


def _step(value: Any, key: str) -> Any:
    """One step where the value is not a plain object. PHP writes `[]` for an empty object, others a blank text."""
    if value is None or isinstance(value, RowRejected):
        return value
    if isinstance(value, dict):
        return value.get(key)
    if isinstance(value, list | tuple):
        if not value:
            return None
        if key.isdecimal():
            return value[int(key)] if int(key) < len(value) else None
    if isinstance(value, str) and not value.strip():
        return None
    return RowRejected(f"is sought in an object, but the source has {shape(value)} there")
