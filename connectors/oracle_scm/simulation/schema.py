"""The resources of the simulated pod: attributes with their types, children, and what `q` may not name."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

INTEGER, NUMBER, STRING, MOMENT, DAY, BOOLEAN = "integer", "number", "string", "datetime", "date", "boolean"


@dataclass(frozen=True)
class Resource:
    """A resource, or a child of one."""

    key: str
    attributes: dict[str, str]
    children: dict[str, Resource] = field(default_factory=dict)
    hidden_from_q: frozenset[str] = frozenset()
    api: str = "fscmRestApi"

    def described(self, name: str) -> dict[str, Any]:
        """As `/describe` tells it."""
        return {
            "title": name,
            "attributes": [
                {
                    "name": attribute, "type": kind, "updatable": False, "mandatory": attribute == self.key,
                    "queryable": attribute not in self.hidden_from_q,
                }
                for attribute, kind in self.attributes.items()
            ],
            "collection": {"rangeSize": 25, "finders": [{"name": "PrimaryKey", "attributes": [{"name": self.key}]}]},
            "children": {accessor: child.described(accessor) for accessor, child in self.children.items()},
        }  # fmt: skip


def _typed(**groups: str) -> dict[str, str]:
    return {name: kind for kind, names in groups.items() for name in names.split()}


_CHANGED = "LastUpdateDate CreationDate"

_LINE = Resource(
    "FulfillLineId",
    _typed(
        integer="FulfillLineId LineId ProductId HeaderId",
        string="FulfillLineNumber SourceTransactionLineId SourceTransactionLineNumber TransactionCategoryCode "
        "StatusCode ProductNumber ProductDescription OrderedUOM OrderedUOMCode ReturnReasonCode "
        "RequestedFulfillmentOrganizationCode",
        number="OrderedQuantity ShippedQuantity UnitListPrice UnitSellingPrice ExtendedAmount",
        datetime="RequestedShipDate ActualShipDate ScheduleShipDate LastUpdateDate",
        boolean="OnHoldFlag CanceledFlag",
    ),
)

RESOURCES: dict[str, Resource] = {
    "salesOrdersForOrderHub": Resource(
        "HeaderId",
        _typed(
            integer="HeaderId SourceTransactionRevisionNumber BusinessUnitId BuyingPartyId",
            string="OrderKey OrderNumber SourceTransactionNumber SourceTransactionSystem SourceTransactionId "
            "BusinessUnitName BuyingPartyNumber BuyingPartyContactNumber TransactionTypeCode StatusCode Status "
            "TransactionalCurrencyCode CustomerPONumber Salesperson",
            datetime=f"TransactionOn RequestedShipDate {_CHANGED}",
            boolean="SubmittedFlag OpenFlag CanceledFlag OnHoldFlag",
        ),
        {
            "lines": _LINE,
            "totals": Resource(
                "TotalCode",
                _typed(
                    string="TotalCode TotalName CurrencyCode", number="TotalAmount", boolean="PrimaryFlag EstimatedFlag"
                ),
            ),
            "billToCustomer": Resource(
                "SiteUseId", _typed(integer="CustomerAccountId SiteUseId", string="AccountNumber")
            ),
            "shipToCustomer": Resource("SiteId", _typed(integer="PartyId SiteId")),
        },
        hidden_from_q=frozenset({"CustomerPONumber", "Salesperson", "TransactionOn"}),
    ),
    "hubOrganizations": Resource(
        "PartyId",
        _typed(
            integer="PartyId EmployeesTotal",
            string="PartyNumber OrganizationName PartyStatus EmailAddress RawPhoneNumber URL DUNSNumber "
            "TaxpayerIdentificationNumber CurrencyCode Address1 City State PostalCode Country",
            datetime=_CHANGED,
        ),
        {
            "Address": Resource(
                "AddressNumber",
                _typed(
                    integer="AddressId",
                    string="AddressNumber AddressType PartySiteName Address1 Address2 City State PostalCode Country",
                    datetime="LastUpdateDate",
                ),
            )
        },
        api="crmRestApi",
    ),
    "contacts": Resource(
        "PartyId",
        _typed(
            integer="PartyId",
            string="PartyNumber ContactName FirstName LastName JobTitle EmailAddress WorkPhoneNumber "
            "AccountPartyNumber PartyStatus",
            datetime=_CHANGED,
        ),
        api="crmRestApi",
    ),
    "suppliers": Resource(
        "SupplierId",
        _typed(
            integer="SupplierId",
            string="Supplier SupplierNumber Status SupplierType CorporateWebsite TaxRegistrationNumber TaxpayerId "
            "DUNSNumber",
            datetime=_CHANGED,
        ),
    ),
    "inventoryOrganizations": Resource(
        "OrganizationId",
        _typed(
            integer="OrganizationId MasterOrganizationId",
            string="OrganizationCode OrganizationName Status MasterOrganizationCode ManagementBusinessUnitName "
            "LegalEntityName LocationCode",
            boolean="InventoryFlag ManufacturingPlantFlag",
        ),
    ),
    "itemsV2": Resource(
        "ItemId",
        _typed(
            integer="ItemId OrganizationId",
            string="ItemNumber ItemDescription OrganizationCode PrimaryUOMValue ItemClass ItemStatusValue "
            "LifecyclePhaseValue",
            number="ListPrice",
            datetime="LastUpdateDateTime",
        ),
    ),
    "itemCosts": Resource(
        "ItemNumber",
        _typed(
            string="ItemNumber ValuationUnit InventoryOrganizationCode CurrencyCode UOMCode", number="TotalUnitCost"
        ),
    ),
    "standardCosts": Resource(
        "ItemNumber",
        _typed(
            integer="StandardCostId",
            string="ItemNumber InventoryOrganizationCode UOMCode",
            number="UnitCost",
            date="EffectiveStartDate EffectiveEndDate",
        ),
    ),
    "inventoryOnhandBalances": Resource(
        "InventoryItemId",
        _typed(
            integer="OrganizationId InventoryItemId",
            string="OrganizationCode ItemNumber SubinventoryCode LocatorName PrimaryUOMCode",
            number="PrimaryQuantity SecondaryQuantity",
        ),
        {"lots": Resource("LotNumber", _typed(string="LotNumber", number="PrimaryQuantity"))},
    ),
    "inventoryReservations": Resource(
        "ReservationId",
        _typed(
            integer="ReservationId OrganizationId InventoryItemId",
            string="OrganizationCode ItemNumber SubinventoryCode PrimaryUOMCode DemandSourceHeaderNumber",
            number="PrimaryReservationQuantity",
        ),
    ),
    "shipments": Resource(
        "DeliveryId",
        _typed(
            integer="DeliveryId",
            string="Shipment ShipmentStatus ShipmentStatusCode Carrier ShippingMethod Waybill BillOfLading "
            "OrganizationCode",
            datetime=f"InitialShipDate ActualShipDate ActualDeliveryDate {_CHANGED}",
        ),
        {
            "shippingCosts": Resource(
                "FreightCostId", _typed(integer="FreightCostId", string="CurrencyCode", number="Amount")
            )
        },
    ),
    "shipmentLines": Resource(
        "ShipmentLine",
        _typed(
            integer="ShipmentLine SourceOrderFulfillmentLineId InventoryItemId",
            string="Shipment Order Item RequestedQuantityUOM RequestedQuantityUOMCode LineStatus",
            number="ShippedQuantity BackorderedQuantity",
            datetime=_CHANGED,
        ),
    ),
    "purchaseOrders": Resource(
        "POHeaderId",
        _typed(
            integer="POHeaderId SupplierId",
            string="OrderNumber Supplier Status StatusCode CurrencyCode Buyer ProcurementBU",
            number="Ordered Total",
            datetime=_CHANGED,
        ),
        {
            "lines": Resource(
                "POLineId",
                _typed(
                    integer="POLineId LineNumber", string="Item Description UOM UOMCode", number="Price Quantity",
                    datetime="LastUpdateDate",
                ),
                {
                    "schedules": Resource(
                        "LineLocationId",
                        _typed(
                            integer="LineLocationId ScheduleNumber",
                            string="ShipToOrganizationCode StatusCode",
                            number="Quantity ReceivedQuantity",
                            date="RequestedDeliveryDate PromisedDeliveryDate",
                            datetime="LastUpdateDate",
                        ),
                    )
                },
            )
        },
    ),
    "receivingTransactionsHistory": Resource(
        "TransactionId",
        _typed(
            integer="TransactionId POHeaderId POLineId POLineLocationId",
            string="TransactionTypeCode SourceDocumentCode DestinationTypeCode ReceiptNumber ItemNumber "
            "OrganizationCode UOMCode UnitOfMeasure",
            number="Quantity",
            datetime=f"TransactionDate {_CHANGED}",
        ),
    ),
}  # fmt: skip
RESOURCES["unitsOfMeasure"] = Resource(
    "UOMCode",
    _typed(
        integer="UOMId", string="UOMCode UOM UOMClass UOMClassName", number="StandardConversion",
        date="StandardConversionEndDate", boolean="BaseUnitFlag",
    ),
    {
        "intraclassConversions": Resource(
            "ConversionId",
            _typed(
                integer="ConversionId InventoryItemId", string="ItemNumber", number="IntraclassConversion",
                date="IntraclassConversionEndDate",
            ),
        )
    },
)  # fmt: skip
RESOURCES["unitOfMeasureClasses"] = Resource(
    "ClassCode",
    _typed(string="ClassCode ClassName BaseUOMCode BaseUnitOfMeasure"),
    {
        "interclassConversions": Resource(
            "InterclassConversionId",
            _typed(
                integer="InterclassConversionId InventoryItemId", string="ItemNumber FromUOMCode ToUOMCode",
                number="InterclassConversion", date="InterclassConversionEndDate",
            ),
        )
    },
)  # fmt: skip
RESOURCES["accounts"] = RESOURCES["hubOrganizations"]
