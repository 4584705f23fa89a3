"""Any script to plain letters, so that spellings of one word meet."""

from __future__ import annotations

import re
from functools import cache, lru_cache

_DIGRAPH = re.compile(r"(?<![aeiouq])([aou])e(?![u])|(?<!a)a(?=a(?!a)[b-z])|(?<=[b-z])a(?=a(?![a-z]))")
_DIGRAPHS = ("ae", "oe", "ue", "aa")
_NOT_WORD = re.compile(r"[^a-z0-9]+")
_NO_VOWEL = re.compile(r"[aeiouyhj]+")
_SOUNDS = (
    ("shch", "s"), ("sch", "s"), ("tch", "s"), ("ch", "k"), ("sh", "s"), ("kh", "k"), ("ph", "f"), ("th", "t"), ("ck",
    "k"),
    ("qu", "kw"), ("ts", "s"), ("tz", "s"), ("ks", "x"), ("c", "k"), ("q", "k"), ("z", "s"), ("w", "v"), ("x", "ks"),
    ("d", "t"), ("b", "p"), ("g", "k"),
)  # fmt: skip


@cache
def _accents() -> dict[int, str]:
    from anyascii import anyascii

    return {code: anyascii(chr(code)) for code in (*range(0xA0, 0x250), *range(0x1E00, 0x1F00), *range(0x2010, 0x2040))}


def latin(text: str) -> str:
    """Latin letters and punctuation without accents, as ASCII; other scripts as they are."""
    return text if text.isascii() else text.translate(_accents())


def plain(text: str) -> str:
    """Lower case, without accents, in Latin letters; `ae`, `oe`, `ue` count as umlauts, since writers use either."""
    text = latin(text)
    if not text.isascii():
        from anyascii import anyascii

        text = anyascii(text)
    text = text.lower()
    return _DIGRAPH.sub(r"\1", text) if any(map(text.__contains__, _DIGRAPHS)) else text


def squashed(text: str) -> str:
    """Letters and digits of `plain(text)` alone."""
    return _NOT_WORD.sub("", plain(text))


@lru_cache(maxsize=1 << 17)
def sound(word: str) -> str:
    """What is left of a plain word when vowels go and letters that are mistaken for one another become one."""
    for written, heard in _SOUNDS:
        if written in word:
            word = word.replace(written, heard)
    kept = _NO_VOWEL.sub("", word[1:])
    skeleton = word[:1] + kept
    return "".join(letter for place, letter in enumerate(skeleton) if not place or skeleton[place - 1] != letter)
