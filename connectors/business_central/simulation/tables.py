"""The tables of the simulator, filled; what posting does to them, and what is true about them."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from connectors.business_central.simulation.data import (
    CATEGORIES,
    COMPANIES,
    LOCAL,
    LOCATIONS,
    MAIN,
    REASONS,
    UNITS,
    Maker,
    SimRow,
    guid,
)
from connectors.business_central.simulation.schema import COMPANY
from hub.sdk.simulator import Table
from hub.sdk.simulator.odata import EntityTable

Tick = Callable[..., datetime]
Document = tuple[SimRow, list[SimRow]]
_POSTED = frozenset({"paid", "completed"})
_SMALL = 20
_PLAIN = frozenset({"customers", "suppliers", "products", "locations", "fx_rates", "shipments"})
"""Entities that are a table's rows, all of them."""


@dataclass
class DocumentTable(EntityTable):
    """Documents, whose lines go with them."""

    lines: EntityTable = field(default_factory=lambda: EntityTable("", "", []))
    of: dict[str, list[SimRow]] = field(default_factory=dict)
    """Id of a document -> its lines."""

    def put(self, document: Document) -> SimRow:
        """A new document with its lines."""
        header, lines = document
        self.rows.append(header)
        self.lines.rows += lines
        self.of[header["id"]] = lines
        self.lines.changed(lines)
        return header

    def remove(self, rows: Iterable[SimRow], tick: Callable[[], datetime]) -> None:
        gone = list(rows)
        super().remove(gone, tick)
        keys = {row["id"] for row in gone}
        self.lines.rows[:] = [line for line in self.lines.rows if line["documentId"] not in keys]

    def withdraw(self, row: SimRow, tick: Callable[[], datetime]) -> None:
        """Remove a document; the last one, as while the books are filled, without looking at the others."""
        if self.rows[-1] is not row:
            self.remove([row], tick)
            return
        self.rows.pop()
        del self.lines.rows[len(self.lines.rows) - len(self.of[row["id"]]) :]
        self.log.append((row, True))

    def delete(self, count: int, tick: Callable[[], datetime], dice: random.Random) -> list[str]:
        chosen = dice.sample(self.rows, min(count, len(self.rows)))
        self.remove(chosen, tick)
        return [self.id_of(row) for row in chosen]


class Books:
    """All tables of one company."""

    def __init__(self, seed: int, size: int, orders: int, tick: Tick, placed_at: Tick) -> None:
        self.make = Maker(seed, size=size)
        self.size, self.tick = size, tick
        self._after: Callable[[float], datetime] = lambda days: tick()
        """When something happens to the document at hand, so many days after it was entered."""
        self.tables: dict[str, EntityTable] = {}
        self._masters()
        self._documents()
        later = self._after
        for place in range(orders):
            self._after = lambda days, place=place: placed_at(place, days=days)  # type: ignore[misc]
            self._enter_order()
        for place in range(size):
            self._after = lambda days, place=place: placed_at(place, of=size, days=days)  # type: ignore[misc]
            self._enter_purchase()
        self._after = later

    # -- tables ----------------------------------------------------------------------------------------------------

    def _table(self, name: str, entity: str, rows: Sequence[SimRow], **more: Any) -> EntityTable:
        made = EntityTable(name, entity, list(rows), stamp="lastModifiedDateTime", **more)
        self.tables[name] = made
        return made

    def _made(self, name: str, entity: str, make: Callable[[int, datetime], SimRow], count: int) -> None:
        self._table(name, entity, [make(number, self.tick()) for number in range(count)], make=make)

    def _masters(self) -> None:
        make, size = self.make, self.size
        self._made("customers", "customers", make.customer, size)
        self._made("contacts", "contacts", make.contact, size)
        self._table("contactsInformation", "", [make.relation(number) for number in range(size)], key="contactId")
        self._made("suppliers", "suppliers", make.vendor, size)
        self._made("products", "products", make.item, size)
        self._made("itemLedgerEntries", "", make.entry, size)
        self._made("fx_rates", "fx_rates", make.rate, min(size, _SMALL))
        self._small("companies", "company", [{"name": name, "displayName": name} for name in COMPANIES])
        self._small("companyInformation", "setup", [{"displayName": COMPANIES[0], "currencyCode": LOCAL}])
        self._small("generalLedgerSetup", "setup", [{"localCurrencyCode": LOCAL}])
        self._small("itemCategories", "category", [{"code": code, "displayName": code.title()} for code in CATEGORIES])
        units = [{"code": code, "internationalStandardCode": iso, "displayName": name} for code, iso, name in UNITS]
        self._small("unitsOfMeasure", "unit", units)
        places = [{"code": code, "displayName": f"Warehouse {code}", "country": "DE"} for code in LOCATIONS]
        self._small("locations", "location", places[: self.size])
        self._small(
            "customerReturnReasons", "reason", [{"code": code, "description": code.title()} for code in REASONS]
        )
        by_location = [
            {COMPANY: MAIN, "systemId": guid("stock", number * len(LOCATIONS) + place), "locationCode": code,
             "itemNumber": make.company.product(number).sku,
             "quantity": Decimal(make.company.on_hand(number, place + 1))}
            for number in range(size) for place, code in enumerate(LOCATIONS)
        ]  # fmt: skip
        self._table("stock_by_location", "", by_location, key="systemId")

    def _small(self, name: str, kind: str, rows: Sequence[SimRow]) -> None:
        at = self.tick()
        filled = [
            {COMPANY: MAIN, "id": guid(kind, number), **row, "lastModifiedDateTime": at}
            for number, row in enumerate(rows)
        ]
        self._table(name, name if name == "locations" else "", filled)

    def _documents(self) -> None:
        by_number: Any = {"source_id": lambda row: row["number"]}
        self._document_table("orders", "salesOrderLines", self._new_order, **by_number)
        self._document_table("shipments", "salesShipmentLines", self._new_shipment)
        self._document_table("invoices", "salesInvoiceLines", self._new_invoice)
        self._document_table("creditmemos", "salesCreditMemoLines", self._new_memo)
        self._document_table("purchase_orders", "purchaseOrderLines", self._new_purchase, **by_number)
        self._document_table("purchaseInvoices", "purchaseInvoiceLines", None)
        self._document_table("receipts", "purchaseReceiptLines", self._new_receipt)

    def _document_table(self, name: str, lines: str, make: Callable[[datetime], Document] | None, **more: Any) -> None:
        inner = self._table(lines, "", [])
        made = DocumentTable(name, name, [], stamp="lastModifiedDateTime", lines=inner, **more)
        if make is not None:
            made.make = lambda _, at: self._with_lines(made, make(at))
        self.tables[name] = made

    def _with_lines(self, table: DocumentTable, document: Document) -> SimRow:
        header, lines = document
        table.lines.rows += lines
        table.of[header["id"]] = lines
        return header

    def documents(self, name: str) -> DocumentTable:
        """A table of documents."""
        found = self.tables[name]
        assert isinstance(found, DocumentTable)
        return found

    # -- documents -------------------------------------------------------------------------------------------------

    def _new_order(self, at: datetime) -> Document:
        sim = self.make.company.order(next(self.make.counters["order"]))
        return self.make.order(sim, at)

    def _new_purchase(self, at: datetime) -> Document:
        return self.make.purchase(at)

    def _new_shipment(self, at: datetime) -> Document:
        order, lines = self._new_order(at)
        return self.make.shipment(order, lines, at)

    def _new_invoice(self, at: datetime) -> Document:
        """One without an order."""
        order, lines = self._new_order(at)
        invoice, billed = self.make.invoice(order, lines, at)
        return invoice | {"orderNumber": "", "orderId": "00000000-0000-0000-0000-000000000000"}, billed

    def _new_memo(self, at: datetime) -> Document:
        invoice, lines = self._new_invoice(at)
        return self.make.memo(invoice, lines[:1], at)

    def _new_receipt(self, at: datetime) -> Document:
        order, lines = self.make.purchase(at)
        return self.make.receipt(order, lines, at)

    def _enter_order(self) -> None:
        number = next(self.make.counters["order"])
        sim = self.make.company.order(number)
        order = self.documents("orders").put(self.make.order(sim, self._after(0)))
        if number % 20 == 0:
            self.documents("invoices").put(self._new_invoice(self._after(1)))
        if number % 5 == 0:
            self.documents("creditmemos").put(self._new_memo(self._after(9)))
        if sim.status in _POSTED:
            self._finish(order, in_parts=number % 7 == 0)
            self.documents("orders").withdraw(order, self.tick)
        elif sim.status == "shipped":
            self._ship(order, self._goods(order))
            order["fullyShipped"] = True
        elif sim.status == "open" and number % 5 == 0:
            self._bill(order, self._goods(order)[:1])

    def _goods(self, order: SimRow) -> list[SimRow]:
        return [line for line in self.documents("orders").of[order["id"]] if line["lineType"] == "Item"]

    def _ship(self, order: SimRow, lines: list[SimRow]) -> None:
        self.documents("shipments").put(self.make.shipment(order, lines, self._after(2)))
        _moved(lines, "shippedQuantity")

    def _bill(self, order: SimRow, lines: list[SimRow]) -> None:
        self._ship(order, lines)
        self.documents("invoices").put(self.make.invoice(order, lines, self._after(3)))
        _moved(lines, "invoicedQuantity")

    def post(self, orders: Sequence[SimRow]) -> None:
        """Ship and invoice what is left of orders; then they are gone."""
        for order in orders:
            self._finish(order)
        self.documents("orders").remove(orders, self.tick)

    def _finish(self, order: SimRow, *, in_parts: bool = False) -> None:
        left = [line for line in self.documents("orders").of[order["id"]] if not line.get("invoicedQuantity")]
        parts = [left[:1], left[1:]] if in_parts and len(left) > 1 else [left]
        for part in parts:
            self._bill(order, part)

    def _enter_purchase(self) -> None:
        document = self.make.purchase(self._after(0))
        table = self.documents("purchase_orders")
        order = table.put(document)
        place = int(order["number"][-6:]) + 1
        if place % 2 == 0:
            self.documents("receipts").put(self.make.receipt(*document, self._after(12)))
            _moved(document[1], "receivedQuantity")
            order["fullyReceived"] = True
        if place % 4 == 0:
            self.documents("purchaseInvoices").put(self.make.bill(*document, self._after(13)))
            table.withdraw(order, self.tick)

    # -- truth -----------------------------------------------------------------------------------------------------

    def truth(self) -> dict[str, Any]:
        """By canonical entity; orders are those entered and those posted, both by number."""
        found: dict[str, Any] = {
            table.entity: table.truth() for table in self.tables.values() if table.entity in _PLAIN
        }
        contacts = [row for row in self.tables["contacts"].rows if row["type"] == "Person"]
        stocked = [row for row in self.tables["products"].rows if row["type"] == "Inventory"]
        memos = self._goods_of("creditmemos")
        invoices = [*self.tables["invoices"].rows, *self.tables["creditmemos"].rows]
        return found | {
            "contacts": _summed(contacts),
            "stock_levels": _summed(stocked),
            "shipment_lines": _summed(self._goods_of("shipments")),
            "invoices": _summed(invoices, "totalAmountIncludingTax"),
            "invoice_lines": _summed([*self._goods_of("invoices"), *memos], "netAmount"),
            "returns": _summed(memos, "netAmount"),
            "receipts": _summed(self._goods_of("receipts")),
            **self._orders("orders", "invoices", ("orders", "order_lines"), "totalAmountIncludingTax"),
            **self._orders(
                "purchase_orders", "purchaseInvoices", ("purchase_orders", "purchase_order_lines"),
                "totalAmountExcludingTax",
            ),
        }  # fmt: skip

    def _goods_of(self, name: str, rows: Iterable[SimRow] | None = None) -> list[SimRow]:
        """Lines that are no comments, with their document's currency."""
        table = self.documents(name)
        return [
            {**line, "currencyCode": row.get("currencyCode", "")}
            for row in (table.rows if rows is None else rows)
            for line in table.of[row["id"]]
            if line["lineType"] != "Comment"
        ]

    def _orders(self, name: str, invoices: str, entities: tuple[str, str], amount: str) -> dict[str, Any]:
        entered = list(self.tables[name].rows)
        numbers = {row["number"] for row in entered}
        posted = [row for row in self.tables[invoices].rows if row["orderNumber"] and row["orderNumber"] not in numbers]
        orders = [{**row, "id": row["number"]} for row in entered]
        groups: dict[str, SimRow] = {}
        for row in posted:
            known = groups.setdefault(row["orderNumber"], {**row, "id": row["orderNumber"], amount: Decimal(0)})
            known[amount] += row[amount]
        lines = [*self._goods_of(name, entered), *self._goods_of(invoices, posted)]
        return {
            entities[0]: _summed([*orders, *groups.values()], amount),
            entities[1]: _summed(lines, "amountExcludingTax" if name == "orders" else "netAmount"),
        }


def _moved(lines: Iterable[SimRow], name: str) -> None:
    """All of these lines was shipped, invoiced or received."""
    for line in lines:
        if "quantity" in line:
            line[name] = line["quantity"]


def _summed(rows: Sequence[Mapping[str, Any]], amount: str | None = None) -> dict[str, Any]:
    sums: dict[str, Decimal] = {}
    for row in rows if amount else ():
        code = row.get("currencyCode") or LOCAL
        sums[code] = sums.get(code, Decimal(0)) + row[amount or ""]
    told = {code: str(total) for code, total in sorted(sums.items())}
    return {"count": len(rows), "ids": [row["id"] for row in rows], "sums": told}


__all__ = ["Books", "DocumentTable", "Table"]
