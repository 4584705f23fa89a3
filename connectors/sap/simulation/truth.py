"""What the hub must hold after a full read of the simulated system, worked out from its rows in the plainest way."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from hub.sdk.simulator import Table

Row = dict[str, Any]
Tables = Mapping[str, Table]
_DECIMALS = {"JPY": 0, "KWD": 3}


def truth_of(tables: Tables) -> dict[str, Any]:
    """By canonical entity: count, ids, and exact sums: per currency, of stock per unit."""
    return {
        **_parties(tables),
        **_goods(tables),
        **_sales(tables),
        **_purchases(tables),
    }


def _bare(key: str) -> str:
    return key.lstrip("0") if key.isdecimal() else key


def _ids(ids: Iterable[str]) -> dict[str, Any]:
    listed = list(ids)
    return {"count": len(listed), "ids": listed, "sums": {}}


def _summed(entries: Iterable[tuple[str, str, Decimal]]) -> dict[str, Any]:
    listed = list(entries)
    sums: dict[str, Decimal] = {}
    for _, unit, amount in listed:
        sums[unit] = sums.get(unit, Decimal(0)) + amount
    told = _ids(key for key, _, _ in listed)
    return told | {"sums": {unit: str(total) for unit, total in sorted(sums.items())}}


def _parties(tables: Tables) -> dict[str, Any]:
    live = [row for row in tables["partners"].rows if not row["IsMarkedForArchiving"]]
    numbers = {row["BusinessPartner"] for row in live if row["Customer"] or row["Supplier"]}
    contacts = tables["contacts"]
    return {
        "customers": _ids(row["Customer"] for row in live if row["Customer"]),
        "suppliers": _ids(row["Supplier"] for row in live if row["Supplier"]),
        "addresses": _ids(f"{row['BusinessPartner']}:{row['AddressID']}" for row in tables["addresses"].rows
                          if row["BusinessPartner"] in numbers),
        "contacts": _ids(map(contacts.id_of, contacts.rows)),
    }  # fmt: skip


def _goods(tables: Tables) -> dict[str, Any]:
    live = {row["Product"] for row in tables["products"].rows if not row["IsMarkedForDeletion"]}
    costs = [row for row in tables["valuations"].rows if not row["ValuationType"] and row["Product"] in live]
    stock, storages = tables["stock"], tables["storage_locations"]
    return {
        "products": _ids(sorted(live)),
        "product_units": _ids(f"{row['Product']}:{row['AlternativeUnit']}" for row in tables["units"].rows
                              if row["Product"] in live),
        "product_costs": _summed(
            (f"{row['Product']}:{row['ValuationArea']}", row["Currency"],
             row["MovingAveragePrice" if row["InventoryValuationProcedure"] == "V" else "StandardPrice"])
            for row in costs
        ),
        "locations": _ids([*(row["Plant"] for row in tables["plants"].rows), *map(storages.id_of, storages.rows)]),
        "stock_levels": _summed(
            (stock.id_of(row), row["MaterialBaseUnit"], row["MatlWrhsStkQtyInMatlBaseUnit"]) for row in stock.rows
        ),
    }  # fmt: skip


def _items(tables: Tables, parents: str, items: str, key: str) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {row[key]: [] for row in tables[parents].rows}
    for row in tables[items].rows:
        if row[key] in found:
            found[row[key]].append(row)
    return found


def _sales(tables: Tables) -> dict[str, Any]:
    items = _items(tables, "orders", "order_items", "SalesOrder")
    delivered = _items(tables, "deliveries", "delivery_items", "DeliveryDocument")
    returned = _items(tables, "returns", "return_items", "CustomerReturn")
    billed = _items(tables, "billing", "billing_items", "BillingDocument")
    return {
        "orders": _summed(
            (row["SalesOrder"], row["TransactionCurrency"], row["TotalNetAmount"] + _tax(items[row["SalesOrder"]]))
            for row in tables["orders"].rows
        ),
        "order_lines": _lines(items, "SalesOrderItem", "NetAmount"),
        "shipments": _ids(delivered),
        "shipment_lines": _ids(f"{key}:{_bare(row['DeliveryDocumentItem'])}"
                               for key, rows in delivered.items() for row in rows),
        "returns": _lines(returned, "CustomerReturnItem", "NetAmount"),
        "invoices": _summed((row["BillingDocument"], row["TransactionCurrency"], row["TotalGrossAmount"])
                            for row in tables["billing"].rows),
        "invoice_lines": _lines(billed, "BillingDocumentItem", "CostAmount"),
    }  # fmt: skip


def _lines(items: Mapping[str, list[Row]], number: str, amount: str) -> dict[str, Any]:
    return _summed(
        (f"{key}:{_bare(row[number])}", row["TransactionCurrency"], row[amount])
        for key, rows in items.items() for row in rows
    )  # fmt: skip


def _tax(items: list[Row]) -> Decimal:
    return sum((row["TaxAmount"] for row in items if not row["SalesDocumentRjcnReason"]), Decimal(0))


def _purchases(tables: Tables) -> dict[str, Any]:
    items = _items(tables, "purchase_orders", "purchase_items", "PurchaseOrder")
    lines = [(key, row, _worth(row)) for key, rows in items.items() for row in rows]
    kept = [(key, row["DocumentCurrency"], worth) for key, row, worth in lines
            if row["PurchasingDocumentDeletionCode"] != "L"]  # fmt: skip
    receipts = [row for row in tables["material_items"].rows if row["GoodsMovementType"] in {"101", "102"}]
    return {
        "receipts": _summed(
            (
                f"{row['MaterialDocumentYear']}:{row['MaterialDocument']}:{row['MaterialDocumentItem']}",
                row["EntryUnit"],
                row["QuantityInEntryUnit"] * (1 if row["DebitCreditCode"] == "S" else -1),
            )
            for row in receipts
        ),
        "purchase_orders": _ids(items) | {"sums": _summed(kept)["sums"]},
        "purchase_order_lines": _summed(
            (f"{key}:{row['PurchaseOrderItem']}", row["DocumentCurrency"], worth) for key, row, worth in lines
        ),
    }


def _worth(row: Row) -> Decimal:
    if row["PurchasingItemIsFreeOfCharge"]:
        return Decimal(0)
    units = row["OrderQuantity"] * row["OrderPriceUnitToOrderUnitNmrtr"] / row["OrdPriceUnitToOrderUnitDnmntr"]
    worth = units * row["NetPriceAmount"] / row["NetPriceQuantity"]
    worth = worth.quantize(Decimal(1).scaleb(-_DECIMALS.get(row["DocumentCurrency"], 2)), ROUND_HALF_UP)
    return Decimal(-worth if row["IsReturnsItem"] else worth)
