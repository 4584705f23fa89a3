"""Functions of Oracle's fields that are more than a look-up. Each gives one value for a row."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

from connectors.oracle_scm.rows import RETURN
from hub.sdk import Row, iso_moment

_SIXTH = Decimal("0.000001")
_ORDER_STATUS = {
    "OPEN": "open", "PROCESSING": "open", "DOO_PROCESSING": "open", "DOO_DRAFT": "draft", "DRAFT": "draft",
    "CLOSED": "completed", "PARTIAL_CLOSE": "partially_shipped", "PARTIAL_CLOSED": "partially_shipped",
    "CANCELED": "cancelled", "CANCELLED": "cancelled", "DOO_CANCELED": "cancelled", "ON_HOLD": "on_hold",
}  # fmt: skip
_LINE_STATUS = {
    **dict.fromkeys(("CANCELED", "CANCELLED"), "cancelled"),
    **dict.fromkeys(("SHIPPED", "AWAIT_BILLING", "BILLED"), "shipped"),
    **dict.fromkeys(("CLOSED", "DELIVERED"), "completed"),
    **dict.fromkeys(
        ("NOT_STARTED", "NOT_SCHED", "SCHEDULED", "RESERVED", "AWAIT_SHIP", "AWAIT_FULFILL", "BACKORDERED", "STAGED",
         "PICKED", "MANUAL_SCHEDULING_REQUIRED", "UNSOURCED"), "open"),
}  # fmt: skip
_RETURN_STATUS = {
    **dict.fromkeys(("CANCELED", "CANCELLED"), "cancelled"),
    **dict.fromkeys(("RECEIVED", "PARTIAL_RECEIVED", "DELIVERED", "AWAIT_BILLING"), "received"),
    **dict.fromkeys(("BILLED", "CLOSED"), "completed"),
    **dict.fromkeys(("AWAIT_RECEIPT", "AWAIT_RETURN", "NOT_STARTED"), "approved"),
}  # fmt: skip


def is_true(value: Any) -> bool:
    """Flags come as true or as `Y`, by resource and release."""
    return value is True or (isinstance(value, str) and value.strip().upper() in {"Y", "TRUE", "YES"})


def number(value: Any) -> Decimal | None:
    """An exact number; None where there is none."""
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        return None
    return Decimal(value)


def rounded(value: Decimal) -> Decimal:
    """To six decimals, as many as the hub keeps."""
    return value.quantize(_SIXTH, ROUND_HALF_EVEN)


def _word(value: Any, words: dict[str, str]) -> str | None:
    return words.get(value.strip().upper()) if isinstance(value, str) else None


def _lines(row: Row) -> list[Row]:
    lines = row.get("lines")
    return [line for line in lines if isinstance(line, dict)] if isinstance(lines, list) else []


def _sold(row: Row) -> list[Row]:
    return [line for line in _lines(row) if line.get("TransactionCategoryCode") != RETURN]


def _is_cancelled(line: Row) -> bool:
    return is_true(line.get("CanceledFlag")) or _word(line.get("StatusCode"), _LINE_STATUS) == "cancelled"


def _is_shipped(line: Row) -> bool:
    ordered, shipped = number(line.get("OrderedQuantity")), number(line.get("ShippedQuantity"))
    if shipped is not None and ordered is not None:
        return shipped >= ordered
    return line.get("ActualShipDate") is not None or _word(line.get("StatusCode"), _LINE_STATUS) in _GONE


_GONE = ("shipped", "completed")


# -- orders ------------------------------------------------------------------------------------------------------------


def order_status(rows: Sequence[Row]) -> list[Any]:
    """Flags say more than the status; how far an open order is, its lines tell."""
    return [_order_status(row) for row in rows]


def _order_status(row: Row) -> str | None:
    if is_true(row.get("CanceledFlag")):
        return "cancelled"
    status = _word(row.get("StatusCode"), _ORDER_STATUS)
    if is_true(row.get("OnHoldFlag")) and status == "open":
        return "on_hold"
    live = [line for line in _sold(row) if not _is_cancelled(line)]
    if status != "open" or not live:
        return status
    shipped = [_is_shipped(line) for line in live]
    begun = any(shipped) or any(number(line.get("ShippedQuantity")) for line in live)
    return "shipped" if all(shipped) else "partially_shipped" if begun else status


def shipped_at(rows: Sequence[Row]) -> list[Any]:
    """When the last line left, once all have."""
    return [_shipped_at(row) for row in rows]


def _shipped_at(row: Row) -> Any:
    live = [line for line in _sold(row) if not _is_cancelled(line)]
    stamps = [line.get("ActualShipDate") for line in live]
    if not stamps or not all(iso_moment(stamp) for stamp in stamps):
        return None
    return max(stamps, key=lambda stamp: str(iso_moment(stamp)))


def order_subtotal(rows: Sequence[Row]) -> list[Any]:
    """Sum of the lines sold, after their discounts. Lines that give back are in `returns`."""
    return [_subtotal(row) for row in rows]


def _subtotal(row: Row) -> Decimal | None:
    amounts = [_line_total(line) for line in _sold(row)]
    return sum((each for each in amounts if each is not None), Decimal(0)) if None not in amounts else None


def order_tax(rows: Sequence[Row]) -> list[Any]:
    return [_total_of(row, "QP_TOTAL_TAX") for row in rows]


def order_shipping(rows: Sequence[Row]) -> list[Any]:
    return [_total_of(row, "QP_TOTAL_SHIP_CHARGE") for row in rows]


def order_total(rows: Sequence[Row]) -> list[Any]:
    """Lines, tax and shipping. None where lines give back, too: Oracle's totals mix both."""
    return [_order_total(row) for row in rows]


def _order_total(row: Row) -> Decimal | None:
    parts = [_subtotal(row), _total_of(row, "QP_TOTAL_TAX"), _total_of(row, "QP_TOTAL_SHIP_CHARGE")]
    mixed = len(_sold(row)) != len(_lines(row))
    return None if mixed or parts[0] is None else sum((each for each in parts if each is not None), Decimal(0))


def _total_of(row: Row, code: str) -> Decimal | None:
    """One of Oracle's totals, in the order's currency, where all lines are sold."""
    if len(_sold(row)) != len(_lines(row)):
        return None
    totals = row.get("totals")
    currency = row.get("TransactionalCurrencyCode")
    for each in totals if isinstance(totals, list) else ():
        if isinstance(each, dict) and each.get("TotalCode") == code and each.get("CurrencyCode") in (currency, None):
            return number(each.get("TotalAmount"))
    return None


# -- lines -------------------------------------------------------------------------------------------------------------


def line_status(rows: Sequence[Row]) -> list[Any]:
    return [_line_status(line) for line in rows]


def _line_status(line: Row) -> str | None:
    if _is_cancelled(line):
        return "cancelled"
    return "on_hold" if is_true(line.get("OnHoldFlag")) else _word(line.get("StatusCode"), _LINE_STATUS)


def line_total(rows: Sequence[Row]) -> list[Any]:
    """Net of discount, as Oracle extended it, else quantity times selling price."""
    return [_line_total(line) for line in rows]


def _line_total(line: Row) -> Decimal | None:
    extended = number(line.get("ExtendedAmount"))
    if extended is not None:
        return extended
    quantity, price = number(line.get("OrderedQuantity")), number(line.get("UnitSellingPrice"))
    return None if quantity is None or price is None else rounded(quantity * price)


def line_price(rows: Sequence[Row]) -> list[Any]:
    """List price; selling price where there is none, or where that is the higher one."""
    return [_prices(line)[0] for line in rows]


def line_discount(rows: Sequence[Row]) -> list[Any]:
    """What the list price would have come to, less the line's total."""
    return [_line_discount(line) for line in rows]


def _line_discount(line: Row) -> Decimal | None:
    price, selling = _prices(line)
    quantity, total = number(line.get("OrderedQuantity")), _line_total(line)
    if price is None or selling is None or quantity is None or total is None or price == selling:
        return None
    return max(Decimal(0), rounded(quantity * price) - total)


def _prices(line: Row) -> tuple[Decimal | None, Decimal | None]:
    listed, selling = number(line.get("UnitListPrice")), number(line.get("UnitSellingPrice"))
    return (selling, selling) if listed is None or (selling is not None and selling > listed) else (listed, selling)


def cancelled_quantity(rows: Sequence[Row]) -> list[Any]:
    return [line.get("OrderedQuantity") if _is_cancelled(line) else None for line in rows]


def return_status(rows: Sequence[Row]) -> list[Any]:
    return [
        "cancelled" if is_true(line.get("CanceledFlag")) else _word(line.get("StatusCode"), _RETURN_STATUS)
        for line in rows
    ]


def returned_quantity(rows: Sequence[Row]) -> list[Any]:
    """Without the sign that some releases give it."""
    return [_absolute(number(line.get("OrderedQuantity"))) for line in rows]


def refund(rows: Sequence[Row]) -> list[Any]:
    """Credited for the line, without its sign."""
    return [_absolute(_line_total(line)) for line in rows]


def _absolute(value: Decimal | None) -> Decimal | None:
    return None if value is None else abs(value)


# -- the rest ----------------------------------------------------------------------------------------------------------


def shipment_status(rows: Sequence[Row]) -> list[Any]:
    """The dates say how far a shipment is, whatever it is called."""
    return [_shipment_status(row) for row in rows]


def _shipment_status(row: Row) -> str:
    if row.get("ActualDeliveryDate") is not None:
        return "delivered"
    code = str(row.get("ShipmentStatusCode") or "").upper()
    if code in {"CA", "CANCELED", "CANCELLED"}:
        return "cancelled"
    if code in {"IT", "IN_TRANSIT"}:
        return "in_transit"
    return "shipped" if row.get("ActualShipDate") is not None else "planned"


def freight_cost(rows: Sequence[Row]) -> list[Any]:
    """What sending cost, added up where all of it is in one currency."""
    return [_freight(row)[0] for row in rows]


def freight_currency(rows: Sequence[Row]) -> list[Any]:
    return [_freight(row)[1] for row in rows]


def _freight(row: Row) -> tuple[Decimal | None, str | None]:
    costs = row.get("shippingCosts")
    listed = [cost for cost in costs if isinstance(cost, dict)] if isinstance(costs, list) else []
    amounts = [amount for cost in listed if (amount := number(cost.get("Amount"))) is not None]
    currencies = {cost.get("CurrencyCode") or cost.get("Currency") for cost in listed}
    if not amounts or len(currencies) > 1 or len(amounts) < len(listed):
        return None, None
    return sum(amounts, Decimal(0)), currencies.pop()


def received_quantity(rows: Sequence[Row]) -> list[Any]:
    """Negative where goods went back to the supplier; corrections carry their own sign."""
    return [_received(row) for row in rows]


def _received(row: Row) -> Any:
    quantity = number(row.get("Quantity"))
    if quantity is None:
        return row.get("Quantity")
    return -abs(quantity) if row.get("TransactionTypeCode") == "RETURN TO VENDOR" else quantity


def available_after_reservation(rows: Sequence[Row]) -> list[Any]:
    """A reservation takes away from what can be promised."""
    return [None if (held := number(row.get("PrimaryReservationQuantity"))) is None else -held for row in rows]


def location_kind(rows: Sequence[Row]) -> list[Any]:
    return ["plant" if is_true(row.get("ManufacturingPlantFlag")) else "warehouse" for row in rows]


def valid_to(rows: Sequence[Row]) -> list[Any]:
    """The first moment after: Oracle's end is the last day that a cost holds."""
    return [_day_after(row.get("EffectiveEndDate")) for row in rows]


def _day_after(value: Any) -> Any:
    try:
        return (date.fromisoformat(value) + timedelta(days=1)).isoformat()
    except (TypeError, ValueError, OverflowError):
        return value
