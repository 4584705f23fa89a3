"""Classes that facts are put into by what they hold: size of the company, month of the first order, and since then."""

from __future__ import annotations

from hub.sdk.metric import Scope, Table


def company_size(scope: Scope, facts: Table) -> Table:
    """Size classes of the EU's recommendation 2003/361/EC, by the number of employees alone."""
    import ibis

    customers = scope.table("customers")
    customers = customers.select(sized_source="source", sized_id="source_id", staff="employees")
    joined = facts.left_join(
        customers, [facts.source == customers.sized_source, facts.customer_source_id == customers.sized_id]
    )
    staff = joined.staff
    size = ibis.cases(
        (staff >= 250, "large (250 and more)"), (staff >= 50, "medium (50 to 249)"), (staff >= 10, "small (10 to 49)"),
        (staff >= 0, "micro (below 10)"),
    )  # fmt: skip
    return joined.select(*facts.columns, company_size=size)


def cohort(_: Scope, facts: Table) -> Table:
    """The month of the customer's first order of all."""
    return facts.mutate(cohort=facts.first_day.truncate("M"))


def months_since(_: Scope, facts: Table) -> Table:
    """Calendar months from that of the customer's first order; 0 is that month itself."""
    years = facts.day.year() - facts.first_day.year()
    return facts.mutate(months_since=(years * 12 + facts.day.month() - facts.first_day.month()).cast("int64"))
