"""Deletes, which Magento reports nowhere: rows known are counted against rows there, and looked for if they differ.

Numbers are never given out twice, so as long as the counts up to the highest known number agree, nothing is gone. Where
they do not, halves are counted until few enough numbers are left to be read: cost follows the change, not the size.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from connectors.magento.api import MagentoApi
from connectors.magento.criteria import Filter, Search, number_of
from connectors.magento.ids import Ids
from connectors.magento.paging import ById, Row
from hub.sdk import SourceChanged

SMALL_ROWS = 1000
"""Rows a page where a row is a number or little more."""
_LIST = 100
"""Numbers in one filter: addresses have a length."""
_JUDGED_FROM = 50
"""Deletions below this are nobody's disaster ..."""
_EMPTIED_FROM = 10
"""... unless they are all there is."""


@dataclass
class Difference:
    """Numbers that are no longer at the source, and numbers that are there and were never read."""

    gone: list[int] = field(default_factory=list)
    missed: list[int] = field(default_factory=list)


@dataclass
class Presence:
    """What is known of a collection, against what there is. `search` holds its lasting filters."""

    api: MagentoApi
    search: Search
    known: Ids
    max_delete_share: float

    def total(self) -> int:
        """How many rows there are, new ones included."""
        return self.api.count(self.search)

    def difference(self) -> Difference:
        """Compare. SourceChanged, since nothing may be deleted then, where most of what is known is not there."""
        found = Difference()
        last = self.known.last
        if last:
            self._compare(0, last, self._count(0, last), found)
        require_plausible(len(found.gone), len(self.known), self.max_delete_share)
        return found

    def _compare(self, after: int, last: int, there: int, found: Difference) -> None:
        held = self.known.count(after + 1, last)
        if held == there:
            return
        if max(held, there) <= SMALL_ROWS or last - after <= 1:
            ids = numbers_of(self.api, self.search, after, last)
            found.gone += [number for number in self.known.within(after + 1, last) if number not in ids]
            found.missed += sorted(number for number in ids if number not in self.known)
            return
        middle = (after + last) // 2
        left = self._count(after, middle)
        self._compare(after, middle, left, found)
        self._compare(middle, last, there - left, found)

    def _count(self, after: int, last: int) -> int:
        return self.api.count(self.search.between(after, last))


def numbers_of(api: MagentoApi, search: Search, after: int, last: int) -> set[int]:
    """The numbers that there are above `after`, up to `last`."""
    rows = ById(api, search.only(search.id), SMALL_ROWS).window(after, last)
    return {number for row in rows if (number := number_of(row.get(search.id))) is not None}


def rows_of_numbers(api: MagentoApi, search: Search, numbers: list[int], size: int) -> Iterator[list[Row]]:
    """The rows of these numbers, a page at a time."""
    step = min(size, _LIST)
    for start in range(0, len(numbers), step):
        asked = ",".join(map(str, numbers[start : start + step]))
        yield api.everything(search.where(Filter(search.key, "in", asked)).ordered(search.key), step)


def require_plausible(gone: int, known: int, most: float) -> None:
    """Refuse to delete most of what is held because a search does not show it: a broken index looks just like that."""
    emptied = gone == known and known >= _EMPTIED_FROM
    if gone <= most * known or (gone < _JUDGED_FROM and not emptied):
        return
    raise SourceChanged(
        f"{gone} of {known} rows are not found any more, more than the {most:.0%} allowed.",
        fix="Nothing was deleted. If they are really gone, run `hub sync` with --verify and --allow-deletes.",
    )
