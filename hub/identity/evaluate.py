"""How good a resolution is, against what is known: precision, recall and F1 of links, of pairs in clusters, of
clusters."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Measure:
    """Counts of right, found and true ones; the three shares are 1 where there is nothing to find and nothing found."""

    right: int
    found: int
    true: int

    @property
    def precision(self) -> float:
        return self.right / self.found if self.found else 1.0

    @property
    def recall(self) -> float:
        return self.right / self.true if self.true else 1.0

    @property
    def f1(self) -> float:
        return 2 * self.right / (self.found + self.true) if self.found + self.true else 1.0


@dataclass(frozen=True)
class Quality:
    """`pairs`: pairs of records inside clusters; `clusters`: clusters of two or more that are exactly a true one."""

    pairs: Measure
    clusters: Measure


def against_clusters(cluster_of: Mapping[str, str], truth: Mapping[str, str]) -> Quality:
    """Compare clusters with true ones, for the records that both know."""
    known = [(cluster_of[record], true) for record, true in truth.items() if record in cluster_of]
    found, true = Counter(own for own, _ in known), Counter(true for _, true in known)
    both = Counter(known)
    pairs = Measure(_pairs(both), _pairs(found), _pairs(true))
    whole = sum(1 for (own, real), size in both.items() if size > 1 and size == found[own] == true[real])
    return Quality(pairs, Measure(whole, _several(found), _several(true)))


def against_pairs(cluster_of: Mapping[str, str], labelled: Iterable[tuple[str, str, bool]]) -> Measure:
    """Compare with labelled pairs (id, id, whether they are one); pairs with an id that is not known are left out."""
    right = found = true = 0
    for left, other, same in labelled:
        if left not in cluster_of or other not in cluster_of:
            continue
        linked = cluster_of[left] == cluster_of[other]
        right += linked and same
        found += linked
        true += same
    return Measure(right, found, true)


def _pairs(counts: Counter[str] | Counter[tuple[str, str]]) -> int:
    return sum(size * (size - 1) // 2 for size in counts.values())


def _several(counts: Counter[str]) -> int:
    return sum(1 for size in counts.values() if size > 1)
