"""A system that exists only in tests: customers and orders with lines, held in a list, read in pages.

`Shop` is the system: tests change its rows, and let it misbehave through `pages`, a function over the pages it yields.
`job` wires it to the sync path the way the settings would.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from hub.mapping import FieldMap, at
from hub.model import catalog
from hub.sdk.config import ConnectorConfig
from hub.sdk.connector import Connector, Context, Mode, Page, ReadRequest, Stream
from sync_jobs.jobs import Job

CUSTOMERS = FieldMap(
    catalog.Customer,
    {"source_id": at("id"), "name": at("name"), "email": at("email"), "source_updated_at": at("changed")},
)
ORDERS = FieldMap(
    catalog.Order,
    {
        "source_id": at("id"),
        "customer_source_id": at("customer"),
        "total": at("total"),
        "currency": at("currency"),
        "source_updated_at": at("changed"),
    },
)
LINES = FieldMap(
    catalog.OrderLine,
    {"source_id": at("id"), "order_source_id": at("^id"), "sku": at("sku"), "quantity": at("quantity")},
    each="lines",
    replaces="order_source_id",
)

START = datetime(2024, 1, 1, tzinfo=UTC)


def day(number: float) -> datetime:
    """A moment so many days into the made-up world."""
    return START + timedelta(days=number)


def customer(number: int, changed: float = 0, **fields: Any) -> dict[str, Any]:
    row = {"id": f"C{number:05}", "name": f"Customer {number}", "email": None, "changed": day(changed).isoformat()}
    return row | fields


def order(number: int, changed: float = 0, lines: int = 2, **fields: Any) -> dict[str, Any]:
    row = {
        "id": f"O{number:05}",
        "customer": f"C{number % 7:05}",
        "total": f"{number}.50",
        "currency": "EUR",
        "changed": day(changed).isoformat(),
        "lines": [
            {"id": f"O{number:05}:{line}", "sku": f"S{line}", "quantity": str(line + 1)} for line in range(lines)
        ],
    }
    return row | fields


class ShopConfig(ConnectorConfig):
    """Nothing to set."""


@dataclass
class Shop:
    """The system. `resumable` tells whether a stopped run can go on; `counts` whether it can count itself."""

    rows: list[dict[str, Any]] = field(default_factory=list)
    page_size: int = 10
    resumable: bool = True
    tells_total: bool = True
    counts: Callable[[ReadRequest], int | None] | None = None
    pages: Callable[[Iterator[Page]], Iterator[Page]] = lambda pages: pages
    before_page: Callable[[int], None] = lambda number: None
    deleted: dict[str, list[str]] = field(default_factory=dict)
    requests: list[ReadRequest] = field(default_factory=list)


class ShopConnector(Connector[ShopConfig]):
    kind, config_model = "made_up", ShopConfig

    def __init__(self, shop: Shop) -> None:
        super().__init__(ShopConfig(kind="made_up"), Context("shop"))
        self.shop = shop

    def read(self, request: ReadRequest) -> Iterator[Page]:
        self.shop.requests.append(request)
        yield from self.shop.pages(self._pages(request))

    def _pages(self, request: ReadRequest) -> Iterator[Page]:
        shop = self.shop
        first = request.resume["after"] if request.resume else 0
        start = first
        while True:
            shop.before_page(start // shop.page_size + 1)
            rows = _asked_for(shop.rows, request)
            part = rows[start : start + shop.page_size]
            if not part and start > 0:
                return
            start += len(part)
            yield Page(
                part,
                resume={"after": start} if shop.resumable else None,
                cursor=max((datetime.fromisoformat(row["changed"]) for row in part), default=None),
                total=len(rows) if shop.tells_total else None,
                deleted=shop.deleted if start >= len(rows) else {},
                origin="/rows",
                first_row=start - len(part) + 1,
            )
            if start >= len(rows):
                return


class CountingShopConnector(ShopConnector):
    """The same system where it can count its rows."""

    def count(self, request: ReadRequest) -> int | None:
        if self.shop.counts:
            return self.shop.counts(request)
        return len(_asked_for(self.shop.rows, request))


def _asked_for(rows: list[dict[str, Any]], request: ReadRequest) -> list[dict[str, Any]]:
    if request.since is None:
        return rows
    return [row for row in rows if datetime.fromisoformat(row["changed"]) >= request.since]


def stream(mode: Mode = Mode.INCREMENTAL, *, maps: tuple[FieldMap, ...] = (CUSTOMERS,), **fields: Any) -> Stream:
    return Stream("rows", maps, mode, **fields)


def job(
    shop: Shop,
    state_dir: Path,
    mode: Mode = Mode.INCREMENTAL,
    *,
    maps: tuple[FieldMap, ...] = (CUSTOMERS,),
    connector: type[ShopConnector] = ShopConnector,
    **fields: Any,
) -> Job:
    """The job that syncs a shop."""
    owned = frozenset(each.entity.name for each in maps)
    settings: dict[str, Any] = {"sync_id": "sync", "state_dir": state_dir, "sole_owner": owned} | fields
    return Job("shop", connector(shop), stream(mode, maps=maps), maps, **settings)
