"""One source value becomes one canonical value, in the physical form that `hub.model.kinds.Kind` defines.

`CONVERTERS` holds every way to read a value, by the name that YAML uses; `bind` makes one ready for a column. Pure:
no network, no store, no clock. A value that breaks a rule raises RowRejected with a reason that does not repeat it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from hub.convert.base import Bound, Bulk, Converter, Misfit, Option, Scalar, nearest
from hub.convert.codes import COUNTRY, CURRENCY, UNIT
from hub.convert.flags import BOOLEAN
from hub.convert.numbers import DECIMAL, INTEGER, MINOR_UNITS
from hub.convert.text import JSON, TEXT, WORD, plain_text
from hub.convert.times import DATE, UTC_MOMENT
from hub.model.kinds import Column, Kind

CONVERTERS: dict[str, Converter] = {
    converter.name: converter
    for converter in (
        TEXT,
        INTEGER,
        BOOLEAN,
        DECIMAL,
        MINOR_UNITS,
        UTC_MOMENT,
        DATE,
        COUNTRY,
        CURRENCY,
        UNIT,
        WORD,
        JSON,
    )
}

_BY_KIND = {
    Kind.TEXT: TEXT,
    Kind.INTEGER: INTEGER,
    Kind.BOOLEAN: BOOLEAN,
    Kind.DECIMAL: DECIMAL,
    Kind.UTC: UTC_MOMENT,
    Kind.DATE: DATE,
    Kind.JSON: JSON,
}


def converter_for(column: Column, name: str | None = None) -> Converter:
    """The named converter, or the column's own. Misfit where it is unknown or makes another kind of value."""
    if name is None:
        if column.vocabulary:
            return WORD
        return CONVERTERS[column.format] if column.format else _BY_KIND[column.kind]
    converter = CONVERTERS.get(name)
    if converter is None:
        raise Misfit("convert", f"there is no converter `{name}`.{nearest(name, list(CONVERTERS))}")
    if converter.kind is not column.kind:
        text = f"`{name}` makes {converter.kind.value}, but {column.name} holds {column.kind.value}."
        raise Misfit("convert", text)
    return converter


def mistakes_in(converter: Converter, options: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What is wrong with each option taken alone: (its name, a sentence)."""
    known = {option.name: option for option in converter.options}
    for name, value in options.items():
        option = known.get(name)
        if option is None:
            has = f"it takes {', '.join(known)}" if known else "it takes none"
            yield name, f"`{converter.name}` has no option `{name}`; {has}.{nearest(name, list(known))}"
        elif not _fits(option, value):
            yield name, f"`{name}` is {_expected(option)}."


def _fits(option: Option, value: Any) -> bool:
    if option.many and isinstance(value, list | tuple):
        return bool(value) and all(isinstance(each, option.type) for each in value)
    if not isinstance(value, option.type) or (isinstance(value, bool) and option.type is not bool):
        return False
    return not option.choices or value in option.choices


def _expected(option: Option) -> str:
    if option.choices:
        return "one of " + ", ".join(f"`{choice}`" for choice in option.choices)
    name = {str: "a text", int: "a whole number", bool: "true or false"}[option.type]
    return f"{name} or a list of them" if option.many else name


def bind(column: Column, name: str | None = None, options: Mapping[str, Any] | None = None) -> Bound:
    """A converter made ready for one column. Misfit, a ValueError with a sentence, where name or options are wrong."""
    converter = converter_for(column, name)
    options = options or {}
    for key, sentence in mistakes_in(converter, options):
        raise Misfit(key, sentence)
    try:
        return converter.build(column, options)
    except Misfit:
        raise
    except ValueError as error:
        raise Misfit(next(iter(options), "convert"), str(error)) from None


__all__ = [
    "CONVERTERS", "Bound", "Bulk", "Converter", "Misfit", "Option", "Scalar", "bind", "converter_for", "mistakes_in",
    "nearest", "plain_text",
]  # fmt: skip
