"""Two names compared word by word, each word weighing what it tells."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from rapidfuzz.distance import OSA

from hub.identity import words
from hub.identity.names import usual
from hub.identity.texts import sound

SAME, SPELLING, INITIALS, PART, SISTER, OTHER, DIFFERENT = (
    "same", "spelling", "initials", "part", "sister", "other", "different",
)  # fmt: skip
_FORMS = ("", "sa", "spa", "srl", "sl", "ag", "ab", "as", "bv", "nv", "kg", "oy")
"""What an acronym of a name may end in."""


class Wording(NamedTuple):
    """`common`: bits of the words that both have; `extra_left`, `extra_right`: bits of those that only one has."""

    level: str
    common: float
    slips: int
    extra_left: float
    extra_right: float


def compare(left: Sequence[str], right: Sequence[str], bits: Mapping[str, float], rare: float = 100.0) -> Wording:
    """How far two names agree.

    same       the same words in any order, or the same letters in a row
    spelling   every word has its counterpart, some with slips, shortened or joined
    initials   one name is the first letters of the other's words
    part       one name has words that the other has not
    sister     so it has, and one of them tells companies of a group apart
    other      both have words of their own, and some in common
    different  nothing in common

    rare  bits of a word that occurs once; two words that both occur more often are hardly slips of each other
    """
    mine, yours = set(left), set(right)
    both = mine & yours
    common = _worth(both, bits)
    if len(both) == len(mine) == len(yours):
        return Wording(SAME, common, 0, 0.0, 0.0)
    if "".join(left) == "".join(right):
        return Wording(SAME, max(common, _worth(mine, bits)), 0, 0.0, 0.0)
    if not both and _is_acronym(left, right):
        return Wording(INITIALS, 0.0, 0, 0.0, 0.0)
    rests = _Rests(
        [word for word in dict.fromkeys(left) if word not in both],
        [word for word in dict.fromkeys(right) if word not in both],
        common,
    )
    if rests.left and rests.right:
        rests.shorten(left, right)
        if len(rests.left) != len(rests.right):
            rests.join(bits)
        before = len(rests.left), len(rests.right)
        rests.pair_up(bits, rare)
        if before[0] == before[1] or before != (len(rests.left), len(rests.right)):
            rests.join(bits)
    extra_left, extra_right = _worth(rests.left, bits), _worth(rests.right, bits)
    return Wording(rests.level, rests.common, rests.slips, extra_left, extra_right)


def _worth(words: Iterable[str], bits: Mapping[str, float]) -> float:
    return sum(bits[word] for word in words)


def _is_acronym(left: Sequence[str], right: Sequence[str]) -> bool:
    """Whether one name is the other's first letters, with a legal form or without."""
    short, long = (left, right) if len(left) < len(right) else (right, left)
    if len(short) != 1 or len(long) < 2 or short[0][0] != long[0][0]:
        return False
    initials = "".join(word[0] for word in long)
    return short[0].startswith(initials) and short[0][len(initials) :] in _FORMS


@dataclass
class _Rests:
    """The words that only one name has, as they find counterparts."""

    left: list[str]
    right: list[str]
    common: float
    slips: int = 0

    def shorten(self, left: Sequence[str], right: Sequence[str]) -> None:
        """A short word may be the first letters of words in a row (`om`, `officine meccaniche`)."""
        for shorts, longs, whole in ((self.left, self.right, right), (self.right, self.left, left)):
            for short in [word for word in shorts if 1 < len(word) < _SHORT]:
                for start in range(len(whole) - len(short) + 1 if short[0] in {word[0] for word in longs} else 0):
                    run = whole[start : start + len(short)]
                    if "".join(word[0] for word in run) == short and set(run) <= set(longs):
                        shorts.remove(short)
                        longs[:] = [word for word in longs if word not in run]
                        self.common, self.slips = self.common + 2.0, self.slips + 1
                        break

    def join(self, bits: Mapping[str, float]) -> None:
        """All that is left may be the same when it is written together."""
        if not self.left or not self.right:
            return
        slips = _joined(self.left, self.right)
        if slips is None and _is_compound(self.left, self.right):
            slips = 0
        if slips is not None:
            self.common += min(_worth(self.left, bits), _worth(self.right, bits))
            self.slips += slips
            self.left, self.right = [], []

    def pair_up(self, bits: Mapping[str, float], rare: float) -> None:
        """Words that mean each other in spite of slips."""
        if self.left and self.right:
            gained, slips, self.left, self.right = _pair_up(self.left, self.right, bits, rare)
            self.common, self.slips = self.common + gained, self.slips + slips

    @property
    def level(self) -> str:
        if not self.common:
            return DIFFERENT
        if self.left and self.right:
            return OTHER
        if not self.left and not self.right:
            return SPELLING
        return PART if words.SISTER.isdisjoint([*self.left, *self.right]) else SISTER


_SHORT = 6


def _pair_up(
    left: list[str], right: list[str], bits: Mapping[str, float], rare: float
) -> tuple[float, int, list[str], list[str]]:
    """Words that mean each other in spite of slips: the bits they share, the slips, and what is left on both sides."""
    gained, slips, alone = 0.0, 0, []
    open_right = list(right)
    for word in left:
        best = min(
            ((slip, place) for place, other in enumerate(open_right) if (slip := _slips(word, other)) is not None),
            default=None,
        )
        if best is None:
            alone.append(word)
            continue
        other = open_right.pop(best[1])
        slips += best[0] + (2 if best[0] and max(bits[word], bits[other]) < rare - 4 else 0)
        gained += min(bits[word], bits[other]) if best[0] < 3 else 2.0
    return gained, min(slips, 5), alone, open_right


def _slips(left: str, right: str) -> int | None:
    """How many slips lie between two words; None where they are two words."""
    if (left[0] != right[0] and left[-1] != right[-1]) or left.isdigit() or right.isdigit():
        return None
    short, long = (left, right) if len(left) <= len(right) else (right, left)
    if len(short) == 1:
        return 3 if long.startswith(short) else None
    if len(short) == 3 and len(long) <= 4 and OSA.distance(left, right, score_cutoff=1) == 1:
        return 3
    allowed = 0 if len(short) < 4 else 1 if len(short) < 7 else 2
    if len(long) - len(short) <= allowed:
        distance = OSA.distance(left, right, score_cutoff=allowed)
        if distance <= allowed:
            return int(distance)
    if len(short) >= 3 and long.startswith(short):
        return 1 if len(short) > 4 else 2
    if len(short) > 4 and len(long) - len(short) < 4 and (heard := sound(left)) == sound(right) and len(heard) > 3:
        return 2
    return 3 if _is_abbreviation(short, long) else None


def _is_abbreviation(short: str, long: str) -> bool:
    """Whether a word is another one without its vowels (`fwdg`), or the first two letters of a long one."""
    if len(long) < 4 or len(short) > 0.6 * len(long) or short[0] != long[0]:
        return False
    if len(short) == 2 and len(long) > 4 and long.startswith(short):
        return True
    letters = iter(long)
    return _VOWELS.isdisjoint(short[1:3]) and all(letter in letters for letter in short)


_VOWELS = frozenset("aeiouy")


def _is_compound(left: Sequence[str], right: Sequence[str]) -> bool:
    """Whether a word is two others in one, either of them in another form (`elektrohandel`, `electric handel`)."""
    one, two = (left, right) if len(left) < len(right) else (right, left)
    if len(one) != 1 or len(two) != 2:
        return False
    whole, (first, last) = one[0], two
    return (whole.endswith(last) and usual(whole[: -len(last)]) == first) or (
        whole.startswith(first) and usual(whole[len(first) :]) == last
    )


def _joined(left: list[str], right: list[str]) -> int | None:
    """Slips between words written together on one side (`datasoft`, `data soft`); None where they are other words."""
    one, two = "".join(left), "".join(right)
    allowed = 0 if min(len(one), len(two)) < 5 else 1 if min(len(one), len(two)) < 9 else 2
    if abs(len(one) - len(two)) > allowed:
        return None
    distance = OSA.distance(one, two, score_cutoff=allowed)
    return int(distance) if distance <= allowed and _digits(one) == _digits(two) else None


def _digits(text: str) -> str:
    return "".join(filter(str.isdigit, text))
