"""A query read page by page, in the order of its change stamps, so that it can be taken up again anywhere."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import quote_plus

from connectors.salesforce.org import Org
from connectors.salesforce.plan import Plan
from connectors.salesforce.progress import Progress
from connectors.salesforce.refusals import LocatorGone
from connectors.salesforce.rows import Sorted, sorted_rows
from connectors.salesforce.soql import KEY, Window
from hub.sdk import ConfigError, SourceChanged, guard_tokens

log = logging.getLogger(__name__)

_LONGEST_QUERY = 14_000
"""Characters of a query in an address: Salesforce takes 16,384 bytes with all headers."""
_MAX_RESTARTS = 100
"""So many places of one query forgotten: Salesforce forgets them faster than we read."""


class TooManyRows(Exception):
    """The result, or the query itself, is so large that a Bulk job pays."""


class PagedQuery:
    """One query. `limit`: raise TooManyRows where the first answer tells more rows than that; None never does."""

    def __init__(
        self, org: Org, plan: Plan, window: Window, progress: Progress, *, extra: Sequence[str], limit: int | None
    ) -> None:
        self._org = org
        self._plan = plan
        self._window = window
        self._progress = progress
        self._extra = extra
        self._limit = limit

    def pages(self) -> Iterator[Sorted]:
        """The pages; `progress` stands behind each as it is handed out."""
        progress = self._progress
        seen: set[str] = set()
        restarts = 0
        while True:
            try:
                answer = self._org.query_more(progress.link) if progress.link else self._asked()
            except LocatorGone:
                restarts += 1
                if progress.link is None or progress.after is None or restarts > _MAX_RESTARTS:
                    raise
                log.info("Salesforce has forgotten the place in the result; the query goes on after the last row")
                progress.link = None
                continue
            rows = answer["records"]
            link = _next_link(answer)
            if link:
                guard_tokens(seen, link, self._plan.table)
            self._count(rows, link)
            page = sorted_rows(rows, self._plan)
            progress.gone += len(page.gone)
            yield page
            if link is None:
                return

    def _asked(self) -> dict[str, Any]:
        """The query's first page, or the first after the last row that came."""
        progress = self._progress
        window = replace(self._window, after=progress.after)
        query = self._plan.query(window, self._extra)
        if len(quote_plus(query)) > _LONGEST_QUERY:
            self._refuse_long()
        answer = self._org.query(query, deleted_too=self._plan.soft_delete)
        total = answer.get("totalSize")
        if not isinstance(total, int):
            raise SourceChanged("a query's answer has no totalSize.", fix="Report it to the connector's author.")
        if self._limit is not None and progress.after is None and total > self._limit:
            raise TooManyRows
        progress.expected = progress.seen + total
        return answer

    def _refuse_long(self) -> None:
        """An address holds so much; a job takes its query in the body."""
        if self._limit is not None:
            raise TooManyRows
        raise ConfigError(
            f"the query of {self._plan.table} is too long for an address.", fix="Ask for fewer fields under `fields:`."
        )

    def _count(self, rows: list[dict[str, Any]], link: str | None) -> None:
        progress = self._progress
        progress.seen += len(rows)
        progress.link = link
        last = rows[-1] if rows else {}
        stamp = last.get(self._plan.cursor) if self._plan.cursor else ""
        key = last.get(KEY)
        if isinstance(stamp, str) and isinstance(key, str):
            progress.after = (stamp, key)


def _next_link(answer: dict[str, Any]) -> str | None:
    link = answer.get("nextRecordsUrl")
    if answer.get("done") is True:
        return None
    if not isinstance(link, str):
        raise SourceChanged("a page promises another one, and no link leads there.", fix="Report it.")
    return link
