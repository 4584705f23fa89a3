"""The resources that the simulator has, with all properties of API v2.0, and how they lead to one another."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from typing import Any

from hub.sdk.simulator.odata import EntitySet, Navigation, Property

COMPANY = "$company"
"""Field of every row: the id of its company. No property, so that it is not sent."""

_KEYS = {"contactsInformation": ("contactId", "relatedId")}
_BLANK: dict[str, Any] = {
    "Guid": "00000000-0000-0000-0000-000000000000", "String": "", "Decimal": Decimal(0), "Int32": 0, "Int64": 0,
    "Boolean": False, "Date": date(1, 1, 1), "DateTimeOffset": datetime(1, 1, 1, tzinfo=UTC),
}  # fmt: skip
"""Business Central has no nulls."""

_LINES = {
    "salesOrders": "salesOrderLines", "salesShipments": "salesShipmentLines", "salesInvoices": "salesInvoiceLines",
    "salesCreditMemos": "salesCreditMemoLines", "purchaseOrders": "purchaseOrderLines",
    "purchaseInvoices": "purchaseInvoiceLines", "purchaseReceipts": "purchaseReceiptLines",
}  # fmt: skip
_ONE = {
    "items": (
        ("itemCategory", "itemCategories", "itemCategoryId"),
        ("unitOfMeasure", "unitsOfMeasure", "baseUnitOfMeasureId"),
    ),
    "salesCreditMemos": (("customerReturnReason", "customerReturnReasons", "customerReturnReasonId"),),
}  # fmt: skip
TABLES = {
    "vendors": "suppliers", "items": "products", "salesOrders": "orders", "salesShipments": "shipments",
    "salesInvoices": "invoices", "salesCreditMemos": "creditmemos", "purchaseOrders": "purchase_orders",
    "purchaseReceipts": "receipts", "currencyExchangeRates": "fx_rates",
}  # fmt: skip
"""Set -> table, where a stream has another name."""
_MANY = {"contacts": (("contactInformation", "contactsInformation", "contactId"),)}

RESOURCES = {
    ("companies", "company"): """
        Guid: id systemCreatedBy systemModifiedBy
        String: systemVersion name displayName businessProfileId
        Int64: timestamp
        DateTimeOffset: systemCreatedAt systemModifiedAt
    """,
    ("companyInformation", "companyInformation"): """
        Guid: id
        String: displayName addressLine1 addressLine2 city state country postalCode phoneNumber faxNumber email
        String: website taxRegistrationNumber currencyCode industry experience
        Date: currentFiscalYearStartDate
        DateTimeOffset: lastModifiedDateTime
    """,
    ("generalLedgerSetup", "generalLedgerSetup"): """
        Guid: id
        Date: allowPostingFrom allowPostingTo
        String: additionalReportingCurrency localCurrencyCode localCurrencySymbol shortcutDimension1Code
        String: shortcutDimension2Code shortcutDimension3Code shortcutDimension4Code shortcutDimension5Code
        String: shortcutDimension6Code shortcutDimension7Code shortcutDimension8Code
        DateTimeOffset: lastModifiedDateTime
        Boolean: allowQueryFromConsolidation
    """,
    ("customers", "customer"): """
        Guid: id taxAreaId currencyId paymentTermsId shipmentMethodId paymentMethodId
        String: number displayName addressLine1 addressLine2 city state country postalCode phoneNumber email
        String: website salespersonCode taxAreaDisplayName taxRegistrationNumber currencyCode
        Enum(Company;Person): type
        Decimal: balanceDue creditLimit
        Boolean: taxLiable
        Enum(_x0020_;Ship;Invoice;All): blocked
        DateTimeOffset: lastModifiedDateTime
    """,
    ("contacts", "contact"): """
        Guid: id
        String: number displayName jobTitle companyNumber companyName addressLine1 addressLine2 city state country
        String: postalCode phoneNumber mobilePhoneNumber email website searchName taxRegistrationNumber
        Enum(Company;Person): type
        Enum(_x0020_;Customer;Vendor;Multiple;None): contactBusinessRelation
        Boolean: privacyBlocked
        Date: lastInteractionDate
        DateTimeOffset: lastModifiedDateTime
    """,
    ("contactsInformation", "contactInformation"): """
        Guid: contactId relatedId
        String: contactNumber contactName
        Enum(Company;Person): contactType
        Enum(_x0020_;Customer;Vendor;Bank_x0020_Account;Employee): relatedType
    """,
    ("vendors", "vendor"): """
        Guid: id currencyId paymentTermsId paymentMethodId
        String: number displayName addressLine1 addressLine2 city state country postalCode phoneNumber email
        String: website taxRegistrationNumber currencyCode irs1099Code
        Boolean: taxLiable
        Enum(_x0020_;Payment;All): blocked
        Decimal: balance
        DateTimeOffset: lastModifiedDateTime
    """,
    ("items", "item"): """
        Guid: id itemCategoryId taxGroupId baseUnitOfMeasureId generalProductPostingGroupId
        Guid: inventoryPostingGroupId
        String: number displayName displayName2 itemCategoryCode gtin taxGroupCode baseUnitOfMeasureCode
        String: generalProductPostingGroupCode inventoryPostingGroupCode
        Enum(Inventory;Service;Non-Inventory): type
        Boolean: blocked priceIncludesTax
        Decimal: inventory unitPrice unitCost
        DateTimeOffset: lastModifiedDateTime
    """,
    ("itemCategories", "itemCategory"): """
        Guid: id
        String: code displayName
        DateTimeOffset: lastModifiedDateTime
    """,
    ("unitsOfMeasure", "unitOfMeasure"): """
        Guid: id
        String: code displayName internationalStandardCode symbol
        DateTimeOffset: lastModifiedDateTime
    """,
    ("itemLedgerEntries", "itemLedgerEntry"): """
        Guid: id
        Int32: entryNumber
        String: itemNumber sourceNumber documentNumber description
        Date: postingDate
        Enum(Purchase;Sale;Positive_x0020_Adjmt_x002E_;Negative_x0020_Adjmt_x002E_;Transfer): entryType
        Enum(_x0020_;Customer;Vendor;Item): sourceType
        Enum(_x0020_;Sales_x0020_Shipment;Purchase_x0020_Receipt): documentType
        Decimal: quantity salesAmountActual costAmountActual
        DateTimeOffset: lastModifiedDateTime
    """,
    ("locations", "location"): """
        Guid: id
        String: code displayName contact addressLine1 addressLine2 city state country postalCode phoneNumber email
        String: website
        DateTimeOffset: lastModifiedDateTime
    """,
    ("salesOrders", "salesOrder"): """
        Guid: id customerId billToCustomerId currencyId paymentTermsId shipmentMethodId
        String: number externalDocumentNumber customerNumber customerName billToName billToCustomerNumber
        String: shipToName shipToContact sellToAddressLine1 sellToAddressLine2 sellToCity sellToCountry
        String: sellToState sellToPostCode billToAddressLine1 billToAddressLine2 billToCity billToCountry
        String: billToState billToPostCode shipToAddressLine1 shipToAddressLine2 shipToCity shipToCountry
        String: shipToState shipToPostCode shortcutDimension1Code shortcutDimension2Code currencyCode salesperson
        String: phoneNumber email
        Date: orderDate postingDate requestedDeliveryDate
        Boolean: pricesIncludeTax partialShipping discountAppliedBeforeTax fullyShipped
        Decimal: discountAmount totalAmountExcludingTax totalTaxAmount totalAmountIncludingTax
        Enum(Draft;In_x0020_Review;Open): status
        DateTimeOffset: lastModifiedDateTime
    """,
    ("salesOrderLines", "salesOrderLine"): """
        Guid: id documentId itemId accountId unitOfMeasureId itemVariantId locationId
        Int32: sequence
        Enum(Comment;Account;Item;Resource;Fixed_x0020_Asset;Charge): lineType
        String: lineObjectNumber description description2 unitOfMeasureCode taxCode
        Decimal: quantity unitPrice discountAmount discountPercent amountExcludingTax taxPercent totalTaxAmount
        Decimal: amountIncludingTax invoiceDiscountAllocation netAmount netTaxAmount netAmountIncludingTax
        Decimal: shippedQuantity invoicedQuantity invoiceQuantity shipQuantity
        Boolean: discountAppliedBeforeTax
        Date: shipmentDate
    """,
    ("salesShipments", "salesShipment"): """
        Guid: id customerId billToCustomerId
        String: number externalDocumentNumber customerPurchaseOrderReference customerNumber customerName
        String: billToName billToCustomerNumber shipToName shipToContact sellToAddressLine1 sellToAddressLine2
        String: sellToCity sellToCountry sellToState sellToPostCode billToAddressLine1 billToAddressLine2
        String: billToCity billToCountry billToState billToPostCode shipToAddressLine1 shipToAddressLine2
        String: shipToCity shipToCountry shipToState shipToPostCode currencyCode orderNumber paymentTermsCode
        String: shipmentMethodCode salesperson phoneNumber email
        Date: invoiceDate postingDate dueDate
        Boolean: pricesIncludeTax
        DateTimeOffset: lastModifiedDateTime
    """,
    ("salesShipmentLines", "salesShipmentLine"): """
        Guid: id documentId
        String: documentNo lineObjectNumber description description2 unitOfMeasureCode
        Int32: sequence
        Enum(_x0020_;G_x002F_L_x0020_Account;Item;Resource;Fixed_x0020_Asset;Charge_x0020_Item): lineType
        Decimal: unitPrice quantity discountPercent taxPercent
        Date: shipmentDate
    """,
    ("salesInvoices", "salesInvoice"): """
        Guid: id customerId billToCustomerId currencyId orderId paymentTermsId shipmentMethodId disputeStatusId
        String: number externalDocumentNumber customerPurchaseOrderReference customerNumber customerName
        String: billToName billToCustomerNumber shipToName shipToContact sellToAddressLine1 sellToAddressLine2
        String: sellToCity sellToCountry sellToState sellToPostCode billToAddressLine1 billToAddressLine2
        String: billToCity billToCountry billToState billToPostCode shipToAddressLine1 shipToAddressLine2
        String: shipToCity shipToCountry shipToState shipToPostCode shortcutDimension1Code shortcutDimension2Code
        String: currencyCode orderNumber salesperson disputeStatus phoneNumber email
        Date: invoiceDate postingDate dueDate promisedPayDate
        Boolean: pricesIncludeTax discountAppliedBeforeTax
        Decimal: remainingAmount discountAmount totalAmountExcludingTax totalTaxAmount totalAmountIncludingTax
        Enum(_x0020_;Draft;In_x0020_Review;Open;Paid;Canceled;Corrective): status
        DateTimeOffset: lastModifiedDateTime
    """,
    ("salesInvoiceLines", "salesInvoiceLine"): """
        Guid: id documentId itemId accountId unitOfMeasureId itemVariantId locationId
        Int32: sequence
        Enum(Comment;Account;Item;Resource;Fixed_x0020_Asset;Charge): lineType
        String: lineObjectNumber description description2 unitOfMeasureCode taxCode
        Decimal: quantity unitPrice discountAmount discountPercent amountExcludingTax taxPercent totalTaxAmount
        Decimal: amountIncludingTax invoiceDiscountAllocation netAmount netTaxAmount netAmountIncludingTax
        Boolean: discountAppliedBeforeTax
        Date: shipmentDate
    """,
    ("salesCreditMemos", "salesCreditMemo"): """
        Guid: id customerId billToCustomerId currencyId paymentTermsId shipmentMethodId invoiceId
        Guid: customerReturnReasonId
        String: number externalDocumentNumber customerNumber customerName billToName billToCustomerNumber
        String: sellToAddressLine1 sellToAddressLine2 sellToCity sellToCountry sellToState sellToPostCode
        String: billToAddressLine1 billToAddressLine2 billToCity billToCountry billToState billToPostCode
        String: shortcutDimension1Code shortcutDimension2Code currencyCode salesperson invoiceNumber phoneNumber
        String: email
        Date: creditMemoDate postingDate dueDate
        Boolean: pricesIncludeTax discountAppliedBeforeTax
        Decimal: discountAmount totalAmountExcludingTax totalTaxAmount totalAmountIncludingTax
        Enum(Draft;In_x0020_Review;Open;Canceled;Corrective;Paid): status
        DateTimeOffset: lastModifiedDateTime
    """,
    ("salesCreditMemoLines", "salesCreditMemoLine"): """
        Guid: id documentId itemId accountId unitOfMeasureId itemVariantId locationId
        Int32: sequence
        Enum(Comment;Account;Item;Resource;Fixed_x0020_Asset;Charge): lineType
        String: lineObjectNumber description description2 unitOfMeasureCode taxCode
        Decimal: unitPrice quantity discountAmount discountPercent amountExcludingTax taxPercent totalTaxAmount
        Decimal: amountIncludingTax invoiceDiscountAllocation netAmount netTaxAmount netAmountIncludingTax
        Boolean: discountAppliedBeforeTax
        Date: shipmentDate
    """,
    ("purchaseOrders", "purchaseOrder"): """
        Guid: id vendorId payToVendorId currencyId paymentTermsId shipmentMethodId
        String: number vendorNumber vendorName payToName payToVendorNumber shipToName shipToContact
        String: buyFromAddressLine1 buyFromAddressLine2 buyFromCity buyFromCountry buyFromState buyFromPostCode
        String: payToAddressLine1 payToAddressLine2 payToCity payToCountry payToState payToPostCode
        String: shipToAddressLine1 shipToAddressLine2 shipToCity shipToCountry shipToState shipToPostCode
        String: shortcutDimension1Code shortcutDimension2Code currencyCode purchaser
        Date: orderDate postingDate requestedReceiptDate
        Boolean: pricesIncludeTax discountAppliedBeforeTax fullyReceived
        Decimal: discountAmount totalAmountExcludingTax totalTaxAmount totalAmountIncludingTax
        Enum(Draft;In_x0020_Review;Open): status
        DateTimeOffset: lastModifiedDateTime
    """,
    ("purchaseOrderLines", "purchaseOrderLine"): """
        Guid: id documentId itemId accountId unitOfMeasureId itemVariantId locationId
        Int32: sequence
        Enum(Comment;Account;Item;Resource;Fixed_x0020_Asset;Charge): lineType
        String: lineObjectNumber description description2 unitOfMeasureCode taxCode
        Decimal: quantity directUnitCost discountAmount discountPercent amountExcludingTax taxPercent
        Decimal: totalTaxAmount amountIncludingTax invoiceDiscountAllocation netAmount netTaxAmount
        Decimal: netAmountIncludingTax receivedQuantity invoicedQuantity invoiceQuantity receiveQuantity
        Boolean: discountAppliedBeforeTax
        Date: expectedReceiptDate
    """,
    ("purchaseInvoices", "purchaseInvoice"): """
        Guid: id vendorId payToVendorId currencyId orderId
        String: number vendorInvoiceNumber vendorNumber vendorName payToName payToContact payToVendorNumber
        String: shipToName shipToContact buyFromAddressLine1 buyFromAddressLine2 buyFromCity buyFromCountry
        String: buyFromState buyFromPostCode shipToAddressLine1 shipToAddressLine2 shipToCity shipToCountry
        String: shipToState shipToPostCode payToAddressLine1 payToAddressLine2 payToCity payToCountry payToState
        String: payToPostCode shortcutDimension1Code shortcutDimension2Code currencyCode orderNumber purchaser
        Date: postingDate invoiceDate dueDate
        Boolean: pricesIncludeTax discountAppliedBeforeTax
        Decimal: discountAmount totalAmountExcludingTax totalTaxAmount totalAmountIncludingTax
        Enum(_x0020_;Draft;In_x0020_Review;Open;Paid;Canceled;Corrective): status
        DateTimeOffset: lastModifiedDateTime
    """,
    ("purchaseInvoiceLines", "purchaseInvoiceLine"): """
        Guid: id documentId itemId accountId unitOfMeasureId itemVariantId locationId
        Int32: sequence
        Enum(Comment;Account;Item;Resource;Fixed_x0020_Asset;Charge): lineType
        String: lineObjectNumber description description2 unitOfMeasureCode taxCode
        Decimal: unitCost quantity discountAmount discountPercent amountExcludingTax taxPercent totalTaxAmount
        Decimal: amountIncludingTax invoiceDiscountAllocation netAmount netTaxAmount netAmountIncludingTax
        Boolean: discountAppliedBeforeTax
        Date: expectedReceiptDate
    """,
    ("purchaseReceipts", "purchaseReceipt"): """
        Guid: id
        String: number vendorNumber vendorName payToName payToContact payToVendorNumber shipToName shipToContact
        String: buyFromAddressLine1 buyFromAddressLine2 buyFromCity buyFromCountry buyFromState buyFromPostCode
        String: shipToAddressLine1 shipToAddressLine2 shipToCity shipToCountry shipToState shipToPostCode
        String: payToAddressLine1 payToAddressLine2 payToCity payToCountry payToState payToPostCode currencyCode
        String: orderNumber
        Date: invoiceDate postingDate dueDate
        DateTimeOffset: lastModifiedDateTime
    """,
    ("purchaseReceiptLines", "purchaseReceiptLine"): """
        Guid: id documentId
        Int32: sequence
        Enum(_x0020_;G_x002F_L_x0020_Account;Item;Resource;Fixed_x0020_Asset;Charge_x0020_Item): lineType
        String: lineObjectNumber description description2 unitOfMeasureCode
        Decimal: unitCost quantity discountPercent taxPercent
        Date: expectedReceiptDate
    """,
    ("currencyExchangeRates", "currencyExchangeRate"): """
        Guid: id
        String: currencyCode relationalCurrencyCode
        Date: startingDate
        Decimal: exchangeRateAmount relationalExchangeRateAmount
        DateTimeOffset: lastModifiedDateTime
    """,
    ("customerReturnReasons", "customerReturnReason"): """
        Guid: id
        String: code description
        DateTimeOffset: lastModifiedDateTime
    """,
}
"""(set, type) -> its properties by their types, each with `Type: names` in a line."""

OWN_PAGE = """
        Guid: systemId
        String: itemNumber locationCode
        Decimal: quantity
"""
"""An API page of an admin's own: stock per location."""


@cache
def entity_sets() -> tuple[EntitySet, ...]:
    """The sets of the standard API; all but the companies are reached through these."""
    return tuple(_entity_set(name, kind, text) for (name, kind), text in RESOURCES.items())


@cache
def own_sets() -> tuple[EntitySet, ...]:
    """The sets of the admin's own API."""
    companies = _properties("companies", RESOURCES["companies", "company"])
    stock = Navigation("stockByLocations", "stockByLocations", (("id", COMPANY),))
    blank = _blank(companies)
    return (
        EntitySet("companies", "company", companies, "companies", (stock,), blank=blank),
        EntitySet(
            "stockByLocations", "stockByLocation", _properties("stockByLocations", OWN_PAGE), "stock_by_location",
            top_level=False,
        ),
    )  # fmt: skip


def _entity_set(name: str, kind: str, text: str) -> EntitySet:
    listed = _properties(name, text)
    return EntitySet(
        name,
        kind,
        listed,
        table=TABLES.get(name, name),
        navigations=tuple(_navigations(name)),
        top_level=name == "companies",
        order=("sequence",) if name in _LINES.values() else (),
        blank=_blank(listed),
    )


def _navigations(name: str) -> Iterator[Navigation]:
    if name == "companies":
        for other, _ in RESOURCES:
            if other != "companies":
                yield Navigation(other, other, (("id", COMPANY),))
    if name in _LINES:
        yield Navigation(_LINES[name], _LINES[name], (("id", "documentId"),))
    for navigation, target, own in _ONE.get(name, ()):
        yield Navigation(navigation, target, ((own, "id"),), many=False)
    for navigation, target, other in _MANY.get(name, ()):
        yield Navigation(navigation, target, (("id", other),))


def _properties(name: str, text: str) -> tuple[Property, ...]:
    keys = _KEYS.get(name, ("id", "systemId"))
    found = []
    for line in text.strip().splitlines():
        kind, _, names = line.strip().partition(": ")
        kind, _, members = kind.partition("(")
        for each in names.split():
            words = tuple(members.rstrip(")").split(";")) if members else ()
            found.append(Property(each, kind, key=each in keys, nullable=False, members=words))
    return tuple(found)


def _blank(listed: tuple[Property, ...]) -> dict[str, Any]:
    return {each.name: each.members[0] if each.members else _BLANK[each.type] for each in listed}
