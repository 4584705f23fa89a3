"""The headlines of a report, with what they were before, and what the report says in short."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from hub.sdk.metric import MONEY, ratio
from metrics import text
from metrics.report import labels
from metrics.report.chosen import headline
from metrics.report.cited import Cited, Source, Summed, asked_of, cites
from metrics.report.content import Content
from metrics.report.figures import Figure
from metrics.report.spans import change, course, rows_of, spans
from metrics.result import Result

Note = Callable[[dict[str, Any]], str]
"""A line of context out of a row and the parameters."""
_SHARES = (
    ("margin", "margin_share", "Gross margin", "of the revenue whose cost is known"),
    ("punctual", "otif", "On time in full", "of the orders that are due"),
    ("return_rate", "return_rate", "Return rate", "of gross revenue"),
    ("wins", "win_rate", "Win rate", "of the opportunities decided"),
)
"""Shares that are headlines where there are any: question, output, title, of what."""
Part = tuple[str, Source]
"""Words of a sentence, and the figure that they are."""
_TEN = 10
_FEW_TIMES = 3


def figures(content: Content) -> list[Figure]:
    """The headlines, in the order in which a board reads them."""
    if content.chosen:
        return [headline(name, result) for name, result in content.results.items()]
    found = [
        _revenue(content),
        _single(content, "orders", "orders", _orders_note),
        _single(content, "orders", "average_order_value", lambda _: "gross revenue / orders"),
        _single(content, "lifetime", "customer_lifetime_value", _lifetime_note),
        _stock(content),
        _single(content, "turnover", "turns_per_year", lambda row: _turnover_note(content, row), "Inventory turnover"),
        *(figure for share in _SHARES if (figure := _share(content, *share))),
    ]
    return [figure.moved(change(content, figure.title), course(content, figure.title)) for figure in found]


def in_short(content: Content) -> list[str]:
    """What somebody should know who reads no further: how business went, who it depends on."""
    return ["".join(words for words, _ in line) for line in parts_in_short(content)]


def parts_in_short(content: Content) -> list[list[Part]]:
    """The same sentences in parts, each with the figure that it says."""
    if content.chosen:
        return []
    return [told for told in (_business(content), _dependence(content)) if told]


def _business(content: Content) -> list[Part]:
    from metrics.report.changes import change_of, values_of

    compared = spans(content)
    by_title = {figure.title: figure for figure in figures(content) if figure.change}
    revenue = by_title.get("Revenue")
    if compared is None or revenue is None or revenue.change is None:
        return []
    moved, cited = revenue.change, values_of(content, revenue) or (None, None)
    now, past = (labels.money(value, content.currency) for value in (moved.now, moved.past))
    told: list[Part] = [("Revenue stayed at ", None), (now, cited[0])]
    if moved.is_better is not None:
        told = [(f"Revenue {'grew' if moved.is_better else 'fell'} to ", None), (now, cited[0]), (" from ", None),
                (past, cited[1]), (" (", None), (moved.words, change_of(content, revenue)), (")", None)]  # fmt: skip
    told.append((f", {compared.words}", None))
    others = [by_title[title] for title in ("Orders", "Average order value", "Gross margin") if title in by_title]
    for place, each in enumerate(others):
        told.append((f"{', ' if place else ': '}{each.title[0].lower()}{each.title[1:]} ", None))
        told.append((each.change.words if each.change else "", change_of(content, each)))
    return [*told, (".", None)]


def _dependence(content: Content) -> list[Part]:
    """How much of revenue one system and few customers bring."""
    told = [each for each in (_of_system(content), _of_ten(content)) if each]
    if not told:
        return []
    joined: list[Part] = [*told[0], *((("; ", None), *told[1]) if len(told) > 1 else ()), (".", None)]
    first, source = joined[0]
    return [(f"{first[0].upper()}{first[1:]}", source), *joined[1:]]


def _of_system(content: Content) -> list[Part]:
    by_source: dict[str, Decimal] = {}
    for row in rows_of(content, "months"):
        by_source[row["source"]] = by_source.get(row["source"], Decimal(0)) + row["gross"]
    total = sum(by_source.values(), Decimal(0))
    if len(by_source) < 2 or total <= 0:
        return []
    largest = sorted(by_source, key=lambda name: (-by_source[name], name))
    share = labels.percent(ratio(by_source[largest[0]], total), 0)
    rows = tuple(
        ((text.printable(name), text.figure(by_source[name], MONEY), labels.percent(ratio(by_source[name], total))),
         Cited(asked_of(content, "months", ("source",)), (name,), "gross"))
        for name in largest[:_TEN]
    )  # fmt: skip
    summed = Summed(
        "Share of revenue by system", share,
        "revenue before returns that orders of a system bring / all of it",
        ("System", content.currency, "Share"), rows, len(largest), "hub metrics show revenue --by source",
    )  # fmt: skip
    return [(f"{text.printable(largest[0])} takes ", None), (share, summed), (" of revenue", None)]


def _of_ten(content: Content) -> list[Part]:
    for row in rows_of(content, "concentration"):
        if row["first_ten_share"] is not None and row["customers"] > _TEN:
            source = next(iter(cites(content, "concentration", row, ("first_ten_share",))))
            told = labels.percent(row["first_ten_share"], 0)
            return [(f"the ten largest of {row['customers']:,} customers bring ", None), (told, source)]
    return []


def _share(content: Content, name: str, column: str, title: str, of: str) -> Figure | None:
    result = content.result(name)
    value = result.values(column)[0] if result and result.count == 1 else None
    if value is None:
        return None
    return Figure(title, f"{text.rounded(value * 100, 1)}", "%", of, (name, column))


def _revenue(content: Content) -> Figure:
    result = content.result("months")
    if result is None:
        return Figure("Revenue", None, content.currency, _why(content, "months"))
    gross, returns = (sum(result.values(name), Decimal(0)) for name in ("gross", "returns"))
    note = f"{labels.money(returns, content.currency)} came back, {labels.money(gross - returns, content.currency)} net"
    return Figure("Revenue", text.figure(gross, MONEY), content.currency, note if returns else "no returns held",
                  ("months", "gross"), labels.short(gross))  # fmt: skip


def _single(content: Content, name: str, column: str, note: Note, title: str = "") -> Figure:
    """One output of a result that has one row."""
    result = content.result(name)
    output = next(metric.output(column) for metric in content.metrics if column in {o.name for o in metric.outputs})
    title, unit = title or output.title, output.unit
    shown = content.currency if unit == MONEY else unit
    if result is None:
        return Figure(title, None, shown, _why(content, name))
    row = dict(zip((c.name for c in result.columns), result.rows[0], strict=True))
    if row[column] is None:
        return Figure(title, None, shown, "not enough data in the period")
    return Figure(
        title, text.figure(row[column], unit), shown, note({**row, **result.parameters}), (name, column),
        labels.short(row[column], unit),
    )  # fmt: skip


def _orders_note(row: dict[str, Any]) -> str:
    return f"of {labels.plural(row['customers'], 'customer')}"


def _lifetime_note(row: dict[str, Any]) -> str:
    orders = text.figure(row["orders_per_year"], "orders", digits=1)
    return f"a customer: {orders} orders a year over {text.figure(row['lifespan_used'], 'years', digits=1)} years"


def _turnover_note(content: Content, row: dict[str, Any]) -> str:
    """With a warning where the average rests on a small part of the stock: what has no history yet is not in it."""
    average, present = row["average_inventory"], content.result("stock_value")
    told = f"a year, on {labels.money(average, content.currency)} of average stock"
    if present is not None and present.value > _FEW_TIMES * average:
        return f"{told}; of most stock no history is held yet: do not rely on it"
    return told


def _stock(content: Content) -> Figure:
    units = content.result("stock")
    for name, basis in (("stock_value", "at cost"), ("stock_listed", "at list price, since no cost is held")):
        result = content.result(name)
        if result is not None:
            on_hand = _on_hand(result, units)
            return Figure("Stock value", text.figure(result.value, MONEY), content.currency, f"{on_hand}, {basis}",
                          (name, "stock_value"), labels.short(result.value))  # fmt: skip
    return Figure("Stock value", None, content.currency, _why(content, "stock_value"))


def _on_hand(valued: Result, units: Result | None) -> str:
    """The units that the value is of; of all, where some have none."""
    worth = valued.values("units")[0]
    if units is None or worth == units.value:
        return f"{labels.short(worth, 'units')} units on hand"
    return f"{labels.short(worth, 'units')} of {labels.short(units.value, 'units')} units on hand"


def _why(content: Content, name: str) -> str:
    refusal = content.refused.get(name)
    return refusal.problem if refusal else "nothing is held for it"
