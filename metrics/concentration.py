"""Customers: how much of the revenue comes from how few of them."""

from __future__ import annotations

from collections.abc import Mapping

from hub.sdk.metric import MONEY, Metric, Output, Scope, Table, Value, ratio, together
from metrics.customers import without_guests
from metrics.order_facts import ORDERS
from metrics.order_parts import NET
from metrics.ranking import abc, cumulative, ranked
from metrics.sales import ORDERS_NEEDED, RULE

_RULE = RULE + " Orders of guests are left out."
_FOR_LIMITS = "decimal(38, 20)"
"""With all their digits, multiples of large sums would not fit."""


def _revenue(_: Scope, facts: Table) -> Mapping[str, Value]:
    return {"orders": facts.count(), "revenue": facts.sold.sum().fill_null(0)}


CLASSES = Metric(
    id="customer_classes",
    title="Customers by ABC",
    family="customers",
    unit="class",
    grain="a customer",
    formula=(
        "abc: customers in order of gross revenue; those with which the first 80 % are reached are A, up to 95 % B, "
        "the rest C. share = revenue / revenue of all known customers."
    ),
    source="ABC analysis by Pareto shares of 80, 15 and 5 %",
    exclusions=_RULE,
    undefined_when="no order of a known customer counts in the period",
    facts=(ORDERS,),
    kinds=("order",),
    leaves_out=without_guests,
    measures=_revenue,
    finish=lambda _, groups: ranked(groups, "revenue", "customer_id"),
    outputs=(
        Output("rank", "Rank", "score"),
        Output("orders", "Orders", "orders"),
        Output("revenue", "Gross revenue", MONEY),
        Output("share", "Share", "share", 6, lambda m: ratio(m["revenue"], m["total"])),
        Output("cumulative_share", "Cumulative", "share", 6, lambda m: cumulative(m, "revenue")),
        Output("abc", "ABC", "class", of=lambda m: abc(m, "revenue")),
    ),
    value="abc",
    by=("customer",),
    always=("customer",),
    dimensions=("customer",),
    needs=(ORDERS_NEEDED,),
)


def _shares(scope: Scope, groups: Table, keys: tuple[str, ...]) -> Table:
    rows = ranked(groups, "revenue", "customer_id", keys)
    rows = rows.mutate(
        share=scope.divided(rows.revenue.cast(NET), rows.total.cast(NET), 10).cast("decimal(18, 10)"),
        everybody=rows["rank"].max().over(group_by=list(keys)),
    )
    return together(
        rows, keys,
        customers=rows.count(),
        revenue=rows.revenue.sum(),
        largest=rows.revenue.max(),
        first_ten=rows.revenue.sum(where=rows["rank"] <= 10),
        first_fifth=rows.revenue.sum(where=(rows["rank"] - 1) * 5 < rows.everybody),
        for_80_percent=(rows.before.cast(_FOR_LIMITS) * 5 < rows.total.cast(_FOR_LIMITS) * 4).sum(),
        herfindahl=(rows.share * rows.share).sum(),
    )  # fmt: skip


CONCENTRATION = Metric(
    id="revenue_concentration",
    title="Revenue concentration",
    family="customers",
    unit="share",
    grain="the whole period",
    formula=(
        "first_fifth_share = gross revenue of the fifth of the customers that buy most (rounded up) / that of all "
        "known customers; largest_share and first_ten_share likewise; for_80_percent = how many of the largest "
        "customers bring 80 % of it; herfindahl = sum of the squares of the customers' shares: 1 is one customer, 1 / "
        "n are n equal ones."
    ),
    source="Pareto shares; Herfindahl-Hirschman index",
    exclusions=_RULE,
    undefined_when="no order of a known customer counts in the period",
    facts=(ORDERS,),
    kinds=("order",),
    leaves_out=without_guests,
    measures=_revenue,
    within=("customer",),
    gather=_shares,
    outputs=(
        Output("customers", "Customers", "customers"),
        Output("revenue", "Gross revenue", MONEY),
        Output("largest_share", "The largest", "share", 6, lambda m: ratio(m["largest"], m["revenue"])),
        Output("first_ten_share", "The first ten", "share", 6, lambda m: ratio(m["first_ten"], m["revenue"])),
        Output("first_fifth_share", "The first fifth", "share", 6, lambda m: ratio(m["first_fifth"], m["revenue"])),
        Output("for_80_percent", "Bring 80 %", "customers"),
        Output("herfindahl", "Herfindahl", "share", 6),
    ),
    value="first_fifth_share",
    dimensions=("month", "quarter", "year", "source", "channel", "country", "industry", "segment"),
    needs=(ORDERS_NEEDED,),
)

METRICS = (CLASSES, CONCENTRATION)
