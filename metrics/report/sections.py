"""The parts of the report between headlines and small print: a chart each, and the table with the same figures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from hub.sdk.metric import MONEY
from metrics import text
from metrics.report import charts, chosen, labels
from metrics.report.asking import asked
from metrics.report.cited import Source, Summed, cites
from metrics.report.classes import Class, classes_of, counted, largest
from metrics.report.content import QUESTIONS, TOP, Content
from metrics.report.families import family_sections
from metrics.report.systems import system_section
from metrics.result import Result

UNNAMED = "(none)"
_ASKED = {question.name for question in QUESTIONS}


@dataclass(frozen=True)
class Table:
    """Rows of texts. `right` says which columns are figures, `cited` for each cell of each row which figure it is."""

    heads: Sequence[str]
    rows: Sequence[Sequence[str]]
    right: Sequence[bool]
    cited: Sequence[Sequence[Source]] = ()


@dataclass(frozen=True)
class Section:
    """A chart with its table. `wide` takes the whole width; `legend` names the series; `is_open`: the table shows, too.

    chapter  the part of the report it belongs to
    explain  the command that takes its largest figure apart, down to the records
    """

    title: str
    lead: str
    svg: str
    table: Table
    wide: bool = False
    narrow: bool = False
    legend: Sequence[str] = ()
    is_open: bool = False
    chapter: str = ""
    explain: str = ""


@dataclass(frozen=True)
class Chapter:
    """Sections that are read together."""

    title: str
    sections: Sequence[Section]

    @property
    def single(self) -> Section | None:
        """The one that stands alone where the others stand in pairs: it has room for its table beside the chart."""
        paired = [section for section in self.sections if not section.wide]
        return paired[-1] if len(paired) % 2 else None

    @property
    def anchor(self) -> str:
        return "".join(letter if letter.isalnum() else "-" for letter in self.title.lower())


CHAPTERS = ("Sales", "Customers", "Stock", "Delivery", "After-sales", "Data")
_FAMILIES = {"supply": "Delivery", "trust": "Data"}


def sections(content: Content) -> list[Section]:
    """What there is data for, in the order of the chapters."""
    return [section for chapter in chapters(content) for section in chapter.sections]


def chapters(content: Content) -> list[Chapter]:
    """The report's body; chapters without data are not there."""
    found: dict[str, list[Section]] = {title: [] for title in CHAPTERS}
    for title, section in _made(content):
        found.setdefault(title, []).append(section)
    return [Chapter(title, those) for title, those in found.items() if those]


def _made(content: Content) -> Iterator[tuple[str, Section]]:
    """Sections with the chapter of each."""
    if not content.chosen:
        for make in (
            _months,
            _customers,
            _categories,
            _countries,
            _products,
            _scores,
            _stock,
            system_section,
            _turnover,
        ):
            section = make(content)
            if section:
                yield section.chapter or "Stock", section
        for section in family_sections(content):
            yield section.chapter, section
    for name, result in content.results.items():
        if content.chosen or name not in _ASKED:
            yield chapter_of(result), chosen.section(content, name, result)


def chapter_of(result: Result) -> str:
    """The chapter of a metric's family."""
    family = result.metric.family
    return _FAMILIES.get(family, family.replace("_", " ").capitalize())


def _records(result: Result) -> list[dict[str, Any]]:
    names = [column.name for column in result.columns]
    return [dict(zip(names, row, strict=True)) for row in result.rows]


def _months(content: Content) -> Section | None:
    result = content.result("months")
    if result is None:
        return None
    found = _records(result)
    series = _by_size(found)
    by_month: dict[Any, dict[str, dict[str, Any]]] = {}
    for row in found:
        by_month.setdefault(row["month"], {})[row["source"]] = row
    groups, lines, cited = [], [], []
    for month in sorted(by_month, key=str):
        label, rows = labels.month(month), by_month[month]
        bars = [
            charts.Bar(label, charts.size(rows[name]["gross"]), _tip(f"{label}, {name}", rows[name]["gross"], result),
                       series.index(name))
            for name in series if name in rows
        ]  # fmt: skip
        groups.append((label, bars))
        sums = [sum((row[column] for row in rows.values()), Decimal(0)) for column in ("gross", "returns", "net")]
        lines.append([label, *(text.figure(amount, MONEY) for amount in sums)])
        cited.append(cites(content, "months", {"month": month}, (None, "gross", "returns", "net"), ("month",)))
    few = len(series) <= charts.SERIES
    legend = series if few else [*series[: charts.SERIES - 1], f"{len(series) - charts.SERIES + 1} others"]
    lead = "By the system that took the order, before returns." if len(series) > 1 else "Before returns."
    chart = charts.columns(groups, result.currency, "Revenue by month")
    return Section(
        "Revenue by month", f"{lead} In {result.currency}.", chart,
        Table(("Month", "Gross", "Returns", "Net"), lines, (False, True, True, True), cited), wide=True,
        legend=legend if len(series) > 1 else (), chapter="Sales", explain=asked(content, "months", found[-1:]),
    )  # fmt: skip


def _by_size(rows: Sequence[dict[str, Any]]) -> list[str]:
    """Systems by their revenue: each has the same colour in every month."""
    sums: dict[str, Decimal] = {}
    for row in rows:
        sums[row["source"]] = sums.get(row["source"], Decimal(0)) + row["gross"]
    return sorted(sums, key=lambda name: (-sums[name], name))


def _customers(content: Content) -> Section | None:
    result = content.result("customers")
    if result is None:
        return None
    best = _distinct(_best(result), "customer")
    values = _of_those(content, "lifetimes", best, "customer_lifetime_value")
    scores = _of_those(content, "rfm", best, "rfm")
    lines = [
        [
            _name(row, "customer"), text.figure(row["gross"], MONEY), text.figure(row["net"], MONEY),
            text.figure(values.get(row["customer_id"]), MONEY),
            scores.get(row["customer_id"], text.NOTHING),
        ]
        for row in best
    ]  # fmt: skip
    cited = [
        [*cites(content, "customers", row, (None, "gross", "net")),
         *(cites(content, "lifetimes", row, ("customer_lifetime_value",)) if row["customer_id"] in values else [None]),
         *(cites(content, "rfm", row, ("rfm",)) if row["customer_id"] in scores else [None])]
        for row in best
    ]  # fmt: skip
    total = sum((amount for _, amount in result.summed("gross").values()), Decimal(0))
    share = sum((row["gross"] for row in best), Decimal(0)) / total * 100 if total else Decimal(0)
    return Section(
        "Best customers",
        f"The first {len(best)} bring {text.rounded(share, 1)} % of revenue. In {result.currency}, before returns.",
        charts.rows(_bars(best, "customer", "gross", result), "Best customers by revenue"),
        Table(("Customer", "Gross", "Net", "Lifetime value", "RFM scores"), lines,
              (False, True, True, True, True), cited),
        chapter="Customers", explain=asked(content, "customers", best),
    )  # fmt: skip


def _categories(content: Content) -> Section | None:
    return _ranked(content, "categories", "category", "Revenue by product category", "By the category of each product.")


def _countries(content: Content) -> Section | None:
    return _ranked(content, "countries", "country", "Revenue by country", "By the country of the customer.")


def _products(content: Content) -> Section | None:
    return _ranked(content, "products", "product", "Best products", "By revenue.")


def _ranked(content: Content, name: str, column: str, title: str, lead: str) -> Section | None:
    result = content.result(name)
    best = _distinct(_best(result), column) if result else []
    if result is None or all(row[column] is None for row in best):
        return None
    lines = [
        [_name(row, column), text.figure(row["gross"], MONEY), text.figure(row["returns"], MONEY),
         text.figure(row["net"], MONEY)]
        for row in best
    ]  # fmt: skip
    cited = [cites(content, name, row, (None, "gross", "returns", "net")) for row in best]
    return Section(
        title, f"{lead} In {result.currency}, before returns.{_more(result, len(best))}",
        charts.rows(_bars(best, column, "gross", result), title),
        Table((column.capitalize(), "Gross", "Returns", "Net"), lines, (False, True, True, True), cited),
        chapter="Sales", explain=asked(content, name, best),
    )  # fmt: skip


def _more(result: Result, shown: int) -> str:
    return f" The first {shown} of {result.count:,}." if result.count > shown else ""


def _scores(content: Content) -> Section | None:
    result = content.result("rfm")
    if result is None or result.count < 5:
        return None
    classes = classes_of(result)
    cells = {(m, r): [each for each in classes if (each.m, each.r) == (m, r)] for m in range(1, 6) for r in range(1, 6)}
    counts = [[counted(cells[m, r])[0] for r in range(1, 6)] for m in range(1, 6)]
    lines = [[f"M {line + 1}", *(f"{count:,}" for count in counts[line])] for line in range(4, -1, -1)]
    cited: list[list[Source]] = [
        [None, *(members(content, f"M {m}, R {r}", "customers whose scores are these", cells[m, r])
                 for r in range(1, 6))]
        for m in range(5, 0, -1)
    ]  # fmt: skip
    return Section(
        "Customers by last order and value",
        "How many customers: to the right those who ordered lately, at the top those who spend most. Top left is worth "
        "a call.",
        charts.grid(counts, "Customers by last order and value", "ordered longer ago - lately", "spends less - more"),
        Table(("", "R 1", "R 2", "R 3", "R 4", "R 5"), lines, (False, True, True, True, True, True), cited),
        narrow=True,
        chapter="Customers",
        explain=asked(content, "rfm", first(result)),
    )


def members(content: Content, title: str, formula: str, classes: Sequence[Class]) -> Summed | None:
    """How many customers are in these classes by RFM: the largest of them."""
    customers, _ = counted(classes)
    if not customers:
        return None
    shown = tuple(
        ((_name(row, "customer"), row["rfm"], row["segment"], text.figure(row["revenue"], MONEY)),
         next(iter(cites(content, "rfm", row, ("rfm",)))))
        for row in largest(classes)
    )  # fmt: skip
    return Summed(
        f"Customers: {title}", f"{customers:,}", f"number of {formula}; their revenue is its sum",
        ("Customer", "RFM scores", "Segment", "Revenue"), shown, customers, "hub metrics show rfm --csv",
    )  # fmt: skip


def first(result: Result) -> list[dict[str, Any]]:
    """The first row, by the names of its columns."""
    names = [column.name for column in result.columns]
    return [dict(zip(names, row, strict=True)) for row in result.head(1)]


def _stock(content: Content) -> Section | None:
    result = content.result("stock_categories")
    best = _best(result, "stock_value") if result else []
    if result is None or all(row["category"] is None for row in best):
        return None
    lines = [
        [_name(row, "category"), text.figure(row["units"], "units"), text.figure(row["stock_value"], MONEY)]
        for row in best
    ]
    return Section(
        "Stock at cost by category", f"What lies on the shelves now. In {result.currency}.{_more(result, len(best))}",
        charts.rows(_bars(best, "category", "stock_value", result), "Stock at cost by category"),
        Table(
            ("Category", "Units", "Value"), lines, (False, True, True),
            [cites(content, "stock_categories", row, (None, "units", "stock_value")) for row in best],
        ),
        chapter="Stock", explain=asked(content, "stock_categories", best),
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
            value=text.figure(row["turns_per_year"], "turns", digits=1),
        )
        for row in found
    ]  # fmt: skip
    lines = [
        [_name(row, "category"), text.figure(row["cogs"], MONEY), text.figure(row["average_inventory"], MONEY),
         text.figure(row["turns_per_year"], "turns")]
        for row in found
    ]  # fmt: skip
    return Section(
        "Inventory turns a year", "How often the average stock is sold in a year, both at cost.",
        charts.rows(bars, "Inventory turns a year by category"),
        Table(
            ("Category", "Cost of goods sold", "Average stock", "Turns a year"), lines, (False, True, True, True),
            [cites(content, "turnovers", row, (None, "cogs", "average_inventory", "turns_per_year")) for row in found],
        ),
        chapter="Stock", explain=asked(content, "turnovers", found),
    )  # fmt: skip


def _best(result: Result, by: str = "gross") -> list[dict[str, Any]]:
    names = [column.name for column in result.columns]
    return [dict(zip(names, row, strict=True)) for row in result.largest(by, TOP)]


def _of_those(content: Content, name: str, customers: Sequence[dict[str, Any]], figure: str) -> dict[str, Any]:
    """One figure of these customers out of another result, by their ids."""
    result = content.result(name)
    if result is None:
        return {}
    names = [column.name for column in result.columns]
    rows = result.where("customer_id", [row["customer_id"] for row in customers])
    return {row["customer_id"]: row[figure] for row in (dict(zip(names, values, strict=True)) for values in rows)}


def _bars(rows: Sequence[dict[str, Any]], label: str, value: str, result: Result) -> list[charts.Bar]:
    return [
        charts.Bar(_name(row, label), charts.size(row[value]), _tip(_name(row, label), row[value], result),
                   value=labels.short(row[value]))
        for row in rows
    ]  # fmt: skip


def _name(row: dict[str, Any], column: str) -> str:
    """What to call it: its name, else its key."""
    if column == "country" and row["country"]:
        return labels.country(row["country"])
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
