"""A report as it was known at a moment: every number out of its snapshot, none computed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from hub.errors import MetricUndefined, UsageError
from hub.store.snapshots import Snapshots
from metrics.base import Catalogue
from metrics.report.content import Content, Question
from metrics.snapshots import key_of, result_of, sources_then

if TYPE_CHECKING:
    from hub.store.base import Store


def content_then(
    store: Store, known: Catalogue, project: str, questions: Sequence[Question], moment: datetime,
    *, period: tuple[date | None, date | None], defaults: Mapping[str, Any], zone: str, chosen: bool = False,
) -> Content:  # fmt: skip
    """What a report said at a moment. Raises UsageError where none was made by then.

    What waited in quarantine then is not kept.
    """
    kept = Snapshots(store)
    content = Content(project, moment, "", zone, *period, chosen=chosen)
    for question in questions:
        request = known.request(
            question.metric, by=question.by, start=period[0], end=period[1], defaults=defaults, given=question.given
        )
        snapshot = kept.known_at(request.metric.id, key_of(request), moment)
        if request.metric not in content.metrics:
            content.metrics.append(request.metric)
        if snapshot is None:
            problem = f"it was not computed by {moment:%Y-%m-%d %H:%M} UTC."
            content.refused[question.name] = MetricUndefined(problem, fix="", where=request.metric.id)
            continue
        content.results[question.name] = result_of(snapshot, request)
        content.currency = content.results[question.name].currency
        content.sources = sources_then(snapshot)
    if not content.results:
        raise UsageError(
            f"no report was made by {moment:%Y-%m-%d %H:%M} UTC.", fix="See `hub metrics history revenue`."
        )
    return content
