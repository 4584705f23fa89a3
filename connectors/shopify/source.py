"""Shopify: customers, companies, products, stock and orders of one shop over its Admin GraphQL API."""

from __future__ import annotations

import logging
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cached_property

from connectors.shopify import stock
from connectors.shopify.api import ShopifyApi
from connectors.shopify.config import ShopifyConfig
from connectors.shopify.fitting import Fitting
from connectors.shopify.paging import LIST_LIMIT, page_document, window
from connectors.shopify.reading import Reading, upper_bound
from connectors.shopify.selection import Style, Tree
from connectors.shopify.shop import count_document, read_currency, read_quantities, read_scopes
from connectors.shopify.streams import SOURCES, STREAMS, Source
from hub.sdk import ConfigError, Connector, Context, Finding, Mode, Page, ReadRequest, Stream
from hub.sdk.fields import maps_of

log = logging.getLogger(__name__)

_GLOBAL_ID = re.compile(r"gid://shopify/(?P<type>\w+)/(?P<number>\d+)")
_ADMIN_FOLDERS = {
    "Order": "orders", "DraftOrder": "draft_orders", "Customer": "customers", "Company": "companies",
    "Product": "products",
}  # fmt: skip


class ShopifyConnector(Connector[ShopifyConfig]):
    """Reads what has changed since the last run, oldest change first; large reads by bulk operations."""

    kind = "shopify"
    title = "Shopify"
    config_model = ShopifyConfig
    streams = STREAMS
    simulator = "connectors.shopify.simulator:ShopifySimulator"
    list_limit = LIST_LIMIT

    @classmethod
    def link(cls, config: ShopifyConfig, entity: str, source_id: str) -> str | None:
        """The record's page in the admin; lines, refunds and variants have none of their own."""
        found = _GLOBAL_ID.fullmatch(source_id)
        folder = _ADMIN_FOLDERS.get(found["type"]) if found else None
        return f"{config.base_url.rstrip('/')}/admin/{folder}/{found['number']}" if found and folder else None

    def __init__(self, config: ShopifyConfig, context: Context) -> None:
        super().__init__(config, context)
        self.api = ShopifyApi(config, context)
        self._counts: dict[tuple[str, str], int] = {}
        self._fitted: dict[str, Fitting] = {}

    @cached_property
    def currency(self) -> str:
        """The shop's own currency; asked for once."""
        return read_currency(self.api)

    @cached_property
    def hides_old_orders(self) -> bool:
        """Whether Shopify shows this app the orders of the last 60 days only; asked for once."""
        return "read_all_orders" not in read_scopes(self.api)

    @cached_property
    def quantities(self) -> tuple[str, ...]:
        """Names of the inventory quantities that the shop keeps; asked for once."""
        return read_quantities(self.api)

    def check(self) -> Iterator[Finding]:
        from connectors.shopify.checks import findings

        yield from findings(self)

    def read(self, request: ReadRequest) -> Iterator[Page]:
        return Reading(self, request).pages()

    def fitting(self, stream: Stream) -> Fitting:
        """What a stream asks for; where an admin added fields, Shopify was asked which of them it has. ConfigError
        where it has one for no type of the entity."""
        fitting = self._fit(stream)
        for addition, kind in fitting.left_out.items():
            others = (self._fit(each) for each in self.streams if addition.entity in _entities(each))
            name = ".".join(addition.named)
            if not any(other.has(addition) for other in others):
                raise ConfigError(
                    f"`fields:` asks for `{name}` of {addition.entity}, which Shopify does not have.",
                    fix=f"Look it up under {kind} in Shopify's Admin API, or write `metafield.KEY` for a custom field.",
                )
            log.debug("%s: %s has no %s; it is left empty there", stream.name, kind, name)
        return fitting

    def _fit(self, stream: Stream) -> Fitting:
        if stream.name not in self._fitted:
            source = SOURCES[stream.name]
            kind = "InventoryLevel" if source.list == "inventoryItems" else source.type
            own = next(each.maps for each in self.streams if each.name == stream.name)
            fitting = Fitting(kind, own, maps_of(self.config, replace(stream, maps=own)), _shared(self.streams))
            if fitting.additions:
                fitting.settle(lambda tree: self._probe(stream, tree))
            self._fitted[stream.name] = fitting
        return self._fitted[stream.name]

    def probe(self, stream: Stream) -> Fitting:
        """Ask for one row of a stream, with every field that its maps read. Raises what Shopify says of it."""
        fitting = self.fitting(stream)
        self._probe(stream, fitting.tree())
        return fitting

    def _probe(self, stream: Stream, tree: Tree) -> None:
        source = SOURCES[stream.name]
        is_stock = source.list == "inventoryItems"
        style = Style(source.type, quantities=self.quantities if is_stock else ())
        document = page_document(source, stock.item_tree(tree) if is_stock else tree, style)
        self.api.ask(document, {"first": 1, "after": None, "query": source.filter or None})

    def count(self, request: ReadRequest) -> int | None:
        """Rows of the list by Shopify's own count, which it gives for as many as it lets us see."""
        source = SOURCES[request.stream.name]
        if source.list == "inventoryItems" or request.stream.mode is Mode.SNAPSHOT:
            return None
        query = window(source, request.since, upper_bound(request))
        asked = (source.list, query)
        return self._counts.pop(asked) if asked in self._counts else self._counted(source, query)

    def counted_once(self, request: ReadRequest) -> int | None:
        """The same; the hub's next question for it is answered without asking again."""
        source = SOURCES[request.stream.name]
        query = window(source, request.since, upper_bound(request))
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


def _entities(stream: Stream) -> list[str]:
    return [fields.entity.name for fields in stream.maps]


def _shared(streams: Sequence[Stream]) -> set[str]:
    """Entities with more than one map."""
    names = Counter(name for stream in streams for name in _entities(stream))
    return {name for name, count in names.items() if count > 1}
