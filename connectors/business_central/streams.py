"""The streams of a company: which resource each one reads, and with which lines."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from connectors.business_central import maps as m
from hub.sdk import Mode, Stream

STAMP = "lastModifiedDateTime"
OVERLAP = timedelta(minutes=15)
"""A transaction stamps its rows before it ends, and the read-only replica lags behind."""


@dataclass(frozen=True)
class Posting:
    """Where orders live on that were posted in full: in the invoices that name them.

    renamed   fields of invoice lines that order lines call otherwise
    filled    fields of order lines that an invoiced quantity fills
    """

    invoices: str
    invoice_lines: str
    filled: tuple[str, ...]
    renamed: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Source:
    """Where a stream's rows come from.

    path    resource below the company
    lines   navigation to the lines that come with each document
    always  fields that reading needs, whatever the maps ask for
    """

    path: str
    lines: str = ""
    always: tuple[str, ...] = ("id", STAMP)
    posting: Posting | None = None


SALES = Posting("salesInvoices", "salesInvoiceLines", ("shippedQuantity", "invoicedQuantity"))
PURCHASES = Posting(
    "purchaseInvoices", "purchaseInvoiceLines", ("receivedQuantity", "invoicedQuantity"),
    (("unitCost", "directUnitCost"),),
)  # fmt: skip

SOURCES = {
    "customers": Source("customers"),
    "contacts": Source("contacts"),
    "suppliers": Source("vendors"),
    "products": Source("items"),
    "locations": Source("locations", always=("id",)),
    "stock": Source("items", always=("id", "type")),
    "orders": Source("salesOrders", "salesOrderLines", ("id", "number", STAMP), SALES),
    "shipments": Source("salesShipments", "salesShipmentLines"),
    "invoices": Source("salesInvoices", "salesInvoiceLines"),
    "creditmemos": Source("salesCreditMemos", "salesCreditMemoLines"),
    "purchase_orders": Source("purchaseOrders", "purchaseOrderLines", ("id", "number", STAMP), PURCHASES),
    "receipts": Source("purchaseReceipts", "purchaseReceiptLines"),
    "fx_rates": Source("currencyExchangeRates", always=("id",)),
}

STREAMS = (
    Stream("customers", (m.CUSTOMERS,), overlap=OVERLAP, description="Companies and persons that buy."),
    Stream(
        "contacts", (m.CONTACTS,), overlap=OVERLAP, depends_on=("customers", "suppliers"),
        description="Persons at customers and vendors.",
    ),
    Stream("suppliers", (m.SUPPLIERS,), overlap=OVERLAP, description="Vendors."),
    Stream("products", (m.PRODUCTS,), overlap=OVERLAP, description="Items with price, cost, category and unit."),
    Stream("locations", (m.LOCATIONS,), Mode.SNAPSHOT, description="Warehouses."),
    Stream(
        "stock", (m.STOCK,), Mode.SNAPSHOT, depends_on=("products", "locations"),
        description="Stock of each item: over all locations, or per location by an API page of your own.",
    ),
    Stream(
        "orders", (m.ORDERS, m.ORDER_LINES), overlap=OVERLAP, depends_on=("customers", "products"),
        description="Sales orders with their lines; those posted in full come from their invoices.",
    ),
    Stream(
        "shipments", (m.SHIPMENTS, m.SHIPMENT_LINES), overlap=OVERLAP, depends_on=("orders",),
        description="Posted shipments with their lines.",
    ),
    Stream(
        "invoices", (m.INVOICES, m.INVOICE_LINES), overlap=OVERLAP, depends_on=("orders",),
        description="Sales invoices, drafts and posted ones, with their lines.",
    ),
    Stream(
        "creditmemos", (m.CREDIT_NOTES, m.CREDIT_NOTE_LINES, m.RETURNS), overlap=OVERLAP, depends_on=("invoices",),
        description="Credit memos: as credit notes, and each line as what was given back.",
    ),
    Stream(
        "purchase_orders", (m.PURCHASE_ORDERS, m.PURCHASE_ORDER_LINES), overlap=OVERLAP,
        depends_on=("suppliers", "products"),
        description="Purchase orders with their lines; those posted in full come from their invoices.",
    ),
    Stream(
        "receipts", (m.RECEIPTS,), overlap=OVERLAP, depends_on=("purchase_orders",),
        description="Lines of posted receipts.",
    ),
    Stream("fx_rates", (m.FX_RATES,), Mode.SNAPSHOT, description="Exchange rates of the company."),
)  # fmt: skip
