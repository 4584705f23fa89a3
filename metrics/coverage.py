"""What counts in a result, what does not and why, and when that leaves no number at all."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from hub.errors import MetricUndefined
from hub.sdk.metric import Facts, Metric
from metrics.base import Request
from metrics.result import Aside


def coverage(request: Request, counting: Iterable[tuple[Any, ...]]) -> tuple[dict[str, int], list[Aside]]:
    """What counts, by kind; and what does not, or with a reservation."""
    counted: dict[str, int] = {}
    asides: dict[tuple[str, str, bool], int] = {}
    for kind, left_out, assumed, rows in counting:
        if left_out is None:
            counted[kind] = counted.get(kind, 0) + rows
        code, is_counted = (assumed, True) if left_out is None else (left_out, False)
        if code is not None:
            asides[kind, code, is_counted] = asides.get((kind, code, is_counted), 0) + rows
    facts = request.metric.facts_for(request.by)
    listed = [_aside(facts, *key, rows) for key, rows in asides.items()]
    return counted, sorted(listed, key=lambda aside: (aside.by_rule, -aside.rows, aside.code, aside.detail, aside.kind))


def _aside(facts: Facts, kind: str, code: str, is_counted: bool, rows: int) -> Aside:
    name, _, detail = code.partition(":")
    reason = facts.reasons.get(name)
    text, by_rule = (reason.text, reason.by_rule) if reason else (name.replace("_", " "), False)
    return Aside(kind, name, detail, text, rows, by_rule, is_counted)


def refusal(metric: Metric, counted: dict[str, int], asides: Sequence[Aside]) -> MetricUndefined | None:
    for need in metric.needs:
        if not counted.get(need.kind):
            why = "; ".join(str(aside) for aside in asides if aside.kind == need.kind and not aside.counted)
            problem = f"{need.problem}{f' ({why})' if why else ''}."
            return MetricUndefined(problem, fix=need.fix, where=metric.id)
    if not any(counted.values()):
        why = "; ".join(str(aside) for aside in asides)
        problem = f"no record counts{f' ({why})' if why else ': nothing is held for it'}."
        return MetricUndefined(problem, fix="Sync its sources, or widen the period.", where=metric.id)
    return None
