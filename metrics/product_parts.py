"""What facts say about a product: its kind, its prices, and what it costs now."""

from __future__ import annotations

from hub.sdk.metric import Scope, Table


def with_product(scope: Scope, table: Table) -> Table:
    """The rows with their product's kind, prices and present cost; `listed_cost` is a cost list's, by one base unit."""
    products = scope.shared("priced_products", _priced_products)
    return table.left_join(
        products, [table.source == products.p_source, table.product_source_id == products.p_id], rname="product_{name}"
    )


def _priced_products(scope: Scope) -> Table:
    """Products that are held, or that have a cost."""
    products = scope.table("products")
    products = products.select(
        "sku", "list_price", "price_quantity", p_source="source", p_id="source_id", product_kind="kind",
        product_cost="unit_cost", product_currency="currency",
    )  # fmt: skip
    costs = _present_costs(scope)
    joined = products.outer_join(costs, [products.p_source == costs.c_source, products.p_id == costs.c_id])
    return joined.select(
        "sku", "list_price", "price_quantity", "product_kind", "product_cost", "product_currency", "cost_currency",
        "listed_cost", p_source=joined.p_source.coalesce(joined.c_source), p_id=joined.p_id.coalesce(joined.c_id),
    )  # fmt: skip


def _present_costs(scope: Scope) -> Table:
    """One row a product: the cost that began to hold last, preferably one for all locations."""
    import ibis

    costs = scope.table("product_costs")
    rank = ibis.row_number().over(
        group_by=["source", "product_source_id"],
        order_by=[
            costs.location_source_id.notnull(), ibis.desc(costs.valid_from.notnull()), ibis.desc(costs.valid_from),
            costs.source_id,
        ],
    )  # fmt: skip
    newest = costs.mutate(place=rank).filter(lambda t: t.place == 0)
    return newest.select(
        c_source="source", c_id="product_source_id", cost_currency="currency",
        listed_cost=scope.divided(newest.cost, newest.per_quantity.coalesce(1), 10),
    )  # fmt: skip
