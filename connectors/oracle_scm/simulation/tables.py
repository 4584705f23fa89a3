"""What the simulated pod holds: slim rows, from which whole ones are made when they are asked for."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from connectors.oracle_scm.simulation.data import ORGANIZATIONS, PodData, keys_of
from connectors.oracle_scm.simulation.orders import (
    current_of,
    has_left,
    order_row,
    order_slim,
    order_slims,
    sold_places,
)
from connectors.oracle_scm.simulation.search import stamp
from connectors.oracle_scm.simulation.truth import order_key, standard_key, stock_key
from hub.sdk.simulator import Table

Row = dict[str, Any]
Tick = Callable[[], datetime]
Placed = Callable[..., datetime]


_UNITS = (
    ("Ea", "Each", "Q", 1), ("DZ", "Dozen", "Q", 12), ("BX", "Box", "Q", 10), ("zzu", "Kilogram", "W", 1),
)  # fmt: skip


@dataclass
class PodTable(Table):
    """A table whose changes can be seen in the rows made from it. Oracle deletes little, and only `can_delete` rows."""

    can_delete: bool = False

    def touch(self, count: int, tick: Tick, dice: random.Random) -> list[str]:
        ids = super().touch(count, tick, dice)
        for row in self.rows[len(self.rows) - len(ids) :]:
            row["touched"] += 1
        return ids

    def delete(self, count: int, tick: Tick, dice: random.Random) -> list[str]:
        return super().delete(count, tick, dice) if self.can_delete else []


def tables_of(data: PodData, tick: Tick, placed_at: Placed) -> list[PodTable]:
    """All tables, filled."""

    def slim(name: str, number: int, at: datetime, changed: str = "LastUpdateDate") -> Row:
        return {"number": number, **keys_of(name, number), changed: stamp(at), "CreationDate": stamp(at), "touched": 0}

    def by_number(
        name: str, entity: str, count: int, key: Callable[[Row], str], changed: str = "LastUpdateDate"
    ) -> PodTable:
        rows = [slim(name, number, tick(), changed) for number in range(count)]
        return PodTable(
            name, entity, rows, stamp=changed, written=stamp, source_id=key,
            make=lambda number, at: slim(name, number, at, changed),
        )  # fmt: skip

    orders = _orders(data, placed_at)
    purchases = by_number("purchase_orders", "purchase_orders", data.products, lambda row: str(row["POHeaderId"]))
    bought = {row["POHeaderId"]: placed_at(row["number"], of=data.products) for row in purchases.rows}
    for row in purchases.rows:
        row["LastUpdateDate"] = row["CreationDate"] = stamp(bought[row["POHeaderId"]])
    receipts = data.receipt_slims(purchases.rows)
    for place, row in enumerate(receipts):
        received = bought[row["po"]] + timedelta(days=9, seconds=place % 3600)
        row["LastUpdateDate"] = row["CreationDate"] = stamp(received)
    return [
        by_number("customers", "customers", data.customers, lambda row: str(10_000 + row["number"])),
        by_number("contacts", "contacts", data.customers, lambda row: f"C{row['number']}"),
        by_number("suppliers", "suppliers", data.suppliers, lambda row: str(row["SupplierId"])),
        by_number(
            "products", "products", data.products, lambda row: data.sku(row["number"]), "LastUpdateDateTime"
        ),
        *_snapshots(data),
        orders,
        *_shipments(data, orders.rows),
        purchases,
        PodTable("receipts", "receipts", receipts, stamp="LastUpdateDate", written=stamp,
                 source_id=lambda row: str(row["TransactionId"])),
    ]  # fmt: skip


def _orders(data: PodData, placed_at: Placed) -> PodTable:
    rows = [row for number in range(data.orders) for row in order_slims(number, stamp(placed_at(number)))]
    return PodTable(
        "orders", "orders", rows, stamp="LastUpdateDate", written=stamp,
        source_id=lambda row: order_key(order_row(data, row, 1)),
        make=lambda number, at: order_slim(number, 1, True, stamp(at)),
    )  # fmt: skip


def _snapshots(data: PodData) -> list[PodTable]:
    """What has no time of change."""
    numbers = range(data.products)
    reserved = [
        {"number": number, "ReservationId": 900_000 + number, "touched": 0} for number in numbers if number % 4 == 1
    ]
    average = [
        {"number": number, "ItemNumber": data.sku(number), "code": code, "touched": 0}
        for number in numbers for code, *_ in ORGANIZATIONS[:2]
    ]  # fmt: skip
    standard = [
        {
            "number": number, "ItemNumber": data.sku(number), "past": past, "touched": 0,
            "StandardCostId": 2 * number + past,
        }
        for number in numbers for past in (False, True)
    ]  # fmt: skip
    places = [{"number": n, "OrganizationCode": row[0], "touched": 0} for n, row in enumerate(ORGANIZATIONS)]

    def table(name: str, entity: str, rows: list[Row], key: Callable[[Row], str]) -> PodTable:
        return PodTable(name, entity, rows, stamp=None, source_id=key, can_delete=name != "locations")

    units = [
        {"UOMCode": code, "UOM": name, "UOMClass": kind, "StandardConversion": factor, "touched": 0}
        for code, name, kind, factor in _UNITS
    ]
    kinds = (("Q", "Quantity"), ("W", "Weight"))
    classes = [{"ClassCode": code, "ClassName": name, "touched": 0} for code, name in kinds]
    return [
        table("units", "", units, lambda row: str(row["UOMCode"])),
        table("unit_classes", "", classes, lambda row: str(row["ClassCode"])),
        table("locations", "locations", places, lambda row: str(row["OrganizationCode"])),
        table("stock", "stock_levels", data.stock_slims(), lambda row: stock_key(data.stock(row))),
        table("reservations", "stock_levels", reserved, lambda row: f"reservation:{row['ReservationId']}"),
        table("average_costs", "product_costs", average, lambda row: f"average:{row['ItemNumber']}:CO1-{row['code']}"),
        table("standard_costs", "product_costs", standard, lambda row: standard_key(data.standard_cost(row))),
    ]


def _shipments(data: PodData, orders: list[Row]) -> list[PodTable]:
    """One for each order that has left, and its lines; a few lines wait, and are in no shipment yet."""
    left = [slim for slim in current_of(orders).values() if has_left(data, slim)]
    shipments = [
        {
            "number": slim["number"], "DeliveryId": 800_000_000 + slim["number"], "touched": 0,
            "LastUpdateDate": slim["LastUpdateDate"], "CreationDate": slim["CreationDate"],
        }
        for slim in left
    ]  # fmt: skip
    lines = [
        {
            "number": slim["number"], "order": slim, "place": place, "waits": slim["number"] % 15 == 2, "touched": 0,
            "ShipmentLine": slim["HeaderId"] * 100 + place, "LastUpdateDate": slim["LastUpdateDate"],
            "CreationDate": slim["CreationDate"],
        }
        for slim in left
        for place in sold_places(data, slim)
    ]  # fmt: skip
    return [
        PodTable("shipments", "shipments", shipments, stamp="LastUpdateDate", written=stamp,
                 source_id=lambda row: str(7_000_000 + row["number"])),
        PodTable("shipment_lines", "shipment_lines", lines, stamp="LastUpdateDate", written=stamp,
                 source_id=lambda row: str(row["ShipmentLine"])),
    ]  # fmt: skip
