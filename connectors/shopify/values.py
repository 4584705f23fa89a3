"""Values that take more than a look-up: each function goes over the rows of a page. Pure; all sums are exact."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from hub.sdk import Row

_KILOGRAMS = {
    "KILOGRAMS": Decimal(1),
    "GRAMS": Decimal("0.001"),
    "POUNDS": Decimal("0.45359237"),
    "OUNCES": Decimal("0.028349523125"),
}
_ON_THE_WAY = {"IN_TRANSIT", "OUT_FOR_DELIVERY", "ATTEMPTED_DELIVERY", "DELAYED", "CARRIER_PICKED_UP", "NOT_DELIVERED"}
_NOT_YET = {"CONFIRMED", "LABEL_PRINTED", "LABEL_PURCHASED", "READY_FOR_PICKUP", "SUBMITTED"}


def money(bag: Any, side: str = "presentmentMoney") -> Decimal:
    """The amount of a MoneyBag."""
    return Decimal(bag[side]["amount"])


# -- parties -------------------------------------------------------------------------------------------------------


def person_status(rows: Sequence[Row]) -> list[Any]:
    """Who has not ordered yet is a prospect. Shopify's own `state` only tells about the login to the shop."""
    return ["prospect" if str(row["numberOfOrders"]) == "0" else "active" for row in rows]


def company_status(rows: Sequence[Row]) -> list[Any]:
    return ["active" if Decimal(row["totalSpent"]["amount"]) else "prospect" for row in rows]


# -- products ------------------------------------------------------------------------------------------------------


def product_kind(rows: Sequence[Row]) -> list[Any]:
    return ["gift_card" if row["isGiftCard"] else "goods" for row in rows]


def variant_name(rows: Sequence[Row]) -> list[Any]:
    """Shopify calls the only variant of a product `Default Title`."""
    return [str(row["displayName"]).removesuffix(" - Default Title") for row in rows]


def weight_kg(rows: Sequence[Row]) -> list[Any]:
    return [_weight_kg(row["inventoryItem"]["measurement"]["weight"]) for row in rows]


def _weight_kg(weight: Mapping[str, Any] | None) -> Decimal | None:
    if not weight:
        return None
    kilograms = Decimal(str(weight["value"])) * _KILOGRAMS[weight["unit"]]
    return round(kilograms, 6) or None


# -- orders --------------------------------------------------------------------------------------------------------


def order_status(rows: Sequence[Row]) -> list[Any]:
    return [_order_status(row) for row in rows]


def _order_status(order: Row) -> str:
    shipped = order["displayFulfillmentStatus"]
    if order["cancelledAt"]:
        return "cancelled"
    if shipped == "FULFILLED":
        return "completed" if order["closedAt"] else "shipped"
    return {"PARTIALLY_FULFILLED": "partially_shipped", "ON_HOLD": "on_hold"}.get(shipped, "open")


def order_subtotal(rows: Sequence[Row]) -> list[Any]:
    """Sum of the lines as `line_total` has them: after all discounts, without tax."""
    return [sum(line_total(row["lineItems"]["nodes"]), Decimal(0)) for row in rows]


def line_discount(rows: Sequence[Row]) -> list[Any]:
    """Discounts on the line, and its share of those on the whole order: Shopify shares them out to the cent."""
    return [_sum(row["discountAllocations"], "allocatedAmountSet") for row in rows]


def line_tax(rows: Sequence[Row]) -> list[Any]:
    return [_sum(row["taxLines"], "priceSet") for row in rows]


def line_total(rows: Sequence[Row]) -> list[Any]:
    """As ordered, after all discounts, without tax. `discountedTotalSet` leaves out discounts on the whole order, and
    the price of one piece after discounts is rounded, so neither would add up to the order."""
    totals = zip(rows, line_discount(rows), line_tax(rows), strict=True)
    return [
        money(row["originalUnitPriceSet"]) * row["quantity"] - discount - (tax if row["taxesIncluded"] else 0)
        for row, discount, tax in totals
    ]


def _sum(parts: Iterable[Mapping[str, Any]], bag: str) -> Decimal:
    return sum((money(part[bag]) for part in parts), Decimal(0))


def line_cancelled(rows: Sequence[Row]) -> list[Any]:
    """Taken off the order by an edit or before it was shipped; what was sent back is a return, not a cancellation."""
    return [max(0, row["quantity"] - row["currentQuantity"] - row["returnedQuantity"]) for row in rows]


# -- shipments and returns -----------------------------------------------------------------------------------------


def shipment_status(rows: Sequence[Row]) -> list[Any]:
    return [_shipment_status(row["status"], row["displayStatus"]) for row in rows]


def _shipment_status(status: str, shown: str | None) -> str:
    if status == "CANCELLED" or shown in {"CANCELED", "LABEL_VOIDED"}:
        return "cancelled"
    if status in {"ERROR", "FAILURE"} or shown == "FAILURE":
        return "failed"
    if shown in {"DELIVERED", "PICKED_UP"}:
        return "delivered"
    if shown in _ON_THE_WAY:
        return "in_transit"
    return "planned" if shown in _NOT_YET or status in {"OPEN", "PENDING"} else "shipped"


def tracking_numbers(rows: Sequence[Row]) -> list[Any]:
    return [", ".join(str(each["number"]) for each in row["trackingInfo"] if each["number"]) or None for row in rows]


def return_status(rows: Sequence[Row]) -> list[Any]:
    """A refund is settled; one of goods that were never sent is a cancellation, which the order line tells, too."""
    return [_refund_status(row) if "refundLine" in row else _return_status(row) for row in rows]


def _refund_status(row: Row) -> str:
    return "cancelled" if row["refundLine"]["restockType"] == "CANCEL" else "completed"


def _return_status(row: Row) -> str:
    return {"REQUESTED": "requested", "DECLINED": "rejected", "CANCELED": "cancelled", "CLOSED": "received"}.get(
        row["return"]["status"], "approved"
    )


def return_quantity(rows: Sequence[Row]) -> list[Any]:
    """Of a return only what no refund has settled yet: a refund is a row of its own."""
    return [
        row["refundLine"]["quantity"]
        if "refundLine" in row
        else max(0, row["returnLine"]["quantity"] - row["returnLine"]["refundedQuantity"])
        for row in rows
    ]


def refund_amount(rows: Sequence[Row]) -> list[Any]:
    """Without tax; None for a return that was not refunded."""
    return [_refund(row) if "refundLine" in row else None for row in rows]


def _refund(row: Row) -> Decimal:
    line = row["refundLine"]
    return money(line["subtotalSet"]) - (money(line["totalTaxSet"]) if row["taxesIncluded"] else 0)
