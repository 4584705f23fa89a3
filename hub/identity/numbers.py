"""Numbers that registers give out: company numbers, D-U-N-S, LEI, GLN, GTIN. Written in one way, and checked."""

from __future__ import annotations

import re
from functools import lru_cache

_SIGNS = re.compile(r"[^0-9A-Z]+")
_NO_DIGIT = re.compile(r"[^0-9]+")
_UP, _DOWN = "0123456789" * 3, "9876543210" * 3


def signs(text: str) -> str:
    """Letters and digits in capitals, nothing else."""
    return text.upper() if text.isalnum() and text.isascii() else _SIGNS.sub("", text.upper())


def digits_of(text: str) -> str:
    """Digits, nothing else."""
    return text if text.isdigit() and text.isascii() else _NO_DIGIT.sub("", text)


def is_placeholder(value: str) -> bool:
    """Numbers that people type to satisfy a form: too short, one digit again and again, or counted up or down."""
    digits = digits_of(value)
    if len(digits) < 4:
        return True
    run = digits.strip("0")
    if not run or digits == digits[0] * len(digits) or (len(run) > 5 and run == run[0] * len(run)):
        return True
    return len(digits) > 4 and (digits in _UP or digits in _DOWN)


@lru_cache(maxsize=1 << 10)
def company_number(raw: str) -> str | None:
    """A number of a company register without signs and leading zeros; None for placeholders."""
    text = signs(raw).lstrip("0")
    return None if len(text) < 4 or is_placeholder(text) else text


@lru_cache(maxsize=1 << 10)
def duns(raw: str) -> str | None:
    """Nine digits, or None."""
    digits = digits_of(raw)
    digits = digits.zfill(9) if 7 <= len(digits) < 9 else digits
    return None if len(digits) != 9 or is_placeholder(digits) else digits


@lru_cache(maxsize=1 << 10)
def lei(raw: str) -> str | None:
    """Twenty signs with right check digits, or None."""
    text = signs(raw)
    if len(text) != 20 or not text[18:].isdigit():
        return None
    return text if int("".join(str(int(sign, 36)) for sign in text)) % 97 == 1 else None


def gln(raw: str) -> str | None:
    """Thirteen digits with a right check digit, or None."""
    digits = digits_of(raw)
    return digits if len(digits) == 13 and not is_placeholder(digits[:12]) and _gs1(digits) else None


@lru_cache(maxsize=1 << 10)
def gtin(raw: str) -> str | None:
    """GTIN, EAN or UPC as fourteen digits; None where length or check digit is wrong, or where it is one of the numbers
    that a shop gives out for itself (GS1 prefixes 02, 04, 20 to 29)."""
    digits = digits_of(raw)
    if len(digits) not in (8, 12, 13, 14) or is_placeholder(digits[:-1]) or not _gs1(digits):
        return None
    padded = digits.zfill(14)
    own = len(digits) > 8 and (padded[1] == "2" or padded[1:3] in ("02", "04"))
    return None if own else padded


def _gs1(digits: str) -> bool:
    return sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(reversed(digits))) % 10 == 0
