"""Which figure a cell of the report is: a row and an output of a metric, or a sum that the report makes of rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from metrics.dimensions import DIMENSIONS

if TYPE_CHECKING:
    from metrics.report.content import Content


@dataclass(frozen=True)
class Asked:
    """What was asked of a metric; the filters are the report's, and so is the period, as a rule."""

    metric: str
    by: tuple[str, ...]
    given: tuple[tuple[str, str], ...] = ()
    span: tuple[date, date] | None = None
    """Another period than the report's."""

    @property
    def columns(self) -> tuple[str, ...]:
        """The key columns of its rows."""
        return tuple(dict.fromkeys(key for name in self.by for key in DIMENSIONS[name].keys))


@dataclass(frozen=True)
class Cited:
    """One output of the row that has these keys."""

    asked: Asked
    keys: tuple[Any, ...]
    output: str


@dataclass(frozen=True)
class Summed:
    """What the report says that is no single row of a metric: a sum, a change, a finding.

    rows     the first of `count` rows: what each says, and where its first cell leads
    command  shows all of them
    what     what `command` does
    """

    title: str
    value: str
    formula: str
    heads: tuple[str, ...]
    rows: tuple[tuple[tuple[str, ...], Cited | Summed | Held | None], ...]
    count: int
    command: str
    what: str = "All rows"


@dataclass(frozen=True)
class Held:
    """A record, which has a page in its system."""

    source: str
    entity: str
    source_id: str


Source = Cited | Summed | Held | None
"""Where a cell comes from; None where it is no figure."""


def asked_of(content: Content, name: str, by: tuple[str, ...] | None = None) -> Asked:
    """What a result of the report answers; `by` other dimensions than it has."""
    from metrics.report.content import QUESTIONS

    question = next((question for question in QUESTIONS if question.name == name), None)
    metric = content.results[name].metric.id
    given = tuple(sorted(question.given.items())) if question and not content.chosen else ()
    return Asked(metric, content.results[name].by if by is None else by, given)


def cites(
    content: Content, name: str, row: Mapping[str, Any], outputs: Sequence[str | None],
    by: tuple[str, ...] | None = None,
) -> list[Source]:  # fmt: skip
    """A row of a table: the output that each cell shows, None where it is no figure."""
    asked = asked_of(content, name, by)
    keys = tuple(row[column] for column in asked.columns)
    return [Cited(asked, keys, output) if output else None for output in outputs]
