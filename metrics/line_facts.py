"""Order lines as facts: what each sold for, what was taken off its price, and what its goods cost us."""

from __future__ import annotations

from hub.sdk.metric import Facts, Reason, Scope, Table, Value
from metrics.order_facts import NET, ORDER_DIMENSIONS, REASONS, headers_beyond_lines, sale_lines, stacked
from metrics.stock_facts import with_product

LINE_REASONS = {
    **REASONS,
    "no_cost": Reason("no cost"),
    "no_price": Reason("no price before discount"),
    "todays_cost": Reason("the line has no cost; the product's present one was used"),
}
_COLUMNS = (
    "source", "source_id", "day", "customer_source_id", "channel", "product_source_id", "sku", "kind", "entity",
    "quantity", "sold", "left_out", "assumed",
)  # fmt: skip


def build_lines(scope: Scope) -> Table:
    """One row for each order line, order discount and order without lines.

    `discount` and `cost` are in the reporting currency; where one is not known, `discount_problem` or `cost_problem`
    tells why. A discount on a whole order costs nothing.
    """
    import ibis

    rest = headers_beyond_lines(scope)
    nothing = ibis.null("string")
    beyond = rest.select(
        *_COLUMNS,
        discount=scope.converted(rest, rest.order_discount),
        discount_problem=nothing,
        cost=ibis.ifelse(
            rest.kind == "order discount", scope.converted(rest, ibis.literal(0).cast(NET)), scope.no_amount
        ),
        cost_problem=ibis.ifelse(rest.kind == "order discount", nothing, "no_cost"),
    )
    return stacked(_lines_at_cost(scope), beyond)


def _lines_at_cost(scope: Scope) -> Table:
    import ibis

    lines = sale_lines(scope)
    taken_off = _taken_off(lines)
    nothing = ibis.null("string")
    lines = lines.select(
        *_COLUMNS, "unit_cost", "currency",
        units=_base_units(lines),
        discount=scope.converted(lines, taken_off),
        discount_problem=ibis.ifelse(taken_off.isnull(), "no_price", nothing),
    )  # fmt: skip
    joined = with_product(scope, lines)
    own = joined.unit_cost.notnull()
    present = (joined.units * joined.listed_cost).cast(NET).coalesce((joined.units * joined.product_cost).cast(NET))
    cost = ibis.ifelse(own, (joined.quantity * joined.unit_cost).cast(NET), present)
    currency = ibis.ifelse(own, joined.currency, joined.cost_currency.coalesce(joined.product_currency))
    rated = scope.with_rate(joined.mutate(cost=cost, has_own_cost=own), currency, joined.day)
    return rated.select(
        *(name for name in _COLUMNS if name != "assumed"), "discount", "discount_problem",
        assumed=rated.assumed.coalesce(ibis.ifelse(rated.has_own_cost | rated.cost.isnull(), nothing, "todays_cost")),
        cost=scope.converted(rated, rated.cost),
        cost_problem=ibis.ifelse(rated.cost.isnull(), "no_cost", nothing).coalesce(scope.rate_problem(rated)),
    )  # fmt: skip


def _taken_off(lines: Table) -> Value:
    """What the line costs less than quantity x price; both with tax where prices have it."""
    import ibis

    tax = ibis.ifelse(lines.tax_included, lines.tax.coalesce(0), ibis.literal(0).cast("decimal(20, 6)"))
    listed = (lines.quantity * lines.unit_price).cast(NET)
    return (listed - lines.net - tax).cast(NET).coalesce(lines.discount.cast(NET))


def _base_units(lines: Table) -> Value:
    """The quantity in the unit that costs are kept in, where the source tells it and nothing was cancelled."""
    import ibis

    whole = lines.quantity == lines.ordered
    return ibis.ifelse(whole, lines.base_quantity.coalesce(lines.quantity), lines.quantity)


LINES = Facts(
    "lines", "order lines at price and cost", build_lines, (*ORDER_DIMENSIONS, "product", "category"), LINE_REASONS
)
