"""The streams of a pod: which resource each one reads, and by what."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from connectors.oracle_scm import maps as m
from hub.sdk import Mode, Stream
from hub.sdk.fields import Keys

OVERLAP = timedelta(minutes=15)
"""Scheduled processes stamp their rows when they begin, and show them when they commit."""


@dataclass(frozen=True)
class Source:
    """Where a stream's rows come from.

    resource  below `resources/11.13.18.05/` of an `api`;  kind  of row, see rows.py
    keys      attributes to walk by, the first that the pod can filter by;  unique  whether their values are
    cursors   attributes that tell of changes, in the same way; none: everything is read each time
    always    further attributes that reading needs, whatever the maps ask for
    children  path of accessors -> attribute that tells the rows of that list apart
    handle    attribute that Oracle documents as the last part of a row's address; none: a hash that only links tell
    slices    attribute by which Oracle wants to be asked for parts: of organizations, or of item master ones
    without   attribute and the value whose rows nobody needs
    privilege what the user needs;  optional  whether a pod without the resource is well
    """

    resource: str
    kind: str
    keys: tuple[str, ...]
    privilege: str
    api: str = "fscmRestApi"
    unique: bool = True
    cursors: tuple[str, ...] = ("LastUpdateDate",)
    always: tuple[str, ...] = ()
    children: Mapping[Keys, str] = field(default_factory=dict)
    handle: str = ""
    slices: str = ""
    of_masters: bool = False
    without: tuple[str, str] | None = None
    optional: bool = False


ORGANIZATIONS = Source(
    "inventoryOrganizations", "location", ("OrganizationId",), "View Inventory Organization", cursors=(),
    always=("OrganizationCode", "MasterOrganizationCode"),
)  # fmt: skip

SOURCES: dict[str, Source] = {
    "customers": Source(
        "hubOrganizations", "customer", ("PartyId",), "View Trading Community Organization", api="crmRestApi",
        always=("PartyNumber",), handle="PartyNumber", children={("Address",): "AddressNumber"},
    ),
    "contacts": Source("contacts", "contact", ("PartyId",), "View Contact (Sales)", api="crmRestApi", optional=True),
    "suppliers": Source("suppliers", "supplier", ("SupplierId",), "View Supplier"),
    "products": Source(
        "itemsV2", "product", ("ItemId", "InventoryItemId"), "View Item", slices="OrganizationCode", of_masters=True,
        cursors=("LastUpdateDateTime", "LastUpdateDate"),
    ),
    "locations": ORGANIZATIONS,
    "stock": Source(
        "inventoryOnhandBalances", "stock", ("InventoryItemId",), "View Item Quantities", unique=False, cursors=(),
        slices="OrganizationCode", always=("OrganizationId", "OrganizationCode", "ItemNumber", "SubinventoryCode"),
        children={("lots",): "LotNumber"},
    ),
    "reservations": Source(
        "inventoryReservations", "reservation", ("ReservationId",), "View Inventory Reservation", cursors=(),
        optional=True,
    ),
    "average_costs": Source(
        "itemCosts", "average_cost", ("ItemNumber",), "View Item Costs", unique=False, cursors=(), optional=True
    ),
    "standard_costs": Source(
        "standardCosts", "standard_cost", ("ItemNumber",), "View Standard Costs", unique=False, cursors=(),
        optional=True,
    ),
    "orders": Source(
        "salesOrdersForOrderHub", "order", ("HeaderId",), "View Orders (Sales Order Service)",
        always=(
            "OrderKey", "SourceTransactionSystem", "SourceTransactionId", "SourceTransactionRevisionNumber",
            "SubmittedFlag",
        ),
        children={
            ("lines",): "FulfillLineId", ("totals",): "TotalCode", ("billToCustomer",): "SiteUseId",
            ("shipToCustomer",): "SiteId",
        },
        handle="OrderKey",
    ),
    "shipments": Source(
        "shipments", "shipment", ("ShipmentId", "DeliveryId", "Shipment"), "View Shipment",
        children={("shippingCosts",): "FreightCostId"},
    ),
    "shipment_lines": Source("shipmentLines", "shipment_line", ("ShipmentLine",), "View Shipment Line"),
    "purchase_orders": Source(
        "purchaseOrders", "purchase_order", ("POHeaderId",), "View Purchase Order",
        children={("lines",): "POLineId", ("lines", "schedules"): "LineLocationId"},
    ),
    "receipts": Source(
        "receivingTransactionsHistory", "receipt", ("TransactionId",), "View Receiving Transaction History",
        without=("TransactionTypeCode", "DELIVER"),
    ),
}  # fmt: skip

STREAMS = (
    Stream("customers", (m.CUSTOMERS, m.ADDRESSES), overlap=OVERLAP, description="Organizations, with addresses."),
    Stream(
        "contacts", (m.CONTACTS,), overlap=OVERLAP, depends_on=("customers",),
        description="Persons at customers (where Sales keeps them).",
    ),
    Stream("suppliers", (m.SUPPLIERS,), overlap=OVERLAP, description="Suppliers."),
    Stream("products", (m.PRODUCTS,), overlap=OVERLAP, description="Items of the item master organizations."),
    Stream("locations", (m.LOCATIONS,), Mode.SNAPSHOT, description="Inventory organizations."),
    Stream(
        "stock", (m.STOCK, m.LOTS), Mode.SNAPSHOT, depends_on=("products", "locations"),
        description="On-hand quantity by organization, subinventory, locator and lot.",
    ),
    Stream(
        "reservations", (m.RESERVATIONS,), Mode.SNAPSHOT, depends_on=("products", "locations"),
        description="What is promised of the stock; together with `stock` it tells what is available.",
    ),
    Stream(
        "average_costs", (m.AVERAGE_COSTS,), Mode.SNAPSHOT, depends_on=("products",),
        description="Perpetual average cost of items.",
    ),
    Stream(
        "standard_costs", (m.STANDARD_COSTS,), Mode.SNAPSHOT, depends_on=("products",),
        description="Standard costs of items, with the time they hold for.",
    ),
    Stream(
        "orders", (m.ORDERS, m.ORDER_LINES, m.RETURNS), overlap=OVERLAP, depends_on=("customers", "products"),
        description="Sales orders with fulfilment lines, in their current revision; lines that give back are returns.",
    ),
    Stream("shipments", (m.SHIPMENTS,), overlap=OVERLAP, description="Shipments, with what sending them cost."),
    Stream(
        "shipment_lines", (m.SHIPMENT_LINES,), overlap=OVERLAP, depends_on=("shipments", "orders"),
        description="What is in the shipments.",
    ),
    Stream(
        "purchase_orders", (m.PURCHASE_ORDERS, m.PURCHASE_ORDER_LINES), overlap=OVERLAP,
        depends_on=("suppliers", "products"), description="Purchase orders; a line of ours is a schedule of theirs.",
    ),
    Stream(
        "receipts", (m.RECEIPTS,), overlap=OVERLAP, depends_on=("purchase_orders",),
        description="Goods received from suppliers.",
    ),
)  # fmt: skip
