"""Shopify: customers, companies, products, stock and orders of one shop over its Admin GraphQL API."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import datetime
from functools import cached_property
from typing import Any

from connectors.shopify import stock
from connectors.shopify.api import ShopifyApi
from connectors.shopify.bulk import Bulk, BulkUnavailable, bulk_document
from connectors.shopify.changes import concerned, destroyed
from connectors.shopify.config import ShopifyConfig
from connectors.shopify.nested import Nested
from connectors.shopify.paging import LIST_LIMIT, Walk, by_ids_document, page_document, window
from connectors.shopify.rows import Row, shaped, tombstone
from connectors.shopify.selection import Style, Tree, has_metafields, restore_metafields, tree_of
from connectors.shopify.shop import count_document, read_currency, read_quantities
from connectors.shopify.streams import SOURCES, STREAMS, Source
from hub.sdk import Connector, Context, Finding, Mode, Page, ReadRequest, latest
from hub.sdk.fields import maps_of

log = logging.getLogger(__name__)

_REST = {"at": "rest"}
"""Place of a read whose list is done: what comes then is little, and is read again after a crash."""
_BULK_ROWS = 500


class ShopifyConnector(Connector[ShopifyConfig]):
    """Reads what has changed since the last run, oldest change first; large reads by bulk operations."""

    kind = "shopify"
    title = "Shopify"
    config_model = ShopifyConfig
    streams = STREAMS
    simulator = "connectors.shopify.simulator:ShopifySimulator"
    list_limit = LIST_LIMIT

    def __init__(self, config: ShopifyConfig, context: Context) -> None:
        super().__init__(config, context)
        self.api = ShopifyApi(config, context)
        self._counts: dict[tuple[str, str], int] = {}

    @cached_property
    def currency(self) -> str:
        """The shop's own currency; asked for once."""
        return read_currency(self.api)

    @cached_property
    def quantities(self) -> tuple[str, ...]:
        """Names of the inventory quantities that the shop keeps; asked for once."""
        return read_quantities(self.api)

    def check(self) -> Iterator[Finding]:
        from connectors.shopify.checks import findings

        yield from findings(self)

    def read(self, request: ReadRequest) -> Iterator[Page]:
        return Reading(self, request).pages()

    def probe(self, request: ReadRequest) -> None:
        """Ask for one row of a stream, with every field that its maps read."""
        reading = Reading(self, request)
        document = page_document(reading.source, reading.tree, reading.style)
        self.api.ask(document, {"first": 1, "after": None, "query": reading.source.filter or None})

    def count(self, request: ReadRequest) -> int | None:
        """Rows of the list by Shopify's own count, which it gives for as many as it lets us see."""
        source = SOURCES[request.stream.name]
        if source.list == "inventoryItems" or request.stream.mode is Mode.SNAPSHOT:
            return None
        query = window(source, request.since, _until(request))
        asked = (source.list, query)
        return self._counts.pop(asked) if asked in self._counts else self._counted(source, query)

    def counted_once(self, request: ReadRequest) -> int | None:
        """The same; the hub's next question for it is answered without asking again."""
        source = SOURCES[request.stream.name]
        query = window(source, request.since, _until(request))
        found = self._counted(source, query)
        if found is not None:
            self._counts[(source.list, query)] = found
        return found

    def _counted(self, source: Source, query: str) -> int | None:
        if source.count is None or (source.count_all and query):
            return None
        told = self.api.ask(count_document(source, query)).get(source.count)
        exact = isinstance(told, dict) and told.get("precision") == "EXACT"
        return told["count"] if exact and isinstance(told, dict) and isinstance(told.get("count"), int) else None

    def close(self) -> None:
        self.api.close()


def _until(request: ReadRequest) -> datetime | None:
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
        kind = "InventoryLevel" if self.is_stock else self.source.type
        level = tree_of(kind, maps_of(self.config, request.stream))
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
        for chunk in walk.chunks(self.request.since, _until(self.request), resume):
            # Shopify may only let a few rows through at a time; their lists are completed for many at once.
            rows += chunk.rows
            if len(rows) >= self.config.page_size or chunk.resume is None:
                yield self._page(rows, chunk.resume or _REST)
                rows = []

    def _bulk_pages(self, resume: dict[str, Any] | None) -> Iterator[Page]:
        bulk = Bulk(self.api, self.config.bulk_wait_minutes)
        query = window(self.source, self.request.since, _until(self.request))
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
        stones: list[Row] = []
        for subject, gid, moment in destroyed(self.api, self.source, since):
            deleted.setdefault(entities[subject], []).append(gid)
            if f"/{self.source.type}/" in gid:
                stones.append(tombstone(self.source.type, gid, moment))
        if deleted:
            yield Page(stones, resume=_REST, deleted=deleted, origin="events")

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
        return Page(rows, resume=resume, cursor=cursor, origin=self.source.list)

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
