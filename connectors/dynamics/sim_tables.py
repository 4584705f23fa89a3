"""The simulated environment's tables as Dataverse describes them: columns, labels of choices, and definitions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from connectors.dynamics.words import LABEL, TARGET
from hub.sdk.simulator.odata import EntitySet, Property, properties
from hub.sdk.simulator.table import SimRow

ANY_ADDRESS = """
    {0}_line1 String(250)
    {0}_line2 String(250)
    {0}_city String(80)
    {0}_stateorprovince String(50)
    {0}_postalcode String(20)
    {0}_country String(80)
"""
COMMON = """
    createdon DateTimeOffset
    modifiedon DateTimeOffset
    versionnumber Int64
    statecode Int32
    statuscode Int32
"""
OWNED = "_ownerid_value Guid\n"
MONEY = "_transactioncurrencyid_value Guid\nexchangerate Decimal(12,10)\n"
COLUMNS = {
    "account": "accountid Guid key\nname String(160)\naccountnumber String(20)\nemailaddress1 String(100)\n"
    "telephone1 String(50)\nwebsiteurl String(200)\nindustrycode Int32\naccountcategorycode Int32\nsic String(20)\n"
    "numberofemployees Int32\nrevenue Decimal(19,4)\nrevenue_base Decimal(19,4)\n_parentaccountid_value Guid\n"
    "_primarycontactid_value Guid\nmerged Boolean\naddress2_name String(200)\n"
    + ANY_ADDRESS.format("address1") + ANY_ADDRESS.format("address2") + COMMON + OWNED + MONEY,
    "contact": "contactid Guid key\nfullname String(160)\nfirstname String(50)\nlastname String(50)\n"
    "jobtitle String(100)\ndepartment String(100)\naccountrolecode Int32\nemailaddress1 String(100)\n"
    "telephone1 String(50)\nmobilephone String(50)\n_parentcustomerid_value Guid\nmerged Boolean\n"
    + ANY_ADDRESS.format("address1") + COMMON + OWNED + MONEY,
    "lead": "leadid Guid key\nsubject String(300)\nfullname String(160)\ncompanyname String(100)\n"
    "jobtitle String(100)\n"
    "emailaddress1 String(100)\ntelephone1 String(50)\nmobilephone String(20)\nwebsiteurl String(200)\n"
    "industrycode Int32\nnumberofemployees Int32\naddress1_country String(80)\nleadsourcecode Int32\n"
    "_parentaccountid_value Guid\n_customerid_value Guid\n_parentcontactid_value Guid\n"
    "_qualifyingopportunityid_value Guid\nestimatedvalue Double\n" + COMMON + OWNED,
    "opportunity": "opportunityid Guid key\nname String(300)\n_customerid_value Guid\n_parentcontactid_value Guid\n"
    "_contactid_value Guid\nstepname String(200)\nsalesstage Int32\nactualvalue Decimal(19,4)\n"
    "estimatedvalue Decimal(19,4)\ncloseprobability Int32\n_campaignid_value Guid\nestimatedclosedate Date\n"
    "actualclosedate Date\n" + COMMON + OWNED + MONEY,
    "product": "productid Guid key\nproductnumber String(100)\nname String(100)\ndescription String(2000)\n"
    "vendorpartnumber String(100)\nvendorname String(100)\n_parentproductid_value Guid\nproducttypecode Int32\n"
    "productstructure Int32\n_defaultuomid_value Guid\nprice Decimal(19,4)\ncurrentcost Decimal(19,4)\n"
    "standardcost Decimal(19,4)\nisstockitem Boolean\nquantityonhand Decimal(19,5)\n" + COMMON + MONEY,
    "salesorder": "salesorderid Guid key\nordernumber String(100)\nname String(300)\n_customerid_value Guid\n"
    "_accountid_value Guid\n_contactid_value Guid\n_opportunityid_value Guid\nsubmitdate DateTimeOffset\n"
    "requestdeliveryby DateTimeOffset\ndatefulfilled DateTimeOffset\nshippingmethodcode Int32\n"
    "totallineitemamount Decimal(19,4)\ntotaldiscountamount Decimal(19,4)\ntotaltax Decimal(19,4)\n"
    "freightamount Decimal(19,4)\ntotalamount Decimal(19,4)\ntotalamount_base Decimal(19,4)\n"
    + ANY_ADDRESS.format("shipto") + COMMON + OWNED + MONEY,
    "salesorderdetail": "salesorderdetailid Guid key\n_salesorderid_value Guid\nlineitemnumber Int32\n"
    "sequencenumber Int32\n_productid_value Guid\nproductdescription String(500)\nsalesorderdetailname String(100)\n"
    "isproductoverridden Boolean\nquantity Decimal(19,5)\nquantitycancelled Decimal(19,5)\n"
    "quantityshipped Decimal(19,5)\n_uomid_value Guid\npriceperunit Decimal(19,4)\nbaseamount Decimal(19,4)\n"
    "manualdiscountamount Decimal(19,4)\nvolumediscountamount Decimal(19,4)\ntax Decimal(19,4)\n"
    "extendedamount Decimal(19,4)\nextendedamount_base Decimal(19,4)\nrequestdeliveryby DateTimeOffset\n"
    "_parentbundleidref_value Guid\ncreatedon DateTimeOffset\nmodifiedon DateTimeOffset\nversionnumber Int64\n" + MONEY,
    "invoice": "invoiceid Guid key\ninvoicenumber String(100)\nname String(300)\n_customerid_value Guid\n"
    "_salesorderid_value Guid\nduedate Date\ntotaltax Decimal(19,4)\ntotalamount Decimal(19,4)\n"
    "totalamount_base Decimal(19,4)\n" + COMMON + OWNED + MONEY,
    "invoicedetail": "invoicedetailid Guid key\n_invoiceid_value Guid\n_salesorderdetailid_value Guid\n"
    "_productid_value Guid\nquantity Decimal(19,5)\n_uomid_value Guid\ntax Decimal(19,4)\n"
    "extendedamount Decimal(19,4)\ncreatedon DateTimeOffset\nmodifiedon DateTimeOffset\nversionnumber Int64\n" + MONEY,
    "incident": "incidentid Guid key\nticketnumber String(100)\ntitle String(200)\n_customerid_value Guid\n"
    "_primarycontactid_value Guid\n_contactid_value Guid\n_productid_value Guid\nprioritycode Int32\n"
    "casetypecode Int32\ncaseorigincode Int32\nmerged Boolean\n" + COMMON + OWNED,
    "transactioncurrency": "transactioncurrencyid Guid key\nisocurrencycode String(5)\ncurrencyname String(100)\n"
    "currencyprecision Int32\nexchangerate Decimal(28,12)\n" + COMMON,
    "organization": "organizationid Guid key\nname String(160)\n_basecurrencyid_value Guid\n",
}  # fmt: skip
SETS = {
    "account": "accounts", "contact": "contacts", "lead": "leads", "opportunity": "opportunities",
    "product": "products", "salesorder": "salesorders", "salesorderdetail": "salesorderdetails",
    "invoice": "invoices", "invoicedetail": "invoicedetails", "incident": "incidents",
    "transactioncurrency": "transactioncurrencies", "organization": "organizations",
}  # fmt: skip
STREAMS = {
    "account": "accounts", "contact": "contacts", "lead": "leads", "opportunity": "opportunities",
    "product": "products", "salesorder": "orders", "salesorderdetail": "order_lines", "invoice": "invoices",
    "invoicedetail": "invoice_lines", "incident": "cases", "transactioncurrency": "fx_rates",
    "organization": "organizations",
}  # fmt: skip
"""Table -> name of the simulator's own table, which is that of the connector's stream."""
_ACTIVE = {0: "Active", 1: "Inactive"}
CHOICES: Mapping[str, Mapping[str, Mapping[int, str]]] = {
    "account": {"statuscode": {1: "Active", 2: "Inactive"}, "industrycode": {1: "Accounting", 12: "Durables"},
                "accountcategorycode": {1: "Preferred Customer", 2: "Standard"}, "statecode": _ACTIVE},
    "contact": {"statuscode": {1: "Active", 2: "Inactive"}, "accountrolecode": {1: "Decision Maker", 2: "Employee"}},
    "lead": {"statuscode": {1: "New", 2: "Contacted", 3: "Qualified", 4: "Lost"}, "leadsourcecode": {8: "Web"}},
    "opportunity": {"statuscode": {1: "In Progress", 2: "On Hold", 3: "Won", 5: "Out-Sold"}},
    "product": {"statuscode": {1: "Active", 2: "Retired", 0: "Draft"}},
    "salesorder": {"statuscode": {1: "New", 2: "Pending", 3: "In Progress", 4: "No Money", 100001: "Complete",
                                  100002: "Partial", 100003: "Invoiced"}, "shippingmethodcode": {2: "DHL", 4: "UPS"}},
    "invoice": {"statuscode": {1: "New", 4: "Billed", 100001: "Complete", 100003: "Canceled"}},
    "incident": {"statuscode": {1: "In Progress", 2: "On Hold", 5: "Problem Solved", 6: "Canceled"},
                 "casetypecode": {1: "Question", 2: "Problem"}, "caseorigincode": {1: "Phone", 2: "Email"}},
}  # fmt: skip
_LABELLED = {"_ownerid_value", "_uomid_value", "_defaultuomid_value", "_productid_value", "_parentproductid_value"}
KNOWN_OPTIONS = {
    "LogicalName", "EntitySetName", "PrimaryIdAttribute", "ChangeTrackingEnabled", "AttributeType",
    "AttributeTypeName", "IsValidForRead",
}  # fmt: skip


@cache
def entity_sets(untracked: frozenset[str]) -> tuple[EntitySet, ...]:
    """All tables as an OData service offers them."""
    return tuple(
        EntitySet(
            SETS[table], table, _properties(table), table=STREAMS[table],
            tracked=table not in untracked and table != "organization",
        )
        for table in COLUMNS
    )  # fmt: skip


def _properties(table: str) -> tuple[Property, ...]:
    choices = CHOICES.get(table, {})
    more: dict[str, Mapping[str, Any]] = {name: {"annotations": {LABEL[1:]: _choice(name, labels)}}
                                          for name, labels in choices.items()}  # fmt: skip
    for name in _LABELLED:
        more[name] = {"annotations": {LABEL[1:]: _beside(f"{name}.label")}}
    for name in ("_customerid_value", "_parentcustomerid_value"):
        more[name] = {"annotations": {TARGET[1:]: _beside(f"{name}.target")}}
    return properties(COLUMNS[table], **more)


def _choice(name: str, labels: Mapping[int, str]) -> Callable[[SimRow], Any]:
    return lambda row: labels.get(row[name])


def _beside(name: str) -> Callable[[SimRow], Any]:
    return lambda row: row.get(name)


def definition(found: EntitySet) -> dict[str, Any]:
    """What `EntityDefinitions` tells of a table."""
    key = found.key[0].name
    attributes = [_attribute(each) for each in found.properties]
    attributes.append({"LogicalName": "entityimage", "AttributeType": "Virtual", "IsValidForRead": True,
                       "AttributeTypeName": {"Value": "ImageType"}})  # fmt: skip
    return {
        "LogicalName": found.type, "EntitySetName": found.name, "PrimaryIdAttribute": key,
        "ChangeTrackingEnabled": found.tracked, "Attributes": attributes,
    }  # fmt: skip


def _attribute(each: Property) -> dict[str, Any]:
    name, kind = each.name, _kind(each)
    if kind == "Lookup":
        name = name.removeprefix("_").removesuffix("_value")
    return {
        "LogicalName": name, "AttributeType": kind, "IsValidForRead": True,
        "AttributeTypeName": {"Value": f"{kind}Type"},
    }  # fmt: skip


def _kind(each: Property) -> str:
    if each.type == "Guid":
        return "Uniqueidentifier" if each.key else "Lookup"
    if each.type == "Int32" and each.name.endswith("code"):
        return {"statecode": "State", "statuscode": "Status"}.get(each.name, "Picklist")
    if each.type == "Decimal":
        return "Money" if each.scale == 4 else "Decimal"
    return {"Int32": "Integer", "Int64": "BigInt", "DateTimeOffset": "DateTime", "Date": "DateTime"}.get(
        each.type, each.type
    )
