"""What the hub must hold after a full read of the simulated shop, worked out from its rows in the plainest way."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from connectors.magento.simulator import MagentoSimulator

Row = dict[str, Any]
Entry = tuple[str, str, Decimal]
"""Id, currency and amount of a record."""

_NONE = Decimal(0)


def truth_of(simulator: MagentoSimulator) -> dict[str, Any]:
    """By canonical entity: count, ids, and exact sums per currency."""
    shop, tables = simulator.shop, simulator.tables
    customers = [shop.customer(row) for row in tables["customers"].rows]
    orders = [shop.order(row) for row in tables["orders"].rows]
    shipments = [simulator.shipment(row) for row in tables["shipments"].rows]
    memos = [simulator.memo(row) for row in tables["creditmemos"].rows]
    products = {row["id"] for row in tables["products"].rows}
    persons = [str(row["id"]) for row in customers]
    companies = [f"company:{row['id']}" for row in tables["companies"].rows]
    guests = sorted({_guest(row["customer_email"]) for row in orders if row["customer_is_guest"]})
    return {
        "customers": _plain([*persons, *companies, *guests]),
        "contacts": _plain(persons),
        "addresses": _plain(str(each["id"]) for row in customers for each in row["addresses"]),
        "products": _plain(str(key) for key in sorted(products)),
        "locations": _plain(row["source_code"] for row in tables["locations"].rows),
        "stock_levels": _plain(row["key"] for row in tables["stock"].rows if row["product"] in products),
        "orders": _summed((str(row["entity_id"]), row["order_currency_code"], row["grand_total"]) for row in orders),
        "order_lines": _lines(orders),
        "shipments": _plain(str(row["entity_id"]) for row in shipments),
        "shipment_lines": _plain(str(line["entity_id"]) for row in shipments for line in row["items"]),
        "returns": _summed(entry for row in memos for entry in _memo(row)),
    }


def _guest(email: str) -> str:
    return f"guest:{blake2b(email.strip().lower().encode(), digest_size=10).hexdigest()}"


def _lines(orders: list[Row]) -> dict[str, Any]:
    """All lines are held; what counts of an order's lines is its subtotal after discount."""
    counted = _summed(("", row["order_currency_code"], row["subtotal"] + row["discount_amount"]) for row in orders)
    return _plain(str(item["item_id"]) for row in orders for item in row["items"]) | {"sums": counted["sums"]}


def _memo(row: Row) -> list[Entry]:
    """The first line of an order is what comes back; whatever else stands in the memo is part of it."""
    currency, key = row["order_currency_code"], row["entity_id"]
    found = [(str(row["items"][0]["entity_id"]), currency, row["subtotal"] + row["discount_amount"])]
    if row["shipping_amount"]:
        found.append((f"{key}:shipping", currency, row["shipping_amount"]))
    if row["adjustment_negative"]:
        found.append((f"{key}:adjustment", currency, -row["adjustment_negative"]))
    return found


def _plain(ids: Iterable[str]) -> dict[str, Any]:
    listed = list(ids)
    return {"count": len(listed), "ids": listed, "sums": {}}


def _summed(entries: Iterable[Entry]) -> dict[str, Any]:
    listed = list(entries)
    sums: dict[str, Decimal] = {}
    for _, currency, amount in listed:
        sums[currency] = sums.get(currency, _NONE) + amount
    return {
        "count": len(listed), "ids": [key for key, _, _ in listed],
        "sums": {currency: str(total) for currency, total in sorted(sums.items())},
    }  # fmt: skip
