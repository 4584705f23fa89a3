"""One run of one stream: its list by pages or in bulk, then what the list does not show."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

from connectors.shopify import stock
from connectors.shopify.bulk import Bulk, BulkUnavailable, bulk_document
from connectors.shopify.changes import concerned, destroyed
from connectors.shopify.nested import Nested
from connectors.shopify.paging import Walk, by_ids_document, page_document, window
from connectors.shopify.rows import Row, shaped
from connectors.shopify.selection import Style, Tree, has_metafields, restore_metafields
from connectors.shopify.streams import SOURCES
from hub.sdk import Page, ReadRequest, latest

if TYPE_CHECKING:
    from connectors.shopify.source import ShopifyConnector

log = logging.getLogger(__name__)

_REST = {"at": "rest"}
"""Place of a read whose list is done: what comes then is little, and is read again after a crash."""
_BULK_ROWS = 500


def upper_bound(request: ReadRequest) -> datetime | None:
    """Where a run ends. A read of everything has no end: what changes meanwhile moves to the end and comes again; a
    bound would leave it out, and what does not come would be taken for gone."""
    return None if request.full or request.since is None else request.until


class Reading:
    """One run of one stream."""

    def __init__(self, connector: ShopifyConnector, request: ReadRequest) -> None:
        self.connector, self.request = connector, request
        self.api, self.config = connector.api, connector.config
        self.source = SOURCES[request.stream.name]
        self.is_stock = self.source.list == "inventoryItems"
        level = connector.fitting(request.stream).tree()
        self.level: Tree = level
        self.tree: Tree = stock.item_tree(level) if self.is_stock else level
        self.style = Style(self.source.type, quantities=connector.quantities if self.is_stock else ())
        self.nested = Nested(self.api, self.tree, self.style)
        self.seen: set[str] = set()

    def pages(self) -> Iterator[Page]:
        resume = self.request.resume
        if resume is None or resume.get("at") != "rest":
            yield from self._list(resume)
        if self.request.since is not None and not self.is_stock:
            yield from self._rest(self.request.since)

    # -- the list --------------------------------------------------------------------------------------------------

    def _list(self, resume: dict[str, Any] | None) -> Iterator[Page]:
        if self.is_stock and self.request.since is not None:
            yield from self._changed_levels(self.request.since)
            return
        if resume and "bulk" in resume:
            yield from self._bulk_pages(resume)
            return
        if resume is None and self._pays_in_bulk():
            try:
                yield from self._bulk_pages(None)
            except BulkUnavailable as error:
                log.warning("no bulk operation for %s: %s; pages are read", self.source.list, error)
            else:
                return
        yield from self._walk(resume)

    def _pays_in_bulk(self) -> bool:
        rows = self.connector.counted_once(self.request)
        return rows is not None and rows > self.config.bulk_above_rows

    def _walk(self, resume: dict[str, Any] | None) -> Iterator[Page]:
        document = page_document(self.source, self.tree, self.style)
        walk = Walk(self.api, self.source, document, page_size=self.config.page_size, limit=self.connector.list_limit)
        rows: list[Row] = []
        for chunk in walk.chunks(self.request.since, upper_bound(self.request), resume):
            # Shopify may only let a few rows through at a time; their lists are completed for many at once.
            rows += chunk.rows
            if len(rows) >= self.config.page_size or chunk.resume is None:
                yield self._page(rows, chunk.resume or _REST)
                rows = []

    def _bulk_pages(self, resume: dict[str, Any] | None) -> Iterator[Page]:
        bulk = Bulk(self.api, self.config.bulk_wait_minutes)
        query = window(self.source, self.request.since, upper_bound(self.request))
        operation = (
            bulk.again(resume["bulk"]) if resume else bulk.run(bulk_document(self.source, self.tree, self.style, query))
        )
        with bulk.spooled(operation, self.tree) as spool:
            skip = int(resume["row"]) if resume else 0
            for last, rows in spool.rows(skip, _BULK_ROWS):
                yield self._page(rows, {"bulk": operation.id, "row": last}, whole_lists=True)
        if operation.roots == 0:
            yield self._page([], _REST)

    def _changed_levels(self, since: datetime) -> Iterator[Page]:
        document = stock.location_document(self.level, self.style)
        came = False
        for levels in stock.changed_levels(self.api, document, since, self.config.page_size):
            came = True
            yield self._level_page(levels, None)
        if not came:
            yield Page([], origin=self.source.list)

    # -- beside it -------------------------------------------------------------------------------------------------

    def _rest(self, since: datetime) -> Iterator[Page]:
        """Rows that something else changed, and what is gone."""
        ids = concerned(self.api, self.source, since, self.seen)
        document = by_ids_document(self.source, self.tree, self.style)
        for start in range(0, len(ids), self.config.page_size):
            found = self.api.ask_batch(document, ids[start : start + self.config.page_size])
            yield self._page([row for row in found if row], _REST, counts=False)
        if self.source.gone:
            yield from self._gone(since)

    def _gone(self, since: datetime) -> Iterator[Page]:
        entities = dict(self.source.gone)
        deleted: dict[str, list[str]] = {}
        for subject, gid in destroyed(self.api, self.source, since):
            deleted.setdefault(entities[subject], []).append(gid)
        if deleted:
            yield Page([], resume=_REST, deleted=deleted, origin="events")

    # -- pages -----------------------------------------------------------------------------------------------------

    def _page(self, rows: list[Any], resume: dict[str, Any], *, whole_lists: bool = False, counts: bool = True) -> Page:
        nodes = [row for row in rows if isinstance(row, dict)]
        self.nested.complete(nodes, whole_lists=whole_lists)
        if self.is_stock:
            return self._level_page(stock.levels_of(nodes), resume)
        cursor = latest(nodes, "updatedAt") if counts else None
        if has_metafields(self.tree):
            for row in nodes:
                restore_metafields(row, self.tree)
        if self.request.since is not None:
            self.seen.update(str(row.get("id")) for row in nodes)
        currency = self.connector.currency if self.source.type == "Product" else None
        shaped(self.source.type, nodes, currency)
        return Page(rows, resume=resume, cursor=cursor, partial=self._partial(), origin=self.source.list)

    def _partial(self) -> str:
        """Why a read of everything does not show all there is: then nothing may be taken for gone."""
        if self.request.full and self.source.list == "orders" and self.connector.hides_old_orders:
            return "the app lacks read_all_orders, and Shopify hides orders older than 60 days"
        return ""

    def _level_page(self, levels: list[Row], resume: dict[str, Any] | None) -> Page:
        if has_metafields(self.level):
            for row in levels:
                restore_metafields(row, self.level)
        deleted = stock.gone(levels)
        cursor = latest(filter(stock.holds, levels), "updatedAt")
        shaped("InventoryLevel", levels)
        return Page(
            list(levels), resume=resume, cursor=cursor, origin="inventoryLevels",
            deleted={"stock_levels": deleted} if deleted else {},
        )  # fmt: skip
