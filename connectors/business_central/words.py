"""Values that take more than a look-up: each function goes over the rows of a page. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation
from typing import Any

from hub.sdk import Row, RowRejected

POSTED = "Posted"
"""Our own word for the status of an order that was posted in full, and so is no order there any more."""
CANCELED = "Canceled"

_MILLIONTH = Decimal("0.000001")
_STATUS = {POSTED: "completed", CANCELED: "cancelled", "In Review": "on_hold"}


def number(value: Any) -> Decimal:
    """An amount; 0 for none. RowRejected where it is no number."""
    try:
        return value if isinstance(value, Decimal) else Decimal(str(value or 0))
    except InvalidOperation:
        raise RowRejected("is made of something that is no number") from None


def _each(rows: Sequence[Row], made: Callable[[Row], Any]) -> list[Any]:
    """A value for each row, or why there is none."""
    values: list[Any] = []
    for row in rows:
        try:
            values.append(made(row))
        except RowRejected as rejected:
            values.append(rejected)
    return values


def order_status(rows: Sequence[Row]) -> list[Any]:
    """How far an order is: by its own word, then by what was shipped. `Draft` (not released) counts as open."""
    words = ("shipped", "partially_shipped")
    return _each(rows, lambda row: _status(row, "salesOrderLines", "shippedQuantity", words))


def purchase_status(rows: Sequence[Row]) -> list[Any]:
    """How far an order to a supplier is: by its own word, then by what was received."""
    words = ("received", "partially_received")
    return _each(rows, lambda row: _purchase(_status(row, "purchaseOrderLines", "receivedQuantity", words), row))


def _status(row: Row, lines: str, moved: str, words: tuple[str, str]) -> str:
    known = _STATUS.get(str(row.get("status")))
    if known:
        return known
    if row.get("fullyShipped") is True or row.get("fullyReceived") is True:
        return words[0]
    listed = row.get(lines)
    partly = isinstance(listed, list) and any(isinstance(line, dict) and number(line.get(moved)) for line in listed)
    return words[1] if partly else "open"


def _purchase(status: str, row: Row) -> str:
    if status == "completed":
        return "closed"
    if status == "on_hold":
        return "draft"
    return "draft" if status == "open" and row.get("status") == "Draft" else status


def subtotal(rows: Sequence[Row]) -> list[Any]:
    """The total without tax, before the discount on the whole document."""
    return _each(rows, lambda row: number(row.get("totalAmountExcludingTax")) + _discount(row))


def discount(rows: Sequence[Row]) -> list[Any]:
    """The discount on the whole document; nothing where prices include tax, since then it does, too."""
    return _each(rows, _discount)


def _discount(row: Row) -> Decimal:
    return Decimal(0) if row.get("pricesIncludeTax") is True else number(row.get("discountAmount"))


def rate(rows: Sequence[Row]) -> list[Any]:
    """Units of the foreign currency for one of the local (or related) one."""
    return _each(rows, _rate)


def _rate(row: Row) -> Decimal | None:
    foreign, amount = number(row.get("exchangeRateAmount")), number(row.get("relationalExchangeRateAmount"))
    return (foreign / amount).quantize(_MILLIONTH, ROUND_HALF_EVEN) if amount else None


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
