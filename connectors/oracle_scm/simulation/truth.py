"""What the hub must hold after a full read of the simulated pod, worked out from its rows in the plainest way."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from connectors.oracle_scm.simulation.orders import current_of

if TYPE_CHECKING:
    from connectors.oracle_scm.simulation.pod import OracleScmSimulator

Row = dict[str, Any]
Entry = tuple[str, str, Decimal]
"""Id, currency and amount of a record."""


def truth_of(pod: OracleScmSimulator) -> dict[str, Any]:
    """By canonical entity: count, ids, and exact sums per currency; of stock, of quantities."""
    rows = {
        name: [pod.row(name, slim) for slim in table.rows] for name, table in pod.tables.items() if name != "orders"
    }
    current = [pod.row("orders", slim) for slim in current_of(pod.tables["orders"].rows).values()]
    sold = [(order, line) for order in current for line in order["lines"] if line["TransactionCategoryCode"] == "ORDER"]
    back = [
        (order, line) for order in current for line in order["lines"] if line["TransactionCategoryCode"] == "RETURN"
    ]
    orders = [order for order in current if any(line["TransactionCategoryCode"] == "ORDER" for line in order["lines"])]
    schedules = [
        (order, line, part)
        for order in rows["purchase_orders"]
        for line in order["lines"]
        for part in line["schedules"]
    ]
    return {
        "customers": _plain(row["PartyNumber"] for row in rows["customers"]),
        "addresses": _plain(each["AddressNumber"] for row in rows["customers"] for each in row["Address"]),
        "contacts": _plain(row["PartyNumber"] for row in rows["contacts"]),
        "suppliers": _plain(str(row["SupplierId"]) for row in rows["suppliers"]),
        "products": _plain(row["ItemNumber"] for row in rows["products"]),
        "locations": _plain(row["OrganizationCode"] for row in rows["locations"]),
        "stock_levels": _summed(
            [*(each for row in rows["stock"] for each in _stock(row)), *map(_reservation, rows["reservations"])]
        ),
        "product_costs": _plain([*map(_average, rows["average_costs"]), *map(standard_key, rows["standard_costs"])]),
        "orders": _summed((order_key(row), row["TransactionalCurrencyCode"], _subtotal(row)) for row in orders),
        "order_lines": _summed(_line(order, line) for order, line in sold),
        "returns": _summed(_line(order, line) for order, line in back),
        "shipments": _plain(row["Shipment"] for row in rows["shipments"]),
        "shipment_lines": _plain(str(row["ShipmentLine"]) for row in rows["shipment_lines"] if row["Shipment"]),
        "purchase_orders": _summed(
            (str(row["POHeaderId"]), row["CurrencyCode"], row["Ordered"]) for row in rows["purchase_orders"]
        ),
        "purchase_order_lines": _summed(
            (str(part["LineLocationId"]), order["CurrencyCode"], line["Price"] * part["Quantity"])
            for order, line, part in schedules
        ),
        "receipts": _plain(
            str(row["TransactionId"]) for row in rows["receipts"] if row["TransactionTypeCode"] != "DELIVER"
        ),
    }


def order_key(row: Row) -> str:
    return f"{row['SourceTransactionSystem']}:{row['SourceTransactionId']}"


def _subtotal(order: Row) -> Decimal:
    sold = [line for line in order["lines"] if line["TransactionCategoryCode"] == "ORDER"]
    return sum((line["ExtendedAmount"] for line in sold), Decimal(0))


def _line(order: Row, line: Row) -> Entry:
    return str(line["FulfillLineId"]), order["TransactionalCurrencyCode"], abs(line["ExtendedAmount"])


def stock_key(row: Row) -> str:
    parts = (row["OrganizationId"], row["InventoryItemId"], row["SubinventoryCode"], row["LocatorName"])
    return ":".join(str(part) for part in parts if part is not None)


def _stock(row: Row) -> list[Entry]:
    """A record for each lot, and one for what no lot tells."""
    key, lots = stock_key(row), row["lots"]
    rest = Decimal(row["PrimaryQuantity"]) - sum(lot["PrimaryQuantity"] for lot in lots)
    told = [(f"{key}:{lot['LotNumber']}", "", Decimal(lot["PrimaryQuantity"])) for lot in lots]
    return told if lots and not rest else [*told, (key, "", rest)]


def _reservation(row: Row) -> Entry:
    return f"reservation:{row['ReservationId']}", "", Decimal(0)


def _average(row: Row) -> str:
    return f"average:{row['ItemNumber']}:{row['ValuationUnit']}"


def standard_key(row: Row) -> str:
    organization, start = row["InventoryOrganizationCode"], row["EffectiveStartDate"]
    return f"standard:{row['ItemNumber']}:{organization}:{start}"


def _plain(ids: Iterable[str]) -> dict[str, Any]:
    listed = list(ids)
    return {"count": len(listed), "ids": listed, "sums": {}}


def _summed(entries: Iterable[Entry]) -> dict[str, Any]:
    listed = list(entries)
    sums: dict[str, Decimal] = {}
    for _, currency, amount in listed:
        sums[currency] = sums.get(currency, Decimal(0)) + amount
    return {
        "count": len(listed), "ids": [key for key, _, _ in listed],
        "sums": {currency: str(total) for currency, total in sorted(sums.items())},
    }  # fmt: skip
