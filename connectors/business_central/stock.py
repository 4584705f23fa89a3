"""Stock: one figure for each item, or per location by an API page of the admin's own.

The standard API has no stock per location. `items.inventory` is a sum over the item ledger, costly for the server, and
does not move the item's change stamp: it is read again only when the ledger has new entries, or an item has changed.
"""

from __future__ import annotations

from collections.abc import Iterator

from connectors.business_central.api import BusinessCentralApi
from connectors.business_central.plan import Plan
from connectors.business_central.refusals import CODES
from connectors.business_central.rows import Ready
from connectors.business_central.streams import STAMP, Source
from hub.sdk import Page, ReadRequest
from hub.sdk.connector import Json
from hub.sdk.odata import ODataSource, Query, ServerPages, Version


class StockReading:
    """A snapshot of all stock. No page where nothing has moved since the last one."""

    def __init__(self, api: BusinessCentralApi, plan: Plan, request: ReadRequest) -> None:
        self._api, self._plan, self._request = api, plan, request

    def pages(self) -> Iterator[Page]:
        own = self._api.config.stock_page
        if own is not None:
            yield from self._per_location(own)
            return
        seen = None if self._request.resume else self._fingerprint()
        if seen is not None and seen == self._request.state.get("ledger") and not self._request.full:
            return
        query = self._plan.query.with_(orderby=("id",))
        state: Json | None = {"ledger": seen} if seen else None
        for page in self._api.odata.pages(query, ServerPages(self._plan.size), resume=self._request.resume):
            yield Page(self._plan.ready(page.rows), resume=page.resume, state=state, origin=page.origin)

    def _fingerprint(self) -> list[str]:
        """Grows with every entry of the ledger, and changes with every item. Taken before stock is read."""
        entries = self._api.odata.count(Query(self._api.path("itemLedgerEntries")))
        items = self._api.odata.count(Query(self._api.path("items")))
        newest = Query(self._api.path("items"), select=("id", STAMP), orderby=(f"{STAMP} desc",), top=1)
        stamps = [str(row.get(STAMP)) for row in self._api.odata.rows(newest)]
        return [str(entries), str(items), *stamps[:1]]

    def _per_location(self, own: str) -> Iterator[Page]:
        """The page lies beside the standard API, and below the company as everything does."""
        entity_set = own.rpartition("/")[2]
        source = ODataSource(self._api.http, Version.V4, root=self._api.config.own_group, codes=CODES, typed=False)
        query = Query(self._api.path(entity_set))
        ready = Ready(self._api, Source(entity_set), self._plan.paths)
        for page in source.pages(query, ServerPages(self._plan.size), resume=self._request.resume):
            yield Page(ready(page.rows), resume=page.resume, origin=page.origin)
