"""The simulated company's entity sets: names and types as SAP's metadata has them, as many as a strict test needs.

Dates are kept and compared as texts, as the Service Layer takes them in a filter (`UpdateDate ge '2026-01-31'`); lists
of a document are complex types, which come whole or not at all.
"""

from __future__ import annotations

from collections.abc import Iterable
from xml.etree.ElementTree import Element, SubElement, tostring

from hub.sdk.simulator.odata import EntitySet, Property, properties

NAMESPACE = "SAPB1"
_YES_NO = "Enum(tYES,tNO)"

PARTNERS = f"""
    CardCode String(50) key
    CardName String(100)
    CardForeignName String(100)
    CardType Enum(cCustomer,cSupplier,cLid)
    CompanyPrivate Enum(cCompany,cPrivate,cGovernment,cEmployee)
    GroupCode Int32
    SalesPersonCode Int32
    Currency String(3)
    EmailAddress String(100)
    Phone1 String(20)
    Phone2 String(20)
    Cellular String(50)
    Website String(100)
    FederalTaxID String(32)
    VATRegistrationNumber String(32)
    VatIDNum String(32)
    UnifiedFederalTaxID String(32)
    CompanyRegistrationNumber String(100)
    GlobalLocationNumber String(50)
    IndustryType String(50)
    AliasName String(100)
    CreditLimit Double
    FatherCard String(15)
    ContactPerson String(90)
    BilltoDefault String(50)
    ShipToDefault String(50)
    Address String(100)
    ZipCode String(20)
    City String(100)
    BillToState String(3)
    Country String(3)
    Frozen {_YES_NO}
    Valid {_YES_NO}
    U_Region String(20)
"""
ITEMS = f"""
    ItemCode String(50) key
    ItemName String(200)
    ForeignName String(200)
    User_Text String(16000)
    BarCode String(254)
    SupplierCatalogNo String(50)
    Manufacturer Int32
    ItemsGroupCode Int32
    ItemType Enum(itItems,itLabor,itTravel,itFixedAssets)
    ItemClass Enum(itcService,itcMaterial)
    InventoryItem {_YES_NO}
    Frozen {_YES_NO}
    UoMGroupEntry Int32
    InventoryUoMEntry Int32
    InventoryUOM String(100)
    SalesUnit String(100)
    SalesItemsPerUnit Double
    PurchaseUnit String(100)
    PurchaseItemsPerUnit Double
    AvgStdPrice Double
    CostAccountingMethod Enum(bis_MovingAverage,bis_Standard,bis_FIFO,bis_SNB)
    InventoryWeight Double
    InventoryWeightUnit Int32
    Mainsupplier String(15)
    QuantityOrderedFromVendors Double
    MinInventory Double
    MinOrderQuantity Double
    LeadTime Int32
"""
DOCUMENTS = f"""
    DocEntry Int32 key
    DocNum Int32
    DocType Enum(dDocument_Items,dDocument_Service)
    CardCode String(15)
    ContactPersonCode Int32
    NumAtCard String(100)
    Comments String(254)
    DocCurrency String(3)
    DocRate Double
    DocTotal Double
    DocTotalFc Double
    DocTotalSys Double
    VatSum Double
    VatSumFc Double
    TotalDiscount Double
    TotalDiscountFC Double
    DocumentStatus Enum(bost_Open,bost_Close,bost_Paid,bost_Delivered)
    Cancelled {_YES_NO}
    CancelStatus Enum(csYes,csNo,csCancellation)
    Confirmed {_YES_NO}
    SalesPersonCode Int32
    TransportationCode Int32
    TrackingNumber String(30)
"""
WAREHOUSES = f"""
    WarehouseCode String(8) key
    WarehouseName String(100)
    Street String(100)
    StreetNo String(100)
    Block String(100)
    BuildingFloorRoom String(254)
    ZipCode String(20)
    City String(100)
    County String(100)
    State String(3)
    Country String(3)
    DropShip {_YES_NO}
    Inactive {_YES_NO}
"""
COMPLEX = {
    "BPAddress": "AddressName Street StreetNo Block BuildingFloorRoom ZipCode City County State Country AddressType"
    " AddressName2 GlobalLocationNumber BPCode RowNum",
    "ContactEmployee": "CardCode Name Position Profession Phone1 Phone2 MobilePhone E_Mail InternalCode Active"
    " FirstName LastName CreateDate CreateTime UpdateDate UpdateTime",
    "ItemPrice": "PriceList Price Currency",
    "ItemWarehouseInfo": "WarehouseCode InStock Committed Ordered StandardAveragePrice ItemCode",
    "DocumentLine": "LineNum ItemCode ItemDescription Quantity ShipDate Price UnitPrice Currency DiscountPercent"
    " WarehouseCode LineTotal RowTotalFC NetTaxAmount NetTaxAmountFC GrossBuyPrice LineStatus RemainingOpenQuantity"
    " BaseType BaseEntry BaseLine UoMEntry UoMCode MeasureUnit InventoryQuantity TreeType ParentLineNum FreeText"
    " RequiredDate ActualDeliveryDate U_Batch",
    "DocumentAdditionalExpense": "ExpenseCode LineTotal LineTotalFC",
    "AddressExtension": "ShipToStreet ShipToCity ShipToState ShipToZipCode ShipToCountry",
    "UoMGroupDefinition": "AlternateUoM AlternateQuantity BaseQuantity",
}
"""Complex types with their fields."""


def _dates(*names: str) -> tuple[Property, ...]:
    return tuple(Property(name, "String", attributes={"Type": "Edm.Date"}) for name in names)


def _times(*names: str) -> tuple[Property, ...]:
    return tuple(Property(name, "String", filterable=False, attributes={"Type": "Edm.TimeOfDay"}) for name in names)


def _lists(**types: str) -> tuple[Property, ...]:
    return tuple(
        Property(name, "Complex", filterable=False, attributes={"Type": f"Collection({NAMESPACE}.{kind})"})
        for name, kind in types.items()
    )


def _within(**types: str) -> tuple[Property, ...]:
    return tuple(
        Property(name, "Complex", filterable=False, attributes={"Type": f"{NAMESPACE}.{kind}"})
        for name, kind in types.items()
    )


_CHANGED = (*_dates("UpdateDate", "CreateDate"), *_times("UpdateTime", "CreateTime"))
_DOCUMENT = (
    *properties(DOCUMENTS),
    *_dates("UpdateDate", "CreationDate", "DocDate", "DocDueDate", "CancelDate"),
    *_times("UpdateTime", "DocTime"),
    *_lists(DocumentLines="DocumentLine", DocumentAdditionalExpenses="DocumentAdditionalExpense"),
    *_within(AddressExtension="AddressExtension"),
)


def _small(name: str, kind: str, text: str, table: str, more: Iterable[Property] = ()) -> EntitySet:
    return EntitySet(name, kind, (*properties(text), *more), table=table)


SETS = (
    EntitySet(
        "BusinessPartners", "BusinessPartner",
        (*properties(PARTNERS), *_CHANGED, *_lists(BPAddresses="BPAddress", ContactEmployees="ContactEmployee")),
        table="partners",
    ),
    EntitySet(
        "Items", "Item",
        (*properties(ITEMS), *_CHANGED,
         *_lists(ItemPrices="ItemPrice", ItemWarehouseInfoCollection="ItemWarehouseInfo")),
        table="products",
    ),
    EntitySet("Warehouses", "Warehouse", properties(WAREHOUSES), table="warehouses"),
    EntitySet("Orders", "Document", _DOCUMENT, table="orders"),
    EntitySet("DeliveryNotes", "Document", _DOCUMENT, table="deliveries"),
    EntitySet("Returns", "Document", _DOCUMENT, table="returns"),
    EntitySet("PurchaseOrders", "Document", _DOCUMENT, table="purchase_orders"),
    _small("BusinessPartnerGroups", "BusinessPartnerGroup", "Code Int32 key\nName String(20)", "partner_groups"),
    _small("ItemGroups", "ItemGroups", "Number Int32 key\nGroupName String(100)", "item_groups"),
    _small("SalesPersons", "SalesPerson", "SalesEmployeeCode Int32 key\nSalesEmployeeName String(155)", "sellers"),
    _small("Manufacturers", "Manufacturer", "Code Int32 key\nManufacturerName String(30)", "manufacturers"),
    _small("ShippingTypes", "ShippingType", "Code Int32 key\nName String(40)", "shipping_types"),
    _small("Currencies", "Currency", "Code String(3) key\nName String(20)\nDocumentsCode String(20)", "currencies"),
    _small("WeightMeasures", "WeightMeasure", "UnitCode Int32 key\nUnitWeightinmg Double", "weights"),
    _small(
        "UnitOfMeasurements", "UnitOfMeasurement",
        "AbsEntry Int32 key\nCode String(20)\nName String(100)\nInternationalSymbol String(20)", "units",
    ),
    _small(
        "UnitOfMeasurementGroups", "UnitOfMeasurementGroup", "AbsEntry Int32 key\nCode String(20)\nBaseUoM Int32",
        "unit_groups", _lists(UoMGroupDefinitionCollection="UoMGroupDefinition"),
    ),
)  # fmt: skip


def with_complex_types(metadata: bytes) -> bytes:
    """The service's metadata with the types of its lists."""
    found = []
    for name, fields in COMPLEX.items():
        made = Element("ComplexType", Name=name)
        for each in fields.split():
            SubElement(made, "Property", Name=each, Type="Edm.String")
        found.append(tostring(made))
    head, container, tail = metadata.partition(b"<EntityContainer")
    return head + b"".join(found) + container + tail
