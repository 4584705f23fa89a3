"""Magento's fields and ours. The requests are made from these paths.

A few paths are not Magento's: `rows.py` says which, and what they are made of. Amounts of orders are in the currency of
the order; `base_total` is the same in the base currency of the website. Customers without an account at a company keep
Magento's number as their key; companies are `company:N`, guests `guest:` and a digest of their mail address.
"""

from __future__ import annotations

from connectors.magento import values as v
from hub.sdk import FieldMap, Where, at, computed, const, entities, first_of, joined

_PIECE = const("C62")

_COMPANY_STATUS = {"0": "prospect", "1": "active", "2": "inactive", "3": "blocked", "*": None}
_CONTACT_STATUS = {"1": "active", "0": "inactive", "*": None}
_PRODUCT_STATUS = {"1": "active", "2": "discontinued", "*": None}
_PRODUCT_KIND = {"virtual": "service", "downloadable": "service", "giftcard": "gift_card", "*": "goods"}
_STOCKED = {"simple": True, "giftcard": True, "*": False}
_MEMO_STATUS = {"1": "approved", "2": "completed", "3": "cancelled", "*": None}
_COMPANY = "extension_attributes.company_attributes"

CUSTOMERS = FieldMap(
    entities.Customer,
    {
        "source_id": at("id"),
        "source_updated_at": at("updated_at"),
        "name": computed(v.display_name, uses=("main_address.company", "firstname", "middlename", "lastname")),
        "kind": computed(v.party_kind, uses=("main_address.company",)),
        "email": at("email"),
        "phone": at("main_address.telephone"),
        "tax_id": first_of("taxvat", "main_address.vat_id"),
        "segment": at("group.code"),
        "currency": at("store.default_display_currency_code"),
        "language": at("store.language"),
        "parent_source_id": computed(v.company_key, uses=(f"{_COMPANY}.company_id",)),
        "street": at("main_address.street.0"),
        "street2": at("main_address.street.1"),
        "city": at("main_address.city"),
        "region": first_of("main_address.region.region", "main_address.region.region_code"),
        "postal_code": at("main_address.postcode"),
        "country": at("main_address.country_id"),
        "created_at": at("created_at"),
    },
).overridden({}, extras={"website": "store.website"})

CONTACTS = FieldMap(
    entities.Contact,
    {
        "source_id": at("id"),
        "source_updated_at": at("updated_at"),
        "customer_source_id": computed(v.contact_owner, uses=(f"{_COMPANY}.company_id",)),
        "name": computed(v.full_name, uses=("firstname", "middlename", "lastname")),
        "first_name": at("firstname"),
        "last_name": at("lastname"),
        "title": at(f"{_COMPANY}.job_title"),
        "email": at("email"),
        "phone": first_of(f"{_COMPANY}.telephone", "main_address.telephone"),
        "status": at(f"{_COMPANY}.status", values=_CONTACT_STATUS),
        "created_at": at("created_at"),
    },
)

ADDRESSES = FieldMap(
    entities.Address,
    {
        "source_id": at("id"),
        "source_updated_at": at("^updated_at"),
        "customer_source_id": at("^id"),
        "role": computed(v.address_role, uses=("default_billing", "default_shipping")),
        "name": first_of("company", "lastname"),
        "street": at("street.0"),
        "street2": at("street.1"),
        "city": at("city"),
        "region": first_of("region.region", "region.region_code"),
        "postal_code": at("postcode"),
        "country": at("country_id"),
        "phone": at("telephone"),
        "is_default": computed(v.is_default, uses=("default_billing", "default_shipping")),
    },
    each="addresses",
    replaces="customer_source_id",
)

COMPANIES = FieldMap(
    entities.Customer,
    {
        "source_id": joined(const("company"), "id"),
        "name": at("company_name"),
        "legal_name": at("legal_name"),
        "kind": const("company"),
        "status": at("status", values=_COMPANY_STATUS),
        "source_status": at("status"),
        "email": at("company_email"),
        "phone": at("telephone"),
        "tax_id": at("vat_tax_id"),
        "segment": at("group.code"),
        "owner": at("sales_representative_id"),
        "street": at("street.0"),
        "street2": at("street.1"),
        "city": at("city"),
        "region": at("region"),
        "postal_code": at("postcode"),
        "country": at("country_id"),
    },
).overridden({}, extras={"reseller_id": "reseller_id", "admin_customer_id": "super_user_id"})

PRODUCTS = FieldMap(
    entities.Product,
    {
        "source_id": at("id"),
        "source_updated_at": at("updated_at"),
        "sku": at("sku"),
        "name": at("name"),
        "description": computed(v.plain_text, uses=("custom_attributes.description",)),
        "manufacturer": at("custom_attributes.manufacturer"),
        "category": at("category.name"),
        "kind": at("type_id", values=_PRODUCT_KIND),
        "status": at("status", values=_PRODUCT_STATUS),
        "source_status": at("status"),
        "unit": _PIECE,
        "list_price": at("price"),
        "unit_cost": computed(v.unit_cost, uses=("custom_attributes.cost",)),
        "currency": at("shop.currency"),
        "weight_kg": computed(v.weight_kg, uses=("weight", "shop.weight_unit")),
        "parent_source_id": at("parent_id"),
        "is_stocked": at("type_id", values=_STOCKED),
        "created_at": at("created_at"),
    },
).overridden({}, extras={"type": "type_id"})

LOCATIONS = FieldMap(
    entities.Location,
    {
        "source_id": at("source_code"),
        "name": at("name"),
        "kind": const("warehouse"),
        "street": at("street"),
        "city": at("city"),
        "region": at("region"),
        "postal_code": at("postcode"),
        "country": at("country_id"),
        "is_active": at("enabled"),
    },
)

STOCK = FieldMap(
    entities.StockLevel,
    {
        "source_id": at("key"),
        "product_source_id": at("product_id"),
        "location_source_id": at("source_code"),
        "on_hand": at("quantity"),
        "unit": _PIECE,
    },
    where=(Where("product_id", empty=False), Where("manage_stock", not_one_of=("false",))),
).overridden({}, extras={"is_sellable": "status"})
"""Stock of an article that is no product any more is left out: Magento keeps it when a product is deleted."""

ORDERS = FieldMap(
    entities.Order,
    {
        "source_id": at("entity_id"),
        "source_updated_at": at("updated_at"),
        "number": at("increment_id"),
        "customer_source_id": computed(
            v.order_customer,
            uses=("extension_attributes.company_order_attributes.company_id", "customer_id", "customer_email"),
        ),
        "contact_source_id": computed(v.order_contact, uses=("customer_id",)),
        "status": computed(
            v.order_status,
            uses=("state", "items.parent_item_id", "items.is_virtual", "items.qty_shipped", "items.qty_ordered"),
        ),
        "source_status": at("status"),
        "payment_status": computed(
            v.payment_status,
            uses=(
                "total_paid",
                "total_refunded",
                "total_canceled",
                "grand_total",
                "state",
                "payment.amount_authorized",
            ),
        ),
        "channel": at("store.code"),
        "po_number": at("payment.po_number"),
        "ordered_at": at("created_at"),
        "currency": at("order_currency_code"),
        "subtotal": computed(
            v.order_subtotal,
            uses=("subtotal", "discount_amount", "shipping_discount_amount", "discount_tax_compensation_amount"),
        ),
        "tax": at("tax_amount"),
        "shipping": computed(
            v.order_shipping,
            uses=("shipping_amount", "shipping_discount_amount", "shipping_discount_tax_compensation_amount"),
        ),
        "total": at("grand_total"),
        "current_total": computed(v.current_total, uses=("grand_total", "total_canceled", "total_refunded")),
        "tax_included": const(False),
        "base_currency": at("base_currency_code"),
        "base_total": at("base_grand_total"),
        "carrier": at("shipping_description"),
        "ship_city": at("ship_to.city"),
        "ship_region": first_of("ship_to.region_code", "ship_to.region"),
        "ship_postal_code": at("ship_to.postcode"),
        "ship_country": at("ship_to.country_id"),
        "created_at": at("created_at"),
    },
).overridden({}, extras={"state": "state", "payment_method": "payment.method", "website": "store.website"})

ORDER_LINES = FieldMap(
    entities.OrderLine,
    {
        "source_id": at("item_id"),
        "source_updated_at": at("^updated_at"),
        "order_source_id": at("^entity_id"),
        "product_source_id": at("sold_product_id"),
        "sku": at("sku"),
        "name": at("name"),
        "quantity": at("qty_ordered"),
        "quantity_cancelled": at("qty_canceled"),
        "quantity_shipped": at("qty_shipped"),
        "unit": _PIECE,
        "unit_price": computed(v.line_price, uses=("price",)),
        "unit_cost": computed(v.line_cost, uses=("unit_cost", "rate")),
        "discount": computed(v.line_discount, uses=("discount_amount",)),
        "tax": at("tax_amount"),
        "total": computed(v.line_total, uses=("row_total", "discount_amount", "discount_tax_compensation_amount")),
        "currency": at("^order_currency_code"),
        "ordered_at": at("^created_at"),
        "parent_source_id": at("parent_item_id", values={"0": None}),
    },
    each="items",
    replaces="order_source_id",
)

GUESTS = FieldMap(
    entities.Customer,
    {
        "source_id": computed(v.guests, uses=("customer_email",)),
        "source_updated_at": at("updated_at"),
        "name": computed(
            v.guest_name, uses=("billing_address.company", "billing_address.firstname", "billing_address.lastname")
        ),
        "kind": computed(v.guest_kind, uses=("billing_address.company",)),
        "email": at("customer_email"),
        "phone": at("billing_address.telephone"),
        "tax_id": first_of("customer_taxvat", "billing_address.vat_id"),
        "currency": at("order_currency_code"),
        "street": at("billing_address.street.0"),
        "street2": at("billing_address.street.1"),
        "city": at("billing_address.city"),
        "region": first_of("billing_address.region", "billing_address.region_code"),
        "postal_code": at("billing_address.postcode"),
        "country": at("billing_address.country_id"),
    },
    where=(
        Where("customer_id", empty=True),
        Where("customer_email", empty=False),
    ),
)

SHIPMENTS = FieldMap(
    entities.Shipment,
    {
        "source_id": at("entity_id"),
        "source_updated_at": at("updated_at"),
        "order_source_id": at("order_id"),
        "number": at("increment_id"),
        "status": const("shipped"),
        "source_status": at("shipment_status"),
        "carrier": first_of("tracks.0.title", "tracks.0.carrier_code"),
        "tracking_number": computed(v.tracking_numbers, uses=("tracks.track_number",)),
        "location_source_id": at("extension_attributes.source_code"),
        "shipped_at": at("created_at"),
        "created_at": at("created_at"),
    },
)

SHIPMENT_LINES = FieldMap(
    entities.ShipmentLine,
    {
        "source_id": at("entity_id"),
        "source_updated_at": at("^updated_at"),
        "shipment_source_id": at("^entity_id"),
        "order_source_id": at("^order_id"),
        "order_line_source_id": at("order_item_id"),
        "product_source_id": at("product_id"),
        "sku": at("sku"),
        "quantity": at("qty"),
        "unit": _PIECE,
    },
    each="items",
    replaces="shipment_source_id",
)

RETURNS = FieldMap(
    entities.Return,
    {
        "source_id": at("key"),
        "source_updated_at": at("^updated_at"),
        "number": at("^increment_id"),
        "order_source_id": at("^order_id"),
        "order_line_source_id": at("order_item_id"),
        "product_source_id": at("sold_product_id"),
        "sku": at("sku"),
        "status": at("^state", values=_MEMO_STATUS),
        "source_status": at("^state"),
        "quantity": at("qty"),
        "unit": _PIECE,
        "unit_price": computed(v.line_price, uses=("price",)),
        "refund": computed(v.line_total, uses=("row_total", "discount_amount", "discount_tax_compensation_amount")),
        "tax": at("tax_amount"),
        "currency": at("^order_currency_code"),
        "returned_at": at("^created_at"),
    },
    each="lines",
).overridden({}, extras={"creditmemo": "^entity_id"})
