"""The simulated services: sets with the properties that are worth simulating, named and typed as SAP has them.

A test compares names, types and keys with the vendor's files. A line holds a set's properties, each `Name Type flags`;
`S10` is a text of at most ten characters.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hub.sdk.simulator.odata import EntitySet, Navigation, Property, properties

_SHORT = re.compile(r"(\w+) S(\d+)")
_CREATED = "CreationDate DateTime, CreationTime Time"
_INITIAL: dict[str, Any] = {"String": "", "Boolean": False, "Decimal": 0}


@dataclass(frozen=True)
class Link:
    """A navigation: its name, the set it leads to, and `own=theirs` pairs of properties."""

    name: str
    target: str
    join: str
    many: bool = True

    def navigation(self) -> Navigation:
        pairs = tuple(tuple((pair + "=" + pair).split("=")[:2]) for pair in self.join.split())
        return Navigation(self.name, self.target, pairs, self.many)  # type: ignore[arg-type]


def _properties(text: str) -> tuple[Property, ...]:
    lines = (_SHORT.sub(r"\1 String(\2)", each.strip()) for each in text.replace("\n", " ").split(","))
    return properties("\n".join(" ".join(line.split()) for line in lines).replace(";", ","))


def entity_set(name: str, table: str, text: str, *links: Link, top_level: bool = True) -> EntitySet:
    """A set whose rows are in a table of the simulator."""
    columns = _properties(text)
    return EntitySet(
        name, f"{name}Type", columns, table, tuple(link.navigation() for link in links), top_level=top_level,
        blank={each.name: _INITIAL.get(each.type) for each in columns},
    )  # fmt: skip


class SapRow(dict[str, Any]):
    """A row that stores only what is not initial: SAP sends a blank text, not null, for a text that was never set."""

    initial: Mapping[str, Any]

    def __missing__(self, name: str) -> Any:
        return self.initial[name]


def row_class(found: EntitySet) -> type[SapRow]:
    """The class of a set's rows."""
    return type(f"Row_{found.type}", (SapRow,), {"initial": found.blank})


_PARTNER_ADDRESS = "BusinessPartner S10 key, AddressID S10 key"
_COMMUNICATION = "AddressID S10 key, Person S10 key, OrdinalNumber S3 key"

PARTNER_SETS = (
    entity_set(
        "A_BusinessPartner", "partners",
        f"""BusinessPartner S10 key, Customer S10, Supplier S10, BusinessPartnerCategory S1,
        BusinessPartnerFullName S81, BusinessPartnerName S81, OrganizationBPName1 S40, OrganizationBPName2 S40,
        FirstName S40, LastName S40,
        PersonFullName S80, Language S2, CorrespondenceLanguage S2, Industry S10, SearchTerm1 S20,
        BusinessPartnerOccupation S4, InternationalLocationNumber1 S7, InternationalLocationNumber2 S5,
        InternationalLocationNumber3 S1, {_CREATED}, LastChangeDate DateTime, LastChangeTime Time,
        BusinessPartnerIsBlocked Boolean, IsMarkedForArchiving Boolean""",
        Link("to_BusinessPartnerAddress", "A_BusinessPartnerAddress", "BusinessPartner"),
        Link("to_BusinessPartnerTax", "A_BusinessPartnerTaxNumber", "BusinessPartner"),
        Link("to_Customer", "A_Customer", "Customer", many=False),
        Link("to_Supplier", "A_Supplier", "Supplier", many=False),
        Link("to_BusinessPartnerContact", "A_BusinessPartnerContact", "BusinessPartner=BusinessPartnerCompany"),
    ),
    entity_set(
        "A_BusinessPartnerAddress", "addresses",
        f"""{_PARTNER_ADDRESS}, ValidityStartDate DateTimeOffset, ValidityEndDate DateTimeOffset, StreetName S60,
        HouseNumber S10, StreetPrefixName S40, AdditionalStreetPrefixName S40, CityName S40, PostalCode S10,
        POBoxPostalCode S10, Region S3, Country S3, CareOfName S40, FullName S80, AddressTimeZone S6""",
        Link("to_AddressUsage", "A_BuPaAddressUsage", "BusinessPartner AddressID"),
        Link("to_EmailAddress", "A_AddressEmailAddress", "AddressID"),
        Link("to_PhoneNumber", "A_AddressPhoneNumber", "AddressID"),
        Link("to_URLAddress", "A_AddressHomePageURL", "AddressID"),
    ),
    entity_set(
        "A_BuPaAddressUsage", "address_usages",
        """BusinessPartner S10 key, ValidityEndDate DateTimeOffset key, AddressUsage S10 key, AddressID S10 key,
        StandardUsage Boolean""",
    ),
    entity_set(
        "A_AddressEmailAddress", "emails", f"{_COMMUNICATION}, IsDefaultEmailAddress Boolean, EmailAddress S241",
    ),
    entity_set(
        "A_AddressPhoneNumber", "phones",
        f"""{_COMMUNICATION}, IsDefaultPhoneNumber Boolean, PhoneNumber S30, InternationalPhoneNumber S30,
        PhoneNumberType S1""",
    ),
    entity_set(
        "A_AddressHomePageURL", "websites",
        f"{_COMMUNICATION}, ValidityStartDate DateTime key, IsDefaultURLAddress Boolean key, WebsiteURL S2048",
    ),
    entity_set(
        "A_BusinessPartnerTaxNumber", "tax_numbers",
        "BusinessPartner S10 key, BPTaxType S4 key, BPTaxNumber S20, BPTaxLongNumber S60",
    ),
    entity_set(
        "A_Customer", "customers",
        """Customer S10 key, DeletionIndicator Boolean, OrderIsBlockedForCustomer S2, DeliveryIsBlocked S2,
        BillingIsBlockedForCustomer S2, PostingIsBlocked Boolean, CustomerClassification S2, Industry S4,
        IndustryCode1 S10, VATRegistration S20""",
        Link("to_CustomerSalesArea", "A_CustomerSalesArea", "Customer"),
    ),
    entity_set(
        "A_CustomerSalesArea", "sales_areas",
        """Customer S10 key, SalesOrganization S4 key, DistributionChannel S2 key, Division S2 key, Currency S5,
        CustomerGroup S2, DeletionIndicator Boolean""",
    ),
    entity_set(
        "A_Supplier", "suppliers",
        """Supplier S10 key, DeletionIndicator Boolean, PurchasingIsBlocked Boolean, PostingIsBlocked Boolean,
        SupplierProcurementBlock S2, VATRegistration S20""",
        Link("to_SupplierPurchasingOrg", "A_SupplierPurchasingOrg", "Supplier"),
    ),
    entity_set(
        "A_SupplierPurchasingOrg", "purchasing_orgs",
        "Supplier S10 key, PurchasingOrganization S4 key, PurchaseOrderCurrency S5",
    ),
    entity_set(
        "A_BusinessPartnerContact", "contacts",
        """RelationshipNumber S12 key, BusinessPartnerCompany S10 key, BusinessPartnerPerson S10 key,
        ValidityEndDate DateTime key, ValidityStartDate DateTime, IsStandardRelationship Boolean,
        RelationshipCategory S6""",
        Link("to_ContactRelationship", "A_BPContactToFuncAndDept",
             "RelationshipNumber BusinessPartnerCompany BusinessPartnerPerson", many=False),
        Link("to_ContactAddress", "A_BPContactToAddress",
             "RelationshipNumber BusinessPartnerCompany BusinessPartnerPerson"),
    ),
    entity_set(
        "A_BPContactToFuncAndDept", "functions",
        """RelationshipNumber S12 key, BusinessPartnerCompany S10 key, BusinessPartnerPerson S10 key,
        ValidityEndDate DateTime key, ContactPersonDepartmentName S40, ContactPersonFunction S4,
        ContactPersonFunctionName S40, EmailAddress S241, PhoneNumber S30""",
    ),
    entity_set(
        "A_BPContactToAddress", "contact_addresses",
        """RelationshipNumber S12 key, BusinessPartnerCompany S10 key, BusinessPartnerPerson S10 key,
        ValidityEndDate DateTime key, AddressID S10 key""",
        Link("to_EmailAddress", "A_AddressEmailAddress", "AddressID"),
        Link("to_PhoneNumber", "A_AddressPhoneNumber", "AddressID"),
        Link("to_MobilePhoneNumber", "A_AddressPhoneNumber", "AddressID"),
    ),
)  # fmt: skip

PRODUCT_SETS = (
    entity_set(
        "A_Product", "products",
        """Product S40 key, ProductType S4, CrossPlantStatus S2, CreationDate DateTime, LastChangeDate DateTime,
        LastChangeDateTime DateTimeOffset(7), IsMarkedForDeletion Boolean, GrossWeight Decimal(13;3),
        NetWeight Decimal(13;3), WeightUnit S3, ProductGroup S9, ProductHierarchy S18, BaseUnit S3,
        Brand S4, ProductStandardID S18,
        ProductManufacturerNumber S40, ManufacturerNumber S10""",
        Link("to_Description", "A_ProductDescription", "Product"),
        Link("to_ProductUnitsOfMeasure", "A_ProductUnitsOfMeasure", "Product"),
        Link("to_Valuation", "A_ProductValuation", "Product"),
    ),
    entity_set("A_ProductDescription", "descriptions", "Product S40 key, Language S2 key, ProductDescription S40"),
    entity_set(
        "A_ProductUnitsOfMeasure", "units",
        """Product S40 key, AlternativeUnit S3 key, QuantityNumerator Decimal(5;0), QuantityDenominator Decimal(5;0),
        GlobalTradeItemNumber S18, BaseUnit S3""",
    ),
    entity_set(
        "A_ProductValuation", "valuations",
        """Product S40 key, ValuationArea S4 key, ValuationType S10 key, StandardPrice Decimal(12;3),
        MovingAveragePrice Decimal(12;3), PriceUnitQty Decimal(5;0), InventoryValuationProcedure S1,
        IsMarkedForDeletion Boolean, PriceLastChangeDate DateTime, Currency S5, BaseUnit S3""",
    ),
)  # fmt: skip

PLANT_SETS = (entity_set("A_Plant", "plants", "Plant S4 key, PlantName S30, CompanyCode S4, CompanyCodeName S25"),)
STORAGE_SETS = (
    entity_set(
        "StorageLocation", "storage_locations", "Plant S4 key, StorageLocation S4 key, StorageLocationName S16",
    ),
)  # fmt: skip

_STOCK = """Material S40 key, Plant S4 key, StorageLocation S4 key, Batch S10 key, Supplier S10 key, Customer S10 key,
    WBSElementInternalID S8 key, SDDocument S10 key, SDDocumentItem S6 key, InventorySpecialStockType S1 key,
    InventoryStockType S2 key, MaterialBaseUnit S3, MatlWrhsStkQtyInMatlBaseUnit Decimal(31;14)"""
STOCK_SETS = (
    entity_set(
        "A_MaterialStock", "products", "Material S40 key, MaterialBaseUnit S3",
        Link("to_MatlStkInAcctMod", "A_MatlStkInAcctMod", "Material"),
    ),
    entity_set("A_MatlStkInAcctMod", "stock", _STOCK),
)  # fmt: skip
