"""Business Central's fields and ours: tables, no code.

Names are those of API v2.0. Four are the hub's own (see rows.py): `localCurrencyCode`, `internationalUnitCode`, and
`itemId` and `locationId` where only a number or code is sent. Blank dates and ids are taken out before.
"""

from __future__ import annotations

from connectors.business_central import words
from hub.sdk import FieldMap, Where, at, computed, const, entities, first_of, joined

STAMP = at("lastModifiedDateTime")
CURRENCY = first_of("currencyCode", "localCurrencyCode")
LINE_CURRENCY = first_of("^currencyCode", "^localCurrencyCode")
LOCAL = at("localCurrencyCode")
UNIT = at("internationalUnitCode")
NO_COMMENT = (Where("lineType", not_one_of=("Comment", " ", "")),)
"""Lines that are text only."""

_ADDRESS = {
    "street": at("addressLine1"),
    "street2": at("addressLine2"),
    "city": at("city"),
    "region": at("state"),
    "postal_code": at("postalCode"),
    "country": at("country"),
}

CUSTOMERS = FieldMap(
    entities.Customer,
    {
        "source_id": at("id"),
        "source_updated_at": STAMP,
        "number": at("number"),
        "name": at("displayName"),
        "kind": at("type", values={"Person": "person", "Company": "company", "*": "company"}, default="company"),
        "status": at("blocked", values={"Ship": "blocked", "Invoice": "blocked", "All": "blocked", "*": "active"},
                     default="active"),
        "source_status": at("blocked"),
        "email": at("email"),
        "phone": at("phoneNumber"),
        "website": at("website"),
        "tax_id": at("taxRegistrationNumber"),
        "currency": CURRENCY,
        "owner": at("salespersonCode"),
        **_ADDRESS,
    },
)  # fmt: skip

CONTACTS = FieldMap(
    entities.Contact,
    {
        "source_id": at("id"),
        "source_updated_at": STAMP,
        "customer_source_id": computed(
            words.customer_of, uses=("contactInformation.relatedId", "contactInformation.relatedType")
        ),
        "supplier_source_id": computed(
            words.vendor_of, uses=("contactInformation.relatedId", "contactInformation.relatedType")
        ),
        "name": at("displayName"),
        "title": at("jobTitle"),
        "email": at("email"),
        "phone": at("phoneNumber"),
        "mobile": at("mobilePhoneNumber"),
        "status": at("privacyBlocked", values={"true": "blocked", "false": "active"}, default="active"),
    },
    where=(Where("type", equals="Person"),),
)

SUPPLIERS = FieldMap(
    entities.Supplier,
    {
        "source_id": at("id"),
        "source_updated_at": STAMP,
        "number": at("number"),
        "name": at("displayName"),
        "status": at("blocked", values={"Payment": "blocked", "All": "blocked", "*": "active"}, default="active"),
        "source_status": at("blocked"),
        "email": at("email"),
        "phone": at("phoneNumber"),
        "website": at("website"),
        "tax_id": at("taxRegistrationNumber"),
        "currency": CURRENCY,
        **_ADDRESS,
    },
)

PRODUCTS = FieldMap(
    entities.Product,
    {
        "source_id": at("id"),
        "source_updated_at": STAMP,
        "sku": at("number"),
        "name": at("displayName"),
        "description": at("displayName2"),
        "gtin": at("gtin"),
        "category": first_of("itemCategory.displayName", "itemCategoryCode"),
        "kind": at("type", values={"Inventory": "goods", "Service": "service", "Non-Inventory": "goods"}),
        "status": at("blocked", values={"true": "discontinued", "false": "active"}, default="active"),
        "unit": UNIT,
        "list_price": at("unitPrice"),
        "unit_cost": at("unitCost"),
        "currency": LOCAL,
        "is_stocked": at("type", values={"Inventory": "true", "*": "false"}),
    },
)

LOCATIONS = FieldMap(
    entities.Location,
    {
        "source_id": at("id"),
        "source_updated_at": STAMP,
        "name": first_of("displayName", "code"),
        "kind": const("warehouse"),
        **_ADDRESS,
    },
)

STOCK = FieldMap(
    entities.StockLevel,
    {
        "source_id": at("id"),
        "product_source_id": at("id"),
        "on_hand": at("inventory"),
        "unit": UNIT,
        "unit_cost": at("unitCost"),
        "currency": LOCAL,
    },
    where=(Where("type", equals="Inventory"),),
)

STOCK_BY_LOCATION = FieldMap(
    entities.StockLevel,
    {
        "source_id": joined("itemNumber", at("locationCode", default="-")),
        "product_source_id": at("itemId"),
        "location_source_id": at("locationId"),
        "on_hand": at("quantity"),
    },
)
"""For a page of the admin's own; `fields:` maps what else it has."""

ORDERS = FieldMap(
    entities.Order,
    {
        "source_id": at("number"),
        "source_updated_at": STAMP,
        "number": at("number"),
        "customer_source_id": at("customerId"),
        "status": computed(words.order_status, uses=("status", "fullyShipped", "salesOrderLines.shippedQuantity")),
        "source_status": at("status"),
        "po_number": at("externalDocumentNumber"),
        "sales_rep": at("salesperson"),
        "ordered_at": at("orderDate"),
        "requested_at": at("requestedDeliveryDate"),
        "currency": CURRENCY,
        "subtotal": computed(words.subtotal, uses=("totalAmountExcludingTax", "discountAmount", "pricesIncludeTax")),
        "discount": computed(words.discount, uses=("discountAmount", "pricesIncludeTax")),
        "tax": at("totalTaxAmount"),
        "total": at("totalAmountIncludingTax"),
        "tax_included": at("pricesIncludeTax"),
        "ship_city": at("shipToCity"),
        "ship_region": at("shipToState"),
        "ship_postal_code": at("shipToPostCode"),
        "ship_country": at("shipToCountry"),
    },
)

ORDER_LINES = FieldMap(
    entities.OrderLine,
    {
        "source_id": at("id"),
        "source_updated_at": at("^lastModifiedDateTime"),
        "order_source_id": at("^number"),
        "line_number": at("sequence"),
        "product_source_id": at("itemId"),
        "sku": at("lineObjectNumber"),
        "name": at("description"),
        "quantity": at("quantity"),
        "quantity_shipped": at("shippedQuantity"),
        "unit": UNIT,
        "unit_price": at("unitPrice"),
        "discount": at("discountAmount"),
        "tax": at("totalTaxAmount"),
        "total": at("amountExcludingTax"),
        "currency": LINE_CURRENCY,
        "ordered_at": at("^orderDate"),
        "requested_at": at("^requestedDeliveryDate"),
        "promised_at": at("shipmentDate"),
        "location_source_id": at("locationId"),
    },
    each="salesOrderLines",
    where=NO_COMMENT,
    replaces="order_source_id",
)

SHIPMENTS = FieldMap(
    entities.Shipment,
    {
        "source_id": at("id"),
        "source_updated_at": STAMP,
        "order_source_id": at("orderNumber"),
        "number": at("number"),
        "status": const("shipped"),
        "service": at("shipmentMethodCode"),
        "shipped_at": at("postingDate"),
        "ship_country": at("shipToCountry"),
    },
)

SHIPMENT_LINES = FieldMap(
    entities.ShipmentLine,
    {
        "source_id": at("id"),
        "source_updated_at": at("^lastModifiedDateTime"),
        "shipment_source_id": at("^id"),
        "order_source_id": at("^orderNumber"),
        "product_source_id": at("itemId"),
        "sku": at("lineObjectNumber"),
        "quantity": at("quantity"),
        "unit": UNIT,
    },
    each="salesShipmentLines",
    where=NO_COMMENT,
    replaces="shipment_source_id",
)

INVOICES = FieldMap(
    entities.Invoice,
    {
        "source_id": at("id"),
        "source_updated_at": STAMP,
        "number": at("number"),
        "kind": const("invoice"),
        "status": at("status", values={"Draft": "draft", "In Review": "draft", "Open": "open", "Paid": "paid",
                                       "Canceled": "cancelled", "Corrective": "open", "*": "open"}, default="open"),
        "source_status": at("status"),
        "customer_source_id": at("customerId"),
        "order_source_id": at("orderNumber"),
        "issued_at": at("invoiceDate"),
        "due_at": at("dueDate"),
        "currency": CURRENCY,
        "net": at("totalAmountExcludingTax"),
        "tax": at("totalTaxAmount"),
        "total": at("totalAmountIncludingTax"),
    },
)  # fmt: skip

INVOICE_LINES = FieldMap(
    entities.InvoiceLine,
    {
        "source_id": at("id"),
        "source_updated_at": at("^lastModifiedDateTime"),
        "invoice_source_id": at("^id"),
        "order_source_id": at("^orderNumber"),
        "product_source_id": at("itemId"),
        "sku": at("lineObjectNumber"),
        "quantity": at("quantity"),
        "unit": UNIT,
        "net": at("netAmount"),
        "tax": at("netTaxAmount"),
        "currency": LINE_CURRENCY,
    },
    each="salesInvoiceLines",
    where=NO_COMMENT,
    replaces="invoice_source_id",
)

CREDIT_NOTES = FieldMap(
    entities.Invoice,
    {
        "source_id": at("id"),
        "source_updated_at": STAMP,
        "number": at("number"),
        "kind": const("credit_note"),
        "status": at("status", values={"Draft": "draft", "In Review": "draft", "Open": "open", "Paid": "paid",
                                       "Canceled": "cancelled", "Corrective": "open", "*": "open"}, default="open"),
        "source_status": at("status"),
        "customer_source_id": at("customerId"),
        "issued_at": at("creditMemoDate"),
        "due_at": at("dueDate"),
        "currency": CURRENCY,
        "net": at("totalAmountExcludingTax"),
        "tax": at("totalTaxAmount"),
        "total": at("totalAmountIncludingTax"),
    },
)  # fmt: skip

CREDIT_NOTE_LINES = FieldMap(
    entities.InvoiceLine,
    {
        "source_id": at("id"),
        "source_updated_at": at("^lastModifiedDateTime"),
        "invoice_source_id": at("^id"),
        "product_source_id": at("itemId"),
        "sku": at("lineObjectNumber"),
        "quantity": at("quantity"),
        "unit": UNIT,
        "net": at("netAmount"),
        "tax": at("netTaxAmount"),
        "currency": LINE_CURRENCY,
    },
    each="salesCreditMemoLines",
    where=NO_COMMENT,
    replaces="invoice_source_id",
)

RETURNS = FieldMap(
    entities.Return,
    {
        "source_id": at("id"),
        "source_updated_at": at("^lastModifiedDateTime"),
        "number": at("^number"),
        "customer_source_id": at("^customerId"),
        "product_source_id": at("itemId"),
        "sku": at("lineObjectNumber"),
        "status": at("^status", values={"Draft": "requested", "In Review": "requested", "Open": "completed",
                                        "Paid": "completed", "Canceled": "cancelled", "Corrective": "completed",
                                        "*": "completed"}, default="completed"),
        "source_status": at("^status"),
        "reason": at("^customerReturnReason.description"),
        "quantity": at("quantity"),
        "unit": UNIT,
        "unit_price": at("unitPrice"),
        "refund": at("netAmount"),
        "tax": at("netTaxAmount"),
        "currency": LINE_CURRENCY,
        "location_source_id": at("locationId"),
        "returned_at": at("^postingDate"),
    },
    each="salesCreditMemoLines",
    where=NO_COMMENT,
)  # fmt: skip

PURCHASE_ORDERS = FieldMap(
    entities.PurchaseOrder,
    {
        "source_id": at("number"),
        "source_updated_at": STAMP,
        "number": at("number"),
        "supplier_source_id": at("vendorId"),
        "status": computed(
            words.purchase_status, uses=("status", "fullyReceived", "purchaseOrderLines.receivedQuantity")
        ),
        "source_status": at("status"),
        "ordered_at": at("orderDate"),
        "currency": CURRENCY,
        "total": at("totalAmountExcludingTax"),
    },
)

PURCHASE_ORDER_LINES = FieldMap(
    entities.PurchaseOrderLine,
    {
        "source_id": at("id"),
        "source_updated_at": at("^lastModifiedDateTime"),
        "purchase_order_source_id": at("^number"),
        "line_number": at("sequence"),
        "product_source_id": at("itemId"),
        "sku": at("lineObjectNumber"),
        "location_source_id": at("locationId"),
        "quantity": at("quantity"),
        "quantity_received": at("receivedQuantity"),
        "unit": UNIT,
        "unit_price": at("directUnitCost"),
        "total": at("netAmount"),
        "currency": LINE_CURRENCY,
        "requested_at": at("^requestedReceiptDate"),
        "promised_at": at("expectedReceiptDate"),
    },
    each="purchaseOrderLines",
    where=NO_COMMENT,
    replaces="purchase_order_source_id",
)

RECEIPTS = FieldMap(
    entities.Receipt,
    {
        "source_id": at("id"),
        "source_updated_at": at("^lastModifiedDateTime"),
        "purchase_order_source_id": at("^orderNumber"),
        "product_source_id": at("itemId"),
        "quantity": at("quantity"),
        "unit": UNIT,
        "received_at": at("^postingDate"),
    },
    each="purchaseReceiptLines",
    where=NO_COMMENT,
)

FX_RATES = FieldMap(
    entities.FxRate,
    {
        "source_id": at("id"),
        "source_updated_at": STAMP,
        "base_currency": first_of("relationalCurrencyCode", "localCurrencyCode"),
        "currency": at("currencyCode"),
        "rate_on": at("startingDate"),
        "rate": computed(words.rate, uses=("exchangeRateAmount", "relationalExchangeRateAmount")),
    },
)
