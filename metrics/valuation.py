"""Stock value by what was paid for it: first in, first out, and the weighted average of receipts."""

from __future__ import annotations

from dataclasses import replace

from hub.sdk.metric import MONEY, Metric, Need, Output
from metrics.stock import RULE
from metrics.valuation_facts import AVERAGE, FIFO

_REFUSED = (
    " A product counts only where the receipts held are as many as lie there and all that count have a price; else its "
    "stock is left out, and told."
)
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
    measures=lambda _, facts: {
        "units": facts.units.sum().fill_null(0),
        "receipts": (facts.kind == "receipt").sum(),
        "stock_value": facts.worth.sum().fill_null(0),
    },
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

METRICS = (BY_FIFO, BY_AVERAGE)
