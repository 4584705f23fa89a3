"""SAP's master data and stock, and ours: tables, no code. Paths are properties and navigations of the V2 services.

Made by the connector, since settings or other requests are needed for them: `changed_at`, `created_at`, `main_address`,
`description`, `person` and `company`. What a system's $metadata does not have stays empty.
"""

from __future__ import annotations

from collections.abc import Mapping

from connectors.sap import values as v
from connectors.sap.units import UNITS
from hub.sdk import At, FieldMap, FieldSource, Where, at, computed, const, entities, first_of, joined


def unit(path: str, more: Mapping[str, str] | None = None) -> At:
    """A unit of measure by any of SAP's codes."""
    return at(path, values={**UNITS, **(more or {})})


_MAIL_USES = tuple(f"to_EmailAddress.{name}" for name in ("EmailAddress", "IsDefaultEmailAddress"))
_PHONE_USES = tuple(
    f"to_PhoneNumber.{name}" for name in ("PhoneNumber", "InternationalPhoneNumber", "IsDefaultPhoneNumber")
)
_TAX_USES = (
    "to_BusinessPartnerTax.BPTaxType", "to_BusinessPartnerTax.BPTaxNumber", "to_BusinessPartnerTax.BPTaxLongNumber",
    "to_Customer.VATRegistration", "to_Supplier.VATRegistration",
)  # fmt: skip
_NAME = ("BusinessPartnerFullName", "OrganizationBPName1", "BusinessPartnerName", "LastName", "SearchTerm1")
_MAIN: dict[str, FieldSource] = {
    "street": at("main_address.street"),
    "street2": first_of("main_address.StreetPrefixName", "main_address.AdditionalStreetPrefixName"),
    "city": at("main_address.CityName"),
    "region": at("main_address.Region"),
    "postal_code": at("main_address.PostalCode"),
    "country": at("main_address.Country"),
    "email": at("main_address.email"),
    "phone": at("main_address.phone"),
    "website": at("main_address.to_URLAddress.0.WebsiteURL"),
}

CUSTOMERS = FieldMap(
    entities.Customer,
    {
        "source_id": at("Customer"),
        "source_updated_at": at("changed_at"),
        "name": first_of(*_NAME),
        "legal_name": joined("OrganizationBPName1", "OrganizationBPName2", separator=" "),
        "kind": at("BusinessPartnerCategory", values={"1": "person", "2": "company", "3": "company", "*": None}),
        "status": computed(v.customer_status, uses=("IsMarkedForArchiving", "BusinessPartnerIsBlocked",
                           "to_Customer.DeletionIndicator", "to_Customer.OrderIsBlockedForCustomer")),
        "source_status": computed(v.customer_words, uses=("to_Customer.DeliveryIsBlocked",
                                  "to_Customer.BillingIsBlockedForCustomer", "to_Customer.PostingIsBlocked")),
        "number": at("BusinessPartner"),
        **_MAIN,
        "tax_id": computed(v.tax_number, uses=_TAX_USES),
        "tax_country": computed(v.tax_country, uses=("to_BusinessPartnerTax.BPTaxType",)),
        "gln": joined("InternationalLocationNumber1", "InternationalLocationNumber2", "InternationalLocationNumber3",
                      separator=""),
        "industry": first_of("to_Customer.Industry", "Industry"),
        "industry_code": at("to_Customer.IndustryCode1"),
        "currency": at("to_Customer.to_CustomerSalesArea.0.Currency"),
        "language": first_of("CorrespondenceLanguage", "Language"),
        "segment": first_of("to_Customer.to_CustomerSalesArea.0.CustomerGroup", "to_Customer.CustomerClassification"),
        "created_at": at("created_at"),
    },
    where=(Where("Customer", empty=False),),
)  # fmt: skip

SUPPLIERS = FieldMap(
    entities.Supplier,
    {
        "source_id": at("Supplier"),
        "source_updated_at": at("changed_at"),
        "name": first_of(*_NAME),
        "legal_name": joined("OrganizationBPName1", "OrganizationBPName2", separator=" "),
        "number": at("BusinessPartner"),
        "status": computed(v.supplier_status, uses=("IsMarkedForArchiving", "BusinessPartnerIsBlocked",
                           "to_Supplier.DeletionIndicator", "to_Supplier.PurchasingIsBlocked",
                           "to_Supplier.SupplierProcurementBlock")),
        "source_status": computed(v.supplier_words, uses=("to_Supplier.PostingIsBlocked",)),
        **_MAIN,
        "tax_id": computed(v.tax_number, uses=_TAX_USES),
        "currency": at("to_Supplier.to_SupplierPurchasingOrg.0.PurchaseOrderCurrency"),
        "created_at": at("created_at"),
    },
    where=(Where("Supplier", empty=False),),
)  # fmt: skip

_ADDRESS: dict[str, FieldSource] = {
    "source_id": joined("^BusinessPartner", "AddressID"),
    "source_updated_at": at("^changed_at"),
    "customer_source_id": at("^Customer"),
    "supplier_source_id": at("^Supplier"),
    "role": computed(v.address_role, uses=("to_AddressUsage.AddressUsage", "to_AddressUsage.StandardUsage")),
    "name": first_of("CareOfName", "FullName"),
    "street": computed(v.streets, uses=("StreetName", "HouseNumber")),
    "street2": first_of("StreetPrefixName", "AdditionalStreetPrefixName"),
    "city": at("CityName"),
    "region": at("Region"),
    "postal_code": first_of("PostalCode", "POBoxPostalCode"),
    "country": at("Country"),
    "phone": computed(v.address_phone, uses=_PHONE_USES),
    "email": computed(v.address_email, uses=_MAIL_USES),
}
_VALIDITY = {"valid_from": "ValidityStartDate", "valid_to": "ValidityEndDate"}
ADDRESSES = (
    FieldMap(
        entities.Address, _ADDRESS, each="to_BusinessPartnerAddress", where=(Where("^Customer", empty=False),),
        replaces="customer_source_id", optional=True,
    ).overridden({}, extras=_VALIDITY),
    FieldMap(
        entities.Address, _ADDRESS, each="to_BusinessPartnerAddress",
        where=(Where("^Customer", empty=True), Where("^Supplier", empty=False)),
        replaces="supplier_source_id", optional=True,
    ).overridden({}, extras=_VALIDITY),
)  # fmt: skip
"""One map for customers, also where they are suppliers, and one for those that only supply: an address that a partner
no longer has goes with whom it belonged to."""

CONTACTS = FieldMap(
    entities.Contact,
    {
        "source_id": at("key"),
        "customer_source_id": at("company.Customer"),
        "supplier_source_id": at("company.Supplier"),
        "name": first_of("person.PersonFullName", "person.BusinessPartnerFullName"),
        "first_name": at("person.FirstName"),
        "last_name": at("person.LastName"),
        "title": first_of("to_ContactRelationship.ContactPersonFunctionName", "person.BusinessPartnerOccupation"),
        "department": at("to_ContactRelationship.ContactPersonDepartmentName"),
        "role": at("to_ContactRelationship.ContactPersonFunction"),
        "email": first_of("to_ContactRelationship.EmailAddress",
                          "to_ContactAddress.0.to_EmailAddress.0.EmailAddress"),
        "phone": first_of("to_ContactRelationship.PhoneNumber",
                          "to_ContactAddress.0.to_PhoneNumber.0.InternationalPhoneNumber",
                          "to_ContactAddress.0.to_PhoneNumber.0.PhoneNumber"),
        "mobile": at("to_ContactAddress.0.to_MobilePhoneNumber.0.InternationalPhoneNumber"),
        "is_primary": at("IsStandardRelationship"),
        "status": at("state"),
        "created_at": at("person.created_at"),
    },
    where=(Where("BusinessPartnerPerson", empty=False),),
)  # fmt: skip


def products(units: Mapping[str, str]) -> tuple[FieldMap, ...]:
    """Products with their units and what they cost; `units` are the system's own codes."""
    return (
        FieldMap(
            entities.Product,
            {
                "source_id": at("Product"),
                "source_updated_at": at("LastChangeDateTime"),
                "sku": at("Product"),
                "name": first_of("description", "Product"),
                "gtin": at("ProductStandardID"),
                "mpn": at("ProductManufacturerNumber"),
                "manufacturer": at("ManufacturerNumber"),
                "brand": at("Brand"),
                "category": first_of("ProductGroup", "ProductType"),
                "kind": at("ProductType", values={"DIEN": "service", "SERV": "service", "LEIS": "service",
                                                  "LEIH": "goods", "*": "goods"}),
                "status": computed(v.product_status, uses=("IsMarkedForDeletion",)),
                "source_status": at("CrossPlantStatus"),
                "unit": unit("BaseUnit", units),
                "weight_kg": computed(v.weight_kg, uses=("NetWeight", "GrossWeight", "WeightUnit")),
                "is_stocked": at("ProductType", values={"DIEN": False, "SERV": False, "NLAG": False, "LEIS": False,
                                                        "*": True}),
                "created_at": at("CreationDate"),
            },
            where=(Where("is_flagged", empty=True),),
        ),
        FieldMap(
            entities.ProductUnit,
            {
                "source_id": joined("^Product", "AlternativeUnit"),
                "source_updated_at": at("^LastChangeDateTime"),
                "product_source_id": at("^Product"),
                "unit": unit("AlternativeUnit", units),
                "source_unit": at("AlternativeUnit"),
                "numerator": at("QuantityNumerator"),
                "denominator": at("QuantityDenominator"),
                "gtin": at("GlobalTradeItemNumber"),
            },
            each="to_ProductUnitsOfMeasure",
            where=(Where("^is_flagged", empty=True),),
            replaces="product_source_id",
            optional=True,
        ),
        FieldMap(
            entities.ProductCost,
            {
                "source_id": joined("^Product", "ValuationArea"),
                "source_updated_at": at("^LastChangeDateTime"),
                "product_source_id": at("^Product"),
                "location_source_id": at("ValuationArea"),
                "valuation_method": computed(v.valuation_method, uses=("InventoryValuationProcedure",)),
                "cost": computed(v.valued_price, uses=("StandardPrice", "MovingAveragePrice",
                                                       "InventoryValuationProcedure")),
                "per_quantity": at("PriceUnitQty"),
                "unit": unit("BaseUnit", units),
                "currency": at("Currency"),
                "valid_from": at("PriceLastChangeDate"),
            },
            each="to_Valuation",
            where=(Where("^is_flagged", empty=True), Where("ValuationType", empty=True),
                   Where("IsMarkedForDeletion", not_one_of=("true", "X"))),
            replaces="product_source_id",
            optional=True,
        ).overridden({}, extras={"standard_price": "StandardPrice", "moving_average_price": "MovingAveragePrice",
                                 "price_control": "InventoryValuationProcedure"}),
    )  # fmt: skip


PLANTS = FieldMap(
    entities.Location,
    {"source_id": at("Plant"), "name": at("PlantName"), "kind": const("plant"), "is_active": const(True)},
)

STORAGE_LOCATIONS = FieldMap(
    entities.Location,
    {
        "source_id": joined("Plant", "StorageLocation"),
        "name": first_of("StorageLocationName", "StorageLocation"),
        "kind": const("warehouse"),
        "parent_source_id": at("Plant"),
        "is_active": const(True),
    },
)


def stock(units: Mapping[str, str]) -> FieldMap:
    """Stock in the product's base unit, each stock type by itself."""
    return FieldMap(
        entities.StockLevel,
        {
            "source_id": computed(v.stock_key, uses=v.STOCK_KEY),
            "product_source_id": at("Material"),
            "location_source_id": computed(v.locations("Plant", "StorageLocation"), uses=("Plant", "StorageLocation")),
            "stock_type": computed(v.stock_type, uses=("InventoryStockType", "InventorySpecialStockType")),
            "batch": at("Batch"),
            "on_hand": at("MatlWrhsStkQtyInMatlBaseUnit", round=6),
            "unit": unit("MaterialBaseUnit", units),
        },
    ).overridden({}, extras={"stock_type": "InventoryStockType", "special_stock": "InventorySpecialStockType",
                             "sales_order": "SDDocument", "supplier": "Supplier", "customer": "Customer"})  # fmt: skip
