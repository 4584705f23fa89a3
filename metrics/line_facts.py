"""Order lines as facts: what each sold for, what was taken off its price, and what its goods cost us."""

from __future__ import annotations

from hub.sdk.metric import Facts, Reason, Scope, Table
from metrics.order_facts import ORDER_DIMENSIONS, REASONS, headers_beyond_lines, stacked
from metrics.order_parts import NET, sold, sold_lines

LINE_REASONS = {
    **REASONS,
    "no_cost": Reason("no cost that holds on its day"),
    "no_price": Reason("no price before discount"),
    "todays_cost": Reason("the line has no cost; the product's was used, of that day where one is listed that holds"),
}
_COLUMNS = (
    "source", "source_id", "day", "customer_source_id", "channel", "product_source_id", "sku", "kind", "entity",
    "quantity", "sold", "left_out", "assumed",
)  # fmt: skip


def build_lines(scope: Scope) -> Table:
    """One row for each order line, order discount and order without lines.

    `discount` and `cost` are in the reporting currency; where one is not known, `discount_problem` or `cost_problem`
    tells why. A discount on a whole order costs nothing.
    """
    import ibis

    rest = headers_beyond_lines(scope)
    nothing = ibis.null("string")
    beyond = rest.select(
        *_COLUMNS,
        discount=scope.converted(rest, rest.order_discount),
        discount_problem=nothing,
        cost=ibis.ifelse(
            rest.kind == "order discount", scope.converted(rest, ibis.literal(0).cast(NET)), scope.no_amount
        ),
        cost_problem=ibis.ifelse(rest.kind == "order discount", nothing, "no_cost"),
    )
    return stacked(_lines_at_cost(scope), beyond)


def _lines_at_cost(scope: Scope) -> Table:
    import ibis

    lines = sold_lines(scope)
    nothing = ibis.null("string")
    return lines.select(
        *(name for name in _COLUMNS if name not in ("kind", "entity", "sold", "assumed")), "cost", "cost_problem",
        sold=sold(scope, lines),
        kind=ibis.literal("line"),
        entity=ibis.literal("order_lines"),
        assumed=lines.assumed.coalesce(ibis.ifelse(lines.cost_assumed == "todays_cost", "todays_cost", nothing)),
        discount=scope.converted(lines, lines.taken_off),
        discount_problem=ibis.ifelse(lines.taken_off.isnull(), "no_price", nothing),
    )  # fmt: skip


LINES = Facts(
    "lines", "order lines at price and cost", build_lines, (*ORDER_DIMENSIONS, "product", "category"), LINE_REASONS
)
