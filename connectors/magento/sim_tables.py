"""What the simulated shop holds: slim rows, from which whole ones are made when they are asked for."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from connectors.magento.sim_data import ShopData
from connectors.magento.sim_facts import SOURCES, id_of, written
from connectors.magento.sim_orders import has_memo, has_shipment
from hub.sdk.simulator import Table

Row = dict[str, Any]
Tick = Callable[[], datetime]
Placed = Callable[..., datetime]


@dataclass
class ShopTable(Table):
    """A table whose changes can be seen in the rows made from it. `counter`: the field that a change raises."""

    counter: str = "touched"
    can_delete: bool = True

    def touch(self, count: int, tick: Tick, dice: random.Random) -> list[str]:
        ids = super().touch(count, tick, dice)
        for row in self.rows[len(self.rows) - len(ids) :]:
            row[self.counter] = row.get(self.counter, 0) + 1
        return ids

    def delete(self, count: int, tick: Tick, dice: random.Random) -> list[str]:
        return super().delete(count, tick, dice) if self.can_delete else []


def slim(key: str) -> Callable[[int, datetime], Row]:
    """Maker of rows that hold what searches look at, and the number that all the rest comes from."""

    def make(number: int, at: datetime) -> Row:
        stamp = written(at)
        return {"number": number, key: id_of(number), "created_at": stamp, "updated_at": stamp, "touched": 0}

    return make


def tables_of(shop: ShopData, tick: Tick, placed_at: Placed) -> list[Table]:
    """All tables, filled; what was ordered was shipped two days later, and came back after nine."""

    def product(number: int, at: datetime) -> Row:
        return {**slim("id")(number, at), "sku": shop.sku(number), "type_id": shop.type_of(number)}

    def table(
        name: str, entity: str, key: str, make: Callable[[int, datetime], Row], moments: Iterable[tuple[int, datetime]]
    ) -> ShopTable:
        rows = [make(number, moment) for number, moment in moments]
        return ShopTable(name, entity, rows, key=key, written=written, make=make)

    def master(count: int) -> Iterable[tuple[int, datetime]]:
        return ((number, tick()) for number in range(count))

    def sold(numbers: Iterable[int], days: int) -> Iterable[tuple[int, datetime]]:
        return ((number, placed_at(number, days=days)) for number in numbers)

    orders = range(shop.orders)
    sent, given_back = [n for n in orders if has_shipment(shop, n)], [n for n in orders if has_memo(shop, n)]
    shipments = table("shipments", "shipments", "entity_id", slim("entity_id"), sold(sent, 2))
    memos = table("creditmemos", "returns", "entity_id", slim("entity_id"), sold(given_back, 9))
    shipments.make = memos.make = None
    memos.can_delete = False
    return [
        table("customers", "customers", "id", slim("id"), master(shop.customers)),
        _companies(shop),
        table("products", "products", "id", product, master(shop.products)),
        _locations(shop),
        _stock(shop),
        table("orders", "orders", "entity_id", slim("entity_id"), sold(orders, 0)),
        shipments,
        memos,
    ]


def _companies(shop: ShopData) -> Table:
    rows = [{"number": number, "id": number + 1, "touched": 0} for number in range(shop.companies)]
    return ShopTable("companies", "customers", rows, stamp=None, source_id=lambda row: f"company:{row['id']}")


def _locations(shop: ShopData) -> Table:
    rows = [{"source_code": code, "touched": 0} for code in SOURCES[: shop.products]]
    return ShopTable("locations", "locations", rows, key="source_code", stamp=None)


def _stock(shop: ShopData) -> Table:
    rows = [
        {
            "key": f"{id_of(number)}:{code}", "sku": shop.sku(number), "source_code": code, "status": 1,
            "quantity": shop.company.on_hand(number, place), "product": id_of(number),
        }
        for number in range(shop.products)
        if not shop.parts(number)
        for place, code in enumerate(SOURCES[: 1 + number % len(SOURCES)])
    ]  # fmt: skip
    return ShopTable("stock", "stock_levels", rows, key="key", stamp=None, counter="quantity")
