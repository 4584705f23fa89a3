"""How the report words things for people: short amounts, months, countries. Tables and tips have the exact figures."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any

from hub.sdk.metric import MONEY
from metrics import text

_STEPS = ((Decimal(10) ** 9, "bn"), (Decimal(10) ** 6, "M"), (Decimal(10) ** 3, "k"))
_IN_FULL = Decimal(10_000)
"""Amounts below are short enough as they are."""
_DIGITS = 3


def short(value: Decimal | int | None, unit: str = MONEY) -> str:
    """A figure in three digits where it is large: `24.1 M`, `924 k`; smaller ones as in tables, amounts without cents
    from a thousand."""
    if value is None:
        return text.NOTHING
    number = Decimal(value)
    if abs(number) >= _IN_FULL:
        for step, letter in _STEPS:
            if abs(number) >= step * Decimal("0.9995"):
                return f"{_three(number / step)} {letter}"
    if unit == MONEY and abs(number) >= 1000:
        return f"{text.rounded(number, 0):,}"
    return text.figure(value, unit)


def money(value: Decimal | None, currency: str) -> str:
    """A short amount with its currency."""
    return text.NOTHING if value is None else f"{short(value)} {currency}"


def percent(share: Decimal | None, digits: int = 1) -> str:
    """A share for reading."""
    return text.NOTHING if share is None else f"{text.rounded(share * 100, digits)} %"


def month(value: date | None) -> str:
    """`Jan 2025`, for axes and tables."""
    return text.NOTHING if value is None else f"{value:%b %Y}"


def plural(count: int, one: str, many: str = "") -> str:
    """`1 order`, `3 orders`."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def listed(names: list[str], limit: int = 3, total: int | None = None) -> str:
    """`A, B and 4 others`; of `total`, where not all are given."""
    shown = names[:limit]
    rest = (len(names) if total is None else total) - len(shown)
    if rest:
        return f"{', '.join(shown)} and {plural(rest, 'other')}"
    return " and ".join([", ".join(shown[:-1]), shown[-1]]) if len(shown) > 1 else "".join(shown)


@cache
def country(code: Any) -> str:
    """The English name of a country; the code where there is none."""
    import pycountry

    found = pycountry.countries.get(alpha_2=str(code)) if code else None
    return str(getattr(found, "common_name", None) or found.name) if found else str(code)


def _three(number: Decimal) -> str:
    whole = len(str(int(abs(number))))
    return f"{text.rounded(number, max(0, _DIGITS - whole)):f}"
