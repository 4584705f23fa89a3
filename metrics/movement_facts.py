"""What moves and what lies: stock beside the demand for it, when it was last sold, and the times it was out."""

from __future__ import annotations

from hub.sdk.metric import Facts, Parameter, Reason, Scope, Table
from metrics.dimensions import DIMENSIONS, attached
from metrics.order_facts import REASONS, stacked
from metrics.order_parts import placed_lines
from metrics.stock_facts import (
    DAY_SECONDS,
    STOCK_REASONS,
    intervals,
    not_own,
    own_worth,
    stock_rows,
    window_of,
    worth_by_product,
)

_REASONS = {
    **REASONS,
    **STOCK_REASONS,
    "outside": Reason("outside the days looked back on", by_rule=True),
    "discontinued": Reason("discontinued", by_rule=True),
    "not_sellable": Reason("not unrestricted: it cannot be promised", by_rule=True),
    "no_cost": Reason("no cost; it counts in units only"),
    "thin_history": Reason("the stock history spans less than a day"),
    "empty_level": Reason("nothing lies there", by_rule=True),
    "gone": Reason("the source no longer has it", by_rule=True),
}
WINDOW = Parameter("window_days", "integer", "Days of sales that the pace is taken from.", 90)
DEAD = Parameter("dead_days", "integer", "Stock without a sale for so many days is dead.", 180)
SLOW = Parameter("slow_days", "integer", "Stock without a sale for so many days is slow, until it is dead.", 90)


def build_movement(scope: Scope) -> Table:
    """One row for each stock level that can be sold, and one for each order line of the last `window_days`.

    `observed_days` is how many of these days there have been any sales to see.
    """
    import ibis

    demand = _demand(scope)
    rows = stock_rows(scope, scope.table("stock_levels"))
    nothing = ibis.null("string")
    sellable = rows.stock_type.coalesce("unrestricted") == "unrestricted"
    stock = rows.select(
        "source", "source_id", "product_source_id", "location_source_id", "sku",
        kind=ibis.literal("stock"),
        entity=ibis.literal("stock_levels"),
        day=ibis.null("date"),
        on_hand=rows.on_hand,
        available=rows.available.coalesce(rows.on_hand),
        incoming=rows.incoming,
        sold=ibis.null("decimal(20, 6)"),
        observed_days=ibis.null("int64"),
        left_out=not_own(rows).coalesce(
            ibis.ifelse(sellable, nothing, "not_sellable"), ibis.ifelse(rows.on_hand.isnull(), "no_quantity", nothing)
        ),
        assumed=ibis.ifelse(rows.on_hand < 0, "negative", nothing),
    )  # fmt: skip
    return _with_plan(scope, stacked(stock, demand))


def _demand(scope: Scope) -> Table:
    import ibis

    lines = _sold_lines(scope)
    nothing = ibis.null("string")
    age = lines.horizon.delta(lines.day, unit="day")
    seen = lines.horizon.delta(lines.first_sale, unit="day") + 1
    goods = lines.product_kind.coalesce("goods") == "goods"
    return lines.select(
        "source", "source_id", "product_source_id", "sku", "day",
        location_source_id=lines.location_source_id,
        kind=ibis.literal("sale"),
        entity=ibis.literal("order_lines"),
        on_hand=ibis.null("decimal(20, 6)"),
        available=ibis.null("decimal(20, 6)"),
        incoming=ibis.null("decimal(20, 6)"),
        sold=lines.units,
        observed_days=ibis.least(scope.parameter("window_days"), seen),
        left_out=lines.left_out.coalesce(
            ibis.ifelse((age >= 0) & (age < scope.parameter("window_days")), nothing, "outside"),
            ibis.ifelse(goods, nothing, "not_goods"),
            ibis.ifelse(lines.units.isnull(), "no_quantity", nothing),
        ),
        assumed=nothing,
    )  # fmt: skip


def _sold_lines(scope: Scope) -> Table:
    """Lines with what was ordered of the product in base units, the first day that anything was sold, and the one that
    is looked back from: the end of the period, or the last sale of all."""
    lines = placed_lines(scope)
    bounds = lines.filter(lines.left_out.isnull() & (lines.day <= scope.as_of))
    bounds = bounds.aggregate(first_sale=bounds.day.min(), latest=bounds.day.max())
    bounds = bounds.select("first_sale", horizon=scope.end.coalesce(bounds.latest, scope.as_of))
    return lines.select(
        "source",
        "source_id",
        "product_source_id",
        "product_kind",
        "sku",
        "day",
        "location_source_id",
        "units",
        "left_out",
    ).cross_join(bounds)


def _with_plan(scope: Scope, rows: Table) -> Table:
    """What is planned for the product: lead time, reorder level, what is on order, and whether it is still bought."""
    products = scope.table("products").select(
        "lead_time_days", "reorder_level", "units_on_order", plan_source="source", plan_id="source_id",
        product_status="status",
    )  # fmt: skip
    planned = rows.left_out.isnull().ifelse(rows.product_source_id, None)  # what does not count need not be looked up
    joined = rows.left_join(products, [rows.source == products.plan_source, planned == products.plan_id])
    return joined.select(*(name for name in joined.columns if name not in ("plan_source", "plan_id")))


def build_age(scope: Scope) -> Table:
    """One row for each stock level, with its value at cost and the days since its product was last sold, by whatever
    system."""
    import ibis

    rows = attached(DIMENSIONS["product"], scope, stock_rows(scope, scope.table("stock_levels")))
    own = own_worth(rows)
    currency = ibis.ifelse(own.notnull(), rows.currency, rows.cost_currency).coalesce(rows.product_currency)
    rated = scope.with_rate(rows.mutate(worth=own.coalesce(worth_by_product(rows))), currency, scope.as_of)
    lines = _sold_lines(scope)
    sales = lines.filter(lines.left_out.isnull() & (lines.day <= scope.as_of))
    latest = sales.aggregate(latest=sales.day.max())
    sales = attached(DIMENSIONS["product"], scope, sales)
    sales = sales.group_by(sold_product=sales.product_id).aggregate(last_sale=sales.day.max())
    joined = rated.left_join(sales, rated.product_id == sales.sold_product)
    joined = joined.cross_join(latest)
    idle = scope.end.coalesce(joined.latest, scope.as_of).delta(joined.last_sale, unit="day")
    nothing = ibis.null("string")
    problem = ibis.ifelse(joined.worth.isnull(), "no_cost", nothing).coalesce(scope.rate_problem(joined))
    return joined.select(
        "source", "source_id", "product_source_id", "location_source_id", "sku", "stock_type", "last_sale",
        kind=ibis.literal("stock"),
        entity=ibis.literal("stock_levels"),
        units=joined.on_hand,
        worth=scope.converted(joined, joined.worth),
        idle_days=idle,
        state=ibis.cases(
            (idle.isnull(), "dead"), (idle >= scope.parameter("dead_days"), "dead"),
            (idle >= scope.parameter("slow_days"), "slow"), else_="moving",
        ),
        left_out=not_own(joined).coalesce(
            ibis.ifelse(joined.on_hand.isnull(), "no_quantity", nothing),
            ibis.ifelse(joined.on_hand == 0, "empty_level", nothing),
        ),
        assumed=ibis.ifelse(joined.on_hand < 0, "negative", nothing).coalesce(problem, scope.currency_assumed(joined)),
    )  # fmt: skip


def build_states(scope: Scope) -> Table:
    """One row for each state a stock level was in: how long it lasted within the period, and whether it was out."""
    import ibis

    history = intervals(scope)
    window = window_of(scope, history)
    rows = stock_rows(scope, history).cross_join(window)
    ends = ibis.least(rows.ends.coalesce(rows.closing), rows.closing)
    lasted = ibis.greatest(ends - ibis.greatest(rows.begins, rows.opening), 0)
    is_out = (rows.on_hand <= 0).fill_null(False)
    rows = rows.mutate(lasted=lasted, is_out=is_out)
    sellable = rows.stock_type.coalesce("unrestricted") == "unrestricted"
    begun = rows.begins.between(rows.opening, rows.closing - 1)
    nothing = ibis.null("string")
    return rows.select(
        "source", "source_id", "product_source_id", "location_source_id", "sku",
        kind=ibis.literal("stock"),
        entity=ibis.literal("stock_history"),
        day=scope.local_day(rows.changed_at),
        lasted=rows.lasted,
        out_seconds=rows.is_out.ifelse(rows.lasted, 0),
        went_out=(rows.is_out & ~rows.was_out & begun).cast("int64"),
        is_out_now=(rows.is_out & (rows.ends.isnull() | (rows.ends >= rows.closing))).cast("int64"),
        left_out=not_own(rows).coalesce(
            ibis.ifelse(sellable, nothing, "not_sellable"),
            ibis.ifelse(rows.is_deleted.fill_null(False), "gone", nothing),
            ibis.ifelse(rows.on_hand.isnull(), "no_quantity", nothing),
            ibis.ifelse(rows.closing - rows.opening < DAY_SECONDS, "thin_history", nothing),
            ibis.ifelse(rows.lasted == 0, "outside", nothing),
        ),
        assumed=ibis.ifelse(rows.on_hand < 0, "negative", nothing),
    )  # fmt: skip


_BY = ("source", "product", "category")
MOVEMENT = Facts(
    "movement", "stock and the demand for it", build_movement, _BY, _REASONS, dated=False, parameters=(WINDOW,)
)
AGE = Facts(
    "stock_age", "stock levels and their last sale", build_age, (*_BY, "location", "stock_type"), _REASONS,
    dated=False, parameters=(DEAD, SLOW),
)  # fmt: skip
STATES = Facts("stock_states", "states of stock levels", build_states, (*_BY, "location"), _REASONS, dated=False)
