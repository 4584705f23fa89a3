"""Ids as Salesforce makes them: 15 characters in which case matters, and three more that tell the case."""

from __future__ import annotations

from functools import lru_cache

_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_CHECK = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"


@lru_cache(maxsize=1 << 17)
def record_id(prefix: str, number: int) -> str:
    """The id of 18 characters for a number; higher numbers sort later."""
    digits = ""
    for _ in range(12):
        number, digit = divmod(number, 62)
        digits = _DIGITS[digit] + digits
    return with_checksum(prefix + digits)


def with_checksum(short: str) -> str:
    """The 18 characters for an id of 15."""
    return short + "".join(_checked(short[start : start + 5]) for start in (0, 5, 10))


def _checked(part: str) -> str:
    return _CHECK[sum(1 << place for place, letter in enumerate(part) if letter.isupper() and letter.isascii())]
