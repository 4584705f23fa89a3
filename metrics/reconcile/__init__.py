"""Two systems' own figures side by side, and every difference between them with its cause and its price."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import localcontext

from hub.sdk.metric import EXACT
from metrics.reconcile.causes import alone, between, between_customers
from metrics.reconcile.items import Amounts, Comparison, Difference, Item
from metrics.reconcile.pairing import ORDER_RULES, RECORD_RULES, paired

UNITS = {"orders": "orders", "revenue": "orders", "stock": "units", "customers": "customers"}


def compared(
    what: str, left: Sequence[Item], right: Sequence[Item], names: tuple[str, str], currency: str
) -> Comparison:
    """All differences between two systems. Their causes add up to the difference of the totals, to the last digit."""
    with localcontext(EXACT):
        rules = ORDER_RULES if what in ("orders", "revenue") else RECORD_RULES
        found = paired(left, right, rules)
        apart = between_customers if what == "customers" else between
        differences = [
            Difference(pair.left, pair.right, parts, pair.by)
            for pair in found.pairs
            if (parts := apart(pair.left, pair.right))
        ]
        both = [(pair.left, pair.right) for pair in found.pairs if pair.left.counts and pair.right.counts]
        moved = [(mine, theirs) for mine, theirs in both if mine.month != theirs.month]
        equal = len(found.pairs) - len(differences)
        newest = (_newest(left), _newest(right))
        for item in found.left:
            if item.amounts:
                cause = alone(item, newest[1], is_double=(item.source, item.source_id) in found.doubles)
                differences.append(Difference(item, None, {cause: item.amounts}))
        for item in found.right:
            if item.amounts:
                cause = alone(item, newest[0], is_double=(item.source, item.source_id) in found.doubles)
                differences.append(Difference(None, item, {cause: Amounts() - item.amounts}))
        differences.sort(key=lambda d: (-abs(d.total.value), -abs(d.total.quantity), d.item.source, d.item.source_id))
        return Comparison(
            what, *names, currency, UNITS[what], (_sum(left), _sum(right)),
            (sum(i.counts for i in left), sum(i.counts for i in right)), len(found.pairs),
            equal, differences, moved, (left, right), {id(pair.right): pair.left for pair in found.pairs},
        )  # fmt: skip


def _sum(items: Sequence[Item]) -> Amounts:
    return sum((item.amounts for item in items), Amounts())


def _newest(items: Sequence[Item]) -> date | None:
    return max((item.day for item in items if item.day), default=None)
