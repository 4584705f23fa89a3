"""What customers order, get, return and pay."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import ClassVar

from hub.model import columns as c
from hub.model.record import Record, Tracked
from hub.model.vocabulary import InvoiceKind, InvoiceStatus, OrderStatus, PaymentStatus, ReturnStatus, ShipmentStatus


class Order(Tracked, Record, table=True):
    """A customer's order. Amounts are as placed, before later returns; `current_total` is after them."""

    __tablename__ = "orders"
    __title__: ClassVar[str] = "Order"

    number: str | None = c.text("Order number that people use.")
    customer_source_id: str | None = c.ref("customers", "Customer that ordered; empty for a guest.")
    contact_source_id: str | None = c.ref("contacts", "Person that ordered.")
    status: str | None = c.word(OrderStatus, "How far it is.")
    source_status: str | None = c.text("The source's own word for the status.")
    payment_status: str | None = c.word(PaymentStatus, "How far it is paid.")
    channel: str | None = c.text("Where it was placed (web, sales, edi, pos ...).")
    po_number: str | None = c.text("The customer's own order number.", personal="trace")
    sales_rep: str | None = c.text("Sales person responsible.")
    opportunity_source_id: str | None = c.ref("opportunities", "Opportunity it came from.")
    ordered_at: datetime | None = c.utc("When it was placed.")
    requested_at: datetime | None = c.utc("When the customer wants it delivered.")
    promised_at: datetime | None = c.utc("When we promised to deliver.")
    shipped_at: datetime | None = c.utc("When it left in full, where the source keeps it on the order.")
    delivered_at: datetime | None = c.utc("When it arrived in full, where the source keeps it on the order.")
    cancelled_at: datetime | None = c.utc("When it was cancelled.")
    cancel_reason: str | None = c.text("Why it was cancelled.", personal="trace")
    currency: str | None = c.currency()
    subtotal: Decimal | None = c.money("Sum of the lines after line discounts, without tax and shipping.")
    discount: Decimal | None = c.money("Discounts on the whole order; positive.")
    tax: Decimal | None = c.money("Tax.")
    shipping: Decimal | None = c.money("Shipping as charged to the customer.")
    total: Decimal | None = c.money("What the customer owes: subtotal - discount + tax + shipping.")
    current_total: Decimal | None = c.money("Total after edits, cancellations and refunds.")
    freight_cost: Decimal | None = c.money("What shipping cost us.")
    tax_included: bool | None = c.flag("Whether line prices include tax.")
    base_currency: str | None = c.currency(
        "ISO 4217 code of the seller's own currency, where the source converts itself."
    )
    base_total: Decimal | None = c.number("`total` in `base_currency`, as the source converted it.")
    carrier: str | None = c.text("Carrier or shipper, where the source keeps it on the order.")
    location_source_id: str | None = c.ref("locations", "Location it ships from.")
    ship_city: str | None = c.text("City it ships to.", personal="trace")
    ship_region: str | None = c.text("State or province it ships to.", personal="trace")
    ship_postal_code: str | None = c.text("Postal code it ships to.", max_length=40, personal="trace")
    ship_country: str | None = c.country("ISO 3166-1 alpha-2 code of the country it ships to.")
    is_test: bool | None = c.flag("A test order; never counts.")
    created_at: datetime | None = c.utc("When the source created it.")


class OrderLine(Tracked, Record, table=True):
    """One line of an order."""

    __tablename__ = "order_lines"
    __title__: ClassVar[str] = "Order line"

    order_source_id: str = c.ref("orders", "Order.", required=True)
    line_number: str | None = c.text("Position within the order.")
    product_source_id: str | None = c.ref("products", "Product; empty for free text.")
    sku: str | None = c.text("Article number as on the order.", max_length=200)
    name: str | None = c.text("Text of the line.", max_length=2000)
    status: str | None = c.word(OrderStatus, "How far this line is, where the source tells it.")
    source_status: str | None = c.text("The source's own word for the status.")
    quantity: Decimal | None = c.quantity("Ordered; never shrinks by later cancellation.")
    quantity_cancelled: Decimal | None = c.quantity("Cancelled of it.")
    quantity_shipped: Decimal | None = c.quantity("Shipped of it.")
    unit: str | None = c.unit()
    base_quantity: Decimal | None = c.number("`quantity` in the product's base unit, where the source tells it.")
    unit_price: Decimal | None = c.money("Price of one unit before discount.")
    unit_cost: Decimal | None = c.money("Cost of one unit at the time of the order.")
    discount: Decimal | None = c.money("Discount on the line; positive.")
    discount_rate: Decimal | None = c.number("Discount as a share: 0.15 is 15 %.", maximum=1)
    tax: Decimal | None = c.money("Tax on the line.")
    total: Decimal | None = c.money(
        "Net of discount, without tax. Metrics use quantity x unit_price x (1 - discount_rate) - discount where empty."
    )
    currency: str | None = c.currency()
    ordered_at: datetime | None = c.utc("When it was placed, where the line tells it.")
    requested_at: datetime | None = c.utc("When the customer wants it.")
    promised_at: datetime | None = c.utc("When we promised to deliver.")
    location_source_id: str | None = c.ref("locations", "Location it ships from.")
    parent_source_id: str | None = c.ref(
        "order_lines", "Line of the bundle or configurable product it is part of; then it never counts itself."
    )


class Shipment(Tracked, Record, table=True):
    """Goods on their way to a customer."""

    __tablename__ = "shipments"
    __title__: ClassVar[str] = "Shipment"

    order_source_id: str | None = c.ref("orders", "Order; empty where one shipment serves several (see its lines).")
    number: str | None = c.text("Delivery number that people use.")
    status: str | None = c.word(ShipmentStatus, "How far it is.")
    source_status: str | None = c.text("The source's own word for the status.")
    carrier: str | None = c.text("Carrier.")
    service: str | None = c.text("Carrier's service.")
    tracking_number: str | None = c.text("Tracking number.", max_length=1000, personal="trace")
    location_source_id: str | None = c.ref("locations", "Location it left from.")
    planned_ship_at: datetime | None = c.utc("Planned goods issue.")
    shipped_at: datetime | None = c.utc("Actual goods issue.")
    promised_delivery_at: datetime | None = c.utc("Promised or estimated delivery.")
    delivered_at: datetime | None = c.utc("Actual delivery.")
    freight_cost: Decimal | None = c.money("What it cost us.")
    currency: str | None = c.currency()
    ship_country: str | None = c.country("ISO 3166-1 alpha-2 code of the country it goes to.")
    created_at: datetime | None = c.utc("When the source created it.")


class ShipmentLine(Tracked, Record, table=True):
    """A product in a shipment."""

    __tablename__ = "shipment_lines"
    __title__: ClassVar[str] = "Shipment line"

    shipment_source_id: str = c.ref("shipments", "Shipment.", required=True)
    order_source_id: str | None = c.ref("orders", "Order.")
    order_line_source_id: str | None = c.ref("order_lines", "Order line.")
    product_source_id: str | None = c.ref("products", "Product.")
    sku: str | None = c.text("Article number.", max_length=200)
    quantity: Decimal | None = c.quantity("Shipped.")
    unit: str | None = c.unit()


class Return(Tracked, Record, table=True):
    """Goods or money given back: one row for each returned line. Quantities and amounts are positive."""

    __tablename__ = "returns"
    __title__: ClassVar[str] = "Return"

    number: str | None = c.text("Return or credit note number that people use.")
    order_source_id: str | None = c.ref("orders", "Order it gives back from.")
    order_line_source_id: str | None = c.ref("order_lines", "Order line it gives back from.")
    customer_source_id: str | None = c.ref("customers", "Customer.")
    product_source_id: str | None = c.ref("products", "Product; empty for a refund without goods.")
    sku: str | None = c.text("Article number.", max_length=200)
    status: str | None = c.word(ReturnStatus, "How far it is.")
    source_status: str | None = c.text("The source's own word for the status.")
    reason: str | None = c.text("Why, in the source's words.", max_length=2000, personal="trace")
    quantity: Decimal | None = c.quantity("Given back.")
    unit: str | None = c.unit()
    unit_price: Decimal | None = c.money("Refund for one unit.")
    refund: Decimal | None = c.money("Refund without tax. Metrics use quantity x unit_price where empty.")
    tax: Decimal | None = c.money("Tax refunded.")
    currency: str | None = c.currency()
    restocked: bool | None = c.flag("Whether the goods went back to stock.")
    location_source_id: str | None = c.ref("locations", "Location they came back to.")
    requested_at: datetime | None = c.utc("When the customer asked.")
    returned_at: datetime | None = c.utc("When it took effect: goods received or credit issued.")


class Invoice(Tracked, Record, table=True):
    """A billing document. A credit note is an invoice of kind `credit_note` with positive amounts."""

    __tablename__ = "invoices"
    __title__: ClassVar[str] = "Invoice"

    number: str | None = c.text("Invoice number that people use.")
    kind: str | None = c.word(InvoiceKind, "Invoice or credit note.")
    status: str | None = c.word(InvoiceStatus, "How far it is.")
    source_status: str | None = c.text("The source's own word for the status.")
    customer_source_id: str | None = c.ref("customers", "Customer that owes it.")
    order_source_id: str | None = c.ref("orders", "Order; empty where one invoice bills several (see its lines).")
    issued_at: datetime | None = c.utc("Date of the invoice.")
    due_at: datetime | None = c.utc("When it is due.")
    currency: str | None = c.currency()
    net: Decimal | None = c.money("Without tax.")
    tax: Decimal | None = c.money("Tax.")
    total: Decimal | None = c.money("With tax.")


class InvoiceLine(Tracked, Record, table=True):
    """One line of a billing document."""

    __tablename__ = "invoice_lines"
    __title__: ClassVar[str] = "Invoice line"

    invoice_source_id: str = c.ref("invoices", "Invoice.", required=True)
    order_source_id: str | None = c.ref("orders", "Order.")
    order_line_source_id: str | None = c.ref("order_lines", "Order line.")
    product_source_id: str | None = c.ref("products", "Product.")
    sku: str | None = c.text("Article number.", max_length=200)
    quantity: Decimal | None = c.quantity("Billed.")
    unit: str | None = c.unit()
    net: Decimal | None = c.money("Without tax.")
    tax: Decimal | None = c.money("Tax.")
    cost: Decimal | None = c.money("Cost of goods sold, as the source booked it.")
    freight: Decimal | None = c.money("Freight billed.")
    currency: str | None = c.currency()
