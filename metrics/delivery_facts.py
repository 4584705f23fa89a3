"""Orders on their way to customers as facts: when each was due, left and arrived, whether in full, at what cost."""

from __future__ import annotations

from hub.sdk.metric import Facts, Reason, Scope, Table
from metrics.order_facts import ORDER_DIMENSIONS, REASONS, stacked
from metrics.order_parts import headers, missing, sold_lines, sold_orders

_REASONS = {
    **REASONS,
    "not_shipped": Reason("not shipped yet", by_rule=True),
    "not_due": Reason("not due yet", by_rule=True),
    "no_due_date": Reason("no date was promised or requested"),
    "backwards": Reason("shipped or delivered before it was ordered"),
    "no_freight": Reason("no freight cost", by_rule=True),
}
_GONE = ("shipped", "completed")


def build_deliveries(scope: Scope) -> Table:
    """One row for each order: its days, and whether all of it was shipped.

    `shipped_on` is the day the last part left, `delivered_on` the day the last part arrived; `arrived_on` the first of
    the two that is known, from the end.
    """
    import ibis

    rows = _with_quantities(scope, _with_shipments(scope, headers(scope)))
    partly = (rows.status == "partially_shipped").fill_null(False) | (rows.quantity_left > 0).fill_null(False)
    nothing = ibis.null("string")
    shipped_on = scope.local_day(rows.shipped_at.coalesce(partly.ifelse(None, rows.last_left)))
    delivered_on = scope.local_day(rows.delivered_at.coalesce(partly.ifelse(None, rows.last_arrived)))
    due_on = scope.local_day(rows.promised_at.coalesce(rows.requested_at))
    by_lines = rows.quantity_left <= 0
    arrived_on = delivered_on.coalesce(shipped_on)
    return rows.select(
        "source", "source_id", "day", "customer_source_id", "channel", "left_out",
        kind=ibis.literal("order"),
        entity=ibis.literal("orders"),
        carrier=rows.carrier.coalesce(rows.shipment_carrier),
        shipped_on=shipped_on,
        delivered_on=delivered_on,
        arrived_on=arrived_on,
        due_on=due_on,
        ship_days=shipped_on.delta(rows.day, unit="day"),
        delivery_days=delivered_on.delta(rows.day, unit="day"),
        is_due=(due_on < scope.as_of) | (arrived_on <= scope.as_of),
        is_on_time=(arrived_on <= due_on).fill_null(False),
        is_in_full=by_lines.coalesce(arrived_on.notnull() | rows.status.isin(_GONE)).fill_null(False),
        assumed=ibis.ifelse(shipped_on < rows.day, "backwards", nothing),
    )  # fmt: skip


def _with_shipments(scope: Scope, orders: Table) -> Table:
    """Joins `last_left` and `last_arrived` of each order's shipments; the latter only where all have arrived."""
    sent = live_shipments(scope)
    sent = sent.group_by(sent_source=sent.source, sent_order=sent.order_source_id).aggregate(
        last_left=sent.shipped_at.max(),
        arrived=sent.delivered_at.max(),
        on_the_way=sent.delivered_at.isnull().sum(),
        shipment_carrier=sent.carrier.max(),
    )
    joined = orders.left_join(sent, [orders.source == sent.sent_source, orders.source_id == sent.sent_order])
    return joined.mutate(last_arrived=(joined.on_the_way == 0).ifelse(joined.arrived, None))


def live_shipments(scope: Scope) -> Table:
    """Shipments that took place, with the order they belong to."""
    shipments = scope.table("shipments")
    lines = scope.table("shipment_lines")
    lines = lines.filter(lines.order_source_id.notnull())
    orders = lines.group_by(line_source=lines.source, line_shipment=lines.shipment_source_id).aggregate(
        only_order=lines.order_source_id.max(), orders=lines.order_source_id.nunique()
    )
    joined = shipments.left_join(
        orders, [shipments.source == orders.line_source, shipments.source_id == orders.line_shipment]
    )
    joined = joined.mutate(
        order_source_id=joined.order_source_id.coalesce((joined.orders == 1).ifelse(joined.only_order, None))
    )
    return joined.filter(joined.status.coalesce("shipped").notin(["planned", "cancelled", "failed"]))


def _with_quantities(scope: Scope, orders: Table) -> Table:
    """Joins `quantity_left`: what is still to be shipped of all lines; NULL where no line or shipment tells."""
    sums, sent = sold_orders(scope), _sent(scope)
    sums = sums.select("told", "missing", summed_number="order_number")
    joined = orders.left_join(sums, orders.order_number == sums.summed_number)
    joined = joined.left_join(sent, joined.order_number == sent.sent_number)
    told = joined.told.coalesce(0) + joined.told_by_shipments.coalesce(0)
    left = joined.missing - joined.gone.coalesce(joined.missing - joined.missing)
    return joined.mutate(quantity_left=(told > 0).ifelse(left, None))


def _sent(scope: Scope) -> Table:
    """By order, of lines that do not tell by themselves: how many are in shipments, and how much of what was missing is
    gone by these."""
    lines, parts = sold_lines(scope), sent_of_lines(scope)
    lines = lines.filter(lines.is_counting & (lines.quantity > 0) & lines.quantity_shipped.isnull())
    rows = lines.join(parts, [lines.source == parts.part_source, lines.source_id == parts.part_line])
    rows = rows.mutate(gone=rows.quantity - missing(rows.quantity, rows.sent))
    return rows.group_by(sent_number=rows.order_number).aggregate(told_by_shipments=rows.count(), gone=rows.gone.sum())


def sent_of_lines(scope: Scope) -> Table:
    """How much of each order line is in shipments: `part_source`, `part_line`, `sent`."""
    parts = scope.table("shipment_lines")
    sent = live_shipments(scope).select(ship_source="source", ship_id="source_id")
    parts = parts.semi_join(sent, [parts.source == sent.ship_source, parts.shipment_source_id == sent.ship_id])
    parts = parts.group_by(part_source=parts.source, part_line=parts.order_line_source_id).aggregate(
        sent=parts.quantity.sum()
    )
    return parts.filter(parts.sent.notnull())


def build_freight(scope: Scope) -> Table:
    """Orders with their revenue, and what sending them cost: one row for each order or shipment that has a cost.

    Where the source keeps the cost on the order, that of its shipments is not counted again.
    """
    import ibis

    orders = headers(scope)
    own = orders.select(
        "source", "source_id", "day", "customer_source_id", "channel", "carrier", "left_out", "currency",
        "order_number", entity=ibis.literal("orders"), order_id=orders.source_id, cost=orders.freight_cost,
    )  # fmt: skip
    sent = live_shipments(scope)
    placed = orders.select(
        "order_number", "day", "customer_source_id", "channel", "left_out", "freight_cost", order_source="source",
        order_key="source_id", order_currency="currency",
    )  # fmt: skip
    sent = sent.left_join(
        placed, [sent.source == placed.order_source, sent.order_source_id == placed.order_key],
        rname="order_{name}",
    )  # fmt: skip
    sent = sent.mutate(
        day=sent.day.coalesce(scope.local_day(sent.shipped_at.coalesce(sent.created_at))),
        currency=sent.currency.coalesce(sent.order_currency),
        cost=sent.order_freight_cost.isnull().ifelse(sent.freight_cost, None),
        entity=ibis.literal("shipments"),
        order_id=sent.order_source_id,
    )
    paid = stacked(own, sent)
    rated = scope.with_rate(paid, paid.currency, paid.day)
    nothing = ibis.null("string")
    freight = rated.select(
        "source", "source_id", "day", "customer_source_id", "channel", "carrier", "entity", "order_id", "order_number",
        kind=ibis.literal("freight"),
        freight=scope.converted(rated, rated.cost),
        sold=scope.no_amount,
        left_out=rated.left_out.coalesce(
            ibis.ifelse(rated.cost.isnull(), "no_freight", nothing),
            ibis.ifelse(rated.day.isnull(), "no_date", nothing),
            scope.rate_problem(rated),
        ),
        assumed=scope.currency_assumed(rated),
    )  # fmt: skip
    return stacked(freight, _sold(scope))


def _sold(scope: Scope) -> Table:
    """Orders with their revenue, under the carrier that the order or its shipments name."""
    import ibis

    orders = _with_shipments(scope, sold_orders(scope))
    nothing = ibis.null("string")
    return orders.mutate(
        kind=ibis.literal("order"),
        entity=ibis.literal("orders"),
        order_id=orders.source_id,
        carrier=orders.carrier.coalesce(orders.shipment_carrier),
        freight=scope.no_amount,
        assumed=orders.assumed.coalesce(ibis.ifelse(orders.without_amount > 0, "line_without_amount", nothing)),
    )


_BY = (*ORDER_DIMENSIONS, "carrier")
DELIVERIES = Facts("deliveries", "orders and their shipments", build_deliveries, _BY, _REASONS)
FREIGHT = Facts("freight", "orders and what sending them cost", build_freight, _BY, _REASONS)
