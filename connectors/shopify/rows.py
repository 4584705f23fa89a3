"""A node as Shopify sent it, made ready for the maps: what needs a look at its parent, or at two lists together.

Nothing is converted here, and what is odd is left as it is, for the maps to refuse. The fields made here, and what they
are made of, stand in `DERIVED`, so that a query asks for those.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

Row = dict[str, Any]
Keys = tuple[str, ...]

_REFUNDS, _RETURNS = ("refunds",), ("returns", "nodes")
_REFUND_LINES = (*_REFUNDS, "refundLineItems", "nodes")
_LOCATIONS = ("locations", "nodes")

DERIVED: dict[str, dict[Keys, tuple[Keys, ...]]] = {
    "Company": {
        ("mainLocation",): (_LOCATIONS,),
        ("mainAddress",): ((*_LOCATIONS, "billingAddress"), (*_LOCATIONS, "shippingAddress")),
        ("addresses", "location"): (_LOCATIONS,),
        ("addresses", "address"): ((*_LOCATIONS, "billingAddress"), (*_LOCATIONS, "shippingAddress")),
        ("addresses",): (),
    },
    "Product": {("shop",): (), ("variants", "nodes", "isGiftCard"): (("isGiftCard",),)},
    "InventoryLevel": {
        ("quantity",): (("quantities", "name"), ("quantities", "quantity")),
        ("countedAt",): (("quantities", "updatedAt"),),
    },
    "Order": {
        ("returned", "refundLine", "key"): ((*_REFUND_LINES, "id"),),
        ("returned", "refundLine"): (_REFUND_LINES,),
        ("returned", "refund"): (_REFUNDS,),
        ("returned", "returnLine"): ((*_RETURNS, "returnLineItems", "nodes"),),
        ("returned", "return"): (_RETURNS,),
        ("returned", "taxesIncluded"): (("taxesIncluded",),),
        ("returned",): (),
        ("lineItems", "nodes", "taxesIncluded"): (("taxesIncluded",),),
        ("lineItems", "nodes", "returnedQuantity"): (
            (*_REFUND_LINES, "quantity"), (*_REFUND_LINES, "restockType"), (*_REFUND_LINES, "lineItem", "id"),
        ),
        ("lineItems", "nodes", "shippedQuantity"): (
            ("fulfillments", "status"),
            ("fulfillments", "fulfillmentLineItems", "nodes", "quantity"),
            ("fulfillments", "fulfillmentLineItems", "nodes", "lineItem", "id"),
        ),
    },
}  # fmt: skip
"""Type of the row -> path made here -> paths of the schema it is made of. The rest of a longer path goes on below."""
NAMED_BY_DATA = frozenset({("quantity",)})
"""Paths whose rest is no field: below `quantity` come the names that a shop gives its quantities."""


def shaped(kind: str, rows: list[Row], currency: str | None = None) -> list[Row]:
    """The rows of a type, in place. `currency` is the shop's: prices of products come without one."""
    shape = _SHAPES.get(kind)
    for row in rows:
        if shape:
            shape(row)
        if kind == "Product":
            row["shop"] = {"currencyCode": currency}
    return rows


def tombstone(kind: str, gid: str, moment: Any) -> Row:
    """A row that only says: this is gone, and so are its children."""
    empty: Row = {"nodes": []}
    lists: dict[str, Row] = {
        "Customer": {"addressesV2": empty, "companyContactProfiles": []},
        "Company": {"contacts": empty, "addresses": []},
        "Product": {"variants": empty},
        "Order": {"lineItems": empty, "fulfillments": [], "returned": []},
    }
    return {"id": gid, "updatedAt": moment, "isDeleted": True, **lists[kind]}


def elements(holder: Any, name: str) -> Iterator[Row]:
    """The objects of a list or connection; none where it is odd."""
    found = holder.get(name) if isinstance(holder, dict) else None
    if isinstance(found, dict):
        found = found.get("nodes")
    if isinstance(found, list):
        yield from (each for each in found if isinstance(each, dict))


def _company(row: Row) -> None:
    """Its main location is the one that was there first. A location may ship to where it is billed."""
    places = sorted(elements(row, "locations"), key=_number)
    row["addresses"] = [
        {"role": role, "location": place, "address": place[f"{role}Address"]}
        for place in places
        for role in ("billing", "shipping")
        if isinstance(place.get(f"{role}Address"), dict)
    ]
    main: Row = places[0] if places else {}
    row["mainLocation"] = main
    row["mainAddress"] = main.get("billingAddress") or main.get("shippingAddress") or {}
    if isinstance(row.get("locations"), dict) and "nodes" in row["locations"]:
        del row["locations"]
    else:
        del row["addresses"]


def _number(node: Row) -> tuple[int, str]:
    text = str(node.get("id"))
    digits = text.rpartition("/")[2]
    return (int(digits) if digits.isdecimal() else 0, text)


def _product(row: Row) -> None:
    for variant in elements(row, "variants"):
        variant["isGiftCard"] = row.get("isGiftCard")


def _level(row: Row) -> None:
    quantities = list(elements(row, "quantities"))
    if isinstance(row.pop("quantities", None), list):
        row["quantity"] = {str(each.get("name")): each.get("quantity") for each in quantities}
        row["countedAt"] = max((str(each["updatedAt"]) for each in quantities if each.get("updatedAt")), default=None)


def _order(row: Row) -> None:
    included = row.get("taxesIncluded")
    returned, sent_back = _returned(row, included)
    shipped = _shipped(row)
    for line in elements(row, "lineItems"):
        key = str(line.get("id"))
        line["taxesIncluded"] = included
        line["returnedQuantity"] = sent_back.get(key, 0)
        line["shippedQuantity"] = shipped.get(key, 0)
    if isinstance(row.get("refunds"), list) and isinstance(row.get("returns"), dict):
        row["returned"] = returned
        del row["refunds"], row["returns"]


def _returned(row: Row, included: Any) -> tuple[list[Row], dict[str, int]]:
    """All that was given back, by refund or by return, and how many pieces of each line came back by refund."""
    found: list[Row] = []
    sent_back: dict[str, int] = {}
    for refund in elements(row, "refunds"):
        for number, line in enumerate(elements(refund, "refundLineItems")):
            line["key"] = line.get("id") or f"{refund.get('id')}:{number}"
            found.append({"refund": _without(refund, "refundLineItems"), "refundLine": line, "taxesIncluded": included})
            if line.get("restockType") != "CANCEL":
                _add(sent_back, line, line.get("quantity"))
    for each in elements(row, "returns"):
        told = _without(each, "returnLineItems")
        found += [{"return": told, "returnLine": line} for line in elements(each, "returnLineItems")]
    return found, sent_back


def _shipped(row: Row) -> dict[str, int]:
    """Pieces of each line in shipments that were not cancelled."""
    shipped: dict[str, int] = {}
    for parcel in elements(row, "fulfillments"):
        if parcel.get("status") not in {"CANCELLED", "ERROR", "FAILURE"}:
            for line in elements(parcel, "fulfillmentLineItems"):
                _add(shipped, line, line.get("quantity"))
    return shipped


def _add(counts: dict[str, int], line: Row, quantity: Any) -> None:
    item = line.get("lineItem")
    if isinstance(item, dict) and isinstance(quantity, int):
        key = str(item.get("id"))
        counts[key] = counts.get(key, 0) + quantity


def _without(row: Row, name: str) -> Row:
    return {key: value for key, value in row.items() if key != name}


_SHAPES: dict[str, Callable[[Row], None]] = {
    "Company": _company, "Product": _product, "InventoryLevel": _level, "Order": _order,
}  # fmt: skip
