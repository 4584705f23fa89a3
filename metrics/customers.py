"""Customers: what one is worth over its life, and how recent, frequent and valuable its orders are."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from hub.sdk.metric import MONEY, Inputs, Metric, Output, Parameter, Scope, Table, Value, ratio
from metrics.order_facts import ORDERS
from metrics.sales import ORDERS_NEEDED, RULE

YEAR_DAYS = Decimal("365.25")


def without_guests(_: Scope, facts: Table) -> Value:
    """Guests have no lifetime."""
    import ibis

    guest = (facts.kind == "order") & facts.customer_source_id.isnull()
    return ibis.ifelse(guest, "guest", ibis.null("string"))


def _lifetime(scope: Scope, facts: Table) -> Mapping[str, Value]:
    ordered = facts.filter(facts.kind == "order")
    first = scope.start.coalesce(ordered.day.min().as_scalar())
    last = scope.end.coalesce(ordered.day.max().as_scalar())
    return {
        "revenue": facts.sold.sum().fill_null(0),
        "orders": (facts.kind == "order").sum(),
        "customers": facts.customer_id.nunique(),
        "buyers": facts.customer_id.nunique().as_scalar(),
        "spent": facts.spent.sum().as_scalar(),
        "days": last.delta(first, unit="day") + 1,
    }


def _acquisition(m: Inputs) -> Decimal:
    """What was set, else the marketing spend for each customer that ordered, else nothing."""
    if m["acquisition_cost"] is not None:
        return Decimal(m["acquisition_cost"])
    return ratio(m["spent"], m["buyers"]) or Decimal(0)


def _value(m: Inputs) -> Decimal | None:
    lifetime_days = m["lifespan_years"] * YEAR_DAYS
    value = ratio(m["revenue"] * lifetime_days, m["customers"] * m["days"])
    return None if value is None else value - _acquisition(m)


LIFETIME_VALUE = Metric(
    id="customer_lifetime_value",
    title="Customer lifetime value",
    family="customers",
    unit=MONEY,
    grain="the whole population; by customer: one customer",
    formula=(
        "customer_lifetime_value = average_order_value x orders_per_year x lifespan_years - acquisition_cost; "
        "acquisition_cost is set, else marketing spend / customers, else 0; "
        "average_order_value = revenue / orders; orders_per_year = orders / customers / (days / 365.25), over the "
        "customers that ordered and the days from the first to the last order (or the period asked for). By customer, "
        "`customers` is 1 and the days are those of the whole population."
    ),
    source="Historic CLV by the formula AOV x frequency x lifespan - CAC; the lifespan is assumed (parameter)",
    exclusions=RULE + " Orders of guests are left out.",
    undefined_when="no order of a known customer counts in the period",
    facts=(ORDERS,),
    kinds=("order", "spend"),
    attaches=("customer",),
    leaves_out=without_guests,
    measures=_lifetime,
    finish=lambda _, groups: groups.filter(groups.orders > 0),
    outputs=(
        Output("customers", "Customers that ordered", "customers"),
        Output("orders", "Orders", "orders"),
        Output("revenue", "Gross revenue", MONEY),
        Output("days", "Days observed", "days"),
        Output("average_order_value", "Average order value", MONEY, 6, lambda m: ratio(m["revenue"], m["orders"])),
        Output(
            "orders_per_year", "Orders per customer and year", "orders", 6,
            lambda m: ratio(m["orders"] * YEAR_DAYS, m["customers"] * m["days"]),
        ),
        Output("acquisition_cost_used", "Cost to win one customer", MONEY, 6, _acquisition),
        Output("customer_lifetime_value", "Customer lifetime value", MONEY, 6, _value),
    ),
    value="customer_lifetime_value",
    own_parameters=(
        Parameter("lifespan_years", "decimal", "Years a customer is expected to stay."),
        Parameter("acquisition_cost", "decimal", "Cost to win one customer; from marketing spend where not set."),
    ),
    needs=(ORDERS_NEEDED,),
)  # fmt: skip


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


RFM = Metric(
    id="rfm",
    title="Recency, frequency, monetary value",
    family="customers",
    unit="score",
    grain="a customer",
    formula=(
        "recency_days = days from the customer's last order to the end of the period, or to the last order of all; "
        "frequency = orders; monetary = gross revenue. Each is scored 1 to 5 by fifths of the customers (5 is best); "
        "equal values get equal scores. rfm = the three scores side by side."
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
    ),
    value="rfm",
    by=("customer",),
    always=("customer",),
    dimensions=("customer",),
    needs=(ORDERS_NEEDED,),
)

METRICS = (LIFETIME_VALUE, RFM)
