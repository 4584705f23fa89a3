"""The simulated org's objects: fields with their types, as a describe answer tells them.

A field is written `Name:type`, a look-up `AccountId:reference>Account/Account` (object, relationship; several objects
with `|`), a part of a compound field `BillingCity:string@BillingAddress`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

_FIELD = re.compile(r"(?P<name>\w+):(?P<type>\w+)(?:>(?P<to>[\w|]+)/(?P<as>\w+))?(?:@(?P<compound>\w+))?")
_UNSORTABLE = {"textarea", "address"}
_PARTS = "Street:textarea City:string State:string PostalCode:string Country:string CountryCode:picklist"


def _address(prefix: str) -> str:
    parts = [f"{prefix}{part}@{prefix}Address" for part in _PARTS.split()]
    return " ".join([*parts, f"{prefix}Address:address"])


_CREATED = "Id:id CreatedDate:datetime CreatedById:reference>User/CreatedBy SystemModstamp:datetime"
_AUDIT = f"{_CREATED} LastModifiedDate:datetime"
_BIN = "IsDeleted:boolean"
_MONEY = "CurrencyIsoCode:picklist"
_OWNER = "OwnerId:reference>User/Owner"
_ANY_OWNER = "OwnerId:reference>Group|User/Owner"

_TEXTS = {
    "Account": f"""001 {_AUDIT} {_BIN} {_MONEY} {_OWNER} Name:string AccountNumber:string Type:picklist
        Industry:picklist
        ParentId:reference>Account/Parent MasterRecordId:reference>Account/MasterRecord AnnualRevenue:currency
        NumberOfEmployees:int Phone:phone Website:url AccountSource:picklist Sic:string NaicsCode:string
        DunsNumber:string {_address("Billing")} {_address("Shipping")} IsPersonAccount:boolean PersonEmail:email
        PersonMobilePhone:phone PersonLeadSource:picklist FirstName:string LastName:string Description:textarea
        Tax_Number__c:string""",
    "Contact": f"""003 {_AUDIT} {_BIN} {_MONEY} {_OWNER} AccountId:reference>Account/Account Name:string
        FirstName:string LastName:string Title:string Department:string Email:email Phone:phone MobilePhone:phone
        MasterRecordId:reference>Contact/MasterRecord {_address("Mailing")}""",
    "Lead": f"""00Q {_AUDIT} {_BIN} {_MONEY} {_ANY_OWNER} Name:string FirstName:string LastName:string Company:string
        Title:string Email:email Phone:phone MobilePhone:phone Website:url Industry:picklist NumberOfEmployees:int
        Status:picklist LeadSource:picklist IsConverted:boolean ConvertedDate:date
        ConvertedAccountId:reference>Account/ConvertedAccount ConvertedContactId:reference>Contact/ConvertedContact
        ConvertedOpportunityId:reference>Opportunity/ConvertedOpportunity {_address("")}""",
    "Opportunity": f"""006 {_AUDIT} {_BIN} {_MONEY} {_OWNER} AccountId:reference>Account/Account Name:string
        ContactId:reference>Contact/Contact StageName:picklist Amount:currency Probability:percent CloseDate:date
        IsClosed:boolean IsWon:boolean ForecastCategory:picklist LeadSource:picklist
        CampaignId:reference>Campaign/Campaign""",
    "OpportunityHistory": f"""008 {_CREATED} {_BIN} {_MONEY} OpportunityId:reference>Opportunity/Opportunity
        StageName:picklist ForecastCategory:picklist Amount:currency Probability:percent CloseDate:date""",
    "Product2": f"""01t {_AUDIT} {_BIN} {_MONEY} Name:string ProductCode:string StockKeepingUnit:string Family:picklist
        Description:textarea IsActive:boolean IsArchived:boolean QuantityUnitOfMeasure:picklist""",
    "Pricebook2": f"01s {_AUDIT} {_BIN} {_MONEY} Name:string IsStandard:boolean IsActive:boolean",
    "PricebookEntry": f"""01u {_AUDIT} {_BIN} {_MONEY} Pricebook2Id:reference>Pricebook2/Pricebook2
        Product2Id:reference>Product2/Product2 UnitPrice:currency IsActive:boolean ProductCode:string""",
    "Order": f"""801 {_AUDIT} {_BIN} {_MONEY} {_ANY_OWNER} OrderNumber:string AccountId:reference>Account/Account
        BillToContactId:reference>Contact/BillToContact OpportunityId:reference>Opportunity/Opportunity
        EffectiveDate:date Status:picklist StatusCode:picklist Type:picklist TotalAmount:currency PoNumber:string
        OriginalOrderId:reference>Order/OriginalOrder IsReductionOrder:boolean {_address("Shipping")}""",
    "OrderItem": f"""802 {_AUDIT} {_BIN} {_MONEY} OrderItemNumber:string OrderId:reference>Order/Order
        Product2Id:reference>Product2/Product2 PricebookEntryId:reference>PricebookEntry/PricebookEntry
        OriginalOrderItemId:reference>OrderItem/OriginalOrderItem Quantity:double UnitPrice:currency ListPrice:currency
        TotalPrice:currency ServiceDate:date Description:string""",
    "Case": f"""500 {_AUDIT} {_BIN} {_MONEY} {_ANY_OWNER} CaseNumber:string Subject:string Description:textarea
        AccountId:reference>Account/Account ContactId:reference>Contact/Contact Status:picklist Priority:picklist
        Reason:picklist Origin:picklist IsClosed:boolean ClosedDate:datetime""",
    "Campaign": f"""701 {_AUDIT} {_BIN} {_MONEY} {_OWNER} Name:string Type:picklist StartDate:date EndDate:date
        ActualCost:currency BudgetedCost:currency NumberOfLeads:int""",
    "Location": f"""131 {_AUDIT} {_BIN} {_MONEY} {_ANY_OWNER} Name:string LocationType:picklist
        IsInventoryLocation:boolean ParentLocationId:reference>Location/ParentLocation
        VisitorAddressId:reference>Address/VisitorAddress""",
    "Address": f"130 {_AUDIT} {_BIN} {_MONEY} ParentId:reference>Location/Parent {_address('')}",
    "ProductItem": f"""1CJ {_AUDIT} {_BIN} {_MONEY} {_ANY_OWNER} ProductItemNumber:string
        Product2Id:reference>Product2/Product2 LocationId:reference>Location/Location QuantityOnHand:double
        QuantityUnitOfMeasure:picklist SerialNumber:string""",
    "CurrencyType": f"01L {_AUDIT} IsoCode:picklist ConversionRate:double DecimalPlaces:int IsActive:boolean "
    "IsCorporate:boolean",
    "DatedConversionRate": f"04w {_AUDIT} IsoCode:picklist StartDate:date NextStartDate:date ConversionRate:double",
    "User": "005 Id:id Name:string Username:string Email:email SystemModstamp:datetime",
}  # fmt: skip
_CHILDREN = {
    "Product2": {"PricebookEntries": ("PricebookEntry", "Product2Id")},
    "Order": {"OrderItems": ("OrderItem", "OrderId")},
}
NOT_IN_BULK = frozenset({"OpportunityHistory"})
"""A few objects are not offered in bulk; here it is one, so that the way back to pages is walked."""
_NO_LOG = frozenset({"OpportunityHistory", "CurrencyType", "DatedConversionRate", "User"})


@dataclass(frozen=True)
class SimField:
    """One field."""

    name: str
    type: str
    refers_to: tuple[str, ...] = ()
    relationship: str | None = None
    compound: str | None = None

    def described(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "label": self.name,
            "type": self.type,
            "filterable": self.type not in _UNSORTABLE,
            "sortable": self.type not in _UNSORTABLE,
            "custom": self.name.endswith("__c"),
            "calculated": False,
            "nillable": self.name != "Id",
            "compoundFieldName": self.compound,
            "referenceTo": list(self.refers_to),
            "relationshipName": self.relationship,
        }


@dataclass
class SimObject:
    """One object: its key prefix and its fields."""

    name: str
    prefix: str
    fields: dict[str, SimField]
    children: dict[str, tuple[str, str]] = field(default_factory=dict)

    @property
    def has_bin(self) -> bool:
        return "IsDeleted" in self.fields

    @property
    def replicateable(self) -> bool:
        return self.name not in _NO_LOG

    def described(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "keyPrefix": self.prefix,
            "queryable": True,
            "replicateable": self.replicateable,
            "custom": self.name.endswith("__c"),
            "childRelationships": [
                {"relationshipName": name, "childSObject": table, "field": key}
                for name, (table, key) in self.children.items()
            ],
            "fields": [each.described() for each in self.fields.values()],
        }


def objects() -> dict[str, SimObject]:
    """All objects of an org that has every feature."""
    return {name: _object(name, text) for name, text in _TEXTS.items()}


def _object(name: str, text: str) -> SimObject:
    prefix, *entries = text.split()
    fields = [_field(entry) for entry in entries]
    return SimObject(name, prefix, {each.name: each for each in fields}, dict(_CHILDREN.get(name, {})))


def _field(entry: str) -> SimField:
    match = _FIELD.fullmatch(entry)
    if match is None:
        raise ValueError(entry)
    refers_to = tuple(match["to"].split("|")) if match["to"] else ()
    return SimField(match["name"], match["type"], refers_to, match["as"], match["compound"])
