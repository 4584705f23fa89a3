"""Reports of metrics that somebody chose: every one of them in the same way, whatever it is."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from hub.sdk.metric import MONEY
from metrics import text
from metrics.base import Catalogue
from metrics.report import charts, labels
from metrics.report.cited import Source, cites
from metrics.report.tables import figure_of, titled
from metrics.result import Column, Result

if TYPE_CHECKING:
    from metrics.report.content import Content, Question
    from metrics.report.figures import Figure
    from metrics.report.sections import Section

TOP_ROWS = 20
_BARS = 12


def questions(known: Catalogue, names: Sequence[str]) -> list[Question]:
    """Each metric by its usual grouping. Raises UsageError for one that is not there."""
    from metrics.report.content import Question

    return [Question(known[name].id, known[name].id) for name in dict.fromkeys(names)]


def beyond(known: Catalogue, asked: Sequence[Question]) -> list[Question]:
    """A question for each metric that nobody has asked for yet."""
    taken = {question.metric for question in asked}
    return questions(known, [name for name in known.metrics if name not in taken])


def headline(name: str, result: Result) -> Figure:
    """One figure for one result: its value, its sum, or how many rows there are."""
    from metrics.report.figures import Figure

    output = result.metric.output(result.metric.value)
    value, is_figure = figure_of(result)
    if not is_figure:
        return Figure(result.metric.title, f"{result.count:,}", "rows", titled(result))
    if output.unit == "share" and isinstance(value, Decimal):
        return Figure(result.metric.title, f"{text.rounded(value * 100, 1)}", "%", output.title, (name, output.name))
    unit = result.currency if output.unit == MONEY else output.unit
    by = ", ".join(result.by)
    note = f"{output.title}, all together: the table has it by {by}" if result.count > 1 else output.title
    brief = labels.short(value, output.unit) if isinstance(value, Decimal | int) else None
    return Figure(result.metric.title, text.figure(value, output.unit), unit, note, (name, output.name), brief)


def section(content: Content, name: str, result: Result) -> Section:
    """A chart where there is something to draw, and the first rows."""
    from metrics.report.asking import asked
    from metrics.report.sections import Section, Table

    place = next(i for i, column in enumerate(result.columns) if column.name == result.metric.value)
    rows = result.rows if _is_calendar(result) else _largest(result, place)
    shown = rows[-TOP_ROWS:] if _is_calendar(result) else rows[:TOP_ROWS]
    cells = [[_cell(c, value) for c, value in zip(result.columns, row, strict=True)] for row in shown]
    drawn = _chart(result, rows, place)
    more = f" {len(shown):,} of {result.count:,} rows." if len(shown) < result.count else ""
    return Section(
        titled(result),
        f"{result.metric.grain[:1].upper()}{result.metric.grain[1:]}.{more}",
        drawn,
        Table(
            [column.title for column in result.columns], cells,
            [column.role == "figure" and column.unit not in ("day", "text") for column in result.columns],
            [_cites(content, name, result, row) for row in shown],
        ),
        wide=len(result.columns) > 5 or _is_calendar(result),
        is_open=not drawn,
        explain=asked(content, name, [dict(zip((c.name for c in result.columns), row, strict=True)) for row in shown]),
    )  # fmt: skip


def _cites(content: Content, name: str, result: Result, row: Sequence[Any]) -> list[Source]:
    named = dict(zip((column.name for column in result.columns), row, strict=True))
    return cites(content, name, named, [c.name if c.role == "figure" else None for c in result.columns])


def _chart(result: Result, rows: Sequence[tuple[Any, ...]], place: int) -> str:
    drawn = [row for row in rows if isinstance(row[place], Decimal | int)]
    if len(drawn) < 2:
        return ""
    unit = result.columns[place].unit
    bars = [
        charts.Bar(_label(result, row), charts.size(Decimal(row[place])),
                   f"{_label(result, row)}: {text.figure(row[place], unit)}", value=labels.short(row[place], unit))
        for row in (drawn if _is_calendar(result) else drawn[:_BARS])
    ]  # fmt: skip
    if _is_calendar(result) and len(result.by) == 1:
        axis = result.currency if unit == MONEY else unit
        return charts.columns([(bar.label, [bar]) for bar in bars], axis, titled(result))
    return charts.rows(bars[:_BARS], titled(result))


def _label(result: Result, row: Sequence[Any]) -> str:
    """What a row is called: its names, else its keys."""
    labels = [v for c, v in zip(result.columns, row, strict=True) if c.role == "label" and v is not None]
    keys = [text.period(v, c.name) for c, v in zip(result.columns, row, strict=True) if c.role == "key"]
    return text.printable(" · ".join(map(str, labels[:1] or keys)), 40)


def _largest(result: Result, place: int) -> list[tuple[Any, ...]]:
    rows = [row for row in result.rows if isinstance(row[place], Decimal | int)]
    return sorted(rows, key=lambda row: -Decimal(row[place])) if rows else result.head(TOP_ROWS)


def _is_calendar(result: Result) -> bool:
    return bool(result.by) and result.by[0] in ("day", "month", "quarter", "year")


def _cell(column: Column, value: Any) -> str:
    if column.unit == "share" and isinstance(value, Decimal):
        return labels.percent(value)
    if column.role == "figure" and not isinstance(value, date):
        return text.figure(value, column.unit)
    return text.printable(text.period(value, column.name))
