"""The streams of a shop: which collection each one reads, and by what."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

from connectors.magento import maps as m
from hub.sdk import Mode, Stream

OVERLAP = timedelta(minutes=5)
"""A transaction stamps its rows when it begins, and shows them when it ends."""


@dataclass(frozen=True)
class Source:
    """Where a stream's rows come from.

    path      collection below `V1`;  kind  of row, see rows.py
    key       its number in filters;  id  the same in its rows
    resource  what the integration must be allowed
    entities  records that go when a row is deleted, beside its children; empty where Magento deletes none
    always    fields that reading needs, whatever the maps ask for
    """

    path: str
    kind: str
    resource: str
    key: str = "entity_id"
    id: str = "entity_id"
    entities: tuple[str, ...] = ()
    always: tuple[str, ...] = field(default=("updated_at",))


SOURCES = {
    "customers": Source(
        "customers/search", "customer", "Magento_Customer::customer", id="id", entities=("customers", "contacts")
    ),
    "companies": Source("company/", "company", "Magento_Company::index", id="id", always=()),
    "products": Source("products", "product", "Magento_Catalog::products", id="id", entities=("products",)),
    "locations": Source(
        "inventory/sources", "source", "Magento_InventoryApi::source", key="source_code", id="source_code", always=()
    ),
    "stock": Source(
        "inventory/source-items", "source_item", "Magento_InventoryApi::source", key="sku", id="sku", always=()
    ),
    "orders": Source("orders", "order", "Magento_Sales::actions_view", entities=("orders",)),
    "shipments": Source("shipments", "shipment", "Magento_Sales::shipment", entities=("shipments",)),
    "creditmemos": Source("creditmemos", "creditmemo", "Magento_Sales::creditmemo"),
}

STREAMS = (
    Stream(
        "customers", (m.CUSTOMERS, m.CONTACTS, m.ADDRESSES), overlap=OVERLAP,
        description="Persons with an account, with their addresses and what they are in companies.",
    ),
    Stream(
        "companies", (m.COMPANIES,), Mode.SNAPSHOT,
        description="Company accounts (Adobe Commerce with the B2B modules).",
    ),
    Stream("products", (m.PRODUCTS,), overlap=OVERLAP, description="Products of all types, with price and cost."),
    Stream("locations", (m.LOCATIONS,), Mode.SNAPSHOT, description="Inventory sources: warehouses and shops."),
    Stream(
        "stock", (m.STOCK,), Mode.SNAPSHOT, depends_on=("products", "locations"),
        description="Physical quantity of each product at each source.",
    ),
    Stream(
        "orders", (m.ORDERS, m.ORDER_LINES, m.GUESTS), overlap=OVERLAP,
        depends_on=("customers", "companies", "products"),
        description="Orders with their lines, and who ordered as a guest.",
    ),
    Stream(
        "shipments", (m.SHIPMENTS, m.SHIPMENT_LINES), overlap=OVERLAP, depends_on=("orders",),
        description="Shipments with their lines and tracking numbers.",
    ),
    Stream(
        "creditmemos", (m.RETURNS,), overlap=OVERLAP, depends_on=("orders",),
        description="Credit memos: what was given back, by line, and refunds without goods.",
    ),
)  # fmt: skip
