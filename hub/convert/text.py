"""Texts, words of a vocabulary, and JSON."""

from __future__ import annotations

import json as stdlib_json
import math
from collections.abc import Mapping
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from hub.convert.base import Bound, Bulk, Converter, Option, Scalar, refused, shape
from hub.errors import RowRejected
from hub.model.kinds import Column, Kind

_EXACT_FLOAT = 10**15
"""Whole floats below this have no other reading than the integer."""
_MAX_DIGITS = 1000
_TOO_MANY_DIGITS = 10**_MAX_DIGITS


def plain_text(value: Any) -> str | None:
    """A scalar as a person would write it: `13313.0` from a spreadsheet is `13313`. None where nothing is left."""
    if isinstance(value, str):
        text = value.strip()
    elif value is None:
        return None
    elif isinstance(value, bool):
        text = "true" if value else "false"
    elif isinstance(value, int):
        text = _digits(value)
    elif isinstance(value, float):
        text = _float_text(value)
    elif isinstance(value, Decimal):
        text = _decimal_text(value)
    elif isinstance(value, date | time):
        text = value.isoformat()
    else:
        text = _odd_text(value)
    if not text:
        return None
    if "\0" in text:
        raise refused("holds a NUL character", "format")
    if not text.isascii():
        _require_unicode(text)
    return text


def _odd_text(value: Any) -> str:
    from uuid import UUID  # costs more to load than a small sync should pay, and hardly any source has one

    if not isinstance(value, UUID):
        raise refused(f"is {shape(value)}, a text is expected")
    return str(value)


def _digits(value: int) -> str:
    if abs(value) >= _TOO_MANY_DIGITS:
        raise refused(f"is a number with more than {_MAX_DIGITS} digits", "length")
    return str(value)


def _float_text(value: float) -> str:
    if not math.isfinite(value):
        raise refused("is not a finite number")
    return str(int(value)) if value.is_integer() and abs(value) < _EXACT_FLOAT else repr(value)


def _decimal_text(value: Decimal) -> str:
    if not value.is_finite():
        raise refused("is not a finite number")
    if abs(value.adjusted()) >= _MAX_DIGITS:
        raise refused(f"is a number with more than {_MAX_DIGITS} digits", "length")
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _require_unicode(text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError:
        raise refused("holds half a character (a lone surrogate)", "format") from None


_CASES: dict[str, Any] = {"lower": str.lower, "upper": str.upper}


def _build_text(column: Column, options: Mapping[str, Any]) -> Bound:
    limit = column.max_length
    truncate = options.get("truncate", False)
    recase = _CASES.get(options.get("case", ""))

    def scalar(value: Any) -> str | None:
        text = plain_text(value)
        if text is None:
            return None
        if recase:
            text = recase(text)
        if limit is not None and len(text) > limit:
            if not truncate:
                raise refused(f"has {len(text)} characters, {limit} are kept", "length")
            text = text[:limit].rstrip()
        return text

    return Bound(scalar, None if recase or truncate else _text_bulk(limit))


def _text_bulk(limit: int | None) -> Bulk:
    def bulk(values: list[Any]) -> list[Any]:
        longest = limit
        if None in values:
            values = ["" if value is None else value for value in values]
        try:
            texts = list(map(str.strip, values))
        except TypeError:  # numbers among them: a list of plain ints is common enough for ids
            if set(map(type, values)) != {int}:
                raise
            texts = list(map(str, values))
            longest = _MAX_DIGITS if limit is None else limit
        joined = "".join(texts)
        if "\0" in joined or (longest is not None and max(map(len, texts), default=0) > longest):
            raise ValueError
        if not joined.isascii():
            joined.encode()
        return [text or None for text in texts] if "" in texts else texts

    return bulk


def _build_word(column: Column, options: Mapping[str, Any]) -> Bound:
    if not column.vocabulary:
        raise ValueError(f"`word` reads a closed vocabulary, and {column.name} has none.")
    return Bound(word_scalar(column.vocabulary), memo=True)


def word_scalar(vocabulary: tuple[str, ...]) -> Scalar:
    """The vocabulary's word that a source's word stands for: the same letters in any case, blanks for underscores."""
    ours = {word: word for word in vocabulary}

    def scalar(value: Any) -> str | None:
        text = plain_text(value)
        if text is None:
            return None
        word = ours.get(text) or ours.get(text.casefold().replace(" ", "_").replace("-", "_"))
        if word is None:
            seen = f"`{text}`" if len(text) <= 40 and text.isprintable() else "a long text"
            raise refused(f"is {seen}, which is none of: {', '.join(vocabulary)}; list it under `values`", "vocabulary")
        return word

    return scalar


def json_text(value: Any) -> str | None:
    """A value as JSON with sorted keys. Empty objects and lists count as no value."""
    if value is None or value in ({}, []) or (isinstance(value, str) and not value.strip()):
        return None
    try:
        text = stdlib_json.dumps(
            value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False, default=_jsonable
        )
        text.encode()
    except (RowRejected, TypeError, ValueError, RecursionError):
        raise refused("cannot be written as JSON", "format") from None
    if "\\u0000" in text and _holds_nul(value):
        raise refused("holds a NUL character", "format")
    return text


def _jsonable(value: Any) -> Any:
    if isinstance(value, Decimal):
        number = float(value)
        return number if math.isfinite(number) and Decimal(repr(number)) == value else _decimal_text(value)
    if isinstance(value, date | datetime | time):
        return value.isoformat()
    return _odd_text(value)


def _holds_nul(value: Any) -> bool:
    if isinstance(value, str):
        return "\0" in value
    if isinstance(value, Mapping):
        return any(_holds_nul(part) for pair in value.items() for part in pair)
    return isinstance(value, list | tuple) and any(map(_holds_nul, value))


def _build_json(column: Column, options: Mapping[str, Any]) -> Bound:
    return Bound(json_text)


TEXT = Converter(
    "text",
    Kind.TEXT,
    "Trimmed; blank becomes empty. Numbers and dates are written out, whole ones without `.0`.",
    _build_text,
    (
        Option("case", str, "Turn all letters into one case.", choices=("lower", "upper")),
        Option("truncate", bool, "Cut a text that is too long, where otherwise the record is refused.", default=False),
    ),
)
WORD = Converter(
    "word",
    Kind.TEXT,
    "A word of the column's vocabulary, in any case; other words need `values`.",
    _build_word,
)
JSON = Converter("json", Kind.JSON, "Any value, kept as JSON with sorted keys.", _build_json)
