"""What a value of Business One means: numbers, truths, statuses, and the source document of a line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from hub.sdk import Row

NOTHING = Decimal(0)
ORDER, DELIVERY = 17, 15
"""`BaseType` of a line that was made from a sales order, from a delivery."""
_SIXTH = Decimal("0.000001")


def number(value: Any) -> Decimal:
    """A number without the noise of a double; 0 where there is none. What is odd the map refuses."""
    if isinstance(value, bool) or not isinstance(value, int | Decimal | str | float):
        return NOTHING
    try:
        found = Decimal(str(value))
        return found.quantize(_SIXTH) if found.is_finite() else NOTHING
    except InvalidOperation:  # no number, or none that fits
        return NOTHING


def is_yes(value: Any) -> bool:
    """Whether a flag is set, as `tYES`, or as `Y` by old releases."""
    return value in {"tYES", "Y", True}


def each(row: Any, name: str) -> Iterator[dict[str, Any]]:
    """The objects of a list; none where it is odd."""
    found = row.get(name) if isinstance(row, dict) else None
    if isinstance(found, list):
        yield from (element for element in found if isinstance(element, dict))


def common(values: Iterable[Any]) -> Any:
    """The value that all have; None where they differ, or have none."""
    found = set(values)
    return found.pop() if len(found) == 1 else None


def is_cancelled(row: Row) -> bool:
    """Cancelled documents, and those that cancel another one."""
    return is_yes(row.get("Cancelled")) or row.get("CancelStatus") in {"csYes", "csCancellation"}


def words(row: Row) -> str | None:
    """Business One's own words for the status of a document."""
    found = [row.get("DocumentStatus"), row.get("CancelStatus") if row.get("CancelStatus") != "csNo" else None]
    if row.get("CancelStatus") is None and is_yes(row.get("Cancelled")):
        found.append("cancelled")
    return " ".join(str(word) for word in found if word) or None


def is_closed(row: Row, field: str = "DocumentStatus") -> bool:
    return row.get(field) in {"bost_Close", "bost_Paid", "bost_Delivered"}


def progress(lines: Sequence[Row]) -> tuple[bool, bool]:
    """Whether something of a document's lines is done, and whether all is. A line without a quantity says nothing."""
    counted = [(number(line.get("Quantity")), number(line.get("RemainingOpenQuantity"))) for line in lines]
    counted = [(quantity, left) for quantity, left in counted if quantity]
    return any(left < quantity for quantity, left in counted), all(left <= NOTHING for _, left in counted)


def order_status(row: Row) -> str:
    """Ours, from flags and lines. An order that nobody approved yet (`Confirmed`) is on hold."""
    begun, done = progress(list(each(row, "DocumentLines")))
    if is_cancelled(row):
        return "cancelled"
    if is_closed(row):
        return "completed"
    if row.get("Confirmed") in {"tNO", "N"}:
        return "on_hold"
    return "shipped" if begun and done else "partially_shipped" if begun else "open"


def purchase_status(row: Row, lines: Sequence[Row], field: str = "DocumentStatus") -> str:
    """Of a purchase order or one of its lines."""
    begun, done = progress(lines)
    if is_closed(row, field):
        return "received" if done else "closed"
    return "received" if begun and done else "partially_received" if begun else "open"


def done_quantity(line: Row) -> Decimal | None:
    """What was delivered or received of a line."""
    quantity, left = line.get("Quantity"), line.get("RemainingOpenQuantity")
    return None if quantity is None or left is None else number(quantity) - number(left)


def given_up(line: Row) -> Decimal | None:
    """What was still open of a line when somebody closed it."""
    left = done_quantity(line)
    return None if left is None else number(line["RemainingOpenQuantity"]) if is_closed(line, "LineStatus") else NOTHING


def base_of(line: Row, kind: int) -> tuple[str | None, str | None]:
    """Keys of the document of a kind that a line was made from, and of the line there."""
    entry, number_ = line.get("BaseEntry"), line.get("BaseLine")
    if line.get("BaseType") != kind or not isinstance(entry, int) or entry <= 0:
        return None, None
    return str(entry), f"{entry}:{number_}" if isinstance(number_, int) and number_ >= 0 else None


def price_of(line: Row, document_currency: Any, total: Any) -> Any:
    """The price of one unit before discount, in the document's currency. A line may be priced in another one: then it
    follows from the line's total."""
    own = line.get("Currency")
    if own in {None, "", document_currency}:
        price = line.get("UnitPrice")
        return price if price is not None else line.get("Price")
    quantity, share = number(line.get("Quantity")), 1 - number(line.get("DiscountPercent")) / 100
    if total is None or not quantity or not share:
        return None
    return (number(total) / quantity / share).quantize(_SIXTH)


def partner_status(row: Row) -> str:
    """Leads have not bought yet; a frozen partner is kept for history."""
    if is_yes(row.get("Frozen")):
        return "inactive"
    return "prospect" if row.get("CardType") in {"cLid", "L"} else "active"


def partner_words(row: Row) -> str:
    """Type of the partner and its flags."""
    return " ".join(filter(None, (str(row.get("CardType") or ""), "frozen" if is_yes(row.get("Frozen")) else "")))
