"""Acme's fields and ours: a table for each entity, no code."""

from hub.sdk import FieldMap, at, const, entities, joined

ORDER_STATUS = {"new": "open", "packed": "open", "sent": "shipped", "done": "completed", "void": "cancelled"}

CUSTOMERS = FieldMap(
    entities.Customer,
    {
        "source_id": at("id"),
        "source_updated_at": at("updated_at"),
        "name": at("name"),
        "kind": const("company"),
        "email": at("contact.email"),
        "phone": at("contact.phone"),
        "tax_id": at("vat"),
        "city": at("address.city"),
        "country": at("address.country"),
        "currency": at("currency"),
    },
)

ORDERS = FieldMap(
    entities.Order,
    {
        "source_id": at("id"),
        "source_updated_at": at("updated_at"),
        "number": at("number"),
        "customer_source_id": at("customer_id"),
        "status": at("state", values=ORDER_STATUS),
        "source_status": at("state"),
        "ordered_at": at("ordered_at"),
        "currency": at("currency"),
        "total": at("total"),
    },
)

ORDER_LINES = FieldMap(
    entities.OrderLine,
    {
        "source_id": joined("^id", "position"),
        "source_updated_at": at("^updated_at"),
        "order_source_id": at("^id"),
        "line_number": at("position"),
        "sku": at("sku"),
        "quantity": at("quantity"),
        "unit_price": at("unit_price"),
        "total": at("total"),
        "currency": at("^currency"),
    },
    each="lines",
    replaces="order_source_id",
)
