"""The tables of the simulated system: how their rows change, are added and go."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from connectors.sap.simulation import documents, goods, parties, purchasing
from connectors.sap.simulation.rows import Rows
from connectors.sap.values import stock_key_of
from hub.sdk.simulator import Company
from hub.sdk.simulator.odata import EntityTable

Row = dict[str, Any]
Tick = Callable[[], datetime]
Placed = Callable[..., datetime]
Mark = Callable[[Row, datetime], None]


def _moment(row: Row, moment: datetime) -> None:
    row["LastChangeDateTime"] = moment
    row["LastChangeDate"] = moment.date()


def _day(row: Row, moment: datetime) -> None:
    row["LastChangeDate"] = moment.date()


def _day_and_time(row: Row, moment: datetime) -> None:
    row |= parties.changed(moment)


def _none(row: Row, moment: datetime) -> None:
    """SAP keeps no stamp here."""


@dataclass
class SapTable(EntityTable):
    """A change marks the row as SAP does, and shows in `shown`. What is flagged for deletion stays.

    mark      sets the stamps
    shown     property whose value tells that the row was touched
    flag      property that a deletion sets; empty: the row goes, and its children with it
    children  table of children -> (their property, ours)
    """

    mark: Mark = _none
    shown: str = ""
    flag: str = ""
    children: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    others: Mapping[str, EntityTable] = field(default_factory=dict)
    deletable: Callable[[Row], bool] = lambda row: True
    rows_of: Callable[[int, datetime], Iterable[Row]] | None = None
    numbered: int = 0
    """How many numbers were used for rows."""

    def touch(self, count: int, tick: Tick, dice: random.Random) -> list[str]:
        open_ = [row for row in self.rows if not self._is_flagged(row)]
        chosen = dice.sample(open_, min(count, len(open_)))
        for row in chosen:
            self.mark(row, tick())
            if self.shown:
                row[self.shown] = f"{str(row[self.shown])[:8]}*{len(self.log) % 1000}"
        self.changed(chosen)
        return [self.id_of(row) for row in chosen]

    def add(self, count: int, tick: Tick) -> list[str]:
        added: list[Row] = []
        while self.rows_of is not None and len(added) < count:
            added += self.rows_of(self.numbered, tick())
            self.numbered += 1
        return [self.id_of(row) for row in added]

    def delete(self, count: int, tick: Tick, dice: random.Random) -> list[str]:
        there = [row for row in self.rows if not self._is_flagged(row) and self.deletable(row)]
        chosen = dice.sample(there, min(count, len(there)))
        if self.flag:
            for row in chosen:
                row[self.flag] = True
                self.mark(row, tick())
            self.changed(chosen)
        else:
            self.remove(chosen, tick)
            for row in chosen:
                self._remove_children(row, tick)
        return [self.id_of(row) for row in chosen]

    def _is_flagged(self, row: Row) -> bool:
        return bool(self.flag) and row.get(self.flag) is True

    def _remove_children(self, row: Row, tick: Tick) -> None:
        for name, (theirs, ours) in self.children.items():
            table = self.others[name]
            table.remove([each for each in table.rows if each.get(theirs) == row[ours]], tick)


class System:
    """All rows, and how further ones are made."""

    def __init__(self, seed: int, counts: Mapping[str, int], rows: Rows, tick: Tick, placed_at: Placed) -> None:
        self.counts = counts
        self.company = Company(seed, customers=max(counts["partners"], 1), products=max(counts["products"], 1))
        self.rows = rows
        self.suppliers = (counts["partners"] + 3) // 4
        self._fill(tick, placed_at)

    def _fill(self, tick: Tick, placed_at: Placed) -> None:
        counts = self.counts
        for number in range(self.suppliers):
            parties.add_supplier(self.rows, self.company, number, tick())
        for name in ("partners", "contacts", "products"):
            for number in range(counts[name]):
                self.make(name, number, tick())
        for name, days in (("orders", 0), ("deliveries", 2), ("returns", 9), ("billing", 3)):
            for number in range(counts[name]):
                self.make(name, number, placed_at(number, of=max(counts["orders"], counts[name]), days=days))
        for number in range(counts["purchase_orders"]):
            self.make("purchase_orders", number, placed_at(number, of=counts["purchase_orders"]))
        if counts["plants"]:
            goods.add_places(self.rows)
        for number in range(counts["stock"]):
            goods.add_stock(self.rows, self.company, counts["products"], number)
        self.rows.taken()

    def make(self, name: str, number: int, moment: datetime) -> list[Row]:
        """The row of this number, with its children; none where there is no such document."""
        made = self._made(name, number, moment)
        return made if isinstance(made, list) else [made] if made is not None else []

    def _made(self, name: str, number: int, moment: datetime) -> Any:
        rows, company = self.rows, self.company
        if name == "purchase_orders":
            return purchasing.add_purchase_order(rows, company, number, max(self.suppliers, 1), moment)
        if name == "stock":
            return goods.add_stock(rows, company, self.counts["products"], number)
        return _MAKERS[name](rows, company, number, moment)


_MAKERS: Mapping[str, Callable[[Rows, Company, int, datetime], Any]] = {
    "partners": parties.add_customer,
    "contacts": parties.add_contact,
    "products": goods.add_product,
    "orders": documents.add_order,
    "deliveries": documents.add_delivery,
    "returns": documents.add_return,
    "billing": documents.add_billing,
}

MAIN: Mapping[str, dict[str, Any]] = {
    "partners": {
        "entity": "customers", "key": "BusinessPartner", "mark": _day_and_time, "shown": "SearchTerm1",
        "flag": "IsMarkedForArchiving", "deletable": lambda row: bool(row.get("Customer")),
        "source_id": lambda row: row["Customer"] or row["Supplier"],
    },
    "contacts": {
        "entity": "contacts", "key": "RelationshipNumber", "shown": "RelationshipCategory",
        "source_id": lambda row: ":".join((row["RelationshipNumber"], row["BusinessPartnerCompany"],
                                           row["BusinessPartnerPerson"], str(row["ValidityEndDate"]))),
    },
    "products": {
        "entity": "products", "key": "Product", "mark": _moment, "shown": "Brand", "flag": "IsMarkedForDeletion",
    },
    "plants": {"entity": "locations", "key": "Plant", "shown": "PlantName"},
    "storage_locations": {
        "entity": "locations", "key": "StorageLocation", "shown": "StorageLocationName",
        "source_id": lambda row: f"{row['Plant']}:{row['StorageLocation']}",
    },
    "stock": {"entity": "stock_levels", "key": "Material", "source_id": stock_key_of},
    "orders": {
        "entity": "orders", "key": "SalesOrder", "mark": _moment, "shown": "PurchaseOrderByCustomer",
        "children": {"order_items": ("SalesOrder", "SalesOrder")},
    },
    "deliveries": {
        "entity": "shipments", "key": "DeliveryDocument", "mark": _day, "shown": "BillOfLading",
        "children": {"delivery_items": ("DeliveryDocument", "DeliveryDocument")},
    },
    "purchase_orders": {
        "entity": "purchase_orders", "key": "PurchaseOrder", "mark": _moment,
        "children": {"purchase_items": ("PurchaseOrder", "PurchaseOrder")},
    },
    "returns": {
        "entity": "returns", "key": "CustomerReturn", "mark": _moment, "shown": "SDDocumentReason",
        "children": {"return_items": ("CustomerReturn", "CustomerReturn")},
        "source_id": lambda row: f"{row['CustomerReturn']}:10",
    },
    "billing": {
        "entity": "invoices", "key": "BillingDocument", "mark": _moment, "shown": "DocumentReferenceID",
        "children": {"billing_items": ("BillingDocument", "BillingDocument")},
    },
}  # fmt: skip
"""The tables that are named like streams."""


def tables_of(system: System) -> list[EntityTable]:
    """All tables; those of the streams know how to change."""
    found: dict[str, EntityTable] = {}
    for name, rows in system.rows.tables.items():
        if name not in MAIN:
            found[name] = EntityTable(name, name, rows, key=system.rows.keys[name], stamp=None)
            continue
        settings = dict(MAIN[name])
        table = SapTable(name, rows=rows, stamp=None, **settings)
        table.others, table.numbered = found, system.counts.get(name, 0)
        if name in {*_MAKERS, "purchase_orders", "stock"}:
            table.rows_of = _further(system, name, found)
        found[name] = table
    return list(found.values())


def _further(system: System, name: str, tables: Mapping[str, EntityTable]) -> Callable[[int, datetime], list[Row]]:
    def make(number: int, moment: datetime) -> list[Row]:
        made = system.make(name, number, moment)
        for table, rows in system.rows.taken().items():
            tables[table].changed(rows)
        return made

    return make
