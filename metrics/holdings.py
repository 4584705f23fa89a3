"""What each system says of the same product: how much of it lies there, and what one costs."""

from __future__ import annotations

from collections.abc import Mapping

from hub.sdk.metric import MONEY, Facts, Metric, Output, Parameter, Reason, Scope, Table, Value, ratio
from metrics.order_facts import REASONS, stacked
from metrics.order_parts import NET
from metrics.product_parts import with_product
from metrics.stock_facts import STOCK_REASONS, not_on_shelves, stock_rows

_REASONS = {
    **STOCK_REASONS,
    "no_cost": Reason("no cost"),
    "no_rate": REASONS["no_rate"],
    "no_currency": REASONS["no_currency"],
}
LEAST = Parameter("least_systems", "integer", "Only what so many systems list, by product and source.", 1)


def build_holdings(scope: Scope) -> Table:
    """One row for each stock level, and one for what each product costs now."""
    return stacked(_levels(scope), _costs(scope))


def _levels(scope: Scope) -> Table:
    import ibis

    rows = stock_rows(scope, scope.table("stock_levels"))
    nothing = ibis.null("string")
    return rows.select(
        "source", "source_id", "product_source_id", "sku",
        kind=ibis.literal("stock"),
        entity=ibis.literal("stock_levels"),
        units=rows.on_hand,
        counted=ibis.ifelse(rows.told_elsewhere.isnull(), rows.on_hand, 0).cast("decimal(20, 6)"),
        cost=scope.no_amount,
        left_out=not_on_shelves(rows).coalesce(ibis.ifelse(rows.on_hand.isnull(), "no_quantity", nothing)),
        assumed=rows.told_elsewhere.coalesce(ibis.ifelse(rows.on_hand < 0, "negative", nothing)),
    )  # fmt: skip


def _costs(scope: Scope) -> Table:
    import ibis

    products = scope.table("products")
    rows = with_product(scope, products.select("source", "source_id", product_source_id=products.source_id))
    listed = rows.listed_cost.notnull()
    cost = rows.listed_cost.cast(NET).coalesce(rows.product_cost.cast(NET))
    currency = ibis.ifelse(listed, rows.cost_currency.coalesce(rows.product_currency), rows.product_currency)
    rated = scope.with_rate(rows.mutate(cost=cost), currency, scope.as_of)
    nothing = ibis.null("string")
    goods = rated.product_kind.coalesce("goods") == "goods"
    return rated.select(
        "source", "source_id", "product_source_id", "sku",
        kind=ibis.literal("cost"),
        entity=ibis.literal("products"),
        units=ibis.null("decimal(20, 6)"),
        counted=ibis.null("decimal(20, 6)"),
        cost=scope.converted(rated, rated.cost),
        left_out=ibis.ifelse(goods, nothing, "not_goods").coalesce(
            ibis.ifelse(rated.cost.isnull(), "no_cost", nothing), scope.rate_problem(rated)
        ),
        assumed=scope.currency_assumed(rated),
    )  # fmt: skip


def _measures(_: Scope, facts: Table) -> Mapping[str, Value]:
    return {
        "units": facts.units.sum(),
        "counted": facts.counted.sum(),
        "worth": facts.cost.sum(),
        "costs": facts.cost.count(),
    }


def _shared(scope: Scope, groups: Table) -> Table:
    """Where products are shown by source: those that enough systems list."""
    import ibis

    if not {"product_id", "source"} <= set(groups.columns):
        return groups
    listed = groups.mutate(systems=groups.source.nunique().over(ibis.window(group_by="product_id")))
    return listed.filter(listed.systems >= scope.parameter("least_systems")).drop("systems")


HOLDINGS = Facts(
    "holdings", "stock levels, and products with a cost", build_holdings, ("source", "product", "category"), _REASONS,
    dated=False,
)  # fmt: skip
METRICS = (
    Metric(
        id="stock_and_cost",
        title="Stock and cost by system",
        family="stock",
        unit="units",
        grain="everything; by product and source: what one system says of one product",
        formula=(
            "units = sum of the quantities on hand, as each system lists them; counted = those of places whose stock "
            "no other system tells (setting `warehouses`); unit_cost = average of the present costs of one unit."
        ),
        source="Physical inventory and product costs as the sources hold them",
        exclusions=(
            "Deleted stock levels never count, nor do services, fees and stock in transit or on consignment. Stock of "
            "a warehouse that another system is the authority for is shown, and does not count."
        ),
        undefined_when="neither a stock level nor a cost is held",
        facts=(HOLDINGS,),
        measures=_measures,
        finish=_shared,
        own_parameters=(LEAST,),
        outputs=(
            Output("units", "On hand", "units"),
            Output("counted", "Counted", "units"),
            Output("unit_cost", "Cost of one", MONEY, 6, lambda m: ratio(m["worth"], m["costs"])),
        ),
        value="units",
    ),
)  # fmt: skip
