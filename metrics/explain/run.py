"""What `hub explain` does: settings, store and engine brought together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from hub.errors import UsageError
from metrics.base import Catalogue, Request
from metrics.explain import explain
from metrics.explain.explanation import Explanation
from metrics.explain.merged import merged
from metrics.snapshots.restated import BASIS_FOLDER, known_then, restated, touched_since
from metrics.workbench import catalogue, workbench

if TYPE_CHECKING:
    from hub.session import Session

Chosen = Sequence[Sequence[str]]
"""Sources, customers, countries, products, as a user names them."""


def explained(
    session: Session,
    metric: str,
    keys: Sequence[str],
    asked: dict[str, Any],
    as_of: datetime | None = None,
    *,
    only: Chosen = (),
) -> Explanation:
    """The explanation of one number as it is now, with the bridge from what was known at `as_of`.

    `asked` as for a request; `only` what it is limited to. Raises as `explain` does."""
    known = catalogue(session)
    request_for(known, metric, keys, asked)  # a wrong request is told before anything is opened
    with workbench(session, known) as bench:
        request = request_for(known, metric, keys, {**asked, "defaults": bench.defaults, "only": bench.only(*only)})
        found = explain(bench.engine, request, keys)
        if as_of is not None:
            with session.open_store() as store:
                snapshot = known_then(store, request, as_of)
                touched = touched_since(store.changes(snapshot.sequence))
            folder = session.state_dir / BASIS_FOLDER
            found.restated = restated(bench.engine, request, snapshot, folder, keys, touched=touched)
    with session.open_store() as store:
        found.merged = merged(store, found.records)
    return found


def request_for(known: Catalogue, metric: str, keys: Sequence[str], asked: dict[str, Any]) -> Request:
    """The request for one row; without a key it is the whole, whatever the metric is usually grouped by."""
    request = known.request(metric, **asked)
    if keys and not request.by:
        raise UsageError(
            f"{request.metric.id} is one number, not one for each key.",
            fix=f"Say what {keys[0][:60]!r} is: --by {' or --by '.join(request.metric.groupings) or 'nothing'}.",
        )
    if keys or request.metric.always:
        return request
    if asked.get("by"):
        raise UsageError("`--by` needs a KEY: which one?", fix=f"hub explain {metric} KEY --by {asked['by'][0]}")
    return replace(request, by=())
