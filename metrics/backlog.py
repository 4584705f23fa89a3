"""Sales: what customers have ordered and not yet got."""

from __future__ import annotations

from collections.abc import Mapping

from hub.sdk.metric import MONEY, Facts, Metric, Output, Reason, Scope, Table, Value
from metrics.delivery_facts import live_shipments, sent_of_lines
from metrics.order_facts import ORDER_DIMENSIONS, REASONS, headers_beyond_lines, stacked
from metrics.order_parts import NET, headers, sold_lines
from metrics.sales import RULE

_OPEN = ("open", "on_hold", "partially_shipped")
_COLUMNS = (
    "source", "source_id", "order_id", "order_number", "day", "customer_source_id", "channel", "product_source_id",
    "sku", "kind", "entity", "waiting", "is_overdue", "left_out", "assumed",
)  # fmt: skip
_OF_ORDER = ("order_id", "is_overdue")
_REASONS = {**REASONS, "shipped": Reason("shipped in full", by_rule=True)}


def build_backlog(scope: Scope) -> Table:
    """One row for each order line, and each order without lines, with the net value of what has not left."""
    import ibis

    lines = _with_shipped(scope, sold_lines(scope))
    lines = lines.mutate(kind=ibis.literal("line"), entity=ibis.literal("order_lines"))
    part = scope.divided(lines.quantity - lines.quantity_shipped, lines.quantity, 10)
    whole = (lines.net * part.cast("decimal(18, 10)")).cast("decimal(38, 22)")  # Ibis takes it for twelve decimals
    waiting = _if_partly(lines, whole.cast(NET))
    lines = lines.mutate(waiting=scope.converted(lines, waiting))
    rest = headers_beyond_lines(scope)
    rest = rest.mutate(waiting=rest.sold, quantity_shipped=None, quantity=None)
    names = (*(name for name in _COLUMNS if name not in _OF_ORDER), "quantity", "quantity_shipped")
    rows = stacked(lines.select(*names), rest.select(*names))
    return _of_open_orders(scope, rows)


def _with_shipped(scope: Scope, lines: Table) -> Table:
    """Lines that do not tell how much of them was shipped have what their shipments say."""
    sent = sent_of_lines(scope)
    joined = lines.left_join(sent, [lines.source == sent.part_source, lines.source_id == sent.part_line])
    return joined.mutate(quantity_shipped=joined.quantity_shipped.coalesce(joined.sent)).select(*lines.columns)


def _if_partly(lines: Table, part: Value) -> Value:
    import ibis

    return ibis.ifelse(lines.quantity_shipped > 0, part, lines.net)


def is_open(orders: Table) -> Value:
    """Whether anything of an order has still to leave."""
    gone = orders.shipped_at.notnull() | orders.delivered_at.notnull()
    return orders.status.isin(_OPEN) | (orders.status.isnull() & ~gone)


def _of_open_orders(scope: Scope, rows: Table) -> Table:
    import ibis

    orders = headers(scope)
    sent = live_shipments(scope)
    sent = sent.filter(sent.shipped_at.notnull() | sent.delivered_at.notnull())
    sent = sent.select(sent_source="source", sent_order="order_source_id").distinct()
    orders = orders.left_join(sent, [orders.source == sent.sent_source, orders.source_id == sent.sent_order])
    orders = orders.select(
        open_number="order_number",
        order_id="source_id",
        is_open=is_open(orders) & (orders.status.notnull() | orders.sent_order.isnull()),
        due=scope.local_day(orders.promised_at.coalesce(orders.requested_at)),
    )
    joined = rows.left_join(orders, rows.order_number == orders.open_number)
    all_gone = (joined.quantity_shipped > 0) & (joined.quantity_shipped >= joined.quantity)
    nothing = ibis.null("string")
    return joined.mutate(
        is_overdue=(joined.due < scope.as_of).fill_null(False),
        left_out=joined.left_out.coalesce(
            ibis.ifelse(joined.is_open.fill_null(False) & ~all_gone.fill_null(False), nothing, "shipped")
        ),
    ).select(*_COLUMNS)


BACKLOG = Facts("backlog", "order lines that wait", build_backlog, (*ORDER_DIMENSIONS, "product", "category"), _REASONS)


def _measures(_: Scope, facts: Table) -> Mapping[str, Value]:
    return {
        "orders": facts.order_number.nunique(),
        "backlog": facts.waiting.sum().fill_null(0),
        "overdue_orders": facts.order_number.nunique(where=facts.is_overdue),
        "overdue": facts.waiting.sum(where=facts.is_overdue).fill_null(0),
        "oldest": facts.day.min(),
    }


ORDER_BACKLOG = Metric(
    id="order_backlog",
    title="Order backlog",
    family="sales",
    unit=MONEY,
    grain="everything that waits now, of the orders placed in the period",
    formula=(
        "backlog = net of the lines of open orders x share of the quantity not shipped yet, by the line, else by its "
        "shipments; open is an order that is open, on hold or partially shipped, or has no status and never left. "
        "overdue = the part promised (else "
        "requested) for a day before the last one of the period, or before today."
    ),
    source="Remaining performance obligations, as in IFRS 15.120, by what has not been shipped",
    exclusions=RULE + " Orders and lines that are shipped in full are left out.",
    undefined_when="no order waits",
    facts=(BACKLOG,),
    measures=_measures,
    outputs=(
        Output("orders", "Open orders", "orders"),
        Output("backlog", "Not shipped yet", MONEY),
        Output("overdue_orders", "Overdue orders", "orders"),
        Output("overdue", "Overdue", MONEY),
        Output("oldest", "Oldest order", "day"),
    ),
    value="backlog",
)

METRICS = (ORDER_BACKLOG,)
