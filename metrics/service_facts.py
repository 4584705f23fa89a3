"""Cases as facts, and returns as facts of their own: what came back, why, and what was paid for it."""

from __future__ import annotations

from hub.sdk.metric import Facts, Reason, Scope, Table
from metrics.order_facts import ORDER_DIMENSIONS, REASONS, build_returns

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
    """One row for each return, with its reason and whether the goods went back to stock."""
    returns = build_returns(scope)
    more = scope.table("returns").select("reason", "restocked", own_source="source", own_id="source_id")
    joined = returns.left_join(more, [returns.source == more.own_source, returns.source_id == more.own_id])
    return joined.select(*returns.columns, "reason", "restocked")


CASES = Facts(
    "cases", "cases", build_cases,
    ("day", "month", "quarter", "year", "source", "customer", "country", "industry", "segment", "product", "category",
     "priority", "reason", "origin", "owner"),
    CASE_REASONS,
)  # fmt: skip
GIVEN_BACK = Facts(
    "given_back", "returns", build_given_back, (*ORDER_DIMENSIONS, "product", "category", "reason"), REASONS
)
