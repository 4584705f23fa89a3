"""Stock as the receipts that it came from: the last ones received (FIFO), or all of them on average, which is that of
the period or one that moves with each receipt."""

from __future__ import annotations

from functools import partial

from hub.sdk.metric import Facts, Reason, Scope, Table, Value
from metrics.moving_stock import WORKED_BACK, with_before
from metrics.order_facts import stacked
from metrics.order_parts import NET
from metrics.scope import rests_of
from metrics.stock_facts import STOCK_REASONS, not_own, stock_rows

UNITS = "decimal(20, 6)"
SHARES = "decimal(38, 10)"
"""Units of which a receipt has a share: with more digits than are counted."""
FIFO_COST, PERIOD_COST, MOVING_COST = "fifo", "average_cost", "moving_cost"
REASONS = {
    **STOCK_REASONS,
    "no_receipts": Reason("no receipt of the product is held"),
    "receipts_short": Reason("more lies there than was received, as far as receipts are held"),
    "no_price": Reason("a receipt that lies there has no price on its purchase order"),
    "used_up": Reason("received, and gone since", by_rule=True),
    "older_stock": Reason("some of it lay there before the first receipt held; it counts at the cost of that one"),
    WORKED_BACK: Reason(
        "received before the stock history begins; what lay there then was worked out from receipts, sales and returns"
    ),
}


def build_layers(scope: Scope, *, method: str) -> Table:
    """One row for each stock level with its units, and one for each receipt with what it adds to the value.

    Stock of a product has a value only where the receipts held are as many as lie there, and have prices."""
    levels = stock_rows(scope, scope.table("stock_levels"))
    lying = levels.filter(not_own(levels).isnull() & levels.on_hand.notnull() & levels.product_source_id.notnull())
    lying = lying.group_by(on_source=lying.source, on_product=lying.product_source_id).aggregate(
        lies=lying.on_hand.sum()
    )
    layers = _problems(_LAYERS[method](scope, _layers(_received(scope), lying)))
    known = layers.group_by(known_source=layers.source, known_product=layers.product_source_id).aggregate(
        product_problem=layers.product_problem.max(), product_assumed=layers.product_assumed.min()
    )
    return stacked(_levels(levels, known), _worth(scope, layers, is_average=method == PERIOD_COST))


def purchases(scope: Scope) -> Table:
    """Receipts, in base units, with what one unit cost in the currency of their order."""
    return scope.shared("purchases", _purchases)


def _purchases(scope: Scope) -> Table:
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
    rows = joined.mutate(day=scope.local_day(joined.received_at))
    return rows.select(
        "source", "source_id", "day", "purchase_order_line_source_id", "line_key", "currency", "unit_cost",
        sku=rows.line_sku,
        product_source_id=rows.product_source_id.coalesce(rows.line_product),
        received=ibis.ifelse(rows.base == rows.ordered, rows.quantity, in_base).coalesce(rows.quantity),
    ).filter(lambda t: t.day.notnull() & t.product_source_id.notnull())  # fmt: skip


def _received(scope: Scope) -> Table:
    """Receipts until the day looked back from; taken together by the line of their order, on its first day, where some
    of it was reversed."""
    import ibis

    rows = purchases(scope)
    rows = rows.filter(rows.day <= scope.as_of)
    reversed_some = (rows.received < 0).max().over(group_by=["source", "purchase_order_line_source_id"])
    together = ibis.ifelse(reversed_some & rows.line_key.notnull(), "line/" + rows.line_key, "/" + rows.source_id)
    came = rows.received > 0
    return rows.mutate(layer=together).group_by("source", "product_source_id", "layer").aggregate(
        source_id=rows.source_id.max(where=came), day=rows.day.min(where=came), sku=rows.sku.max(),
        currency=rows.currency.max(), unit_cost=rows.unit_cost.max(), received=rows.received.sum().cast(UNITS),
    )  # fmt: skip


def _layers(received: Table, lying: Table) -> Table:
    """Receipts of products of which something is listed, with what lies there and the receipts of their product."""
    import ibis

    rows = received.filter(received.received > 0)
    rows = rows.join(lying, [rows.source == lying.on_source, rows.product_source_id == lying.on_product])
    return rows.mutate(
        total=rows.received.sum().over(ibis.window(group_by=["source", "product_source_id"])),
        product_assumed=ibis.null("string"),
    )


def _last_ones(_: Scope, rows: Table) -> Table:
    """What lies there is what was received last."""
    import ibis

    rows = rows.mutate(later=rows.received.sum().over(_newest(rows)) - rows.received)
    left = ibis.least(rows.received, rows.lies - rows.later)
    return rows.mutate(rests=ibis.ifelse(left > 0, left, 0).cast(UNITS))


def _all_alike(_: Scope, rows: Table) -> Table:
    """What lies there is of all receipts, as much as each of them brought."""
    return rows.mutate(rests=rows.received)


def _mixed(scope: Scope, rows: Table) -> Table:
    """What lies there was mixed with each receipt: of what lay there afterwards, received / (before + received) is of
    this one, whatever leaves. What is older than the first receipt held counts with it."""
    import ibis

    rows = with_before(scope, rows, purchases(scope))
    turn = ibis.row_number().over(_newest(rows))
    rows = rows.mutate(turn=turn, is_first=rows.source_id.lead().over(_newest(rows)).isnull())
    mixed = ibis.ifelse(rows.is_first, 0, rows.before)
    rows = rows.mutate(above=mixed.cast(NET), below=(rows.before + rows.received).cast(NET))
    rows = rows.mutate(kept=scope.divided(rows.above, rows.below, 10).cast(SHARES))
    lists = rows.group_by(list_source=rows.source, list_product=rows.product_source_id).aggregate(
        turns=rows.turn.collect(order_by=rows.turn), shares=rows.kept.collect(order_by=rows.turn), lies=rows.lies.max()
    )
    rests = lists.select(
        "list_source", "list_product",
        list_turn=lists.turns.unnest(), rest=rests_of(lists.shares, lists.lies.cast(SHARES)).unnest(),
    )  # fmt: skip
    rows = rows.join(
        rests,
        [
            rows.source == rests.list_source,
            rows.product_source_id == rests.list_product,
            rows.turn == rests.list_turn,
        ],
    )
    left = (rows.rest * rows.kept).cast("decimal(38, 20)")  # Ibis takes it for ten decimals
    rows = rows.mutate(rests=rows.rest - left.cast(SHARES))
    nothing = ibis.null("string")
    is_older = ibis.ifelse(rows.before > 0, "older_stock", nothing)
    told = ibis.ifelse(rows.rests != 0, ibis.ifelse(rows.is_first, is_older, rows.before_told), nothing)
    return rows.mutate(product_assumed=told.min().over(group_by=["source", "product_source_id"]))


_LAYERS = {FIFO_COST: _last_ones, PERIOD_COST: _all_alike, MOVING_COST: _mixed}


def _newest(rows: Table) -> Value:
    """The receipts of a product, the newest first."""
    import ibis

    return ibis.cumulative_window(
        group_by=["source", "product_source_id"], order_by=[ibis.desc(rows.day), ibis.desc(rows.source_id)]
    )


def _problems(rows: Table) -> Table:
    """Receipts with why their product has no value."""
    import ibis

    whole = ibis.window(group_by=["source", "product_source_id"])
    unpriced = ((rows.rests != 0) & rows.unit_cost.isnull()).max().over(whole)
    nothing = ibis.null("string")
    return rows.mutate(
        product_problem=ibis.ifelse(rows.lies > rows.total, "receipts_short", nothing).coalesce(
            ibis.ifelse(unpriced, "no_price", nothing)
        ),
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
        counted=ibis.null(SHARES),
        units=joined.on_hand,
        left_out=not_own(joined).coalesce(
            ibis.ifelse(joined.on_hand.isnull(), "no_quantity", nothing),
            ibis.ifelse(joined.known_product.isnull(), "no_receipts", nothing),
            joined.product_problem,
        ),
        assumed=ibis.ifelse(joined.on_hand < 0, "negative", nothing).coalesce(joined.product_assumed),
    )  # fmt: skip


def _worth(scope: Scope, layers: Table, *, is_average: bool) -> Table:
    """What each receipt adds to the value, in the reporting currency at the rate of its day."""
    import ibis

    cost = (layers.rests * layers.unit_cost).cast(NET)
    if is_average:
        cost = scope.divided((cost * layers.lies).cast(NET), layers.total.cast(NET), 10).cast(NET)
    priced = layers.mutate(worth=cost)
    rated = scope.with_rate(priced, priced.currency, priced.day)
    nothing = ibis.null("string")
    return rated.select(
        "source", "source_id", "product_source_id", "sku", "day",
        kind=ibis.literal("receipt"),
        entity=ibis.literal("receipts"),
        units=ibis.null(UNITS),
        counted=rated.rests.cast(SHARES),
        left_out=rated.product_problem.coalesce(
            ibis.ifelse(rated.rests == 0, "used_up", nothing), scope.rate_problem(rated)
        ),
        assumed=scope.currency_assumed(rated),
        worth=scope.converted_net(rated, rated.worth),
    )  # fmt: skip


_BY = ("source", "product", "category")


def _facts(method: str) -> Facts:
    return Facts(method, "stock and receipts", partial(build_layers, method=method), _BY, REASONS, dated=False)


FIFO, AVERAGE, MOVING = (_facts(method) for method in (FIFO_COST, PERIOD_COST, MOVING_COST))
