"""How each headline of a report was made, down to its largest records."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from hub.errors import MetricUndefined, UsageError
from metrics.explain import explain, tell
from metrics.explain.links import Links
from metrics.explain.merged import merged
from metrics.report.content import QUESTIONS, Content
from metrics.report.headlines import figures
from metrics.report.sections import Table
from metrics.workbench import Workbench

if TYPE_CHECKING:
    from hub.store.base import Store

RECORDS_SHOWN = 10


@dataclass(frozen=True)
class Explained:
    """One headline: what it is made of, and its largest records; `links` has the address of each, or nothing."""

    title: str
    value: str
    command: str
    lines: list[str]
    inputs: Table
    records: Table
    links: list[str | None]
    total: int


def explained(bench: Workbench, store: Store, content: Content, links: Links) -> list[Explained]:
    """The headlines that have a value, each taken apart once."""
    found = []
    for figure in figures(content):
        question = next((q for q in QUESTIONS if figure.source and q.name == figure.source[0]), None)
        if question is None or figure.value is None:
            continue
        request = bench.catalogue.request(
            question.metric, start=content.start, end=content.end, defaults=bench.defaults, given=question.given
        )
        try:
            taken = explain(bench.engine, replace(request, by=()), [])
        except (MetricUndefined, UsageError):
            continue
        taken.merged = merged(store, taken.records)
        page = taken.records.page(RECORDS_SHOWN)
        heads, rows, right = tell.table(taken, page, lambda *_: None)
        inputs = [
            *((name, str(value), "measured") for name, value in taken.document()["inputs"].items()),
            *((name, str(value), "parameter") for name, value in taken.document()["parameters"].items() if value),
            *((output.name, str(value), output.title) for output, value in taken.outputs),
        ]
        found.append(
            Explained(
                figure.title, f"{figure.value} {figure.unit}", f"hub explain {question.metric}",
                tell.notes(taken), Table(("Name", "Exact value", "What"), inputs, (False, True, False)),
                Table([head.capitalize() for head in heads], rows, right),
                [tell.link_of(record, links.of) for record in page], taken.records.count,
            )
        )  # fmt: skip
    return found
