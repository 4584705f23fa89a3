"""Business One's documents and ours: orders, deliveries, returns, purchase orders. Tables, no code.

Amounts are in the document's currency; names in small letters are made by the connector: see `rows.py`. Dates without a
time are midnight, UTC.
"""

from __future__ import annotations

from connectors.sap_b1.maps import STAMP, number
from hub.sdk import FieldMap, at, entities, first_of, joined

_PARENT_STAMP = at("^changed_at")
_LINE_KEY = joined("^DocEntry", "LineNum")
_EACH = "DocumentLines"
_SHIP = "AddressExtension.ShipTo"

ORDERS = FieldMap(
    entities.Order,
    {
        "source_id": at("DocEntry"),
        "source_updated_at": STAMP,
        "number": at("DocNum"),
        "customer_source_id": at("CardCode"),
        "contact_source_id": at("contact"),
        "status": at("status"),
        "source_status": at("words"),
        "po_number": at("NumAtCard"),
        "sales_rep": at("sales_person"),
        "ordered_at": at("DocDate"),
        "requested_at": at("DocDueDate"),
        "cancelled_at": at("CancelDate"),
        "currency": at("currency"),
        "subtotal": number("subtotal"),
        "discount": number("discount"),
        "tax": number("tax"),
        "shipping": number("shipping"),
        "total": number("total"),
        "base_currency": at("base_currency"),
        "base_total": number("DocTotal"),
        "carrier": at("carrier"),
        "location_source_id": at("warehouse"),
        "ship_city": at(f"{_SHIP}City"),
        "ship_region": at(f"{_SHIP}State"),
        "ship_postal_code": at(f"{_SHIP}ZipCode"),
        "ship_country": at(f"{_SHIP}Country"),
        "created_at": at("created_at"),
    },
).overridden({}, extras={"rate": "DocRate", "system_total": "DocTotalSys", "type": "DocType"})

ORDER_LINES = FieldMap(
    entities.OrderLine,
    {
        "source_id": _LINE_KEY,
        "source_updated_at": _PARENT_STAMP,
        "order_source_id": at("^DocEntry"),
        "line_number": at("LineNum"),
        "product_source_id": at("ItemCode"),
        "sku": at("ItemCode"),
        "name": at("ItemDescription"),
        "source_status": at("LineStatus"),
        "quantity": number("Quantity"),
        "quantity_cancelled": number("given_up"),
        "quantity_shipped": number("done"),
        "unit": at("unit"),
        "base_quantity": number("InventoryQuantity"),
        "unit_price": number("price"),
        "unit_cost": number("cost"),
        "discount_rate": number("share"),
        "tax": number("tax"),
        "total": number("total"),
        "currency": at("^currency"),
        "ordered_at": at("^DocDate"),
        "requested_at": at("ShipDate"),
        "location_source_id": at("WarehouseCode"),
        "parent_source_id": at("parent_key"),
    },
    each=_EACH,
    replaces="order_source_id",
)

SHIPMENTS = FieldMap(
    entities.Shipment,
    {
        "source_id": at("DocEntry"),
        "source_updated_at": STAMP,
        "order_source_id": at("order"),
        "number": at("DocNum"),
        "status": at("status"),
        "source_status": at("words"),
        "carrier": at("carrier"),
        "tracking_number": at("TrackingNumber"),
        "location_source_id": at("warehouse"),
        "shipped_at": at("DocDate"),
        "promised_delivery_at": at("DocDueDate"),
        "currency": at("currency"),
        "ship_country": at(f"{_SHIP}Country"),
        "created_at": at("created_at"),
    },
)

SHIPMENT_LINES = FieldMap(
    entities.ShipmentLine,
    {
        "source_id": _LINE_KEY,
        "source_updated_at": _PARENT_STAMP,
        "shipment_source_id": at("^DocEntry"),
        "order_source_id": at("order"),
        "order_line_source_id": at("order_line"),
        "product_source_id": at("ItemCode"),
        "sku": at("ItemCode"),
        "quantity": number("Quantity"),
        "unit": at("unit"),
    },
    each=_EACH,
    replaces="shipment_source_id",
)

RETURNS = FieldMap(
    entities.Return,
    {
        "source_id": _LINE_KEY,
        "source_updated_at": _PARENT_STAMP,
        "number": at("^DocNum"),
        "order_source_id": at("order"),
        "order_line_source_id": at("order_line"),
        "customer_source_id": at("^CardCode"),
        "product_source_id": at("ItemCode"),
        "sku": at("ItemCode"),
        "status": at("^status"),
        "source_status": at("^words"),
        "reason": first_of("FreeText", "^Comments"),
        "quantity": number("Quantity"),
        "unit": at("unit"),
        "unit_price": number("price"),
        "refund": number("total"),
        "tax": number("tax"),
        "currency": at("^currency"),
        "location_source_id": at("WarehouseCode"),
        "returned_at": at("^DocDate"),
    },
    each=_EACH,
)

PURCHASE_ORDERS = FieldMap(
    entities.PurchaseOrder,
    {
        "source_id": at("DocEntry"),
        "source_updated_at": STAMP,
        "number": at("DocNum"),
        "supplier_source_id": at("CardCode"),
        "location_source_id": at("warehouse"),
        "status": at("status"),
        "source_status": at("words"),
        "ordered_at": at("DocDate"),
        "promised_at": at("DocDueDate"),
        "currency": at("currency"),
        "total": number("net"),
        "created_at": at("created_at"),
    },
).overridden({}, extras={"rate": "DocRate", "base_total_with_tax": "DocTotal"})

PURCHASE_ORDER_LINES = FieldMap(
    entities.PurchaseOrderLine,
    {
        "source_id": _LINE_KEY,
        "source_updated_at": _PARENT_STAMP,
        "purchase_order_source_id": at("^DocEntry"),
        "line_number": at("LineNum"),
        "product_source_id": at("ItemCode"),
        "sku": at("ItemCode"),
        "location_source_id": at("WarehouseCode"),
        "status": at("status"),
        "quantity": number("Quantity"),
        "quantity_received": number("done"),
        "unit": at("unit"),
        "base_quantity": number("InventoryQuantity"),
        "unit_price": number("price"),
        "total": number("total"),
        "currency": at("^currency"),
        "requested_at": at("RequiredDate"),
        "promised_at": at("ShipDate"),
        "received_at": at("ActualDeliveryDate"),
    },
    each=_EACH,
    replaces="purchase_order_source_id",
)
