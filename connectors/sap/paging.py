"""Pages of sets with long keys: stock has eleven parts, and a filter after all of them would fill the address."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from hub.sdk import SourceChanged
from hub.sdk.http.paging import DONE
from hub.sdk.odata import ODataPage, ODataSource, Query, SkipPages, all_of, eq, gt
from hub.sdk.odata.paging import linked

Json = dict[str, Any]
Row = dict[str, Any]


@dataclass(frozen=True)
class GroupedPages:
    """Pages that end with a whole group of rows with the same value: the next one is `by gt 'value'`.

    What a full page has of its last group is left for the next page. A group that is larger than a page is read by
    itself. Rows that come or go meanwhile move no others, but within such a group.
    """

    size: int
    by: str

    def walk(self, source: ODataSource, query: Query, resume: Json | None) -> Iterator[ODataPage]:
        if resume == DONE:
            return
        last: Any = resume["after"] if resume else None
        ordered = query.with_(orderby=source.keys(query.path), top=self.size)
        while True:
            beyond = gt(self.by, last) if last is not None else None
            found = self._fetched(
                source, ordered.with_(filter=all_of(query.filter, beyond), count=last is None and query.count)
            )
            rows, is_full = found.rows, len(found.rows) >= self.size
            group: Any = rows[-1].get(self.by) if is_full else None
            if is_full and not isinstance(group, str):
                raise SourceChanged(f"a row came without {self.by}.", fix="Report it to the connector's author.")
            if last is not None and any(row.get(self.by) == last for row in rows):
                raise SourceChanged(
                    f"{query.path}: rows after the last {self.by} were asked for, and it came again.",
                    fix=f"The service does not heed $filter on {self.by}; report it to the connector's author.",
                )
            whole = [row for row in rows if row.get(self.by) != group] if is_full else rows
            if is_full and not whole:
                whole = self._one_group(source, query, group)
                last = group
            elif is_full:
                last = whole[-1].get(self.by)
            yield ODataPage(whole, {"after": last} if is_full else DONE, found.total, origin=found.origin)
            if not is_full:
                return

    def _fetched(self, source: ODataSource, query: Query) -> ODataPage:
        """All rows of one request, also where the server hands them out in smaller pages."""
        rows: list[Row] = []
        total: int | None = None
        origin = query.path
        for page in linked(source, query, source.url(query), None, is_link=False):
            rows += page.rows
            total = page.total if total is None else total
            origin = page.origin
        return ODataPage(rows, DONE, total, origin=origin)

    def _one_group(self, source: ODataSource, query: Query, group: str) -> list[Row]:
        alone = query.with_(filter=all_of(query.filter, eq(self.by, group)), count=False)
        return [row for page in SkipPages(self.size).walk(source, alone, None) for row in page.rows]
