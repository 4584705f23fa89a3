"""What the report says: the numbers it asks the engine for, and everything a reader needs to judge them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from hub.errors import MetricUndefined
from hub.sdk.metric import MONEY, Metric
from hub.store.base import Store
from metrics import text
from metrics.report.chosen import headline
from metrics.result import Result
from metrics.sources import Source
from metrics.workbench import Workbench

if TYPE_CHECKING:
    from metrics.report.explained import Explained

TOP = 12
Note = Callable[[dict[str, Any]], str]
"""A line of context out of a row and the parameters."""
_REASONS_SHOWN = 40
_QUARANTINE_READ = 20_000


@dataclass(frozen=True)
class Figure:
    """A headline: what it is, its value, and one line of context. `value` is None where it is undefined; `source` says
    which column of which result it is the total of."""

    title: str
    value: str | None
    unit: str
    note: str
    source: tuple[str, str] | None = None


@dataclass(frozen=True)
class Waiting:
    """Rows in quarantine that have the same fault."""

    source: str
    stream: str
    field: str
    reason: str
    rows: int


@dataclass
class Content:
    """The report, before it takes a form. `results` holds what could be computed, by the question's name."""

    project: str
    made_at: datetime
    currency: str
    time_zone: str
    start: date | None
    end: date | None
    results: dict[str, Result] = field(default_factory=dict)
    refused: dict[str, MetricUndefined] = field(default_factory=dict)
    metrics: list[Metric] = field(default_factory=list)
    sources: list[Source] = field(default_factory=list)
    waiting: list[Waiting] = field(default_factory=list)
    chosen: bool = False
    explained: list[Explained] = field(default_factory=list)

    def result(self, name: str) -> Result | None:
        return self.results.get(name)

    @property
    def span(self) -> tuple[str, str]:
        """The period covered: what was asked for, else the months with revenue."""
        months = self.results["months"].values("month") if "months" in self.results else []
        days = [month for month in months if month]
        first = self.start or (min(days) if days else None)
        last = self.end or (max(days) if days else None)
        return (f"{first:%Y-%m-%d}" if self.start else f"{first:%b %Y}" if first else "the beginning"), (
            f"{last:%Y-%m-%d}" if self.end else f"{last:%b %Y}" if last else "now"
        )

    @property
    def missing(self) -> list[tuple[str, str]]:
        """(what is missing, in which metrics) for everything that is not by rule."""
        return self._asides(by_rule=False)

    @property
    def by_rule(self) -> list[tuple[str, str]]:
        """(what is left out, of which metrics) as the definitions want it."""
        return self._asides(by_rule=True)

    def _asides(self, *, by_rule: bool) -> list[tuple[str, str]]:
        found: dict[str, dict[str, None]] = {}
        for result in self.results.values():
            for aside in result.asides:
                if aside.by_rule is by_rule:
                    found.setdefault(str(aside), {})[result.metric.title] = None
        return [(what, ", ".join(titles)) for what, titles in found.items()]


@dataclass(frozen=True)
class Question:
    """One thing that the report asks the engine."""

    name: str
    metric: str
    by: tuple[str, ...] = ()
    given: Mapping[str, str] = field(default_factory=dict)


QUESTIONS = (
    Question("months", "revenue", ("month", "source")),
    Question("customers", "revenue", ("customer",)),
    Question("countries", "revenue", ("country",)),
    Question("categories", "revenue", ("category",)),
    Question("products", "revenue", ("product",)),
    Question("orders", "average_order_value"),
    Question("lifetime", "customer_lifetime_value"),
    Question("lifetimes", "customer_lifetime_value", ("customer",)),
    Question("rfm", "rfm", ("customer",)),
    Question("stock", "stock_on_hand"),
    Question("stock_value", "stock_value"),
    Question("stock_categories", "stock_value", ("category",)),
    Question("stock_listed", "stock_value", given={"valuation": "list_price"}),
    Question("turnover", "inventory_turnover"),
    Question("turnovers", "inventory_turnover", ("category",)),
    Question("margin", "gross_margin"),
    Question("margins", "gross_margin", ("category",)),
    Question("pipeline", "pipeline_value", ("stage",)),
    Question("wins", "win_rate"),
    Question("activity", "customer_activity", ("month",)),
    Question("churn", "customer_churn"),
    Question("concentration", "revenue_concentration"),
    Question("ship", "order_to_ship_time"),
    Question("punctual", "on_time_in_full"),
    Question("freight", "logistics_cost", ("carrier",)),
    Question("suppliers", "supplier_lead_time", ("supplier",)),
    Question("return_rate", "return_rate"),
    Question("return_reasons", "returns", ("reason",)),
    Question("cases", "cases", ("priority",)),
    Question("aging", "dead_stock", ("category",)),
    Question("reorder", "reorder_suggestions"),
    Question("dangling", "dangling_references"),
)
_SHARES = (
    ("margin", "margin_share", "Gross margin", "of the revenue whose cost is known"),
    ("punctual", "otif", "On time in full", "of the orders that are due"),
    ("wins", "win_rate", "Win rate", "of the opportunities decided"),
    ("return_rate", "return_rate", "Return rate", "of gross revenue"),
)
"""Shares that are headlines where there are any: question, output, title, of what."""


def collect(
    bench: Workbench, store: Store, project: str, start: date | None, end: date | None,
    *, questions: Sequence[Question] = QUESTIONS, chosen: bool = False,
) -> Content:  # fmt: skip
    """Ask for all of it at once, so that shared work is done once. `chosen`: somebody said which metrics."""
    content = Content(
        project, datetime.now(UTC), bench.engine.currency, bench.engine.time_zone, start, end,
        sources=bench.sources, waiting=waiting(store), chosen=chosen,
    )  # fmt: skip
    requests = [
        bench.catalogue.request(q.metric, by=q.by, start=start, end=end, defaults=bench.defaults, given=q.given)
        for q in questions
    ]
    for question, request, outcome in zip(questions, requests, bench.engine.compute_all(requests), strict=True):
        if isinstance(outcome, MetricUndefined):
            content.refused[question.name] = outcome
        else:
            content.results[question.name] = outcome
        if request.metric not in content.metrics:
            content.metrics.append(request.metric)
    return content


def waiting(store: Store) -> list[Waiting]:
    """What waits in quarantine, grouped by its fault, most first."""
    counts: dict[tuple[str, str, str, str], int] = {}
    for entry in store.quarantined(limit=_QUARANTINE_READ):
        key = (entry.source, entry.stream, entry.field, entry.reason)
        counts[key] = counts.get(key, 0) + 1
    found = [Waiting(*key, rows) for key, rows in counts.items()]
    return sorted(found, key=lambda w: (-w.rows, w.source, w.stream, w.field, w.reason))[:_REASONS_SHOWN]


def figures(content: Content) -> list[Figure]:
    """The headlines, in the order in which a board reads them."""
    if content.chosen:
        return [headline(name, result) for name, result in content.results.items()]
    return [
        _revenue(content),
        _single(content, "orders", "orders", _orders_note),
        _single(content, "orders", "average_order_value", lambda _: "gross revenue / orders"),
        _single(content, "lifetime", "customer_lifetime_value", _lifetime_note),
        _stock(content),
        _single(content, "turnover", "inventory_turnover", _turnover_note, "Inventory turnover"),
        *(figure for share in _SHARES if (figure := _share(content, *share))),
    ]


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
    note = f"{text.figure(gross - returns, MONEY)} net of {text.figure(returns, MONEY)} returned"
    return Figure("Revenue", text.figure(gross, MONEY), content.currency, note if returns else "no returns held",
                  ("months", "gross"))  # fmt: skip


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
    return Figure(title, text.figure(row[column], unit), shown, note({**row, **result.parameters}), (name, column))


def _orders_note(row: dict[str, Any]) -> str:
    return f"of {row['customers']:,} customers"


def _lifetime_note(row: dict[str, Any]) -> str:
    orders = text.figure(row["orders_per_year"], "orders")
    return f"{orders} orders a year over {row['lifespan_years']} assumed years"


def _turnover_note(row: dict[str, Any]) -> str:
    average, yearly = text.figure(row["average_inventory"], MONEY), text.figure(row["turns_per_year"], "turns")
    return f"in {text.figure(row['days'], 'days')} days on {average} average stock; {yearly} a year"


def _stock(content: Content) -> Figure:
    units = content.result("stock")
    on_hand = f"{text.figure(units.value, 'units')} units on hand" if units else "no stock held"
    for name, basis in (("stock_value", "at cost"), ("stock_listed", "at list price, since no cost is held")):
        result = content.result(name)
        if result is not None:
            return Figure("Stock value", text.figure(result.value, MONEY), content.currency, f"{on_hand}, {basis}",
                          (name, "stock_value"))  # fmt: skip
    return Figure("Stock value", None, content.currency, _why(content, "stock_value"))


def _why(content: Content, name: str) -> str:
    refusal = content.refused.get(name)
    return refusal.problem if refusal else "nothing is held for it"
