"""What facts of sales are made of: orders and their lines with day, customer and value. Each is computed once for all.

An order's own net has twelve decimals before anything is summed, and its rate multiplies the sum as it multiplies each
line: so orders and lines add up to the same total exactly.
"""

from __future__ import annotations

from hub.sdk.metric import Scope, Table, Value
from metrics.dimensions import DIMENSIONS, attached
from metrics.product_parts import with_product
from metrics.scope import CURRENCY_COLUMN
from metrics.unit_parts import in_base, with_units

NET = "decimal(38, 12)"
_LINE_COLUMNS = (
    "source", "source_id", "order_number", "day", "customer_source_id", "channel", "product_source_id", "product_kind",
    "sku", "location_source_id", "quantity", "quantity_shipped", "units", "net", "taken_off", "cost", "cost_problem",
    "cost_assumed", "is_counting", "placed_left_out", "left_out", "assumed",
)  # fmt: skip


_ON_THE_WAY = (
    "status", "shipped_at", "delivered_at", "promised_at", "requested_at", "carrier", "freight_cost",
)  # fmt: skip


def headers(scope: Scope) -> Table:
    """Orders with a number of their own, their day, their own net amount, and why they do not count, whatever their
    currency."""
    return scope.shared("order_headers", _headers)


def sold_lines(scope: Scope) -> Table:
    """Order lines with their order's day and customer, and what is left of the quantity.

    net                  in the line's own currency, without tax; `sold` converts it, quicker than it could be kept
    taken_off            what the line costs less than quantity x price, in its own currency
    units                the quantity in base units, by the line's own word or by what a unit of its product holds
    cost, cost_problem   what its goods cost us, in the reporting currency, or why that is not known
    is_counting          whether the line counts by itself, whatever its order
    placed_left_out      why it does not count, whatever its amount; `left_out` with its amount
    `scope.converted` works on it for amounts in the line's currency.
    """
    return scope.shared("sold_lines", _sold_lines, converts=True)


def sold(scope: Scope, lines: Table) -> Value:
    """What lines brought, in the reporting currency."""
    return scope.converted(lines, lines.net)


def placed_lines(scope: Scope) -> Table:
    """The same where amounts do not matter."""
    lines = sold_lines(scope)
    return lines.mutate(left_out=lines.placed_left_out)


def sold_orders(scope: Scope) -> Table:
    """Orders with what they are worth: by their lines, or by the header where there are none, or none that tells an
    amount (`bare`).

    customer_id   the golden customer, or the order's own where it has no link
    told, missing the lines that tell how much of them was shipped, and what is missing of all, where that tells nothing
                  of shipments
    `scope.converted` works on it for amounts in the order's currency.
    """
    return scope.shared("sold_orders", _sold_orders, converts=True)


def _headers(scope: Scope) -> Table:
    import ibis

    orders = scope.table("orders")
    orders = orders.mutate(day=scope.local_day(orders.ordered_at.coalesce(orders.created_at)))
    zero = ibis.literal(0).cast("decimal(20, 6)")
    net = (orders.subtotal - orders.discount.coalesce(zero)).coalesce(
        orders.total - orders.tax.coalesce(zero) - orders.shipping.coalesce(zero)
    )
    return orders.select(
        "source", "source_id", "customer_source_id", "channel", "currency", "tax_included", "day", *_ON_THE_WAY,
        order_number=ibis.row_number().over(),
        header_net=net,
        order_discount=orders.discount.coalesce(zero),
        left_out=why_not(orders, orders.day),
    )  # fmt: skip


def why_not(orders: Table, day: Value) -> Value:
    """Why an order does not count, whatever it is worth."""
    import ibis

    nothing = ibis.null("string")
    cancelled = (orders.status == "cancelled") | orders.cancelled_at.notnull()
    return ibis.ifelse(cancelled, "cancelled", nothing).coalesce(
        ibis.ifelse(orders.status == "draft", "draft", nothing),
        ibis.ifelse(orders.is_test, "test", nothing),
        ibis.ifelse(day.isnull(), "no_date", nothing),
    )


def _sold_lines(scope: Scope) -> Table:
    import ibis

    lines = _at_cost(scope, _placed(scope))
    net = _net(scope, lines)
    lines = lines.mutate(net=ibis.ifelse(lines.tax_included, net - _tax_inside(lines), net))
    lines = lines.mutate(taken_off=_taken_off(lines))
    rated = scope.with_rate(lines, lines.currency, lines.day)
    nothing = ibis.null("string")
    rated = rated.mutate(
        left_out=rated.placed_left_out.coalesce(
            ibis.ifelse(rated.net.isnull(), "no_amount", nothing), scope.rate_problem(rated)
        ),
        assumed=scope.currency_assumed(rated),
    )
    rates = (name for name in rated.columns if name.startswith("hub_rate"))
    return rated.select(*_LINE_COLUMNS, *rates)


def _placed(scope: Scope) -> Table:
    """Order lines with what their order says."""
    import ibis

    lines = _lines(scope)
    orders = headers(scope).select(
        "order_number", "day", "customer_source_id", "channel", "tax_included", order_source="source",
        order_key="source_id", order_left_out="left_out", order_currency="currency",
    )  # fmt: skip
    joined = lines.left_join(orders, [lines.source == orders.order_source, lines.order_source_id == orders.order_key])
    nothing = ibis.null("string")
    return joined.mutate(
        currency=joined.order_currency.coalesce(joined.currency),
        is_counting=joined.line_left_out.isnull(),
        placed_left_out=ibis.ifelse(joined.order_key.isnull(), "no_order", nothing).coalesce(
            joined.order_left_out, joined.line_left_out
        ),
    )


def _lines(scope: Scope) -> Table:
    """Order lines with the quantity that is left of them, and why they do not count by themselves."""
    import ibis

    lines = with_units(scope, scope.table("order_lines"))
    nothing = ibis.null("string")
    some = lines.quantity_cancelled > 0
    whole = some & (lines.quantity_cancelled >= lines.quantity)
    left = ibis.ifelse(some, lines.quantity - lines.quantity_cancelled, lines.quantity)
    told = scope.divided(lines.base_quantity * left, lines.quantity, 10).cast("decimal(20, 6)")
    told = ibis.ifelse(left == lines.quantity, lines.base_quantity, told)
    rows = lines.mutate(
        ordered=lines.quantity,
        quantity=left,
        units=told.coalesce(in_base(scope, lines, left)),
        line_left_out=ibis.ifelse(lines.parent_source_id.notnull(), "component", nothing).coalesce(
            ibis.ifelse((lines.status == "cancelled") | whole, "cancelled", nothing),
            ibis.ifelse(lines.status == "draft", "draft", nothing),
        ),
    )
    return rows.select(*(name for name in rows.columns if not name.startswith("hub_")))


def _at_cost(scope: Scope, lines: Table) -> Table:
    """Joins what the goods of each line cost us: by the line itself, or by the product's cost of that day."""
    import ibis

    joined = with_product(scope, lines, lines.day, across=True)
    own = joined.unit_cost.notnull()
    present = (joined.units * joined.listed_cost).cast(NET).coalesce((joined.units * joined.product_cost).cast(NET))
    cost = ibis.ifelse(own, (joined.quantity * joined.unit_cost).cast(NET), present)
    currency = ibis.ifelse(own, joined.currency, joined.cost_currency.coalesce(joined.product_currency))
    rated = scope.with_rate(joined.mutate(own_cost=cost, has_own=own), currency, joined.day)
    nothing = ibis.null("string")
    return rated.select(
        *lines.columns, "product_kind",
        cost=scope.converted(rated, rated.own_cost),
        cost_problem=ibis.ifelse(rated.own_cost.isnull(), "no_cost", nothing).coalesce(scope.rate_problem(rated)),
        cost_assumed=ibis.ifelse(rated.has_own | rated.own_cost.isnull(), nothing, "todays_cost").coalesce(
            scope.currency_assumed(rated)
        ),
    )  # fmt: skip


def _net(scope: Scope, lines: Table) -> Value:
    """Net of a line in its own currency, with twelve decimals; NULL where neither total nor price is there.

    Cutting a product of three down to twelve decimals is slow, and hardly ever needed: lines without a discount have no
    more, nor have those whose quantity and discount rate have at most three.
    """
    import ibis

    share = 1 - lines.discount_rate
    short_quantity, short_share = lines.quantity.cast("decimal(18, 3)"), share.cast("decimal(18, 3)")
    is_short = (short_quantity == lines.quantity) & (short_share == share)
    priced = ibis.cases(
        (lines.discount_rate.isnull(), (lines.quantity * lines.unit_price).cast(NET)),
        (is_short, (short_quantity * lines.unit_price * short_share).cast(NET)),
        else_=(lines.quantity * lines.unit_price * share).cast(NET),
    )
    partly = scope.divided(lines.total * lines.quantity, lines.ordered, 10)
    stated = ibis.ifelse(lines.quantity_cancelled > 0, partly.cast(NET), lines.total.cast(NET))
    return ibis.ifelse(
        lines.total.notnull(), stated, ibis.ifelse(lines.discount.isnull(), priced, priced - lines.discount)
    )


def _tax_inside(lines: Table) -> Value:
    """Tax within the net, where prices include it."""
    import ibis

    return ibis.ifelse(lines.total.isnull(), lines.tax.coalesce(0), ibis.literal(0).cast("decimal(20, 6)"))


def _taken_off(lines: Table) -> Value:
    """What the line costs less than quantity x price; both with tax where prices have it."""
    import ibis

    tax = ibis.ifelse(lines.tax_included, lines.tax.coalesce(0), ibis.literal(0).cast("decimal(20, 6)"))
    listed = (lines.quantity * lines.unit_price).cast(NET)
    return (listed - lines.net - tax).cast(NET).coalesce(lines.discount.cast(NET))


def _sold_orders(scope: Scope) -> Table:
    import ibis

    orders, sums = headers(scope), _line_sums(scope)
    joined = orders.left_join(sums, orders.order_number == sums.summed_number).drop("summed_number")
    unpriced = joined.lines_net.isnull() & (joined.counting == joined.lines)
    bare = joined.lines.isnull() | (unpriced & joined.header_net.notnull())
    amount = ibis.ifelse(bare, joined.header_net, joined.lines_net - joined.order_discount)
    nothing = ibis.null("string")
    valued = joined.mutate(
        bare=bare,
        amount=amount,
        without_amount=ibis.ifelse(bare, 0, joined.without_amount),
        currency=joined.currency.coalesce(joined.line_currency),
        left_out=joined.left_out.coalesce(
            ibis.ifelse(joined.counting == 0, "empty", nothing), ibis.ifelse(amount.isnull(), "no_amount", nothing)
        ),
    )
    rated = scope.with_rate(valued, valued.currency, valued.day)
    rated = rated.mutate(
        sold=scope.converted(rated, rated.amount),
        left_out=rated.left_out.coalesce(scope.rate_problem(rated)),
        assumed=scope.currency_assumed(rated),
    )
    unused = (
        "header_net", "tax_included", "lines", "counting", "lines_net", "line_currency", "amount", "currency",
        *(name for name in _ON_THE_WAY if name != "carrier"),
    )  # fmt: skip
    return attached(DIMENSIONS["customer"], scope, rated.drop(*unused))


def missing(quantity: Value, gone: Value) -> Value:
    """What is still to be sent of a line; all of it where nothing is known to have gone."""
    rest = quantity - gone.coalesce(quantity - quantity)
    return (rest > 0).ifelse(rest, rest - rest)


def _line_sums(scope: Scope) -> Table:
    """The lines of each order, summed: those that count by themselves and have an amount."""
    lines = sold_lines(scope)
    lines = lines.filter(lines.order_number.notnull())
    valued = lines.is_counting & lines.net.notnull()
    there = lines.is_counting & (lines.quantity > 0)
    return lines.group_by(summed_number=lines.order_number).aggregate(
        lines=lines.count(),
        counting=lines.is_counting.sum(),
        lines_net=lines.net.sum(where=valued),
        line_currency=lines[CURRENCY_COLUMN].max(),
        without_amount=(lines.is_counting & lines.net.isnull()).sum(),
        told=lines.quantity_shipped.count(where=there),
        missing=missing(lines.quantity, lines.quantity_shipped).sum(where=there),
    )
