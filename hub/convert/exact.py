"""Numbers, read exactly. Money and quantities become whole millionths; no value is ever rounded unless asked to.

What a text may look like without any option: `12`, `-12.50`, `+3`, `.5`, `1e3`, `12-` (SAP's trailing minus) and
`(12.50)` (accounting). Blanks, apostrophes and no-break spaces may group digits by three, since nobody can mistake
them; a comma is refused until `decimal` or `thousands` says what it means.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any, NamedTuple

from hub.convert.base import refused, shape
from hub.model.kinds import MAX_MICROS

SCALE = 6
_NUMBER = re.compile(r"([+-]?) ?(?:([0-9]+)(?:\.([0-9]*))?|\.([0-9]+))(?:[eE]([+-]?[0-9]{1,3}))?")
_GROUPED = re.compile(r"([+-]? ?[0-9]{1,3})((?:[ '\u2019\u00a0\u202f\u2009][0-9]{3})+)(?![0-9])")
_BLANKS = str.maketrans(dict.fromkeys(" '\u2019\u00a0\u202f\u2009"))
_MAX_LENGTH = 200
_INT64 = 2**63


class Style(NamedTuple):
    """How a source writes numbers, and what becomes of digits we do not keep."""

    decimal: str = "."
    thousands: str | None = None
    ignore: tuple[str, ...] = ()
    shift: int = 0
    """Powers of ten the number is divided by: 2 for percent and for cents."""
    percent: bool = False
    round: int | None = None
    half_even: bool = False


Exact = tuple[int, int]
"""Coefficient and power of ten."""


def exact(value: Any, style: Style) -> Exact | None:
    """The number a value states, exactly; None for blank."""
    if isinstance(value, str):
        return _parse(value, style)
    if isinstance(value, bool):
        raise refused("is true or false, a number is expected")
    if value is None:
        return None
    if isinstance(value, int):
        return value, 0
    if isinstance(value, float):
        return _parse(repr(value), Style())
    if isinstance(value, Decimal):
        return _of_decimal(value)
    raise refused(f"is {shape(value)}, a number is expected")


def exact_number(value: Any) -> Exact | None:
    """The number a value states in plain notation; None for blank."""
    return exact(value, Style())


def _of_decimal(value: Decimal) -> Exact:
    sign, digits, exponent = value.as_tuple()
    if not isinstance(exponent, int):
        raise refused("is not a finite number")
    if abs(exponent) > 999 or len(digits) > _MAX_LENGTH:
        raise refused("is a number with too many digits", "range")
    coefficient = int("".join(map(str, digits)))
    return (-coefficient if sign else coefficient), exponent


def _parse(text: str, style: Style) -> Exact | None:
    text = text.strip()
    for word in style.ignore:
        text = text.replace(word, "")
    text = text.strip()
    if not text:
        return None
    if len(text) > _MAX_LENGTH:
        raise refused("is not a number: it is too long")
    text = text.replace("\u2212", "-")
    if style.percent:
        text = text.removesuffix("%").rstrip() or "?"
    match = _NUMBER.fullmatch(text) if style.decimal == "." else None
    if match is None:
        match = _NUMBER.fullmatch(_canonical(text, style))
    if match is None:
        raise refused(_explanation(text, style))
    sign, whole, fraction, bare_fraction, exponent = match.groups()
    fraction = fraction or bare_fraction or ""
    coefficient = int((whole or "0") + fraction)
    return (-coefficient if sign == "-" else coefficient), int(exponent or 0) - len(fraction)


def _canonical(text: str, style: Style) -> str:
    """The same number with a point and a leading minus, groups taken out; anything else comes back unreadable."""
    if text[0] == "(" and text[-1] == ")":
        text = "-" + text[1:-1].strip()
    elif text[-1] in "+-" and text[0] not in "+-":
        text = text[-1] + text[:-1].rstrip()
    if style.thousands:
        text = _ungrouped(text, style.thousands, style.decimal)
    match = _GROUPED.match(text)
    if match:
        text = match[1] + match[2].translate(_BLANKS) + text[match.end() :]
    if style.decimal != ".":
        text = "?" if "." in text else text.replace(style.decimal, ".")
    return text


def _ungrouped(text: str, separator: str, decimal: str) -> str:
    whole, point, rest = text.partition(decimal)
    first, *groups = whole.split(separator)
    if groups and (not 1 <= len(first.lstrip("+- ")) <= 3 or any(len(group) != 3 for group in groups)):
        return "?"
    return first + "".join(groups) + point + rest


def _explanation(text: str, style: Style) -> str:
    if text.lower() in {"nan", "inf", "-inf", "infinity", "-infinity"}:
        return "is not a finite number"
    if text.endswith("%") and not style.percent:
        return "has a percent sign; set `percent: true` to read it"
    if style.decimal == "." and style.thousands is None and "," in text:
        return "has a comma; `decimal` or `thousands` must say what it means"
    return "is not a number"


def micros(exact: Exact, style: Style) -> int:
    """Whole millionths; refuses what does not fit, or would need rounding that nobody asked for."""
    coefficient, exponent = exact
    exponent -= style.shift
    if style.round is not None:
        coefficient, exponent = _rounded(coefficient, exponent, style)
    power = exponent + SCALE
    if power >= 0:
        result = coefficient * 10**power if coefficient and power < 40 else _zero_or_refuse(coefficient)
    else:
        result, surplus = divmod(abs(coefficient), 10**-power)
        if surplus:
            digits = _decimals(coefficient, exponent)
            raise refused(f"has {digits} decimals, {SCALE} are kept; `round` says how many", "format")
        result = -result if coefficient < 0 else result
    if abs(result) > MAX_MICROS:
        raise refused("has more than 14 digits before the point", "range")
    return result


def _zero_or_refuse(coefficient: int) -> int:
    if coefficient:
        raise refused("has more than 14 digits before the point", "range")
    return 0


def _decimals(coefficient: int, exponent: int) -> int:
    while coefficient % 10 == 0:
        coefficient //= 10
        exponent += 1
    return -exponent


def _rounded(coefficient: int, exponent: int, style: Style) -> Exact:
    assert style.round is not None
    drop = -exponent - style.round
    if drop <= 0:
        return coefficient, exponent
    unit = 10**drop
    whole, rest = divmod(abs(coefficient), unit)
    if rest * 2 > unit or (rest * 2 == unit and (not style.half_even or whole % 2)):
        whole += 1
    return (-whole if coefficient < 0 else whole), -style.round


def whole_number(coefficient: int, exponent: int) -> int:
    if exponent >= 0:
        number = coefficient * 10**exponent if exponent < 40 else _INT64 * bool(coefficient)
    else:
        number, surplus = divmod(coefficient, 10**-exponent)
        if surplus:
            raise refused("is not a whole number")
    if not -_INT64 <= number < _INT64:
        raise refused("does not fit 64 bits", "range")
    return number
