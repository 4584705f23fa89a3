"""Supply: how long customers wait, whether they get what was promised, and what sending it costs."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from hub.sdk.metric import MONEY, Metric, Need, Output, Scope, Table, Value, ratio
from metrics.delivery_facts import DELIVERIES, FREIGHT
from metrics.spread import half, middle_two

_RULE = "Deleted, cancelled, draft and test orders never count. Calendar days in the reporting time zone."


def _days(column: str) -> Callable[[Scope, Table], Mapping[str, Value]]:
    def measures(_: Scope, facts: Table) -> Mapping[str, Value]:
        days = facts[column]
        return {
            "orders": facts.count(),
            "total_days": days.sum().fill_null(0),
            "middle_two": middle_two(days),
            "longest_days": days.max(),
        }

    return measures


def _unless_known(column: str) -> Callable[[Scope, Table], Value]:
    def leaves_out(_: Scope, facts: Table) -> Value:
        import ibis

        return ibis.ifelse(facts[column].isnull(), "not_shipped", ibis.null("string"))

    return leaves_out


def _time(metric: str, title: str, column: str, moment: str, undefined: str) -> Metric:
    return Metric(
        id=metric,
        title=title,
        family="supply",
        unit="days",
        grain="orders placed in the period",
        formula=(
            f"average_days = sum of the days from the day of the order to the day the last of it {moment}, over the "
            "orders for which that is known / their number. The order's own date, else that of its shipments."
        ),
        source="Order fulfilment lead time, as in the SCOR model (RL.1.1)",
        exclusions=_RULE + f" Orders that have not {moment} are left out.",
        undefined_when=undefined,
        facts=(DELIVERIES,),
        measures=_days(column),
        leaves_out=_unless_known(column),
        outputs=(
            Output("orders", "Orders", "orders"),
            Output("average_days", "Average", "days", 4, lambda m: ratio(m["total_days"], m["orders"])),
            Output("median_days", "Median", "days", None, lambda m: half(m["middle_two"])),
            Output("longest_days", "Longest", "days"),
        ),
        value="average_days",
    )


ORDER_TO_SHIP = _time(
    "order_to_ship_time",
    "Order to shipment",
    "ship_days",
    "left",
    "no order of the period is known to have been shipped",
)
ORDER_TO_DELIVERY = _time(
    "order_to_delivery_time", "Order to delivery", "delivery_days", "arrived",
    "no order of the period is known to have been delivered",
)  # fmt: skip


def _punctual(_: Scope, facts: Table) -> Mapping[str, Value]:
    done = facts.arrived_on.notnull()
    return {
        "due": facts.count(),
        "on_time": facts.is_on_time.sum(),
        "late": (done & ~facts.is_on_time).sum(),
        "overdue": (~done).sum(),
        "by_shipment": (done & facts.delivered_on.isnull()).sum(),
        "in_full": facts.is_in_full.sum(),
        "on_time_in_full": (facts.is_on_time & facts.is_in_full).sum(),
    }


def _not_due(_: Scope, facts: Table) -> Value:
    import ibis

    nothing = ibis.null("string")
    return ibis.ifelse(facts.due_on.isnull(), "no_due_date", nothing).coalesce(
        ibis.ifelse(facts.is_due.fill_null(False), nothing, "not_due")
    )


ON_TIME_IN_FULL = Metric(
    id="on_time_in_full",
    title="On time in full",
    family="supply",
    unit="share",
    grain="orders placed in the period that are due",
    formula=(
        "otif = on_time_in_full / due. An order is due when its promised (else requested) day has passed, or when it "
        "has arrived; on time when the last of it arrived (or, where arrivals are not known, left: by_shipment) by "
        "that day; in full when nothing of its lines is left to ship, or, where no quantities are known, when it was "
        "shipped. late = arrived after the day; overdue = not arrived."
    ),
    source="Perfect order fulfilment as in the SCOR model (RL.1.1), by order",
    exclusions=_RULE + " Orders without a promised or requested day are left out.",
    undefined_when="no order of the period is due",
    facts=(DELIVERIES,),
    measures=_punctual,
    leaves_out=_not_due,
    outputs=(
        Output("due", "Orders due", "orders"),
        Output("on_time", "On time", "orders"),
        Output("late", "Late", "orders"),
        Output("overdue", "Overdue", "orders"),
        Output("by_shipment", "Judged by shipment", "orders"),
        Output("in_full", "In full", "orders"),
        Output("on_time_share", "On time, share", "share", 6, lambda m: ratio(m["on_time"], m["due"])),
        Output("in_full_share", "In full, share", "share", 6, lambda m: ratio(m["in_full"], m["due"])),
        Output("otif", "On time in full", "share", 6, lambda m: ratio(m["on_time_in_full"], m["due"])),
    ),
    value="otif",
)


def _freight(_: Scope, facts: Table) -> Mapping[str, Value]:
    paid = facts.kind == "freight"
    strange = paid & facts.order_number.isnull()  # a shipment whose order is not held
    order = strange.ifelse(facts.source + "/" + facts.order_id, None)
    return {
        "freight": facts.freight.sum().fill_null(0),
        "orders": facts.order_number.nunique(where=paid) + order.nunique(where=strange),
        "revenue": facts.sold.sum().fill_null(0),
    }


LOGISTICS_COST = Metric(
    id="logistics_cost",
    title="Logistics cost",
    family="supply",
    unit=MONEY,
    grain="orders placed in the period; by carrier: the carrier of the order or of its shipments",
    formula=(
        "freight = sum of what sending cost us: the order's freight cost, else that of its shipments; cost_per_order = "
        "freight / orders with a cost; share_of_revenue = freight / gross revenue of all orders."
    ),
    source="Transportation cost as in the SCOR model (CO.3), per order and of revenue",
    exclusions=_RULE + " Orders without a freight cost count in the revenue only.",
    undefined_when="no freight cost is known",
    facts=(FREIGHT,),
    measures=_freight,
    outputs=(
        Output("freight", "Freight", MONEY),
        Output("orders", "Orders with a cost", "orders"),
        Output("cost_per_order", "Per order", MONEY, 6, lambda m: ratio(m["freight"], m["orders"])),
        Output("revenue", "Gross revenue", MONEY),
        Output("share_of_revenue", "Of revenue", "share", 6, lambda m: ratio(m["freight"], m["revenue"])),
    ),
    value="freight",
    needs=(Need("freight", "no freight cost is held", "Map orders.freight_cost or shipments.freight_cost."),),
)

METRICS = (ORDER_TO_SHIP, ORDER_TO_DELIVERY, ON_TIME_IN_FULL, LOGISTICS_COST)
