"""Finds what is the same in two systems: by identity where it is known, else by what both call it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from metrics.reconcile.items import Item

_DAYS_APART = 31
"""Numbers that two systems gave independently mean nothing; the same order is booked within about a month."""
_DAYS_NEAR = 3


class Pair(NamedTuple):
    """Two items that are one, and what showed it."""

    left: Item
    right: Item
    by: str


class Pairs(NamedTuple):
    """All pairs, and what is left over on each side; `doubles` of it share a key with something that has a partner."""

    pairs: list[Pair]
    left: list[Item]
    right: list[Item]
    doubles: set[tuple[str, str]]


Rule = tuple[str, Callable[[Item], Iterable[object]], Callable[[Item, Item], bool]]


def by_key(item: Item) -> Iterable[object]:
    return item.keys


def by_golden(item: Item) -> Iterable[object]:
    return (item.golden,) if item.golden else ()


def _by_purchase(item: Item) -> Iterable[object]:
    """A customer's order of the same own amount; the day is looked at beside."""
    return ((item.golden, item.currency, item.own),) if item.golden and item.own else ()


def _always(left: Item, right: Item) -> bool:
    return True


def _plausible(left: Item, right: Item) -> bool:
    """The same number is the same order unless the days are far apart and the amounts differ, too."""
    near = left.day is None or right.day is None or abs((left.day - right.day).days) <= _DAYS_APART
    return near or (left.own is not None and left.own == right.own and left.currency == right.currency)


def _near(left: Item, right: Item) -> bool:
    return left.day is not None and right.day is not None and abs((left.day - right.day).days) <= _DAYS_NEAR


ORDER_RULES: tuple[Rule, ...] = (
    ("number", by_key, _plausible),
    ("customer, amount and day", _by_purchase, _near),
)
RECORD_RULES: tuple[Rule, ...] = (("identity", by_golden, _always), ("shared key", by_key, _always))


def paired(left: Sequence[Item], right: Sequence[Item], rules: Sequence[Rule]) -> Pairs:
    """Each item has one partner at most; of several the one with the nearest day, then by key."""
    pairs: list[Pair] = []
    doubles: set[tuple[str, str]] = set()
    for name, keys, fits in rules:
        found, more = _by_rule(left, right, name, keys, fits)
        pairs += found
        doubles |= more
        taken = {(item.source, item.source_id) for pair in found for item in pair[:2]}
        left = [item for item in left if (item.source, item.source_id) not in taken]
        right = [item for item in right if (item.source, item.source_id) not in taken]
    return Pairs(pairs, list(left), list(right), doubles)


def _by_rule(
    left: Sequence[Item], right: Sequence[Item], name: str, keys: Callable[[Item], Iterable[object]],
    fits: Callable[[Item, Item], bool],
) -> tuple[list[Pair], set[tuple[str, str]]]:  # fmt: skip
    places: dict[object, list[int]] = {}
    for place, item in enumerate(right):
        for key in keys(item):
            places.setdefault(key, []).append(place)
    candidates = [
        (rank, _apart(item, right[theirs]), item.source_id, right[theirs].source_id, mine, theirs)
        for mine, item in enumerate(left)
        for rank, key in enumerate(keys(item))
        for theirs in places.get(key, ())
        if fits(item, right[theirs])
    ]
    pairs: list[Pair] = []
    doubles: set[tuple[str, str]] = set()
    taken: tuple[set[int], set[int]] = (set(), set())
    for *_, mine, theirs in sorted(candidates):
        if mine not in taken[0] and theirs not in taken[1]:
            pairs.append(Pair(left[mine], right[theirs], name))
            taken[0].add(mine)
            taken[1].add(theirs)
    for *_, mine, theirs in candidates:
        if mine not in taken[0]:
            doubles.add((left[mine].source, left[mine].source_id))
        if theirs not in taken[1]:
            doubles.add((right[theirs].source, right[theirs].source_id))
    return pairs, doubles


def _apart(left: Item, right: Item) -> int:
    return abs((left.day - right.day).days) if left.day and right.day else 0
