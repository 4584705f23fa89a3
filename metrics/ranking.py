"""Groups in order of an amount: rank, share of the total, and how much the first so many bring together."""

from __future__ import annotations

from decimal import Decimal

from hub.sdk.metric import Inputs, Table, ratio

A_SHARE, B_SHARE = Decimal("0.8"), Decimal("0.95")
"""Class A brings the first 80 %, B the next 15 %, C the rest."""


def ranked(groups: Table, amount: str, key: str, within: tuple[str, ...] = ()) -> Table:
    """Adds `rank`, `total` and `before`: what all groups of a higher rank bring. Ties are ranked by their key."""
    import ibis

    order = [ibis.desc(groups[amount]), groups[key]]
    whole = ibis.window(group_by=list(within))
    up_to = ibis.window(group_by=list(within), order_by=order, preceding=None, following=0)
    rows = groups.mutate(
        rank=ibis.row_number().over(group_by=list(within), order_by=order) + 1,
        total=groups[amount].sum().over(whole),
        reached=groups[amount].sum().over(up_to),
    )
    return rows.mutate(before=rows.reached - rows[amount]).drop("reached")


def abc(m: Inputs, amount: str) -> str | None:
    """The class: the group with which a limit is reached still belongs to the better one; nothing sold is C."""
    if m["total"] is None or m["total"] <= 0:
        return None
    if m[amount] <= 0:
        return "C"
    if m["before"] < m["total"] * A_SHARE:
        return "A"
    return "B" if m["before"] < m["total"] * B_SHARE else "C"


def cumulative(m: Inputs, amount: str) -> Decimal | None:
    return ratio(m["before"] + m[amount], m["total"])
