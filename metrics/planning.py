"""Stock: how long it lasts, when to order again, what does not move, what was out, and which products matter."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_CEILING, Decimal
from typing import Any

from hub.sdk.metric import EXACT, MONEY, Inputs, Metric, Need, Output, Parameter, Scope, Table, Value, ratio, together
from metrics.movement_facts import AGE, MOVEMENT, STATES
from metrics.order_facts import SALES
from metrics.ranking import abc, cumulative, ranked
from metrics.sales import RULE as SALES_RULE
from metrics.stock import RULE
from metrics.stock_facts import DAY_SECONDS

_STOCK_NEEDED = Need("stock", "no stock that can be sold is held", "Sync a source with stock levels.")
_SALE_NEEDED = Need(
    "sale",
    "nothing was sold in the days looked back on",
    "Sync order lines, or look back on more: --set window_days=365.",
)


def _moved(_: Scope, facts: Table) -> Mapping[str, Value]:
    return {
        "on_hand": facts.on_hand.sum(),
        "available": facts.available.sum(),
        "incoming": facts.incoming.sum(),
        "on_order": facts.units_on_order.max(),
        "sold": facts.sold.sum(),
        "seen": facts.observed_days.max(),
        "planned_days": facts.lead_time_days.max(),
        "level": facts.reorder_level.max(),
        "discontinued": (facts.product_status == "discontinued").max(),
    }


def _by_product(_: Scope, groups: Table, keys: tuple[str, ...]) -> Table:
    sums = {
        "on_hand": groups.on_hand.sum().fill_null(0),
        "available": groups.available.sum().fill_null(0),
        "incoming": groups.incoming.sum().fill_null(groups.on_order.max()).fill_null(0),
        "sold": groups.sold.sum().fill_null(0),
        "squares": (groups.sold * groups.sold).sum().fill_null(0),
        "planned_days": groups.planned_days.max(),
        "reorder_level": groups.level.max(),
        "discontinued": groups.discontinued.max(),
        "seen": groups.seen.max(),
    }
    return together(groups, keys, **sums)


def _same_days(_: Scope, groups: Table) -> Table:
    """Days of sales that can be seen are the same for all products, whether they sold or not."""
    import ibis

    return groups.mutate(seen_days=groups.seen.max().over(ibis.window())).drop("seen")


def _cover(m: Inputs) -> Decimal | None:
    """Days that the stock lasts; none where nothing was sold, since "never" is no number."""
    return (
        ratio(max(m["on_hand"], Decimal(0)) * m["seen_days"], m["sold"]) if m["seen_days"] and m["sold"] > 0 else None
    )


COVERAGE = Metric(
    id="stock_coverage",
    title="Stock coverage",
    family="stock",
    unit="days",
    grain="a product",
    formula=(
        "cover_days = on_hand / daily_pace; daily_pace = units sold in the last window_days / these days (fewer where "
        "the sales held begin later). Negative stock lasts 0 days; without a sale there is no number. The days end "
        "with the period asked for, or with the last sale of all."
    ),
    source="Days of supply at the recent pace",
    exclusions=RULE + " Only unrestricted stock. Cancelled, draft and test orders do not count.",
    undefined_when="no stock is held, or nothing was sold in the days looked back on",
    facts=(MOVEMENT,),
    measures=_moved,
    within=("day",),
    gather=_by_product,
    finish=_same_days,
    outputs=(
        Output("on_hand", "On hand", "units"),
        Output("sold", "Sold in these days", "units"),
        Output("seen_days", "Days", "days"),
        Output("daily_pace", "A day", "units", 6, lambda m: ratio(m["sold"], m["seen_days"])),
        Output("cover_days", "Lasts", "days", 4, _cover),
    ),
    value="cover_days",
    by=("product",),
    needs=(_STOCK_NEEDED, _SALE_NEEDED),
)


def _lead(m: Inputs) -> Decimal:
    return Decimal(m["planned_days"] if m["planned_days"] is not None else m["lead_days"])


def _safety(m: Inputs) -> Decimal | None:
    """z x standard deviation of a day's demand x square root of the lead time."""
    days = m["seen_days"]
    if not days or days < 2:
        return None
    variance = EXACT.divide(m["squares"] - EXACT.divide(m["sold"] * m["sold"], Decimal(days)), Decimal(days - 1))
    return Decimal(m["service_factor"]) * (max(variance, Decimal(0)) * _lead(m)).sqrt(EXACT)


def _point(m: Inputs) -> Decimal | None:
    safety = _safety(m)
    return None if safety is None else EXACT.divide(m["sold"] * _lead(m), Decimal(m["seen_days"])) + safety


def _suggested(m: Inputs) -> Decimal | None:
    """What brings stock and orders on the way up to the reorder point and the demand of the next review."""
    point = _point(m)
    if point is None or m["discontinued"]:
        return None if point is None else Decimal(0)
    there = Decimal(m["available"] + m["incoming"])
    if there > point:
        return Decimal(0)
    review = EXACT.divide(m["sold"] * m["review_days"], Decimal(m["seen_days"]))
    return (point + review - there).to_integral_value(ROUND_CEILING)


REORDER = Metric(
    id="reorder_suggestions",
    title="Reorder suggestions",
    family="stock",
    unit="units",
    grain="a product",
    formula=(
        "reorder_point = daily_pace x lead_time + safety_stock; safety_stock = service_factor x standard deviation of "
        "a day's demand (days without a sale are 0) x square root of lead_time; lead_time = the product's, else the "
        "parameter lead_days. suggested = reorder_point + daily_pace x review_days - available - incoming, in whole "
        "units, where available + incoming is not above the reorder point; else 0. Discontinued products get 0."
    ),
    source="Reorder point with safety stock for variable demand (King, APICS 2011); the lead time is taken as certain",
    exclusions=RULE + " Only unrestricted stock. Cancelled, draft and test orders do not count.",
    undefined_when="no stock is held, or nothing was sold in the days looked back on",
    facts=(MOVEMENT,),
    measures=_moved,
    within=("day",),
    gather=_by_product,
    finish=_same_days,
    outputs=(
        Output("available", "Available", "units"),
        Output("incoming", "On the way", "units"),
        Output("daily_pace", "Sold a day", "units", 6, lambda m: ratio(m["sold"], m["seen_days"])),
        Output("lead_time", "Lead time", "days", 2, _lead),
        Output("safety_stock", "Safety stock", "units", 4, _safety),
        Output("reorder_point", "Reorder point", "units", 4, _point),
        Output("reorder_level", "Level in the source", "units"),
        Output("suggested", "Suggested", "units", 0, _suggested),
    ),
    value="suggested",
    by=("product",),
    always=("product",),
    own_parameters=(
        Parameter("lead_days", "integer", "Lead time of products that tell none.", 14),
        Parameter("review_days", "integer", "Days until the next look.", 7),
        Parameter(
            "service_factor", "decimal", "Normal quantile of the service level: 1.644854 is 95 %.", Decimal("1.644854")
        ),
    ),
    needs=(_STOCK_NEEDED, _SALE_NEEDED),
)


def _aged(_: Scope, facts: Table) -> Mapping[str, Value]:
    dead, slow = facts.state == "dead", facts.state == "slow"
    return {
        "units": facts.units.sum(),
        "stock_value": facts.worth.sum(),
        "slow_units": facts.units.sum(where=slow).fill_null(0),
        "slow_value": facts.worth.sum(where=slow).fill_null(0),
        "dead_units": facts.units.sum(where=dead).fill_null(0),
        "dead_value": facts.worth.sum(where=dead).fill_null(0),
        "last_sale": facts.last_sale.max(),
    }


DEAD_STOCK = Metric(
    id="dead_stock",
    title="Dead and slow stock",
    family="stock",
    unit=MONEY,
    grain="everything; by product or location: one of them",
    formula=(
        "dead = stock of products without a sale, by any system, in the last dead_days, or ever; slow = without one in "
        "the last slow_days; values at cost as in the metric stock_value. dead_share = dead_value / stock_value. The "
        "days end with the period asked for, or with the last sale of all; stock is that of now."
    ),
    source="Non-moving and slow-moving stock by the age of the last sale; written down where IAS 2.28 asks for it",
    exclusions=RULE + " Stock without a cost counts in units only, and is told.",
    undefined_when="no stock is held",
    facts=(AGE,),
    measures=_aged,
    outputs=(
        Output("units", "On hand", "units"),
        Output("stock_value", "Value at cost", MONEY),
        Output("slow_units", "Slow", "units"),
        Output("slow_value", "Slow, at cost", MONEY),
        Output("dead_units", "Dead", "units"),
        Output("dead_value", "Dead, at cost", MONEY),
        Output("dead_share", "Dead, of value", "share", 6, lambda m: ratio(m["dead_value"], m["stock_value"])),
        Output("last_sale", "Last sale", "day"),
    ),
    value="dead_value",
    needs=(_STOCK_NEEDED,),
)


def _outs(_: Scope, facts: Table) -> Mapping[str, Value]:
    return {
        "levels": (facts.source + "/" + facts.source_id).nunique(),
        "stock_outs": facts.went_out.sum(),
        "out_now": facts.is_out_now.sum(),
        "out_seconds": facts.out_seconds.sum(),
        "seconds": facts.lasted.sum(),
    }


STOCK_OUTS = Metric(
    id="stock_outs",
    title="Stock-outs",
    family="stock",
    unit="stock-outs",
    grain="everything; by product or location: one of them",
    formula=(
        "stock_outs = times a stock level fell to 0 or below in the period; days_out = days it stayed there, summed "
        "over the levels; out_share = days_out / days observed of all levels; by the history of changes that the hub "
        "keeps."
    ),
    source="Stock-out frequency and duration by stock level (product and location)",
    exclusions=RULE + " Only unrestricted stock; levels that the source no longer has are not out.",
    undefined_when="the stock history spans less than a day",
    facts=(STATES,),
    measures=_outs,
    outputs=(
        Output("levels", "Stock levels", "levels"),
        Output("stock_outs", "Stock-outs", "stock-outs"),
        Output("out_now", "Out at the end", "levels"),
        Output("days_out", "Days out", "days", 4, lambda m: ratio(m["out_seconds"], DAY_SECONDS)),
        Output("out_share", "Of the time", "share", 6, lambda m: ratio(m["out_seconds"], m["seconds"])),
    ),
    value="stock_outs",
)  # fmt: skip


def _month(_: Scope, facts: Table) -> Mapping[str, Value]:
    return {"revenue": facts.sold.sum().fill_null(0), "units": facts.quantity.sum().fill_null(0)}


def _months_of(_: Scope, groups: Table, keys: tuple[str, ...]) -> Table:
    numbers = groups.month.year().cast("int64") * 12 + groups.month.month()
    return together(
        groups, keys,
        revenue=groups.revenue.sum(),
        units=groups.units.sum(),
        squares=(groups.units * groups.units).sum(),
        first_month=numbers.min(),
        last_month=numbers.max(),
    )  # fmt: skip


def _classes(_: Scope, groups: Table) -> Table:
    import ibis

    everything = ibis.window()
    last, first = groups.last_month.max().over(everything), groups.first_month.min().over(everything)
    rows = groups.mutate(months=last - first + 1)
    rows = rows.select(*(name for name in rows.columns if name not in ("first_month", "last_month")))
    return ranked(rows, "revenue", "product_id")


def _variation(m: Inputs) -> Decimal | None:
    """Standard deviation of a month's demand over its mean; months without a sale are 0."""
    if m["units"] is None or m["units"] <= 0 or m["months"] < 3:
        return None
    square = EXACT.divide(m["months"] * m["squares"], m["units"] * m["units"]) - 1
    return max(square, Decimal(0)).sqrt(EXACT)


def _xyz(m: Inputs) -> str | None:
    variation: Any = _variation(m)
    if variation is None:
        return None
    return "X" if variation <= Decimal("0.5") else "Y" if variation <= 1 else "Z"


def _both(m: Inputs) -> str | None:
    return f"{abc(m, 'revenue') or '-'}{_xyz(m) or '-'}"


ABC_XYZ = Metric(
    id="product_classes",
    title="Products by ABC and XYZ",
    family="stock",
    unit="class",
    grain="a product",
    formula=(
        "abc: products in order of gross revenue; those with which the first 80 % are reached are A, up to 95 % B, the "
        "rest C. xyz: variation = standard deviation of the units sold a month / their mean, over all months from the "
        "first to the last sale of anything; up to 0.5 is X, up to 1 Y, more Z; below three months there is none."
    ),
    source="ABC analysis by Pareto shares of 80, 15 and 5 %; XYZ by the coefficient of variation",
    exclusions=SALES_RULE,
    undefined_when="no order line counts in the period",
    facts=(SALES,),
    kinds=("line",),
    measures=_month,
    within=("month",),
    gather=_months_of,
    finish=_classes,
    outputs=(
        Output("revenue", "Gross revenue", MONEY),
        Output("units", "Units", "units"),
        Output("rank", "Rank", "score"),
        Output("cumulative_share", "Cumulative", "share", 6, lambda m: cumulative(m, "revenue")),
        Output("variation", "Variation", "share", 6, _variation),
        Output("abc", "ABC", "class", of=lambda m: abc(m, "revenue")),
        Output("xyz", "XYZ", "class", of=_xyz),
        Output("classes", "Both", "class", of=_both),
    ),
    value="classes",
    by=("product",),
    always=("product",),
    dimensions=("product",),
)

METRICS = (COVERAGE, REORDER, DEAD_STOCK, STOCK_OUTS, ABC_XYZ)
