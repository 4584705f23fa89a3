"""Magento 2 and Adobe Commerce: customers, companies, products, stock, orders, shipments and credit memos of a shop."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from functools import cached_property

from connectors.magento.api import MagentoApi
from connectors.magento.config import MagentoConfig
from connectors.magento.criteria import Filter, Search, written
from connectors.magento.enrich import Enricher
from connectors.magento.presence import SMALL_ROWS
from connectors.magento.projection import notation, tree_of
from connectors.magento.reading import Changes, Snapshot
from connectors.magento.refusals import NoRoute
from connectors.magento.shop import Shop
from connectors.magento.streams import SOURCES, STREAMS, Source
from hub.sdk import Connector, Context, Finding, Mode, Page, ReadRequest, Stream
from hub.sdk.fields import maps_of, source_paths


class MagentoConnector(Connector[MagentoConfig]):
    """Reads what has changed since the last run, oldest change first; everything in windows of numbers."""

    kind = "magento"
    title = "Magento 2 / Adobe Commerce"
    config_model = MagentoConfig
    streams = STREAMS
    simulator = "connectors.magento.simulator:MagentoSimulator"
    links = {  # noqa: RUF012  # never changed
        "orders": "{admin_url}/sales/order/view/order_id/{id}",
        "products": "{admin_url}/catalog/product/edit/id/{id}",
        "invoices": "{admin_url}/sales/order_invoice/view/invoice_id/{id}",
        "shipments": "{admin_url}/sales/order_shipment/view/shipment_id/{id}",
    }

    @classmethod
    def link(cls, config: MagentoConfig, entity: str, source_id: str) -> str | None:
        """Pages of the admin panel, where its address is set. Guests have numbers that Magento does not know."""
        return super().link(config, entity, source_id) if source_id.isdecimal() else None

    def __init__(self, config: MagentoConfig, context: Context) -> None:
        super().__init__(config, context)
        self.api = MagentoApi(config, context)
        self._totals: dict[Search, int] = {}

    @cached_property
    def shop(self) -> Shop:
        """Store views, groups, categories and labels; each asked for once."""
        return Shop(self.api)

    def check(self) -> Iterator[Finding]:
        from connectors.magento.checks import findings

        yield from findings(self)

    def read(self, request: ReadRequest) -> Iterator[Page]:
        self._totals.pop(self.lasting(request.stream).only(""), None)
        reading = Snapshot if request.stream.mode is Mode.SNAPSHOT else Changes
        yield from reading(self, request).pages()

    def count(self, request: ReadRequest) -> int | None:
        """The shop's own count of the same search. The first one is known from the reading, and not asked for again."""
        search = self.counted(request)
        if search in self._totals:
            return self._totals.pop(search)
        try:
            return self.api.count(search)
        except NoRoute:
            return None

    def told(self, request: ReadRequest, total: int) -> None:
        """The first page of a reading said how many rows there are."""
        self._totals[self.counted(request)] = total

    def told_whole(self, stream: Stream, total: int) -> None:
        """How many rows there are that the admin wants: the hub asks for it from time to time."""
        self._totals[self.lasting(stream).only("")] = total

    def counted(self, request: ReadRequest) -> Search:
        """The search whose count is what a reading of the request yields."""
        if request.since is None or request.since == self.start(request.stream):
            return self.lasting(request.stream).only("")
        return self.search(request.stream).only("").where(*window(request))

    def lasting(self, stream: Stream) -> Search:
        """All rows of a stream that the admin wants."""
        start, search = self.start(stream), self.search(stream)
        if start is None or stream.mode is Mode.SNAPSHOT:
            return search
        return search.where(Filter("updated_at", "gteq", written(start)))

    def search(self, stream: Stream) -> Search:
        """The collection of a stream, with the fields that its maps read."""
        source = SOURCES[stream.name]
        tree = tree_of(source.kind, maps_of(self.config, stream), (source.id, *source.always))
        return Search(source.path, source.key, source.id, notation(tree))

    def enricher(self, stream: Stream) -> Enricher:
        paths = [keys for fields in maps_of(self.config, stream) for keys in source_paths(fields)]
        return Enricher(self.api, self.shop, SOURCES[stream.name].kind, paths)

    def start(self, stream: Stream) -> datetime | None:
        """From when on the admin wants the rows of a stream."""
        settings = self.config.streams.get(stream.name)
        return settings.start if settings else None

    def page_size(self, source: Source) -> int:
        """Rows a page: source items are small."""
        return SMALL_ROWS if source.kind == "source_item" else self.config.page_size

    def close(self) -> None:
        self.api.close()


def window(request: ReadRequest) -> tuple[Filter, Filter]:
    """Changed since the last run, and not after this one began."""
    assert request.since is not None, "a reading of everything has no window"
    return Filter("updated_at", "gteq", written(request.since)), Filter("updated_at", "lteq", written(request.until))
