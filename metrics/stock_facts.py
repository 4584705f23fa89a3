"""Stock as facts: what lies where now, and, for turnover, what was sold at cost beside what lay there over time."""

from __future__ import annotations

from hub.sdk.metric import Facts, Parameter, Reason, Scope, Table, Value
from metrics.authority import REASON as TOLD_ELSEWHERE
from metrics.authority import with_place
from metrics.order_facts import REASONS, stacked
from metrics.order_parts import NET, placed_lines
from metrics.product_parts import with_product
from metrics.unit_parts import stock_in_base

DAY_SECONDS = 86_400
OWN_STOCK = ("unrestricted", "quality", "blocked", "reserved", "returns")
_ENDED = "cost_ended"
STOCK_REASONS = {
    "not_goods": Reason("a service, fee or discount, not goods", by_rule=True),
    "elsewhere": Reason("in transit or consignment: not on our shelves", by_rule=True),
    "told_elsewhere": TOLD_ELSEWHERE,
    "no_quantity": Reason("no quantity"),
    "no_price": Reason("no cost or price to value it by"),
    _ENDED: Reason("no cost holds on that day: the listed one has ended, and the product has none of its own"),
    "no_rate": REASONS["no_rate"],
    "no_currency": REASONS["no_currency"],
    "negative": Reason("negative stock; counted as the source has it"),
}
TURNOVER_REASONS = {
    **REASONS,
    **STOCK_REASONS,
    "no_cost": Reason("no cost"),
    "before_history": Reason("sold before the stock history begins"),
    "thin_history": Reason("the stock history spans less than a day"),
    "late_history": Reason("its history begins within the period; before that it counts as nothing"),
    "outside": Reason("outside the period", by_rule=True),
    "todays_cost": Reason("the line has no cost; the product's was used, of that day where one is listed that holds"),
}


def build_units(scope: Scope) -> Table:
    """One row for each stock level."""
    import ibis

    rows = stock_rows(scope, scope.table("stock_levels"))
    nothing = ibis.null("string")
    return rows.select(
        "source", "source_id", "product_source_id", "location_source_id", "sku", "stock_type",
        kind=ibis.literal("stock"),
        entity=ibis.literal("stock_levels"),
        units=rows.on_hand,
        left_out=not_own(rows).coalesce(ibis.ifelse(rows.on_hand.isnull(), "no_quantity", nothing)),
        assumed=ibis.ifelse(rows.on_hand < 0, "negative", nothing),
    )  # fmt: skip


def build_value(scope: Scope) -> Table:
    """One row for each stock level, with its value at cost or at list price; left out where there is none."""
    import ibis

    rows = stock_rows(scope, scope.table("stock_levels"))
    listing = scope.parameter("valuation") == "list_price"
    own, by_product = own_worth(rows), worth_by_product(rows)
    by_list = scope.divided(rows.on_hand * rows.list_price, rows.price_quantity.coalesce(1), 10).cast(NET)
    currency = ibis.cases(
        (listing, rows.product_currency),
        (own.isnull(), rows.cost_currency.coalesce(rows.product_currency)),
        else_=rows.currency.coalesce(rows.product_currency),
    )
    priced = rows.mutate(price=ibis.ifelse(listing, by_list, own.coalesce(by_product)))
    rated = scope.with_rate(priced, currency, scope.as_of)
    nothing = ibis.null("string")
    return rated.select(
        "source", "source_id", "product_source_id", "location_source_id", "sku", "stock_type",
        kind=ibis.literal("stock"),
        entity=ibis.literal("stock_levels"),
        units=rated.on_hand,
        worth=scope.converted(rated, rated.price),
        left_out=not_own(rated).coalesce(
            ibis.ifelse(rated.on_hand.isnull(), "no_quantity", nothing),
            ibis.ifelse(rated.price.isnull(), ibis.ifelse(rated.cost_ended & ~listing, _ENDED, "no_price"), nothing),
            scope.rate_problem(rated),
        ),
        assumed=ibis.ifelse(rated.on_hand < 0, "negative", nothing).coalesce(scope.currency_assumed(rated)),
    )  # fmt: skip


def build_turnover(scope: Scope) -> Table:
    """Sales at cost, and stock values with the seconds they lasted, both cut to the same period."""
    history = intervals(scope)
    window = window_of(scope, history)
    return stacked(_costed_sales(scope, window), _weighted_stock(scope, history, window))


def own_worth(rows: Table) -> Value:
    """What the stock row itself says it is worth."""
    return rows.value.cast(NET).coalesce((rows.on_hand * rows.unit_cost).cast(NET))


def worth_by_product(rows: Table) -> Value:
    """What the product's cost makes of it."""
    return (rows.on_hand * rows.listed_cost).cast(NET).coalesce((rows.on_hand * rows.product_cost).cast(NET))


def stock_rows(scope: Scope, table: Table, day: Value | None = None) -> Table:
    """Stock levels, or states of them, with their product at its cost of `day` or of the day looked back from, and
    whether another system tells the stock of the place."""
    table = stock_in_base(scope, table) if "unit" in table.columns else table
    return with_place(scope, with_product(scope, table, day))


def not_own(rows: Table) -> Value:
    """Why a row of `stock_rows` is no stock of ours, or one that another system tells already."""
    return not_on_shelves(rows).coalesce(rows.told_elsewhere)


def not_on_shelves(rows: Table) -> Value:
    import ibis

    nothing = ibis.null("string")
    goods = rows.product_kind.coalesce("goods") == "goods"
    own = rows.stock_type.coalesce("unrestricted").isin(OWN_STOCK)
    return ibis.ifelse(goods, nothing, "not_goods").coalesce(ibis.ifelse(own, nothing, "elsewhere"))


def intervals(scope: Scope) -> Table:
    """Each state of a stock level with the seconds since 1970 at which it begins and ends (NULL: it still holds)."""
    states = scope.shared("stock_states", _intervals)
    return states.mutate(begins=scope.seconds(states.changed_at), ends=scope.seconds(states.next_change))


def _intervals(scope: Scope) -> Table:
    import ibis

    history = stock_in_base(scope, scope.table("stock_history"))
    window = ibis.window(group_by=["source", "source_id"], order_by="changed_at")
    return history.select(
        "source", "source_id", "changed_at", "product_source_id", "location_source_id", "stock_type", "on_hand",
        "unit_cost", "value", "currency", "is_deleted",
        next_change=history.changed_at.lead().over(window),
        is_first=history.changed_at.lag().over(window).isnull(),
        was_out=(history.on_hand <= 0).fill_null(False).lag().over(window).fill_null(False),
    )  # fmt: skip


def window_of(scope: Scope, history: Table) -> Table:
    """One row: the period in seconds since 1970, and its days. It cannot begin before the stock history does."""
    import ibis

    orders = scope.table("orders")
    changes = history.aggregate(
        first_change=history.begins.min(), first_moment=history.changed_at.min(), last_change=history.changed_at.max()
    )
    bounds = changes.cross_join(orders.aggregate(last_order=orders.ordered_at.max()))
    last_day = scope.local_day(ibis.greatest(bounds.last_change, bounds.last_order.coalesce(bounds.last_change)))
    opening = ibis.greatest(bounds.first_change, scope.day_seconds(scope.start).coalesce(bounds.first_change))
    first_day = scope.local_day(bounds.first_moment)
    opening_day = ibis.greatest(first_day, scope.start.coalesce(first_day))
    closing_day = scope.end.coalesce(last_day)
    return bounds.select(
        opening=opening,
        opening_day=opening_day,
        closing=scope.day_seconds(closing_day) + DAY_SECONDS,
        opening_month=month_number(opening_day),
        closing_month=month_number(closing_day + ibis.interval(days=1)),
    )


def month_number(day: Value) -> Value:
    """Months, counted without a break: a difference of two is how many months begin between them."""
    return day.year().cast("int64") * 12 + day.month().cast("int64")


def _costed_sales(scope: Scope, window: Table) -> Table:
    """Lines that count, at what their goods cost us."""
    import ibis

    lines = placed_lines(scope).cross_join(window)
    nothing = ibis.null("string")
    began = lines.day >= lines.opening_day
    return lines.select(
        "source", "source_id", "day", "product_source_id", "cost",
        sku=ibis.ifelse(lines.product_source_id.isnull(), nothing, lines.sku),
        location_source_id=nothing,
        kind=ibis.literal("sale"),
        entity=ibis.literal("order_lines"),
        weighted=ibis.null("decimal(38, 12)"),
        opened=scope.no_amount,
        closed=scope.no_amount,
        period=lines.closing - lines.opening,
        at_month_ends=ibis.null("decimal(38, 12)"),
        month_ends=lines.closing_month - lines.opening_month,
        left_out=lines.left_out.coalesce(
            ibis.ifelse(lines.day > scope.end, "outside", nothing),
            ibis.ifelse(lines.product_kind.coalesce("goods") == "goods", nothing, "not_goods"),
            ibis.ifelse(lines.cost_problem == "no_cost", "no_cost", nothing),
            ibis.ifelse(began, nothing, "before_history"),
            lines.cost_problem,
        ),
        assumed=lines.cost_assumed,
    )  # fmt: skip


def _weighted_stock(scope: Scope, history: Table, window: Table) -> Table:
    """States of stock levels: their value at cost, times the seconds they lasted within the period."""
    import ibis

    joined = stock_rows(scope, history, scope.local_day(history.changed_at)).cross_join(window)
    begins = ibis.greatest(joined.begins, joined.opening)
    ends = ibis.least(joined.ends.coalesce(joined.closing), joined.closing)
    own = own_worth(joined)
    value = ibis.ifelse(own.notnull(), own, worth_by_product(joined))
    currency = ibis.ifelse(own.notnull(), joined.currency, joined.cost_currency).coalesce(joined.product_currency)
    gone = joined.is_deleted.fill_null(False)
    joined = joined.mutate(
        day=scope.local_day(joined.changed_at),
        worth=ibis.ifelse(gone, ibis.literal(0).cast(NET), value),
        lasted=ibis.greatest(ends - begins, 0),
    )
    rated = scope.with_rate(joined, currency, joined.day)
    worth, net_worth = scope.converted(rated, rated.worth), scope.converted_net(rated, rated.worth)
    nothing = ibis.null("string")
    month_ends = _month_ends_seen(scope, rated)
    at_open = (rated.begins < rated.opening + DAY_SECONDS) & (
        rated.ends.coalesce(rated.closing) >= rated.opening + DAY_SECONDS
    )
    at_close = (rated.begins < rated.closing) & (rated.ends.coalesce(rated.closing) >= rated.closing)
    is_late = rated.is_first & (rated.begins >= rated.opening + DAY_SECONDS) & (rated.on_hand > 0)
    return rated.select(
        "source", "source_id", "day", "product_source_id", "sku", "location_source_id",
        kind=ibis.literal("stock"),
        entity=ibis.literal("stock_history"),
        cost=scope.no_amount,
        weighted=net_worth * rated.lasted,
        opened=ibis.ifelse(at_open, worth, scope.no_amount),
        closed=ibis.ifelse(at_close, worth, scope.no_amount),
        period=rated.closing - rated.opening,
        at_month_ends=ibis.ifelse(month_ends > 0, net_worth * month_ends, ibis.literal(0).cast(NET)),
        month_ends=rated.closing_month - rated.opening_month,
        left_out=not_own(rated).coalesce(
            ibis.ifelse(rated.closing - rated.opening < DAY_SECONDS, "thin_history", nothing),
            ibis.ifelse(rated.lasted == 0, "outside", nothing),
            ibis.ifelse(rated.on_hand.isnull() & ~gone, "no_quantity", nothing),
            ibis.ifelse(rated.worth.isnull(), ibis.ifelse(rated.cost_ended, _ENDED, "no_cost"), nothing),
            scope.rate_problem(rated),
        ),
        assumed=ibis.ifelse(rated.on_hand < 0, "negative", nothing).coalesce(
            ibis.ifelse(is_late, "late_history", nothing), scope.currency_assumed(rated)
        ),
    )  # fmt: skip


def _month_ends_seen(scope: Scope, states: Table) -> Value:
    """How many months of the period ended while the state held."""
    import ibis

    first = ibis.greatest(month_number(states.day), states.opening_month)
    last = month_number(scope.local_day(states.next_change)).coalesce(states.closing_month)
    return ibis.greatest(ibis.least(last, states.closing_month) - first, 0)


VALUATION = Parameter(
    "valuation", "choice", "What a unit is worth: its cost, or the list price (not a book value).", "cost",
    ("cost", "list_price"),
)  # fmt: skip
_PLACES = ("source", "product", "category", "location", "stock_type")
STOCK = Facts("stock", "stock levels", build_units, _PLACES, STOCK_REASONS, dated=False)
STOCK_VALUE = Facts(
    "stock_value", "stock levels", build_value, _PLACES, STOCK_REASONS, dated=False, parameters=(VALUATION,)
)
TURNOVER = Facts(
    "turnover",
    "sales and stock at cost",
    build_turnover,
    ("source", "product", "category"),
    TURNOVER_REASONS,
    dated=False,
)
