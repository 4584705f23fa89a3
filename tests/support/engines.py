"""Asks several engines the same, and compares what they say."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import Any

from support.canonical import CATALOGUE, DEFAULTS

from metrics.base import Request
from metrics.compiled import key_of, shipped
from metrics.engine import Engine
from metrics.result import Result


def usual() -> list[Request]:
    """Every metric by its usual grouping."""
    return [CATALOGUE.request(name, defaults=DEFAULTS) for name in CATALOGUE.metrics]


def by_each_dimension() -> list[Request]:
    """Every metric by each dimension that it can be grouped by, one at a time."""
    return [
        CATALOGUE.request(metric.id, by=[dimension], defaults=DEFAULTS)
        for metric in CATALOGUE.metrics.values()
        for dimension in metric.groupings
    ]


def with_kept_sql() -> list[Request]:
    """Every metric by its usual grouping, and by further dimensions whose SQL came with the hub, each of them once:
    making SQL takes most of the time."""
    found, known = usual(), shipped()
    seen = {name for request in found for name in request.by}
    for request in by_each_dimension():
        if key_of(request.metric, request.by, True) in known and not set(request.by) <= seen:
            found.append(request)
            seen |= set(request.by)
    return found


def differences(
    one: Engine, other: Engine, requests: list[Request], *, left_to_the_first: Collection[str] = ()
) -> list[str]:  # fmt: skip
    """What the two do not say alike; they are asked for all at once. Of some metrics the other has to say in a note
    that it leaves them to the first."""
    pairs = zip(requests, one.compute_all(requests), other.compute_all(requests), strict=True)
    found = []
    for request, mine, theirs in pairs:
        is_left = request.metric.id in left_to_the_first
        assert not is_left or theirs.note, request.metric.id
        found.append(_difference(request, mine, replace(theirs, note=mine.note) if is_left else theirs))
    return [difference for difference in found if difference]


def _difference(request: Request, mine: Any, theirs: Any) -> str:
    told, also = _told(mine), _told(theirs)
    if told == also:
        return ""
    name = f"{request.metric.id} by {', '.join(request.by) or 'nothing'}"
    if isinstance(told, str) or isinstance(also, str):
        return f"{name}: {str(told)[:300]} / {str(also)[:300]}"
    for part in ("about", "rows"):
        unlike = [pair for pair in zip(told[part], also[part], strict=False) if pair[0] != pair[1]]
        if unlike or len(told[part]) != len(also[part]):
            return f"{name}: {len(told[part])} / {len(also[part])} {part}; {unlike[:2]}"
    return name


def _told(outcome: Any) -> Any:
    if not isinstance(outcome, Result):
        return f"{outcome} {outcome.fix}"
    about = {name: value for name, value in outcome.about().items() if name != "engine"}
    typed = [tuple((cell, type(cell).__name__) for cell in row) for row in outcome.rows]
    return {"about": sorted(about.items(), key=repr), "rows": typed}
