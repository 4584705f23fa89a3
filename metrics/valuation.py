"""Stock value by what was paid for it: first in, first out, and the weighted average of receipts, of the period or
moving with each of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from hub.sdk.metric import MONEY, Metric, Need, Output, Scope, Table, Value
from metrics.stock import RULE
from metrics.valuation_facts import AVERAGE, FIFO, MOVING

_REFUSED = (
    " A product counts only where the receipts held are as many as lie there and all that count have a price; else its "
    "stock is left out, and told."
)


def _worth(_: Scope, facts: Table) -> Mapping[str, Value]:
    return {
        "units": facts.units.sum().fill_null(0),
        "receipts": (facts.kind == "receipt").sum(),
        "stock_value": facts.worth.sum().fill_null(0),
    }


def _shares(scope: Scope, facts: Table) -> Mapping[str, Value]:
    return {**_worth(scope, facts), "counted": facts.counted.sum().fill_null(0)}


BY_FIFO = Metric(
    id="stock_value_fifo",
    title="Stock value, first in first out",
    family="stock",
    unit=MONEY,
    grain="everything; by product: one of them",
    formula=(
        "stock_value = sum over receipts of what still lies there x what a unit of it cost. What lies there of a "
        "product is what was received last: of each receipt, the newest first, min(received, on hand - later ones). "
        "Unit cost = total / quantity of the purchase order line, else its unit price, without what it cost beside; "
        "amounts in other currencies at the rate of the day of receipt."
    ),
    source="IAS 2.25 and 2.27: first-in, first-out; IAS 21.21 and 21.23(b): at the rate of the day of the transaction",
    exclusions=RULE + _REFUSED,
    undefined_when="no product has receipts with prices for all that lies there",
    facts=(FIFO,),
    measures=_worth,
    outputs=(
        Output("units", "On hand", "units"),
        Output("receipts", "Receipts", "receipts"),
        Output("stock_value", "Stock value", MONEY),
    ),
    value="stock_value",
    needs=(
        Need(
            "stock",
            "no stock is covered by receipts with a price",
            "Sync purchase orders with their lines and receipts; `stock_value` takes the costs that sources book.",
        ),
    ),
)
BY_AVERAGE = replace(
    BY_FIFO,
    id="stock_value_average",
    title="Stock value, weighted average of receipts",
    formula=(
        "stock_value = on hand x (sum of received x unit cost / sum of received), by product, over all receipts held "
        "until the day looked back from (the average of the period, not one that moves with each issue); each receipt "
        "counts on hand x received / all received of it. Unit cost and rates as in stock_value_fifo."
    ),
    source="IAS 2.25 and 2.27: weighted average cost, on a periodic basis; IAS 21.21: rates of the day of receipt",
    facts=(AVERAGE,),
)
BY_MOVING_AVERAGE = replace(
    BY_FIFO,
    id="stock_value_moving_average",
    title="Stock value, moving average of receipts",
    formula=(
        "stock_value = on hand x average cost, by product. Each receipt until the day looked back from forms the "
        "average anew: (before x average + received x unit cost) / (before + received); what leaves or comes back "
        "changes no average, and where nothing or less lay there before, it begins anew. before = what lay there when "
        "the day of the receipt began (stock history) + what was received earlier on that day: receipts come before "
        "all that leaves, in the order of their keys. Before the history begins: what lay there at the end of its "
        "first day - receipts + what was sold and has left (on the day of shipping, else of the order) - returns. "
        "Hence a receipt counts with as much of what lies there as is of it: the newest with on hand x (1 - kept), the "
        "one before with on hand x kept x (1 - its own kept), and so on; kept = before / (before + received), to ten "
        "decimals, as are these units. What is older than the first receipt held counts at the cost of that one, and "
        "is told. Unit cost and rates as in stock_value_fifo."
    ),
    source="IAS 2.27: the average calculated as each additional shipment is received; IAS 21.21: rates of the day",
    facts=(MOVING,),
    measures=_shares,
    outputs=(*BY_FIFO.outputs[:2], Output("counted", "Units of receipts", "units"), BY_FIFO.outputs[2]),
)

METRICS = (BY_FIFO, BY_AVERAGE, BY_MOVING_AVERAGE)
