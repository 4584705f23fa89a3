"""Customers: what one is worth over its life."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from hub.sdk.metric import MONEY, Inputs, Metric, Output, Parameter, Scope, Table, Value, ratio, together
from metrics.order_facts import ORDER_DIMENSIONS
from metrics.relationship_facts import BUYS, YEAR_DAYS, in_period
from metrics.relationships import churned
from metrics.sales import ORDERS_NEEDED, RULE


def _uncounted(scope: Scope, facts: Table) -> Value:
    """The lifespan by churn follows from orders of the last twice `lapse_days`, wherever the period begins."""
    import ibis

    judged = (facts.kind == "order") & (facts.age_days >= 0) & (facts.age_days < scope.parameter("lapse_days") * 2)
    is_judged = (judged & (scope.parameter("lifespan") == "churn")).fill_null(False)
    return ibis.ifelse(is_judged, ibis.null("string"), in_period(scope, facts))


def _of_customer(scope: Scope, facts: Table) -> Mapping[str, Value]:
    inside = in_period(scope, facts).isnull()
    ordered = (facts.kind == "order") & inside
    base, lost = churned(scope, facts)
    return {
        "revenue": facts.sold.sum(where=inside).fill_null(0),
        "orders": ordered.sum(),
        "spent": facts.spent.sum().fill_null(0),
        "first_order": facts.day.min(where=ordered),
        "last_order": facts.day.max(where=ordered),
        "is_new": (ordered & (facts.day == facts.first_day)).any(),
        "was_there": base.any(),
        "is_lost": lost.any(),
    }


def _population(scope: Scope, groups: Table, keys: tuple[str, ...]) -> Table:
    """What is asked for by the keys, beside what holds for all customers alike, whatever is asked for."""
    lives = groups.group_by("customer_id").aggregate(
        orders=groups.orders.sum(),
        is_new=groups.is_new.fill_null(False).any(),
        was_there=groups.was_there.fill_null(False).any(),
        is_lost=groups.is_lost.fill_null(False).any(),
        observed=groups.last_order.max().delta(groups.first_order.min(), unit="day").cast("int64"),
    )
    lives = lives.filter(lives.customer_id.notnull())
    everybody = lives.aggregate(
        buyers=(lives.orders > 0).sum(),
        new_customers=lives.is_new.sum(),
        base=lives.was_there.sum(),
        lost=lives.is_lost.sum(),
        observed_days=lives.observed.sum(),
    )
    days = groups.aggregate(
        spent=groups.spent.sum(),
        days=scope.end.coalesce(groups.last_order.max()).delta(
            scope.start.coalesce(groups.first_order.min()), unit="day"
        )
        + 1,
    )
    asked = together(
        groups, keys,
        revenue=groups.revenue.sum(),
        orders=groups.orders.sum(),
        customers=groups.customer_id.nunique(where=groups.orders > 0),
    )  # fmt: skip
    return asked.cross_join(everybody).cross_join(days)


def _lifetime_days(m: Inputs) -> Decimal | None:
    """Days that a customer is taken to stay, by the variant asked for; none where they cannot be told."""
    if m["lifespan"] == "observed":
        return ratio(m["observed_days"], m["buyers"])
    if m["lifespan"] == "churn":
        return ratio(m["lapse_days"] * m["base"], m["lost"])
    return Decimal(m["lifespan_years"]) * YEAR_DAYS


def _acquisition(m: Inputs) -> Decimal:
    """What was set, else the marketing spend for each new customer, else nothing."""
    if m["acquisition_cost"] is not None:
        return Decimal(m["acquisition_cost"])
    return ratio(m["spent"], m["new_customers"]) or Decimal(0)


def _value(m: Inputs) -> Decimal | None:
    lifetime = _lifetime_days(m)
    value = None if lifetime is None else ratio(m["revenue"] * lifetime, m["customers"] * m["days"])
    return None if value is None else value - _acquisition(m)


LIFETIME_VALUE = Metric(
    id="customer_lifetime_value",
    title="Customer lifetime value",
    family="customers",
    unit=MONEY,
    grain="the whole population; by customer: one customer",
    formula=(
        "customer_lifetime_value = average_order_value x orders_per_year x lifespan_used - acquisition_cost; "
        "acquisition_cost is set, else marketing spend / new customers (first order of all in the period), else 0; "
        "average_order_value = revenue / orders; orders_per_year = orders / customers / (days / 365.25), over the "
        "customers that ordered and the days from the first to the last order (or the period asked for). By customer, "
        "`customers` is 1 and the days are those of the whole population. lifespan_used: lifespan=assumed takes the "
        "parameter lifespan_years; lifespan=observed the days from first to last order of a customer, on average over "
        "all (a lower bound); lifespan=churn takes lapse_days / churn, as in the metric customer_churn."
    ),
    source="Historic CLV by the formula AOV x frequency x lifespan - CAC, the lifespan by a named variant",
    exclusions=RULE + " Orders of guests are left out.",
    undefined_when="no order of a known customer counts in the period; empty where churn cannot be told or is 0",
    facts=(BUYS,),
    kinds=("order", "spend"),
    leaves_out=_uncounted,
    measures=_of_customer,
    within=("customer",),
    gather=_population,
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
        Output("lifespan_used", "Years a customer stays", "years", 6, lambda m: ratio(_lifetime_days(m), YEAR_DAYS)),
        Output("acquisition_cost_used", "Cost to win one customer", MONEY, 6, _acquisition),
        Output("customer_lifetime_value", "Customer lifetime value", MONEY, 6, _value),
    ),
    value="customer_lifetime_value",
    dimensions=ORDER_DIMENSIONS,
    own_parameters=(
        Parameter("lifespan_years", "decimal", "Years a customer is expected to stay."),
        Parameter("acquisition_cost", "decimal", "Cost to win one customer; from marketing spend where not set."),
        Parameter(
            "lifespan", "choice", "How long a customer stays: assumed, observed, or by churn.", "assumed",
            ("assumed", "observed", "churn"),
        ),
    ),
    needs=(ORDERS_NEEDED,),
)  # fmt: skip

METRICS = (LIFETIME_VALUE,)
