"""Sales: revenue, orders and what an order is worth."""

from __future__ import annotations

from collections.abc import Mapping

from hub.sdk.metric import MONEY, Metric, Need, Output, Scope, Table, Value, ratio
from metrics.order_facts import ORDERS, SALES

RULE = (
    "Deleted, cancelled, draft and test orders never count, nor do cancelled lines and the parts of a bundle. Returns "
    "are not taken off gross figures: they stand beside them, on the day they took effect, unless they were refused."
)
ORDERS_NEEDED = Need(
    "order", "no order that counts is held for this period", "Sync a source with orders, or widen --from/--to."
)


def _revenue(_: Scope, facts: Table) -> Mapping[str, Value]:
    return {"gross": facts.sold.sum().fill_null(0), "returns": facts.refunded.sum().fill_null(0)}


REVENUE = Metric(
    id="revenue",
    title="Revenue",
    family="sales",
    unit=MONEY,
    grain="a month",
    formula=(
        "gross = sum of line nets - discounts on whole orders; line net = its total, else quantity x unit price x "
        "(1 - discount rate) - discount, without tax and shipping; orders without lines, or without any amount in "
        "them, count by their header. net = gross - returns. Amounts in other currencies at the rate of the order's "
        "day."
    ),
    source="Net sales as in IFRS 15.47 ff., on the day of the order",
    exclusions=RULE,
    undefined_when="no order counts in the period",
    facts=(ORDERS, SALES),
    kinds=("order", "line", "order discount", "return"),
    measures=_revenue,
    outputs=(
        Output("gross", "Gross of returns", MONEY),
        Output("returns", "Returns", MONEY),
        Output("net", "Net of returns", MONEY, of=lambda m: m["gross"] - m["returns"]),
    ),
    value="gross",
    by=("month",),
)


def _orders(_: Scope, facts: Table) -> Mapping[str, Value]:
    return {
        "orders": facts.count(),
        "revenue": facts.sold.sum().fill_null(0),
        "customers": facts.customer_id.nunique(),
    }


AVERAGE_ORDER_VALUE = Metric(
    id="average_order_value",
    title="Orders and average order value",
    family="sales",
    unit=MONEY,
    grain="the whole period",
    formula="average order value = gross revenue / orders",
    source="Common retail definition (AOV)",
    exclusions=RULE,
    undefined_when="no order counts in the period",
    facts=(ORDERS,),
    kinds=("order",),
    attaches=("customer",),
    measures=_orders,
    outputs=(
        Output("orders", "Orders", "orders"),
        Output("customers", "Customers that ordered", "customers"),
        Output("revenue", "Gross revenue", MONEY),
        Output("average_order_value", "Average order value", MONEY, 6, lambda m: ratio(m["revenue"], m["orders"])),
    ),
    value="average_order_value",
    needs=(ORDERS_NEEDED,),
)

METRICS = (REVENUE, AVERAGE_ORDER_VALUE)
