"""SAP's documents and ours: orders, deliveries, purchase orders, returns, billing. Tables, no code.

Made by the connector: `planned_at`, `issued_at`, `due_at` and `proven_at` of deliveries, which need time zones, and
`freight` of billing items,
`base_quantity` of lines. Dates without a time are midnight, UTC.
"""

from __future__ import annotations

from collections.abc import Mapping

from connectors.sap import document_values as d
from connectors.sap.maps import unit
from connectors.sap.values import locations
from hub.sdk import FieldMap, FieldSource, Where, at, computed, entities, first_of, joined

Units = Mapping[str, str]
STAMP = at("LastChangeDateTime")
_PARENT_STAMP = at("^LastChangeDateTime")
_SCHEDULE = "to_ScheduleLine"
_REFERENCE = ("ReferenceSDDocument", "ReferenceSDDocumentItem")


def _within(navigation: str, *names: str) -> tuple[str, ...]:
    return tuple(f"{navigation}.{name}" for name in names)


def _units(first: str, *others: str, more: Units) -> FieldSource:
    return first_of(*(unit(path, more) for path in (first, *others)))


def orders(units: Units) -> tuple[FieldMap, ...]:
    """Sales orders with their items and schedule lines."""
    confirmed = _within(_SCHEDULE, "ConfirmedDeliveryDate", "ConfdOrderQtyByMatlAvailCheck")
    header = FieldMap(
        entities.Order,
        {
            "source_id": at("SalesOrder"),
            "source_updated_at": STAMP,
            "number": at("SalesOrder"),
            "customer_source_id": at("SoldToParty"),
            "status": computed(d.order_status, uses=("OverallSDDocumentRejectionSts", "OverallSDProcessStatus",
                               "OverallDeliveryStatus", "DeliveryBlockReason", "HeaderBillingBlockReason",
                               "TotalCreditCheckStatus")),
            "source_status": computed(d.order_words, uses=("OverallOrdReltdBillgStatus",)),
            "channel": first_of("DistributionChannel", "SalesOrderType"),
            "po_number": at("PurchaseOrderByCustomer"),
            "sales_rep": computed(d.sales_person, uses=_within("to_Partner", "PartnerFunction",
                                  "PartnerFunctionInternalCode", "Personnel")),
            "ordered_at": first_of("SalesOrderDate", "CreationDate"),
            "requested_at": at("RequestedDeliveryDate"),
            "promised_at": computed(d.order_promised, uses=_within("to_Item", *confirmed)),
            "currency": at("TransactionCurrency"),
            "subtotal": at("TotalNetAmount"),
            "tax": computed(d.order_tax, uses=_within("to_Item", "TaxAmount", "SalesDocumentRjcnReason")),
            "total": computed(d.order_total, uses=("TotalNetAmount",)),
            "location_source_id": computed(d.order_location, uses=_within("to_Item", "ProductionPlant",
                                           "StorageLocation")),
            "created_at": at("CreationDate"),
        },
    )  # fmt: skip
    lines = FieldMap(
        entities.OrderLine,
        {
            "source_id": computed(d.keys_within("SalesOrder", "SalesOrderItem"), uses=("SalesOrder", "SalesOrderItem")),
            "source_updated_at": _PARENT_STAMP,
            "order_source_id": at("^SalesOrder"),
            "line_number": at("SalesOrderItem"),
            "product_source_id": at("Material"),
            "sku": at("Material"),
            "name": at("SalesOrderItemText"),
            "status": computed(d.line_status, uses=("SalesDocumentRjcnReason", "SDProcessStatus", "DeliveryStatus")),
            "source_status": computed(d.line_words, uses=("OrderRelatedBillingStatus",)),
            "quantity": at("RequestedQuantity"),
            "quantity_cancelled": computed(d.quantity_cancelled, uses=("RequestedQuantity", "SalesDocumentRjcnReason")),
            "quantity_shipped": computed(d.quantity_shipped, uses=_within(_SCHEDULE, "DeliveredQtyInOrderQtyUnit")),
            "unit": _units("RequestedQuantityISOUnit", "RequestedQuantityUnit", "RequestedQuantitySAPUnit", more=units),
            "base_quantity": at("base_quantity"),
            "unit_price": computed(d.line_price, uses=("NetAmount", "RequestedQuantity")),
            "unit_cost": computed(d.line_cost, uses=("CostAmount", "RequestedQuantity")),
            "tax": at("TaxAmount"),
            "total": at("NetAmount"),
            "currency": first_of("TransactionCurrency", "^TransactionCurrency"),
            "ordered_at": first_of("^SalesOrderDate", "^CreationDate"),
            "requested_at": computed(d.line_requested, uses=_within(_SCHEDULE, "RequestedDeliveryDate")),
            "promised_at": computed(d.line_promised, uses=confirmed),
            "location_source_id": computed(locations("ProductionPlant", "StorageLocation"),
                                           uses=("ProductionPlant", "StorageLocation")),
            "parent_source_id": computed(d.parent_line, uses=("HigherLevelItem", "NetAmount", "CostAmount")),
        },
        each="to_Item",
        replaces="order_source_id",
    )  # fmt: skip
    return header, lines


def deliveries(units: Units) -> tuple[FieldMap, ...]:
    """Outbound deliveries with their items."""
    items = "to_DeliveryDocumentItem"
    header = FieldMap(
        entities.Shipment,
        {
            "source_id": at("DeliveryDocument"),
            "source_updated_at": first_of("LastChangeDate", "CreationDate"),
            "order_source_id": computed(d.delivery_order, uses=_within(items, "ReferenceSDDocument")),
            "number": at("DeliveryDocument"),
            "status": computed(d.delivery_status, uses=("OverallGoodsMovementStatus", "OverallProofOfDeliveryStatus")),
            "source_status": computed(d.delivery_words, uses=("OverallPickingStatus", "DeliveryBlockReason")),
            "carrier": computed(d.carrier, uses=_within("to_DeliveryDocumentPartner", "PartnerFunction", "Supplier")),
            "service": first_of("ShippingCondition", "ShippingType"),
            "tracking_number": at("BillOfLading"),
            "location_source_id": computed(d.delivery_location, uses=_within(items, "Plant", "StorageLocation")),
            "planned_ship_at": at("planned_at"),
            "shipped_at": at("issued_at"),
            "promised_delivery_at": at("due_at"),
            "delivered_at": at("proven_at"),
            "currency": at("TransactionCurrency"),
            "created_at": at("created_at"),
        },
    )
    lines = FieldMap(
        entities.ShipmentLine,
        {
            "source_id": computed(d.keys_within("DeliveryDocument", "DeliveryDocumentItem"),
                                  uses=("DeliveryDocument", "DeliveryDocumentItem")),
            "source_updated_at": first_of("^LastChangeDate", "^CreationDate"),
            "shipment_source_id": at("^DeliveryDocument"),
            "order_source_id": at("ReferenceSDDocument"),
            "order_line_source_id": computed(d.referenced_line, uses=_REFERENCE),
            "product_source_id": at("Material"),
            "sku": at("Material"),
            "quantity": at("ActualDeliveryQuantity"),
            "unit": unit("DeliveryQuantityUnit", units),
        },
        each=items,
        replaces="shipment_source_id",
    )  # fmt: skip
    return header, lines


def purchase_orders(units: Units) -> tuple[FieldMap, ...]:
    """Purchase orders with their items and schedule lines."""
    items = "to_PurchaseOrderItem"
    price = ("NetPriceAmount", "NetPriceQuantity", "OrderPriceUnitToOrderUnitNmrtr", "OrdPriceUnitToOrderUnitDnmntr")
    net = ("OrderQuantity", "IsReturnsItem", "PurchasingItemIsFreeOfCharge", "DocumentCurrency", *price)
    header = FieldMap(
        entities.PurchaseOrder,
        {
            "source_id": at("PurchaseOrder"),
            "source_updated_at": STAMP,
            "number": at("PurchaseOrder"),
            "supplier_source_id": first_of("Supplier", "SupplyingSupplier"),
            "location_source_id": computed(d.purchase_location, uses=_within(items, "Plant", "StorageLocation")),
            "status": computed(d.purchase_status, uses=("PurchasingDocumentDeletionCode", "ReleaseIsNotCompleted",
                               *_within(items, "PurchasingDocumentDeletionCode", "IsCompletelyDelivered"))),
            "source_status": computed(d.purchase_words, uses=("PurchasingProcessingStatus",)),
            "ordered_at": first_of("PurchaseOrderDate", "CreationDate"),
            "promised_at": computed(d.purchase_promised, uses=_within(items, f"{_SCHEDULE}.ScheduleLineDeliveryDate")),
            "currency": at("DocumentCurrency"),
            "total": computed(d.purchase_total, uses=_within(items, *net)),
            "created_at": at("CreationDate"),
        },
    )  # fmt: skip
    lines = FieldMap(
        entities.PurchaseOrderLine,
        {
            "source_id": computed(d.keys_within("PurchaseOrder", "PurchaseOrderItem"),
                                  uses=("PurchaseOrder", "PurchaseOrderItem")),
            "source_updated_at": _PARENT_STAMP,
            "purchase_order_source_id": at("^PurchaseOrder"),
            "line_number": at("PurchaseOrderItem"),
            "product_source_id": at("Material"),
            "sku": first_of("Material", "SupplierMaterialNumber"),
            "location_source_id": computed(locations("Plant", "StorageLocation"), uses=("Plant", "StorageLocation")),
            "status": computed(d.purchase_line_status, uses=("PurchasingDocumentDeletionCode",
                                                             "IsCompletelyDelivered")),
            "quantity": computed(d.purchase_quantity, uses=("OrderQuantity", "IsReturnsItem")),
            "unit": unit("PurchaseOrderQuantityUnit", units),
            "base_quantity": at("base_quantity"),
            "unit_price": computed(d.purchase_price, uses=price),
            "total": computed(d.purchase_line_total, uses=net),
            "currency": first_of("DocumentCurrency", "^DocumentCurrency"),
            "requested_at": computed(d.purchase_line_requested, uses=_within(_SCHEDULE, "SchedLineStscDeliveryDate")),
            "promised_at": computed(d.purchase_line_promised, uses=_within(_SCHEDULE, "ScheduleLineDeliveryDate")),
            "confirmed_at": computed(d.purchase_line_confirmed,
                                     uses=_within(_SCHEDULE, "ScheduleLineCommittedQuantity")),
        },
        each=items,
        replaces="purchase_order_source_id",
    )  # fmt: skip
    return header, lines


def receipts(units: Units) -> FieldMap:
    """Goods received for purchase orders, and what was reversed or sent back."""
    return FieldMap(
        entities.Receipt,
        {
            "source_id": joined("^MaterialDocumentYear", "^MaterialDocument", "MaterialDocumentItem"),
            "source_updated_at": at("^created_at"),
            "purchase_order_source_id": at("PurchaseOrder"),
            "purchase_order_line_source_id": computed(d.received_line, uses=("PurchaseOrder", "PurchaseOrderItem")),
            "product_source_id": at("Material"),
            "location_source_id": computed(locations("Plant", "StorageLocation"), uses=("Plant", "StorageLocation")),
            "quantity": computed(d.received, uses=("QuantityInEntryUnit", "DebitCreditCode")),
            "unit": unit("EntryUnit", units),
            "received_at": first_of("^PostingDate", "^DocumentDate"),
        },
        each="to_MaterialDocumentItem",
        where=(Where("PurchaseOrder", empty=False), Where("GoodsMovementType", one_of=d.RECEIVING)),
    )


def returns(units: Units) -> FieldMap:
    """Customer returns: a row for each item."""
    return FieldMap(
        entities.Return,
        {
            "source_id": computed(d.keys_within("CustomerReturn", "CustomerReturnItem"),
                                  uses=("CustomerReturn", "CustomerReturnItem")),
            "source_updated_at": _PARENT_STAMP,
            "number": at("^CustomerReturn"),
            "order_source_id": first_of("ReferenceSDDocument", "^ReferenceSDDocument"),
            "order_line_source_id": computed(d.referenced_line, uses=_REFERENCE),
            "customer_source_id": at("^SoldToParty"),
            "product_source_id": at("Material"),
            "sku": at("Material"),
            "status": computed(d.return_status, uses=("SalesDocumentRjcnReason", "SDDocumentRejectionStatus",
                               "SDProcessStatus", "ReturnsMaterialHasBeenReceived")),
            "source_status": computed(d.return_words, uses=("RetsMgmtItmProcgStatus",)),
            "reason": first_of("ReturnReason", "^SDDocumentReason"),
            "quantity": at("RequestedQuantity"),
            "unit": unit("RequestedQuantityUnit", units),
            "unit_price": computed(d.return_price, uses=("NetAmount", "RequestedQuantity")),
            "refund": at("NetAmount"),
            "currency": first_of("TransactionCurrency", "^TransactionCurrency"),
            "location_source_id": computed(locations("ProductionPlant", "StorageLocation"),
                                           uses=("ProductionPlant", "StorageLocation")),
            "requested_at": first_of("^CustomerReturnDate", "^CreationDate"),
            "returned_at": at("^CustomerReturnDate"),
        },
        each="to_Item",
        replaces="number",
    )  # fmt: skip


def billing(units: Units) -> tuple[FieldMap, ...]:
    """Billing documents with what was billed, what it cost and freight."""
    header = FieldMap(
        entities.Invoice,
        {
            "source_id": at("BillingDocument"),
            "source_updated_at": STAMP,
            "number": first_of("DocumentReferenceID", "BillingDocument"),
            "kind": computed(d.invoice_kind, uses=("SDDocumentCategory",)),
            "status": computed(d.invoice_status, uses=("SDDocumentCategory", "BillingDocumentIsCancelled",
                               "CancelledBillingDocument", "InvoiceClearingStatus")),
            "source_status": computed(d.invoice_words, uses=("BillingDocumentType", "OverallBillingStatus",
                                      "AccountingTransferStatus")),
            "customer_source_id": first_of("PayerParty", "SoldToParty"),
            "order_source_id": computed(d.invoice_order, uses=_within("to_Item", "SalesDocument")),
            "issued_at": first_of("BillingDocumentDate", "CreationDate"),
            "currency": at("TransactionCurrency"),
            "net": at("TotalNetAmount"),
            "tax": at("TaxAmount"),
            "total": at("TotalGrossAmount"),
        },
    )  # fmt: skip
    lines = FieldMap(
        entities.InvoiceLine,
        {
            "source_id": computed(d.keys_within("BillingDocument", "BillingDocumentItem"),
                                  uses=("BillingDocument", "BillingDocumentItem")),
            "source_updated_at": _PARENT_STAMP,
            "invoice_source_id": at("^BillingDocument"),
            "order_source_id": at("SalesDocument"),
            "order_line_source_id": computed(d.billed_line, uses=("SalesDocument", "SalesDocumentItem")),
            "product_source_id": at("Material"),
            "sku": at("Material"),
            "quantity": at("BillingQuantity"),
            "unit": unit("BillingQuantityUnit", units),
            "net": at("NetAmount"),
            "tax": at("TaxAmount"),
            "cost": at("CostAmount"),
            "freight": at("freight"),
            "currency": first_of("TransactionCurrency", "^TransactionCurrency"),
        },
        each="to_Item",
        replaces="invoice_source_id",
    )  # fmt: skip
    return header, lines
