"""What lay there of a product when a day began: as its history tells, or worked back from where that begins."""

from __future__ import annotations

from hub.sdk.metric import Scope, Table, Value
from metrics.authority import with_place
from metrics.backlog import is_open
from metrics.order_parts import NET, headers, placed_lines
from metrics.product_parts import without
from metrics.stock_facts import OWN_STOCK, intervals

WORKED_BACK = "worked_back"
_UNITS = "decimal(38, 6)"
_LAST = "9999-12-31"
_BY = ["source", "product_source_id"]


def with_before(scope: Scope, layers: Table, receipts: Table) -> Table:
    """Receipts with what lay there before each of them, none less than nothing.

    layers       receipts by source, product and day, in turn by key; `lies` is what is listed of their product now
    receipts     all of them, with those that were reversed
    before       what lay there when the day began, and what came earlier on it: receipts come before all that leaves
    before_told  NULL, or that the history begins no earlier
    """
    import ibis

    products = layers.group_by(*_BY).aggregate(lies=layers.lies.max())
    days = _days(scope, products, receipts)
    rows = layers.join(days, [*_BY, "day"])
    in_turn = ibis.cumulative_window(group_by=[*_BY, "day"], order_by="source_id")
    earlier = rows.received.sum().over(in_turn) - rows.received
    return rows.mutate(before=ibis.greatest(rows.opening + earlier, 0).cast(_UNITS))


def _days(scope: Scope, products: Table, receipts: Table) -> Table:
    """Days on which anything moved, with what lay there of the product when they began."""
    import ibis

    states = _states(scope, products)
    began = states.group_by(*_BY).aggregate(history=states.day.min())
    moves = states.union(_came(products, receipts), _went(scope, began, products), _came_back(scope, products))
    days = moves.group_by(*_BY, "day").aggregate(
        change=moves.change.sum(), came=moves.came.sum(), went=moves.went.sum()
    )
    days = without(days.left_join(began, _BY, rname="began_{name}"), "began_source", "began_product_source_id")
    days = days.join(products, _BY)
    until = ibis.cumulative_window(group_by=_BY, order_by="day")
    days = days.mutate(
        stock=days.change.sum().over(until), brought=(days.came - days.went).sum().over(until),
        is_known=(days.day > days.history).fill_null(False),
    )  # fmt: skip
    known, then = (_at_beginning(days, days[name]) for name in ("stock", "brought"))
    in_all = (days.came - days.went).sum().over(group_by=_BY)
    before_history = known.coalesce(days.lies) - then.coalesce(in_all) + days.brought - days.came + days.went
    nothing = ibis.null("string")
    return days.select(
        *_BY, "day",
        opening=ibis.ifelse(days.is_known, days.stock - days.change, before_history).cast(_UNITS),
        before_told=ibis.ifelse(days.is_known, nothing, WORKED_BACK),
    )  # fmt: skip


def _at_beginning(days: Table, amount: Value) -> Value:
    """An amount at the end of the day on which the product's history begins; NULL where it has none."""
    import ibis

    return ibis.ifelse(days.day == days.history, amount, None).max().over(group_by=_BY)


def _states(scope: Scope, products: Table) -> Table:
    """What each state of a stock level of ours adds on the day it begins, and takes away on the day it ends."""
    import ibis

    rows = with_place(scope, intervals(scope).join(products.drop("lies"), _BY))
    rows = rows.filter(rows.told_elsewhere.isnull() & rows.stock_type.coalesce("unrestricted").isin(OWN_STOCK))
    gone = rows.is_deleted.fill_null(False)
    rows = rows.mutate(held=ibis.ifelse(gone, 0, rows.on_hand.coalesce(0)))
    begins = _moves(rows, scope.local_day(rows.changed_at), change=rows.held)
    ends = rows.filter(rows.next_change.notnull())
    return begins.union(_moves(ends, scope.local_day(ends.next_change), change=-ends.held))


def _came(products: Table, receipts: Table) -> Table:
    rows = receipts.join(products.drop("lies"), _BY)
    return _moves(rows, rows.day, came=rows.received)


def _went(scope: Scope, began: Table, products: Table) -> Table:
    """What was sold until the history begins, as far as it left: on the day it did, else on that of the order."""
    import ibis

    until = products.left_join(began, _BY, rname="began_{name}")
    until = until.select(*_BY, history=until.history.coalesce(ibis.literal(_LAST).cast("date")))
    lines = placed_lines(scope)
    lines = lines.filter(
        lines.left_out.isnull() & lines.units.notnull() & (lines.day <= until.history.max().as_scalar())
    )
    lines = lines.join(until, _BY)
    lines = lines.filter(lines.day <= lines.history)
    orders = headers(scope)
    orders = orders.select(
        head_number="order_number", left_day=scope.local_day(orders.shipped_at), is_open=is_open(orders)
    )
    rows = lines.join(orders, lines.order_number == orders.head_number)
    shipped = ibis.least(rows.quantity_shipped, rows.quantity).coalesce(0)
    part = scope.divided((rows.units * shipped).cast(NET), rows.quantity.cast(NET), 6).coalesce(0)
    rows = rows.mutate(
        left=ibis.ifelse(rows.is_open, part.cast(_UNITS), rows.units.cast(_UNITS)),
        left_day=rows.left_day.coalesce(rows.day),
    )
    rows = rows.filter(rows.left_day <= rows.history)
    return _moves(rows, rows.left_day, went=rows.left)


def _came_back(scope: Scope, products: Table) -> Table:
    """What customers gave back, unless it did not go back on the shelf."""
    rows = scope.table("returns")
    there = rows.restocked.fill_null(True) & ~rows.status.isin(["rejected", "cancelled", "requested"]).fill_null(False)
    rows = rows.filter(there & rows.returned_at.notnull() & rows.quantity.notnull())
    rows = rows.join(products.drop("lies"), _BY)
    return _moves(rows, scope.local_day(rows.returned_at), went=-rows.quantity)


def _moves(rows: Table, day: Value, **units: Value) -> Table:
    """What happened to a product on a day: to the stock that is known, by receipts, by what left."""
    import ibis

    none = ibis.literal(0).cast(_UNITS)
    named = {name: units[name].cast(_UNITS) if name in units else none for name in ("change", "came", "went")}
    return rows.select(*_BY, day=day, **named)
