"""Classes that facts are put into by what they hold: the month of the customer's first order, and months since then."""

from __future__ import annotations

from hub.sdk.metric import Scope, Table


def cohort(_: Scope, facts: Table) -> Table:
    """The month of the customer's first order of all."""
    return facts.mutate(cohort=facts.first_day.truncate("M"))


def months_since(_: Scope, facts: Table) -> Table:
    """Calendar months from that of the customer's first order; 0 is that month itself."""
    years = facts.day.year() - facts.first_day.year()
    return facts.mutate(months_since=(years * 12 + facts.day.month() - facts.first_day.month()).cast("int64"))
