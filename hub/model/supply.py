"""What we buy: purchase orders and receipts."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import ClassVar

from hub.model import columns as c
from hub.model.record import Record, Tracked
from hub.model.vocabulary import PurchaseOrderStatus


class PurchaseOrder(Tracked, Record, table=True):
    """Our order to a supplier."""

    __tablename__ = "purchase_orders"
    __title__: ClassVar[str] = "Purchase order"

    number: str | None = c.text("Order number that people use.")
    supplier_source_id: str | None = c.ref("suppliers", "Supplier.")
    location_source_id: str | None = c.ref("locations", "Location it is for.")
    status: str | None = c.word(PurchaseOrderStatus, "How far it is.")
    source_status: str | None = c.text("The source's own word for the status.")
    ordered_at: datetime | None = c.utc("When it was sent.")
    promised_at: datetime | None = c.utc("When the supplier promised to deliver.")
    currency: str | None = c.currency()
    total: Decimal | None = c.money("Without tax.")
    created_at: datetime | None = c.utc("When the source created it.")


class PurchaseOrderLine(Tracked, Record, table=True):
    """One line of a purchase order."""

    __tablename__ = "purchase_order_lines"
    __title__: ClassVar[str] = "Purchase order line"

    purchase_order_source_id: str = c.ref("purchase_orders", "Purchase order.", required=True)
    line_number: str | None = c.text("Position within the order.")
    product_source_id: str | None = c.ref("products", "Product.")
    sku: str | None = c.text("Article number.", max_length=200)
    location_source_id: str | None = c.ref("locations", "Location it is for.")
    status: str | None = c.word(PurchaseOrderStatus, "How far this line is.")
    quantity: Decimal | None = c.quantity("Ordered.")
    quantity_received: Decimal | None = c.quantity("Received of it.")
    unit: str | None = c.unit()
    base_quantity: Decimal | None = c.number("`quantity` in the product's base unit, where the source tells it.")
    unit_price: Decimal | None = c.money("Price of one unit.")
    total: Decimal | None = c.money("Without tax.")
    currency: str | None = c.currency()
    requested_at: datetime | None = c.utc("When we want it.")
    promised_at: datetime | None = c.utc("When the supplier promised it.")
    confirmed_at: datetime | None = c.utc("Delivery date the supplier confirmed.")
    received_at: datetime | None = c.utc("When it was received in full.")


class Receipt(Tracked, Record, table=True):
    """Goods received from a supplier."""

    __tablename__ = "receipts"
    __title__: ClassVar[str] = "Receipt"

    purchase_order_source_id: str | None = c.ref("purchase_orders", "Purchase order.")
    purchase_order_line_source_id: str | None = c.ref("purchase_order_lines", "Purchase order line.")
    product_source_id: str | None = c.ref("products", "Product.")
    location_source_id: str | None = c.ref("locations", "Location that received it.")
    quantity: Decimal | None = c.quantity("Received; negative for a reversal.")
    unit: str | None = c.unit()
    received_at: datetime | None = c.utc("When it was received.")
