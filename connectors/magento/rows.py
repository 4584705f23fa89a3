"""A row as Magento sent it, made ready for the maps: lists of attributes by name, odd empties, and what is looked up.

Nothing is converted here, and what is odd is left as it is, for the maps to refuse. The fields made here, and what they
are made of, stand in `DERIVED`, so that the request asks for those.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from connectors.magento.lines import fold_order

Row = dict[str, Any]
Keys = tuple[str, ...]


@dataclass(frozen=True)
class Made:
    """A path of ours: Magento's paths it is made of, and where the rest of a longer path goes on, if anywhere."""

    of: tuple[Keys, ...] = ()
    on: Keys | None = None


_STORE = Made((("store_id",),))
_MEMO_LINES = (
    ("items", "entity_id"), ("items", "order_item_id"), ("items", "row_total"), ("items", "discount_amount"),
    ("items", "tax_amount"), ("items", "discount_tax_compensation_amount"), ("subtotal",), ("tax_amount",),
    ("shipping_amount",), ("adjustment_positive",), ("adjustment_negative",),
    ("shipping_discount_tax_compensation_amount",),
)  # fmt: skip

DERIVED: dict[str, dict[Keys, Made]] = {
    "customer": {
        ("main_address",): Made((("addresses", "default_billing"), ("addresses", "default_shipping")), ("addresses",)),
        ("group",): Made((("group_id",),)),
        ("store",): _STORE,
    },
    "company": {("group",): Made((("customer_group_id",),))},
    "product": {
        ("shop",): Made(),
        ("category",): Made((("extension_attributes", "category_links"),)),
        ("parent_id",): Made((("type_id",), ("extension_attributes", "configurable_product_links"))),
    },
    "order": {
        ("store",): _STORE,
        ("ship_to",): Made((), ("extension_attributes", "shipping_assignments", "shipping", "address")),
        ("items", "rate"): Made((("base_to_order_rate",),)),
        ("items", "sold_product_id"): Made((("items", "product_id"), ("items", "product_type"))),
        ("items", "unit_cost"): Made((("items", "base_cost"), ("items", "qty_ordered"), ("items", "product_type"))),
    },
    "creditmemo": {
        ("lines", "sold_product_id"): Made((("items", "product_id"), ("items", "sku"))),
        ("lines", "key"): Made(_MEMO_LINES),
        ("lines",): Made(_MEMO_LINES, ("items",)),
    },
    "source_item": {
        ("key",): Made((("sku",), ("source_code",))), ("product_id",): Made((("sku",),)), ("manage_stock",): Made(),
    },
}  # fmt: skip
"""Kind of row -> path made here -> what it is made of."""


def consumed(kind: str) -> set[str]:
    """Fields of a row that others are made of; where no map reads them, nobody needs them any more."""
    made = DERIVED.get(kind, {}).values()
    return {path[0] for each in made for path in (*each.of, *((each.on,) if each.on else ()))}


_CHILDREN = {"customer": ("addresses",), "order": ("items",), "shipment": ("items",), "creditmemo": ("items",)}
_MAY_LACK = {"customer": ("addresses",), "shipment": ("tracks",), "creditmemo": ("items",)}
"""Lists that may be left out where they are empty. An order without its list of lines is not believed."""


def tidy(kind: str, row: Row) -> Row:
    """The row, in place: attributes by name, lists where Magento writes null for empty, objects where it writes []."""
    for name in _CHILDREN.get(kind, ()):
        if name in row and row[name] is None:
            row[name] = []
    for name in _MAY_LACK.get(kind, ()):
        row[name] = row.get(name) or []
    _plain(row)
    shape = _SHAPES.get(kind)
    if shape:
        shape(row)
    return row


def by_code(attributes: Any) -> Any:
    """Magento's list of attributes as an object; anything else as it is."""
    if not isinstance(attributes, list):
        return attributes
    return {
        str(each["attribute_code"]): each.get("value")
        for each in attributes
        if isinstance(each, dict) and "attribute_code" in each
    }


def _plain(row: Row) -> None:
    if "custom_attributes" in row:
        row["custom_attributes"] = by_code(row["custom_attributes"])
    if isinstance(row.get("extension_attributes"), list):
        row["extension_attributes"] = {}


def _customer(row: Row) -> None:
    addresses = row.get("addresses")
    found = [each for each in addresses if isinstance(each, dict)] if isinstance(addresses, list) else []
    for each in found:
        _plain(each)
    for flag in ("default_billing", "default_shipping"):
        for each in found:
            if each.get(flag) is True:
                row["main_address"] = each
                return
    if found:
        row["main_address"] = found[0]


def _order(row: Row) -> None:
    extension = row.get("extension_attributes")
    assignments = extension.get("shipping_assignments") if isinstance(extension, dict) else None
    first = assignments[0] if isinstance(assignments, list) and assignments else None
    shipping = first.get("shipping") if isinstance(first, dict) else None
    row["ship_to"] = shipping.get("address") if isinstance(shipping, dict) else None
    fold_order(row)


_SHAPES: dict[str, Callable[[Row], None]] = {"customer": _customer, "order": _order}
