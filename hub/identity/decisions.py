"""What people decided, as pairs of records. The newest word on a matter binds; nothing here is guessed.

A split says that each record that leaves is not the same as each one that stays. A merge, or an accepted pair, binds
all
records of the golden records together, and lifts whatever an earlier decision said against it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from hub.store.identity import Decision, Key, Said


class _Bonds:
    """Records bound together, and bundles that are kept apart."""

    def __init__(self) -> None:
        self.top: dict[Key, Key] = {}
        self.apart: dict[Key, set[Key]] = defaultdict(set)

    def find(self, record: Key) -> Key:
        while (upper := self.top.setdefault(record, record)) != record:
            record = upper
        return record

    def bind(self, left: Key, right: Key) -> bool:
        """False where that would contradict."""
        one, two = sorted((self.find(left), self.find(right)))
        if two in self.apart[one]:
            return False
        if one != two:
            self.top[two] = one
            for other in self.apart.pop(two, set()):
                self.apart[other].discard(two)
                self.apart[other].add(one)
                self.apart[one].add(other)
        return True

    def part(self, left: Key, right: Key) -> bool:
        """False where that would contradict."""
        one, two = self.find(left), self.find(right)
        if one == two:
            return False
        self.apart[one].add(two)
        self.apart[two].add(one)
        return True


def in_force(decisions: Iterable[Decision]) -> list[Said]:
    """The pairs that bind now. Of words that contradict one another, straight or around a corner, the newest holds."""
    bonds = _Bonds()
    known: set[tuple[Key, ...]] = set()
    binding = []
    for decision in sorted(decisions, key=lambda each: -each.id):
        for said in decision.pairs if decision.in_force else ():
            pair = tuple(sorted((said.left, said.right)))
            if pair not in known and (bonds.bind if said.same else bonds.part)(*pair):
                binding.append(said)
            known.add(pair)
    return binding


def bound_together(records: Sequence[Key], binding: Iterable[Said]) -> list[Said]:
    """A merge: all these records are one, and what was said against it counts no longer."""
    records = sorted(records)
    among = set(records)
    star = [Said(records[0], other, True) for other in records[1:]]
    lifted = [
        Said(said.left, said.right, True)
        for said in binding
        if not said.same and said.left in among and said.right in among
    ]
    return _once([*star, *lifted])


def taken_apart(leaving: Sequence[Key], staying: Sequence[Key], binding: Iterable[Said]) -> list[Said]:
    """A split. What people had bound together stays so on either side, even where the record between them has left."""
    bonds = _Bonds()
    for said in binding:
        if said.same:
            bonds.bind(said.left, said.right)
    kept: list[Said] = []
    for side in (leaving, staying):
        bundles: dict[Key, list[Key]] = defaultdict(list)
        for record in sorted(side):
            bundles[bonds.find(record)].append(record)
        for bundle in bundles.values():
            kept += [Said(bundle[0], other, True) for other in bundle[1:]]
    return _once([*(Said(one, other, False) for one in sorted(leaving) for other in sorted(staying)), *kept])


def _once(pairs: Iterable[Said]) -> list[Said]:
    found: dict[tuple[Key, ...], Said] = {}
    for said in pairs:
        found.setdefault(tuple(sorted((said.left, said.right))), said)
    return list(found.values())
