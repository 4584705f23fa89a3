"""Every GraphQL document that the Shopify connector can send, by name."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from connectors.shopify import bulk, changes, checks, paging, shop, stock
from connectors.shopify.config import ShopifyConfig
from connectors.shopify.nested import Nested
from connectors.shopify.reading import Reading
from connectors.shopify.selection import PLAIN_LISTS, Tree
from connectors.shopify.source import ShopifyConnector
from connectors.shopify.streams import SOURCES, STREAMS
from hub.sdk import Context, ReadRequest
from hub.testing import FakeClock

BASE = {"kind": "shopify", "base_url": "http://127.0.0.1:9", "access_token": "shpat_0"}


def reading(stream: str, **settings: Any) -> Reading:
    """A reading of one stream that asks nobody anything."""
    connector = ShopifyConnector(ShopifyConfig.model_validate({**BASE, **settings}), Context("shop", clock=FakeClock()))
    connector.__dict__.update(quantities=shop.QUANTITIES, currency="EUR", _probe=lambda stream, tree: None)
    described = next(each for each in STREAMS if each.name == stream)
    return Reading(connector, ReadRequest(described, None, FakeClock().now()))


def fixed() -> Iterator[tuple[str, str]]:
    """Those that are written out."""
    for module in (bulk, changes, checks, shop, stock):
        for name, text in vars(module).items():
            if name.isupper() and isinstance(text, str) and re.match(r"(query|mutation) ", text):
                yield f"{module.__name__.rpartition('.')[2]}.{name}", text


def of_stream(name: str, **settings: Any) -> Iterator[tuple[str, str]]:
    """Those that are made from the maps of a stream."""
    each = reading(name, **settings)
    source = SOURCES[name]
    yield f"{name} page", paging.page_document(source, each.tree, each.style)
    yield f"{name} by ids", paging.by_ids_document(source, each.tree, each.style)
    window = "updated_at:>='2026-10-01T00:00:00Z'"
    yield f"{name} bulk", bulk.bulk_document(source, each.tree, each.style, window)
    if source.count:
        yield f"{name} count", shop.count_document(source, "" if source.count_all else window)
    yield from ((f"{name} related {related.list}", changes.related_document(related)) for related in source.related)
    if each.is_stock:
        yield "stock of a location", stock.location_document(each.level, each.style)
    yield from _nested(each.nested, source.type, each.tree)


_TYPES = {"fulfillments": "Fulfillment", "refunds": "Refund", "returns": "Return"}


def _nested(nested: Nested, kind: str, tree: Tree) -> Iterator[tuple[str, str]]:
    """What completes the lists inside a row of this type, and inside of those."""
    for name, below in tree.items():
        if "nodes" in below:
            yield f"{kind}.{name} start", nested.start_document(kind, name, below)
            yield f"{kind}.{name} page", nested.page_document(kind, name, below)
            yield from _nested(nested, _TYPES.get(name, "?"), below["nodes"])
        elif name in PLAIN_LISTS:
            yield f"{kind}.{name} refill", nested.refill_document(name, below)
            yield from _nested(nested, _TYPES[name], below)


def everything() -> dict[str, str]:
    return {**dict(fixed()), **{name: text for each in STREAMS for name, text in of_stream(each.name)}}
