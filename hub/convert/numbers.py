"""Exact numbers: decimals as whole millionths, amounts in minor units, integers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Context, Decimal, Inexact, InvalidOperation, Overflow, Rounded, localcontext
from itertools import compress
from typing import Any

from hub.convert.base import Bound, Converter, Misfit, Option, Scalar
from hub.convert.exact import SCALE, Style, exact, micros, whole_number
from hub.model.kinds import MAX_MICROS, MICROS, Column, Kind

_INT64 = 2**63
_MICROS = Decimal(MICROS)
_EXACT_DIGITS = 15
_EXACT_MICROS = 10**_EXACT_DIGITS - 1
_NEVER_ROUNDS = Context(prec=60, Emax=99, Emin=-99, traps=[InvalidOperation, Overflow, Inexact, Rounded])


def _micros_scalar(style: Style) -> Scalar:
    def scalar(value: Any) -> int | None:
        found = exact(value, style)
        return None if found is None else micros(found, style)

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
        return _within([value * MICROS for value in values], MAX_MICROS)
    if kinds <= {Decimal, int}:
        return _micros_of_decimals(values)
    if kinds <= {float, int}:
        return _micros_of_floats(values)
    raise TypeError


def _micros_of_decimals(values: list[Any]) -> list[int]:
    """Whole millionths, proven by their sum: `int` drops fractions, and those of numbers of one sign cannot cancel."""
    with localcontext(_NEVER_ROUNDS):
        shifted = [value * _MICROS for value in values]
        whole = list(map(int, shifted))
        if whole != shifted if min(shifted) < 0 else sum(whole) != sum(shifted):
            raise ValueError
    return _within(whole, MAX_MICROS)


def _micros_of_floats(values: list[Any]) -> list[int]:
    """Exact: a decimal of up to 15 digits is the only one that its nearest double is nearest to. So where m / 10^6
    gives the double back, the double states m millionths."""
    whole = [round(value * 1e6) for value in values]
    if [value / 1e6 for value in whole] != values:
        raise ValueError
    return _within(whole, _EXACT_MICROS)


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
    style = Style(
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
    if not 0 <= digits <= SCALE:
        raise Misfit("round", f"`round` is the number of decimals, 0 to {SCALE}.")
    return int(digits)


def _build_minor_units(column: Column, options: Mapping[str, Any]) -> Bound:
    digits = options.get("digits", 2)
    if not 0 <= digits <= SCALE:
        raise Misfit("digits", f"`digits` is the number of decimals of the currency, 0 to {SCALE}.")
    return Bound(_micros_scalar(Style(shift=digits)), memo=True)


def _build_integer(column: Column, options: Mapping[str, Any]) -> Bound:
    style = Style(*_separators(options))

    def scalar(value: Any) -> int | None:
        found = exact(value, style)
        return None if found is None else whole_number(*found)

    return Bound(scalar, None if options else _integer_bulk, memo=True)


def _integer_bulk(values: list[Any]) -> list[Any]:
    if not set(map(type, values)) <= {int, type(None)}:
        raise TypeError
    present = [value for value in values if value is not None]
    if present and (min(present) < -_INT64 or max(present) >= _INT64):
        raise OverflowError
    return values


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
