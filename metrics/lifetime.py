"""Customers: what one is worth over its life."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from hub.sdk.metric import MONEY, Inputs, Metric, Output, Parameter, Scope, Table, Value, ratio, together
from metrics.customers import without_guests
from metrics.dimensions import DIMENSIONS, attached
from metrics.order_facts import ORDERS
from metrics.order_parts import headers
from metrics.relationship_facts import LAPSE, YEAR_DAYS
from metrics.sales import ORDERS_NEEDED, RULE


def _of_customer(scope: Scope, facts: Table) -> Mapping[str, Value]:
    ordered = facts.kind == "order"
    days = scope.parameter("lapse_days")
    latest = facts.day.max(where=ordered & (facts.day <= scope.as_of)).as_scalar()
    age = scope.end.coalesce(latest, scope.as_of).delta(facts.day, unit="day")
    return {
        "revenue": facts.sold.sum().fill_null(0),
        "orders": ordered.sum(),
        "spent": facts.spent.sum().fill_null(0),
        "first_day": facts.day.min(where=ordered),
        "last_day": facts.day.max(where=ordered),
        "orders_then": (ordered & (age >= days) & (age < days * 2)).sum(),
        "orders_since": (ordered & (age >= 0) & (age < days)).sum(),
    }


def _population(scope: Scope, groups: Table, keys: tuple[str, ...]) -> Table:
    """What is asked for by the keys, beside what holds for all customers alike."""
    known = _known_before(scope)
    groups = groups.left_join(known, groups.customer_id == known.known)
    buying = groups.orders > 0
    who = groups.customer_id
    first = scope.start.coalesce(groups.first_day.min().as_scalar())
    last = scope.end.coalesce(groups.last_day.max().as_scalar())
    then, since = groups.orders_then > 0, groups.orders_since > 0
    return together(
        groups, keys,
        revenue=groups.revenue.sum(),
        orders=groups.orders.sum(),
        customers=who.nunique(where=buying),
        buyers=who.nunique(where=buying).as_scalar(),
        new_customers=who.nunique(where=buying & groups.known.isnull()).as_scalar(),
        spent=groups.spent.sum().as_scalar(),
        days=last.delta(first, unit="day") + 1,
        observed_days=groups.last_day.delta(groups.first_day, unit="day").cast("int64").sum().as_scalar(),
        base=who.nunique(where=then).as_scalar(),
        lost=who.nunique(where=then & ~since).as_scalar(),
    )  # fmt: skip


def _known_before(scope: Scope) -> Table:
    """Customers with an order before the period: those that are not new in it."""
    orders = headers(scope)
    orders = orders.filter(orders.left_out.isnull() & (orders.day < scope.start))
    orders = orders.select("source", "customer_source_id")
    found = attached(DIMENSIONS["customer"], scope, orders)
    return found.select(known=found.customer_id).distinct()


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
    facts=(ORDERS,),
    kinds=("order", "spend"),
    leaves_out=without_guests,
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
    own_parameters=(
        Parameter("lifespan_years", "decimal", "Years a customer is expected to stay."),
        Parameter("acquisition_cost", "decimal", "Cost to win one customer; from marketing spend where not set."),
        Parameter(
            "lifespan", "choice", "How long a customer stays: assumed, observed, or by churn.", "assumed",
            ("assumed", "observed", "churn"),
        ),
        LAPSE,
    ),
    needs=(ORDERS_NEEDED,),
)  # fmt: skip

METRICS = (LIFETIME_VALUE,)
