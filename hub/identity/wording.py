"""Two names compared word by word, each word weighing what it tells."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from rapidfuzz.distance import OSA

from hub.identity.texts import sound

SAME, SPELLING, INITIALS, PART, OTHER, DIFFERENT = "same", "spelling", "initials", "part", "other", "different"


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
    other      both have words of their own, and some in common
    different  nothing in common

    rare  bits of a word that occurs once; two words that both occur more often are hardly slips of each other
    """
    mine, yours = set(left), set(right)
    both = mine & yours
    if len(both) == len(mine) == len(yours):
        return Wording(SAME, sum(bits[word] for word in both), 0, 0.0, 0.0)
    rest_left = [word for word in dict.fromkeys(left) if word not in both]
    rest_right = [word for word in dict.fromkeys(right) if word not in both]
    common = sum(bits[word] for word in both)
    if "".join(left) == "".join(right):
        return Wording(SAME, max(common, sum(bits[word] for word in mine)), 0, 0.0, 0.0)
    if not both and _initials(left, right):
        return Wording(INITIALS, 0.0, 0, 0.0, 0.0)
    slips = 0
    if (
        len(rest_left) != len(rest_right)
        and rest_left
        and rest_right
        and (joined := _joined(rest_left, rest_right)) is not None
    ):
        slips, common = (
            joined,
            common + min(sum(bits[word] for word in rest_left), sum(bits[word] for word in rest_right)),
        )
        rest_left, rest_right = [], []
    if rest_left and rest_right:
        gained, slips, rest_left, rest_right = _pair_up(rest_left, rest_right, bits, rare)
        common += gained
    if rest_left and rest_right and (joined := _joined(rest_left, rest_right)) is not None:
        common += min(sum(bits[word] for word in rest_left), sum(bits[word] for word in rest_right))
        slips += joined
        rest_left, rest_right = [], []
    extra_left, extra_right = sum(bits[word] for word in rest_left), sum(bits[word] for word in rest_right)
    return Wording(_level(common, rest_left, rest_right), common, slips, extra_left, extra_right)


def _initials(left: Sequence[str], right: Sequence[str]) -> bool:
    short, long = (left, right) if len(left) < len(right) else (right, left)
    return len(short) == 1 and len(long) > 1 and short[0] == "".join(word[0] for word in long)


def _level(common: float, rest_left: list[str], rest_right: list[str]) -> str:
    if not common:
        return DIFFERENT
    if rest_left and rest_right:
        return OTHER
    return PART if rest_left or rest_right else SPELLING


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
        return 2 if long.startswith(short) else None
    if len(short) == 3 and len(long) <= 4 and OSA.distance(left, right, score_cutoff=1) == 1:
        return 3
    allowed = 0 if len(short) < 4 else 1 if len(short) < 7 else 2
    if len(long) - len(short) <= allowed:
        distance = OSA.distance(left, right, score_cutoff=allowed)
        if distance <= allowed:
            return int(distance)
    if len(short) >= 3 and long.startswith(short):
        return 1 if len(short) > 4 else 2
    return 2 if len(short) > 4 and sound(left) == sound(right) and len(sound(left)) > 3 else None


def _joined(left: list[str], right: list[str]) -> int | None:
    """Slips between words written together on one side (`datasoft`, `data soft`); None where they are other words."""
    one, two = "".join(left), "".join(right)
    allowed = 0 if min(len(one), len(two)) < 5 else 1 if min(len(one), len(two)) < 9 else 2
    if abs(len(one) - len(two)) > allowed:
        return None
    distance = OSA.distance(one, two, score_cutoff=allowed)
    return int(distance) if distance <= allowed else None
