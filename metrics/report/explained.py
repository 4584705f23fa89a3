"""How each headline of a report was made, down to its largest records."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from hub.errors import MetricUndefined, UsageError
from metrics.explain import explain, tell
from metrics.explain.links import Links
from metrics.explain.merged import merged
from metrics.explain.shelf import Shelf
from metrics.report.asking import limits
from metrics.report.content import QUESTIONS, Content, Question
from metrics.report.figures import Figure
from metrics.report.headlines import figures
from metrics.report.sections import Table
from metrics.workbench import Workbench

if TYPE_CHECKING:
    from hub.store.base import Store

RECORDS_SHOWN = 10
_MERGED_SHOWN = 6


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
    """The headlines that have a value; those of the same numbers are taken apart together."""
    of: dict[str, list[Figure]] = {}
    for figure in figures(content):
        if figure.source and figure.value is not None:
            of.setdefault(figure.source[0], []).append(figure)
    asked = [(question, of[question.name]) for question in QUESTIONS if question.name in of]
    shelf = Shelf()
    made = (_explained(bench, store, content, (links, shelf), headline) for headline in asked)
    return [entry for entry in made if entry]


def _explained(
    bench: Workbench, store: Store, content: Content, shared: tuple[Links, Shelf],
    headline: tuple[Question, Sequence[Figure]],
) -> Explained | None:  # fmt: skip
    """None where the whole cannot be taken apart."""
    (links, shelf), (question, of) = shared, headline
    request = bench.catalogue.request(
        question.metric, start=content.start, end=content.end, defaults=bench.defaults, given=question.given,
        only=content.only,
    )  # fmt: skip
    try:
        taken = explain(bench.engine, replace(request, by=()), [], shelf)
    except (MetricUndefined, UsageError):
        return None
    taken.merged = merged(store, taken.records, _MERGED_SHOWN)
    page = taken.records.page(RECORDS_SHOWN)
    heads, rows, right = tell.table(taken, page, lambda *_: None)
    printed = taken.document()
    inputs = [
        *((name, str(value), "measured") for name, value in printed["inputs"].items()),
        *((name, str(value), "parameter") for name, value in printed["parameters"].items() if value),
        *((output.name, str(value), output.title) for output, value in taken.outputs),
    ]
    given = [word for name, value in question.given.items() for word in ("--set", f"{name}={value}")]
    command = " ".join(shlex.quote(word) for word in ("hub", "explain", question.metric, *given, *limits(content)))
    return Explained(
        ", ".join(figure.title for figure in of), ", ".join(f"{figure.value} {figure.unit}" for figure in of), command,
        tell.notes(taken), Table(("Name", "Exact value", "What"), inputs, (False, True, False)),
        Table([head.capitalize() for head in heads], rows, right),
        [tell.link_of(record, links.of) for record in page], taken.records.count,
    )  # fmt: skip
