"""Orders and returns as facts: what counts as sold, on which day, to whom, for how much in the reporting currency.

The same rules hold at two grains. `ORDERS` has one row an order and is quick; `SALES` has one row a line and can be
grouped by product. Both add up to the same total exactly: a line's net has twelve decimals before anything is
summed, and an order's rate multiplies the sum as it multiplies each line.
"""

from __future__ import annotations

from hub.sdk.metric import Facts, Reason, Scope, Table, Value

REASONS = {
    "cancelled": Reason("cancelled", by_rule=True),
    "draft": Reason("draft, not binding", by_rule=True),
    "test": Reason("test order", by_rule=True),
    "component": Reason("part of a bundle whose own line counts", by_rule=True),
    "empty": Reason("none of its lines counts", by_rule=True),
    "requested": Reason("return asked for, not approved yet", by_rule=True),
    "guest": Reason("an order without a customer", by_rule=True),
    "no_date": Reason("no order date"),
    "no_amount": Reason("no amount"),
    "no_order": Reason("its order is not held"),
    "no_rate": Reason("no exchange rate into the reporting currency"),
    "no_currency": Reason("no currency; taken to be in the reporting currency"),
    "line_without_amount": Reason("a line has no amount; it counts as 0"),
}

ORDER_DIMENSIONS = (
    "day",
    "month",
    "quarter",
    "year",
    "source",
    "channel",
    "customer",
    "country",
    "industry",
    "segment",
)
NET = "decimal(38, 12)"
_NO_ORDER_LINE = "(discount on the whole order)"


def build_orders(scope: Scope) -> Table:
    """One row for each order, return and marketing expense."""
    import ibis

    orders = _valued_orders(scope)
    rated = scope.with_rate(orders, orders.currency, orders.day)
    nothing = ibis.null("string")
    rows = rated.select(
        "source",
        "source_id",
        "day",
        "customer_source_id",
        "channel",
        kind=ibis.literal("order"),
        entity=ibis.literal("orders"),
        sold=scope.converted(rated, rated.amount),
        refunded=scope.no_amount,
        spent=scope.no_amount,
        left_out=rated.left_out.coalesce(scope.rate_problem(rated)),
        assumed=scope.currency_assumed(rated).coalesce(
            ibis.ifelse(rated.without_amount > 0, "line_without_amount", nothing)
        ),
    )
    return stacked(rows, build_returns(scope).mutate(spent=scope.no_amount), build_spend(scope))


def build_sales(scope: Scope) -> Table:
    """One row for each order line, order discount, order without lines, and return."""
    lines = sale_lines(scope)
    rest = headers_beyond_lines(scope)
    returns = build_returns(scope)
    names = [
        "source", "source_id", "day", "customer_source_id", "channel", "kind", "entity", "product_source_id", "sku",
        "quantity", "sold", "refunded", "left_out", "assumed",
    ]  # fmt: skip
    return stacked(lines.select(*names), rest, returns)


def sale_lines(scope: Scope) -> Table:
    """Order lines with their order's day and customer, net amount in the reporting currency, and effective quantity."""
    import ibis

    joined = placed_lines(scope)
    net = net_of_line(scope, joined)
    net = ibis.ifelse(joined.tax_included, net - _tax_inside(joined), net)
    rated = scope.with_rate(joined.mutate(net=net), joined.currency, joined.day)
    return rated.mutate(
        kind=ibis.literal("line"),
        entity=ibis.literal("order_lines"),
        sold=scope.converted(rated, rated.net),
        refunded=scope.no_amount,
        left_out=rated.left_out.coalesce(
            ibis.ifelse(rated.net.isnull(), "no_amount", ibis.null("string")), scope.rate_problem(rated)
        ),
        assumed=scope.currency_assumed(rated),
    )


def placed_lines(scope: Scope) -> Table:
    """Order lines with their order's day, customer and currency, and why they do not count, whatever their amount."""
    import ibis

    lines = _lines(scope)
    orders = _headers(scope).select(
        "day",
        "customer_source_id",
        "channel",
        "tax_included",
        order_source="source",
        order_key="source_id",
        order_left_out="left_out",
        order_currency="currency",
    )
    joined = lines.left_join(orders, [lines.source == orders.order_source, lines.order_source_id == orders.order_key])
    return joined.mutate(
        currency=joined.order_currency.coalesce(joined.currency),
        left_out=ibis.ifelse(joined.order_key.isnull(), "no_order", ibis.null("string")).coalesce(
            joined.order_left_out, joined.line_left_out
        ),
    )


def build_returns(scope: Scope) -> Table:
    """One row for each return: the refund without tax, positive."""
    import ibis

    returns = scope.table("returns")
    orders = scope.table("orders").select(
        "currency", "customer_source_id", "channel", "ordered_at", order_source="source", order_key="source_id"
    )
    joined = returns.left_join(
        orders,
        [returns.source == orders.order_source, returns.order_source_id == orders.order_key],
        rname="order_{name}",
    )
    moment = joined.returned_at.coalesce(joined.requested_at, joined.ordered_at)
    joined = joined.mutate(day=scope.local_day(moment), currency=joined.currency.coalesce(joined.order_currency))
    rated = scope.with_rate(joined, joined.currency, joined.day)
    amount = rated.refund.coalesce(rated.quantity * rated.unit_price)
    refunded = scope.converted(rated, amount)
    nothing = ibis.null("string")
    return rated.select(
        "source", "source_id", "day", "product_source_id", "sku", "quantity",
        customer_source_id=rated.customer_source_id.coalesce(rated.order_customer_source_id),
        channel=rated.channel,
        kind=ibis.literal("return"),
        entity=ibis.literal("returns"),
        sold=scope.no_amount,
        refunded=refunded,
        left_out=ibis.ifelse(rated.status.isin(["rejected", "cancelled"]), "cancelled", nothing).coalesce(
            ibis.ifelse(rated.status == "requested", "requested", nothing),
            ibis.ifelse(rated.day.isnull(), "no_date", nothing),
            ibis.ifelse(amount.isnull(), "no_amount", nothing),
            scope.rate_problem(rated),
        ),
        assumed=scope.currency_assumed(rated),
    )  # fmt: skip


def build_spend(scope: Scope) -> Table:
    """One row for each amount spent to win customers."""
    import ibis

    spend = scope.table("marketing_spend")
    rated = scope.with_rate(spend.mutate(day=spend.spent_on), spend.currency, spend.spent_on)
    nothing = ibis.null("string")
    return rated.select(
        "source",
        "source_id",
        "day",
        "channel",
        customer_source_id=nothing,
        kind=ibis.literal("spend"),
        entity=ibis.literal("marketing_spend"),
        sold=scope.no_amount,
        refunded=scope.no_amount,
        spent=scope.converted(rated, rated.amount),
        left_out=ibis.ifelse(rated.day.isnull(), "no_date", nothing).coalesce(
            ibis.ifelse(rated.amount.isnull(), "no_amount", nothing), scope.rate_problem(rated)
        ),
        assumed=scope.currency_assumed(rated),
    )


def _headers(scope: Scope) -> Table:
    """Orders with their day, their own net amount, and why they do not count, whatever their currency."""
    import ibis

    orders = scope.table("orders")
    orders = orders.mutate(day=scope.local_day(orders.ordered_at.coalesce(orders.created_at)))
    zero = ibis.literal(0).cast("decimal(20, 6)")
    nothing = ibis.null("string")
    net = (orders.subtotal - orders.discount.coalesce(zero)).coalesce(
        orders.total - orders.tax.coalesce(zero) - orders.shipping.coalesce(zero)
    )
    cancelled = (orders.status == "cancelled") | orders.cancelled_at.notnull()
    return orders.select(
        "source", "source_id", "day", "customer_source_id", "channel", "currency", "tax_included",
        entity=ibis.literal("orders"),
        header_net=net,
        order_discount=orders.discount.coalesce(zero),
        left_out=ibis.ifelse(cancelled, "cancelled", nothing).coalesce(
            ibis.ifelse(orders.status == "draft", "draft", nothing),
            ibis.ifelse(orders.is_test, "test", nothing),
            ibis.ifelse(orders.day.isnull(), "no_date", nothing),
        ),
    )  # fmt: skip


def _lines(scope: Scope) -> Table:
    """Order lines with the quantity that is left of them, and why they do not count by themselves."""
    import ibis

    lines = scope.table("order_lines")
    nothing = ibis.null("string")
    some = lines.quantity_cancelled > 0
    whole = some & (lines.quantity_cancelled >= lines.quantity)
    return lines.mutate(
        ordered=lines.quantity,
        quantity=ibis.ifelse(some, lines.quantity - lines.quantity_cancelled, lines.quantity),
        line_left_out=ibis.ifelse(lines.parent_source_id.notnull(), "component", nothing).coalesce(
            ibis.ifelse((lines.status == "cancelled") | whole, "cancelled", nothing),
            ibis.ifelse(lines.status == "draft", "draft", nothing),
        ),
    )


def net_of_line(scope: Scope, lines: Table) -> Value:
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


def _valued_orders(scope: Scope) -> Table:
    """Orders with what they are worth in their own currency: by their lines, or by the header where there are none."""
    import ibis

    orders, sums = _headers(scope), _line_sums(scope)
    joined = orders.left_join(sums, [orders.source == sums.line_source, orders.source_id == sums.line_order])
    bare = joined.lines.isnull()
    net = ibis.ifelse(joined.tax_included, joined.lines_net - joined.tax_inside, joined.lines_net)
    amount = ibis.ifelse(bare, joined.header_net, net - joined.order_discount)
    nothing = ibis.null("string")
    return joined.mutate(
        bare=bare,
        amount=amount,
        currency=joined.currency.coalesce(joined.line_currency),
        left_out=joined.left_out.coalesce(
            ibis.ifelse(joined.counting == 0, "empty", nothing), ibis.ifelse(amount.isnull(), "no_amount", nothing)
        ),
    )


def _line_sums(scope: Scope) -> Table:
    """The lines of each order, summed: those that count by themselves and have an amount."""
    lines = _lines(scope)
    lines = lines.mutate(net=net_of_line(scope, lines), tax_inside=_tax_inside(lines))
    counting = lines.line_left_out.isnull()
    valued = counting & lines.net.notnull()
    return lines.group_by(line_source=lines.source, line_order=lines.order_source_id).aggregate(
        lines=lines.count(),
        counting=counting.sum(),
        lines_net=lines.net.sum(where=valued),
        tax_inside=lines.tax_inside.sum(where=valued).fill_null(0),
        line_currency=lines.currency.max(),
        without_amount=(counting & lines.net.isnull()).sum(),
    )


def stacked(first: Table, *others: Table) -> Table:
    """Rows of several tables under the columns of the first."""
    schema = first.schema()
    return first.union(*(other.select(*first.columns).cast(schema) for other in others)) if others else first


def headers_beyond_lines(scope: Scope) -> Table:
    """What orders hold beyond their lines: all of it where there are none, else the discount on the whole order."""
    import ibis

    orders = _valued_orders(scope)
    orders = orders.filter(orders.bare | (orders.order_discount != 0))
    rated = scope.with_rate(orders, orders.currency, orders.day)
    nothing = ibis.null("string")
    return rated.mutate(
        kind=ibis.ifelse(rated.bare, "order", "order discount"),
        product_source_id=nothing,
        sku=ibis.ifelse(rated.bare, nothing, _NO_ORDER_LINE),
        quantity=ibis.null("decimal(20, 6)"),
        sold=scope.converted(rated, ibis.ifelse(rated.bare, rated.amount, -rated.order_discount)),
        refunded=scope.no_amount,
        left_out=rated.left_out.coalesce(scope.rate_problem(rated)),
        assumed=scope.currency_assumed(rated),
    )


ORDERS = Facts("orders", "orders and returns", build_orders, ORDER_DIMENSIONS, REASONS)
SALES = Facts("sales", "order lines and returns", build_sales, (*ORDER_DIMENSIONS, "product", "category"), REASONS)
