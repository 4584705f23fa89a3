"""Customers over time as facts: each order with the ones before and after it, and the days on which customers lapse."""

from __future__ import annotations

from decimal import Decimal

from hub.sdk.metric import Facts, Parameter, Reason, Scope, Table, Value
from metrics.order_facts import ORDER_DIMENSIONS, REASONS, build_spend, order_rows, stacked

YEAR_DAYS = Decimal("365.25")
RELATION_REASONS = {**REASONS, "outside": Reason("outside the period", by_rule=True)}
LAPSE = Parameter("lapse_days", "integer", "A customer without an order for so many days has lapsed.", 365)


def build_buys(scope: Scope) -> Table:
    """One row for each order of a known customer, each lapse, and each marketing expense.

    customer_id  the golden customer
    first_day    of its first order of all, `last_day` of the last one up to the horizon, by whatever system;
                 `previous_day` and `next_day` are those of the orders around this one
    age_days     days from the order to the horizon: the end of the period, or the last order of all
    A customer lapses `lapse_days` after an order that no other followed by then.
    """
    import ibis

    orders = order_rows(scope)
    orders = orders.mutate(
        spent=scope.no_amount,
        left_out=orders.left_out.coalesce(ibis.ifelse(orders.customer_id.isnull(), "guest", ibis.null("string"))),
    )
    latest = orders.day.max(where=orders.left_out.isnull() & (orders.day <= scope.as_of)).over(ibis.window())
    orders = _in_order(orders.mutate(horizon=scope.end.coalesce(latest, scope.as_of)))
    orders = orders.mutate(age_days=orders.horizon.delta(orders.day, unit="day"))
    spend = build_spend(scope)
    nothing = {name: ibis.null("date") for name in ("first_day", "last_day", "previous_day", "next_day", "horizon")}
    spend = spend.mutate(customer_id=ibis.null("string"), age_days=ibis.null("int64"), **nothing)
    return stacked(orders, _lapses(scope, orders), spend)


def _in_order(orders: Table) -> Table:
    """Joins the days of the customer's other orders that count."""
    import ibis

    counts = orders.left_out.isnull()
    orders = orders.mutate(counts=counts)
    key = {"group_by": ["customer_id", "counts"], "order_by": ["day", "source", "source_id"]}
    by_day, all_of_them = ibis.window(**key), ibis.window(**key, rows=(None, None))  # one order, so it is made once
    rows = orders.mutate(
        first_day=orders.day.min().over(all_of_them),
        last_day=orders.day.max(where=orders.day <= orders.horizon).over(all_of_them),
        previous_day=orders.day.lag().over(by_day),
        next_day=orders.day.lead().over(by_day),
    )
    return rows.drop("counts")


def _lapses(scope: Scope, orders: Table) -> Table:
    import ibis

    gone_on = orders.day + ibis.interval(days=1) * scope.parameter("lapse_days")
    rows = orders.mutate(gone_on=gone_on.cast("date"))
    rows = rows.filter(
        rows.left_out.isnull()
        & (rows.gone_on <= rows.horizon)
        & (rows.next_day.isnull() | (rows.next_day > rows.gone_on))
    )
    return rows.mutate(kind=ibis.literal("lapse"), day=rows.gone_on, sold=scope.no_amount, assumed=ibis.null("string"))


def in_period(scope: Scope, facts: Table) -> Value:
    """Why a record outside the period does not count."""
    import ibis

    early, late = (facts.day < scope.start).fill_null(False), (facts.day > scope.end).fill_null(False)
    return ibis.ifelse(early | late, "outside", ibis.null("string"))


BUYS = Facts(
    "buys", "orders of known customers", build_buys, (*ORDER_DIMENSIONS, "cohort", "months_since"),
    RELATION_REASONS, dated=False, parameters=(LAPSE,),
)  # fmt: skip
