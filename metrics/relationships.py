"""Customers: who is new, who came back, who left; cohorts, churn, and what winning one costs."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from hub.sdk.metric import EXACT, MONEY, Inputs, Metric, Need, Output, Scope, Table, Value, ratio, together
from metrics.relationship_facts import BUYS, YEAR_DAYS, in_period
from metrics.sales import ORDERS_NEEDED, RULE

_RULE = RULE + " Orders of guests are left out."
_GROUPS = ("country", "industry", "segment", "company_size")
_CALENDAR = ("month", "quarter", "year")


def _activity(scope: Scope, facts: Table) -> Mapping[str, Value]:
    """What one customer did."""
    ordered = facts.kind == "order"
    back = facts.day.delta(facts.previous_day, unit="day") > scope.parameter("lapse_days")
    return {
        "bought": ordered.any(),
        "is_new": (ordered & (facts.day == facts.first_day).fill_null(False)).any(),
        "is_back": (ordered & back.fill_null(False)).any(),
        "is_gone": (facts.kind == "lapse").any(),
        "revenue": facts.sold.sum().fill_null(0),
        "new_revenue": facts.sold.sum(where=ordered & (facts.day == facts.first_day)).fill_null(0),
    }


def _active(_: Scope, groups: Table, keys: tuple[str, ...]) -> Table:
    return together(
        groups, keys,
        buyers=groups.bought.sum(),
        new=groups.is_new.sum(),
        reactivated=groups.is_back.sum(),
        lapsed=groups.is_gone.sum(),
        revenue=groups.revenue.sum(),
        new_revenue=groups.new_revenue.sum(),
    )  # fmt: skip


ACTIVITY = Metric(
    id="customer_activity",
    title="New, returning and lapsed customers",
    family="customers",
    unit="customers",
    grain="a month",
    formula=(
        "buyers = customers that ordered; new = those whose first order of all is in the month; returning = buyers - "
        "new; reactivated = those that had been lapsed; lapsed = those for whom it is lapse_days since an order that "
        "no other followed."
    ),
    source="Customer base accounting by first and last order",
    exclusions=_RULE,
    undefined_when="no order of a known customer counts in the period",
    facts=(BUYS,),
    kinds=("order", "lapse"),
    leaves_out=in_period,
    measures=_activity,
    within=("customer",),
    gather=_active,
    outputs=(
        Output("buyers", "Customers that ordered", "customers"),
        Output("new", "New", "customers"),
        Output("returning", "Returning", "customers", of=lambda m: m["buyers"] - m["new"]),
        Output("reactivated", "Reactivated", "customers"),
        Output("lapsed", "Lapsed", "customers"),
        Output("revenue", "Gross revenue", MONEY),
        Output("new_revenue", "From first orders", MONEY),
    ),
    value="buyers",
    by=("month",),
    dimensions=(*_CALENDAR, "source", "channel", *_GROUPS),
    needs=(ORDERS_NEEDED,),
)


def churned(scope: Scope, facts: Table) -> tuple[Value, Value]:
    """Orders in the `lapse_days` before the last `lapse_days`, and those of them whose customer has none since."""
    days = scope.parameter("lapse_days")
    then = ((facts.kind == "order") & (facts.age_days >= days) & (facts.age_days < days * 2)).fill_null(False)
    return then, then & (facts.horizon.delta(facts.last_day, unit="day") >= days)


def _churn_years(m: Inputs) -> Decimal | None:
    """Years that a customer stays at this churn; none where nobody or everybody can be judged."""
    lost, base = m["lost"], m["base"]
    return ratio(m["lapse_days"] * base, lost * YEAR_DAYS) if lost and base else None


def _churn(scope: Scope, facts: Table) -> Mapping[str, Value]:
    active = (facts.age_days >= 0) & (facts.age_days < scope.parameter("lapse_days"))
    base, lost = churned(scope, facts)
    return {
        "customers": facts.customer_id.nunique(where=facts.age_days >= 0),
        "active": facts.customer_id.nunique(where=active),
        "base": facts.customer_id.nunique(where=base),
        "lost": facts.customer_id.nunique(where=lost),
    }


CHURN = Metric(
    id="customer_churn",
    title="Churn",
    family="customers",
    unit="share",
    grain="the customers known by the end of the period, or by the last order of all",
    formula=(
        "churn = lost / base: base = customers that ordered in the lapse_days before the last lapse_days; lost = those "
        "of them without an order since. active = customers with an order in the last lapse_days; lapsed = all others. "
        "lifespan_years = lapse_days / 365.25 / churn. The days end with the period, or with the last order of all; "
        "its start does not matter."
    ),
    source="Churn without contracts, by the time since the last order",
    exclusions=_RULE,
    undefined_when="no order of a known customer is held; churn is empty where nobody ordered in the days before",
    facts=(BUYS,),
    kinds=("order",),
    measures=_churn,
    outputs=(
        Output("customers", "Known customers", "customers"),
        Output("active", "Active", "customers"),
        Output("lapsed", "Lapsed", "customers", of=lambda m: m["customers"] - m["active"]),
        Output("base", "Active before", "customers"),
        Output("lost", "Lost of these", "customers"),
        Output("churn", "Churn", "share", 6, lambda m: ratio(m["lost"], m["base"])),
        Output("lifespan_years", "Lifespan", "years", 4, _churn_years),
    ),
    value="churn",
    dimensions=_GROUPS,
    needs=(ORDERS_NEEDED,),
)


def _cohorts(_: Scope, facts: Table) -> Mapping[str, Value]:
    return {"customers": facts.customer_id.nunique(), "orders": facts.count(), "revenue": facts.sold.sum().fill_null(0)}


def _sizes(_: Scope, groups: Table) -> Table:
    import ibis

    others = [name for name in groups.columns if name not in ("months_since", "customers", "orders", "revenue")]
    first = groups.customers.max(where=groups.months_since == 0)
    return groups.mutate(cohort_size=first.over(ibis.window(group_by=others)))


COHORTS = Metric(
    id="retention_cohorts",
    title="Retention by cohort",
    family="customers",
    unit="share",
    grain="the month of the first order, and how many months later",
    formula=(
        "retention = customers of the cohort that ordered so many calendar months after the month of their first order "
        "/ cohort_size, the customers whose first order was in that month."
    ),
    source="Cohort retention by calendar month",
    exclusions=_RULE,
    undefined_when="no order of a known customer counts in the period",
    facts=(BUYS,),
    kinds=("order",),
    leaves_out=in_period,
    measures=_cohorts,
    finish=_sizes,
    outputs=(
        Output("cohort_size", "Customers of the cohort", "customers"),
        Output("customers", "Customers that ordered", "customers"),
        Output("retention", "Retention", "share", 6, lambda m: ratio(m["customers"], m["cohort_size"])),
        Output("orders", "Orders", "orders"),
        Output("revenue", "Gross revenue", MONEY),
    ),
    value="retention",
    by=("cohort", "months_since"),
    always=("cohort", "months_since"),
    dimensions=("cohort", "months_since", *_GROUPS),
    needs=(ORDERS_NEEDED,),
)


def _won(_: Scope, facts: Table) -> Mapping[str, Value]:
    first = (facts.kind == "order") & (facts.day == facts.first_day)
    return {"spent": facts.spent.sum().fill_null(0), "new_customers": facts.customer_id.nunique(where=first)}


ACQUISITION = Metric(
    id="customer_acquisition_cost",
    title="Cost to win a customer",
    family="customers",
    unit=MONEY,
    grain="the whole period",
    formula=("acquisition_cost = marketing spend of the period / customers whose first order of all is in the period."),
    source="Blended customer acquisition cost, over new customers",
    exclusions=_RULE + " A marketing expense counts on its first day.",
    undefined_when="no marketing spend counts in the period; empty where nobody is new",
    facts=(BUYS,),
    kinds=("order", "spend"),
    leaves_out=in_period,
    measures=_won,
    outputs=(
        Output("spent", "Marketing spend", MONEY),
        Output("new_customers", "New customers", "customers"),
        Output("acquisition_cost", "Cost to win one", MONEY, 6, lambda m: ratio(m["spent"], m["new_customers"])),
    ),
    value="acquisition_cost",
    dimensions=_CALENDAR,
    needs=(
        Need("spend", "no marketing spend is held for this period", "Sync a source with marketing spend."),
        ORDERS_NEEDED,
    ),
)


def _pattern(scope: Scope, facts: Table) -> Mapping[str, Value]:
    gap = facts.day.delta(facts.previous_day, unit="day").cast("int64")
    within = scope.start.isnull() | (facts.previous_day >= scope.start)
    return {
        "orders": facts.count(),
        "revenue": facts.sold.sum().fill_null(0),
        "gaps": gap.count(where=within),
        "gap_days": gap.sum(where=within).fill_null(0),
        "gap_squares": (gap * gap).sum(where=within).fill_null(0),
        "last_order": facts.day.max(),
    }


def _swing(m: Inputs) -> Decimal | None:
    """Standard deviation of the days between orders over their mean."""
    if m["gaps"] < 2 or not m["gap_days"]:
        return None
    square = EXACT.divide(Decimal(m["gaps"] * m["gap_squares"]), Decimal(m["gap_days"] ** 2)) - 1
    return max(square, Decimal(0)).sqrt(EXACT)


def _named_pattern(m: Inputs) -> str:
    if m["orders"] == 1:
        return "one-off"
    if m["orders"] < 4:
        return "occasional"
    swing = _swing(m)
    return "regular" if swing is not None and swing <= Decimal("0.5") else "irregular"


PATTERNS = Metric(
    id="buying_pattern",
    title="Buying pattern",
    family="customers",
    unit="class",
    grain="a customer",
    formula=(
        "pattern: one-off = one order; occasional = two or three; of more, regular = the days between orders vary "
        "little (standard deviation / mean up to 0.5), else irregular. average_gap = days between orders, on average."
    ),
    source="Segmentation by frequency and regularity of orders",
    exclusions=_RULE,
    undefined_when="no order of a known customer counts in the period",
    facts=(BUYS,),
    kinds=("order",),
    leaves_out=in_period,
    measures=_pattern,
    outputs=(
        Output("orders", "Orders", "orders"),
        Output("revenue", "Gross revenue", MONEY),
        Output("last_order", "Last order", "day"),
        Output("average_gap", "Days between orders", "days", 2, lambda m: ratio(m["gap_days"], m["gaps"])),
        Output("gap_variation", "Variation", "share", 6, _swing),
        Output("pattern", "Pattern", "class", of=_named_pattern),
    ),
    value="pattern",
    by=("customer",),
    always=("customer",),
    dimensions=("customer",),
    needs=(ORDERS_NEEDED,),
)

METRICS = (ACTIVITY, CHURN, COHORTS, ACQUISITION, PATTERNS)
