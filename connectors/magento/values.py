"""Functions of Magento's fields that are more than a look-up. Each gives one value for a row."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from decimal import ROUND_HALF_EVEN, Decimal
from hashlib import blake2b
from typing import Any

from hub.sdk import Row

_TAG = re.compile(r"<(?:script|style)\b.*?</(?:script|style)>|<[^>]*>", re.DOTALL | re.IGNORECASE)
_NOTHING = Decimal(0)
_SIXTH = Decimal("0.000001")
_KG = {"kgs": Decimal(1), "kg": Decimal(1), "lbs": Decimal("0.45359237"), "lb": Decimal("0.45359237")}


def number(value: Any) -> Decimal:
    """A number that may be absent, null, a text or blank: Magento leaves out what has not happened. Zero then."""
    if type(value) is Decimal:
        return value
    if value is None or value == "":
        return _NOTHING
    return Decimal(str(value))


def rounded(value: Decimal) -> Decimal:
    """To the six decimals that the hub keeps."""
    return value.quantize(_SIXTH, ROUND_HALF_EVEN)


def full_name(rows: Sequence[Row]) -> list[Any]:
    return [_person(row) for row in rows]


def _person(row: Row) -> str | None:
    return _joined(row, "firstname", "middlename", "lastname")


def _joined(row: Row, *names: str) -> str | None:
    return " ".join(str(row[name]).strip() for name in names if row.get(name)) or None


def display_name(rows: Sequence[Row]) -> list[Any]:
    """What a customer without a company account is called: the company of the billing address, else the person."""
    return [_inside(row, "main_address", "company") or _person(row) for row in rows]


def party_kind(rows: Sequence[Row]) -> list[Any]:
    return ["company" if _inside(row, "main_address", "company") else "person" for row in rows]


def _inside(row: Row, *names: str) -> Any:
    value: Any = row
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def company_key(rows: Sequence[Row]) -> list[Any]:
    """Key of the company a customer belongs to; none where the id is 0 or missing."""
    return [_company(_inside(row, "extension_attributes", "company_attributes", "company_id")) for row in rows]


def contact_owner(rows: Sequence[Row]) -> list[Any]:
    """A person belongs to its company, or is its own customer."""
    return [
        _company(_inside(row, "extension_attributes", "company_attributes", "company_id")) or row.get("id")
        for row in rows
    ]


def _company(number: Any) -> str | None:
    return f"company:{number}" if number not in (None, "", 0, "0") else None


def order_customer(rows: Sequence[Row]) -> list[Any]:
    """The company, the customer, or the guest that an order is from."""
    return [
        _company(_inside(row, "extension_attributes", "company_order_attributes", "company_id"))
        or row.get("customer_id")
        or guest_key(row)
        for row in rows
    ]


def order_contact(rows: Sequence[Row]) -> list[Any]:
    return [row.get("customer_id") or None for row in rows]


def guests(rows: Sequence[Row]) -> list[Any]:
    return [guest_key(row) for row in rows]


def guest_key(row: Row) -> str | None:
    """A key for somebody without an account: the same for the same mail address, which it does not show."""
    email = row.get("customer_email")
    if not isinstance(email, str) or not email.strip():
        return None
    return f"guest:{blake2b(email.strip().lower().encode(), digest_size=10).hexdigest()}"


def guest_name(rows: Sequence[Row]) -> list[Any]:
    return [
        _inside(row, "billing_address", "company") or _joined(row.get("billing_address") or {}, "firstname", "lastname")
        for row in rows
    ]


def guest_kind(rows: Sequence[Row]) -> list[Any]:
    return ["company" if _inside(row, "billing_address", "company") else "person" for row in rows]


def address_role(rows: Sequence[Row]) -> list[Any]:
    return [
        "billing" if row.get("default_billing") else "shipping" if row.get("default_shipping") else "other"
        for row in rows
    ]


def is_default(rows: Sequence[Row]) -> list[Any]:
    return [bool(row.get("default_billing") or row.get("default_shipping")) for row in rows]


# -- products ----------------------------------------------------------------------------------------------------------


def plain_text(rows: Sequence[Row]) -> list[Any]:
    """The description without its HTML."""
    return [_plain(_inside(row, "custom_attributes", "description")) for row in rows]


def _plain(value: Any) -> str | None:
    return " ".join(html.unescape(_TAG.sub(" ", value)).split())[:20_000] or None if isinstance(value, str) else None


def weight_kg(rows: Sequence[Row]) -> list[Any]:
    """Weight is in the unit of the shop; nothing where that unit is not known."""
    found: list[Any] = []
    for row in rows:
        factor = _KG.get(str(_inside(row, "shop", "weight_unit") or ""))
        weight = row.get("weight")
        found.append(None if factor is None or weight in (None, "") else rounded(number(weight) * factor))
    return found


def unit_cost(rows: Sequence[Row]) -> list[Any]:
    """The cost attribute; a shop that does not use it leaves it empty or at zero."""
    return [cost if (cost := _inside(row, "custom_attributes", "cost")) and number(cost) else None for row in rows]


# -- orders ------------------------------------------------------------------------------------------------------------


def order_status(rows: Sequence[Row]) -> list[Any]:
    return [_status(row) for row in rows]


def _status(row: Row) -> str | None:
    state = str(row.get("state") or "")
    if state != "processing":
        return _STATES.get(state, "open")
    goods = [line for line in row.get("items") or () if not line.get("parent_item_id") and not line.get("is_virtual")]
    shipped = sum((number(line.get("qty_shipped")) for line in goods), Decimal(0))
    due = sum((number(line.get("qty_ordered")) - number(line.get("qty_canceled")) for line in goods), Decimal(0))
    if not shipped:
        return "open"
    return "shipped" if shipped >= due else "partially_shipped"


_STATES = {
    "new": "open", "pending_payment": "open", "complete": "completed", "closed": "completed", "canceled": "cancelled",
    "holded": "on_hold", "payment_review": "on_hold",
}  # fmt: skip


def payment_status(rows: Sequence[Row]) -> list[Any]:
    return [_payment(row) for row in rows]


def _payment(row: Row) -> str:
    paid, refunded = number(row.get("total_paid")), number(row.get("total_refunded"))
    if refunded:
        return "refunded" if refunded >= paid else "partially_refunded"
    if paid:
        owed = number(row.get("grand_total")) - number(row.get("total_canceled"))
        return "paid" if paid >= owed else "partially_paid"
    if row.get("state") == "canceled":
        return "voided"
    authorized = _inside(row, "payment", "amount_authorized")
    return "authorized" if number(authorized) else "pending"


def order_subtotal(rows: Sequence[Row]) -> list[Any]:
    """Sum of the lines after their discounts, without tax. Magento's discount holds that on shipping, too."""
    return [
        number(row.get("subtotal"))
        - abs(number(row.get("discount_amount")))
        + abs(number(row.get("shipping_discount_amount")))
        + number(row.get("discount_tax_compensation_amount"))
        for row in rows
    ]


def order_shipping(rows: Sequence[Row]) -> list[Any]:
    """As charged: after the discount on it, without tax."""
    return [
        number(row.get("shipping_amount"))
        - abs(number(row.get("shipping_discount_amount")))
        + number(row.get("shipping_discount_tax_compensation_amount"))
        for row in rows
    ]


def current_total(rows: Sequence[Row]) -> list[Any]:
    return [
        number(row.get("grand_total")) - number(row.get("total_canceled")) - number(row.get("total_refunded"))
        for row in rows
    ]


def line_discount(rows: Sequence[Row]) -> list[Any]:
    """Magento is not of one mind about its sign."""
    return [abs(number(row.get("discount_amount"))) for row in rows]


def line_total(rows: Sequence[Row]) -> list[Any]:
    """Net of discount, without tax. Where the discount was taken from a price with tax, the tax in it is given back."""
    return [
        number(row.get("row_total"))
        - abs(number(row.get("discount_amount")))
        + number(row.get("discount_tax_compensation_amount"))
        for row in rows
    ]


def line_price(rows: Sequence[Row]) -> list[Any]:
    """Before discount, without tax. Summed up from parts it may have more digits than the hub keeps."""
    return [None if row.get("price") in (None, "") else rounded(number(row.get("price"))) for row in rows]


def line_cost(rows: Sequence[Row]) -> list[Any]:
    """Cost of one unit in the currency of the order; Magento keeps it in the base currency."""
    return [
        rounded(number(cost) * (number(row.get("rate")) or 1)) if (cost := row.get("unit_cost")) else None
        for row in rows
    ]


# -- shipments and credit memos ----------------------------------------------------------------------------------------


def tracking_numbers(rows: Sequence[Row]) -> list[Any]:
    return [
        ", ".join(str(track["track_number"]) for track in row.get("tracks") or () if track.get("track_number")) or None
        for row in rows
    ]
