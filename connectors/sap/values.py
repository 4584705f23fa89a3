"""Values that take more than a look-up: each function goes over the rows of a page, or of a list within them. Pure.

Decimals come as texts, dates in ISO 8601 without a zone, flags as true and false or as `X` and a blank text.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from typing import Any

from connectors.sap.units import KILOGRAMS
from connectors.sap.zones import day_of
from hub.sdk import Row, RowRejected

Dict = dict[str, Any]
NOTHING = Decimal(0)
_SIXTH = Decimal("0.000001")
_DECIMALS = {
    **dict.fromkeys(("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "VND", "VUV", "XAF",
                     "XOF", "XPF"), 0),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
}  # fmt: skip
"""Decimals of currencies that have not two (ISO 4217). SAP rounds its own amounts so."""


def number(value: Any) -> Decimal:
    """An exact number; zero where there is none."""
    if value is None or value == "":
        return NOTHING
    return Decimal(value) if isinstance(value, str | int | Decimal) else Decimal(str(value))


def is_set(value: Any) -> bool:
    """A flag, however a service writes it."""
    return value is True or value in {"X", "true"}


def each(row: Row, name: str) -> list[Dict]:
    """The rows of an expanded list; none where it was not sent."""
    found = row.get(name)
    if isinstance(found, dict):
        return [found]
    return found if isinstance(found, list) else []


def divided(amount: Decimal, by: Decimal) -> Decimal | None:
    """To the six decimals that the hub keeps; None where nothing can be divided."""
    return (amount / by).quantize(_SIXTH, ROUND_HALF_EVEN) if by else None


def rounded(amount: Decimal, currency: Any) -> Decimal:
    """As SAP rounds an amount of that currency."""
    return amount.quantize(Decimal(1).scaleb(-_DECIMALS.get(currency, 2)), ROUND_HALF_UP)


def place_of(plant: Any, storage: Any = None) -> str | None:
    """Key of a location: the plant, or a storage location within it."""
    if not plant:
        return None
    return f"{plant}:{storage}" if storage else str(plant)


def the_same(values: Iterable[Any]) -> Any:
    """The one value that all of them have; None where they differ, or there is none."""
    found = {value for value in values if value}
    return found.pop() if len(found) == 1 else None


def item_number(value: Any) -> str:
    """Items are `10` in some services and `000010` in others."""
    text = str(value or "")
    return text.lstrip("0") if text.isdecimal() else text


def line_key(document: Any, item: Any) -> str | None:
    """Key of a document's line; none where either is missing, or is 0: then it points nowhere."""
    bare = item_number(item)
    return f"{document}:{bare}" if document and bare else None


def key_of(rows: Sequence[Row], document: str, item: str) -> list[Any]:
    keys = (line_key(row.get(document), row.get(item)) for row in rows)
    return [key or RowRejected("lacks a part of the key", rule="key") for key in keys]


def locations(plant: str, storage: str) -> Any:
    """A function that gives the location of each row."""

    def location(rows: Sequence[Row]) -> list[Any]:
        return [place_of(row.get(plant), row.get(storage)) for row in rows]

    location.__qualname__ = f"location_{plant}_{storage}"
    location.__doc__ = "The storage location within its plant, else the plant."
    return location


# -- partners ------------------------------------------------------------------------------------------------------


def _addresses(row: Row) -> list[Dict]:
    return each(row, "to_BusinessPartnerAddress")


def main_address(row: Row, today: date) -> Dict:
    """The standard address (usage XXDEFAULT), else the first one; of those that hold today, where any does."""
    addresses = _addresses(row)
    addresses = [address for address in addresses if _holds(address, today)] or addresses
    usual = (address for address in addresses if any(_is_standard(usage) for usage in each(address, "to_AddressUsage")))
    return next(usual, addresses[0] if addresses else {})


def _holds(address: Row, today: date) -> bool:
    """SAP keeps addresses that are over, and those to come."""
    begins, ends = (day_of(address.get(name)) for name in ("ValidityStartDate", "ValidityEndDate"))
    return (begins is None or begins <= today) and (ends is None or ends >= today)


def _is_standard(usage: Row) -> bool:
    return usage.get("AddressUsage") == "XXDEFAULT" or is_set(usage.get("StandardUsage"))


def default_of(rows: Sequence[Row], flag: str, *fields: str) -> Any:
    """The field of the row that is marked as the default one, else of the first."""
    chosen = next((row for row in rows if is_set(row.get(flag))), rows[0] if rows else {})
    return next((chosen[field] for field in fields if chosen.get(field)), None)


def street_of(address: Row) -> str | None:
    return " ".join(str(address[name]) for name in ("StreetName", "HouseNumber") if address.get(name)) or None


def streets(rows: Sequence[Row]) -> list[Any]:
    """Street and house number."""
    return [street_of(row) for row in rows]


def address_email(rows: Sequence[Row]) -> list[Any]:
    """The default mail address."""
    return [default_of(each(row, "to_EmailAddress"), "IsDefaultEmailAddress", "EmailAddress") for row in rows]


def address_phone(rows: Sequence[Row]) -> list[Any]:
    """The default number, international where it is kept so."""
    return [
        default_of(each(row, "to_PhoneNumber"), "IsDefaultPhoneNumber", "InternationalPhoneNumber", "PhoneNumber")
        for row in rows
    ]


def address_role(rows: Sequence[Row]) -> list[Any]:
    """`main` for the standard address; bill-to and ship-to by their usage."""
    return [_role(row) for row in rows]


def _role(address: Row) -> str:
    usages = each(address, "to_AddressUsage")
    if any(_is_standard(usage) for usage in usages):
        return "main"
    words = {"BILL_TO": "billing", "XXDEFBILL": "billing", "SHIP_TO": "shipping", "XXDEFSHIP": "shipping"}
    return next((words[usage["AddressUsage"]] for usage in usages if usage.get("AddressUsage") in words), "other")


def tax_number(rows: Sequence[Row]) -> list[Any]:
    """The VAT number (tax type XX0), else the first tax number."""
    return [_tax(row).get("BPTaxNumber") or _tax(row).get("BPTaxLongNumber") or _vat(row) for row in rows]


def _vat(row: Row) -> Any:
    party = row.get("to_Customer") or row.get("to_Supplier")
    return party.get("VATRegistration") if isinstance(party, dict) else None


def tax_country(rows: Sequence[Row]) -> list[Any]:
    """The first two letters of the tax type, which are a country's."""
    kinds = (str(_tax(row).get("BPTaxType") or "") for row in rows)
    return [kind[:2] if len(kind) == 3 and kind[:2].isalpha() and kind[2].isdecimal() else None for kind in kinds]


def _tax(row: Row) -> Row:
    numbers = each(row, "to_BusinessPartnerTax")
    return next((one for one in numbers if str(one.get("BPTaxType", "")).endswith("0")), numbers[0] if numbers else {})


def customer_status(rows: Sequence[Row]) -> list[Any]:
    """Flagged: inactive. Blocked centrally, or for orders: blocked. Deliveries or invoices alone do not block it."""
    return [_party_status(row, each(row, "to_Customer"), "OrderIsBlockedForCustomer") for row in rows]


def supplier_status(rows: Sequence[Row]) -> list[Any]:
    """Flagged: inactive. Blocked centrally, or for purchasing: blocked."""
    return [
        _party_status(row, each(row, "to_Supplier"), "PurchasingIsBlocked", "SupplierProcurementBlock") for row in rows
    ]


def _party_status(row: Row, parts: Sequence[Row], *blocks: str) -> str:
    if is_set(row.get("IsMarkedForArchiving")) or any(is_set(part.get("DeletionIndicator")) for part in parts):
        return "inactive"
    if is_set(row.get("BusinessPartnerIsBlocked")) or any(part.get(name) for part in parts for name in blocks):
        return "blocked"
    return "active"


def customer_words(rows: Sequence[Row]) -> list[Any]:
    """SAP's own blocks and flags, as a text."""
    return [_party_words(row, each(row, "to_Customer")) for row in rows]


def supplier_words(rows: Sequence[Row]) -> list[Any]:
    """SAP's own blocks and flags, as a text."""
    return [_party_words(row, each(row, "to_Supplier")) for row in rows]


_PARTY_FLAGS = ("DeletionIndicator", "OrderIsBlockedForCustomer", "DeliveryIsBlocked", "BillingIsBlockedForCustomer",
                "PostingIsBlocked", "PurchasingIsBlocked", "SupplierProcurementBlock")  # fmt: skip


def _party_words(row: Row, parts: Sequence[Row]) -> str | None:
    told = [name for name in ("IsMarkedForArchiving", "BusinessPartnerIsBlocked") if is_set(row.get(name))]
    for part in parts:
        told += [name if part[name] is True else f"{name} {part[name]}" for name in _PARTY_FLAGS if part.get(name)]
    return ", ".join(told) or None


# -- products ------------------------------------------------------------------------------------------------------


def product_status(rows: Sequence[Row]) -> list[Any]:
    """Flagged for deletion: discontinued. A cross-plant status is the system's own, and stands in `source_status`."""
    return ["discontinued" if is_set(row.get("IsMarkedForDeletion")) else "active" for row in rows]


def weight_kg(rows: Sequence[Row]) -> list[Any]:
    """Net weight, else gross weight, in kilograms; none where the unit is no weight that we know."""
    return [_weight(row) for row in rows]


def _weight(row: Row) -> Decimal | None:
    factor = KILOGRAMS.get(row.get("WeightUnit") or "")
    weight = number(row.get("NetWeight")) or number(row.get("GrossWeight"))
    return (weight * Decimal(factor)).quantize(_SIXTH, ROUND_HALF_EVEN) if factor and weight else None


def valuation_method(rows: Sequence[Row]) -> list[Any]:
    """By price control: S is standard, V is moving average."""
    words = {"S": "standard", "V": "moving_average"}
    return [words.get(row.get("InventoryValuationProcedure") or "") for row in rows]


def valued_price(rows: Sequence[Row]) -> list[Any]:
    """The price that stock is valued with: the moving average under price control V, else the standard price."""
    return [
        row.get("MovingAveragePrice" if row.get("InventoryValuationProcedure") == "V" else "StandardPrice")
        for row in rows
    ]


# -- stock ---------------------------------------------------------------------------------------------------------

STOCK_KEY = ("Material", "Plant", "StorageLocation", "Batch", "Supplier", "Customer", "WBSElementInternalID",
             "SDDocument", "SDDocumentItem", "InventorySpecialStockType", "InventoryStockType")  # fmt: skip
_STOCK_TYPES = {
    "01": "unrestricted",
    "02": "quality",
    "03": "returns",
    "04": "in_transit",
    "05": "in_transit",
    "06": "in_transit",
    "07": "blocked",
    "08": "blocked",
    "09": "blocked",
    "10": "blocked",
}
_SPECIAL = {"E": "reserved", "Q": "reserved", "O": "reserved", "T": "in_transit"}


def stock_key(rows: Sequence[Row]) -> list[Any]:
    """All eleven parts of SAP's key; the empty ones in the middle count."""
    return [stock_key_of(row) for row in rows]


def stock_key_of(row: Row) -> Any:
    if not row.get("Material") or any(isinstance(row.get(name), dict | list) for name in STOCK_KEY):
        return RowRejected("lacks a part of the key", rule="key")
    return "|".join(str(row.get(name) or "") for name in STOCK_KEY)


def stock_type(rows: Sequence[Row]) -> list[Any]:
    """Special stock first: of a sales order, a project or at a subcontractor it is reserved, else consignment. A stock
    type that is not known is refused, not guessed."""
    return [_stock_type(row.get("InventoryStockType"), row.get("InventorySpecialStockType")) for row in rows]


def _stock_type(kind: Any, special: Any) -> Any:
    if special:
        return _SPECIAL.get(special, "consignment")
    return _STOCK_TYPES.get(kind, kind)
