"""Stock: how much lies there, what it is worth, and how often it turns."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from hub.sdk.metric import MONEY, Inputs, Metric, Need, Output, Parameter, Scope, Table, Value, ratio
from metrics.relationship_facts import YEAR_DAYS
from metrics.stock_facts import DAY_SECONDS, STOCK, STOCK_VALUE, TURNOVER

RULE = (
    "Deleted stock levels never count, nor do services, fees and stock in transit or on consignment. Negative stock "
    "counts as the source has it, and is told."
)
ON_HAND = Metric(
    id="stock_on_hand",
    title="Stock on hand",
    family="stock",
    unit="units",
    grain="everything; by product or location: one of them",
    formula="units = sum of the quantities on hand now, in base units",
    source="Physical inventory as the sources hold it",
    exclusions=RULE,
    undefined_when="no stock level is held",
    facts=(STOCK,),
    measures=lambda _, facts: {"units": facts.units.sum(), "levels": facts.count()},
    outputs=(Output("levels", "Stock levels", "levels"), Output("units", "On hand", "units")),
    value="units",
    needs=(Need("stock", "no stock is held", "Sync a source with stock levels."),),
)


STOCK_WORTH = Metric(
    id="stock_value",
    title="Stock value",
    family="stock",
    unit=MONEY,
    grain="everything; by product or location: one of them",
    formula=(
        "stock_value = sum of on hand x unit worth. valuation=cost: the value the source books, else the stock level's "
        "unit cost, else the product's cost on the day looked back from (of the listed costs that hold then the one "
        "that began last, else its own); valuation=list_price: the list price."
    ),
    source="IAS 2: inventories at cost. The list price variant is what a customer would pay, not a book value",
    exclusions=RULE,
    undefined_when="no stock level has a cost (or, for the variant, a list price)",
    facts=(STOCK_VALUE,),
    measures=lambda _, facts: {"units": facts.units.sum(), "stock_value": facts.worth.sum()},
    outputs=(Output("units", "On hand", "units"), Output("stock_value", "Stock value", MONEY)),
    value="stock_value",
    needs=(
        Need(
            "stock",
            "nothing in stock has a cost",
            "Map a unit cost (stock_levels.unit_cost, product_costs or products.unit_cost), or ask for "
            "`--set valuation=list_price`.",
        ),
    ),
)


def _turnover(_: Scope, facts: Table) -> Mapping[str, Value]:
    return {
        "cogs": facts.cost.sum().fill_null(0),
        "value_seconds": facts.weighted.sum().fill_null(0),
        "opening": facts.opened.sum().fill_null(0),
        "closing": facts.closed.sum().fill_null(0),
        "month_end_values": facts.at_month_ends.sum().fill_null(0),
        "month_ends": facts.month_ends.max(),
        "period_seconds": facts.period.max(),
    }


def _sum_and_number(m: Inputs) -> tuple[Any, Any]:
    """What the average inventory is the quotient of."""
    if m["average"] == "opening_closing":
        return m["opening"] + m["closing"], 2
    if m["average"] == "month_end":
        return m["month_end_values"], m["month_ends"]
    return m["value_seconds"], m["period_seconds"]


def _average(m: Inputs) -> Any:
    return ratio(*_sum_and_number(m))


def _turns(m: Inputs) -> Decimal | None:
    """None where more was oversold than lay there: stock below nothing does not turn."""
    total, number = _sum_and_number(m)
    return ratio(m["cogs"] * number, total) if number and total > 0 else None


def _yearly(m: Inputs) -> Decimal | None:
    total, number = _sum_and_number(m)
    return (
        ratio(m["cogs"] * number * YEAR_DAYS * DAY_SECONDS, total * m["period_seconds"])
        if number and total > 0
        else None
    )


def _days_held(m: Inputs) -> Decimal | None:
    total, number = _sum_and_number(m)
    return ratio(total * m["period_seconds"], m["cogs"] * number * DAY_SECONDS) if number and total >= 0 else None


AVERAGE = Parameter(
    "average", "choice", "How stock is averaged over the period.", "time_weighted",
    ("time_weighted", "opening_closing", "month_end"),
)  # fmt: skip
_NO_TURNOVER = (
    "sales or stock have no cost, or the stock history spans less than a day; empty where the average stock is below 0"
)
_TURNOVER_NEEDS = (
    Need(
        "sale", "the cost of what was sold is not known",
        "Map a cost: order_lines.unit_cost, product_costs or products.unit_cost. Where the stock history begins later, "
        "sync past snapshots of stock, each with its counted_at.",
    ),
    Need(
        "stock", "there is no history of stock at cost",
        "Sync stock levels with a cost for at least a day; the hub keeps each change.",
    ),
)  # fmt: skip
TURNS = Metric(
    id="inventory_turnover",
    title="Inventory turnover",
    family="stock",
    unit="turns",
    grain="everything; by product or category: one of them",
    formula=(
        "inventory_turnover = cogs / average_inventory over the period; cogs = sum of sold quantity x unit cost (the "
        "line's, else the product's on the day of the order, by another system where its own has none); "
        "average_inventory = value of stock at cost, weighted by the time each level lasted (average=opening_closing: "
        "half of the values at the end of the first and the last day; average=month_end: the average of the values at "
        "the ends of the months within the period)."
    ),
    source="Cost of goods sold / average inventory (IAS 2 costs); time-weighted from stock history",
    exclusions=RULE + " Cancelled, draft and test orders do not count; returns are not taken off.",
    undefined_when=_NO_TURNOVER,
    facts=(TURNOVER,),
    measures=_turnover,
    outputs=(
        Output("days", "Days", "days", 2, lambda m: ratio(m["period_seconds"], DAY_SECONDS)),
        Output("cogs", "Cost of goods sold", MONEY),
        Output("average_inventory", "Average inventory at cost", MONEY, 6, _average),
        Output("inventory_turnover", "Turns in the period", "turns", 6, _turns),
        Output("turns_per_year", "Turns a year", "turns", 6, _yearly),
    ),
    value="inventory_turnover",
    own_parameters=(AVERAGE,),
    needs=_TURNOVER_NEEDS,
)
DAYS_HELD = Metric(
    id="days_of_inventory",
    title="Days of inventory",
    family="stock",
    unit="days",
    grain="everything; by product or category: one of them",
    formula=(
        "days_of_inventory = average_inventory x days / cogs: how long the average stock lasts at the cost of goods "
        "sold of the period; both as in the metric inventory_turnover."
    ),
    source="Days inventory outstanding; the reciprocal of inventory turnover",
    exclusions=RULE + " Cancelled, draft and test orders do not count; returns are not taken off.",
    undefined_when=_NO_TURNOVER,
    facts=(TURNOVER,),
    measures=_turnover,
    outputs=(
        Output("days", "Days", "days", 2, lambda m: ratio(m["period_seconds"], DAY_SECONDS)),
        Output("cogs", "Cost of goods sold", MONEY),
        Output("average_inventory", "Average inventory at cost", MONEY, 6, _average),
        Output("days_of_inventory", "Days of inventory", "days", 4, _days_held),
    ),
    value="days_of_inventory",
    own_parameters=(AVERAGE,),
    needs=_TURNOVER_NEEDS,
)

METRICS = (ON_HAND, STOCK_WORTH, TURNS, DAYS_HELD)
