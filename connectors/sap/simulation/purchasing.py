"""Purchase orders of the simulated system."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from connectors.sap.simulation.goods import PLANTS, STORAGES, product_key
from connectors.sap.simulation.parties import supplier_number
from connectors.sap.simulation.rows import Rows
from hub.sdk.simulator import Company


def add_purchase_order(rows: Rows, company: Company, number: int, suppliers: int, moment: datetime) -> dict[str, Any]:
    """Prices are for ten pieces, ordered in cartons now and then; some items are deleted, returned or free."""
    key, day = str(4500000000 + number), moment.date()
    currency = ("EUR", "JPY", "KWD")[number % 3]
    for line in range(1, 2 + number % 3):
        product = company.product((number + line) % company.products)
        in_cartons = line == 2
        item = {"PurchaseOrder": key, "PurchaseOrderItem": str(10 * line)}
        rows.add(
            "A_PurchaseOrderItem", **item, Material=product_key(company, product.number), Plant=PLANTS[0],
            StorageLocation=STORAGES[0] if line == 1 else "", OrderQuantity=Decimal(3 + line),
            PurchaseOrderQuantityUnit="CAR" if in_cartons else "PC", OrderPriceUnit="PC",
            OrderPriceUnitToOrderUnitNmrtr=Decimal(12 if in_cartons else 1), OrdPriceUnitToOrderUnitDnmntr=Decimal(1),
            DocumentCurrency=currency,
            NetPriceAmount=Decimal(16000 + number) if currency == "JPY" else product.cost * 10,
            NetPriceQuantity=Decimal(10), IsCompletelyDelivered=number % 4 == 0 or (number % 4 == 1 and line == 1),
            IsReturnsItem=number % 15 == 14 and line == 1, PurchasingItemIsFreeOfCharge=number % 21 == 20 and line == 1,
            PurchasingDocumentDeletionCode="L" if number % 10 == 9 and line == 1 else "",
        )  # fmt: skip
        rows.add(
            "A_PurchaseOrderScheduleLine", PurchasingDocument=key, PurchasingDocumentItem=str(10 * line),
            ScheduleLine="1", ScheduleLineDeliveryDate=day + timedelta(days=10 + line),
            SchedLineStscDeliveryDate=day + timedelta(days=10), ScheduleLineOrderQuantity=Decimal(3 + line),
            ScheduleLineCommittedQuantity=Decimal(3 + line if number % 2 else 0),
        )  # fmt: skip
    if number % 4 < 2:
        add_receipt(rows, company, number, moment)
    return rows.add(
        "A_PurchaseOrder", PurchaseOrder=key, PurchaseOrderType="NB", CompanyCode="1010",
        Supplier=supplier_number(number % suppliers), CreationDate=day, LastChangeDateTime=moment,
        PurchaseOrderDate=day, DocumentCurrency=currency, PurchasingProcessingStatus="05",
        PurchasingDocumentDeletionCode="L" if number % 16 == 15 else "", ReleaseIsNotCompleted=number % 8 == 6,
    )  # fmt: skip


def add_receipt(rows: Rows, company: Company, number: int, moment: datetime) -> None:
    """The first item is received; some receipts are reversed at once. What moves for other reasons is no receipt."""
    product = product_key(company, (number + 1) % company.products)
    movements = [("101", "S", Decimal(4))] + ([("102", "H", Decimal(1))] if number % 8 == 1 else [])
    for place, (kind, side, quantity) in enumerate(movements):
        key = {"MaterialDocumentYear": str(moment.year), "MaterialDocument": str(5000000000 + 2 * number + place)}
        for item, (movement, amount) in enumerate(((kind, quantity), ("541", Decimal(9))), start=1):
            rows.add(
                "A_MaterialDocumentItem", **key, MaterialDocumentItem=str(item), Material=product, Plant=PLANTS[0],
                StorageLocation=STORAGES[0], GoodsMovementType=movement, PurchaseOrder=str(4500000000 + number),
                PurchaseOrderItem="10", EntryUnit="PC", QuantityInEntryUnit=amount, DebitCreditCode=side,
            )  # fmt: skip
        rows.add(
            "A_MaterialDocumentHeader", **key, InventoryTransactionType="WE", DocumentDate=moment.date(),
            PostingDate=moment.date(), CreationDate=moment.date(), CreationTime=moment.time().replace(microsecond=0),
        )  # fmt: skip
    rows.add(
        "A_MaterialDocumentHeader", MaterialDocumentYear=str(moment.year), MaterialDocument=str(4900000000 + number),
        InventoryTransactionType="WA", PostingDate=moment.date(), CreationDate=moment.date(),
    )  # fmt: skip
