"""Values that take more than a look-up: each function goes over the rows of a page. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

from hub.sdk import Row

POSTED = "Posted"
"""Our own word for the status of an order that was posted in full, and so is no order there any more."""
CANCELED = "Canceled"

_MILLIONTH = Decimal("0.000001")
_STATUS = {POSTED: "completed", CANCELED: "cancelled", "In Review": "on_hold"}


def _number(value: Any) -> Decimal:
    return value if isinstance(value, Decimal) else Decimal(str(value or 0))


def order_status(rows: Sequence[Row]) -> list[Any]:
    """How far an order is: by its own word, then by what was shipped. `Draft` (not released) counts as open."""
    return [_status(row, "salesOrderLines", "shippedQuantity", ("shipped", "partially_shipped")) for row in rows]


def purchase_status(rows: Sequence[Row]) -> list[Any]:
    """How far an order to a supplier is: by its own word, then by what was received."""
    return [
        _purchase(_status(row, "purchaseOrderLines", "receivedQuantity", ("received", "partially_received")), row)
        for row in rows
    ]


def _status(row: Row, lines: str, moved: str, words: tuple[str, str]) -> str:
    known = _STATUS.get(str(row.get("status")))
    if known:
        return known
    if row.get("fullyShipped") is True or row.get("fullyReceived") is True:
        return words[0]
    listed = row.get(lines)
    partly = isinstance(listed, list) and any(isinstance(line, dict) and _number(line.get(moved)) for line in listed)
    return words[1] if partly else "open"


def _purchase(status: str, row: Row) -> str:
    if status == "completed":
        return "closed"
    if status == "on_hold":
        return "draft"
    return "draft" if status == "open" and row.get("status") == "Draft" else status


def subtotal(rows: Sequence[Row]) -> list[Any]:
    """The total without tax, before the discount on the whole document."""
    return [_number(row.get("totalAmountExcludingTax")) + _discount(row) for row in rows]


def discount(rows: Sequence[Row]) -> list[Any]:
    """The discount on the whole document; nothing where prices include tax, since then it does, too."""
    return [_discount(row) for row in rows]


def _discount(row: Row) -> Decimal:
    return Decimal(0) if row.get("pricesIncludeTax") is True else _number(row.get("discountAmount"))


def rate(rows: Sequence[Row]) -> list[Any]:
    """Units of the foreign currency for one of the local (or related) one."""
    return [_rate(row.get("exchangeRateAmount"), row.get("relationalExchangeRateAmount")) for row in rows]


def _rate(foreign: Any, local: Any) -> Decimal | None:
    amount = _number(local)
    return (_number(foreign) / amount).quantize(_MILLIONTH, ROUND_HALF_EVEN) if amount else None


def customer_of(rows: Sequence[Row]) -> list[Any]:
    """The customer that the contact is related to."""
    return [_related(row, "Customer") for row in rows]


def vendor_of(rows: Sequence[Row]) -> list[Any]:
    """The vendor that the contact is related to."""
    return [_related(row, "Vendor") for row in rows]


def _related(row: Row, kind: str) -> Any:
    found = row.get("contactInformation")
    listed = found if isinstance(found, list) else [found]
    return next(
        (each.get("relatedId") for each in listed if isinstance(each, dict) and each.get("relatedType") == kind), None
    )
