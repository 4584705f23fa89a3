"""Stock as the receipts that it came from: the last ones received (FIFO), or all of them on average."""

from __future__ import annotations

from functools import partial

from hub.sdk.metric import Facts, Reason, Scope, Table
from metrics.order_facts import stacked
from metrics.order_parts import NET
from metrics.stock_facts import STOCK_REASONS, not_own, stock_rows

UNITS = "decimal(20, 6)"
REASONS = {
    **STOCK_REASONS,
    "no_receipts": Reason("no receipt of the product is held"),
    "receipts_short": Reason("more lies there than was received, as far as receipts are held"),
    "no_price": Reason("a receipt that lies there has no price on its purchase order"),
    "used_up": Reason("received, and gone since", by_rule=True),
}


def build_layers(scope: Scope, *, average: bool) -> Table:
    """One row for each stock level with its units, and one for each receipt with what it adds to the value.

    Stock of a product has a value only where the receipts held are as many as lie there, and have prices."""
    levels = stock_rows(scope, scope.table("stock_levels"))
    lying = levels.filter(not_own(levels).isnull() & levels.on_hand.notnull() & levels.product_source_id.notnull())
    lying = lying.group_by(on_source=lying.source, on_product=lying.product_source_id).aggregate(
        lies=lying.on_hand.sum()
    )
    layers = _layers(_received(scope), lying, average=average)
    known = layers.group_by(known_source=layers.source, known_product=layers.product_source_id).aggregate(
        product_problem=layers.product_problem.max()
    )
    return stacked(_levels(levels, known), _worth(scope, layers))


def _received(scope: Scope) -> Table:
    """Receipts until the day looked back from, in base units, with what one unit cost; taken together by the line of
    their order where some of it was reversed."""
    import ibis

    receipts, lines, orders = (scope.table(name) for name in ("receipts", "purchase_order_lines", "purchase_orders"))
    orders = orders.select(order_source="source", order_key="source_id", order_currency="currency")
    lines = lines.left_join(
        orders, [lines.source == orders.order_source, lines.purchase_order_source_id == orders.order_key]
    )
    base = lines.base_quantity.coalesce(lines.quantity)
    price = ibis.ifelse(
        lines.base_quantity.isnull(), lines.unit_price.cast("decimal(38, 10)"),
        scope.divided((lines.unit_price * lines.quantity).cast(NET), lines.base_quantity.cast(NET), 10),
    )  # fmt: skip
    lines = lines.select(
        line_source="source", line_key="source_id", line_product="product_source_id", line_sku="sku",
        ordered=lines.quantity, base=base, currency=lines.currency.coalesce(lines.order_currency),
        unit_cost=scope.divided(lines.total.cast(NET), base.cast(NET), 10).coalesce(price),
    )  # fmt: skip
    joined = receipts.left_join(
        lines, [receipts.source == lines.line_source, receipts.purchase_order_line_source_id == lines.line_key]
    )
    in_base = scope.divided((joined.quantity * joined.base).cast(NET), joined.ordered.cast(NET), 6).cast(UNITS)
    rows = joined.mutate(
        day=scope.local_day(joined.received_at),
        product_source_id=joined.product_source_id.coalesce(joined.line_product),
        received=ibis.ifelse(joined.base == joined.ordered, joined.quantity, in_base).coalesce(joined.quantity),
    )
    rows = rows.filter(rows.day.notnull() & rows.product_source_id.notnull() & (rows.day <= scope.as_of))
    reversed_some = (rows.quantity < 0).max().over(group_by=["source", "purchase_order_line_source_id"])
    together = ibis.ifelse(reversed_some & rows.line_key.notnull(), "line/" + rows.line_key, "/" + rows.source_id)
    return rows.mutate(layer=together).group_by("source", "product_source_id", "layer").aggregate(
        source_id=rows.source_id.max(), day=rows.day.max(), sku=rows.line_sku.max(), currency=rows.currency.max(),
        unit_cost=rows.unit_cost.max(), received=rows.received.sum().cast(UNITS),
    )  # fmt: skip


def _layers(received: Table, lying: Table, *, average: bool) -> Table:
    """Receipts of what lies there, with how much of each does (`rests`), and why a product has no value."""
    import ibis

    rows = received.filter(received.received > 0)
    rows = rows.join(lying, [rows.source == lying.on_source, rows.product_source_id == lying.on_product])
    newest = ibis.cumulative_window(
        group_by=["source", "product_source_id"], order_by=[ibis.desc(rows.day), ibis.desc(rows.source_id)]
    )
    whole = ibis.window(group_by=["source", "product_source_id"])
    rows = rows.mutate(later=rows.received.sum().over(newest) - rows.received, total=rows.received.sum().over(whole))
    left = ibis.least(rows.received, rows.lies - rows.later)
    rows = rows.mutate(rests=rows.received if average else ibis.ifelse(left > 0, left, 0).cast(UNITS))
    unpriced = ((rows.rests > 0) & rows.unit_cost.isnull()).max().over(whole)
    nothing = ibis.null("string")
    return rows.mutate(
        product_problem=ibis.ifelse(rows.lies > rows.total, "receipts_short", nothing).coalesce(
            ibis.ifelse(unpriced, "no_price", nothing)
        ),
        is_average=ibis.literal(average),
    )


def _levels(levels: Table, known: Table) -> Table:
    """Stock levels with their units; left out where their product has no value."""
    import ibis

    joined = levels.left_join(
        known, [levels.source == known.known_source, levels.product_source_id == known.known_product]
    )
    nothing = ibis.null("string")
    return joined.select(
        "source", "source_id", "product_source_id", "sku",
        kind=ibis.literal("stock"),
        entity=ibis.literal("stock_levels"),
        day=ibis.null("date"),
        worth=ibis.null(NET),
        units=joined.on_hand,
        left_out=not_own(joined).coalesce(
            ibis.ifelse(joined.on_hand.isnull(), "no_quantity", nothing),
            ibis.ifelse(joined.known_product.isnull(), "no_receipts", nothing),
            joined.product_problem,
        ),
        assumed=ibis.ifelse(joined.on_hand < 0, "negative", nothing),
    )  # fmt: skip


def _worth(scope: Scope, layers: Table) -> Table:
    """What each receipt adds to the value, in the reporting currency at the rate of its day."""
    import ibis

    cost = (layers.rests * layers.unit_cost).cast(NET)
    share = scope.divided((cost * layers.lies).cast(NET), layers.total.cast(NET), 10).cast(NET)
    priced = layers.mutate(worth=ibis.ifelse(layers.is_average, share, cost))
    rated = scope.with_rate(priced, priced.currency, priced.day)
    nothing = ibis.null("string")
    return rated.select(
        "source", "source_id", "product_source_id", "sku", "day",
        kind=ibis.literal("receipt"),
        entity=ibis.literal("receipts"),
        units=ibis.null(UNITS),
        left_out=rated.product_problem.coalesce(
            ibis.ifelse(rated.rests <= 0, "used_up", nothing), scope.rate_problem(rated)
        ),
        assumed=scope.currency_assumed(rated),
        worth=scope.converted_net(rated, rated.worth),
    )  # fmt: skip


_BY = ("source", "product", "category")
FIFO = Facts("fifo", "stock and receipts", partial(build_layers, average=False), _BY, REASONS, dated=False)
AVERAGE = Facts("average_cost", "stock and receipts", partial(build_layers, average=True), _BY, REASONS, dated=False)
