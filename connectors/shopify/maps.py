"""Shopify's fields and ours. The paths are those of the GraphQL schema: the queries are made from them.

A few paths are not Shopify's: `rows.py` says which, and what they are made of. Amounts of orders are those the customer
saw (`presentmentMoney`); `base_total` is the same in the shop's own currency.
"""

from __future__ import annotations

from connectors.shopify import values as v
from hub.sdk import FieldMap, Where, at, computed, const, entities, first_of, joined

_PIECE = const("C62")
_PRODUCT_STATUS = {"ACTIVE": "active", "UNLISTED": "active", "DRAFT": "draft", "ARCHIVED": "discontinued"}
_PAYMENT_STATUS = {
    "PENDING": "pending", "AUTHORIZED": "authorized", "PARTIALLY_PAID": "partially_paid", "PAID": "paid",
    "PARTIALLY_REFUNDED": "partially_refunded", "REFUNDED": "refunded", "VOIDED": "voided", "EXPIRED": "voided",
    "*": None,
}  # fmt: skip

CUSTOMERS = FieldMap(
    entities.Customer,
    {
        "source_id": at("id"),
        "source_updated_at": at("updatedAt"),
        "name": at("displayName"),
        "kind": const("person"),
        "status": computed(v.person_status, uses=("numberOfOrders",)),
        "source_status": at("state"),
        "number": at("legacyResourceId"),
        "email": at("defaultEmailAddress.emailAddress"),
        "phone": at("defaultPhoneNumber.phoneNumber"),
        "language": at("locale"),
        "currency": at("amountSpent.currencyCode"),
        "parent_source_id": at("companyContactProfiles.0.company.id"),
        "street": at("defaultAddress.address1"),
        "street2": at("defaultAddress.address2"),
        "city": at("defaultAddress.city"),
        "region": at("defaultAddress.provinceCode"),
        "postal_code": at("defaultAddress.zip"),
        "country": at("defaultAddress.countryCodeV2"),
        "created_at": at("createdAt"),
    },
)

CUSTOMER_ADDRESSES = FieldMap(
    entities.Address,
    {
        "source_id": at("id"),
        "source_updated_at": at("^updatedAt"),
        "customer_source_id": at("^id"),
        "role": const("other"),
        "name": first_of("company", "name"),
        "street": at("address1"),
        "street2": at("address2"),
        "city": at("city"),
        "region": at("provinceCode"),
        "postal_code": at("zip"),
        "country": at("countryCodeV2"),
        "phone": at("phone"),
    },
    each="addressesV2.nodes",
    replaces="customer_source_id",
)

CUSTOMER_PROFILES = FieldMap(
    entities.Contact,
    {
        "source_id": at("id"),
        "source_updated_at": at("changedAt"),
        "customer_source_id": at("company.id"),
        "name": at("^displayName"),
        "first_name": at("^firstName"),
        "last_name": at("^lastName"),
        "title": at("title"),
        "email": at("^defaultEmailAddress.emailAddress"),
        "phone": at("^defaultPhoneNumber.phoneNumber"),
        "is_primary": at("isMainContact"),
        "created_at": at("createdAt"),
    },
    each="companyContactProfiles",
)
"""A person's new name or address moves the stamp of the customer, not that of the contact or company."""

COMPANIES = FieldMap(
    entities.Customer,
    {
        "source_id": at("id"),
        "source_updated_at": at("updatedAt"),
        "name": at("name"),
        "kind": const("company"),
        "status": computed(v.company_status, uses=("totalSpent.amount",)),
        "number": at("externalId"),
        "email": at("mainContact.customer.defaultEmailAddress.emailAddress"),
        "phone": at("mainLocation.phone"),
        "tax_id": at("mainLocation.taxSettings.taxRegistrationId"),
        "currency": at("mainLocation.currency"),
        "language": at("mainLocation.locale"),
        "street": at("mainAddress.address1"),
        "street2": at("mainAddress.address2"),
        "city": at("mainAddress.city"),
        "region": at("mainAddress.zoneCode"),
        "postal_code": at("mainAddress.zip"),
        "country": at("mainAddress.countryCode"),
        "created_at": at("createdAt"),
    },
)

COMPANY_CONTACTS = FieldMap(
    entities.Contact,
    {
        "source_id": at("id"),
        "source_updated_at": at("changedAt"),
        "customer_source_id": at("^id"),
        "name": at("customer.displayName"),
        "first_name": at("customer.firstName"),
        "last_name": at("customer.lastName"),
        "title": at("title"),
        "email": at("customer.defaultEmailAddress.emailAddress"),
        "phone": at("customer.defaultPhoneNumber.phoneNumber"),
        "is_primary": at("isMainContact"),
        "created_at": at("createdAt"),
    },
    each="contacts.nodes",
    replaces="customer_source_id",
)

COMPANY_ADDRESSES = FieldMap(
    entities.Address,
    {
        "source_id": joined("location.id", "role"),
        "source_updated_at": at("location.updatedAt"),
        "customer_source_id": at("^id"),
        "role": at("role"),
        "name": at("location.name"),
        "street": at("address.address1"),
        "street2": at("address.address2"),
        "city": at("address.city"),
        "region": at("address.zoneCode"),
        "postal_code": at("address.zip"),
        "country": at("address.countryCode"),
        "phone": first_of("address.phone", "location.phone"),
    },
    each="addresses",
    replaces="customer_source_id",
)

PRODUCTS = FieldMap(
    entities.Product,
    {
        "source_id": at("id"),
        "source_updated_at": at("updatedAt"),
        "name": at("title"),
        "description": at("description"),
        "brand": at("vendor"),
        "category": first_of("category.fullName", "productType"),
        "kind": computed(v.product_kind, uses=("isGiftCard",)),
        "status": at("status", values=_PRODUCT_STATUS),
        "source_status": at("status"),
        "is_stocked": at("tracksInventory"),
        "created_at": at("createdAt"),
    },
)

VARIANTS = FieldMap(
    entities.Product,
    {
        "source_id": at("id"),
        "source_updated_at": at("updatedAt"),
        "parent_source_id": at("^id"),
        "sku": at("sku"),
        "name": computed(v.variant_name, uses=("displayName",)),
        "gtin": at("barcode"),
        "brand": at("^vendor"),
        "category": first_of("^category.fullName", "^productType"),
        "kind": computed(v.product_kind, uses=("isGiftCard",)),
        "status": at("^status", values=_PRODUCT_STATUS),
        "source_status": at("^status"),
        "unit": _PIECE,
        "list_price": at("price"),
        "unit_cost": at("inventoryItem.unitCost.amount"),
        "currency": at("^shop.currencyCode"),
        "weight_kg": computed(
            v.weight_kg, uses=("inventoryItem.measurement.weight.value", "inventoryItem.measurement.weight.unit")
        ),
        "is_stocked": at("inventoryItem.tracked"),
        "created_at": at("createdAt"),
    },
    each="variants.nodes",
    replaces="parent_source_id",
)

LOCATIONS = FieldMap(
    entities.Location,
    {
        "source_id": at("id"),
        "source_updated_at": at("updatedAt"),
        "name": at("name"),
        "street": at("address.address1"),
        "street2": at("address.address2"),
        "city": at("address.city"),
        "region": at("address.provinceCode"),
        "postal_code": at("address.zip"),
        "country": at("address.countryCode"),
        "is_active": at("isActive"),
    },
)

STOCK = FieldMap(
    entities.StockLevel,
    {
        "source_id": at("id"),
        "source_updated_at": at("updatedAt"),
        "product_source_id": at("item.variants.nodes.0.id"),
        "location_source_id": at("location.id"),
        "on_hand": at("quantity.on_hand"),
        "available": at("quantity.available"),
        "reserved": at("quantity.committed"),
        "incoming": at("quantity.incoming"),
        "unit": _PIECE,
        "unit_cost": at("item.unitCost.amount"),
        "currency": at("item.unitCost.currencyCode"),
        "counted_at": at("countedAt"),
    },
    where=(Where("isActive", equals="true"), Where("item.tracked", equals="true")),
).overridden(
    {}, extras={name: f"quantity.{name}" for name in ("damaged", "quality_control", "reserved", "safety_stock")}
)

ORDERS = FieldMap(
    entities.Order,
    {
        "source_id": at("id"),
        "source_updated_at": at("updatedAt"),
        "number": at("name"),
        "customer_source_id": first_of("purchasingEntity.company.id", "customer.id"),
        "contact_source_id": at("purchasingEntity.contact.id"),
        "status": computed(v.order_status, uses=("displayFulfillmentStatus", "cancelledAt", "closedAt")),
        "source_status": at("displayFulfillmentStatus"),
        "payment_status": at("displayFinancialStatus", values=_PAYMENT_STATUS),
        "channel": at("sourceName"),
        "po_number": at("poNumber"),
        "ordered_at": at("processedAt"),
        "cancelled_at": at("cancelledAt"),
        "cancel_reason": at("cancelReason"),
        "currency": at("presentmentCurrencyCode"),
        "subtotal": computed(v.order_subtotal, uses=("lineItems.nodes.id",)),
        "tax": at("totalTaxSet.presentmentMoney.amount"),
        "shipping": at("totalShippingPriceSet.presentmentMoney.amount"),
        "total": at("totalPriceSet.presentmentMoney.amount"),
        "current_total": at("currentTotalPriceSet.presentmentMoney.amount"),
        "tax_included": at("taxesIncluded"),
        "base_currency": at("totalPriceSet.shopMoney.currencyCode"),
        "base_total": at("totalPriceSet.shopMoney.amount"),
        "ship_city": at("shippingAddress.city"),
        "ship_region": at("shippingAddress.provinceCode"),
        "ship_postal_code": at("shippingAddress.zip"),
        "ship_country": at("shippingAddress.countryCodeV2"),
        "is_test": at("test"),
        "created_at": at("createdAt"),
    },
).overridden(
    {},
    extras={
        "financial_status": "displayFinancialStatus",
        "return_status": "returnStatus",
        "current_base_total": "currentTotalPriceSet.shopMoney.amount",
    },
)

ORDER_LINES = FieldMap(
    entities.OrderLine,
    {
        "source_id": at("id"),
        "source_updated_at": at("^updatedAt"),
        "order_source_id": at("^id"),
        "product_source_id": at("variant.id"),
        "sku": at("sku"),
        "name": at("name"),
        "quantity": at("quantity"),
        "quantity_cancelled": computed(v.line_cancelled, uses=("quantity", "currentQuantity", "returnedQuantity")),
        "quantity_shipped": at("shippedQuantity"),
        "unit": _PIECE,
        "unit_price": at("originalUnitPriceSet.presentmentMoney.amount"),
        "discount": computed(v.line_discount, uses=("discountAllocations.allocatedAmountSet.presentmentMoney.amount",)),
        "tax": computed(v.line_tax, uses=("taxLines.priceSet.presentmentMoney.amount",)),
        "total": computed(
            v.line_total,
            uses=(
                "quantity",
                "originalUnitPriceSet.presentmentMoney.amount",
                "discountAllocations.allocatedAmountSet.presentmentMoney.amount",
                "taxLines.priceSet.presentmentMoney.amount",
                "taxesIncluded",
            ),
        ),
        "currency": at("^presentmentCurrencyCode"),
        "ordered_at": at("^processedAt"),
    },
    each="lineItems.nodes",
    replaces="order_source_id",
)

SHIPMENTS = FieldMap(
    entities.Shipment,
    {
        "source_id": at("id"),
        "source_updated_at": at("updatedAt"),
        "order_source_id": at("^id"),
        "number": at("name"),
        "status": computed(v.shipment_status, uses=("status", "displayStatus")),
        "source_status": first_of("displayStatus", "status"),
        "carrier": at("trackingInfo.0.company"),
        "tracking_number": computed(v.tracking_numbers, uses=("trackingInfo.number",)),
        "location_source_id": at("location.id"),
        "shipped_at": at("createdAt"),
        "promised_delivery_at": at("estimatedDeliveryAt"),
        "delivered_at": at("deliveredAt"),
        "ship_country": at("^shippingAddress.countryCodeV2"),
        "created_at": at("createdAt"),
    },
    each="fulfillments",
    replaces="order_source_id",
)

SHIPMENT_LINES = FieldMap(
    entities.ShipmentLine,
    {
        "source_id": at("id"),
        "source_updated_at": at("^updatedAt"),
        "shipment_source_id": at("^id"),
        "order_source_id": at("^^id"),
        "order_line_source_id": at("lineItem.id"),
        "product_source_id": at("lineItem.variant.id"),
        "sku": at("lineItem.sku"),
        "quantity": at("quantity"),
        "unit": _PIECE,
    },
    each="fulfillments[].fulfillmentLineItems.nodes",
    replaces="order_source_id",
)

RETURNS = FieldMap(
    entities.Return,
    {
        "source_id": first_of("refundLine.key", "returnLine.id"),
        "source_updated_at": at("^updatedAt"),
        "number": at("return.name"),
        "order_source_id": at("^id"),
        "order_line_source_id": at("lineItem.id"),
        "customer_source_id": first_of("^purchasingEntity.company.id", "^customer.id"),
        "product_source_id": at("lineItem.variant.id"),
        "sku": at("lineItem.sku"),
        "status": computed(v.return_status, uses=("refundLine.restockType", "return.status")),
        "source_status": first_of("refundLine.restockType", "return.status"),
        "reason": first_of("returnLine.returnReasonNote", "refund.note"),
        "quantity": computed(
            v.return_quantity, uses=("refundLine.quantity", "returnLine.quantity", "returnLine.refundedQuantity")
        ),
        "unit": _PIECE,
        "refund": computed(
            v.refund_amount,
            uses=(
                "refundLine.subtotalSet.presentmentMoney.amount",
                "refundLine.totalTaxSet.presentmentMoney.amount",
                "taxesIncluded",
            ),
        ),
        "tax": at("refundLine.totalTaxSet.presentmentMoney.amount"),
        "currency": at("^presentmentCurrencyCode"),
        "restocked": at("refundLine.restocked"),
        "location_source_id": at("refundLine.location.id"),
        "requested_at": at("return.createdAt"),
        "returned_at": first_of("refund.processedAt", "return.closedAt"),
    },
    each="returned",
    replaces="order_source_id",
)
