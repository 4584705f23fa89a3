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
_REFUND_LINES, _RETURN_LINES = (*_REFUNDS, "refundLineItems", "nodes"), (*_RETURNS, "returnLineItems", "nodes")
_LOCATIONS = ("locations", "nodes")
_LINES = ("lineItems", "nodes")

DERIVED: dict[str, dict[Keys, tuple[Keys, ...]]] = {
    "Customer": {
        ("companyContactProfiles", "changedAt"): (("updatedAt",), ("companyContactProfiles", "updatedAt")),
    },
    "Company": {
        ("contacts", "nodes", "changedAt"): (
            ("contacts", "nodes", "updatedAt"), ("contacts", "nodes", "customer", "updatedAt"),
        ),
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
        ("returned", "returnLine", "id"): (
            (*_RETURN_LINES, "id"), (*_RETURN_LINES, "fulfillmentLineItem", "lineItem", "id"),
        ),
        ("returned", "returnLine"): (_RETURN_LINES,),
        ("returned", "return"): (_RETURNS,),
        ("returned", "taxesIncluded"): (("taxesIncluded",),),
        ("returned", "lineItem"): (_LINES,),
        ("fulfillments", "fulfillmentLineItems", "nodes", "lineItem"): (_LINES,),
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


def elements(holder: Any, name: str) -> Iterator[Row]:
    """The objects of a list or connection; none where it is odd."""
    found = holder.get(name) if isinstance(holder, dict) else None
    if isinstance(found, dict):
        found = found.get("nodes")
    if isinstance(found, list):
        yield from (each for each in found if isinstance(each, dict))


def _customer(row: Row) -> None:
    for profile in elements(row, "companyContactProfiles"):
        profile["changedAt"] = _later(row, profile)


def _later(*rows: Any) -> str | None:
    """The last change of any of them. A contact is made of two objects, and comes by way of either: its stamp must not
    depend on the way."""
    stamps = [row["updatedAt"] for row in rows if isinstance(row, dict) and isinstance(row.get("updatedAt"), str)]
    return max(stamps, default=None)


def _company(row: Row) -> None:
    """Its main location is the one that was there first. A location may ship to where it is billed."""
    for contact in elements(row, "contacts"):
        contact["changedAt"] = _later(contact, contact.get("customer"))
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
    """Lines that were sent, refunded or returned only name the line of the order: here they get it whole."""
    lines = {str(line.get("id")): line for line in elements(row, "lineItems")}
    for line in lines.values():
        line |= {"taxesIncluded": row.get("taxesIncluded"), "returnedQuantity": 0, "shippedQuantity": 0}
    for parcel in elements(row, "fulfillments"):
        counts = parcel.get("status") not in {"CANCELLED", "ERROR", "FAILURE"}
        for part in elements(parcel, "fulfillmentLineItems"):
            part["lineItem"] = _whole_line(part, lines)
            _add(part, "shippedQuantity", counts)
    if isinstance(row.get("refunds"), list) and isinstance(row.get("returns"), dict):
        row["returned"] = [*_refunded(row, lines), *_sent_back(row, lines)]
        del row["refunds"], row["returns"]


def _refunded(row: Row, lines: dict[str, Row]) -> Iterator[Row]:
    """All that was given back by refunds. A refund of what was never sent is no return."""
    for refund in elements(row, "refunds"):
        told = _without(refund, "refundLineItems")
        for number, part in enumerate(elements(refund, "refundLineItems")):
            part["key"] = part.get("id") or f"{refund.get('id')}:{number}"
            line = part["lineItem"] = _whole_line(part, lines)
            _add(part, "returnedQuantity", part.get("restockType") != "CANCEL")
            yield {
                "refund": told, "refundLine": part, "lineItem": line, "taxesIncluded": row.get("taxesIncluded"),
            }  # fmt: skip


def _sent_back(row: Row, lines: dict[str, Row]) -> Iterator[Row]:
    for each in elements(row, "returns"):
        told = _without(each, "returnLineItems")
        for part in elements(each, "returnLineItems"):
            sent = part.get("fulfillmentLineItem")
            line = _whole_line(sent, lines) if isinstance(sent, dict) else {}
            yield {"return": told, "returnLine": part, "lineItem": line}


def _whole_line(part: Row, lines: dict[str, Row]) -> Row:
    item = part.get("lineItem")
    named: Row = item if isinstance(item, dict) else {}
    return lines.get(str(named.get("id")), named)


def _add(part: Row, counter: str, counts: bool) -> None:
    line, quantity = part["lineItem"], part.get("quantity")
    if counts and isinstance(quantity, int) and isinstance(line.get(counter), int):
        line[counter] += quantity


def _without(row: Row, name: str) -> Row:
    return {key: value for key, value in row.items() if key != name}


_SHAPES: dict[str, Callable[[Row], None]] = {
    "Customer": _customer, "Company": _company, "Product": _product, "InventoryLevel": _level, "Order": _order,
}  # fmt: skip
