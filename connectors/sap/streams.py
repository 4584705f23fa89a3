"""The streams, and the entity set behind each: by what it changes, what it must be asked for, what is read again."""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta

from connectors.sap import document_maps as documents
from connectors.sap import maps, services
from connectors.sap.services import Service
from hub.sdk import FieldMap, Mode, Stream
from hub.sdk.odata import Filter, any_of, eq, ne

_LATE_COMMITS = timedelta(minutes=10)
"""A document is stamped before its update task commits."""
_DAYS = timedelta(hours=38)
"""For stamps of a day: a whole day, and the widest offset of a time zone from UTC."""

STAMP = ("LastChangeDateTime",)
DAY = ("LastChangeDate", "CreationDate")
"""The day of the last change is empty until there was one, so that of the creation is looked at, too."""


@dataclass(frozen=True)
class Source:
    """What a stream is read from.

    entities  the entity set
    only      which of the entities are meant
    stamps    properties that tell of changes, moments or days; empty: every read is a whole one
    created   new rows may have no stamp: those that were created since are asked for by their day
    again     rows that change without moving a stamp, read again from time to time; None: all rows
    derived   what the connector makes -> the properties it is made of; `*` stands for the rest of the path
    always    properties that reading needs, whatever the maps ask for
    ids       list of rows ("" for the row itself) -> properties whose leading zeros go
    is_flat   rows come alone, so that pages may be large
    paged_by  the first part of a long key, by which pages are cut
    instead   a set and its navigation to the same rows, for systems that do not let them be asked for by themselves
    within    navigation from the entities to the rows that the maps are about
    names     name in version 2, which the maps use -> in version 4, where that is another
    top_names the same for properties of the entity itself alone
    """

    service: Service
    entities: str
    only: Filter | None = None
    stamps: tuple[str, ...] = ()
    created: bool = False
    rereads: bool = False
    again: Filter | None = None
    derived: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    always: tuple[str, ...] = ()
    ids: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    is_flat: bool = False
    paged_by: str = ""
    instead: tuple[str, str] = ("", "")
    within: str = ""
    names: Mapping[str, str] = field(default_factory=dict)
    top_names: Mapping[str, str] = field(default_factory=dict)

    def named(self, path: tuple[str, ...]) -> tuple[str, ...]:
        """A path of the maps as this version of the service has it."""
        names = {**self.names, **self.top_names} if len(path) == 1 else self.names
        return tuple(names.get(step, step) for step in path)

    @property
    def ours(self) -> Mapping[str, str]:
        """Name in version 4 -> the one that the maps use."""
        return {theirs: ours for ours, theirs in self.names.items()}

    @property
    def top_ours(self) -> Mapping[str, str]:
        return {theirs: ours for ours, theirs in {**self.names, **self.top_names}.items()}


_ADDRESS = "to_BusinessPartnerAddress"
_DEFAULTS = tuple(
    f"{_ADDRESS}.{name}"
    for name in ("StreetName", "HouseNumber", "ValidityStartDate", "ValidityEndDate",
                 "to_AddressUsage.AddressUsage", "to_AddressUsage.StandardUsage",
                 "to_EmailAddress.EmailAddress", "to_EmailAddress.IsDefaultEmailAddress", "to_PhoneNumber.PhoneNumber",
                 "to_PhoneNumber.InternationalPhoneNumber", "to_PhoneNumber.IsDefaultPhoneNumber")
)  # fmt: skip

SOURCES = {
    "partners": Source(
        services.PARTNERS, "A_BusinessPartner", any_of(ne("Customer", ""), ne("Supplier", "")), DAY, rereads=True,
        derived={
            "changed_at": ("LastChangeDate", "LastChangeTime", "CreationDate", "CreationTime"),
            "created_at": ("CreationDate", "CreationTime"),
            "main_address": (f"{_ADDRESS}.*", *_DEFAULTS),
        },
        always=("Customer", "Supplier", "IsMarkedForArchiving", "to_Customer.DeletionIndicator",
                "to_Supplier.DeletionIndicator", "LastChangeDate", "CreationDate"),
        ids={"": ("BusinessPartner", "Customer", "Supplier"), _ADDRESS: ("AddressID",)},
    ),
    "contacts": Source(
        services.PARTNERS, "A_BusinessPartnerContact", paged_by="RelationshipNumber",
        derived={"key": (), "state": ("ValidityEndDate",), "person": (), "company": ()},
        always=("BusinessPartnerPerson", "BusinessPartnerCompany", "ValidityEndDate"),
        ids={"": ("RelationshipNumber", "BusinessPartnerCompany", "BusinessPartnerPerson")},
    ),
    "products": Source(
        services.PRODUCTS, "A_Product", stamps=STAMP, rereads=True,
        derived={"description": ("to_Description.Language", "to_Description.ProductDescription"), "is_flagged": ()},
        always=("IsMarkedForDeletion", "LastChangeDateTime"),
        ids={"": ("Product", "ManufacturerNumber"), "to_ProductUnitsOfMeasure": ("Product",),
             "to_Valuation": ("Product",)},
    ),
    "plants": Source(services.PLANTS, "A_Plant", is_flat=True),
    "storage_locations": Source(services.STORAGE_LOCATIONS, "StorageLocation", is_flat=True),
    "stock": Source(
        services.STOCK, "A_MatlStkInAcctMod", is_flat=True, paged_by="Material",
        instead=("A_MaterialStock", "to_MatlStkInAcctMod"),
        ids={"": ("Material", "Supplier", "Customer", "SDDocument")},
    ),
    "orders": Source(
        services.SALES_ORDERS, "A_SalesOrder", stamps=STAMP, rereads=True, again=ne("OverallSDProcessStatus", "C"),
        derived={"to_Item.base_quantity": ("to_Item.RequestedQuantityUnit", "to_Item.Material")}, always=STAMP,
        ids={"": ("SalesOrder", "SoldToParty"), "to_Item": ("SalesOrder", "Material")},
    ),
    "deliveries": Source(
        services.DELIVERIES, "A_OutbDeliveryHeader", stamps=DAY, rereads=True,
        again=ne("OverallGoodsMovementStatus", "C"),
        derived={
            "planned_at": ("PlannedGoodsIssueDate", "GoodsIssueTime", "Shippinglocationtimezone"),
            "issued_at": ("ActualGoodsMovementDate", "ActualGoodsMovementTime", "Shippinglocationtimezone"),
            "due_at": ("DeliveryDate", "DeliveryTime", "Receivinglocationtimezone"),
            "proven_at": ("ProofOfDeliveryDate", "ConfirmationTime", "Receivinglocationtimezone",
                          "OverallProofOfDeliveryStatus"),
            "created_at": ("CreationDate", "CreationTime"),
        },
        always=DAY,
        ids={
            "": ("DeliveryDocument", "SoldToParty", "ShipToParty"),
            "to_DeliveryDocumentItem": ("DeliveryDocument", "Material", "ReferenceSDDocument"),
            "to_DeliveryDocumentPartner": ("Supplier",),
        },
    ),
    "purchase_orders": Source(
        services.PURCHASE_ORDERS, "A_PurchaseOrder", stamps=STAMP, rereads=True, always=STAMP,
        derived={"to_PurchaseOrderItem.base_quantity": ("to_PurchaseOrderItem.PurchaseOrderQuantityUnit",
                                                        "to_PurchaseOrderItem.Material")},
        ids={"": ("PurchaseOrder", "Supplier", "SupplyingSupplier"),
             "to_PurchaseOrderItem": ("PurchaseOrder", "Material")},
    ),
    "receipts": Source(
        services.RECEIPTS, "A_MaterialDocumentHeader", eq("InventoryTransactionType", "WE"), stamps=("CreationDate",),
        derived={"created_at": ("CreationDate", "CreationTime")}, always=("CreationDate",),
        ids={"": ("MaterialDocument",), "to_MaterialDocumentItem": ("PurchaseOrder", "Material")},
    ),
    "returns": Source(
        services.RETURNS, "A_CustomerReturn", stamps=STAMP, rereads=True, again=ne("OverallSDProcessStatus", "C"),
        always=STAMP,
        ids={"": ("CustomerReturn", "SoldToParty", "ReferenceSDDocument"),
             "to_Item": ("CustomerReturn", "Material", "ReferenceSDDocument")},
    ),
    "billing": Source(
        services.BILLING, "A_BillingDocument", stamps=STAMP, created=True, rereads=True,
        again=ne("InvoiceClearingStatus", "C"),
        derived={"to_Item.freight": ("to_Item.BillingDocumentItem",)}, always=(*STAMP, "CreationDate"),
        ids={"": ("BillingDocument", "PayerParty", "SoldToParty", "CancelledBillingDocument"),
             "to_Item": ("BillingDocument", "Material", "SalesDocument")},
    ),
}  # fmt: skip


MODERN = {
    "products": replace(
        SOURCES["products"], service=services.MODERN_PRODUCTS, entities="Product",
        names={"to_Description": "_ProductDescription", "to_ProductUnitsOfMeasure": "_ProductUnitOfMeasure",
               "to_Valuation": "_ProductValuation", "PriceUnitQty": "ProductPriceUnitQuantity"},
    ),
    "orders": replace(
        SOURCES["orders"], service=services.MODERN_SALES_ORDERS, entities="SalesOrder",
        names={"to_Item": "_Item", "to_Partner": "_Partner", "to_ScheduleLine": "_ScheduleLine", "Material": "Product",
               "ProductionPlant": "Plant"},
    ),
    "purchase_orders": replace(
        SOURCES["purchase_orders"], service=services.MODERN_PURCHASE_ORDERS, entities="PurchaseOrder",
        names={"to_PurchaseOrderItem": "_PurchaseOrderItem", "to_ScheduleLine": "_PurchaseOrderScheduleLineTP"},
        top_names={"PurchasingDocumentDeletionCode": "PurchaseOrderDeletionCode"},
    ),
}  # fmt: skip
"""The same by version 4. Whatever has no other name here has the same; what is not there stays empty."""


def source_of(modern: Container[str], stream: str) -> Source:
    """What a stream is read from; `modern` holds those that are read by version 4."""
    return MODERN[stream] if stream in modern else SOURCES[stream]


def _stream(name: str, text: str, *fields: FieldMap, after: tuple[str, ...] = ()) -> Stream:
    stamps = SOURCES[name].stamps
    mode = Mode.INCREMENTAL if stamps else Mode.SNAPSHOT
    return Stream(name, fields, mode, _DAYS if set(stamps) <= set(DAY) else _LATE_COMMITS, after, text)


def streams_of(units: Mapping[str, str]) -> tuple[Stream, ...]:
    """All streams; `units` are the unit codes of the system's own."""
    partners, products = ("partners",), ("products",)
    return (
        _stream("partners", "Business partners that are customers or suppliers, with addresses and tax numbers.",
                maps.CUSTOMERS, maps.SUPPLIERS, *maps.ADDRESSES),
        _stream("contacts", "People at partners.", maps.CONTACTS, after=partners),
        _stream("products", "Products with their units and what they cost by plant.", *maps.products(units)),
        _stream("plants", "Plants.", maps.PLANTS),
        _stream("storage_locations", "Storage locations of plants.", maps.STORAGE_LOCATIONS, after=("plants",)),
        _stream("stock", "Stock by plant, storage location, batch and stock type.", maps.stock(units), after=products),
        _stream("orders", "Sales orders with items and schedule lines.", *documents.orders(units),
                after=(*partners, *products)),
        _stream("deliveries", "Outbound deliveries with items.", *documents.deliveries(units), after=("orders",)),
        _stream("purchase_orders", "Purchase orders with items and schedule lines.",
                *documents.purchase_orders(units), after=(*partners, *products)),
        _stream("receipts", "Goods receipts for purchase orders.", documents.receipts(units),
                after=("purchase_orders",)),
        _stream("returns", "Customer returns, by item.", documents.returns(units), after=("orders",)),
        _stream("billing", "Billing documents: what was billed, what it cost, freight.", *documents.billing(units),
                after=("orders",)),
    )  # fmt: skip


STREAMS = streams_of({})
