"""The command that takes a figure of the report apart, with the report's own period and filters."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from datetime import date
from typing import Any

from hub.sdk.metric import Metric
from metrics.dimensions import DIMENSIONS
from metrics.report.cited import Asked
from metrics.report.content import Content


def asked(content: Content, name: str, rows: Sequence[dict[str, Any]]) -> str:
    """`hub explain ...` for the first of these rows of a result; nothing where there is none."""
    result = content.result(name)
    if result is None or not rows:
        return ""
    by = [each for each in result.by if each in DIMENSIONS]
    keys = [key_of(each, rows[0]) for each in by]
    words = ["hub", "explain", result.metric.id, *keys]
    for each in by if tuple(by) != result.metric.by else ():
        words += ["--by", each]
    for parameter in result.metric.parameters:
        value = result.parameters.get(parameter.name)
        if value is not None and value != parameter.default:
            words += ["--set", f"{parameter.name}={value}"]
    return " ".join(shlex.quote(word) for word in [*words, *limits(content)])


def command_of(content: Content, metric: Metric, asked: Asked, keys: Sequence[Any]) -> str:
    """`hub explain ...` for one row of a metric."""
    row = dict(zip(asked.columns, keys, strict=True))
    words = ["hub", "explain", metric.id, *(key_of(each, row) for each in asked.by)]
    for each in asked.by if asked.by != metric.by else ():
        words += ["--by", each]
    for name, value in asked.given:
        words += ["--set", f"{name}={value}"]
    return " ".join(shlex.quote(word) for word in [*words, *limits(content, asked.span)])


def limits(content: Content, span: tuple[date, date] | None = None) -> list[str]:
    """The report's period, or another one, and its filters as options."""
    words = []
    start, end = span or (content.start, content.end)
    for option, value in (("--from", start), ("--to", end)):
        words += [option, f"{value}"] if value else []
    for option, values in content.only.document().items():
        words += [word for value in values for word in (f"--{option}", value)]
    return words


def key_of(dimension: str, row: dict[str, Any]) -> str:
    """The key of a row in one dimension, as `hub explain` reads it."""
    parts = [row[key] for key in DIMENSIONS[dimension].keys]
    if parts[-1] is None:
        return "-"
    return "/".join(_written(part, dimension) for part in parts if part is not None)


def _written(value: Any, dimension: str) -> str:
    """As `hub explain` reads it."""
    if isinstance(value, date):
        return f"{value:%Y-%m}" if dimension in ("month", "cohort") else value.isoformat()
    return str(value)
