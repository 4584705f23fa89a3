"""Business One's fields and ours, where the connector reads no documents. Tables, no code.

Names in small letters are made by the connector: see `rows.py`, and `DERIVED` in streams.py for what they are made of.
"""

from __future__ import annotations

from connectors.sap_b1.words import ADDRESS_ROLES, METHODS, PARTY_KINDS, STOCKED
from hub.sdk import At, FieldMap, Where, at, entities, first_of, joined

STAMP = at("changed_at")


def number(path: str) -> At:
    """A number: the Service Layer sends doubles, whose last digits may be noise (`0.30000000000000004`)."""
    return at(path, round=6)


_PARENT_STAMP = at("^changed_at")
_MAIN_ADDRESS = {
    name: at(f"main_address.{name}") for name in ("street", "street2", "city", "region", "postal_code", "country")
}

CUSTOMERS = FieldMap(
    entities.Customer,
    {
        "source_id": at("CardCode"),
        "source_updated_at": STAMP,
        "name": at("CardName"),
        "legal_name": at("CardForeignName"),
        "kind": at("CompanyPrivate", values=PARTY_KINDS),
        "status": at("status"),
        "source_status": at("words"),
        "email": at("EmailAddress"),
        "phone": first_of("Phone1", "Cellular", "Phone2"),
        "website": at("Website"),
        "tax_id": first_of("VATRegistrationNumber", "FederalTaxID", "VatIDNum", "UnifiedFederalTaxID"),
        "company_number": at("CompanyRegistrationNumber"),
        "gln": at("GlobalLocationNumber"),
        "industry": at("IndustryType"),
        "currency": at("currency"),
        "segment": at("group"),
        "owner": at("sales_person"),
        "parent_source_id": at("FatherCard"),
        **_MAIN_ADDRESS,
        "created_at": at("created_at"),
    },
).overridden({}, extras={"alias": "AliasName", "credit_limit": "CreditLimit"})

SUPPLIERS = FieldMap(
    entities.Supplier,
    {
        "source_id": at("CardCode"),
        "source_updated_at": STAMP,
        "name": at("CardName"),
        "legal_name": at("CardForeignName"),
        "status": at("status"),
        "source_status": at("words"),
        "email": at("EmailAddress"),
        "phone": first_of("Phone1", "Cellular", "Phone2"),
        "website": at("Website"),
        "tax_id": first_of("VATRegistrationNumber", "FederalTaxID", "VatIDNum", "UnifiedFederalTaxID"),
        "currency": at("currency"),
        **_MAIN_ADDRESS,
        "created_at": at("created_at"),
    },
).overridden({}, extras={"alias": "AliasName", "group": "group"})


def _contacts(owner: str) -> FieldMap:
    return FieldMap(
        entities.Contact,
        {
            "source_id": at("InternalCode"),
            "source_updated_at": _PARENT_STAMP,
            owner: at("^CardCode"),
            "name": at("Name"),
            "first_name": at("FirstName"),
            "last_name": at("LastName"),
            "title": first_of("Position", "Profession"),
            "email": at("E_Mail"),
            "phone": first_of("Phone1", "Phone2"),
            "mobile": at("MobilePhone"),
            "is_primary": at("is_primary"),
            "status": at("status"),
            "created_at": at("created_at"),
        },
        each="ContactEmployees",
        replaces=owner,
    )


def _addresses(owner: str) -> FieldMap:
    return FieldMap(
        entities.Address,
        {
            "source_id": joined("^CardCode", "AddressType", "AddressName"),
            "source_updated_at": _PARENT_STAMP,
            owner: at("^CardCode"),
            "role": at("AddressType", values=ADDRESS_ROLES),
            "name": at("AddressName"),
            "street": at("line"),
            "street2": first_of("Block", "BuildingFloorRoom", "AddressName2"),
            "city": at("City"),
            "region": first_of("State", "County"),
            "postal_code": at("ZipCode"),
            "country": at("Country"),
            "gln": at("GlobalLocationNumber"),
            "is_default": at("is_default"),
        },
        each="BPAddresses",
        replaces=owner,
    )


CUSTOMER_CONTACTS, SUPPLIER_CONTACTS = _contacts("customer_source_id"), _contacts("supplier_source_id")
CUSTOMER_ADDRESSES, SUPPLIER_ADDRESSES = _addresses("customer_source_id"), _addresses("supplier_source_id")

PRODUCTS = FieldMap(
    entities.Product,
    {
        "source_id": at("ItemCode"),
        "source_updated_at": STAMP,
        "sku": at("ItemCode"),
        "name": at("ItemName"),
        "description": at("User_Text"),
        "gtin": at("BarCode"),
        "mpn": at("SupplierCatalogNo"),
        "manufacturer": at("maker"),
        "category": at("group"),
        "kind": at("kind"),
        "status": at("status"),
        "unit": at("unit"),
        "list_price": number("list_price"),
        "unit_cost": number("cost"),
        "currency": at("local_currency"),
        "weight_kg": number("weight"),
        "supplier_source_id": at("Mainsupplier"),
        "units_on_order": number("QuantityOrderedFromVendors"),
        "reorder_level": number("MinInventory"),
        "reorder_quantity": number("MinOrderQuantity"),
        "lead_time_days": number("LeadTime"),
        "is_stocked": at("InventoryItem", values=STOCKED),
        "created_at": at("created_at"),
    },
).overridden({}, extras={"foreign_name": "ForeignName", "unit": "InventoryUOM"})

PRODUCT_UNITS = FieldMap(
    entities.ProductUnit,
    {
        "source_id": joined("^ItemCode", "key"),
        "source_updated_at": _PARENT_STAMP,
        "product_source_id": at("^ItemCode"),
        "unit": at("unit"),
        "source_unit": at("source_unit"),
        "numerator": number("numerator"),
        "denominator": number("denominator"),
    },
    each="units",
    replaces="product_source_id",
)

WAREHOUSES = FieldMap(
    entities.Location,
    {
        "source_id": at("WarehouseCode"),
        "name": at("WarehouseName"),
        "kind": at("kind"),
        "street": at("line"),
        "street2": first_of("Block", "BuildingFloorRoom"),
        "city": at("City"),
        "region": first_of("State", "County"),
        "postal_code": at("ZipCode"),
        "country": at("Country"),
        "is_active": at("is_active"),
    },
)

STOCK = FieldMap(
    entities.StockLevel,
    {
        "source_id": joined("^ItemCode", "WarehouseCode"),
        "product_source_id": at("^ItemCode"),
        "location_source_id": at("WarehouseCode"),
        "on_hand": number("InStock"),
        "available": number("available"),
        "reserved": number("Committed"),
        "incoming": number("Ordered"),
        "unit": at("^unit"),
        "unit_cost": number("cost"),
        "currency": at("^local_currency"),
    },
    each="ItemWarehouseInfoCollection",
)

COSTS = FieldMap(
    entities.ProductCost,
    {
        "source_id": joined("^ItemCode", "WarehouseCode"),
        "product_source_id": at("^ItemCode"),
        "location_source_id": at("WarehouseCode"),
        "valuation_method": at("^CostAccountingMethod", values=METHODS),
        "cost": number("cost"),
        "unit": at("^unit"),
        "currency": at("^local_currency"),
    },
    each="ItemWarehouseInfoCollection",
    where=(Where("cost", empty=False),),
)
