"""Results as pages show them: texts, a chart, and the key of each row for taking it apart."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from hub.sdk.metric import MONEY
from metrics import text
from metrics.explain.explanation import Explanation
from metrics.report import charts
from metrics.result import Column, Result, plain_text

_CALENDAR = ("day", "week", "month", "quarter", "year")
_COLUMNS, _BARS = 60, 15


def result(found: Result, limit: int) -> dict[str, Any]:
    """A result: the document of `hub metrics show --json`, with `cells`, `keys`, `right`, `headline` and `chart`."""
    rows = found.head(limit)
    document = {**found.about(), "columns": _columns(found), "count": found.count}
    document["cells"] = [[_cell(c, v) for c, v in zip(found.columns, row, strict=True)] for row in rows]
    document["rows"] = [
        {c.name: plain_text(v) for c, v in zip(found.columns, row, strict=True)} for row in rows
    ]  # fmt: skip
    document["keys"] = [_key(found.columns, row) for row in rows]
    document["right"] = [c.role == "figure" and c.unit not in ("day", "text") for c in found.columns]
    document["headline"] = _headline(found)
    document["chart"] = chart(found, rows)
    document["notes"] = text.about(found)
    return document


def _columns(found: Result) -> list[dict[str, str]]:
    return [
        {"name": c.name, "title": c.title, "unit": found.currency if c.unit == MONEY else c.unit, "role": c.role}
        for c in found.columns
    ]


def _cell(column: Column, value: Any) -> str:
    if column.role == "figure":
        return text.figure(value, column.unit, digits=4)
    return text.printable(text.period(value, column.name))


def _key(columns: Sequence[Column], row: Sequence[Any]) -> list[str]:
    """What `explain` knows the row by; nothing where a key is missing."""
    keys = [(c, v) for c, v in zip(columns, row, strict=True) if c.role == "key"]
    if any(value is None for _, value in keys):
        return []
    return [text.period(value, column.name) if isinstance(value, date) else str(value) for column, value in keys]


def _headline(found: Result) -> dict[str, str]:
    """The one number, where there is one."""
    output = found.metric.output(found.metric.value)
    unit = found.currency if output.unit == MONEY else output.unit
    if found.count == 1 or output.unit in (MONEY, "units", "orders"):
        return {"value": text.figure(found.value, output.unit, digits=4), "unit": unit, "title": output.title}
    return {"value": f"{found.count:,}", "unit": "", "title": f"rows by {', '.join(found.by)}"}


def chart(found: Result, rows: Sequence[Sequence[Any]]) -> str:
    """Columns over time, else bars of the largest; nothing where there are too few figures."""
    place = next(i for i, column in enumerate(found.columns) if column.name == found.metric.value)
    unit = found.columns[place].unit
    drawn = [row for row in rows if isinstance(row[place], Decimal | int) and not isinstance(row[place], bool)]
    if len(drawn) < 2 or not found.by:
        return ""
    if len(found.by) == 1 and found.by[0] in _CALENDAR:
        bars = [_bar(found, row, place, unit) for row in drawn[-_COLUMNS:]]
        axis = found.currency if unit == MONEY else unit
        return charts.columns([(bar.label, [bar]) for bar in bars], axis, found.metric.title)
    largest = sorted(drawn, key=lambda row: -abs(Decimal(row[place])))[:_BARS]
    return charts.rows([_bar(found, row, place, unit) for row in largest], found.metric.title)


def _bar(found: Result, row: Sequence[Any], place: int, unit: str) -> charts.Bar:
    label = _label(found.columns, row)
    return charts.Bar(label, charts.size(row[place]), f"{label}: {text.figure(row[place], unit)}")


def _label(columns: Sequence[Column], row: Sequence[Any]) -> str:
    """What a row is called: its names, else its keys."""
    both = list(zip(columns, row, strict=True))
    names = [str(value) for column, value in both if column.role == "label" and value is not None]
    keys = [text.period(value, column.name) for column, value in both if column.role == "key"]
    return text.printable(" · ".join(names[:1] or keys), 40)


def explanation(found: Explanation) -> dict[str, Any]:
    """The figures of an explanation, for reading."""
    output = found.metric.output(found.metric.value)
    return {
        "value": text.figure(found.value, output.unit, digits=2 if output.unit == MONEY else 4),
        "figures": [
            {"title": o.title, "unit": found.unit(o), "value": text.figure(v, o.unit, digits=4)}
            for o, v in found.outputs
        ],
        "group": [text.printable(text.period(value, name)) for name, value in found.group.items()],
    }  # fmt: skip
