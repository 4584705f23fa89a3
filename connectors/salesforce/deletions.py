"""What was deleted for good: rows that left the recycle bin are in no query, only in Salesforce's log of 15 days."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import Any

from connectors.salesforce.org import Org
from connectors.salesforce.plan import Plan
from connectors.salesforce.refusals import TooManyIds
from hub.sdk import SourceChanged, iso_moment

log = logging.getLogger(__name__)

_KEPT = timedelta(days=15)
_MARGIN = timedelta(minutes=10)
"""Asked again, and kept from the end of the log: the vendor wants a window of a minute at least."""
_SHORTEST = timedelta(minutes=4)
_PAUSE = timedelta(hours=1)
"""Deleted rows come with the changes of each run; the log only adds those that were purged since."""


def logged_deletions(org: Org, plan: Plan, covered: str | None) -> tuple[list[str], str | None]:
    """Ids deleted since the log was read last, and how far it is read now. The log is not asked twice within an hour.

    covered   how far it was read before; None: never, so it is read from now on
    """
    now = org.now()
    if not plan.logged:
        return [], None
    if covered is None:
        return [], now.isoformat()
    since = datetime.fromisoformat(covered)
    if now - since < _PAUSE:
        return [], covered
    start = since - _MARGIN
    if start < now - _KEPT:
        log.warning(
            "%s: what was deleted for good between %s and 15 days ago is not known; `hub sync --verify` finds it",
            plan.table,
            f"{since:%Y-%m-%d}",
        )
        start = now - _KEPT + _MARGIN
    return _between(org, plan.table, start, now)


def _between(org: Org, table: str, start: datetime, end: datetime) -> tuple[list[str], str]:
    """The log between two moments, in halves where it tells too many ids at once."""
    try:
        answer = org.deleted(table, start, end)
    except TooManyIds:
        if end - start < _SHORTEST:
            raise
        middle = start + (end - start) / 2
        first, _ = _between(org, table, start, middle)
        second, covered = _between(org, table, middle, end)
        return first + second, covered
    return _ids(answer), _covered(answer, end)


def _ids(answer: Any) -> list[str]:
    records = answer.get("deletedRecords") if isinstance(answer, dict) else None
    if not isinstance(records, list):
        raise SourceChanged('there is no list of "deletedRecords" in the log of deletions.', fix="Report it.")
    return [record["id"] for record in records if isinstance(record, dict) and isinstance(record.get("id"), str)]


def _covered(answer: Any, now: datetime) -> str:
    """The log may lag behind: a long transaction holds it back."""
    covered = iso_moment(answer.get("latestDateCovered"))
    return min(covered, now).isoformat() if covered else (now - _PAUSE).isoformat()
