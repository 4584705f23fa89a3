"""Which scope opens which field, and how the vendor says that one is missing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from connectors.shopify.simulator.plan import Field

ALL_SCOPES = frozenset({
    "read_all_orders", "read_customers", "read_fulfillments", "read_inventory", "read_locations", "read_orders",
    "read_products", "read_returns",
})  # fmt: skip

_NEEDS = {
    ("QueryRoot", "customers"): ("read_customers",), ("QueryRoot", "customersCount"): ("read_customers",),
    ("QueryRoot", "companies"): ("read_customers", "read_companies"),
    ("QueryRoot", "companiesCount"): ("read_customers", "read_companies"),
    ("QueryRoot", "companyLocations"): ("read_customers", "read_companies"),
    ("QueryRoot", "products"): ("read_products",), ("QueryRoot", "productsCount"): ("read_products",),
    ("QueryRoot", "productVariantsCount"): ("read_products",),
    ("QueryRoot", "inventoryItems"): ("read_inventory",), ("QueryRoot", "inventoryProperties"): ("read_inventory",),
    ("QueryRoot", "locations"): ("read_locations", "read_inventory"),
    ("QueryRoot", "location"): ("read_locations", "read_inventory"),
    ("QueryRoot", "orders"): ("read_orders",), ("QueryRoot", "ordersCount"): ("read_orders",),
    ("Order", "returns"): ("read_returns",), ("InventoryItem", "variants"): ("read_products",),
}  # fmt: skip


def refusals(fields: list[Field], scopes: frozenset[str], path: tuple[str, ...] = ()) -> Iterator[dict[str, Any]]:
    """One error for each field that no scope of the app opens."""
    for each in fields:
        needed = _NEEDS.get((each.parent, each.name))
        here = (*path, each.key)
        if needed and not scopes.intersection(needed):
            yield {
                "message": f"Access denied for {each.name} field. Required access: `{needed[0]}` access scope.",
                "extensions": {"code": "ACCESS_DENIED", "requiredAccess": f"`{needed[0]}` access scope."},
                "path": list(here),
            }
        else:
            yield from refusals(each.fields, scopes, here)
