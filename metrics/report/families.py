"""A section for each further family: margin, pipeline, customers over time, deliveries, returns, stock to act on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from hub.sdk.metric import MONEY
from metrics import text
from metrics.report import charts, labels
from metrics.report.asking import asked
from metrics.report.cited import cites
from metrics.report.classes import classes_of, counted
from metrics.report.content import TOP, Content
from metrics.result import Column, Result

if TYPE_CHECKING:
    from metrics.report.sections import Section

UNNAMED = "(none)"
Lead = Callable[[Content], str]


@dataclass(frozen=True)
class Card:
    """A ranking: bars of one output by one label, and a table of some outputs."""

    chapter: str
    question: str
    title: str
    label: str
    value: str
    shown: tuple[str, ...]
    lead: Lead


def _share(content: Content, name: str, column: str) -> str:
    """A share as percent, for a sentence; a dash where there is none."""
    result = content.result(name)
    found = result.values(column) if result else []
    return f"{text.rounded(found[0] * 100, 1)} %" if len(found) == 1 and found[0] is not None else text.NOTHING


def _number(content: Content, name: str, column: str) -> str:
    result = content.result(name)
    found = result.values(column) if result else []
    return text.figure(found[0], "", digits=1) if len(found) == 1 else text.NOTHING


CARDS = (
    Card(
        "Sales", "margins", "Gross margin by category", "category", "gross_margin",
        ("revenue", "cost", "gross_margin", "margin_share"), lambda _: "Revenue with a known cost, less that cost.",
    ),
    Card(
        "Sales", "pipeline", "Pipeline by stage", "stage", "pipeline",
        ("opportunities", "pipeline", "weighted", "overdue"),
        lambda c: f"Open opportunities; {_share(c, 'wins', 'win_rate')} of those decided in the period were won.",
    ),
    Card(
        "Delivery", "freight", "Logistics cost by carrier", "carrier", "freight",
        ("orders", "freight", "cost_per_order", "share_of_revenue"),
        lambda c: f"An order leaves after {_number(c, 'ship', 'average_days')} days on average; "
        f"{_share(c, 'punctual', 'otif')} of those due were on time in full.",
    ),
    Card(
        "Delivery", "suppliers", "Supplier lead time", "supplier", "average_days",
        ("lines", "average_days", "median_days", "longest_days"), lambda _: "Days from order to receipt in full.",
    ),
    Card(
        "After-sales", "return_reasons", "Returns by reason", "reason", "refunds",
        ("returns", "units", "refunds", "restocked_share"),
        lambda c: f"In the sources' own words. {_share(c, 'return_rate', 'return_rate')} of gross revenue came back.",
    ),
    Card(
        "After-sales", "cases", "Cases by priority", "priority", "cases",
        ("cases", "open", "response_hours", "resolution_hours"),
        lambda _: "Opened in the period; hours to the first answer and to the end.",
    ),
    Card(
        "Stock", "aging", "Dead and slow stock by category", "category", "dead_value",
        ("stock_value", "slow_value", "dead_value", "dead_share"),
        lambda _: "At cost. Dead: no sale for 180 days, or ever; slow: none for 90.",
    ),
    Card(
        "Stock", "reorder", "What to order again", "product", "suggested",
        ("available", "incoming", "daily_pace", "reorder_point", "suggested"),
        lambda _: "Units to order: stock below the reorder point, at the pace of the last 90 days.",
    ),
    Card(
        "Data", "unmapped", "Fields with data that no map takes", "stream", "fields", ("source", "fields", "names"),
        lambda _: "By stream, with their names at the source.",
    ),
    Card(
        "Data", "dangling", "Missing counterparts", "field", "dangling", ("references", "dangling"),
        lambda _: "Records that name another one, which no system has sent: an order of an unknown customer, say.",
    ),
)  # fmt: skip


def family_sections(content: Content) -> list[Section]:
    """What there is data for."""
    made = [_activity(content), _segments(content), *(_ranking(content, card) for card in CARDS)]
    return [section for section in made if section]


def _ranking(content: Content, card: Card) -> Section | None:
    from metrics.report.sections import Section, Table

    result = content.result(card.question)
    found = [row for row in _records(result) if row[card.value]] if result else []
    if result is None or not found:
        return None
    best = sorted(found, key=lambda row: -Decimal(row[card.value]))[:TOP]
    columns = {column.name: column for column in result.columns}
    bars = [
        charts.Bar(_label(row, card.label), charts.size(Decimal(row[card.value])),
                   f"{_label(row, card.label)}: {_figure(columns[card.value], row[card.value], result)}",
                   value=labels.short(row[card.value], columns[card.value].unit))
        for row in best
    ]  # fmt: skip
    lines = [[_label(row, card.label), *(_cell(columns[name], row[name]) for name in card.shown)] for row in best]
    heads = [card.label.capitalize(), *(columns[name].title for name in card.shown)]
    right = [False, *(columns[name].role == "figure" for name in card.shown)]
    amounts = f" In {result.currency}." if columns[card.value].unit == MONEY else ""
    more = f" The first {len(best)} of {len(found):,}." if len(found) > len(best) else ""
    return Section(
        card.title, f"{card.lead(content)}{amounts}{more}", charts.rows(bars, card.title),
        Table(heads, lines, right, [cites(content, card.question, row, _outputs(result, card)) for row in best]),
        chapter=card.chapter, explain=asked(content, card.question, best),
    )  # fmt: skip


def _outputs(result: Result, card: Card) -> list[str | None]:
    """What each column of a ranking shows."""
    figures = {column.name for column in result.columns if column.role == "figure"}
    return [None, *(name if name in figures else None for name in card.shown)]


def _activity(content: Content) -> Section | None:
    from metrics.report.sections import Section, Table

    result = content.result("activity")
    if result is None or result.count < 2:
        return None
    groups, lines, cited = [], [], []
    counts = ("buyers", "new", "returning", "reactivated", "lapsed")
    for row in _records(result):
        label = labels.month(row["month"])
        parts = (("new", row["new"]), ("returning", row["returning"]))
        bars = [
            charts.Bar(label, charts.size(count), f"{label}, {name}: {count:,} customers", place)
            for place, (name, count) in enumerate(parts)
        ]
        groups.append((label, bars))
        lines.append([label, *(f"{row[name]:,}" for name in counts)])
        cited.append(cites(content, "activity", row, (None, *counts)))
    lead = (
        f"Of the customers that ordered the year before last, {_share(content, 'churn', 'churn')} did not come "
        f"again; the first fifth brings {_share(content, 'concentration', 'first_fifth_share')} of revenue."
    )
    heads = ("Month", "Ordered", "New", "Returning", "Reactivated", "Lapsed")
    return Section(
        "New and returning customers", lead, charts.columns(groups, "customers", "Customers that ordered by month"),
        Table(heads, lines, (False, True, True, True, True, True), cited), wide=True, legend=("new", "returning"),
        chapter="Customers", explain=asked(content, "activity", _records(result)[-1:]),
    )  # fmt: skip


def _segments(content: Content) -> Section | None:
    from metrics.report.sections import Section, Table, first, members

    result = content.result("rfm")
    if result is None or result.count < 5:
        return None
    classes = classes_of(result)
    of = {name: [each for each in classes if each.segment == name] for name in {each.segment for each in classes}}
    counts = {name: counted(those)[0] for name, those in of.items()}
    revenue = {name: counted(those)[1] for name, those in of.items()}
    best = sorted(counts, key=lambda name: (-revenue[name], name))
    bars = [
        charts.Bar(
            name,
            charts.size(revenue[name]),
            f"{name}: {text.figure(revenue[name], MONEY)} {result.currency}",
            value=labels.short(revenue[name]),
        )
        for name in best
    ]
    lines = [[name, f"{counts[name]:,}", text.figure(revenue[name], MONEY)] for name in best]
    cited = [[None, *[members(content, name, "customers of the segment", of[name])] * 2] for name in best]
    return Section(
        "Customer segments", f"By how lately, how often and how much they buy. Revenue of each, in {result.currency}.",
        charts.rows(bars, "Revenue by customer segment"),
        Table(("Segment", "Customers", "Gross revenue"), lines, (False, True, True), cited),
        chapter="Customers", explain=asked(content, "rfm", first(result)),
    )  # fmt: skip


def _records(result: Result) -> list[dict[str, Any]]:
    names = [column.name for column in result.columns]
    return [dict(zip(names, row, strict=True)) for row in result.rows]


def _label(row: dict[str, Any], column: str) -> str:
    """What to call it: its name, else its key; a field with its entity."""
    if column == "field":
        return f"{row['field'].removesuffix('_source_id')} of {row['entity']}".replace("_", " ")
    spare = row.get("sku") or row.get(f"{column}_id") or row.get(f"{column}_source_id") or UNNAMED
    return text.printable(str(row.get(column) or spare), 40)


def _figure(column: Column, value: Any, result: Result) -> str:
    shown = text.figure(value, column.unit)
    return f"{shown} {result.currency}" if column.unit == MONEY else shown


def _cell(column: Column, value: Any) -> str:
    if column.unit == "share" and isinstance(value, Decimal):
        return f"{text.rounded(value * 100, 1)} %"
    return text.figure(value, column.unit) if column.role == "figure" else text.printable(str(value))
