"""What a converter is: a name, the kind of value it makes, its options, and how to build the function for a column."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from difflib import get_close_matches
from typing import Any, NamedTuple

from hub.errors import RowRejected
from hub.model.kinds import Column, Kind

Scalar = Callable[[Any], Any]
"""One source value -> its physical form; None for "no value"; raises RowRejected."""

Bulk = Callable[[list[Any]], list[Any]]
"""The same over a whole column, quickly. May raise anything: the caller then goes value by value with the `Scalar`."""


class Option(NamedTuple):
    """One thing an admin may set for a converter in YAML."""

    name: str
    type: type
    description: str
    default: Any = None
    choices: tuple[Any, ...] = ()
    many: bool = False
    """A list of such values will do as well."""


class Bound(NamedTuple):
    """A converter made ready for one column.

    memo   the result depends on the value alone, and values repeat: worth remembering
    """

    scalar: Scalar
    bulk: Bulk | None = None
    memo: bool = False


Build = Callable[[Column, Mapping[str, Any]], Bound]
"""`(column, options) -> Bound`; raises Misfit, or ValueError with a sentence, where the options make no sense."""


class Converter(NamedTuple):
    """A way to read a value. `CONVERTERS` holds all of them; the reference is generated from it."""

    name: str
    kind: Kind
    description: str
    build: Build
    options: tuple[Option, ...] = ()


class Misfit(ValueError):
    """A converter, option, constant or default that cannot work for a column. `key` is the word in YAML to look at."""

    def __init__(self, key: str, sentence: str) -> None:
        super().__init__(sentence)
        self.key = key


def refused(reason: str, rule: str = "type") -> RowRejected:
    """To be raised for a value. `reason` goes on from the field's name (`is not a number`), without the value."""
    return RowRejected(reason, rule=rule)


def shape(value: Any) -> str:
    """What kind of thing a value is, for a person, without the value."""
    if isinstance(value, Mapping):
        return "an object"
    if isinstance(value, list | tuple):
        return "a list"
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, str):
        return "a text"
    if isinstance(value, bytes | bytearray | memoryview):
        return "binary data"
    return "a number" if isinstance(value, int | float) else f"a {type(value).__name__}"


def nearest(word: str, known: list[str] | tuple[str, ...]) -> str:
    """` Did you mean ...?` where something near is known, otherwise nothing."""
    near = get_close_matches(word, known, n=1, cutoff=0.6)
    return f" Did you mean `{near[0]}`?" if near else ""
