"""A set of numbers as ranges: the ids of a million rows in little room, since few of them are missing."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator


class Ids:
    """Sorted, disjoint ranges of whole numbers, both ends included."""

    def __init__(self, text: str = "") -> None:
        self._starts: list[int] = []
        self._ends: list[int] = []
        for part in filter(None, text.split(",")):
            start, _, end = part.partition("-")
            self._starts.append(int(start))
            self._ends.append(int(end or start))

    def __str__(self) -> str:
        """`1-400,402`"""
        ranges = zip(self._starts, self._ends, strict=True)
        return ",".join(str(start) if start == end else f"{start}-{end}" for start, end in ranges)

    def __len__(self) -> int:
        return sum(end - start + 1 for start, end in zip(self._starts, self._ends, strict=True))

    def __contains__(self, number: int) -> bool:
        place = bisect_right(self._starts, number) - 1
        return place >= 0 and number <= self._ends[place]

    def __iter__(self) -> Iterator[int]:
        for start, end in zip(self._starts, self._ends, strict=True):
            yield from range(start, end + 1)

    @property
    def last(self) -> int:
        """The highest number; 0 where there is none."""
        return self._ends[-1] if self._ends else 0

    def within(self, first: int, last: int) -> Iterator[int]:
        """The numbers from `first` to `last`."""
        place = bisect_left(self._ends, first)
        while place < len(self._starts) and self._starts[place] <= last:
            yield from range(max(first, self._starts[place]), min(last, self._ends[place]) + 1)
            place += 1

    def count(self, first: int, last: int) -> int:
        """How many numbers lie from `first` to `last`."""
        place, found = bisect_left(self._ends, first), 0
        while place < len(self._starts) and self._starts[place] <= last:
            found += min(last, self._ends[place]) - max(first, self._starts[place]) + 1
            place += 1
        return found

    def add(self, number: int) -> None:
        place = bisect_right(self._starts, number)
        if place and number <= self._ends[place - 1]:
            return
        joins_left = place > 0 and self._ends[place - 1] == number - 1
        joins_right = place < len(self._starts) and self._starts[place] == number + 1
        if joins_left and joins_right:
            self._ends[place - 1] = self._ends[place]
            del self._starts[place], self._ends[place]
        elif joins_left:
            self._ends[place - 1] = number
        elif joins_right:
            self._starts[place] = number
        else:
            self._starts.insert(place, number)
            self._ends.insert(place, number)

    def update(self, numbers: Iterable[int]) -> None:
        for number in numbers:
            self.add(number)

    def discard(self, number: int) -> None:
        place = bisect_right(self._starts, number) - 1
        if place < 0 or number > self._ends[place]:
            return
        start, end = self._starts[place], self._ends[place]
        kept = [(low, high) for low, high in ((start, number - 1), (number + 1, end)) if low <= high]
        self._starts[place : place + 1] = [low for low, _ in kept]
        self._ends[place : place + 1] = [high for _, high in kept]
