"""What facts say about a product: its kind, its prices, and what it costs on a day."""

from __future__ import annotations

from hub.sdk.metric import Scope, Table, Value

_FIRST, _LAST = "0001-01-01", "9999-12-31"


def with_product(scope: Scope, table: Table, day: Value | None = None) -> Table:
    """The rows with their product's kind, prices and cost on `day`, or on the day looked back from: never what holds
    only later. `listed_cost` is a cost list's, by one base unit; `product_cost` the one in the product's record."""
    import ibis

    on = scope.as_of if day is None else day.coalesce(ibis.literal(_LAST).cast("date") - ibis.interval(days=1))
    table = table.mutate(hub_cost_day=on)
    products = scope.shared("priced_products", _priced_products)
    joined = table.left_join(
        products,
        [
            table.source == products.p_source,
            table.product_source_id == products.p_id,
            table.hub_cost_day >= products.holds_from,
            table.hub_cost_day < products.holds_until,
        ],
        rname="product_{name}",
    )
    return joined.drop("hub_cost_day", "holds_from", "holds_until")


def _priced_products(scope: Scope) -> Table:
    """Products that are held, or that have a cost: a row for each time that one of the listed costs holds."""
    import ibis

    products = scope.table("products")
    products = products.select(
        "sku", "list_price", "price_quantity", p_source="source", p_id="source_id", product_kind="kind",
        product_cost="unit_cost", product_currency="currency",
    )  # fmt: skip
    costs = _listed_costs(scope)
    joined = products.outer_join(costs, [products.p_source == costs.c_source, products.p_id == costs.c_id])
    is_later = joined.is_before.fill_null(False) & joined.product_cost.notnull()
    return joined.select(
        "sku", "list_price", "price_quantity", "product_kind", "product_cost", "product_currency",
        cost_currency=ibis.ifelse(is_later, ibis.null("string"), joined.cost_currency),
        listed_cost=ibis.ifelse(is_later, None, joined.listed_cost),
        p_source=joined.p_source.coalesce(joined.c_source),
        p_id=joined.p_id.coalesce(joined.c_id),
        holds_from=joined.holds_from.coalesce(ibis.literal(_FIRST).cast("date")),
        holds_until=joined.holds_until.coalesce(ibis.literal(_LAST).cast("date")),
    )  # fmt: skip


def _listed_costs(scope: Scope) -> Table:
    """The costs of each product with the days between which each holds, preferably those for all locations.

    Before the first of them (`is_before`) it is the best guess where the product itself has no cost."""
    import ibis

    costs = scope.table("product_costs")
    costs = costs.mutate(
        begins=scope.local_day(costs.valid_from),
        general=costs.location_source_id.isnull().max().over(group_by=["source", "product_source_id"]),
    )
    costs = costs.filter(costs.location_source_id.isnull() | ~costs.general)
    rank = ibis.row_number().over(
        group_by=["source", "product_source_id", "begins"],
        order_by=[ibis.desc(costs.valid_from), costs.source_id],
    )
    costs = costs.mutate(place=rank).filter(lambda t: t.place == 0)
    in_turn = ibis.window(group_by=["source", "product_source_id"], order_by=ibis.asc("begins", nulls_first=True))
    costs = costs.mutate(turn=ibis.row_number().over(in_turn), ends=costs.begins.lead().over(in_turn))
    listed = costs.select(
        "turn", "begins",
        c_source="source", c_id="product_source_id", cost_currency="currency",
        listed_cost=scope.divided(costs.cost, costs.per_quantity.coalesce(1), 10),
        holds_from=costs.begins,
        holds_until=costs.ends,
        is_before=ibis.literal(False),
    )  # fmt: skip
    first = listed.filter((listed.turn == 0) & listed.begins.notnull())
    before = first.mutate(holds_from=ibis.null("date"), holds_until=first.begins, is_before=ibis.literal(True))
    return listed.union(before.select(*listed.columns)).drop("turn", "begins")
