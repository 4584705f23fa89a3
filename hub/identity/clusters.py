"""Scored pairs to companies: records that hang together are put into clusters by the average of all their pairs.

A cluster never holds two records that a veto or a person keeps apart, however they hang together. No record is linked
to one of two companies that it fits equally well. Nothing depends on the order in which records came.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from hub.identity.weights import Weights

_CAP = 20.0
"""No pair counts more in an average, so that one number in common does not outvote what speaks against."""


@dataclass(frozen=True)
class Pair:
    """Two records of one component by place, and what is known of them. `blocked`: may never share a cluster;
    `bound`: a person said they are one; `contradicted`: something known of both differs."""

    left: int
    right: int
    score: float
    blocked: bool = False
    bound: bool = False
    contradicted: bool = False


@dataclass
class _Group:
    members: list[int]
    sums: dict[int, float] = field(default_factory=dict)
    """Other group -> sum of the capped scores between the two."""
    counts: dict[int, int] = field(default_factory=dict)
    blocked: set[int] = field(default_factory=set)


def split(size: int, pairs: Iterable[Pair], weights: Weights) -> list[list[int]]:
    """Clusters of the records 0 to size-1 of one component, which stand in order of their ids; singletons included."""
    pairs = _without_ambiguous(size, list(pairs), weights)
    groups = {place: _Group([place]) for place in range(size)}
    for pair in pairs:
        for one, two in ((pair.left, pair.right), (pair.right, pair.left)):
            groups[one].sums[two] = max(-_CAP, min(_CAP, pair.score))
            groups[one].counts[two] = 1
            if pair.blocked and not pair.bound:
                groups[one].blocked.add(two)
    for pair in sorted(pairs, key=lambda pair: (pair.left, pair.right)):
        if pair.bound:
            _join(groups, _holder(groups, pair.left), _holder(groups, pair.right))
    while (best := _best(groups, weights.link)) is not None:
        _join(groups, *best)
    return [sorted(group.members) for _, group in sorted(groups.items())]


def _holder(groups: Mapping[int, _Group], record: int) -> int:
    return next(name for name, group in groups.items() if record in group.members)


def _best(groups: Mapping[int, _Group], link: float) -> tuple[int, int] | None:
    """The two groups with the highest average that may be joined; of equals, those with the first ids."""
    best: tuple[float, int, int] | None = None
    for name, group in groups.items():
        for other, total in group.sums.items():
            if other <= name or other in group.blocked:
                continue
            average = total / group.counts[other]
            if average >= link and (best is None or (-average, name, other) < best):
                best = (-average, name, other)
    return best[1:] if best else None


def _join(groups: dict[int, _Group], one: int, two: int) -> None:
    if one == two:
        return
    one, two = min(one, two), max(one, two)
    kept, gone = groups[one], groups.pop(two)
    kept.members += gone.members
    kept.blocked |= gone.blocked
    for other, total in gone.sums.items():
        kept.sums[other] = kept.sums.get(other, 0.0) + total
        kept.counts[other] = kept.counts.get(other, 0) + gone.counts[other]
    for name in (one, two):
        kept.sums.pop(name, None)
        kept.counts.pop(name, None)
        kept.blocked.discard(name)
    for name, group in groups.items():
        if two in group.sums:
            group.sums.pop(two)
            group.counts.pop(two)
            if name != one:
                group.sums[one], group.counts[one] = kept.sums[name], kept.counts[name]
        if two in group.blocked:
            group.blocked.discard(two)
            group.blocked.add(one)


def _without_ambiguous(size: int, pairs: list[Pair], weights: Weights) -> list[Pair]:
    """The pairs; links of a record that fits two others about equally well, which do not fit each other, are no
    links."""
    known = {(pair.left, pair.right): pair for pair in pairs}
    links: list[list[Pair]] = [[] for _ in range(size)]
    for pair in pairs:
        if pair.score >= weights.link and not pair.blocked and not pair.bound:
            links[pair.left].append(pair)
            links[pair.right].append(pair)
    doubtful: set[tuple[int, int]] = set()
    for record, mine in enumerate(links):
        for one, two in _rivals(mine, weights):
            left, right = sorted((_other(one, record), _other(two, record)))
            between = known.get((left, right))
            if between is None or between.bound or not _contradict(between, weights):
                continue
            doubtful |= {(one.left, one.right), (two.left, two.right)}
    if not doubtful:
        return pairs
    low = weights.review
    return [
        Pair(pair.left, pair.right, min(pair.score, low)) if (pair.left, pair.right) in doubtful else pair
        for pair in pairs
    ]


def _contradict(pair: Pair, weights: Weights) -> bool:
    """Whether two records are told to be two companies, rather than hardly comparable."""
    return pair.blocked or pair.score < 0 or (pair.contradicted and pair.score < weights.review)


def _rivals(mine: Sequence[Pair], weights: Weights) -> Iterable[tuple[Pair, Pair]]:
    if len(mine) < 2:
        return
    best = max(pair.score for pair in mine)
    near = [pair for pair in mine if pair.score >= best - weights.ambiguous and pair.score < weights.strong]
    for place, one in enumerate(near):
        for two in near[place + 1 :]:
            yield one, two


def _other(pair: Pair, record: int) -> int:
    return pair.right if pair.left == record else pair.left
