"""Supply: how long suppliers take, whether they keep their word, and what they charge against our costs."""

from __future__ import annotations

from collections.abc import Mapping

from hub.sdk.metric import MONEY, Metric, Output, Scope, Table, Value, ratio
from metrics.purchasing_facts import PURCHASES
from metrics.spread import half, middle_two

_RULE = "Deleted, cancelled and draft purchase orders and lines never count."


def _lead(_: Scope, facts: Table) -> Mapping[str, Value]:
    return {
        "lines": facts.count(),
        "timed": facts.lead_days.count(),
        "lead_days": facts.lead_days.sum().fill_null(0),
        "middle_two": middle_two(facts.lead_days),
        "shortest_days": facts.lead_days.min(),
        "longest_days": facts.lead_days.max(),
    }


def _unless_received(_: Scope, facts: Table) -> Value:
    import ibis

    return ibis.ifelse(facts.is_received, ibis.null("string"), "not_received")


LEAD_TIME = Metric(
    id="supplier_lead_time",
    title="Supplier lead time",
    family="supply",
    unit="days",
    grain="lines of purchase orders sent in the period; by supplier: one of them",
    formula=(
        "average_days = days from the day a purchase order was sent to the day a line was received in full, on average "
        "over the lines received; by the line's own date, else that of its last receipt."
    ),
    source="Source cycle time as in the SCOR model (RL.2.1), by line",
    exclusions=_RULE + " Lines not received in full are left out.",
    undefined_when="no line of the period is known to have been received",
    facts=(PURCHASES,),
    leaves_out=_unless_received,
    measures=_lead,
    outputs=(
        Output("lines", "Lines received", "lines"),
        Output("average_days", "Average", "days", 4, lambda m: ratio(m["lead_days"], m["timed"])),
        Output("median_days", "Median", "days", None, lambda m: half(m["middle_two"])),
        Output("shortest_days", "Shortest", "days"),
        Output("longest_days", "Longest", "days"),
    ),
    value="average_days",
)


def _reliable(scope: Scope, facts: Table) -> Mapping[str, Value]:
    on_time = (facts.received_on <= facts.promised_on).fill_null(False)
    full = (facts.received >= facts.quantity).fill_null(False) | facts.received.isnull() & facts.is_received
    return {
        "due": facts.count(),
        "on_time": on_time.sum(),
        "late": (facts.is_received & ~on_time).sum(),
        "overdue": (~facts.is_received).sum(),
        "kept": (on_time & full).sum(),
    }


def _not_due(scope: Scope, facts: Table) -> Value:
    import ibis

    nothing = ibis.null("string")
    due = facts.is_received | (facts.promised_on < scope.as_of)
    return ibis.ifelse(facts.promised_on.isnull(), "no_due_date", nothing).coalesce(
        ibis.ifelse(due, nothing, "not_received")
    )


RELIABILITY = Metric(
    id="supplier_reliability",
    title="Supplier reliability",
    family="supply",
    unit="share",
    grain="lines of purchase orders sent in the period that are due",
    formula=(
        "reliability = kept / due: lines received in full by the day confirmed (else promised, else requested), of "
        "those that were received or whose day has passed; late = received after it; overdue = not received in full."
    ),
    source="Supplier delivery performance (on time in full), by line",
    exclusions=_RULE + " Lines without any promised day are left out.",
    undefined_when="no line of the period is due",
    facts=(PURCHASES,),
    leaves_out=_not_due,
    measures=_reliable,
    outputs=(
        Output("due", "Lines due", "lines"),
        Output("on_time", "On time", "lines"),
        Output("late", "Late", "lines"),
        Output("overdue", "Overdue", "lines"),
        Output("reliability", "On time in full", "share", 6, lambda m: ratio(m["kept"], m["due"])),
    ),
    value="reliability",
)


def _variance(_: Scope, facts: Table) -> Mapping[str, Value]:
    return {
        "paid": facts.paid_amount.sum().fill_null(0),
        "standard": facts.standard_amount.sum().fill_null(0),
    }


PRICE_VARIANCE = Metric(
    id="purchase_price_variance",
    title="Purchase price variance",
    family="supply",
    unit=MONEY,
    grain="lines of purchase orders sent in the period",
    formula=(
        "variance = paid - standard: what the ordered quantity costs by the purchase order, less what it costs by the "
        "product's cost on the day of the order; positive where we pay more. variance_share = variance / standard."
    ),
    source="Purchase price variance of standard costing",
    exclusions=_RULE + " Lines without a price, or of products without a cost, are left out.",
    undefined_when="no line has both a price and a cost",
    facts=(PURCHASES,),
    leaves_out=lambda _, facts: facts.price_problem,
    measures=_variance,
    outputs=(
        Output("paid", "By purchase order", MONEY),
        Output("standard", "At cost", MONEY),
        Output("variance", "Variance", MONEY, of=lambda m: m["paid"] - m["standard"]),
        Output("variance_share", "Of cost", "share", 6, lambda m: ratio(m["paid"] - m["standard"], m["standard"])),
    ),
    value="variance",
)

METRICS = (LEAD_TIME, RELIABILITY, PRICE_VARIANCE)
