"""The parts of the report between headlines and small print: a chart each, and the table with the same figures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from hub.sdk.metric import MONEY
from metrics import text
from metrics.report import charts, chosen
from metrics.report.content import QUESTIONS, TOP, Content
from metrics.report.families import family_sections
from metrics.result import Result

UNNAMED = "(none)"
_ASKED = {question.name for question in QUESTIONS}


@dataclass(frozen=True)
class Table:
    """Rows of texts. `right` says which columns are figures."""

    heads: Sequence[str]
    rows: Sequence[Sequence[str]]
    right: Sequence[bool]


@dataclass(frozen=True)
class Section:
    """A chart with its table. `wide` takes the whole width; `legend` names the series."""

    title: str
    lead: str
    svg: str
    table: Table
    wide: bool = False
    narrow: bool = False
    legend: Sequence[str] = ()


def sections(content: Content) -> list[Section]:
    """What there is data for."""
    if content.chosen:
        return [chosen.section(result) for result in content.results.values()]
    makers: list[Callable[[Content], Section | None]] = [
        _months, _customers, _categories, _countries, _products, _scores, _stock, _turnover,
    ]  # fmt: skip
    others = [chosen.section(result) for name, result in content.results.items() if name not in _ASKED]
    return [section for make in makers if (section := make(content))] + family_sections(content) + others


def _records(result: Result) -> list[dict[str, Any]]:
    names = [column.name for column in result.columns]
    return [dict(zip(names, row, strict=True)) for row in result.rows]


def _months(content: Content) -> Section | None:
    result = content.result("months")
    if result is None:
        return None
    found = _records(result)
    sources = sorted({row["source"] for row in found})
    by_month: dict[Any, dict[str, dict[str, Any]]] = {}
    for row in found:
        by_month.setdefault(row["month"], {})[row["source"]] = row
    groups, lines = [], []
    for month in sorted(by_month, key=str):
        label = text.period(month, "month")
        rows = by_month[month]
        bars = [
            charts.Bar(label, charts.size(rows[name]["gross"]), _tip(f"{label}, {name}", rows[name]["gross"], result),
                       sources.index(name))
            for name in sources if name in rows
        ]  # fmt: skip
        groups.append((label, bars))
        sums = [sum((row[column] for row in rows.values()), Decimal(0)) for column in ("gross", "returns", "net")]
        lines.append([label, *(text.figure(amount, MONEY) for amount in sums)])
    lead = "Gross of returns, by the system that took the order." if len(sources) > 1 else "Gross of returns."
    return Section(
        "Revenue by month", lead, charts.columns(groups, result.currency, "Revenue by month and source"),
        Table(("Month", "Gross", "Returns", "Net"), lines, (False, True, True, True)), wide=True,
        legend=sources if len(sources) > 1 else (),
    )  # fmt: skip


def _customers(content: Content) -> Section | None:
    result = content.result("customers")
    if result is None:
        return None
    best = _distinct(_best(result), "customer")
    values = {
        row["customer_id"]: row["customer_lifetime_value"]
        for row in (_records(content.results["lifetimes"]) if "lifetimes" in content.results else [])
    }
    scores = {
        row["customer_id"]: row["rfm"] for row in (_records(content.results["rfm"]) if "rfm" in content.results else [])
    }
    lines = [
        [
            _name(row, "customer"), text.figure(row["gross"], MONEY), text.figure(row["net"], MONEY),
            text.figure(values.get(row["customer_id"]), MONEY),
            scores.get(row["customer_id"], text.NOTHING),
        ]
        for row in best
    ]  # fmt: skip
    total = sum(result.values("gross"), Decimal(0))
    share = sum((row["gross"] for row in best), Decimal(0)) / total * 100 if total else Decimal(0)
    return Section(
        "Best customers", f"The first {len(best)} bring {text.rounded(share, 1)} % of gross revenue.",
        charts.rows(_bars(best, "customer", "gross", result), "Best customers by gross revenue"),
        Table(("Customer", "Gross", "Net", "Lifetime value", "RFM"), lines, (False, True, True, True, True)),
    )  # fmt: skip


def _categories(content: Content) -> Section | None:
    return _ranked(
        content, "categories", "category", "Revenue by product category", "Lines by their product's category."
    )


def _countries(content: Content) -> Section | None:
    return _ranked(content, "countries", "country", "Revenue by country", "By the country of the customer.")


def _products(content: Content) -> Section | None:
    return _ranked(content, "products", "product", "Best products", "By gross revenue.")


def _ranked(content: Content, name: str, column: str, title: str, lead: str) -> Section | None:
    result = content.result(name)
    if result is None or all(row[column] is None for row in _records(result)):
        return None
    best = _distinct(_best(result), column)
    lines = [
        [_name(row, column), text.figure(row["gross"], MONEY), text.figure(row["returns"], MONEY),
         text.figure(row["net"], MONEY)]
        for row in best
    ]  # fmt: skip
    return Section(
        title, lead, charts.rows(_bars(best, column, "gross", result), title),
        Table((column.capitalize(), "Gross", "Returns", "Net"), lines, (False, True, True, True)),
    )  # fmt: skip


def _scores(content: Content) -> Section | None:
    result = content.result("rfm")
    if result is None or result.count < 5:
        return None
    counts = [[0] * 5 for _ in range(5)]
    for row in _records(result):
        counts[row["m_score"] - 1][row["r_score"] - 1] += 1
    lines = [[f"M {line + 1}", *(f"{count:,}" for count in counts[line])] for line in range(4, -1, -1)]
    return Section(
        "Customers by recency and value",
        "Fifths of the customers: top right buys much and bought lately; top left is worth a call.",
        charts.grid(counts, "Customers by recency and monetary score", "Recency", "Monetary"),
        Table(("", "R 1", "R 2", "R 3", "R 4", "R 5"), lines, (False, True, True, True, True, True)),
        narrow=True,
    )


def _stock(content: Content) -> Section | None:
    result = content.result("stock_categories")
    if result is None or all(row["category"] is None for row in _records(result)):
        return None
    best = _best(result, "stock_value")
    lines = [
        [_name(row, "category"), text.figure(row["units"], "units"), text.figure(row["stock_value"], MONEY)]
        for row in best
    ]
    return Section(
        "Stock at cost by category", "What lies on our shelves now.",
        charts.rows(_bars(best, "category", "stock_value", result), "Stock at cost by category"),
        Table(("Category", "Units", "Value"), lines, (False, True, True)),
    )  # fmt: skip


def _turnover(content: Content) -> Section | None:
    result = content.result("turnovers")
    if result is None:
        return None
    found = sorted(
        (row for row in _records(result) if row["turns_per_year"] is not None), key=lambda row: -row["turns_per_year"]
    )[:TOP]
    if not found or all(row["category"] is None for row in found):
        return None
    bars = [
        charts.Bar(
            _name(row, "category"), charts.size(row["turns_per_year"]),
            f"{_name(row, 'category')}: {text.figure(row['turns_per_year'], 'turns')}",
        )
        for row in found
    ]  # fmt: skip
    lines = [
        [_name(row, "category"), text.figure(row["cogs"], MONEY), text.figure(row["average_inventory"], MONEY),
         text.figure(row["turns_per_year"], "turns")]
        for row in found
    ]  # fmt: skip
    return Section(
        "Inventory turns a year", "Cost of goods sold over average stock, both at cost.",
        charts.rows(bars, "Inventory turns a year by category"),
        Table(("Category", "Cost of goods sold", "Average stock", "Turns a year"), lines, (False, True, True, True)),
    )  # fmt: skip


def _best(result: Result, by: str = "gross") -> list[dict[str, Any]]:
    found = [row for row in _records(result) if row[by] is not None]
    return sorted(found, key=lambda row: -row[by])[:TOP]


def _bars(rows: Sequence[dict[str, Any]], label: str, value: str, result: Result) -> list[charts.Bar]:
    return [
        charts.Bar(_name(row, label), charts.size(row[value]), _tip(_name(row, label), row[value], result))
        for row in rows
    ]


def _name(row: dict[str, Any], column: str) -> str:
    """What to call it: its name, else its key."""
    spare = row.get("sku") or row.get(f"{column}_id") or UNNAMED
    return text.printable(str(row.get(column) or spare))


def _distinct(rows: Sequence[dict[str, Any]], column: str) -> list[dict[str, Any]]:
    """The rows, with their key behind names that two of them have."""
    names = Counter(_name(row, column) for row in rows)
    return [
        {**row, column: f"{_name(row, column)} · {row.get(f'{column}_id')}"} if names[_name(row, column)] > 1 else row
        for row in rows
    ]


def _tip(label: str, value: Any, result: Result) -> str:
    return f"{label}: {text.figure(value, MONEY)} {result.currency}"
