"""The streams of a company: which entity set each one reads, and what its rows are made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from connectors.sap_b1 import document_maps as documents
from connectors.sap_b1 import maps
from hub.sdk import Mode, Stream
from hub.sdk.odata import Filter, eq, ne

OVERLAP = timedelta(hours=2)
"""For a server whose clock is wrong. It costs nothing: whole days are asked for."""
_TEXT = "Edm.String"
"""Words of enumerations and dates are quoted like texts, whatever the metadata calls their type."""


@dataclass(frozen=True)
class Source:
    """What a stream is read from.

    entities  the entity set;  kind  of its rows, see rows.py;  key  that pages are cut by
    only      which of the entities are meant
    changed   dates by which changes are found: of the last change, and of the creation; empty: every read is whole
    open      documents that others change without moving their change stamp
    derived   what the connector makes -> the properties it is made of
    """

    entities: str
    kind: str
    key: str
    only: Filter | None = None
    changed: tuple[str, ...] = ()
    open: Filter | None = None
    derived: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


_CHANGED = ("UpdateDate", "UpdateTime", "CreateDate", "CreateTime")
_DOCUMENT_CHANGED = ("UpdateDate", "UpdateTime", "CreationDate", "DocTime")
_STATUS = ("Cancelled", "CancelStatus", "DocumentStatus", "Confirmed", "DocumentLines")
_FREIGHT = "DocumentAdditionalExpenses"

PARTNER = {
    "changed_at": _CHANGED,
    "created_at": ("CreateDate", "CreateTime"),
    "status": ("CardType", "Frozen"),
    "words": ("CardType", "Frozen"),
    "group": ("GroupCode",),
    "sales_person": ("SalesPersonCode",),
    "currency": ("Currency",),
    "main_address": ("BPAddresses", "BilltoDefault", "Address", "ZipCode", "City", "BillToState", "Country"),
    "ContactEmployees.is_primary": ("ContactPerson",),
    "BPAddresses.is_default": ("BilltoDefault", "ShipToDefault"),
}
_BASE_UNIT = ("UoMGroupEntry", "InventoryUoMEntry", "InventoryUOM")
ITEM = {
    "changed_at": _CHANGED,
    "created_at": ("CreateDate", "CreateTime"),
    "group": ("ItemsGroupCode",),
    "maker": ("Manufacturer",),
    "unit": _BASE_UNIT,
    "local_currency": (),
    "list_price": ("ItemPrices",),
    "cost": ("AvgStdPrice",),
    "weight": ("InventoryWeight", "InventoryWeightUnit"),
    "kind": ("ItemType", "ItemClass"),
    "status": ("Frozen",),
    "units": (*_BASE_UNIT, "SalesUnit", "SalesItemsPerUnit", "PurchaseUnit", "PurchaseItemsPerUnit"),
}
STOCK = {
    "unit": _BASE_UNIT,
    "local_currency": (),
    "ItemWarehouseInfoCollection.cost": ("AvgStdPrice",),
}
WAREHOUSE = {"line": ("Street", "StreetNo"), "kind": ("DropShip",), "is_active": ("Inactive",)}
DOCUMENT = {
    "changed_at": _DOCUMENT_CHANGED,
    "created_at": ("CreationDate", "DocTime"),
    "currency": ("DocCurrency",),
    "base_currency": (),
    "total": ("DocCurrency", "DocTotal", "DocTotalFc"),
    "tax": ("DocCurrency", "VatSum", "VatSumFc"),
    "discount": ("DocCurrency", "TotalDiscount", "TotalDiscountFC"),
    "net": ("DocCurrency", "DocTotal", "DocTotalFc", "VatSum", "VatSumFc"),
    "shipping": ("DocCurrency", _FREIGHT),
    "subtotal": ("DocCurrency", "DocumentLines"),
    "words": _STATUS[:3],
    "status": _STATUS,
    "warehouse": ("DocumentLines",),
    "order": ("DocumentLines",),
    "carrier": ("TransportationCode",),
    "contact": ("ContactPersonCode",),
    "sales_person": ("SalesPersonCode",),
    "DocumentLines.total": ("DocCurrency",),
    "DocumentLines.tax": ("DocCurrency",),
    "DocumentLines.price": ("DocCurrency",),
    "DocumentLines.cost": ("DocCurrency",),
    "DocumentLines.status": _STATUS[:2],
}
_DATES = ("UpdateDate", "CreateDate")
_DOCUMENT_DATES = ("UpdateDate", "CreationDate")
_IS_OPEN = eq("DocumentStatus", "bost_Open", _TEXT)


def _document(entities: str, kind: str) -> Source:
    return Source(entities, kind, "DocEntry", changed=_DOCUMENT_DATES, open=_IS_OPEN, derived=DOCUMENT)


SOURCES = {
    "customers": Source(
        "BusinessPartners", "partner", "CardCode", ne("CardType", "cSupplier", _TEXT), _DATES, derived=PARTNER
    ),
    "suppliers": Source(
        "BusinessPartners", "partner", "CardCode", eq("CardType", "cSupplier", _TEXT), _DATES, derived=PARTNER
    ),
    "products": Source("Items", "item", "ItemCode", changed=_DATES, derived=ITEM),
    "warehouses": Source("Warehouses", "warehouse", "WarehouseCode", derived=WAREHOUSE),
    "stock": Source("Items", "stock", "ItemCode", eq("InventoryItem", "tYES", _TEXT), derived=STOCK),
    "orders": _document("Orders", "order"),
    "deliveries": _document("DeliveryNotes", "delivery"),
    "returns": _document("Returns", "return"),
    "purchase_orders": _document("PurchaseOrders", "purchase"),
}

_PARTIES = ("customers", "products")
STREAMS = (
    Stream(
        "customers", (maps.CUSTOMERS, maps.CUSTOMER_CONTACTS, maps.CUSTOMER_ADDRESSES), overlap=OVERLAP,
        description="Customers and leads with their contacts and addresses.",
    ),
    Stream(
        "suppliers", (maps.SUPPLIERS, maps.SUPPLIER_CONTACTS, maps.SUPPLIER_ADDRESSES), overlap=OVERLAP,
        description="Suppliers with their contacts and addresses.",
    ),
    Stream(
        "products", (maps.PRODUCTS, maps.PRODUCT_UNITS), overlap=OVERLAP, depends_on=("suppliers",),
        description="Items with list price, cost and units.",
    ),
    Stream("warehouses", (maps.WAREHOUSES,), Mode.SNAPSHOT, description="Warehouses."),
    Stream(
        "stock", (maps.STOCK, maps.COSTS), Mode.SNAPSHOT, depends_on=("products", "warehouses"),
        description="Stock and cost of each item in each warehouse.",
    ),
    Stream(
        "orders", (documents.ORDERS, documents.ORDER_LINES), overlap=OVERLAP, depends_on=_PARTIES,
        description="Sales orders with their lines.",
    ),
    Stream(
        "deliveries", (documents.SHIPMENTS, documents.SHIPMENT_LINES), overlap=OVERLAP, depends_on=("orders",),
        description="Deliveries with their lines.",
    ),
    Stream(
        "returns", (documents.RETURNS,), overlap=OVERLAP, depends_on=("orders", "deliveries"),
        description="Returns of goods, by line.",
    ),
    Stream(
        "purchase_orders", (documents.PURCHASE_ORDERS, documents.PURCHASE_ORDER_LINES), overlap=OVERLAP,
        depends_on=("suppliers", "products"), description="Purchase orders with their lines.",
    ),
)  # fmt: skip
