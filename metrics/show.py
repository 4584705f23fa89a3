"""What `hub metrics` prints."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any

from hub.errors import MetricUndefined, UsageError
from hub.output import talk
from hub.sdk.metric import Metric
from metrics import text
from metrics.base import Catalogue
from metrics.engine import Outcome
from metrics.result import Result, plain_text
from metrics.sources import Source

_WELL = ("ok", "partial", "running")
_ADDED_UP = 1000
"""Rows of a result that a headline is the sum of, at most."""


def asked(
    by: Sequence[str] | None, start: datetime | None, end: datetime | None, parameters: Sequence[str] | None
) -> dict[str, Any]:
    """The options of a command as those of a request."""
    given = {}
    for entry in parameters or ():
        name, equals, value = entry.partition("=")
        if not equals:
            raise UsageError(f"`--set {entry[:60]}` has no value.", fix="Write --set NAME=VALUE.")
        given[name.strip()] = value.strip()
    names = [name.strip() for entry in by or () for name in entry.split(",")]
    return {"by": names, "start": start.date() if start else None, "end": end.date() if end else None, "given": given}


def definition(metric: Metric) -> dict[str, Any]:
    """All that a metric says about itself."""
    return {
        "id": metric.id,
        "title": metric.title,
        "family": metric.family,
        "unit": metric.unit,
        "grain": metric.grain,
        "dimensions": list(metric.groupings),
        "by": list(metric.by),
        "formula": metric.formula,
        "source": metric.source,
        "exclusions": metric.exclusions,
        "undefined_when": metric.undefined_when,
        "outputs": [
            {"name": output.name, "title": output.title, "unit": output.unit, "digits": output.digits}
            for output in metric.outputs
        ],
        "parameters": [
            {
                "name": parameter.name,
                "kind": parameter.kind,
                "default": plain_text(parameter.default),
                "choices": list(parameter.choices),
                "description": parameter.description,
            }
            for parameter in metric.parameters
        ],
    }


def listing(known: Catalogue) -> list[str]:
    rows = [["METRIC", "UNIT", "GRAIN", "BY"]]
    rows += [[m.id, m.unit, m.grain, ", ".join(m.groupings)] for m in known.metrics.values()]
    return text.aligned(rows, [False] * 4)


def faults(known: Catalogue) -> None:
    """Tell which metrics of plugins are not used, and why."""
    for fault in known.faults:
        talk(str(fault))


def page(result: Result, sources: Sequence[Source], limit: int) -> list[str]:
    """A metric's numbers with everything needed to trust them."""
    metric = result.metric
    return [
        f"{metric.title} ({metric.id})",
        "",
        *text.table(result, limit),
        "",
        *text.about(result),
        f"Formula: {metric.formula}",
        f"Rule: {metric.exclusions}",
        "Sources:",
        *text.bullets(source_lines(sources)),
    ]


def source_lines(sources: Sequence[Source]) -> Iterator[str]:
    """A line for each system, and one for each of its streams that somebody should look at."""
    for name, found in groupby(sources, lambda source: source.source):
        streams = list(found)
        troubled = [each for each in streams if each.quarantined or not each.fresh_at or each.last_status not in _WELL]
        fresh = [each.fresh_at for each in streams if each.fresh_at and each not in troubled]
        if len(streams) == 1:
            yield source_line(streams[0])
            continue
        if fresh:
            yield f"{name}: {len(fresh)} streams, complete; read on {min(fresh):%Y-%m-%d %H:%M} UTC or later"
        yield from map(source_line, troubled)


def source_line(source: Source) -> str:
    """Where numbers come from, in a line: how fresh, how much, and what is wrong with it."""
    fresh = f"read on {source.fresh_at:%Y-%m-%d %H:%M} UTC" if source.fresh_at else "never read completely"
    held = f", {source.held:,} records" if source.held is not None else ""
    total = f" out of {source.total:,} rows there" if source.total is not None and held else ""
    waiting = f", {source.quarantined:,} rows in quarantine" if source.quarantined else ""
    failed = f", last run {source.last_status}" if source.last_status not in _WELL else ""
    return f"{source.source}/{source.stream}: {fresh}{held}{total}{waiting}{failed}"


def headlines(known: Catalogue, outcomes: Mapping[str, Outcome]) -> list[str]:
    """One line a metric: its headline, or why there is none."""
    rows = []
    for name, result in outcomes.items():
        metric = known[name]
        if isinstance(result, MetricUndefined):
            rows.append([name, "undefined", f"{result.problem} {result.fix}"])
        else:
            rows.append([name, *headline(metric, result)])
    return text.aligned(rows, [False, True, False])


def headline(metric: Metric, result: Result) -> tuple[str, str]:
    """A value and what it is: the sum or the single value, or how many rows there are; of many rows nothing is added
    up, since that would make them all."""
    output = metric.output(metric.value)
    unit = result.currency if output.unit == "money" else output.unit
    if result.count == 1 or (result.count <= _ADDED_UP and output.unit in ("money", "units", "orders")):
        return text.figure(result.value, output.unit, digits=4), f"{unit}: {output.title}"
    return f"{result.count:,}", f"rows by {', '.join(result.by)}: {output.title}"


def outcome(found: Outcome) -> dict[str, Any]:
    if isinstance(found, MetricUndefined):
        return {"undefined": found.problem, "fix": found.fix}
    return found.document()
