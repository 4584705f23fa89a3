"""What metrics can be grouped by. A dimension adds its columns to the facts, and readable names to the result."""

from __future__ import annotations

from collections.abc import Callable

from hub.sdk.metric import Dimension, Scope, Table

Attach = Callable[[Scope, Table], Table]


def _calendar(unit: str, column: str) -> Attach:
    def attach(_: Scope, facts: Table) -> Table:
        return facts.mutate(**{column: facts.day.truncate(unit)})

    return attach


def _joined(entity: str, reference: str, column: str, target: str) -> Attach:
    """Take one column of the record that the facts refer to."""

    def attach(scope: Scope, facts: Table) -> Table:
        other = scope.table(entity)
        other = other.select(joined_source=other.source, joined_id=other.source_id, **{target: other[column]})
        joined = facts.left_join(other, [facts.source == other.joined_source, facts[reference] == other.joined_id])
        return joined.select(*facts.columns, target)

    return attach


def _of_customer(column: str) -> Attach:
    return _joined("customers", "customer_source_id", column, column)


def _company_size(scope: Scope, facts: Table) -> Table:
    """Size classes of the EU's recommendation 2003/361/EC, by employees alone."""
    import ibis

    rows = _of_customer("employees")(scope, facts)
    staff = rows.employees
    size = ibis.cases(
        (staff >= 250, "large (250 and more)"), (staff >= 50, "medium (50 to 249)"), (staff >= 10, "small (10 to 49)"),
        (staff >= 0, "micro (below 10)"),
    )  # fmt: skip
    return rows.mutate(company_size=size).drop("employees")


def _cohort(_: Scope, facts: Table) -> Table:
    return facts.mutate(cohort=facts.first_day.truncate("M"))


def _months_since(_: Scope, facts: Table) -> Table:
    """Calendar months from that of the customer's first order; 0 is that month itself."""
    years = facts.day.year() - facts.first_day.year()
    return facts.mutate(months_since=(years * 12 + facts.day.month() - facts.first_day.month()).cast("int64"))


CALENDAR = (
    Dimension("day", "Day", ("day",)),
    Dimension("month", "Month", ("month",), _calendar("M", "month")),
    Dimension("quarter", "Quarter", ("quarter",), _calendar("Q", "quarter")),
    Dimension("year", "Year", ("year",), _calendar("Y", "year")),
)
RECORDS = (
    Dimension("source", "Source", ("source",)),
    Dimension("channel", "Channel", ("channel",)),
    Dimension(
        "customer", "Customer", ("source", "customer_source_id"),
        label=_joined("customers", "customer_source_id", "name", "customer"), labels=("customer",),
    ),
    Dimension("country", "Country", ("country",), _of_customer("country")),
    Dimension("industry", "Industry", ("industry",), _of_customer("industry")),
    Dimension("segment", "Segment", ("segment",), _of_customer("segment")),
    Dimension(
        "product", "Product", ("source", "product_source_id", "sku"),
        label=_joined("products", "product_source_id", "name", "product"), labels=("product",),
    ),
    Dimension("category", "Category", ("category",), _joined("products", "product_source_id", "category", "category")),
    Dimension(
        "location", "Location", ("source", "location_source_id"),
        label=_joined("locations", "location_source_id", "name", "location"), labels=("location",),
    ),
    Dimension("stock_type", "Stock type", ("stock_type",)),
    Dimension("company_size", "Company size", ("company_size",), _company_size),
    Dimension("stage", "Stage", ("stage",)),
    Dimension("owner", "Owner", ("owner",)),
    Dimension("lead_source", "Lead source", ("lead_source",)),
    Dimension("loss_reason", "Loss reason", ("loss_reason",)),
    Dimension("carrier", "Carrier", ("carrier",)),
    Dimension(
        "supplier", "Supplier", ("source", "supplier_source_id"),
        label=_joined("suppliers", "supplier_source_id", "name", "supplier"), labels=("supplier",),
    ),
    Dimension("reason", "Reason", ("reason",)),
    Dimension("priority", "Priority", ("priority",)),
    Dimension("origin", "Origin", ("origin",)),
    Dimension("cohort", "Month of the first order", ("cohort",), _cohort),
    Dimension("months_since", "Months since", ("months_since",), _months_since),
    Dimension("entity", "Entity", ("entity",)),
    Dimension("field", "Field", ("field",)),
    Dimension("stream", "Stream", ("source", "stream")),
)  # fmt: skip
DIMENSIONS: dict[str, Dimension] = {dimension.id: dimension for dimension in (*CALENDAR, *RECORDS)}
