"""Addresses in parts that can be compared: street, house number, postal code, city."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import NamedTuple

from hub.identity import words
from hub.identity.texts import plain

_WORD = re.compile(r"[a-z0-9]+")
_NUMBER = re.compile(r"\d+")
_BOX = re.compile(r"\b(?:p ?o ?box|postfach|bp|apartado|casella postale|postbus|boite postale)\b")


class Street(NamedTuple):
    name: str
    """Letters without words such as street or rue; empty where only a number is known."""
    house: str
    """First number, without letters; empty where there is none."""


@lru_cache(maxsize=1 << 14)
def street(raw: str) -> Street | None:
    """A street in a comparable form; None where the text says nothing. A post-office box counts as a street."""
    text = plain(raw)
    found = _WORD.findall(text)
    if _BOX.search(" ".join(found)):
        number = "".join(word for word in found if word.isdigit())
        return Street("box", number) if number else None
    house = next((digits[0].lstrip("0") for word in found if (digits := _NUMBER.match(word))), "")
    kept = [_short(word) for word in found if not word[0].isdigit()]
    name = "".join(word for word in kept if word and len(word) > 1)
    return Street(name, house) if name or house else None


def _short(word: str) -> str:
    if word in _street_words():
        return ""
    for ending in words.SHIFTS:
        if len(word) > len(ending) + 3 and word.endswith(ending):
            return word[: -len(ending)]
    return word


@cache
def _street_words() -> frozenset[str]:
    return frozenset(map(plain, words.STREETS))


@lru_cache(maxsize=1 << 14)
def city(raw: str) -> str | None:
    """A city's own name in plain letters, without what stands in brackets, district numbers and its river."""
    text = plain(re.split(r"[(\[,/]", raw, maxsplit=1)[0])
    found = [word for word in _WORD.findall(text) if not word.isdigit() and word not in _CITY_WORDS]
    for cut in ("am", "an", "im", "in", "bei", "ob", "upon", "sur", "sul"):
        if cut in found[1:]:
            found = found[: found.index(cut, 1)]
    name = " ".join(found)
    return _cities().get(name, name) or None


_CITY_WORDS = frozenset(["cedex", "city", "shi", "stadt", "hansestadt"])


@cache
def _cities() -> dict[str, str]:
    return {plain(variant.replace("_", " ")): plain(name) for variant, name in words.CITIES.items()}


@lru_cache(maxsize=1 << 14)
def postal_code(raw: str, country: str) -> str | None:
    """A postal code without blanks, signs and the country before it; the five digits of a US ZIP code."""
    text = re.sub(r"[^0-9A-Z]", "", plain(raw).upper())
    if country and text.startswith(country) and text[2:].isdigit():
        text = text[2:]
    if country == "US" or (not country and re.fullmatch(r"\d{9}", text)):
        text = text[:5].zfill(5) if text.isdigit() else text
    return text if len(text) >= 3 and set(text) != {"0"} else None
