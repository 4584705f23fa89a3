"""Oracle's attributes and ours. The requests are made from these paths.

A few paths are not Oracle's: `rows.py` says which, and what they are made of. Items are known by their number and
organizations by their code, since these are what all resources have in common; customers by their party number, which
orders carry; orders by source system and id, which stay when an order is revised.
"""

from __future__ import annotations

from connectors.oracle_scm import values as v
from connectors.oracle_scm.rows import RETURN, YES
from hub.sdk import FieldMap, Where, at, computed, const, entities, first_of, joined

_STAMP = at("LastUpdateDate")
_PARTY_STATUS = {
    "A": "active", "ACTIVE": "active", "I": "inactive", "INACTIVE": "inactive", "M": "inactive", "D": "inactive",
    "*": None,
}  # fmt: skip
_ITEM_STATUS = {
    "ACTIVE": "active", "INACTIVE": "discontinued", "OBSOLETE": "discontinued", "PENDING": "draft", "*": None,
}  # fmt: skip
_PO_STATUS = {
    "OPEN": "open", "ON HOLD": "open", "CLOSED FOR RECEIVING": "received", "CLOSED FOR INVOICING": "open",
    "CLOSED": "closed", "FINALLY CLOSED": "closed", "CANCELED": "cancelled", "CANCELLED": "cancelled",
    "INCOMPLETE": "draft", "REJECTED": "draft", "PENDING APPROVAL": "draft", "*": None,
}  # fmt: skip
_ACTIVE = {"A": True, "ACTIVE": True, "I": False, "INACTIVE": False, "*": None}
_ADDRESS_ROLE = {"BILL_TO": "billing", "SHIP_TO": "shipping", "*": "other"}

CUSTOMERS = FieldMap(
    entities.Customer,
    {
        "source_id": at("PartyNumber"),
        "source_updated_at": _STAMP,
        "name": first_of("OrganizationName", "PartyName"),
        "kind": const("company"),
        "status": at("PartyStatus", values=_PARTY_STATUS),
        "source_status": at("PartyStatus"),
        "email": first_of("EmailAddress", "PrimaryEmailAddress"),
        "phone": first_of("FormattedPhoneNumber", "RawPhoneNumber"),
        "website": at("URL"),
        "tax_id": first_of("TaxpayerIdentificationNumber", "JgzzFiscalCode"),
        "duns": first_of("DUNSNumber", "DUNSNumberC"),
        "industry": at("IndustryName"),
        "employees": at("EmployeesTotal"),
        "currency": at("CurrencyCode"),
        "owner": at("OwnerName"),
        "street": first_of("Address1", "AddressLine1", "PrimaryAddressLine1"),
        "street2": first_of("Address2", "AddressLine2", "PrimaryAddressLine2"),
        "city": first_of("City", "PrimaryAddressCity"),
        "region": first_of("State", "PrimaryAddressState"),
        "postal_code": first_of("PostalCode", "PrimaryAddressPostalCode"),
        "country": first_of("Country", "PrimaryAddressCountry"),
        "created_at": at("CreationDate"),
    },
).overridden({}, extras={"party_id": "PartyId"})

ADDRESSES = FieldMap(
    entities.Address,
    {
        "source_id": at("AddressNumber"),
        "source_updated_at": first_of("LastUpdateDate", "^LastUpdateDate"),
        "customer_source_id": at("^PartyNumber"),
        "role": at("AddressType", values=_ADDRESS_ROLE),
        "name": at("PartySiteName"),
        "street": first_of("Address1", "AddressLine1"),
        "street2": first_of("Address2", "AddressLine2"),
        "city": at("City"),
        "region": at("State"),
        "postal_code": at("PostalCode"),
        "country": at("Country"),
    },
    each="Address",
    replaces="customer_source_id",
    optional=True,
)

CONTACTS = FieldMap(
    entities.Contact,
    {
        "source_id": at("PartyNumber"),
        "source_updated_at": _STAMP,
        "customer_source_id": at("AccountPartyNumber"),
        "name": first_of("ContactName", "PartyName"),
        "first_name": first_of("FirstName", "PersonFirstName"),
        "last_name": first_of("LastName", "PersonLastName"),
        "title": at("JobTitle"),
        "email": at("EmailAddress"),
        "phone": first_of("WorkPhoneNumber", "FormattedWorkPhoneNumber"),
        "mobile": first_of("MobileNumber", "FormattedMobileNumber"),
        "status": at("PartyStatus", values=_PARTY_STATUS),
        "created_at": at("CreationDate"),
    },
)

SUPPLIERS = FieldMap(
    entities.Supplier,
    {
        "source_id": at("SupplierId"),
        "source_updated_at": _STAMP,
        "name": at("Supplier"),
        "number": at("SupplierNumber"),
        "status": at("Status", values=_PARTY_STATUS),
        "source_status": at("Status"),
        "website": at("CorporateWebsite"),
        "tax_id": first_of("TaxRegistrationNumber", "TaxpayerId"),
        "duns": at("DUNSNumber"),
        "created_at": at("CreationDate"),
    },
).overridden({}, extras={"supplier_type": "SupplierType"})

LOCATIONS = FieldMap(
    entities.Location,
    {
        "source_id": at("OrganizationCode"),
        "name": at("OrganizationName"),
        "kind": computed(v.location_kind, uses=("ManufacturingPlantFlag",)),
        "is_active": at("Status", values=_ACTIVE),
    },
).overridden(
    {},
    extras={
        "organization_id": "OrganizationId",
        "business_unit": "ManagementBusinessUnitName",
        "legal_entity": "LegalEntityName",
    },
)

PRODUCTS = FieldMap(
    entities.Product,
    {
        "source_id": at("ItemNumber"),
        "source_updated_at": first_of("LastUpdateDateTime", "LastUpdateDate"),
        "sku": at("ItemNumber"),
        "name": at("ItemDescription"),
        "category": at("ItemClass"),
        "kind": const("goods"),
        "status": at("ItemStatusValue", values=_ITEM_STATUS),
        "source_status": at("ItemStatusValue"),
        "unit": at("unit"),
        "list_price": at("ListPrice"),
        "currency": at("currency"),
    },
).overridden({}, extras={"unit_code": "PrimaryUOMValue", "item_id": "ItemId", "lifecycle": "LifecyclePhaseValue"})

_COST = first_of("TotalUnitCost", "UnitCost", "ItemCost", "UnitAverageCost", "AverageUnitCost")

AVERAGE_COSTS = FieldMap(
    entities.ProductCost,
    {
        "source_id": joined(const("average"), "key"),
        "product_source_id": at("ItemNumber"),
        "location_source_id": at("organization"),
        "valuation_method": const("moving_average"),
        "cost": _COST,
        "unit": at("unit"),
        "currency": at("currency"),
    },
).overridden({}, extras={"valuation_unit": "ValuationUnit"})

STANDARD_COSTS = FieldMap(
    entities.ProductCost,
    {
        "source_id": joined(const("standard"), "key"),
        "product_source_id": at("ItemNumber"),
        "location_source_id": at("organization"),
        "valuation_method": const("standard"),
        "cost": _COST,
        "unit": at("unit"),
        "currency": at("currency"),
        "valid_from": at("EffectiveStartDate"),
        "valid_to": computed(v.valid_to, uses=("EffectiveEndDate",)),
    },
)

STOCK = FieldMap(
    entities.StockLevel,
    {
        "source_id": at("key"),
        "product_source_id": at("ItemNumber"),
        "location_source_id": at("OrganizationCode"),
        "batch": at("LotNumber"),
        "on_hand": at("rest"),
        "available": at("rest"),
        "unit": at("unit"),
    },
    where=(Where("is_level", equals=YES),),
).overridden({}, extras={"subinventory": "SubinventoryCode", "locator": "LocatorName"})

LOTS = FieldMap(
    entities.StockLevel,
    {
        "source_id": joined("key", "LotNumber"),
        "product_source_id": at("ItemNumber"),
        "location_source_id": at("OrganizationCode"),
        "batch": at("LotNumber"),
        "on_hand": at("PrimaryQuantity"),
        "available": at("PrimaryQuantity"),
        "unit": at("unit"),
    },
    each="lots",
    optional=True,
).overridden({}, extras={"subinventory": "SubinventoryCode", "locator": "LocatorName"})

RESERVATIONS = FieldMap(
    entities.StockLevel,
    {
        "source_id": joined(const("reservation"), "ReservationId"),
        "product_source_id": at("ItemNumber"),
        "location_source_id": at("OrganizationCode"),
        "stock_type": const("reserved"),
        "on_hand": const(0),
        "available": computed(v.available_after_reservation, uses=("PrimaryReservationQuantity",)),
        "reserved": at("PrimaryReservationQuantity"),
        "unit": at("unit"),
    },
).overridden({}, extras={"subinventory": "SubinventoryCode", "demand": "DemandSourceHeaderNumber"})

_CURRENT = Where("current", equals=YES)
_ITS_CURRENT = Where("^current", equals=YES)
_ORDER = joined("SourceTransactionSystem", "SourceTransactionId")
_ITS_ORDER = joined("^SourceTransactionSystem", "^SourceTransactionId")

ORDERS = FieldMap(
    entities.Order,
    {
        "source_id": _ORDER,
        "source_updated_at": _STAMP,
        "number": at("OrderNumber"),
        "customer_source_id": at("BuyingPartyNumber"),
        "contact_source_id": at("BuyingPartyContactNumber"),
        "status": computed(
            v.order_status,
            uses=(
                "StatusCode", "CanceledFlag", "OnHoldFlag", "lines.StatusCode", "lines.ShippedQuantity",
                "lines.OrderedQuantity", "lines.ActualShipDate", "lines.CanceledFlag", "lines.TransactionCategoryCode",
            ),
        ),
        "source_status": first_of("StatusCode", "Status"),
        "channel": at("SourceTransactionSystem"),
        "po_number": at("CustomerPONumber"),
        "sales_rep": at("Salesperson"),
        "ordered_at": first_of("TransactionOn", "OrderedDate"),
        "requested_at": at("RequestedShipDate"),
        "shipped_at": computed(v.shipped_at, uses=("lines.ActualShipDate",)),
        "currency": at("TransactionalCurrencyCode"),
        "subtotal": computed(
            v.order_subtotal, uses=("lines.ExtendedAmount", "lines.OrderedQuantity", "lines.UnitSellingPrice")
        ),
        "tax": computed(v.order_tax, uses=("totals.TotalCode", "totals.TotalAmount", "totals.CurrencyCode")),
        "shipping": computed(v.order_shipping, uses=("totals.TotalCode", "totals.TotalAmount", "totals.CurrencyCode")),
        "total": computed(
            v.order_total,
            uses=("lines.ExtendedAmount", "lines.OrderedQuantity", "lines.UnitSellingPrice", "totals.TotalAmount"),
        ),
        "created_at": at("CreationDate"),
    },
    where=(_CURRENT, Where("has_sales", equals=YES)),
).overridden(
    {},
    extras={
        "header_id": "HeaderId", "revision": "SourceTransactionRevisionNumber", "business_unit": "BusinessUnitName",
        "type": "TransactionTypeCode", "bill_to_account": "billToCustomer.0.AccountNumber",
        "ship_to_party_id": "shipToCustomer.0.PartyId",
    },
)  # fmt: skip

ORDER_LINES = FieldMap(
    entities.OrderLine,
    {
        "source_id": at("FulfillLineId"),
        "source_updated_at": first_of("LastUpdateDate", "^LastUpdateDate"),
        "order_source_id": _ITS_ORDER,
        "line_number": first_of("FulfillLineNumber", "SourceTransactionLineNumber"),
        "product_source_id": at("ProductNumber"),
        "sku": at("ProductNumber"),
        "name": at("ProductDescription"),
        "status": computed(v.line_status, uses=("StatusCode", "CanceledFlag", "OnHoldFlag")),
        "source_status": at("StatusCode"),
        "quantity": at("OrderedQuantity"),
        "base_quantity": at("base_quantity"),
        "quantity_cancelled": computed(v.cancelled_quantity, uses=("CanceledFlag", "StatusCode", "OrderedQuantity")),
        "quantity_shipped": at("ShippedQuantity"),
        "unit": at("unit"),
        "unit_price": computed(v.line_price, uses=("UnitListPrice", "UnitSellingPrice")),
        "discount": computed(
            v.line_discount, uses=("UnitListPrice", "UnitSellingPrice", "OrderedQuantity", "ExtendedAmount")
        ),
        "total": computed(v.line_total, uses=("ExtendedAmount", "OrderedQuantity", "UnitSellingPrice")),
        "currency": at("^TransactionalCurrencyCode"),
        "ordered_at": first_of("^TransactionOn", "^OrderedDate"),
        "requested_at": at("RequestedShipDate"),
        "promised_at": at("ScheduleShipDate"),
        "location_source_id": first_of("FulfillmentOrganizationCode", "RequestedFulfillmentOrganizationCode"),
    },
    each="lines",
    where=(_ITS_CURRENT, Where("TransactionCategoryCode", not_one_of=(RETURN,))),
    replaces="order_source_id",
).overridden({}, extras={"unit_code": "OrderedUOMCode", "source_line": "SourceTransactionLineId"})

RETURNS = FieldMap(
    entities.Return,
    {
        "source_id": at("FulfillLineId"),
        "source_updated_at": first_of("LastUpdateDate", "^LastUpdateDate"),
        "number": at("^OrderNumber"),
        "order_source_id": _ITS_ORDER,
        "customer_source_id": at("^BuyingPartyNumber"),
        "product_source_id": at("ProductNumber"),
        "sku": at("ProductNumber"),
        "status": computed(v.return_status, uses=("StatusCode", "CanceledFlag")),
        "source_status": at("StatusCode"),
        "reason": at("ReturnReasonCode"),
        "quantity": computed(v.returned_quantity, uses=("OrderedQuantity",)),
        "unit": at("unit"),
        "unit_price": at("UnitSellingPrice"),
        "refund": computed(v.refund, uses=("ExtendedAmount", "OrderedQuantity", "UnitSellingPrice")),
        "currency": at("^TransactionalCurrencyCode"),
        "location_source_id": first_of("FulfillmentOrganizationCode", "RequestedFulfillmentOrganizationCode"),
        "requested_at": first_of("^TransactionOn", "^OrderedDate"),
    },
    each="lines",
    where=(_ITS_CURRENT, Where("TransactionCategoryCode", equals=RETURN)),
    replaces="order_source_id",
)

SHIPMENTS = FieldMap(
    entities.Shipment,
    {
        "source_id": at("Shipment"),
        "source_updated_at": _STAMP,
        "number": at("Shipment"),
        "status": computed(v.shipment_status, uses=("ShipmentStatusCode", "ActualShipDate", "ActualDeliveryDate")),
        "source_status": first_of("ShipmentStatus", "ShipmentStatusCode"),
        "carrier": at("Carrier"),
        "service": at("ShippingMethod"),
        "tracking_number": first_of("TrackingNumber", "Waybill"),
        "location_source_id": at("OrganizationCode"),
        "planned_ship_at": first_of("InitialShipDate", "PlannedShipDate"),
        "shipped_at": at("ActualShipDate"),
        "delivered_at": at("ActualDeliveryDate"),
        "freight_cost": computed(
            v.freight_cost, uses=("shippingCosts.Amount", "shippingCosts.CurrencyCode", "shippingCosts.Currency")
        ),
        "currency": computed(v.freight_currency, uses=("shippingCosts.CurrencyCode", "shippingCosts.Currency")),
        "created_at": at("CreationDate"),
    },
).overridden({}, extras={"bill_of_lading": "BillOfLading"})

SHIPMENT_LINES = FieldMap(
    entities.ShipmentLine,
    {
        "source_id": at("ShipmentLine"),
        "source_updated_at": _STAMP,
        "shipment_source_id": at("Shipment"),
        "order_line_source_id": at("SourceOrderFulfillmentLineId"),
        "product_source_id": at("Item"),
        "sku": at("Item"),
        "quantity": at("ShippedQuantity"),
        "unit": at("unit"),
    },
    where=(Where("Shipment", empty=False),),
).overridden({}, extras={"order_number": "Order", "status": "LineStatus", "unit_code": "RequestedQuantityUOMCode"})

PURCHASE_ORDERS = FieldMap(
    entities.PurchaseOrder,
    {
        "source_id": at("POHeaderId"),
        "source_updated_at": _STAMP,
        "number": at("OrderNumber"),
        "supplier_source_id": at("SupplierId"),
        "status": at("StatusCode", values=_PO_STATUS),
        "source_status": first_of("Status", "StatusCode"),
        "ordered_at": at("CreationDate"),
        "currency": at("CurrencyCode"),
        "total": first_of("Ordered", "Total"),
        "created_at": at("CreationDate"),
    },
).overridden({}, extras={"supplier": "Supplier", "buyer": "Buyer", "business_unit": "ProcurementBU"})

PURCHASE_ORDER_LINES = FieldMap(
    entities.PurchaseOrderLine,
    {
        "source_id": first_of("LineLocationId", "POScheduleId"),
        "source_updated_at": first_of("LastUpdateDate", "^^LastUpdateDate"),
        "purchase_order_source_id": at("^^POHeaderId"),
        "line_number": joined("^LineNumber", "ScheduleNumber", separator="-"),
        "product_source_id": at("^Item"),
        "sku": at("^Item"),
        "location_source_id": at("ShipToOrganizationCode"),
        "status": at("StatusCode", values=_PO_STATUS),
        "quantity": at("Quantity"),
        "base_quantity": at("base_quantity"),
        "quantity_received": at("ReceivedQuantity"),
        "unit": at("^unit"),
        "unit_price": at("^Price"),
        "total": at("amount"),
        "currency": at("^^CurrencyCode"),
        "requested_at": at("RequestedDeliveryDate"),
        "promised_at": at("PromisedDeliveryDate"),
    },
    each="lines[].schedules",
    replaces="purchase_order_source_id",
).overridden({}, extras={"unit_code": "^UOMCode", "description": "^Description"})

RECEIPTS = FieldMap(
    entities.Receipt,
    {
        "source_id": at("TransactionId"),
        "source_updated_at": _STAMP,
        "purchase_order_source_id": at("POHeaderId"),
        "purchase_order_line_source_id": at("POLineLocationId"),
        "product_source_id": at("ItemNumber"),
        "location_source_id": at("OrganizationCode"),
        "quantity": computed(v.received_quantity, uses=("Quantity", "TransactionTypeCode")),
        "unit": at("unit"),
        "received_at": at("TransactionDate"),
    },
    where=(Where("counts", equals=YES),),
).overridden({}, extras={"receipt_number": "ReceiptNumber", "type": "TransactionTypeCode", "unit_code": "UOMCode"})
