"""A comparison by month, customer or product: each system's own figure of a group, and the causes of the difference."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import localcontext

from hub.sdk.metric import EXACT
from metrics.reconcile.items import Amounts, Cause, Comparison, Difference, Item

UNKNOWN = "(none)"


@dataclass
class Group:
    """What two systems say of one group. `causes` add up to left - right, exactly; cause -> how many cases, how much.

    The figures of all groups add up to those of the systems."""

    name: str
    left: Amounts = field(default_factory=Amounts)
    right: Amounts = field(default_factory=Amounts)
    causes: dict[Cause, tuple[int, Amounts]] = field(default_factory=dict)

    @property
    def total(self) -> Amounts:
        return self.left - self.right

    def because(self, cause: Cause, amounts: Amounts) -> None:
        """One case more of a cause."""
        count, so_far = self.causes.get(cause, (0, Amounts()))
        self.causes[cause] = (count + 1, so_far + amounts)


def grouped(found: Comparison, by: str) -> list[Group]:
    """Every group of which either system counts anything: months in order, else the largest difference first.

    A pair is in one group, that of the left one, unless its months differ: what one system holds in another month than
    the other is late in both, and adds nothing to the whole."""
    groups: dict[str, Group] = {}

    def group(name: str) -> Group:
        return groups.setdefault(name, Group(name))

    with localcontext(EXACT):
        for item, named in _counting(found.items[0], {}):
            into = group(_name(item, named, by))
            into.left = into.left + item.amounts
        for item, named in _counting(found.items[1], found.partners):
            into = group(_name(item, named, by))
            into.right = into.right + item.amounts
        for difference in found.differences:
            for cause, amounts in difference.parts.items():
                group(_of(difference, by)).because(cause, amounts)
        for left, right in found.moved if by == "month" else ():
            group(left.month or UNKNOWN).because(Cause.LATE, right.amounts)
            group(right.month or UNKNOWN).because(Cause.LATE, Amounts() - right.amounts)
        made = list(groups.values())
        if by == "month":
            return sorted(made, key=lambda each: (each.name == UNKNOWN, each.name))
        return sorted(made, key=lambda each: (-abs(each.total.value), -abs(each.total.quantity), each.name))


def _counting(items: Iterable[Item], partners: Mapping[int, Item]) -> Iterator[tuple[Item, Item]]:
    """What adds to its system's figure, with the item by which it is named."""
    return ((item, partners.get(id(item), item)) for item in items if item.amounts)


def _name(item: Item, named: Item, by: str) -> str:
    if by == "month":
        return item.month or UNKNOWN
    return (named.customer if by == "customer" else named.name) or UNKNOWN


def _of(difference: Difference, by: str) -> str:
    if by == "month":
        return difference.month or UNKNOWN
    return _name(difference.item, difference.item, by)
