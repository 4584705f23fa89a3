"""Dataverse's columns and ours: tables, no code. Columns that an environment does not have are left out of the query.

`_customerid_value` is a look-up's key, with the label and the kind of what it leads to beside it as annotations.
What the connector adds: `transactioncurrency` and `basecurrency`, ISO codes for the ids that Dataverse sends, and
`customer`, the account behind `_customerid_value`, which may lead to a contact.
"""

from __future__ import annotations

from connectors.dynamics import words
from hub.sdk import FieldMap, Where, at, computed, const, entities, first_of, joined

STAMP = at("modifiedon")
CURRENCY = at("transactioncurrency")
BASE_CURRENCY = at("basecurrency")


def label(column: str) -> str:
    """The path of a column's formatted value: a choice's label, a look-up's name; in the language of the hub's user."""
    return column + words.LABEL.replace(".", "\\.")


def kind_of(column: str) -> str:
    """The path of the table that a look-up leads to, where it may be one of several."""
    return column + words.TARGET.replace(".", "\\.")


SOURCE_STATUS = first_of(label("statuscode"), "statuscode")
OWNER = at(label("_ownerid_value"))

CUSTOMERS = FieldMap(
    entities.Customer,
    {
        "source_id": at("accountid"),
        "source_updated_at": STAMP,
        "name": at("name"),
        "kind": const("company"),
        "status": at("statecode", values={"0": "active", "1": "inactive"}),
        "source_status": SOURCE_STATUS,
        "number": at("accountnumber"),
        "email": at("emailaddress1"),
        "phone": at("telephone1"),
        "website": at("websiteurl"),
        "industry": at(label("industrycode")),
        "industry_code": at("sic"),
        "employees": at("numberofemployees"),
        "annual_revenue": at("revenue"),
        "currency": CURRENCY,
        "segment": at(label("accountcategorycode")),
        "owner": OWNER,
        "parent_source_id": at("_parentaccountid_value"),
        "street": at("address1_line1"),
        "street2": at("address1_line2"),
        "city": at("address1_city"),
        "region": at("address1_stateorprovince"),
        "postal_code": at("address1_postalcode"),
        "country": at("address1_country"),
        "created_at": at("createdon"),
    },
)

OTHER_ADDRESSES = FieldMap(
    entities.Address,
    {
        "source_id": joined("accountid", const("address2")),
        "source_updated_at": STAMP,
        "customer_source_id": at("accountid"),
        "role": const("other"),
        "name": at("address2_name"),
        "street": at("address2_line1"),
        "street2": at("address2_line2"),
        "city": at("address2_city"),
        "region": at("address2_stateorprovince"),
        "postal_code": at("address2_postalcode"),
        "country": at("address2_country"),
    },
    where=(Where("address2_city", empty=False),),
)

CONTACTS = FieldMap(
    entities.Contact,
    {
        "source_id": at("contactid"),
        "source_updated_at": STAMP,
        "customer_source_id": first_of("_parentcustomerid_value", "contactid"),
        "name": at("fullname"),
        "first_name": at("firstname"),
        "last_name": at("lastname"),
        "title": at("jobtitle"),
        "department": at("department"),
        "role": at(label("accountrolecode")),
        "email": at("emailaddress1"),
        "phone": at("telephone1"),
        "mobile": at("mobilephone"),
        "status": at("statecode", values={"0": "active", "1": "inactive"}),
        "created_at": at("createdon"),
    },
)

PERSONS = FieldMap(
    entities.Customer,
    {
        "source_id": at("contactid"),
        "source_updated_at": STAMP,
        "name": at("fullname"),
        "kind": const("person"),
        "status": at("statecode", values={"0": "active", "1": "inactive"}),
        "source_status": SOURCE_STATUS,
        "email": at("emailaddress1"),
        "phone": first_of("telephone1", "mobilephone"),
        "currency": CURRENCY,
        "owner": OWNER,
        "street": at("address1_line1"),
        "street2": at("address1_line2"),
        "city": at("address1_city"),
        "region": at("address1_stateorprovince"),
        "postal_code": at("address1_postalcode"),
        "country": at("address1_country"),
        "created_at": at("createdon"),
    },
    where=(Where("_parentcustomerid_value", empty=True),),
)
"""A contact of no account is a customer itself: orders may name it as theirs."""

LEADS = FieldMap(
    entities.Lead,
    {
        "source_id": at("leadid"),
        "source_updated_at": STAMP,
        "name": first_of("fullname", "subject"),
        "company": at("companyname"),
        "title": at("jobtitle"),
        "email": at("emailaddress1"),
        "phone": first_of("telephone1", "mobilephone"),
        "website": at("websiteurl"),
        "industry": at(label("industrycode")),
        "employees": at("numberofemployees"),
        "country": at("address1_country"),
        "status": computed(words.lead_status, uses=("statecode", "statuscode")),
        "source_status": SOURCE_STATUS,
        "lead_source": at(label("leadsourcecode")),
        "owner": OWNER,
        "created_at": at("createdon"),
        "converted_at": computed(words.resolved_lead, uses=("statecode", "modifiedon")),
        "customer_source_id": first_of("_parentaccountid_value", "customer"),
        "contact_source_id": at("_parentcontactid_value"),
        "opportunity_source_id": at("_qualifyingopportunityid_value"),
    },
)

OPPORTUNITIES = FieldMap(
    entities.Opportunity,
    {
        "source_id": at("opportunityid"),
        "source_updated_at": STAMP,
        "name": at("name"),
        "customer_source_id": at("customer"),
        "contact_source_id": first_of("_parentcontactid_value", "_contactid_value"),
        "status": computed(words.opportunity_status, uses=("statecode",)),
        "stage": first_of("stepname", label("salesstage")),
        "amount": computed(words.opportunity_amount, uses=("statecode", "actualvalue", "estimatedvalue")),
        "currency": CURRENCY,
        "probability": at("closeprobability", percent=True),
        "owner": OWNER,
        "campaign_source_id": at("_campaignid_value"),
        "created_at": at("createdon"),
        "expected_close_on": at("estimatedclosedate"),
        "closed_at": at("actualclosedate"),
    },
)

PRODUCTS = FieldMap(
    entities.Product,
    {
        "source_id": at("productid"),
        "source_updated_at": STAMP,
        "sku": at("productnumber"),
        "name": at("name"),
        "description": at("description"),
        "mpn": at("vendorpartnumber"),
        "manufacturer": at("vendorname"),
        "category": at(label("_parentproductid_value")),
        "kind": at("producttypecode", values={"1": "goods", "2": "fee", "3": "service", "4": "fee", "*": "goods"}),
        "status": at("statecode", values={"0": "active", "1": "discontinued", "2": "draft", "3": "active"}),
        "source_status": SOURCE_STATUS,
        "unit": computed(words.unit, uses=(label("_defaultuomid_value"),)),
        "list_price": at("price"),
        "unit_cost": first_of("currentcost", "standardcost"),
        "currency": CURRENCY,
        "is_stocked": at("isstockitem"),
        "created_at": at("createdon"),
    },
    where=(Where("productstructure", not_one_of=("2",)),),
)
"""A product family is a folder of products, not one that is sold."""

STANDARD_COSTS = FieldMap(
    entities.ProductCost,
    {
        "source_id": joined("productid", const("standard")),
        "source_updated_at": STAMP,
        "product_source_id": at("productid"),
        "valuation_method": const("standard"),
        "cost": at("standardcost"),
        "unit": computed(words.unit, uses=(label("_defaultuomid_value"),)),
        "currency": CURRENCY,
    },
    where=(Where("standardcost", empty=False), Where("productstructure", not_one_of=("2",))),
)

ORDERS = FieldMap(
    entities.Order,
    {
        "source_id": at("salesorderid"),
        "source_updated_at": STAMP,
        "number": at("ordernumber"),
        "customer_source_id": at("customer"),
        "contact_source_id": computed(
            words.buying_contact, uses=("_customerid_value", kind_of("_customerid_value"), "_contactid_value")
        ),
        "status": computed(words.order_status, uses=("statecode", "statuscode")),
        "source_status": SOURCE_STATUS,
        "sales_rep": OWNER,
        "opportunity_source_id": at("_opportunityid_value"),
        "ordered_at": first_of("submitdate", "createdon"),
        "requested_at": at("requestdeliveryby"),
        "shipped_at": at("datefulfilled"),
        "currency": CURRENCY,
        "subtotal": at("totallineitemamount"),
        "discount": at("totaldiscountamount"),
        "tax": at("totaltax"),
        "shipping": at("freightamount"),
        "total": at("totalamount"),
        "base_currency": BASE_CURRENCY,
        "base_total": at("totalamount_base"),
        "carrier": at(label("shippingmethodcode")),
        "ship_city": at("shipto_city"),
        "ship_region": at("shipto_stateorprovince"),
        "ship_postal_code": at("shipto_postalcode"),
        "ship_country": at("shipto_country"),
        "created_at": at("createdon"),
    },
)

ORDER_LINES = FieldMap(
    entities.OrderLine,
    {
        "source_id": at("salesorderdetailid"),
        "source_updated_at": STAMP,
        "order_source_id": at("_salesorderid_value"),
        "line_number": first_of("lineitemnumber", "sequencenumber"),
        "product_source_id": at("_productid_value"),
        "name": first_of("productdescription", label("_productid_value"), "salesorderdetailname"),
        "quantity": at("quantity"),
        "quantity_cancelled": at("quantitycancelled"),
        "quantity_shipped": at("quantityshipped"),
        "unit": computed(words.unit, uses=(label("_uomid_value"),)),
        "unit_price": at("priceperunit"),
        "discount": computed(words.line_discount, uses=("manualdiscountamount", "volumediscountamount", "quantity")),
        "tax": at("tax"),
        "total": computed(words.line_total, uses=("extendedamount", "tax")),
        "currency": CURRENCY,
        "requested_at": at("requestdeliveryby"),
        "parent_source_id": at("_parentbundleidref_value"),
    },
)

INVOICES = FieldMap(
    entities.Invoice,
    {
        "source_id": at("invoiceid"),
        "source_updated_at": STAMP,
        "number": at("invoicenumber"),
        "kind": const("invoice"),
        "status": computed(words.invoice_status, uses=("statecode",)),
        "source_status": SOURCE_STATUS,
        "customer_source_id": at("customer"),
        "order_source_id": at("_salesorderid_value"),
        "issued_at": at("createdon"),
        "due_at": at("duedate"),
        "currency": CURRENCY,
        "tax": at("totaltax"),
        "total": at("totalamount"),
    },
)

INVOICE_LINES = FieldMap(
    entities.InvoiceLine,
    {
        "source_id": at("invoicedetailid"),
        "source_updated_at": STAMP,
        "invoice_source_id": at("_invoiceid_value"),
        "order_line_source_id": at("_salesorderdetailid_value"),
        "product_source_id": at("_productid_value"),
        "quantity": at("quantity"),
        "unit": computed(words.unit, uses=(label("_uomid_value"),)),
        "net": computed(words.line_total, uses=("extendedamount", "tax")),
        "tax": at("tax"),
        "currency": CURRENCY,
    },
)

CASES = FieldMap(
    entities.Case,
    {
        "source_id": at("incidentid"),
        "source_updated_at": STAMP,
        "number": at("ticketnumber"),
        "subject": at("title"),
        "customer_source_id": at("customer"),
        "contact_source_id": first_of("_primarycontactid_value", "_contactid_value"),
        "product_source_id": at("_productid_value"),
        "status": computed(words.case_status, uses=("statecode", "statuscode")),
        "source_status": SOURCE_STATUS,
        "priority": at("prioritycode", values={"1": "high", "2": "normal", "3": "low", "*": None}),
        "reason": at(label("casetypecode")),
        "origin": at(label("caseorigincode")),
        "owner": OWNER,
        "opened_at": at("createdon"),
        "closed_at": computed(words.closed_case, uses=("statecode", "modifiedon")),
    },
)

RATES = FieldMap(
    entities.FxRate,
    {
        "source_id": at("transactioncurrencyid"),
        "source_updated_at": STAMP,
        "base_currency": BASE_CURRENCY,
        "currency": at("isocurrencycode"),
        "rate_on": at("createdon"),
        "rate": at("exchangerate"),
    },
)
"""One fixed rate a currency: Dataverse keeps no history, and documents keep the rate that they were made with."""
