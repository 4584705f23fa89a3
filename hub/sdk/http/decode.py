"""Bytes -> JSON without losing a digit: numbers with a fraction become `Decimal`, whole ones `int` of any length.

Where a connector computes nothing with them, numbers of up to 15 digits may come as `float`, at half the cost: no other
number of so few digits has the same nearest double, so that the converters read the very number that was written.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import msgspec

_exact = msgspec.json.Decoder(float_hook=Decimal)
_doubles = msgspec.json.Decoder()
_SHAPES = bytes({".": 48, "e": 101, "E": 101, "-": 45}.get(chr(c), 48 if 48 <= c < 58 else 32) for c in range(256))
_NOT_AS_DOUBLE = (b"0" * 17, b"0e-000")
"""As `_SHAPES` shows them: a number with a point and more than 15 digits, and one that may be too small for a double. A
long key looks the same, and costs nothing but speed."""
_BOM = b"\xef\xbb\xbf"


class NotJson(ValueError):
    """The text says what was wrong; never a piece of the answer itself."""


def decode(body: bytes, charset: str = "utf-8", *, doubles: bool = False) -> Any:
    """The JSON value in `body`; None for an empty body. NotJson when it is cut off, malformed or nested too deeply.

    doubles   fractions may come as float where that is exact
    """
    if charset not in {"utf-8", "utf8", "us-ascii"}:
        body = _to_utf8(body, charset)
    body = body.removeprefix(_BOM)
    if not body.strip():
        return None
    try:
        if doubles and (found := _as_doubles(body)) is not None:
            return found
        return _exact.decode(body)
    except UnicodeDecodeError as error:
        raise NotJson(f"it is not valid UTF-8 at byte {error.start}") from None
    except msgspec.DecodeError as error:
        cut = "truncated" in str(error)
        raise NotJson(f"the JSON is cut off after {len(body)} bytes" if cut else "the JSON is malformed") from None
    except RecursionError:
        raise NotJson("the JSON is nested too deeply") from None
    except ArithmeticError:
        raise NotJson("it holds a number that is no number") from None


def _as_doubles(body: bytes) -> Any:
    """The value where all its numbers are exact as doubles; None where that is not certain."""
    shapes = body.translate(_SHAPES)
    if any(shape in shapes for shape in _NOT_AS_DOUBLE):
        return None
    try:
        return _doubles.decode(body)
    except msgspec.DecodeError:  # a number beyond all doubles, or no JSON at all: the exact way tells them apart
        return None


def _to_utf8(body: bytes, charset: str) -> bytes:
    try:
        return body.decode(charset).encode()
    except LookupError:
        raise NotJson("it names a character set that does not exist") from None
    except UnicodeError:
        raise NotJson(f"it is not valid {charset}") from None


def is_markup(content_type: str, body: bytes) -> bool:
    """Whether a web page or XML came where JSON was asked for: a login page, a proxy's error, maintenance."""
    return "html" in content_type or "xml" in content_type or body[:64].lstrip(_BOM + b" \t\r\n")[:1] == b"<"


def dig(value: Any, path: str) -> Any:
    """The value at a dotted path; KeyError where a step is missing. A dot inside a key is written `\\.`; "" is all."""
    for step in steps(path):
        if isinstance(value, Mapping):
            value = value[step]
        elif isinstance(value, list) and step.isdecimal() and int(step) < len(value):
            value = value[int(step)]
        else:
            raise KeyError(step)
    return value


def steps(path: str) -> list[str]:
    if not path:
        return []
    return [step.replace("\0", ".") for step in path.replace("\\.", "\0").split(".")]
