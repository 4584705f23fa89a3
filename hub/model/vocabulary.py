"""The closed vocabularies of the canonical model. Each word is defined once, here.

A source's own word always stays beside ours (`source_status`, ...): a vocabulary groups, it never replaces.
"""

from __future__ import annotations

from enum import StrEnum


class PartyKind(StrEnum):
    """Whether a customer is an organisation or a natural person."""

    COMPANY = "company"
    PERSON = "person"


class PartyStatus(StrEnum):
    """`prospect` has not bought yet, `blocked` may not buy (credit, compliance), `inactive` is kept for history."""

    PROSPECT = "prospect"
    ACTIVE = "active"
    BLOCKED = "blocked"
    INACTIVE = "inactive"


class AddressRole(StrEnum):
    """What an address is used for."""

    MAIN = "main"
    BILLING = "billing"
    SHIPPING = "shipping"
    OTHER = "other"


class ProductKind(StrEnum):
    """Only `goods` count in stock metrics; `shipping`, `fee` and `discount` are lines that are not merchandise."""

    GOODS = "goods"
    SERVICE = "service"
    SHIPPING = "shipping"
    FEE = "fee"
    DISCOUNT = "discount"
    GIFT_CARD = "gift_card"


class ProductStatus(StrEnum):
    """`discontinued` is no longer bought or sold, though stock may remain."""

    DRAFT = "draft"
    ACTIVE = "active"
    DISCONTINUED = "discontinued"


class ValuationMethod(StrEnum):
    """How a unit cost came about."""

    STANDARD = "standard"
    MOVING_AVERAGE = "moving_average"
    FIFO = "fifo"
    LIFO = "lifo"
    LAST_PURCHASE = "last_purchase"


class LocationKind(StrEnum):
    """`virtual` locations (in transit, consignment, drop-ship) hold no goods of their own on a shelf."""

    WAREHOUSE = "warehouse"
    PLANT = "plant"
    STORE = "store"
    VIRTUAL = "virtual"


class StockType(StrEnum):
    """Only `unrestricted` stock can be promised to a customer."""

    UNRESTRICTED = "unrestricted"
    QUALITY = "quality"
    BLOCKED = "blocked"
    IN_TRANSIT = "in_transit"
    RESERVED = "reserved"
    CONSIGNMENT = "consignment"
    RETURNS = "returns"


class OrderStatus(StrEnum):
    """`draft` is not binding and never counts as revenue; `open` is placed; `completed` is delivered or invoiced in
    full; `cancelled` never counts as revenue, `on_hold` does."""

    DRAFT = "draft"
    OPEN = "open"
    ON_HOLD = "on_hold"
    PARTIALLY_SHIPPED = "partially_shipped"
    SHIPPED = "shipped"
    COMPLETED = "completed"
    CANCELLED = "cancelled"


class PaymentStatus(StrEnum):
    """How far an order is paid."""

    PENDING = "pending"
    AUTHORIZED = "authorized"
    PARTIALLY_PAID = "partially_paid"
    PAID = "paid"
    PARTIALLY_REFUNDED = "partially_refunded"
    REFUNDED = "refunded"
    VOIDED = "voided"


class ShipmentStatus(StrEnum):
    """`delivered` needs the carrier's word; many systems only know `shipped` (goods issue)."""

    PLANNED = "planned"
    SHIPPED = "shipped"
    IN_TRANSIT = "in_transit"
    DELIVERED = "delivered"
    FAILED = "failed"
    CANCELLED = "cancelled"


class ReturnStatus(StrEnum):
    """`requested` is not yet approved; `completed` is received and settled."""

    REQUESTED = "requested"
    APPROVED = "approved"
    RECEIVED = "received"
    COMPLETED = "completed"
    REJECTED = "rejected"
    CANCELLED = "cancelled"


class InvoiceKind(StrEnum):
    """A credit note's amounts are positive here; metrics subtract them."""

    INVOICE = "invoice"
    CREDIT_NOTE = "credit_note"


class InvoiceStatus(StrEnum):
    """`cancelled` invoices never count."""

    DRAFT = "draft"
    OPEN = "open"
    PAID = "paid"
    CANCELLED = "cancelled"


class OpportunityStatus(StrEnum):
    """The outcome, apart from the sales team's own stages."""

    OPEN = "open"
    WON = "won"
    LOST = "lost"


class LeadStatus(StrEnum):
    """`converted` became a customer or an opportunity."""

    OPEN = "open"
    WORKING = "working"
    CONVERTED = "converted"
    DISQUALIFIED = "disqualified"


class CaseStatus(StrEnum):
    """`waiting` stands still until the customer answers."""

    OPEN = "open"
    WAITING = "waiting"
    RESOLVED = "resolved"
    CLOSED = "closed"


class CasePriority(StrEnum):
    """How urgent a case is."""

    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"
    URGENT = "urgent"


class PurchaseOrderStatus(StrEnum):
    """`open` is sent to the supplier."""

    DRAFT = "draft"
    OPEN = "open"
    PARTIALLY_RECEIVED = "partially_received"
    RECEIVED = "received"
    CLOSED = "closed"
    CANCELLED = "cancelled"
