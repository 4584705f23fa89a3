"""Sales orders of the simulated pod with their revisions, splits, returns and totals, and what was shipped of them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from connectors.oracle_scm.simulation.data import ORGANIZATIONS, PodData, item_id, later

Row = dict[str, Any]

_HEADER = 300_000_100_000_000
_STATUS = {"open": "OPEN", "paid": "OPEN", "shipped": "OPEN", "completed": "CLOSED", "cancelled": "CANCELED"}
_CENT = Decimal("0.01")
_MANY = 30
FREIGHT = Decimal("12.50")


def revisions_of(number: int) -> list[tuple[int, bool]]:
    """Each revision of an order with whether it was submitted."""
    if number % 30 == 7:
        return [(1, False)]
    submitted = [(1, True)] + ([(2, True)] if number % 10 == 3 else [])
    return [*submitted, (3, False)] if number % 40 == 13 else submitted


def order_slims(number: int, changed: str) -> list[Row]:
    """A row for each revision; the newest has the order's key, draft or not."""
    revisions = revisions_of(number)
    return [order_slim(number, revision, submitted, changed) for revision, submitted in revisions]


def order_slim(number: int, revision: int, submitted: bool, changed: str) -> Row:
    return {
        "number": number, "HeaderId": _HEADER + number * 1000 + revision,
        "SourceTransactionId": str(_HEADER + number * 1000),
        "SourceTransactionRevisionNumber": revision, "SubmittedFlag": submitted, "LastUpdateDate": changed,
        "CreationDate": changed, "touched": 0, "shipped": None,
    }  # fmt: skip


def current_of(slims: list[Row]) -> dict[int, Row]:
    """Number -> the row that counts: the highest revision that was submitted."""
    found: dict[int, Row] = {}
    for slim in slims:
        best = found.get(slim["number"])
        revision = slim["SourceTransactionRevisionNumber"]
        if slim["SubmittedFlag"] and (best is None or revision > best["SourceTransactionRevisionNumber"]):
            found[slim["number"]] = slim
    return found


def newest_of(slims: list[Row]) -> dict[int, int]:
    """Number -> its newest revision."""
    found: dict[int, int] = {}
    for slim in slims:
        found[slim["number"]] = max(slim["SourceTransactionRevisionNumber"], found.get(slim["number"], 0))
    return found


def order_row(data: PodData, slim: Row, newest: int) -> Row:
    number, revision = slim["number"], slim["SourceTransactionRevisionNumber"]
    made = data.order(number)
    system = "EDI" if number % 3 == 0 else "OPS"
    lines = _lines(data, slim)
    status = _STATUS[made.status] if slim["SubmittedFlag"] else "DOO_DRAFT"
    key = f"{system}:{slim['SourceTransactionId']}" if revision == newest else f"{slim['HeaderId']}"
    return {
        **slim, "OrderKey": key, "OrderNumber": str(50_000 + number), "SourceTransactionNumber": str(50_000 + number),
        "SourceTransactionSystem": system, "BusinessUnitId": 204, "BusinessUnitName": "US1 Business Unit",
        "BuyingPartyId": made.customer.number, "BuyingPartyNumber": str(10_000 + made.customer.number),
        "BuyingPartyContactNumber": f"C{made.customer.number}", "TransactionTypeCode": "STD", "StatusCode": status,
        "Status": status.title(), "TransactionalCurrencyCode": made.currency, "Salesperson": None,
        "CustomerPONumber": f"PO-{number}" + "*" * slim["touched"], "TransactionOn": slim["CreationDate"],
        "RequestedShipDate": later(slim["CreationDate"], 72), "OpenFlag": status == "OPEN",
        "CanceledFlag": status == "CANCELED", "OnHoldFlag": number % 17 == 0 and made.status == "open",
        "lines": lines, "totals": _totals(lines, made.currency),
        "billToCustomer": [{"CustomerAccountId": 1, "SiteUseId": 2, "AccountNumber": f"A{made.customer.number}"}],
        "shipToCustomer": [{"PartyId": 1, "SiteId": 3}],
    }  # fmt: skip


def is_open(data: PodData, slim: Row) -> bool:
    return bool(slim["SubmittedFlag"]) and _STATUS[data.facts(slim["number"])[0]] == "OPEN"


def has_left(data: PodData, slim: Row) -> bool:
    return slim["shipped"] is not None or data.facts(slim["number"])[0] in {"shipped", "completed"}


def sold_places(data: PodData, slim: Row) -> list[int]:
    """Positions, among an order's lines, of those that are sold; without making them."""
    number = slim["number"]
    _, count, first = data.facts(number)
    if number % 20 == 15:
        return []
    first += slim["SourceTransactionRevisionNumber"] if slim["SourceTransactionRevisionNumber"] > 1 else 0
    count = _MANY if number % 50 == 9 else count
    return list(range(count + (number % 7 == 2 and first > 1)))


def line_at(data: PodData, slim: Row, place: int) -> Row:
    """One line of an order; that of the order last asked for is at hand."""
    key = (slim["HeaderId"], slim["shipped"])
    if data.lines_at_hand[0] != key:
        data.lines_at_hand = (key, _lines(data, slim))
    return data.lines_at_hand[1][place]


def _lines(data: PodData, slim: Row) -> list[Row]:
    number, revision = slim["number"], slim["SourceTransactionRevisionNumber"]
    made = data.order(number)
    wanted = [(line.product.number, line.quantity, line.unit_price) for line in made.lines]
    if number % 50 == 9:
        wanted = [wanted[place % len(wanted)] for place in range(_MANY)]
    if revision > 1:
        wanted[0] = (wanted[0][0], wanted[0][1] + revision, wanted[0][2])
    only_back = number % 20 == 15
    lines: list[Row] = []
    for place, (product, quantity, price) in enumerate(wanted, 1):
        parts = [quantity - 1, 1] if number % 7 == 2 and place == 1 and quantity > 1 else [quantity]
        for part, share in enumerate(parts, 1):
            lines.append(_line(data, slim, (place, part), (product, share, price), is_back=only_back))
    if number % 9 == 4 and not only_back:
        lines.append(_line(data, slim, (len(wanted) + 1, 1), (wanted[0][0], 1, wanted[0][2]), is_back=True))
    return lines


def _line(data: PodData, slim: Row, at: tuple[int, int], what: tuple[int, int, Decimal], *, is_back: bool) -> Row:
    """`at`: line and split;  `what`: product, quantity and list price."""
    number, (place, part), (product, quantity, price) = slim["number"], at, what
    left = has_left(data, slim) and not is_back
    step = Decimal(1) if price == price.to_integral_value() else _CENT
    selling = (price * Decimal("0.9")).quantize(step) if number % 4 == 0 else price
    code = "AWAIT_RECEIPT" if is_back else "SHIPPED" if left else "AWAIT_SHIP"
    if data.facts(number)[0] == "cancelled":
        code = "CANCELED"
    return {
        "FulfillLineId": slim["HeaderId"] * 1000 + place * 10 + part, "LineId": slim["HeaderId"] * 1000 + place,
        "HeaderId": slim["HeaderId"], "FulfillLineNumber": f"{place}-{part}", "SourceTransactionLineId": str(place),
        "SourceTransactionLineNumber": str(place), "TransactionCategoryCode": "RETURN" if is_back else "ORDER",
        "StatusCode": code, "ProductId": item_id(product), "ProductNumber": data.sku(product),
        "ProductDescription": data.company.product(product).name,
        "OrderedUOMCode": data.ordered_unit(number, product)[0],
        "OrderedUOM": data.ordered_unit(number, product)[1], "ReturnReasonCode": "DAMAGED" if is_back else None,
        "RequestedFulfillmentOrganizationCode": ORGANIZATIONS[number % 3][0], "OrderedQuantity": quantity,
        "ShippedQuantity": quantity if left else None, "UnitListPrice": price, "UnitSellingPrice": selling,
        "ExtendedAmount": selling * quantity * (-1 if is_back else 1),
        "RequestedShipDate": later(slim["CreationDate"], 72), "ScheduleShipDate": later(slim["CreationDate"], 96),
        "ActualShipDate": (slim["shipped"] or later(slim["CreationDate"], 90)) if left else None,
        "LastUpdateDate": slim["shipped"] or slim["LastUpdateDate"], "OnHoldFlag": False,
        "CanceledFlag": code == "CANCELED",
    }  # fmt: skip


def _totals(lines: list[Row], currency: str) -> list[Row]:
    net = sum((line["ExtendedAmount"] for line in lines), Decimal(0))
    step = Decimal(1) if currency == "JPY" else _CENT
    amounts = {
        "QP_TOTAL_NET_PRICE": net, "QP_TOTAL_TAX": (net * Decimal("0.19")).quantize(step),
        "QP_TOTAL_SHIP_CHARGE": Decimal(10), "QP_TOTAL_PAY_NOW": Decimal(0),
    }  # fmt: skip
    return [
        {
            "TotalCode": code, "TotalName": code.title(), "TotalAmount": amount, "CurrencyCode": currency,
            "PrimaryFlag": code == "QP_TOTAL_NET_PRICE", "EstimatedFlag": False,
        }
        for code, amount in amounts.items()
    ]  # fmt: skip


def shipment_row(slim: Row) -> Row:
    is_delivered = slim["number"] % 4 == 1
    return {
        **slim, "Shipment": str(7_000_000 + slim["number"]), "ShipmentStatusCode": "CL", "ShipmentStatus": "Closed",
        "Carrier": "DHL" + "*" * slim["touched"], "ShippingMethod": "Ground", "Waybill": f"W{slim['number']}",
        "BillOfLading": None, "OrganizationCode": ORGANIZATIONS[slim["number"] % 3][0],
        "InitialShipDate": later(slim["CreationDate"], 10), "ActualShipDate": later(slim["CreationDate"], 12),
        "ActualDeliveryDate": later(slim["CreationDate"], 50) if is_delivered else None,
        "shippingCosts": [
            {"FreightCostId": slim["DeliveryId"] * 10 + place, "Amount": FREIGHT + place, "CurrencyCode": "EUR"}
            for place in range(slim["number"] % 3)
        ],
    }  # fmt: skip


def shipment_line_row(data: PodData, slim: Row) -> Row:
    line = line_at(data, slim["order"], slim["place"])
    return {
        **slim, "Shipment": None if slim["waits"] else str(7_000_000 + slim["number"]),
        "Order": str(50_000 + slim["number"]),
        "SourceOrderFulfillmentLineId": line["FulfillLineId"], "InventoryItemId": line["ProductId"],
        "Item": line["ProductNumber"], "RequestedQuantityUOM": line["OrderedUOM"],
        "RequestedQuantityUOMCode": line["OrderedUOMCode"], "ShippedQuantity": line["ShippedQuantity"],
        "BackorderedQuantity": 0, "LineStatus": "Interfaced" + "*" * slim["touched"],
    }  # fmt: skip
