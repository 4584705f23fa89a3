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
)  # fmt: skip
DIMENSIONS: dict[str, Dimension] = {dimension.id: dimension for dimension in (*CALENDAR, *RECORDS)}
