"""What the report says: the numbers it asks the engine for, and everything a reader needs to judge them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from hub.errors import MetricUndefined
from hub.sdk.metric import Metric
from hub.store.base import Store
from metrics.authority import Place, places
from metrics.filters import NO_FILTERS, Filters
from metrics.report.spans import before
from metrics.result import Aside, Result
from metrics.sources import Source
from metrics.workbench import Workbench

if TYPE_CHECKING:
    from metrics.report.explained import Explained
    from metrics.report.overlap import Shared

TOP = 12
_REASONS_SHOWN = 40
_QUARANTINE_READ = 20_000
_QUESTIONS_READ = 1000


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
    """The report, before it takes a form. `results` holds what could be computed, by the question's name; `earlier` the
    same of the period before, where one was asked for."""

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
    explained: Explained | None = None
    places: list[Place] = field(default_factory=list)
    only: Filters = NO_FILTERS
    earlier: dict[str, Result] = field(default_factory=dict)
    shared: list[Shared] = field(default_factory=list)
    undecided: int = 0
    """Pairs of records that may be one, and that somebody has to look at."""
    today: date | None = None
    """The day it was made, in the reporting time zone."""

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

    @property
    def asides(self) -> list[Aside]:
        """What was left out or assumed, each reason once: of the metrics that share it, the largest count."""
        found: dict[tuple[str, str, str, bool], Aside] = {}
        for result in self.results.values():
            for aside in result.asides:
                key = (aside.kind, aside.code, aside.detail, aside.counted)
                if key not in found or found[key].rows < aside.rows:
                    found[key] = aside
        return sorted(found.values(), key=lambda aside: (aside.counted, -aside.rows, aside.text, aside.kind))

    def _asides(self, *, by_rule: bool) -> list[tuple[str, str]]:
        found: dict[tuple[str, str, str, bool], dict[str, None]] = {}
        for result in self.results.values():
            for aside in result.asides:
                found.setdefault((aside.kind, aside.code, aside.detail, aside.counted), {})[result.metric.title] = None
        return [
            (str(aside), ", ".join(found[aside.kind, aside.code, aside.detail, aside.counted]))
            for aside in self.asides
            if aside.by_rule is by_rule
        ]


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
    Question("orders_monthly", "average_order_value", ("month",)),
    Question("lifetime", "customer_lifetime_value"),
    Question("lifetimes", "customer_lifetime_value", ("customer",)),
    Question("rfm", "rfm", ("customer",)),
    Question("stock", "stock_on_hand"),
    Question("stock_value", "stock_value"),
    Question("stock_categories", "stock_value", ("category",)),
    Question("stock_listed", "stock_value", given={"valuation": "list_price"}),
    Question("systems", "stock_and_cost", ("product", "source"), {"least_systems": "2"}),
    Question("turnover", "inventory_turnover"),
    Question("turnovers", "inventory_turnover", ("category",)),
    Question("margin", "gross_margin"),
    Question("margin_monthly", "gross_margin", ("month",)),
    Question("margins", "gross_margin", ("category",)),
    Question("pipeline", "pipeline_value", ("stage",)),
    Question("wins", "win_rate"),
    Question("activity", "customer_activity", ("month",)),
    Question("churn", "customer_churn"),
    Question("concentration", "revenue_concentration"),
    Question("ship", "order_to_ship_time"),
    Question("punctual", "on_time_in_full"),
    Question("punctual_monthly", "on_time_in_full", ("month",)),
    Question("waiting", "order_backlog"),
    Question("waiting_customers", "order_backlog", ("customer",)),
    Question("freight", "logistics_cost", ("carrier",)),
    Question("suppliers", "supplier_lead_time", ("supplier",)),
    Question("return_rate", "return_rate"),
    Question("return_monthly", "return_rate", ("month",)),
    Question("return_reasons", "returns", ("reason",)),
    Question("cases", "cases", ("priority",)),
    Question("aging", "dead_stock", ("category",)),
    Question("reorder", "reorder_suggestions"),
    Question("outs", "stock_outs", ("product",)),
    Question("dangling", "dangling_references"),
    Question("unmapped", "unmapped_fields"),
    Question("health", "source_health", ("source",)),
    Question("identities", "identity_coverage"),
)
COMPARED = ("months", "orders_monthly", "margin_monthly", "punctual_monthly", "return_monthly")
"""Questions that are asked of the period before, too."""


def collect(
    bench: Workbench, store: Store, project: str, start: date | None, end: date | None,
    *, questions: Sequence[Question] = QUESTIONS, chosen: bool = False, only: Filters = NO_FILTERS,
) -> Content:  # fmt: skip
    """Ask for all of it at once, so that shared work is done once. `chosen`: somebody said which metrics."""
    content = Content(
        project, datetime.now(UTC), bench.engine.currency, bench.engine.time_zone, start, end,
        sources=bench.sources, waiting=waiting(store), chosen=chosen, only=only, today=bench.engine.today,
        places=places(bench.engine.db),
        undecided=len(store.reviews(status="open", limit=_QUESTIONS_READ)),
    )  # fmt: skip
    past = before(start, end or bench.engine.today) if start else None
    asked = [(question, (start, end), content.results) for question in questions]
    if past and not chosen:
        asked += [(question, past, content.earlier) for question in questions if question.name in COMPARED]
    requests = [
        bench.catalogue.request(
            question.metric, by=question.by, start=period[0], end=period[1], defaults=bench.defaults,
            given=question.given, only=only,
        )
        for question, period, _ in asked
    ]  # fmt: skip
    for (question, _, found), outcome in zip(asked, bench.engine.compute_all(requests), strict=True):
        if not isinstance(outcome, MetricUndefined):
            found[question.name] = outcome
        elif found is content.results:
            content.refused[question.name] = outcome
    content.metrics = list({request.metric.id: request.metric for request in requests}.values())
    if not chosen and "months" in content.results:
        from metrics.report.overlap import shared_orders

        content.shared = shared_orders(bench, next(r for r in requests if r.metric.id == "revenue"))
    return content


def waiting(store: Store) -> list[Waiting]:
    """What waits in quarantine, grouped by its fault, most first."""
    counts: dict[tuple[str, str, str, str], int] = {}
    for entry in store.quarantined(limit=_QUARANTINE_READ):
        key = (entry.source, entry.stream, entry.field, entry.reason)
        counts[key] = counts.get(key, 0) + 1
    found = [Waiting(*key, rows) for key, rows in counts.items()]
    return sorted(found, key=lambda w: (-w.rows, w.source, w.stream, w.field, w.reason))[:_REASONS_SHOWN]
