"""Quantities in a product's base unit: what a box holds, where a record counts in boxes."""

from __future__ import annotations

from hub.sdk.metric import Scope, Table, Value

_COUNTED = ("on_hand", "available", "reserved", "incoming")
_ABOVE, _BELOW = "hub_numerator", "hub_denominator"


def with_units(scope: Scope, table: Table) -> Table:
    """The rows with how many base units so many of their own are; NULL where they count in base units."""
    factors = scope.shared("unit_factors", _factors)
    joined = table.left_join(
        factors,
        [table.source == factors.f_source, table.product_source_id == factors.f_product, table.unit == factors.f_unit],
    )
    return joined.select(*table.columns, _ABOVE, _BELOW)


def in_base(scope: Scope, rows: Table, quantity: Value) -> Value:
    """A quantity of `with_units`, in base units."""
    import ibis

    above, below = rows[_ABOVE], rows[_BELOW]
    converted = scope.divided(quantity * above, below, 10).cast("decimal(20, 6)")
    return ibis.ifelse(above.notnull(), converted, quantity)


def per_base(scope: Scope, rows: Table, amount: Value, quantity: Value) -> Value:
    """What one base unit is worth where so many of the row's unit are worth an amount."""
    return scope.divided(amount * rows[_BELOW].coalesce(1), quantity * rows[_ABOVE].coalesce(1), 10)


def stock_in_base(scope: Scope, table: Table) -> Table:
    """Stock levels or their history in base units. What a unit of another kind costs stands in `value` then."""
    import ibis

    rows = with_units(scope, table)
    is_other = rows[_ABOVE].notnull()
    worth = rows.value.coalesce((rows.on_hand * rows.unit_cost).cast("decimal(20, 6)"))
    rows = rows.mutate(
        value=ibis.ifelse(is_other, worth, rows.value),
        unit_cost=ibis.ifelse(is_other, None, rows.unit_cost),
        **{name: in_base(scope, rows, rows[name]) for name in _COUNTED if name in table.columns},
    )
    return rows.select(*table.columns)


def _factors(scope: Scope) -> Table:
    import ibis

    units, products = scope.table("product_units"), scope.table("products")
    products = products.select(base_source="source", base_product="source_id", base_unit="unit")
    joined = units.left_join(
        products, [units.source == products.base_source, units.product_source_id == products.base_product]
    )
    told = joined.filter(
        (joined.numerator > 0) & (joined.denominator > 0) & (joined.unit != joined.base_unit).fill_null(True)
    )
    first = ibis.row_number().over(group_by=["source", "product_source_id", "unit"], order_by="source_id")
    told = told.mutate(place=first).filter(lambda t: t.place == 0)
    return told.select(
        f_source="source", f_product="product_source_id", f_unit="unit",
        hub_numerator="numerator", hub_denominator="denominator",
    )  # fmt: skip
