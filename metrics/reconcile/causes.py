"""Why two systems differ on one thing. Whatever is not explained is said to be so: the parts always add up."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from itertools import combinations

from hub.sdk.metric import EXACT
from metrics.reconcile.items import ZERO, Amounts, Cause, Item

_CENTS = Decimal("0.05")
"""Systems that round each line differ by a few cents."""
_UNITS = Decimal("0.01")
_RATES_APART = Decimal("0.05")
"""Two days' or two banks' rates are rarely further apart: a share of the amount."""
_SCALES = (Decimal(10), Decimal(100), Decimal(1000))


def alone(item: Item, other_newest: date | None, *, is_double: bool) -> Cause:
    """Why something has no partner. `other_newest`: the newest day that the other system knows anything of."""
    if is_double:
        return Cause.DUPLICATE
    if other_newest is not None and item.day is not None and item.day > other_newest:
        return Cause.LATE
    return Cause.MISSING


def between(left: Item, right: Item) -> dict[Cause, Amounts]:
    """The parts of left - right; none where they agree."""
    total = left.amounts - right.amounts
    if not total:
        return {}
    one_sided = _one_sided(left, right)
    if one_sided:
        return {one_sided: total}
    parts = _of_stock(left, right, total) if left.own is None and right.own is None else _of_money(left, right, total)
    return {cause: amounts for cause, amounts in parts.items() if amounts}


def between_customers(left: Item, right: Item) -> dict[Cause, Amounts]:
    """The same for customers: of one that both have, only the orders can differ."""
    total = left.amounts - right.amounts
    return {Cause.ORDERS: total} if total else {}


def _one_sided(left: Item, right: Item) -> Cause | None:
    """Where one of them does not count, that is the whole reason."""
    if left.counts and right.counts:
        return None
    silent = right if left.counts else left
    if silent.why is None:
        return Cause.LATE
    return Cause.CANCELLED if silent.why == "cancelled" else Cause.LEFT_OUT


def _of_stock(left: Item, right: Item, total: Amounts) -> dict[Cause, Amounts]:
    mine, theirs = left.quantity, right.quantity
    if abs(mine - theirs) <= _UNITS:
        return {Cause.ROUNDING: total}
    if any(mine * factor == theirs or theirs * factor == mine for factor in (*left.factors, *right.factors) if factor):
        return {Cause.UNIT: total}
    if mine in right.earlier or theirs in left.earlier:
        return {Cause.LATE: total}
    return {Cause.UNEXPLAINED: total}


def _of_money(left: Item, right: Item, total: Amounts) -> dict[Cause, Amounts]:
    if left.own is None or right.own is None:
        return {Cause.UNEXPLAINED: total}
    if left.currency != right.currency:
        return {_of_currencies(left, right): total}
    if left.own == right.own:
        return {Cause.CURRENCY: total}
    if any(left.own * scale == right.own or right.own * scale == left.own for scale in _SCALES):
        return {Cause.UNIT: total}
    return _of_amounts(left, right, total)


def _of_currencies(left: Item, right: Item) -> Cause:
    near = abs(left.value - right.value) <= _RATES_APART * max(abs(left.value), abs(right.value))
    return Cause.CURRENCY if near or left.own == right.own else Cause.UNEXPLAINED


def _of_amounts(left: Item, right: Item, total: Amounts) -> dict[Cause, Amounts]:
    """Tax, shipping or both, whole, with a few cents between them; nothing else is guessed."""
    assert left.own is not None and right.own is not None
    apart = left.own - right.own
    for named in _explanations(left, right):
        rest = apart - sum(named.values(), ZERO)
        if abs(rest) <= _CENTS:
            return _shared_out(named, rest, apart, total)
    return {Cause.ROUNDING if abs(apart) <= _CENTS else Cause.UNEXPLAINED: total}


def _explanations(left: Item, right: Item) -> Iterator[dict[Cause, Decimal]]:
    """What one side may hold that the other does not: fewer things first."""
    yield {}
    of_both = ((Cause.TAX, (left.tax, right.tax)), (Cause.FREIGHT, (left.freight, right.freight)))
    for sign in (1, -1):
        single = [(cause, sign * amount) for cause, amounts in of_both for amount in dict.fromkeys(amounts) if amount]
        yield from ({cause: amount} for cause, amount in single)
        yield from ({one[0]: one[1], two[0]: two[1]} for one, two in combinations(single, 2) if one[0] != two[0])


def _shared_out(named: dict[Cause, Decimal], rest: Decimal, apart: Decimal, total: Amounts) -> dict[Cause, Amounts]:
    """The difference in the reporting currency, in the shares of the own amounts; rounding takes what is left."""
    parts: dict[Cause, Amounts] = {}
    left_over = total
    for cause, amount in named.items():
        share = total if amount == apart else Amounts(ZERO, _share(total.value, amount, apart))
        parts[cause] = share
        left_over = left_over - share
    if left_over:
        parts[Cause.ROUNDING] = left_over
    return parts


def _share(value: Decimal, amount: Decimal, of: Decimal) -> Decimal:
    return EXACT.divide(value * amount, of).quantize(Decimal("0.000001"), context=EXACT) if of else ZERO
