"""Orders and returns as facts: what counts as sold, on which day, to whom, for how much in the reporting currency.

The same rules hold at two grains. `ORDERS` has one row an order and is quick; `SALES` has one row a line and can be
grouped by product. Both add up to the same total exactly (`metrics.order_parts`).
"""

from __future__ import annotations

from hub.sdk.metric import Facts, Reason, Scope, Table
from metrics.dimensions import DIMENSIONS, attached
from metrics.order_parts import sold, sold_lines, sold_orders

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
    "company_size",
)
_NO_ORDER_LINE = "(discount on the whole order)"


def build_orders(scope: Scope) -> Table:
    """One row for each order, return and marketing expense; `customer_id` is the golden customer."""
    import ibis

    nothing = ibis.null("string")
    rows = order_rows(scope).mutate(refunded=scope.no_amount, spent=scope.no_amount)
    returns = attached(DIMENSIONS["customer"], scope, build_returns(scope))
    spend = build_spend(scope)
    return stacked(rows, returns.mutate(spent=scope.no_amount), spend.mutate(customer_id=nothing))


def order_rows(scope: Scope) -> Table:
    """One row for each order."""
    import ibis

    orders = sold_orders(scope)
    return orders.select(
        "source", "source_id", "day", "customer_source_id", "customer_id", "channel", "sold", "left_out",
        kind=ibis.literal("order"),
        entity=ibis.literal("orders"),
        assumed=orders.assumed.coalesce(
            ibis.ifelse(orders.without_amount > 0, "line_without_amount", ibis.null("string"))
        ),
    )  # fmt: skip


def build_sales(scope: Scope) -> Table:
    """One row for each order line, order discount, order without lines, and return."""
    import ibis

    lines = sold_lines(scope)
    lines = lines.mutate(
        kind=ibis.literal("line"), entity=ibis.literal("order_lines"), sold=sold(scope, lines),
        refunded=scope.no_amount,
    )  # fmt: skip
    names = [
        "source", "source_id", "day", "customer_source_id", "channel", "kind", "entity", "product_source_id", "sku",
        "quantity", "sold", "refunded", "left_out", "assumed",
    ]  # fmt: skip
    return stacked(lines.select(*names), headers_beyond_lines(scope), build_returns(scope))


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


def stacked(first: Table, *others: Table) -> Table:
    """Rows of several tables under the columns of the first."""
    schema = first.schema()
    return first.union(*(other.select(*first.columns).cast(schema) for other in others)) if others else first


def headers_beyond_lines(scope: Scope) -> Table:
    """What orders hold beyond their lines: all of it where there are none, else the discount on the whole order."""
    import ibis

    orders = sold_orders(scope)
    orders = orders.filter(orders.bare | (orders.order_discount != 0))
    nothing = ibis.null("string")
    return orders.mutate(
        kind=ibis.ifelse(orders.bare, "order", "order discount"),
        entity=ibis.literal("orders"),
        product_source_id=nothing,
        sku=ibis.ifelse(orders.bare, nothing, _NO_ORDER_LINE),
        quantity=ibis.null("decimal(20, 6)"),
        sold=ibis.ifelse(orders.bare, orders.sold, scope.converted(orders, -orders.order_discount)),
        refunded=scope.no_amount,
    )


ORDERS = Facts("orders", "orders and returns", build_orders, ORDER_DIMENSIONS, REASONS)
SALES = Facts("sales", "order lines and returns", build_sales, (*ORDER_DIMENSIONS, "product", "category"), REASONS)
