"""One run of one stream: what has changed, and what became of orders that are not there any more."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from connectors.business_central.api import BusinessCentralApi
from connectors.business_central.plan import Plan
from connectors.business_central.posted import PostedOrders
from connectors.business_central.streams import STAMP
from hub.sdk import Mode, Page, ReadRequest, latest
from hub.sdk.connector import Json
from hub.sdk.odata import Filter, Query, ServerPages, all_of, ge, le
from hub.sdk.odata.envelope import Row

_POSTED = "posted"


def window(request: ReadRequest) -> Filter | None:
    """Changed since the last run. Only changes have an upper bound: a row that is changed while everything is read
    must not be missing from it."""
    if request.since is None or request.stream.mode is Mode.SNAPSHOT:
        return None
    until = None if request.full else le(STAMP, request.until)
    return all_of(ge(STAMP, request.since), until)


class Reading:
    """A resource by its change stamps, oldest first, so that what changes meanwhile moves to the end."""

    def __init__(self, api: BusinessCentralApi, plan: Plan, request: ReadRequest) -> None:
        self._api, self._plan, self._request = api, plan, request

    def pages(self) -> Iterator[Page]:
        resume = self._request.resume or {}
        if _POSTED not in resume:
            yield from self._rows(self._request.resume)
        if self._plan.source.posting is not None and self._api.config.posted_orders:
            yield from self._posted(resume.get(_POSTED, ""))

    def query(self) -> Query:
        """The whole request of this run."""
        snapshot = self._request.stream.mode is Mode.SNAPSHOT
        order = ("id",) if snapshot else (STAMP, "id")
        return self._plan.query.with_(filter=window(self._request), orderby=order)

    def _rows(self, resume: Json | None) -> Iterator[Page]:
        goes_on = self._plan.source.posting is not None and self._api.config.posted_orders
        for page in self._api.odata.pages(self.query(), ServerPages(self._plan.size), resume=resume):
            place = {_POSTED: ""} if page.is_last and goes_on else page.resume
            yield self._page(page.rows, place, page.origin)

    def _posted(self, after: str) -> Iterator[Page]:
        posting = self._plan.source.posting
        assert posting is not None, "asked for where there is one"
        orders = PostedOrders(self._api, self._plan, posting)
        if self._request.since is None or self._request.full:
            for rows, place in orders.all(after):
                yield self._page(self._wanted(rows), {_POSTED: place}, posting.invoices)
        else:
            for rows in orders.changed(self._request):
                yield self._page(rows, {_POSTED: ""}, posting.invoices)

    def _wanted(self, rows: list[Row]) -> list[Row]:
        """Without those that were last changed before the admin's `start`."""
        start = self._request.since
        if start is None:
            return rows
        return [row for row in rows if (stamp := latest([row], STAMP)) is None or stamp >= start]

    def _page(self, rows: list[Row], place: Json, origin: str) -> Page:
        cursor = self._cursor(rows)
        return Page(self._plan.ready(rows), resume=place, cursor=cursor, origin=origin)

    def _cursor(self, rows: list[Row]) -> datetime | None:
        """What changes after the run has begun belongs to the next one, whatever was seen of it."""
        if self._request.stream.mode is Mode.SNAPSHOT:
            return None
        stamp = latest(rows, STAMP)
        return None if stamp is None else min(stamp, self._request.until)
