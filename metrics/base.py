"""The metrics that are there: ours, and those of plugins; and what a request for one may say."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from hub.errors import PluginError, UsageError
from hub.sdk.metric import Metric, Parameter
from metrics.dimensions import DIMENSIONS
from metrics.filters import NO_FILTERS, Filters


@dataclass(frozen=True)
class Request:
    """One computation: of what, by what, over which days (both included), with which parameters, limited to what."""

    metric: Metric
    by: tuple[str, ...]
    start: date | None = None
    end: date | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict)
    only: Filters = NO_FILTERS


class Catalogue:
    """Metrics by id, checked once: a metric with a fault is told and left out, the others stay."""

    def __init__(self, metrics: Iterable[Metric]) -> None:
        self.metrics: dict[str, Metric] = {}
        self.faults: list[PluginError] = []
        for metric in metrics:
            fault = _fault(metric, self.metrics)
            if fault:
                self.faults.append(PluginError(fault, fix="Report it to the metric's author."))
            else:
                self.metrics[metric.id] = metric

    def with_own(self, metrics: Iterable[Metric]) -> Catalogue:
        """The catalogue with metrics that the admin wrote, which were checked where they were read."""
        self.metrics |= {metric.id: metric for metric in metrics}
        return self

    def __getitem__(self, name: str) -> Metric:
        if name in self.metrics:
            return self.metrics[name]
        raise UsageError(
            f"there is no metric `{name[:60]}`.{_nearest(name, list(self.metrics))}",
            fix="`hub metrics list` shows all.",
        )

    def request(
        self,
        name: str,
        *,
        by: Sequence[str] = (),
        start: date | None = None,
        end: date | None = None,
        defaults: Mapping[str, Any] | None = None,
        given: Mapping[str, str] | None = None,
        only: Filters = NO_FILTERS,
    ) -> Request:
        """A checked request. Raises UsageError for a dimension or parameter that the metric does not have."""
        metric = self[name]
        if start and end and start > end:
            raise UsageError(f"the period ends ({end}) before it begins ({start}).")
        asked = tuple(by) or metric.by
        for dimension in asked:
            if dimension not in metric.groupings:
                raise UsageError(
                    f"{metric.id} cannot be grouped by `{dimension[:60]}`.{_nearest(dimension, metric.groupings)}",
                    fix=f"It can by: {', '.join(metric.groupings) or 'nothing'}.",
                )
        needed = tuple(name for name in metric.always if name not in asked)
        parameters = _parameters(metric, defaults or {}, given or {})
        return Request(only.fitting(metric), asked + needed, start, end, parameters, only)


def _nearest(wrong: str, known: Sequence[str]) -> str:
    """`Did you mean ...?`, or nothing."""
    found = difflib.get_close_matches(wrong, known, n=1, cutoff=0.5)
    return f" Did you mean `{found[0]}`?" if found else ""


def _parameters(metric: Metric, defaults: Mapping[str, Any], given: Mapping[str, str]) -> dict[str, Any]:
    known = {parameter.name: parameter for parameter in metric.parameters}
    for name in given:
        if name not in known:
            raise UsageError(
                f"{metric.id} has no parameter `{name[:60]}`.{_nearest(name, list(known))}",
                fix=f"It has: {', '.join(known) or 'none'}.",
            )
    values = {}
    for name, parameter in known.items():
        preset = defaults.get(name)
        values[name] = _value(metric, parameter, given[name]) if name in given else (
            parameter.default if preset is None else preset
        )  # fmt: skip
    return values


def _value(metric: Metric, parameter: Parameter, text: str) -> Any:
    try:
        if parameter.kind == "decimal":
            value = Decimal(text)
            if value.is_finite() and abs(value) < 10**18:
                return value
        elif parameter.kind == "integer":
            return int(text)
        elif text in parameter.choices:
            return text
    except (InvalidOperation, ValueError):
        pass
    expected = f"one of {', '.join(parameter.choices)}" if parameter.choices else f"a {parameter.kind} number"
    raise UsageError(f"{metric.id}: `{parameter.name}` must be {expected}.", fix=parameter.description)


def _fault(metric: Any, taken: Mapping[str, Metric]) -> str:
    if not isinstance(metric, Metric):
        return f"`hub_metrics` returned {metric!r:.60}, which is no Metric."
    if metric.id in taken:
        return f"there are two metrics called `{metric.id}`; the later one is not used."
    named = (*metric.groupings, *metric.by, *metric.always, *metric.attaches, *metric.within)
    unknown = [name for name in named if name not in DIMENSIONS]
    if unknown:
        return f"metric {metric.id} names dimensions that do not exist: {', '.join(dict.fromkeys(unknown))}."
    if metric.value not in {output.name for output in metric.outputs}:
        return f"metric {metric.id} has no output called `{metric.value}`."
    return ""
