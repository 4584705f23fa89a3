"""Sales orders of the simulated system, and the deliveries, returns and billing documents that follow from them."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from connectors.sap.simulation.goods import PLANTS, STORAGES, product_key
from connectors.sap.simulation.parties import currency_of, customer_number
from connectors.sap.simulation.rows import Rows
from hub.sdk.simulator import Company

_DECIMALS = {"JPY": 0, "KWD": 3}
_TAX = Decimal("0.19")
_NOTHING = Decimal(0)


def order_number(number: int) -> str:
    return str(4711 + number)


def _rounded(amount: Decimal, currency: str) -> Decimal:
    return amount.quantize(Decimal(1).scaleb(-_DECIMALS.get(currency, 2)), ROUND_HALF_UP)


def _line(company: Company, currency: str, line: Any) -> dict[str, Decimal]:
    net = line.total + (Decimal("0.005") if currency == "KWD" else 0)
    net = _rounded(net, currency)
    cost = line.product.cost * line.quantity * (160 if currency == "JPY" else 1)
    return {"NetAmount": net, "TaxAmount": _rounded(net * _TAX, currency), "CostAmount": _rounded(cost, currency)}


def add_order(rows: Rows, company: Company, number: int, moment: datetime) -> dict[str, Any]:
    """An order. Some items are rejected, some have a free or a worthless one below them, some are blocked."""
    made, key = company.order(number), order_number(number)
    buyer = made.customer.number
    currency = currency_of(company, buyer)
    status = {"open": "A", "paid": "A", "shipped": "B", "completed": "C", "cancelled": "C"}[made.status]
    delivered = {"shipped": "C", "completed": "C"}.get(made.status, "B" if number % 6 == 1 else "A")
    day, total = moment.date(), _NOTHING
    for line in made.lines:
        rejected = made.status == "cancelled" or (number % 9 == 4 and line.number == 2)
        amounts = _line(company, currency, line)
        total += _NOTHING if rejected else amounts["NetAmount"]
        item = f"{10 * line.number}"
        _add_item(
            rows, SalesOrder=key, SalesOrderItem=item, HigherLevelItem="0", TransactionCurrency=currency, **amounts,
            Material=product_key(company, line.product.number), RequestedQuantity=Decimal(line.quantity),
            SalesDocumentRjcnReason="52" if rejected else "", DeliveryStatus=delivered, SDProcessStatus=status,
            SalesOrderItemText=line.product.name[:40],
        )  # fmt: skip
        _add_schedule(rows, {"SalesOrder": key, "SalesOrderItem": item}, line.quantity, day, is_done=delivered == "C")
    if number % 10 == 7:
        free = {
            "NetAmount": _NOTHING,
            "TaxAmount": _NOTHING,
            "CostAmount": Decimal(5) if number % 20 == 7 else _NOTHING,
        }
        product = product_key(company, made.lines[0].product.number)
        _add_item(rows, SalesOrder=key, SalesOrderItem="11", HigherLevelItem="10", TransactionCurrency=currency,
                  Material=product, RequestedQuantity=Decimal(1), SalesOrderItemCategory="TANN", **free)  # fmt: skip
    for function, internal in (("SP", "AG"), ("SH", "WE"), ("VE", "VE")):
        own = {"Personnel": "00001234"} if internal == "VE" else {"Customer": customer_number(buyer)}
        rows.add("A_SalesOrderHeaderPartner", SalesOrder=key, PartnerFunction=function,
                 PartnerFunctionInternalCode=internal, **own)  # fmt: skip
    return rows.add(
        "A_SalesOrder", SalesOrder=key, SalesOrderType="OR", SalesOrganization="1010", DistributionChannel="10",
        SoldToParty=customer_number(buyer), CreationDate=day, LastChangeDate=day, LastChangeDateTime=moment,
        PurchaseOrderByCustomer=f"PO-{number}", SalesOrderDate=day, TotalNetAmount=total, TransactionCurrency=currency,
        RequestedDeliveryDate=day + timedelta(days=7), OverallSDProcessStatus=status, OverallDeliveryStatus=delivered,
        OverallSDDocumentRejectionSts="C" if made.status == "cancelled" else "B" if number % 9 == 4 else "A",
        DeliveryBlockReason="01" if made.status == "open" and number % 5 == 2 else "",
    )  # fmt: skip


def _add_item(rows: Rows, **values: Any) -> None:
    rows.add(
        "A_SalesOrderItem", RequestedQuantityUnit="PC", RequestedQuantitySAPUnit="ST", RequestedQuantityISOUnit="PCE",
        ProductionPlant=PLANTS[0], StorageLocation=STORAGES[0], **values,
    )  # fmt: skip


def _add_schedule(rows: Rows, own: dict[str, str], quantity: int, day: date, *, is_done: bool) -> None:
    """Asked for at once, confirmed in two parts where there is enough to part."""
    parts = [quantity] if quantity < 2 else [quantity - 1, 1]
    for place, part in enumerate(parts, start=1):
        rows.add(
            "A_SalesOrderScheduleLine", **own, ScheduleLine=str(place),
            RequestedDeliveryDate=day + timedelta(days=7), ConfirmedDeliveryDate=day + timedelta(days=7 + place),
            ScheduleLineOrderQuantity=Decimal(part), ConfdOrderQtyByMatlAvailCheck=Decimal(part),
            DeliveredQtyInOrderQtyUnit=Decimal(part if is_done else 0), OrderQuantityUnit="PC",
        )  # fmt: skip


def add_delivery(rows: Rows, company: Company, number: int, moment: datetime) -> dict[str, Any] | None:
    """Of orders that were shipped. Half were never changed since; items are numbered with leading zeros here."""
    made, key = company.order(number), str(80000000 + number)
    if made.status not in {"shipped", "completed"} and number % 6 != 1:
        return None
    issued = made.status in {"shipped", "completed"}
    for line in made.lines:
        rows.add(
            "A_OutbDeliveryItem", DeliveryDocument=key, DeliveryDocumentItem=f"{10 * line.number:06d}",
            Material=product_key(company, line.product.number), Plant=PLANTS[0], StorageLocation=STORAGES[0],
            ActualDeliveryQuantity=Decimal(line.quantity), DeliveryQuantityUnit="PC",
            ReferenceSDDocument=f"{int(order_number(number)):010d}", ReferenceSDDocumentItem=f"{10 * line.number:06d}",
        )  # fmt: skip
    rows.add("A_OutbDeliveryPartner", PartnerFunction="SP", SDDocument=key, Supplier="10300001")
    day = moment.date()
    return rows.add(
        "A_OutbDeliveryHeader", DeliveryDocument=key, DeliveryDocumentType="LF",
        SoldToParty=customer_number(made.customer.number), ShipToParty=customer_number(made.customer.number),
        CreationDate=day, CreationTime=time(moment.hour, moment.minute), LastChangeDate=day if number % 2 else None,
        PlannedGoodsIssueDate=day, GoodsIssueTime=time(17), DeliveryDate=day + timedelta(days=3),
        ActualGoodsMovementDate=day if issued else None, ActualGoodsMovementTime=time(9, 30) if issued else time(),
        Shippinglocationtimezone="CET", Receivinglocationtimezone="EST" if number % 4 == 0 else "",
        OverallGoodsMovementStatus="C" if issued else "A", BillOfLading=f"BL{number}", TransactionCurrency="EUR",
        OverallProofOfDeliveryStatus="C" if made.status == "completed" and number % 3 == 0 else "",
        ProofOfDeliveryDate=day + timedelta(days=4) if made.status == "completed" else None,
    )  # fmt: skip


def add_return(rows: Rows, company: Company, number: int, moment: datetime) -> dict[str, Any] | None:
    """Of every fourth order: one of its first article comes back."""
    if number % 4:
        return None
    made, key = company.order(number), str(60000000 + number)
    currency, line = currency_of(company, made.customer.number), made.lines[0]
    amount = _rounded(line.unit_price, currency)
    rows.add(
        "A_CustomerReturnItem", CustomerReturn=key, CustomerReturnItem="10", RequestedQuantity=Decimal(1),
        RequestedQuantityUnit="PC", Material=product_key(company, line.product.number), NetAmount=amount,
        TransactionCurrency=currency, ReturnReason="102", ProductionPlant=PLANTS[0],
        ReferenceSDDocument=order_number(number), ReferenceSDDocumentItem="10",
        SDProcessStatus="C" if number % 8 else "A", ReturnsMaterialHasBeenReceived="X" if number % 8 else "",
    )  # fmt: skip
    day = moment.date()
    return rows.add(
        "A_CustomerReturn", CustomerReturn=key, CustomerReturnType="CBRE", CreationDate=day, LastChangeDate=day,
        SoldToParty=customer_number(made.customer.number), LastChangeDateTime=moment, CustomerReturnDate=day,
        TotalNetAmount=amount, TransactionCurrency=currency, SDDocumentReason="102",
        ReferenceSDDocument=order_number(number), OverallSDProcessStatus="C" if number % 8 else "A",
    )  # fmt: skip


def add_billing(rows: Rows, company: Company, number: int, moment: datetime) -> list[dict[str, Any]]:
    """Of paid and completed orders, with freight; a few are cancelled by a document of their own."""
    made = company.order(number)
    if made.status not in {"paid", "completed"}:
        return []
    cancelled = number % 12 == 5
    key, other = str(90000000 + number), str(91000000 + number)
    own = {"BillingDocument": key, "SDDocumentCategory": "M", "BillingDocumentIsCancelled": cancelled}
    found = [_add_invoice(rows, company, number, moment, own)]
    if cancelled:
        own = {"BillingDocument": other, "SDDocumentCategory": "N", "CancelledBillingDocument": key}
        found.append(_add_invoice(rows, company, number, moment, own))
    return found


def _add_invoice(rows: Rows, company: Company, number: int, moment: datetime, own: dict[str, Any]) -> dict[str, Any]:
    made, key = company.order(number), own["BillingDocument"]
    currency, net, tax = currency_of(company, made.customer.number), _NOTHING, _NOTHING
    for line in made.lines:
        amounts = _line(company, currency, line)
        net, tax = net + amounts["NetAmount"], tax + amounts["TaxAmount"]
        item = {"BillingDocument": key, "BillingDocumentItem": str(10 * line.number)}
        rows.add(
            "A_BillingDocumentItem", **item, Material=product_key(company, line.product.number),
            BillingQuantity=Decimal(line.quantity), BillingQuantityUnit="PC", TransactionCurrency=currency, **amounts,
            SalesDocument=order_number(number), SalesDocumentItem=str(10 * line.number),
        )  # fmt: skip
        for step, kind, amount, inactive in (("100", "PR00", amounts["NetAmount"], ""), ("200", "KF00", Decimal(7), ""),
                                             ("200", "KF00", Decimal(99), "X")):  # fmt: skip
            rows.add(
                "A_BillingDocumentItemPrcgElmnt", **item, PricingProcedureStep=step,
                PricingProcedureCounter="2" if inactive else "1", ConditionType=kind, ConditionAmount=amount,
                ConditionInactiveReason=inactive, TransactionCurrency=currency,
            )  # fmt: skip
    day, buyer = moment.date(), customer_number(made.customer.number)
    return rows.add(
        "A_BillingDocument", **own, BillingDocumentType="F2", CreationDate=day, LastChangeDate=day,
        LastChangeDateTime=moment if number % 3 else None, BillingDocumentDate=day,
        TotalNetAmount=net, TaxAmount=tax, TotalGrossAmount=net + tax,
        TransactionCurrency=currency, PayerParty=buyer, SoldToParty=buyer,
        InvoiceClearingStatus="C" if number % 2 else "A",
    )  # fmt: skip
