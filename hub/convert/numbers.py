"""Numbers, read exactly. Money and quantities become whole millionths; no value is ever rounded unless asked to.

What a text may look like without any option: `12`, `-12.50`, `+3`, `.5`, `1e3`, `12-` (SAP's trailing minus) and
`(12.50)` (accounting). Blanks, apostrophes and no-break spaces may group digits by three, since nobody can mistake
them; a comma is refused until `decimal` or `thousands` says what it means.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Context, Decimal, Inexact, InvalidOperation, Overflow, Rounded, localcontext
from itertools import compress
from typing import Any

from hub.convert.base import Bound, Bulk, Converter, Misfit, Option, Scalar, refused, shape
from hub.model.kinds import MAX_MICROS, Column, Kind

_NUMBER = re.compile(r"([+-]?) ?(?:([0-9]+)(?:\.([0-9]*))?|\.([0-9]+))(?:[eE]([+-]?[0-9]{1,3}))?")
_GROUPED = re.compile(r"([+-]? ?[0-9]{1,3})((?:[ '\u2019\u00a0\u202f\u2009][0-9]{3})+)(?![0-9])")
_BLANKS = str.maketrans(dict.fromkeys(" '\u2019\u00a0\u202f\u2009"))
_MAX_LENGTH = 200
_SCALE = 6
_MILLION = 10**_SCALE
_INT64 = 2**63
_EXACT_DIGITS = 15
_EXACT_MICROS = 10**_EXACT_DIGITS - 1


_NEVER_ROUNDS = Context(prec=60, Emax=99, Emin=-99, traps=[InvalidOperation, Overflow, Inexact, Rounded])


@dataclass(frozen=True, slots=True)
class _Style:
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


def _exact(value: Any, style: _Style) -> Exact | None:
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
        return _parse(repr(value), _Style())
    if isinstance(value, Decimal):
        return _of_decimal(value)
    raise refused(f"is {shape(value)}, a number is expected")


def exact_number(value: Any) -> Exact | None:
    """The number a value states in plain notation; None for blank."""
    return _exact(value, _Style())


def _of_decimal(value: Decimal) -> Exact:
    sign, digits, exponent = value.as_tuple()
    if not isinstance(exponent, int):
        raise refused("is not a finite number")
    if abs(exponent) > 999 or len(digits) > _MAX_LENGTH:
        raise refused("is a number with too many digits", "range")
    coefficient = int("".join(map(str, digits)))
    return (-coefficient if sign else coefficient), exponent


def _parse(text: str, style: _Style) -> Exact | None:
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


def _canonical(text: str, style: _Style) -> str:
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


def _explanation(text: str, style: _Style) -> str:
    if text.lower() in {"nan", "inf", "-inf", "infinity", "-infinity"}:
        return "is not a finite number"
    if text.endswith("%") and not style.percent:
        return "has a percent sign; set `percent: true` to read it"
    if style.decimal == "." and style.thousands is None and "," in text:
        return "has a comma; `decimal` or `thousands` must say what it means"
    return "is not a number"


def _micros(exact: Exact, style: _Style) -> int:
    """Whole millionths; refuses what does not fit, or would need rounding that nobody asked for."""
    coefficient, exponent = exact
    exponent -= style.shift
    if style.round is not None:
        coefficient, exponent = _rounded(coefficient, exponent, style)
    power = exponent + _SCALE
    if power >= 0:
        micros = coefficient * 10**power if coefficient and power < 40 else _zero_or_refuse(coefficient)
    else:
        micros, surplus = divmod(abs(coefficient), 10**-power)
        if surplus:
            digits = _decimals(coefficient, exponent)
            raise refused(f"has {digits} decimals, {_SCALE} are kept; `round` says how many", "format")
        micros = -micros if coefficient < 0 else micros
    if abs(micros) > MAX_MICROS:
        raise refused("has more than 14 digits before the point", "range")
    return micros


def _zero_or_refuse(coefficient: int) -> int:
    if coefficient:
        raise refused("has more than 14 digits before the point", "range")
    return 0


def _decimals(coefficient: int, exponent: int) -> int:
    while coefficient % 10 == 0:
        coefficient //= 10
        exponent += 1
    return -exponent


def _rounded(coefficient: int, exponent: int, style: _Style) -> Exact:
    assert style.round is not None
    drop = -exponent - style.round
    if drop <= 0:
        return coefficient, exponent
    unit = 10**drop
    whole, rest = divmod(abs(coefficient), unit)
    if rest * 2 > unit or (rest * 2 == unit and (not style.half_even or whole % 2)):
        whole += 1
    return (-whole if coefficient < 0 else whole), -style.round


def _micros_scalar(style: _Style) -> Scalar:
    def scalar(value: Any) -> int | None:
        exact = _exact(value, style)
        return None if exact is None else _micros(exact, style)

    return scalar


def _micros_bulk(values: list[Any]) -> list[Any]:
    """A column of one type, perhaps with gaps. Whatever is not certain raises."""
    kinds = set(map(type, values))
    if type(None) in kinds or (kinds == {str} and "" in values):
        if not kinds <= {str, type(None)} and not kinds <= {float, int, Decimal, type(None)}:
            raise TypeError
        there = [value is not None and value != "" for value in values]
        following = iter(_micros_bulk(list(compress(values, there))))
        return [next(following) if is_there else None for is_there in there]
    if kinds == {str}:
        return _micros_of_texts(values)
    if kinds <= {int}:
        return _within([value * _MILLION for value in values], MAX_MICROS)
    if kinds <= {Decimal, int}:
        return _micros_of_decimals(values)
    if kinds <= {float, int}:
        return _micros_of_floats(values)
    raise TypeError


def _micros_of_decimals(values: list[Any]) -> list[int]:
    with localcontext(_NEVER_ROUNDS):
        shifted = [value * _MILLION for value in values]
        micros = list(map(int, shifted))
    if micros != shifted:
        raise ValueError
    return _within(micros, MAX_MICROS)


def _micros_of_floats(values: list[Any]) -> list[int]:
    """Exact: a decimal of up to 15 digits is the only one that its nearest double is nearest to. So where m / 10^6
    gives the double back, the double states m millionths."""
    micros = [round(value * 1e6) for value in values]
    if [value / 1e6 for value in micros] != values:
        raise ValueError
    return _within(micros, _EXACT_MICROS)


def _micros_of_texts(texts: list[str]) -> list[int]:
    """Plain texts such as `-12.50` of up to 15 digits: their doubles state the same decimals, as above."""
    if "".join(texts).encode().translate(None, b"0123456789.-") or max(map(len, texts)) > _EXACT_DIGITS:
        raise ValueError
    return _micros_of_floats(list(map(float, texts)))


def _within(values: list[int], limit: int) -> list[int]:
    if values and (max(values) > limit or min(values) < -limit):
        raise OverflowError
    return values


def _separators(options: Mapping[str, Any]) -> tuple[str, str | None]:
    decimal = options.get("decimal", ".")
    thousands = options.get("thousands", "." if decimal == "," else None)
    if thousands == decimal:
        raise Misfit("thousands", "`decimal` and `thousands` are the same character.")
    if thousands is not None and (len(thousands) != 1 or thousands.isalnum() or thousands in "+-()"):
        raise Misfit("thousands", "`thousands` is one character that groups digits, such as `,`.")
    return decimal, thousands


def _build_decimal(column: Column, options: Mapping[str, Any]) -> Bound:
    decimal, thousands = _separators(options)
    percent = bool(options.get("percent", False))
    style = _Style(
        decimal,
        thousands,
        _several(options.get("ignore", ())),
        shift=2 if percent else 0,
        percent=percent,
        round=_round_option(options),
        half_even=options.get("rounding") == "half-even",
    )
    scalar = _micros_scalar(style)
    if options:
        return Bound(scalar, memo=True)
    return Bound(scalar, _micros_bulk, memo=True)


def _several(given: str | Sequence[str]) -> tuple[str, ...]:
    return (given,) if isinstance(given, str) else tuple(given)


def _round_option(options: Mapping[str, Any]) -> int | None:
    digits = options.get("round")
    if digits is None:
        if "rounding" in options:
            raise Misfit("rounding", "`rounding` needs `round`, the number of decimals.")
        return None
    if not 0 <= digits <= _SCALE:
        raise Misfit("round", f"`round` is the number of decimals, 0 to {_SCALE}.")
    return int(digits)


def _build_minor_units(column: Column, options: Mapping[str, Any]) -> Bound:
    digits = options.get("digits", 2)
    if not 0 <= digits <= _SCALE:
        raise Misfit("digits", f"`digits` is the number of decimals of the currency, 0 to {_SCALE}.")
    return Bound(_micros_scalar(_Style(shift=digits)), memo=True)


def _build_integer(column: Column, options: Mapping[str, Any]) -> Bound:
    style = _Style(*_separators(options))

    def scalar(value: Any) -> int | None:
        exact = _exact(value, style)
        return None if exact is None else _whole(*exact)

    return Bound(scalar, None if options else _integer_bulk(scalar), memo=True)


def _whole(coefficient: int, exponent: int) -> int:
    if exponent >= 0:
        number = coefficient * 10**exponent if exponent < 40 else _INT64 * bool(coefficient)
    else:
        number, surplus = divmod(coefficient, 10**-exponent)
        if surplus:
            raise refused("is not a whole number")
    if not -_INT64 <= number < _INT64:
        raise refused("does not fit 64 bits", "range")
    return number


def _integer_bulk(scalar: Callable[[Any], Any]) -> Bulk:
    def bulk(values: list[Any]) -> list[Any]:
        if set(map(type, values)) <= {int, type(None)}:
            present = [value for value in values if value is not None]
            if present and (min(present) < -_INT64 or max(present) >= _INT64):
                raise OverflowError
            return values
        raise TypeError

    return bulk


_BOOLEANS = {
    word: truth
    for truth, words in (
        (True, "true t yes y on 1 ja j wahr oui o vrai si sí s sì sim verdadero vero verdadeiro tak da да x"),
        (False, "false f no n off 0 nein falsch non faux não nao falso nie nee nej нет"),
    )
    for word in words.split()
}


def _build_boolean(column: Column, options: Mapping[str, Any]) -> Bound:
    def scalar(value: Any) -> bool | None:
        if value is None or isinstance(value, bool):
            return value
        if isinstance(value, str):
            text = value.strip()
            if not text:
                return None
            truth = _BOOLEANS.get(text.casefold())
            if truth is None:
                raise refused("is neither yes nor no; list its words under `values`")
            return truth
        if isinstance(value, int | float | Decimal):
            if value in (0, 1):
                return bool(value)
            raise refused("is a number other than 0 and 1")
        raise refused(f"is {shape(value)}, yes or no is expected")

    return Bound(scalar, _boolean_bulk, memo=True)


def _boolean_bulk(values: list[Any]) -> list[Any]:
    if set(map(type, values)) <= {bool, type(None)}:
        return values
    raise TypeError


_DECIMAL_POINT = Option("decimal", str, "The decimal point the source writes.", ".", (".", ","))
_THOUSANDS = Option("thousands", str, "What groups the digits before it; `.` where `decimal` is a comma.")
DECIMAL = Converter(
    "decimal",
    Kind.DECIMAL,
    "An exact number with up to six decimals.",
    _build_decimal,
    (
        _DECIMAL_POINT,
        _THOUSANDS,
        Option("round", int, "Round to so many decimals; otherwise more than six are refused."),
        Option("rounding", str, "What becomes of a half.", "half-up", ("half-up", "half-even")),
        Option("percent", bool, "The number is a percentage, with or without its sign: `15 %` is 0.15.", default=False),
        Option("ignore", str, "Texts to leave out, such as `[€, EUR]`.", many=True),
    ),
)
MINOR_UNITS = Converter(
    "minor_units",
    Kind.DECIMAL,
    "An amount in the currency's smallest unit: 1999 cents are 19.99.",
    _build_minor_units,
    (Option("digits", int, "Decimals of the currency.", 2),),
)
INTEGER = Converter(
    "integer",
    Kind.INTEGER,
    "A whole number; `12.0` counts as one.",
    _build_integer,
    (_DECIMAL_POINT, _THOUSANDS),
)
BOOLEAN = Converter(
    "boolean",
    Kind.BOOLEAN,
    "Yes or no, in the words, letters and digits common in exports; `X` is SAP's yes.",
    _build_boolean,
)
