"""Lines of orders to suppliers as facts: when each was promised and received, how much, at what price."""

from __future__ import annotations

from hub.sdk.metric import Facts, Reason, Scope, Table, Value
from metrics.order_facts import REASONS
from metrics.order_parts import NET
from metrics.product_parts import with_product
from metrics.unit_parts import in_base, with_units

_REASONS = {
    "cancelled": REASONS["cancelled"],
    "draft": REASONS["draft"],
    "no_order": REASONS["no_order"],
    "no_date": REASONS["no_date"],
    "not_received": Reason("not received yet", by_rule=True),
    "no_price": Reason("no price"),
    "no_cost": Reason("the product has no cost to compare with"),
    "no_rate": REASONS["no_rate"],
    "no_currency": REASONS["no_currency"],
    "no_due_date": Reason("no promised or requested day"),
    "backwards": Reason("received before it was ordered"),
}


def build_purchases(scope: Scope) -> Table:
    """One row for each line of a purchase order.

    `price_problem` tells why the line's price cannot be held against the product's cost; both are for its quantity.
    """
    import ibis

    lines = _lines(scope)
    rows = with_product(scope, lines, lines.day)
    units = rows.base_quantity.coalesce(in_base(scope, rows, rows.quantity))
    paid = rows.total.cast(NET).coalesce((rows.quantity * rows.unit_price).cast(NET))
    standard = (units * rows.listed_cost).cast(NET).coalesce((units * rows.product_cost).cast(NET))
    priced = scope.with_rate(rows.mutate(paid=paid, standard=standard), rows.currency, rows.day)
    priced = priced.mutate(
        paid_amount=scope.converted(priced, priced.paid),
        paid_problem=ibis.ifelse(priced.paid.isnull(), "no_price", ibis.null("string")).coalesce(
            scope.rate_problem(priced)
        ),
        paid_assumed=scope.currency_assumed(priced),
    )
    priced = priced.select(*_KEPT)
    rated = scope.with_rate(priced, priced.cost_currency.coalesce(priced.product_currency), priced.day)
    nothing = ibis.null("string")
    days = rated.received_on.delta(rated.day, unit="day")
    return rated.select(
        "source", "source_id", "day", "supplier_source_id", "location_source_id", "product_source_id", "sku",
        "received", "quantity", "received_on", "promised_on", "left_out", "paid_amount",
        kind=ibis.literal("purchase"),
        entity=ibis.literal("purchase_order_lines"),
        lead_days=ibis.ifelse(days >= 0, days, None),
        is_received=rated.received_on.notnull(),
        standard_amount=scope.converted(rated, rated.standard),
        price_problem=rated.paid_problem.coalesce(
            ibis.ifelse(rated.standard.isnull(), "no_cost", nothing), scope.rate_problem(rated)
        ),
        assumed=ibis.ifelse(days < 0, "backwards", nothing).coalesce(rated.paid_assumed),
    )  # fmt: skip


_KEPT = (
    "source", "source_id", "day", "supplier_source_id", "location_source_id", "product_source_id", "sku", "received",
    "quantity", "received_on", "promised_on", "left_out", "paid_amount", "paid_problem", "paid_assumed", "standard",
    "cost_currency", "product_currency",
)  # fmt: skip


def _lines(scope: Scope) -> Table:
    """Lines with their order's supplier and day; received in full by the line's own word, else by its receipts."""
    import ibis

    lines, orders = with_units(scope, scope.table("purchase_order_lines")), scope.table("purchase_orders")
    lines = lines.mutate(line_source=lines.source)
    orders = orders.select(
        "supplier_source_id", "ordered_at", "created_at", order_source="source", order_key="source_id",
        order_status="status", order_currency="currency", order_promised="promised_at",
        order_location="location_source_id",
    )  # fmt: skip
    joined = lines.left_join(
        orders, [lines.line_source == orders.order_source, lines.purchase_order_source_id == orders.order_key]
    )
    got = _receipts(scope)
    joined = joined.left_join(got, [joined.source == got.got_source, joined.source_id == got.got_line])
    received = joined.quantity_received.coalesce(joined.got)
    in_full = (received >= joined.quantity).fill_null(False)
    nothing = ibis.null("string")
    day = scope.local_day(joined.ordered_at.coalesce(joined.created_at))
    return joined.mutate(
        day=day,
        location_source_id=joined.location_source_id.coalesce(joined.order_location),
        currency=joined.currency.coalesce(joined.order_currency),
        received=received,
        received_on=scope.local_day(joined.received_at.coalesce(in_full.ifelse(joined.last_got, None))),
        promised_on=scope.local_day(
            joined.confirmed_at.coalesce(joined.promised_at, joined.order_promised, joined.requested_at)
        ),
        left_out=ibis.ifelse(joined.order_key.isnull(), "no_order", nothing).coalesce(
            ibis.ifelse(_any(joined, "cancelled"), "cancelled", nothing),
            ibis.ifelse(_any(joined, "draft"), "draft", nothing),
            ibis.ifelse(day.isnull(), "no_date", nothing),
        ),
    )


def _any(rows: Table, word: str) -> Value:
    return (rows.status == word).fill_null(False) | (rows.order_status == word).fill_null(False)


def _receipts(scope: Scope) -> Table:
    receipts = scope.table("receipts")
    return receipts.group_by(got_source=receipts.source, got_line=receipts.purchase_order_line_source_id).aggregate(
        got=receipts.quantity.sum(), last_got=receipts.received_at.max(where=receipts.quantity > 0)
    )


PURCHASES = Facts(
    "purchases", "lines of purchase orders", build_purchases,
    ("day", "month", "quarter", "year", "source", "supplier", "location", "product", "category"), _REASONS,
)  # fmt: skip
