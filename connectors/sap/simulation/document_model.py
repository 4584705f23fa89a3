"""The simulated services of documents: sales orders, deliveries, purchase orders, returns, billing."""

from __future__ import annotations

from connectors.sap.simulation.model import Link, entity_set

_CHANGED = "CreationDate DateTime, LastChangeDate DateTime, LastChangeDateTime DateTimeOffset(7)"

ORDER_SETS = (
    entity_set(
        "A_SalesOrder", "orders",
        f"""SalesOrder S10 key, SalesOrderType S4, SalesOrganization S4, DistributionChannel S2, SoldToParty S10,
        {_CHANGED}, PurchaseOrderByCustomer S35, SalesOrderDate DateTime, TotalNetAmount Decimal(16;3),
        TransactionCurrency S5, RequestedDeliveryDate DateTime, OverallDeliveryStatus S1, OverallOrdReltdBillgStatus S1,
        OverallSDProcessStatus S1, OverallSDDocumentRejectionSts S1, TotalCreditCheckStatus S1, DeliveryBlockReason S2,
        HeaderBillingBlockReason S2""",
        Link("to_Item", "A_SalesOrderItem", "SalesOrder"),
        Link("to_Partner", "A_SalesOrderHeaderPartner", "SalesOrder"),
    ),
    entity_set(
        "A_SalesOrderItem", "order_items",
        """SalesOrder S10 key, SalesOrderItem S6 key, HigherLevelItem S6, SalesOrderItemCategory S4,
        SalesOrderItemText S40, Material S40, RequestedQuantity Decimal(15;3), RequestedQuantityUnit S3,
        RequestedQuantitySAPUnit S3, RequestedQuantityISOUnit S3, NetAmount Decimal(16;3), TaxAmount Decimal(14;3),
        CostAmount Decimal(14;3), TransactionCurrency S5, ProductionPlant S4, StorageLocation S4,
        SalesDocumentRjcnReason S2, DeliveryStatus S1, SDProcessStatus S1, OrderRelatedBillingStatus S1""",
        Link("to_ScheduleLine", "A_SalesOrderScheduleLine", "SalesOrder SalesOrderItem"),
        Link("to_SalesOrder", "A_SalesOrder", "SalesOrder", many=False),
    ),
    entity_set(
        "A_SalesOrderScheduleLine", "order_schedules",
        """SalesOrder S10 key, SalesOrderItem S6 key, ScheduleLine S4 key, RequestedDeliveryDate DateTime,
        ConfirmedDeliveryDate DateTime, ScheduleLineOrderQuantity Decimal(13;3),
        ConfdOrderQtyByMatlAvailCheck Decimal(13;3), DeliveredQtyInOrderQtyUnit Decimal(13;3), OrderQuantityUnit S3""",
    ),
    entity_set(
        "A_SalesOrderHeaderPartner", "order_partners",
        """SalesOrder S10 key, PartnerFunction S2 key, PartnerFunctionInternalCode S2, Customer S10, Personnel S8,
        ContactPerson S10""",
    ),
)  # fmt: skip

DELIVERY_SETS = (
    entity_set(
        "A_OutbDeliveryHeader", "deliveries",
        """DeliveryDocument S10 key, DeliveryDocumentType S4, SoldToParty S10, ShipToParty S10, ShippingPoint S4,
        ShippingCondition S2, ShippingType S2, CreationDate DateTime, CreationTime Time, LastChangeDate DateTime,
        PlannedGoodsIssueDate DateTime, GoodsIssueTime Time, ActualGoodsMovementDate DateTime,
        ActualGoodsMovementTime Time, DeliveryDate DateTime, DeliveryTime Time, ProofOfDeliveryDate DateTime,
        ConfirmationTime Time, Shippinglocationtimezone S6, Receivinglocationtimezone S6, OverallGoodsMovementStatus S1,
        OverallPickingStatus S1, OverallProofOfDeliveryStatus S1, DeliveryBlockReason S2, BillOfLading S35,
        TransactionCurrency S5""",
        Link("to_DeliveryDocumentItem", "A_OutbDeliveryItem", "DeliveryDocument"),
        Link("to_DeliveryDocumentPartner", "A_OutbDeliveryPartner", "DeliveryDocument=SDDocument"),
    ),
    entity_set(
        "A_OutbDeliveryItem", "delivery_items",
        """DeliveryDocument S10 key, DeliveryDocumentItem S6 key, Material S40, Plant S4, StorageLocation S4,
        ActualDeliveryQuantity Decimal(13;3), DeliveryQuantityUnit S3, ReferenceSDDocument S10,
        ReferenceSDDocumentItem S6, GoodsMovementStatus S1, LastChangeDate DateTime nofilter""",
    ),
    entity_set(
        "A_OutbDeliveryPartner", "delivery_partners",
        "PartnerFunction S2 key nofilter, SDDocument S10 key nofilter, Customer S10 nofilter, Supplier S10 nofilter",
        top_level=False,
    ),
)  # fmt: skip

PURCHASE_SETS = (
    entity_set(
        "A_PurchaseOrder", "purchase_orders",
        """PurchaseOrder S10 key, PurchaseOrderType S4, CompanyCode S4, Supplier S10, SupplyingSupplier S10,
        CreationDate DateTime, LastChangeDateTime DateTimeOffset(7), PurchaseOrderDate DateTime, DocumentCurrency S5,
        PurchasingProcessingStatus S2, PurchasingDocumentDeletionCode S1, ReleaseIsNotCompleted Boolean""",
        Link("to_PurchaseOrderItem", "A_PurchaseOrderItem", "PurchaseOrder"),
    ),
    entity_set(
        "A_PurchaseOrderItem", "purchase_items",
        """PurchaseOrder S10 key, PurchaseOrderItem S5 key, PurchasingDocumentDeletionCode S1, Material S40,
        SupplierMaterialNumber S35, Plant S4, StorageLocation S4, OrderQuantity Decimal(13;3),
        PurchaseOrderQuantityUnit S3, OrderPriceUnit S3, OrderPriceUnitToOrderUnitNmrtr Decimal(5;0),
        OrdPriceUnitToOrderUnitDnmntr Decimal(5;0), DocumentCurrency S5, NetPriceAmount Decimal(12;3),
        NetPriceQuantity Decimal(5;0), IsCompletelyDelivered Boolean, IsReturnsItem Boolean,
        PurchasingItemIsFreeOfCharge Boolean""",
        Link("to_ScheduleLine", "A_PurchaseOrderScheduleLine",
             "PurchaseOrder=PurchasingDocument PurchaseOrderItem=PurchasingDocumentItem"),
    ),
    entity_set(
        "A_PurchaseOrderScheduleLine", "purchase_schedules",
        """PurchasingDocument S10 key, PurchasingDocumentItem S5 key, ScheduleLine S4 key,
        ScheduleLineDeliveryDate DateTime, SchedLineStscDeliveryDate DateTime, ScheduleLineOrderQuantity Decimal(13;3),
        ScheduleLineCommittedQuantity Decimal(13;3)""",
    ),
)  # fmt: skip

RECEIPT_SETS = (
    entity_set(
        "A_MaterialDocumentHeader", "material_documents",
        """MaterialDocumentYear S4 key, MaterialDocument S10 key, InventoryTransactionType S2, DocumentDate DateTime,
        PostingDate DateTime, CreationDate DateTime, CreationTime Time""",
        Link("to_MaterialDocumentItem", "A_MaterialDocumentItem", "MaterialDocumentYear MaterialDocument"),
    ),
    entity_set(
        "A_MaterialDocumentItem", "material_items",
        """MaterialDocumentYear S4 key, MaterialDocument S10 key, MaterialDocumentItem S4 key, Material S40, Plant S4,
        StorageLocation S4, GoodsMovementType S3, PurchaseOrder S10, PurchaseOrderItem S5, EntryUnit S3,
        QuantityInEntryUnit Decimal(13;3), DebitCreditCode S1""",
    ),
)  # fmt: skip

RETURN_SETS = (
    entity_set(
        "A_CustomerReturn", "returns",
        f"""CustomerReturn S10 key, CustomerReturnType S4, SoldToParty S10, {_CHANGED}, CustomerReturnDate DateTime,
        TotalNetAmount Decimal(16;3), TransactionCurrency S5, SDDocumentReason S3, ReferenceSDDocument S10,
        OverallSDProcessStatus S1""",
        Link("to_Item", "A_CustomerReturnItem", "CustomerReturn"),
    ),
    entity_set(
        "A_CustomerReturnItem", "return_items",
        """CustomerReturn S10 key, CustomerReturnItem S6 key, Material S40, RequestedQuantity Decimal(15;3),
        RequestedQuantityUnit S3, TransactionCurrency S5, NetAmount Decimal(16;3), ProductionPlant S4,
        StorageLocation S4, SalesDocumentRjcnReason S2, ReturnReason S3, ReturnsMaterialHasBeenReceived S1,
        RetsMgmtItmProcgStatus S1, SDProcessStatus S1, SDDocumentRejectionStatus S1, ReferenceSDDocument S10,
        ReferenceSDDocumentItem S6""",
    ),
)  # fmt: skip

BILLING_SETS = (
    entity_set(
        "A_BillingDocument", "billing",
        f"""BillingDocument S10 key, SDDocumentCategory S4, BillingDocumentType S4, {_CHANGED},
        BillingDocumentDate DateTime, BillingDocumentIsCancelled Boolean, CancelledBillingDocument S10,
        TotalNetAmount Decimal(16;3), TaxAmount Decimal(14;3), TotalGrossAmount Decimal(17;3), TransactionCurrency S5,
        PayerParty S10, SoldToParty S10, DocumentReferenceID S16, OverallBillingStatus S1, AccountingTransferStatus S1,
        InvoiceClearingStatus S1""",
        Link("to_Item", "A_BillingDocumentItem", "BillingDocument"),
    ),
    entity_set(
        "A_BillingDocumentItem", "billing_items",
        """BillingDocument S10 key, BillingDocumentItem S6 key, Material S40, BillingQuantity Decimal(13;3),
        BillingQuantityUnit S3, NetAmount Decimal(16;3), TaxAmount Decimal(14;3), CostAmount Decimal(14;3),
        TransactionCurrency S5, SalesDocument S10, SalesDocumentItem S6""",
        Link("to_PricingElement", "A_BillingDocumentItemPrcgElmnt", "BillingDocument BillingDocumentItem"),
    ),
    entity_set(
        "A_BillingDocumentItemPrcgElmnt", "conditions",
        """BillingDocument S10 key, BillingDocumentItem S6 key, PricingProcedureStep S3 key,
        PricingProcedureCounter S3 key, ConditionType S4, ConditionAmount Decimal(16;3), TransactionCurrency S5,
        ConditionIsForStatistics Boolean, ConditionInactiveReason S1""",
    ),
)  # fmt: skip
