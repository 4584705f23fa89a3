"""Bytes -> JSON without losing a digit: numbers with a fraction become `Decimal`, whole ones `int` of any length."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import msgspec

_decoder = msgspec.json.Decoder(float_hook=Decimal)
_BOM = b"\xef\xbb\xbf"


class NotJson(ValueError):
    """The text says what was wrong; never a piece of the answer itself."""


def decode(body: bytes, charset: str = "utf-8") -> Any:
    """The JSON value in `body`; None for an empty body. NotJson when it is cut off, malformed or nested too deeply."""
    if charset not in {"utf-8", "utf8", "us-ascii"}:
        body = _to_utf8(body, charset)
    body = body.removeprefix(_BOM)
    if not body.strip():
        return None
    try:
        return _decoder.decode(body)
    except UnicodeDecodeError as error:
        raise NotJson(f"it is not valid UTF-8 at byte {error.start}") from None
    except msgspec.DecodeError as error:
        cut = "truncated" in str(error)
        raise NotJson(f"the JSON is cut off after {len(body)} bytes" if cut else "the JSON is malformed") from None
    except RecursionError:
        raise NotJson("the JSON is nested too deeply") from None
    except ArithmeticError:
        raise NotJson("it holds a number that is no number") from None


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
