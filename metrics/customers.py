"""Customers: how recent, frequent and valuable their orders are, and what that makes of them."""

from __future__ import annotations

from collections.abc import Mapping

from hub.sdk.metric import MONEY, Inputs, Metric, Output, Scope, Table, Value
from metrics.order_facts import ORDERS
from metrics.sales import ORDERS_NEEDED, RULE


def without_guests(_: Scope, facts: Table) -> Value:
    """Guests have no lifetime."""
    import ibis

    guest = (facts.kind == "order") & facts.customer_source_id.isnull()
    return ibis.ifelse(guest, "guest", ibis.null("string"))


def _rfm(scope: Scope, facts: Table) -> Mapping[str, Value]:
    return {
        "last_order": facts.day.max(),
        "recency_days": scope.end.coalesce(facts.day.max().as_scalar()).delta(facts.day.max(), unit="day"),
        "orders": facts.count(),
        "revenue": facts.sold.sum().fill_null(0),
    }


def _scores(_: Scope, groups: Table) -> Table:
    return groups.mutate(
        r_score=quintile(groups, groups.recency_days, descending=True),
        f_score=quintile(groups, groups.orders),
        m_score=quintile(groups, groups.revenue),
    )


def quintile(groups: Table, value: Value, *, descending: bool = False) -> Value:
    """1 for the lowest fifth to 5 for the highest. Equal values get the same, the lower, score; whole numbers only."""
    import ibis

    before = ibis.rank().over(order_by=ibis.desc(value) if descending else value)
    everybody = groups.count().over(ibis.window())
    score = ibis.literal(1)
    for fifth in range(1, 5):
        score = score + (before * 5 >= everybody * fifth).cast("int64")
    return score


def segment(m: Inputs) -> str:
    """The name of what the scores say; of frequency and monetary value the mean counts."""
    recency, worth = m["r_score"], m["f_score"] + m["m_score"]
    return next(
        name for name, least_recency, least_worth in _SEGMENTS if recency >= least_recency and worth >= least_worth
    )


_SEGMENTS = (
    ("champions", 4, 8),
    ("loyal", 3, 7),
    ("potential loyalists", 4, 4),
    ("new", 5, 2),
    ("promising", 4, 2),
    ("need attention", 3, 4),
    ("about to sleep", 3, 2),
    ("cannot lose", 1, 9),
    ("at risk", 1, 6),
    ("hibernating", 2, 2),
    ("lost", 1, 2),
)
"""Name, least recency score, least sum of the frequency and the monetary score: the first that fits."""


RFM = Metric(
    id="rfm",
    title="Recency, frequency, monetary value",
    family="customers",
    unit="score",
    grain="a customer",
    formula=(
        "recency_days = days from the customer's last order to the end of the period, or to the last order of all; "
        "frequency = orders; monetary = gross revenue. Each is scored 1 to 5 by fifths of the customers (5 is best); "
        "equal values get equal scores. rfm = the three scores side by side. segment = the first that fits of: "
        + ", ".join(f"{name} (R from {recency}, F + M from {worth})" for name, recency, worth in _SEGMENTS)
        + "."
    ),
    source="Hughes, Strategic Database Marketing (1994): quintile scoring",
    exclusions=RULE + " Orders of guests are left out.",
    undefined_when="no order of a known customer counts in the period",
    facts=(ORDERS,),
    kinds=("order",),
    leaves_out=without_guests,
    measures=_rfm,
    finish=_scores,
    outputs=(
        Output("last_order", "Last order", "day"),
        Output("recency_days", "Days since", "days"),
        Output("orders", "Orders", "orders"),
        Output("revenue", "Gross revenue", MONEY),
        Output("r_score", "R", "score"),
        Output("f_score", "F", "score"),
        Output("m_score", "M", "score"),
        Output("rfm", "RFM", "score", None, lambda m: f"{m['r_score']}{m['f_score']}{m['m_score']}"),
        Output("segment", "Segment", "class", None, segment),
    ),
    value="rfm",
    by=("customer",),
    always=("customer",),
    dimensions=("customer",),
    needs=(ORDERS_NEEDED,),
)

METRICS = (RFM,)
