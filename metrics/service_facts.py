"""Cases as facts, and returns as facts of their own: what came back, why, and what was paid for it."""

from __future__ import annotations

from hub.sdk.metric import Facts, Reason, Scope, Table
from metrics.order_facts import ORDER_DIMENSIONS, REASONS, build_returns

RETURN_REASONS = {**REASONS, "reason_of_case": Reason("the return says no reason; that of its order's case was taken")}

CASE_REASONS = {
    "no_date": Reason("no date it was opened on"),
    "backwards": Reason("answered or solved before it was opened; it has no such time"),
}


def build_cases(scope: Scope) -> Table:
    """One row for each case, on the day it was opened, with the seconds to its first answer and to its end."""
    import ibis

    cases = scope.table("cases")
    opened = scope.seconds(cases.opened_at)
    answered, solved = scope.seconds(cases.first_response_at) - opened, scope.seconds(cases.closed_at) - opened
    nothing = ibis.null("string")
    return cases.select(
        "source", "source_id", "customer_source_id", "product_source_id", "priority", "reason", "origin", "owner",
        kind=ibis.literal("case"),
        entity=ibis.literal("cases"),
        day=scope.local_day(cases.opened_at),
        sku=nothing,
        is_solved=cases.closed_at.notnull() | cases.status.isin(["resolved", "closed"]).fill_null(False),
        answer_seconds=ibis.ifelse(answered >= 0, answered, None),
        solve_seconds=ibis.ifelse(solved >= 0, solved, None),
        left_out=ibis.ifelse(cases.opened_at.isnull(), "no_date", nothing),
        assumed=ibis.ifelse((answered < 0) | (solved < 0), "backwards", nothing),
    )  # fmt: skip


def build_given_back(scope: Scope) -> Table:
    """One row for each return, with its reason and whether the goods went back to stock. One that says no reason has
    that of the cases about its order, where they agree on one."""
    import ibis

    returns = build_returns(scope)
    more = scope.table("returns").select(
        "restocked", told="reason", own_source="source", own_id="source_id", given_order="order_source_id"
    )
    joined = returns.left_join(more, [returns.source == more.own_source, returns.source_id == more.own_id])
    cases = _reasons_of_cases(scope)
    joined = joined.left_join(
        cases, [joined.source == cases.case_source, joined.given_order == cases.case_order]
    )  # fmt: skip
    by_case = joined.told.isnull() & joined.case_reason.notnull()
    return joined.select(
        *(name for name in returns.columns if name != "assumed"), "restocked",
        reason=joined.told.coalesce(joined.case_reason),
        assumed=joined.assumed.coalesce(ibis.ifelse(by_case, "reason_of_case", ibis.null("string"))),
    )  # fmt: skip


def _reasons_of_cases(scope: Scope) -> Table:
    """What the cases about an order name as their reason: nothing where they name several."""
    cases = scope.table("cases")
    cases = cases.filter(cases.reason.notnull() & cases.order_source_id.notnull())
    first, last = cases.reason.min(), cases.reason.max()
    grouped = cases.group_by(case_source=cases.source, case_order=cases.order_source_id).aggregate(
        case_reason=first, other_reason=last
    )
    return grouped.filter(grouped.case_reason == grouped.other_reason).drop("other_reason")


CASES = Facts(
    "cases", "cases", build_cases,
    ("day", "month", "quarter", "year", "source", "customer", "country", "industry", "segment", "product", "category",
     "priority", "reason", "origin", "owner"),
    CASE_REASONS,
)  # fmt: skip
GIVEN_BACK = Facts(
    "given_back", "returns", build_given_back, (*ORDER_DIMENSIONS, "product", "category", "reason"), RETURN_REASONS
)
