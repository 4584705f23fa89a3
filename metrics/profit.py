"""Sales: what is left of revenue after the cost of the goods, and what discounts took off it."""

from __future__ import annotations

from collections.abc import Mapping

from hub.sdk.metric import MONEY, Metric, Need, Output, Scope, Table, Value, ratio
from metrics.line_facts import LINES
from metrics.sales import RULE

_KINDS = ("line", "order discount", "order")


def _margin(_: Scope, facts: Table) -> Mapping[str, Value]:
    return {"revenue": facts.sold.sum().fill_null(0), "cost": facts.cost.sum().fill_null(0)}


GROSS_MARGIN = Metric(
    id="gross_margin",
    title="Gross margin",
    family="sales",
    unit=MONEY,
    grain="the whole period",
    formula=(
        "gross_margin = revenue - cost, over the lines whose cost is known, less the discounts on whole orders; "
        "cost = quantity x unit cost (the line's, else on the day of the order the listed one that holds and began "
        "last, else the product's own; of another system's record of the article where its own system tells none); "
        "margin_share = gross_margin / revenue."
    ),
    source="Revenue less cost of sales as in IAS 1.103; costs as in IAS 2",
    exclusions=RULE + " Lines whose cost is not known are left out with their revenue.",
    undefined_when="no line that counts has a cost",
    facts=(LINES,),
    kinds=_KINDS,
    leaves_out=lambda _, facts: facts.cost_problem,
    measures=_margin,
    outputs=(
        Output("revenue", "Revenue with known cost", MONEY),
        Output("cost", "Cost of goods sold", MONEY),
        Output("gross_margin", "Gross margin", MONEY, of=lambda m: m["revenue"] - m["cost"]),
        Output("margin_share", "Share of revenue", "share", 6, lambda m: ratio(m["revenue"] - m["cost"], m["revenue"])),
    ),
    value="gross_margin",
    needs=(
        Need(
            "line", "the cost of what was sold is not known",
            "Map a cost: order_lines.unit_cost, product_costs or products.unit_cost.",
        ),
    ),
)  # fmt: skip


def _discounts(_: Scope, facts: Table) -> Mapping[str, Value]:
    return {"revenue": facts.sold.sum().fill_null(0), "discounts": facts.discount.sum().fill_null(0)}


DISCOUNTS = Metric(
    id="discounts",
    title="Discounts",
    family="sales",
    unit=MONEY,
    grain="the whole period",
    formula=(
        "discounts = sum of quantity x unit price - net of the lines + discounts on whole orders; "
        "discount_share = discounts / (revenue + discounts). Where prices include tax, so do the discounts on them."
    ),
    source="Price reductions as variable consideration, IFRS 15.50 ff.",
    exclusions=RULE + " Lines with neither a price before discount nor a discount are left out.",
    undefined_when="no order line with a price counts in the period",
    facts=(LINES,),
    kinds=_KINDS,
    leaves_out=lambda _, facts: facts.discount_problem,
    measures=_discounts,
    outputs=(
        Output("revenue", "Revenue", MONEY),
        Output("discounts", "Discounts", MONEY),
        Output(
            "discount_share", "Share of the full price", "share", 6,
            lambda m: ratio(m["discounts"], m["revenue"] + m["discounts"]),
        ),
    ),
    value="discounts",
)  # fmt: skip

METRICS = (GROSS_MARGIN, DISCOUNTS)
