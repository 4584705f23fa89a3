"""Rows as the Service Layer sends them, made ready for the maps: moments, the currency that counts, names of codes.

Amounts come two or three times: in the company's own currency (`DocTotal`, `LineTotal`), in the document's where that
is a foreign one (`DocTotalFc`, `RowTotalFC`), and in the system currency. The maps get those of the document's own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from connectors.sap_b1 import values as v
from connectors.sap_b1.lookups import Lookups
from connectors.sap_b1.moments import ServerClock, day_of
from connectors.sap_b1.units import Units

_DAYS = ("DocDate", "DocDueDate", "CancelDate", "RequriedDate")
_LINE_DAYS = ("ShipDate", "RequiredDate", "ActualDeliveryDate")
_HEADER_ADDRESS = {
    "street": "Address", "postal_code": "ZipCode", "city": "City", "region": "BillToState", "country": "Country",
}  # fmt: skip
SingleRow = dict[str, Any]


@dataclass
class Shaper:
    """Makes the rows of one company ready, in place."""

    clock: ServerClock
    lookups: Lookups
    units: Units
    price_list: int

    def ready(self, kind: str, rows: Iterable[SingleRow]) -> None:
        """`kind` is that of the stream; see `streams.SOURCES`."""
        shape: Callable[[SingleRow], None] = {
            "partner": self._partner, "item": self._item, "stock": self._stock, "warehouse": _warehouse,
            "document": self._document, "order": self._order, "delivery": self._delivery, "return": self._return,
            "purchase": self._purchase,
        }[kind]  # fmt: skip
        for row in rows:
            shape(row)

    def _stamped(self, row: SingleRow, created: tuple[Any, Any]) -> None:
        """When it was created and changed. What was never changed may have no date of a change."""
        row["created_at"] = self.clock.moment(*created)
        changed = (row.get("UpdateDate"), row.get("UpdateTime"))
        row["changed_at"] = self.clock.stamp(*(changed if day_of(changed[0]) else created))

    # -- partners ------------------------------------------------------------------------------------------------------

    def _partner(self, row: SingleRow) -> None:
        self._stamped(row, (row.get("CreateDate"), row.get("CreateTime")))
        row["status"], row["words"] = v.partner_status(row), v.partner_words(row)
        row["group"] = self.lookups.name("BusinessPartnerGroups", row.get("GroupCode"))
        row["sales_person"] = self.lookups.name("SalesPersons", row.get("SalesPersonCode"))
        row["currency"] = self.lookups.currency(row.get("Currency"))
        addresses = list(v.each(row, "BPAddresses"))
        for address in addresses:
            address["line"] = _line(address)
            billing = address.get("AddressType") == "bo_BillTo"
            default = row.get("BilltoDefault" if billing else "ShipToDefault")
            address["is_default"] = bool(default) and address.get("AddressName") == default
        row["main_address"] = _main_address(row, addresses)
        for contact in v.each(row, "ContactEmployees"):
            self._stamped(contact, (contact.get("CreateDate"), contact.get("CreateTime")))
            contact["is_primary"] = bool(row.get("ContactPerson")) and contact.get("Name") == row.get("ContactPerson")
            contact["status"] = "inactive" if contact.get("Active") in {"tNO", "N"} else "active"

    # -- items ---------------------------------------------------------------------------------------------------------

    def _item(self, row: SingleRow) -> None:
        self._stamped(row, (row.get("CreateDate"), row.get("CreateTime")))
        row["group"] = self.lookups.name("ItemGroups", row.get("ItemsGroupCode"))
        row["maker"] = self.lookups.name("Manufacturers", row.get("Manufacturer"))
        row["unit"] = self._base_unit(row)
        row["local_currency"] = self.lookups.local_currency()
        row["list_price"] = self._list_price(row)
        row["cost"] = row.get("AvgStdPrice") if v.number(row.get("AvgStdPrice")) else None
        row["weight"] = self._weight(row)
        row["is_service"] = row.get("ItemType") in {"itLabor", "itTravel"} or row.get("ItemClass") == "itcService"
        row["kind"] = "service" if row["is_service"] else "goods"
        row["status"] = "discontinued" if v.is_yes(row.get("Frozen")) else "active"
        row["units"] = list(self._units(row))

    def _base_unit(self, row: SingleRow) -> str | None:
        code, name, symbol = self.lookups.unit(row.get("InventoryUoMEntry")) if _has_group(row) else (None, None, None)
        return self.units.code(symbol, code, name, row.get("InventoryUOM"))

    def _list_price(self, row: SingleRow) -> Any:
        """That of the list which the settings name, where it is in the company's own currency."""
        for price in v.each(row, "ItemPrices"):
            if price.get("PriceList") == self.price_list and v.number(price.get("Price")):
                own = self.lookups.currency(price.get("Currency")) or row["local_currency"]
                return price.get("Price") if own == row["local_currency"] else None
        return None

    def _weight(self, row: SingleRow) -> Any:
        weight, unit = v.number(row.get("InventoryWeight")), row.get("InventoryWeightUnit")
        kilograms = self.lookups.kilograms(unit) if weight else None
        return weight * kilograms if kilograms else None

    def _units(self, row: SingleRow) -> Iterator[SingleRow]:
        """Units beside the base unit, with how many base units they are."""
        if _has_group(row):
            group = self.lookups.unit_group(row.get("UoMGroupEntry"))
            for each in v.each(group, "UoMGroupDefinitionCollection"):
                entry = each.get("AlternateUoM")
                code, name, symbol = self.lookups.unit(entry)
                if entry != group.get("BaseUoM") and code:
                    yield {
                        "key": str(entry), "unit": self.units.code(symbol, code, name), "source_unit": code,
                        "numerator": each.get("BaseQuantity"), "denominator": each.get("AlternateQuantity"),
                    }  # fmt: skip
            return
        for key, name, factor in (("sales", "SalesUnit", "SalesItemsPerUnit"),
                                  ("purchasing", "PurchaseUnit", "PurchaseItemsPerUnit")):  # fmt: skip
            own = row.get(name)
            if isinstance(own, str) and own and own != row.get("InventoryUOM"):
                yield {
                    "key": key, "unit": self.units.code(own), "source_unit": own, "numerator": row.get(factor),
                    "denominator": 1,
                }  # fmt: skip

    def _stock(self, row: SingleRow) -> None:
        """Costs are those of the warehouse, or of the company where it keeps one cost for all."""
        row["unit"] = self._base_unit(row)
        row["local_currency"] = self.lookups.local_currency()
        for level in v.each(row, "ItemWarehouseInfoCollection"):
            on_hand, committed = level.get("InStock"), level.get("Committed")
            level["available"] = None if on_hand is None else v.number(on_hand) - v.number(committed)
            own = level.get("StandardAveragePrice")
            cost = own if v.number(own) else row.get("AvgStdPrice")
            level["cost"] = cost if v.number(cost) else None

    # -- documents -----------------------------------------------------------------------------------------------------

    def _document(self, row: SingleRow) -> None:
        self._stamped(row, (row.get("CreationDate"), row.get("DocTime")))
        _plain_days(row, _DAYS)
        local, code = self.lookups.local_code(), row.get("DocCurrency")
        foreign = isinstance(code, str) and code not in {"", local}
        row["currency"] = self.lookups.currency(code if foreign else local)
        row["base_currency"] = self.lookups.local_currency()
        fc, upper = ("Fc", "FC") if foreign else ("", "")
        row["total"], row["tax"] = row.get(f"DocTotal{fc}"), row.get(f"VatSum{fc}")
        row["discount"] = row.get(f"TotalDiscount{upper}")
        expenses = list(v.each(row, "DocumentAdditionalExpenses"))
        row["shipping"] = sum((v.number(each.get(f"LineTotal{upper}")) for each in expenses), v.NOTHING)
        row["net"] = None if row["total"] is None else v.number(row["total"]) - v.number(row["tax"])
        row["words"], row["is_cancelled"] = v.words(row), v.is_cancelled(row)
        lines = list(v.each(row, "DocumentLines"))
        for line in lines:
            self._line(line, code if foreign else local, "RowTotalFC" if foreign else "LineTotal", upper)
            line["parent_key"] = None if line["parent"] is None else f"{row.get('DocEntry')}:{line['parent']}"
        row["subtotal"] = sum((v.number(line["total"]) for line in lines), v.NOTHING) if lines else None
        row["warehouse"] = v.common(line.get("WarehouseCode") for line in lines)
        row["carrier"] = self.lookups.name("ShippingTypes", row.get("TransportationCode"))
        contact = row.get("ContactPersonCode")
        row["contact"] = contact if isinstance(contact, int) and contact > 0 else None

    def _line(self, line: SingleRow, currency: Any, total: str, suffix: str) -> None:
        _plain_days(line, _LINE_DAYS)
        line["total"], line["tax"] = line.get(total), line.get(f"NetTaxAmount{suffix}")
        line["price"] = v.price_of(line, currency, line["total"])
        line["cost"] = line.get("GrossBuyPrice") if not suffix and v.number(line.get("GrossBuyPrice")) else None
        share = line.get("DiscountPercent")
        line["share"] = None if share is None else v.number(share) / 100
        code, name, symbol = self.lookups.unit(line.get("UoMEntry"))
        line["unit"] = self.units.code(symbol, code, name, line.get("UoMCode"), line.get("MeasureUnit"))
        line["done"], line["given_up"] = v.done_quantity(line), v.given_up(line)
        line["order"], line["order_line"] = v.base_of(line, v.ORDER)
        above = line.get("ParentLineNum")
        is_part = line.get("TreeType") == "iIngredient" and isinstance(above, int) and above >= 0
        line["parent"] = above if is_part else None

    def _order(self, row: SingleRow) -> None:
        self._document(row)
        row["status"] = v.order_status(row)
        row["sales_person"] = self.lookups.name("SalesPersons", row.get("SalesPersonCode"))

    def _delivery(self, row: SingleRow) -> None:
        self._document(row)
        row["status"] = "cancelled" if row["is_cancelled"] else "shipped"
        row["order"] = v.common(line["order"] for line in v.each(row, "DocumentLines"))

    def _return(self, row: SingleRow) -> None:
        self._document(row)
        row["status"] = "cancelled" if row["is_cancelled"] else "completed" if v.is_closed(row) else "received"

    def _purchase(self, row: SingleRow) -> None:
        self._document(row)
        lines = list(v.each(row, "DocumentLines"))
        row["status"] = "cancelled" if row["is_cancelled"] else v.purchase_status(row, lines)
        for line in lines:
            line["status"] = "cancelled" if row["is_cancelled"] else v.purchase_status(line, [line], "LineStatus")


def _warehouse(row: SingleRow) -> None:
    row["line"] = " ".join(str(row[name]) for name in ("Street", "StreetNo") if row.get(name)) or None
    row["kind"] = "virtual" if v.is_yes(row.get("DropShip")) else "warehouse"
    row["is_active"] = not v.is_yes(row.get("Inactive"))


def _has_group(row: SingleRow) -> bool:
    """Whether the item's units are defined; else they are free text, which is called manual."""
    entry = row.get("UoMGroupEntry")
    return isinstance(entry, int) and entry > 0


def _plain_days(row: SingleRow, names: Iterable[str]) -> None:
    """Dates without the time and zone that some releases write behind them."""
    for name in names:
        if isinstance(row.get(name), str):
            found = day_of(row[name])
            row[name] = found.isoformat() if found else None


def _line(address: SingleRow) -> str | None:
    return " ".join(str(address[name]) for name in ("Street", "StreetNo") if address.get(name)) or None


def _main_address(row: SingleRow, addresses: list[SingleRow]) -> SingleRow:
    """The default billing address; what the partner itself says where it has none."""
    for address in addresses:
        if address.get("AddressType") == "bo_BillTo" and address["is_default"]:
            return {
                "street": address["line"], "street2": address.get("Block"), "postal_code": address.get("ZipCode"),
                "city": address.get("City"), "region": address.get("State"), "country": address.get("Country"),
            }  # fmt: skip
    return {ours: row.get(theirs) for ours, theirs in _HEADER_ADDRESS.items()}
