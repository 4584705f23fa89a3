"""Values of documents that take more than a look-up: orders, deliveries, purchase orders, returns, billing. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from connectors.sap.values import NOTHING, divided, each, is_set, key_of, line_key, number, place_of, rounded, the_same
from hub.sdk import Row

# -- sales orders --------------------------------------------------------------------------------------------------


def order_status(rows: Sequence[Row]) -> list[Any]:
    """Rejected as a whole, completed, blocked, then by delivery. `B` is partly, `C` is completely."""
    return [_order_status(row) for row in rows]


def _order_status(row: Row) -> str:
    if row.get("OverallSDDocumentRejectionSts") == "C":
        return "cancelled"
    if row.get("OverallSDProcessStatus") == "C":
        return "completed"
    if (
        row.get("DeliveryBlockReason")
        or row.get("HeaderBillingBlockReason")
        or row.get("TotalCreditCheckStatus") == "B"
    ):
        return "on_hold"
    return {"C": "shipped", "B": "partially_shipped"}.get(row.get("OverallDeliveryStatus") or "", "open")


_ORDER_WORDS = (
    ("OverallSDProcessStatus", "process"), ("OverallDeliveryStatus", "delivery"),
    ("OverallOrdReltdBillgStatus", "billing"), ("OverallSDDocumentRejectionSts", "rejection"),
    ("TotalCreditCheckStatus", "credit"), ("DeliveryBlockReason", "delivery block"),
    ("HeaderBillingBlockReason", "billing block"),
)  # fmt: skip
_LINE_WORDS = (("SDProcessStatus", "process"), ("DeliveryStatus", "delivery"), ("OrderRelatedBillingStatus", "billing"),
               ("SalesDocumentRjcnReason", "rejected"))  # fmt: skip


def order_words(rows: Sequence[Row]) -> list[Any]:
    """SAP's own statuses, as a text."""
    return [_told(row, _ORDER_WORDS) for row in rows]


def line_words(rows: Sequence[Row]) -> list[Any]:
    """SAP's own statuses, as a text."""
    return [_told(row, _LINE_WORDS) for row in rows]


def _told(row: Row, words: Iterable[tuple[str, str]]) -> str | None:
    return ", ".join(f"{word} {row[name]}" for name, word in words if row.get(name)) or None


def order_tax(rows: Sequence[Row]) -> list[Any]:
    """Sum over the items that are not rejected."""
    return [_tax(row) for row in rows]


def _tax(row: Row) -> Decimal | None:
    items = each(row, "to_Item")
    kept = [item for item in items if not item.get("SalesDocumentRjcnReason")]
    return sum((number(item.get("TaxAmount")) for item in kept), NOTHING) if items else None


def order_total(rows: Sequence[Row]) -> list[Any]:
    """Net and tax."""
    return [
        None if row.get("TotalNetAmount") in (None, "") else number(row["TotalNetAmount"]) + (_tax(row) or NOTHING)
        for row in rows
    ]


def order_promised(rows: Sequence[Row]) -> list[Any]:
    """The last confirmed delivery date of all schedule lines."""
    return [_latest(filter(None, map(_confirmed, each(row, "to_Item")))) for row in rows]


def order_location(rows: Sequence[Row]) -> list[Any]:
    """The location, where all items leave from the same one; else the plant, where that is the same."""
    return [_common_place(each(row, "to_Item"), "ProductionPlant", "StorageLocation") for row in rows]


def sales_person(rows: Sequence[Row]) -> list[Any]:
    """The sales employee among the partners (function VE)."""
    return [
        next(
            (one["Personnel"] for one in each(row, "to_Partner") if _function(one) == "VE" and one.get("Personnel")),
            None,
        )
        for row in rows
    ]


def _function(partner: Row) -> Any:
    """The internal code, since the other one depends on the language: SH, WE, ... are the same."""
    return partner.get("PartnerFunctionInternalCode") or partner.get("PartnerFunction")


def line_status(rows: Sequence[Row]) -> list[Any]:
    """A reason for rejection cancels a line; else by process and delivery."""
    return [_line_status(row) for row in rows]


def _line_status(row: Row) -> str:
    if row.get("SalesDocumentRjcnReason"):
        return "cancelled"
    if row.get("SDProcessStatus") == "C":
        return "completed"
    return {"C": "shipped", "B": "partially_shipped"}.get(row.get("DeliveryStatus") or "", "open")


def quantity_cancelled(rows: Sequence[Row]) -> list[Any]:
    """All of a rejected line."""
    return [row.get("RequestedQuantity") if row.get("SalesDocumentRjcnReason") else None for row in rows]


def quantity_shipped(rows: Sequence[Row]) -> list[Any]:
    """Delivered, summed over the schedule lines."""
    return [_summed(each(row, "to_ScheduleLine"), "DeliveredQtyInOrderQtyUnit") for row in rows]


def _summed(rows: Sequence[Row], name: str) -> Decimal | None:
    given = [number(row[name]) for row in rows if row.get(name) not in (None, "")]
    return sum(given, NOTHING) if given else None


def line_price(rows: Sequence[Row]) -> list[Any]:
    """Net amount by quantity: SAP keeps the prices as conditions."""
    return [divided(number(row.get("NetAmount")), number(row.get("RequestedQuantity"))) for row in rows]


def line_cost(rows: Sequence[Row]) -> list[Any]:
    """Cost amount (condition VPRS) by quantity; none where the service has no cost."""
    return [
        None
        if row.get("CostAmount") in (None, "")
        else divided(number(row["CostAmount"]), number(row.get("RequestedQuantity")))
        for row in rows
    ]


def line_requested(rows: Sequence[Row]) -> list[Any]:
    """The first requested date of the schedule lines."""
    return [_earliest(one.get("RequestedDeliveryDate") for one in each(row, "to_ScheduleLine")) for row in rows]


def line_promised(rows: Sequence[Row]) -> list[Any]:
    """The last confirmed date of the schedule lines with a confirmed quantity."""
    return [_confirmed(row) for row in rows]


def _confirmed(item: Row) -> Any:
    return _latest(
        line.get("ConfirmedDeliveryDate")
        for line in each(item, "to_ScheduleLine")
        if number(line.get("ConfdOrderQtyByMatlAvailCheck")) > 0
    )


def parent_line(rows: Sequence[Row]) -> list[Any]:
    """The line above, where all money is on it. Sub-items with a price or a cost of their own (free goods, bills of
    material that are priced by part) count themselves."""
    return [_parent(row) for row in rows]


def _parent(row: Row) -> str | None:
    if number(row.get("NetAmount")) or number(row.get("CostAmount")):
        return None
    return line_key(row.get("SalesOrder"), row.get("HigherLevelItem"))


def _latest(days: Iterable[Any]) -> Any:
    return max((day for day in days if day), default=None)


def _earliest(days: Iterable[Any]) -> Any:
    return min((day for day in days if day), default=None)


# -- deliveries ----------------------------------------------------------------------------------------------------


def delivery_status(rows: Sequence[Row]) -> list[Any]:
    """Delivered when the proof of delivery is confirmed, shipped when goods were issued in full, planned before."""
    return [_delivery_status(row) for row in rows]


def _delivery_status(row: Row) -> str:
    if row.get("OverallProofOfDeliveryStatus") == "C":
        return "delivered"
    return "shipped" if row.get("OverallGoodsMovementStatus") == "C" else "planned"


_DELIVERY_WORDS = (("OverallGoodsMovementStatus", "goods movement"), ("OverallPickingStatus", "picking"),
                   ("OverallProofOfDeliveryStatus", "proof of delivery"), ("DeliveryBlockReason", "block"))  # fmt: skip


def delivery_words(rows: Sequence[Row]) -> list[Any]:
    """SAP's own statuses, as a text."""
    return [_told(row, _DELIVERY_WORDS) for row in rows]


def delivery_order(rows: Sequence[Row]) -> list[Any]:
    """The order, where all items are of the same one."""
    return [the_same(item.get("ReferenceSDDocument") for item in each(row, "to_DeliveryDocumentItem")) for row in rows]


def delivery_location(rows: Sequence[Row]) -> list[Any]:
    """The location, where all items leave from the same one; else the plant, where that is the same."""
    return [_common_place(each(row, "to_DeliveryDocumentItem"), "Plant", "StorageLocation") for row in rows]


def _common_place(items: Sequence[Row], plant: str, storage: str) -> str | None:
    whole = the_same(place_of(item.get(plant), item.get(storage)) for item in items)
    return whole or place_of(the_same(item.get(plant) for item in items))


def carrier(rows: Sequence[Row]) -> list[Any]:
    """Number of the forwarding agent among the partners (function SP; CR in English)."""
    return [
        next(
            (one["Supplier"] for one in each(row, "to_DeliveryDocumentPartner")
             if one.get("PartnerFunction") in {"SP", "CR"} and one.get("Supplier")),
            None,
        )
        for row in rows
    ]  # fmt: skip


def referenced_line(rows: Sequence[Row]) -> list[Any]:
    """The line of the order that it refers to."""
    return [line_key(row.get("ReferenceSDDocument"), row.get("ReferenceSDDocumentItem")) for row in rows]


# -- purchase orders -----------------------------------------------------------------------------------------------


def _net_of(item: Row) -> Decimal:
    """SAP's own arithmetic: the quantity in price units, by the price of so many of them; returns count negative."""
    if is_set(item.get("PurchasingItemIsFreeOfCharge")):
        return NOTHING
    net = number(item.get("OrderQuantity")) * _price_of(item)
    return rounded(-net if is_set(item.get("IsReturnsItem")) else net, item.get("DocumentCurrency"))


def _price_of(item: Row) -> Decimal:
    """Of one order unit. Numerator by denominator is how many price units an order unit has."""
    each_ = number(item.get("NetPriceAmount")) / (number(item.get("NetPriceQuantity")) or Decimal(1))
    numerator = number(item.get("OrderPriceUnitToOrderUnitNmrtr")) or Decimal(1)
    return each_ * numerator / (number(item.get("OrdPriceUnitToOrderUnitDnmntr")) or Decimal(1))


def purchase_total(rows: Sequence[Row]) -> list[Any]:
    """Sum of the items that are not deleted."""
    return [
        sum((_net_of(item) for item in each(row, "to_PurchaseOrderItem") if not _is_deleted(item)), NOTHING)
        for row in rows
    ]


def purchase_line_total(rows: Sequence[Row]) -> list[Any]:
    """Quantity by price, rounded to the currency; returns are negative."""
    return [_net_of(row) for row in rows]


def purchase_price(rows: Sequence[Row]) -> list[Any]:
    """Net price of one order unit: SAP's price is for so many price units."""
    return [divided(_price_of(row), Decimal(1)) for row in rows]


def purchase_quantity(rows: Sequence[Row]) -> list[Any]:
    """Negative where the item is a return to the supplier."""
    return [
        -number(row.get("OrderQuantity")) if is_set(row.get("IsReturnsItem")) else row.get("OrderQuantity")
        for row in rows
    ]


def _is_deleted(row: Row) -> bool:
    return row.get("PurchasingDocumentDeletionCode") == "L"


def purchase_status(rows: Sequence[Row]) -> list[Any]:
    """Deletion code L: cancelled. Not released: draft. Else by the items that are delivered completely."""
    return [_purchase_status(row) for row in rows]


def _purchase_status(row: Row) -> str:
    items = [item for item in each(row, "to_PurchaseOrderItem") if not _is_deleted(item)]
    if _is_deleted(row) or (each(row, "to_PurchaseOrderItem") and not items):
        return "cancelled"
    if is_set(row.get("ReleaseIsNotCompleted")):
        return "draft"
    done = [is_set(item.get("IsCompletelyDelivered")) for item in items]
    if done and all(done):
        return "received"
    return "partially_received" if any(done) else "open"


def purchase_line_status(rows: Sequence[Row]) -> list[Any]:
    """Deletion code L: cancelled; delivery completed: received."""
    return [
        "cancelled" if _is_deleted(row) else "received" if is_set(row.get("IsCompletelyDelivered")) else "open"
        for row in rows
    ]


_PURCHASE_WORDS = (("PurchasingProcessingStatus", "processing"), ("PurchasingDocumentDeletionCode", "deletion code"))


def purchase_words(rows: Sequence[Row]) -> list[Any]:
    """SAP's own statuses, as a text."""
    return [_told(row, _PURCHASE_WORDS) for row in rows]


def purchase_promised(rows: Sequence[Row]) -> list[Any]:
    """The last delivery date of all schedule lines."""
    days = ([_delivery(item) for item in each(row, "to_PurchaseOrderItem") if not _is_deleted(item)] for row in rows)
    return [_latest(found) for found in days]


def purchase_line_promised(rows: Sequence[Row]) -> list[Any]:
    """The last delivery date of the schedule lines, as it stands now."""
    return [_delivery(row) for row in rows]


def _delivery(item: Row) -> Any:
    return _latest(line.get("ScheduleLineDeliveryDate") for line in each(item, "to_ScheduleLine"))


def purchase_line_requested(rows: Sequence[Row]) -> list[Any]:
    """The last date that statistics go by: what was asked for first."""
    return [_latest(line.get("SchedLineStscDeliveryDate") for line in each(row, "to_ScheduleLine")) for row in rows]


def purchase_line_confirmed(rows: Sequence[Row]) -> list[Any]:
    """The last delivery date of the schedule lines of which the supplier has committed a quantity."""
    return [
        _latest(
            line.get("ScheduleLineDeliveryDate")
            for line in each(row, "to_ScheduleLine")
            if number(line.get("ScheduleLineCommittedQuantity")) > 0
        )
        for row in rows
    ]


def purchase_location(rows: Sequence[Row]) -> list[Any]:
    """The location, where all items are for the same one."""
    return [_common_place(each(row, "to_PurchaseOrderItem"), "Plant", "StorageLocation") for row in rows]


RECEIVING = ("101", "102", "105", "106", "122", "123", "124", "125", "161", "162")
"""Movement types of receipts for purchase orders, their reversals, and returns to the supplier. Transfers to a
subcontractor name a purchase order, too; goods in blocked stock (103) count when they are released (105)."""


def received(rows: Sequence[Row]) -> list[Any]:
    """Negative where it left us: a reversal, or a return to the supplier (debit/credit code H)."""
    return [
        -number(row.get("QuantityInEntryUnit")) if row.get("DebitCreditCode") == "H" else row.get("QuantityInEntryUnit")
        for row in rows
    ]


def received_line(rows: Sequence[Row]) -> list[Any]:
    """The line of the purchase order."""
    return [line_key(row.get("PurchaseOrder"), row.get("PurchaseOrderItem")) for row in rows]


# -- returns and billing -------------------------------------------------------------------------------------------


def return_status(rows: Sequence[Row]) -> list[Any]:
    """Rejected, completed, received, approved; requested before."""
    return [_return_status(row) for row in rows]


def _return_status(row: Row) -> str:
    if row.get("SalesDocumentRjcnReason") or row.get("SDDocumentRejectionStatus") == "C":
        return "rejected"
    if row.get("SDProcessStatus") == "C":
        return "completed"
    if is_set(row.get("ReturnsMaterialHasBeenReceived")) or row.get("ReturnsMaterialHasBeenReceived") == "1":
        return "received"
    return "approved" if row.get("SDProcessStatus") == "B" else "requested"


_RETURN_WORDS = (("SDProcessStatus", "process"), ("RetsMgmtItmProcgStatus", "returns management"),
                 ("SalesDocumentRjcnReason", "rejected"))  # fmt: skip


def return_words(rows: Sequence[Row]) -> list[Any]:
    """SAP's own statuses, as a text."""
    return [_told(row, _RETURN_WORDS) for row in rows]


def return_price(rows: Sequence[Row]) -> list[Any]:
    """Net amount by quantity."""
    return [divided(number(row.get("NetAmount")), number(row.get("RequestedQuantity"))) for row in rows]


_CANCELLATIONS = {"N", "S"}
_CREDITS = {"O", "N", "6"}


def invoice_kind(rows: Sequence[Row]) -> list[Any]:
    """Credit memos (O), cancellations of invoices (N) and intercompany credit memos (6) are credit notes."""
    return ["credit_note" if row.get("SDDocumentCategory") in _CREDITS else "invoice" for row in rows]


def invoice_status(rows: Sequence[Row]) -> list[Any]:
    """What was cancelled, and what cancels it, both count no more. Pro forma (U) is a draft. Cleared is paid."""
    return [_invoice_status(row) for row in rows]


def _invoice_status(row: Row) -> str:
    category = row.get("SDDocumentCategory")
    cancelled = is_set(row.get("BillingDocumentIsCancelled")) or bool(row.get("CancelledBillingDocument"))
    if cancelled or category in _CANCELLATIONS:
        return "cancelled"
    if category == "U":
        return "draft"
    return "paid" if row.get("InvoiceClearingStatus") == "C" else "open"


_INVOICE_WORDS = (("SDDocumentCategory", "category"), ("BillingDocumentType", "type"),
                  ("OverallBillingStatus", "billing"), ("AccountingTransferStatus", "accounting"),
                  ("InvoiceClearingStatus", "clearing"))  # fmt: skip


def invoice_words(rows: Sequence[Row]) -> list[Any]:
    """SAP's own statuses, as a text."""
    return [_told(row, _INVOICE_WORDS) for row in rows]


def invoice_order(rows: Sequence[Row]) -> list[Any]:
    """The order, where all items are of the same one."""
    return [the_same(item.get("SalesDocument") for item in each(row, "to_Item")) for row in rows]


def billed_line(rows: Sequence[Row]) -> list[Any]:
    """The line of the order that was billed."""
    return [line_key(row.get("SalesDocument"), row.get("SalesDocumentItem")) for row in rows]


def keys_within(document: str, item: str) -> Any:
    """A function that gives the key of each line from its own two fields."""

    def key(rows: Sequence[Row]) -> list[Any]:
        return key_of(rows, document, item)

    key.__qualname__ = f"key_{document}_{item}"
    key.__doc__ = "Number of the document and of the item, without leading zeros."
    return key
