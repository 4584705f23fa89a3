"""The streams of a shop: which list of the API each one reads, and by what."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from connectors.shopify import maps as m
from hub.sdk import Mode, Stream

OVERLAP = timedelta(minutes=10)
"""Filters are answered by a search index that lags behind the writes."""


@dataclass(frozen=True)
class Related:
    """A list whose changes concern the rows of another one, though the stamps of those do not move.

    list    name at the root;  filter  what to ask for; None asks for what has changed since the last run
    path    from a node of that list to the id of the row concerned
    """

    list: str
    path: tuple[str, ...]
    filter: str | None = None
    sort: str | None = "UPDATED_AT"


@dataclass(frozen=True)
class Source:
    """Where a stream's rows come from.

    list      connection at the root of the API;  type  of its nodes
    sort      key that puts the oldest change first; None where the list only comes by id
    filter    what is always asked for;  arguments  what else the list needs
    count     field with the number of rows; `count_all` where it takes no filter
    scopes    without any of them the list is refused
    gone      subject of destroy events -> entity whose record goes with it
    """

    list: str
    type: str
    scopes: tuple[str, ...]
    sort: str | None = "UPDATED_AT"
    filter: str = ""
    arguments: str = ""
    count: str | None = None
    count_all: bool = False
    gone: tuple[tuple[str, str], ...] = ()
    related: tuple[Related, ...] = ()


SOURCES = {
    "customers": Source(
        "customers", "Customer", ("read_customers",), count="customersCount", gone=(("CUSTOMER", "customers"),)
    ),
    "companies": Source(
        "companies", "Company", ("read_customers", "read_companies"), count="companiesCount", count_all=True,
        gone=(("COMPANY", "customers"),),
        related=(Related("companyLocations", ("company", "id")),),
    ),
    "products": Source(
        "products", "Product", ("read_products",), filter="status:active,draft,archived,unlisted",
        count="productsCount", gone=(("PRODUCT", "products"), ("PRODUCT_VARIANT", "products")),
        related=(Related("inventoryItems", ("variants", "nodes", "0", "product", "id"), sort=None),),
    ),
    "locations": Source(
        "locations", "Location", ("read_locations", "read_inventory"), sort="ID",
        arguments="includeInactive: true, includeLegacy: true",
    ),
    "stock": Source("inventoryItems", "InventoryItem", ("read_inventory",), sort=None, count="productVariantsCount"),
    "orders": Source(
        "orders", "Order", ("read_orders",), count="ordersCount", gone=(("ORDER", "orders"),),
        related=(
            Related("orders", ("id",), filter="return_status:in_progress OR return_status:return_requested"),
        ),
    ),
}  # fmt: skip

STREAMS = (
    Stream(
        "customers", (m.CUSTOMERS, m.CUSTOMER_ADDRESSES, m.CUSTOMER_PROFILES), overlap=OVERLAP,
        description="Persons who buy, with their addresses and what they are in companies.",
    ),
    Stream(
        "companies", (m.COMPANIES, m.COMPANY_CONTACTS, m.COMPANY_ADDRESSES), overlap=OVERLAP,
        description="Companies that buy, with their contacts and locations.",
    ),
    Stream("locations", (m.LOCATIONS,), Mode.SNAPSHOT, description="Warehouses, shops and fulfilment services."),
    Stream(
        "products", (m.PRODUCTS, m.VARIANTS), overlap=OVERLAP,
        description="Products, and their variants, which are what is sold.",
    ),
    Stream(
        "stock", (m.STOCK,), overlap=OVERLAP, depends_on=("products", "locations"),
        description="Quantities of each variant at each location.",
    ),
    Stream(
        "orders", (m.ORDERS, m.ORDER_LINES, m.SHIPMENTS, m.SHIPMENT_LINES, m.RETURNS), overlap=OVERLAP,
        depends_on=("customers", "companies", "products"),
        description="Orders with lines, shipments, refunds and returns.",
    ),
)  # fmt: skip
