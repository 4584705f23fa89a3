"""From the names people give to files and columns to canonical ones: data, and one rule."""

from __future__ import annotations

import re
from collections.abc import Iterable

from hub.sdk import At, Entity, FieldMap, FieldSource, at, entities, joined

_ENTITY_ALIASES = {
    "stock": "stock_levels", "inventory": "stock_levels", "clients": "customers", "accounts": "customers",
    "articles": "products", "items": "products", "order_items": "order_lines", "order_details": "order_lines",
    "warehouses": "locations", "vendors": "suppliers", "rates": "fx_rates", "exchange_rates": "fx_rates",
    "deliveries": "shipments", "tickets": "cases",
}  # fmt: skip

COLUMN_ALIASES: dict[str, tuple[str, ...]] = {
    "source_updated_at": ("updated_at", "modified_at", "changed_at", "last_modified", "updated", "modified"),
    "created_at": ("created", "created_on"),
    "email": ("e_mail", "email_address", "mail"),
    "phone": ("telephone", "tel", "phone_number"),
    "website": ("web", "url", "homepage"),
    "tax_id": ("vat_id", "vat", "vat_number", "vat_no", "tax_number", "ust_id"),
    "street": ("address", "street_address", "address1", "address_1"),
    "street2": ("address2", "address_2"),
    "city": ("town",),
    "region": ("state", "province", "county"),
    "postal_code": ("zip", "zip_code", "zipcode", "postcode", "post_code", "plz"),
    "country": ("country_code",),
    "currency": ("currency_code",),
    "sku": ("article_no", "article_number", "item_no", "item_number", "stock_code"),
    "product_source_id": ("product", "sku", "article_no", "item_no", "stock_code"),
    "customer_source_id": ("customer", "customer_no", "customer_number"),
    "order_source_id": ("order", "order_no", "order_number"),
    "supplier_source_id": ("supplier", "vendor_id", "vendor"),
    "location_source_id": ("location", "warehouse", "warehouse_id", "store_id", "plant"),
    "number": ("no", "order_no", "order_number", "customer_no", "customer_number", "invoice_no"),
    "ordered_at": ("order_date", "date", "placed_at"),
    "shipped_at": ("shipped_date", "ship_date"),
    "delivered_at": ("delivery_date",),
    "requested_at": ("required_date", "requested_date"),
    "issued_at": ("invoice_date", "date"),
    "returned_at": ("return_date", "date"),
    "line_number": ("line_no", "line", "position"),
    "quantity": ("qty",),
    "unit_price": ("price",),
    "list_price": ("price", "unit_price"),
    "unit_cost": ("cost",),
    "on_hand": ("quantity", "qty", "stock", "units_in_stock"),
    "total": ("amount", "total_amount"),
    "rate_on": ("date", "day"),
    "counted_at": ("snapshot_date", "snapshot_at", "stock_date", "inventory_date", "as_of", "date"),
}
"""Canonical column -> further names it goes by; the canonical name itself comes first."""

NAMED = {
    "customers": ("customer_name", "client_name", "account_name", "company_name", "company"),
    "suppliers": ("supplier_name", "vendor_name", "company_name", "company"),
    "contacts": ("contact_name", "full_name"),
    "products": ("product_name", "item_name", "article_name", "title"),
    "order_lines": ("product_name", "item_name", "article_name"),
    "locations": ("location_name", "warehouse_name", "store_name"),
}
"""Entity -> what its column `name` is called."""

NATURAL_KEYS: dict[str, tuple[tuple[str, ...], ...]] = {
    "stock_levels": (("product_source_id", "location_source_id?", "stock_type?", "batch?"),),
    "order_lines": (("order_source_id", "line_number"), ("order_source_id", "product_source_id")),
    "purchase_order_lines": (
        ("purchase_order_source_id", "line_number"),
        ("purchase_order_source_id", "product_source_id"),
    ),
    "invoice_lines": (("invoice_source_id", "product_source_id"),),
    "fx_rates": (("base_currency?", "currency", "rate_on"),),
}
"""Entity -> the columns that together are its key, where the file has no key of its own; the first set that is there.
`?` marks those that may be missing. A line's order alone is no key: one line of each order would be left."""


def normal(name: str) -> str:
    """Letter case, blanks, dashes and the like do not count; `CustomerID` and `customer id` are `customer_id`."""
    name = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name.strip())
    return re.sub(r"[^0-9a-z]+", "_", name.casefold()).strip("_")


def stem(filename: str) -> str:
    return filename.partition(".")[0]


def entity_named(name: str) -> str | None:
    """The entity that a file or stream name stands for."""
    name = normal(name)
    for candidate in (name, f"{name}s"):
        if candidate in entities.ENTITIES:
            return candidate
        if candidate in _ENTITY_ALIASES:
            return _ENTITY_ALIASES[candidate]
    return None


def map_for(entity: Entity, headers: Iterable[str]) -> FieldMap:
    """The map that a header implies. Without a key it maps the column `id`, which then is reported as missing."""
    by_name: dict[str, str] = {}
    for name in headers:
        by_name.setdefault(normal(name), name)
    fields: dict[str, FieldSource] = {}
    for column in entity.columns:
        header = next((by_name[name] for name in _names(entity, column.name) if name in by_name), None)
        if header is not None:
            fields[column.name] = at(_escaped(header))
    fields["source_id"] = _key(entity, by_name, fields)
    return FieldMap(entity, fields)


def _names(entity: Entity, column: str) -> tuple[str, ...]:
    """What a column may be called, the surest first."""
    short = (column.replace("_source_id", "_id"),) if column.endswith("_source_id") else ()
    aliases = NAMED.get(entity.name, ()) if column == "name" else COLUMN_ALIASES.get(column, ())
    return (column, *short, *aliases)


def _key(entity: Entity, by_name: dict[str, str], fields: dict[str, FieldSource]) -> FieldSource:
    singular = entity.name.removesuffix("s")
    own = (
        f"{singular}_id",
        f"{singular}_no",
        f"{singular}_number",
        f"{singular}_key",
        "number",
        "code",
        "no",
        singular,
    )
    for name in ("source_id", "id", *own, *(("sku",) if entity.name == "products" else ())):
        if name in by_name:
            return at(_escaped(by_name[name]))
    for columns in NATURAL_KEYS.get(entity.name, ()):
        if all(column in fields for column in columns if not column.endswith("?")):
            parts = [fields.get(column.rstrip("?")) for column in columns]
            return joined(*(part for part in parts if isinstance(part, At)))
    return at("id")


def _escaped(header: str) -> str:
    """A header as a path: its dots are letters."""
    return header.replace(".", "\\.")
