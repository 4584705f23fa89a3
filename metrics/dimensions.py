"""What metrics can be grouped by. A dimension adds its columns to the facts, and readable names to the result."""

from __future__ import annotations

from collections.abc import Callable

from hub.sdk.metric import Dimension, Scope, Table, Value
from metrics.classes import cohort, months_since

Attach = Callable[[Scope, Table], Table]


def _calendar(unit: str, column: str) -> Attach:
    def attach(_: Scope, facts: Table) -> Table:
        return facts.mutate(**{column: facts.day.truncate(unit)})

    return attach


def _fiscal(months: int, column: str) -> Attach:
    """Quarters and years begin with the month that the fiscal year begins with."""

    def attach(scope: Scope, facts: Table) -> Table:
        return facts.mutate(**{column: scope.fiscal_start(facts.day, months)})

    return attach


def _joined(entity: str, reference: str, column: str, target: str) -> Attach:
    """Take one column of the record that the facts refer to."""

    def attach(scope: Scope, facts: Table) -> Table:
        other = scope.table(entity)
        other = other.select(joined_source=other.source, joined_id=other.source_id, **{target: other[column]})
        joined = facts.left_join(other, [facts.source == other.joined_source, facts[reference] == other.joined_id])
        return joined.select(*facts.columns, target)

    return attach


def _identified(entity: str, reference: Callable[[Table], Value], key: str) -> Attach:
    """Take the golden record of the record that the facts refer to; one without a link counts as itself."""

    def attach(scope: Scope, facts: Table) -> Table:
        links = scope.table(f"{entity}_identities")
        links = links.select(link_source=links.source, link_id=links.source_id, golden_id=links.golden_id)
        joined = facts.left_join(
            links, [facts.source == links.link_source, facts[f"{entity}_source_id"] == links.link_id]
        )
        itself = joined.source + "/" + reference(joined)
        return joined.select(*facts.columns, **{key: joined.golden_id.coalesce(itself)})

    return attach


def _named(entity: str, key: str, **columns: str) -> Attach:
    """Names of golden records, and of records without a link: label -> column."""

    def label(scope: Scope, groups: Table) -> Table:
        golden, alone = scope.table(f"golden_{entity}s"), scope.table(f"{entity}s")
        golden = golden.select(
            golden_key=golden.golden_id, **{f"golden_{name}": golden[c] for name, c in columns.items()}
        )
        alone = alone.select(
            alone_key=alone.source + "/" + alone.source_id, **{f"alone_{name}": alone[c] for name, c in columns.items()}
        )
        joined = groups.left_join(golden, groups[key] == golden.golden_key)
        joined = joined.left_join(alone, joined[key] == alone.alone_key)
        told = {name: joined[f"golden_{name}"].coalesce(joined[f"alone_{name}"]) for name in columns}
        return joined.select(*groups.columns, **told)

    return label


def _of_golden(entity: str, column: str) -> Attach:
    """Take one column of the golden record behind the facts; of the record itself where it has no link."""

    def attach(scope: Scope, facts: Table) -> Table:
        links, alone = scope.table(f"{entity}_identities"), scope.table(f"{entity}s")
        linked = links.select(joined_source=links.source, joined_id=links.source_id, **{column: links[column]})
        alone = alone.anti_join(links, ["source", "source_id"])
        alone = alone.select(joined_source=alone.source, joined_id=alone.source_id, **{column: alone[column]})
        known = linked.union(alone)
        joined = facts.left_join(
            known, [facts.source == known.joined_source, facts[f"{entity}_source_id"] == known.joined_id]
        )
        return joined.select(*facts.columns, column)

    return attach


def _company_size(scope: Scope, facts: Table) -> Table:
    """Size classes of the EU's recommendation 2003/361/EC, by employees alone."""
    import ibis

    rows = _of_golden("customer", "employees")(scope, facts)
    staff = rows.employees
    size = ibis.cases(
        (staff >= 250, "large (250 and more)"), (staff >= 50, "medium (50 to 249)"), (staff >= 10, "small (10 to 49)"),
        (staff >= 0, "micro (below 10)"),
    )  # fmt: skip
    return rows.mutate(company_size=size).drop("employees")


CALENDAR = (
    Dimension("day", "Day", ("day",)),
    Dimension("month", "Month", ("month",), _calendar("M", "month")),
    Dimension("quarter", "Quarter", ("quarter",), _fiscal(3, "quarter")),
    Dimension("year", "Year", ("year",), _fiscal(12, "year")),
)
RECORDS = (
    Dimension("source", "Source", ("source",)),
    Dimension("channel", "Channel", ("channel",)),
    Dimension(
        "customer", "Customer", ("customer_id",),
        attach=_identified("customer", lambda facts: facts.customer_source_id, "customer_id"),
        label=_named("customer", "customer_id", customer="name"), labels=("customer",),
    ),
    Dimension("country", "Country", ("country",), _of_golden("customer", "country")),
    Dimension("industry", "Industry", ("industry",), _of_golden("customer", "industry")),
    Dimension("segment", "Segment", ("segment",), _of_golden("customer", "segment")),
    Dimension(
        "product", "Product", ("product_id",),
        attach=_identified("product", lambda facts: facts.product_source_id.coalesce(facts.sku), "product_id"),
        label=_named("product", "product_id", product="name", sku="sku"), labels=("product", "sku"),
    ),
    Dimension("category", "Category", ("category",), _of_golden("product", "category")),
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
    Dimension("cohort", "Month of the first order", ("cohort",), cohort),
    Dimension("months_since", "Months since", ("months_since",), months_since),
    Dimension("entity", "Entity", ("entity",)),
    Dimension("field", "Field", ("field",)),
    Dimension("stream", "Stream", ("source", "stream")),
)  # fmt: skip


def attached(dimension: Dimension, scope: Scope, facts: Table) -> Table:
    """The facts with the key columns of a dimension: joined where they are not there already."""
    there = set(dimension.keys) <= set(facts.columns)
    return facts if there or dimension.attach is None else dimension.attach(scope, facts)


DIMENSIONS: dict[str, Dimension] = {dimension.id: dimension for dimension in (*CALENDAR, *RECORDS)}
