"""The conformance kit for Shopify, with an access token and with client credentials."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

from connectors.shopify.source import ShopifyConnector
from hub.testing import SECRET, ConnectorContract, World

SHARED = ("customers", "addresses")
"""Entities that two streams write; which stream brings which is told in tests/integration/test_shopify_sync.py."""


class _OneStream(World):
    """The truth as one stream can know it."""

    def __init__(self, world: World) -> None:
        vars(self).update(vars(world))
        self._world = world

    def truth(self) -> Mapping[str, set[str]] | None:
        truth = dict(self._world.truth() or {})
        for entity in SHARED:
            truth.pop(entity, None)
        return truth

    def change(self, verb: str, stream: str, count: int) -> list[str] | None:
        return self._world.change(verb, stream, count)


class TestShopify(ConnectorContract):
    connector = ShopifyConnector
    settings: ClassVar[Mapping[str, Any]] = {"page_size": 5, "access_token": SECRET}
    reading_posts = (r"/graphql\.json$",)

    def world(self, size: int, folder: Path) -> World:
        return _OneStream(super().world(size, folder))


class TestShopifyInBulk(TestShopify):
    """What differs where every list is read by a bulk operation: orders, which have the most lists inside."""

    settings: ClassVar[Mapping[str, Any]] = {**TestShopify.settings, "bulk_above_rows": 0}

    def streams_under_test(self) -> tuple[Any, ...]:
        return tuple(replace(stream, depends_on=()) for stream in self.connector.streams if stream.name == "orders")


class TestShopifyByClientCredentials(TestShopify):
    """What differs where a login comes first. Customers have the cheapest rows."""

    settings: ClassVar[Mapping[str, Any]] = {"page_size": 5, "client_id": "hub", "client_secret": SECRET}

    def streams_under_test(self) -> tuple[Any, ...]:
        return tuple(stream for stream in self.connector.streams if stream.name == "customers")
