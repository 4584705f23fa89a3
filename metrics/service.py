"""After-sales: what comes back, why, and how soon customers are answered and helped."""

from __future__ import annotations

from collections.abc import Mapping

from hub.sdk.metric import MONEY, Metric, Need, Output, Scope, Table, Value, ratio
from metrics.order_facts import ORDERS, SALES
from metrics.sales import RULE
from metrics.service_facts import CASES, GIVEN_BACK
from metrics.spread import middle_two

_HOUR = 3600
_RETURN_RULE = "Deleted, refused and cancelled returns never count, nor do those only asked for."


def _rate(_: Scope, facts: Table) -> Mapping[str, Value]:
    back = facts.kind == "return"
    return {
        "returns": back.sum(),
        "sold": facts.sold.sum().fill_null(0),
        "given_back": facts.refunded.sum().fill_null(0),
    }


RETURN_RATE = Metric(
    id="return_rate",
    title="Return rate",
    family="after-sales",
    unit="share",
    grain="the whole period",
    formula=(
        "return_rate = value of the returns that took effect in the period / gross revenue of the period. A return is "
        "set against the sales of its own period, not against the sale it belongs to."
    ),
    source="Returns as a share of gross sales, by value",
    exclusions=RULE,
    undefined_when="no order counts in the period",
    facts=(ORDERS, SALES),
    kinds=("order", "line", "order discount", "return"),
    measures=_rate,
    outputs=(
        Output("sold", "Gross revenue", MONEY),
        Output("returns", "Returns", "returns"),
        Output("given_back", "Given back", MONEY),
        Output("return_rate", "Return rate", "share", 6, lambda m: ratio(m["given_back"], m["sold"])),
    ),
    value="return_rate",
)


def _returns(_: Scope, facts: Table) -> Mapping[str, Value]:
    return {
        "returns": facts.count(),
        "customers": facts.customer_id.nunique(),
        "units": facts.quantity.sum().fill_null(0),
        "refunds": facts.refunded.sum().fill_null(0),
        "restocked": facts.restocked.sum().fill_null(0),
        "told": facts.restocked.count(),
    }


RETURNS = Metric(
    id="returns",
    title="Returns and refunds",
    family="after-sales",
    unit=MONEY,
    grain="a reason",
    formula=(
        "refunds = sum of what was refunded without tax (the return's refund, else quantity x unit price); "
        "average_refund = refunds / returns; restocked_share = of those for which it is told, the share that went back "
        "to stock. Reasons are in the sources' own words; a return that says none has that of the cases about its "
        "order, where they agree on one."
    ),
    source="Refunds as in IFRS 15.B20 ff., on the day they took effect",
    exclusions=_RETURN_RULE,
    undefined_when="no return took effect in the period",
    facts=(GIVEN_BACK,),
    attaches=("customer",),
    measures=_returns,
    outputs=(
        Output("returns", "Returns", "returns"),
        Output("customers", "Customers", "customers"),
        Output("units", "Units", "units"),
        Output("refunds", "Refunds", MONEY),
        Output("average_refund", "Average refund", MONEY, 6, lambda m: ratio(m["refunds"], m["returns"])),
        Output("restocked_share", "Restocked", "share", 6, lambda m: ratio(m["restocked"], m["told"])),
    ),
    value="refunds",
    by=("reason",),
    needs=(Need("return", "no return took effect", "Sync a source with returns, or widen --from/--to."),),
)


def _cases(_: Scope, facts: Table) -> Mapping[str, Value]:
    return {
        "cases": facts.count(),
        "solved": facts.is_solved.sum(),
        "answered": facts.answer_seconds.count(),
        "answer_seconds": facts.answer_seconds.sum().fill_null(0),
        "answer_middle": middle_two(facts.answer_seconds),
        "timed": facts.solve_seconds.count(),
        "solve_seconds": facts.solve_seconds.sum().fill_null(0),
        "solve_middle": middle_two(facts.solve_seconds),
    }


CASE_TIMES = Metric(
    id="cases",
    title="Cases, first response and resolution",
    family="after-sales",
    unit="cases",
    grain="cases opened in the period",
    formula=(
        "response_hours = hours from opening to the first answer, on average over the cases that have one; "
        "resolution_hours = from opening to the end, over the cases that have ended; both also as medians. "
        "Hours of the clock, nights and weekends included."
    ),
    source="First response time and time to resolution, as in common service desk practice",
    exclusions="Deleted cases never count. Times that would be negative are no times, and told.",
    undefined_when="no case was opened in the period",
    facts=(CASES,),
    measures=_cases,
    outputs=(
        Output("cases", "Opened", "cases"),
        Output("solved", "Solved", "cases"),
        Output("open", "Still open", "cases", of=lambda m: m["cases"] - m["solved"]),
        Output(
            "response_hours", "First response", "hours", 4, lambda m: ratio(m["answer_seconds"], m["answered"] * _HOUR)
        ),
        Output("response_median", "Median", "hours", 4, lambda m: ratio(m["answer_middle"], 2 * _HOUR)),
        Output("resolution_hours", "Resolution", "hours", 4, lambda m: ratio(m["solve_seconds"], m["timed"] * _HOUR)),
        Output("resolution_median", "Median", "hours", 4, lambda m: ratio(m["solve_middle"], 2 * _HOUR)),
    ),
    value="cases",
)

METRICS = (RETURN_RATE, RETURNS, CASE_TIMES)
