"""Salesforce's fields and ours: tables, no code. Paths are those of SOQL, `Owner.Name` is the field of a relationship.

Fields that an org does not have (features, permissions) are left out of the query, and their columns stay empty.
"""

from __future__ import annotations

from connectors.salesforce import words
from hub.sdk import FieldMap, Where, at, computed, const, entities, first_of, joined

STAMP = at("SystemModstamp")
CURRENCY = at("CurrencyIsoCode")

CUSTOMERS = FieldMap(
    entities.Customer,
    {
        "source_id": at("Id"),
        "source_updated_at": STAMP,
        "name": at("Name"),
        "kind": at("IsPersonAccount", values={"true": "person", "false": "company"}, default="company"),
        "status": at("Type", values={"Prospect": "prospect", "Customer": "active", "Customer - Direct": "active",
                                     "Customer - Channel": "active", "*": None}),
        "source_status": at("Type"),
        "number": at("AccountNumber"),
        "email": at("PersonEmail"),
        "phone": first_of("Phone", "PersonMobilePhone"),
        "website": at("Website"),
        "duns": at("DunsNumber"),
        "industry": at("Industry"),
        "industry_code": first_of("NaicsCode", "Sic"),
        "employees": at("NumberOfEmployees"),
        "annual_revenue": at("AnnualRevenue"),
        "currency": CURRENCY,
        "owner": at("Owner.Name"),
        "lead_source": first_of("AccountSource", "PersonLeadSource"),
        "parent_source_id": at("ParentId"),
        "street": at("BillingStreet"),
        "city": at("BillingCity"),
        "region": at("BillingState"),
        "postal_code": at("BillingPostalCode"),
        "country": first_of("BillingCountryCode", "BillingCountry"),
        "created_at": at("CreatedDate"),
    },
)  # fmt: skip

SHIPPING_ADDRESSES = FieldMap(
    entities.Address,
    {
        "source_id": joined("Id", const("shipping")),
        "source_updated_at": STAMP,
        "customer_source_id": at("Id"),
        "role": const("shipping"),
        "street": at("ShippingStreet"),
        "city": at("ShippingCity"),
        "region": at("ShippingState"),
        "postal_code": at("ShippingPostalCode"),
        "country": first_of("ShippingCountryCode", "ShippingCountry"),
        "is_default": const(True),
    },
    where=(Where("ShippingCity", empty=False),),
)

CONTACTS = FieldMap(
    entities.Contact,
    {
        "source_id": at("Id"),
        "source_updated_at": STAMP,
        "customer_source_id": at("AccountId"),
        "name": at("Name"),
        "first_name": at("FirstName"),
        "last_name": at("LastName"),
        "title": at("Title"),
        "department": at("Department"),
        "email": at("Email"),
        "phone": at("Phone"),
        "mobile": at("MobilePhone"),
        "created_at": at("CreatedDate"),
    },
)

LEADS = FieldMap(
    entities.Lead,
    {
        "source_id": at("Id"),
        "source_updated_at": STAMP,
        "name": at("Name"),
        "company": at("Company"),
        "title": at("Title"),
        "email": at("Email"),
        "phone": first_of("Phone", "MobilePhone"),
        "website": at("Website"),
        "industry": at("Industry"),
        "employees": at("NumberOfEmployees"),
        "country": first_of("CountryCode", "Country"),
        "status": computed(words.lead_status, uses=("IsConverted", "Status")),
        "source_status": at("Status"),
        "lead_source": at("LeadSource"),
        "owner": at("Owner.Name"),
        "created_at": at("CreatedDate"),
        "converted_at": at("ConvertedDate"),
        "customer_source_id": at("ConvertedAccountId"),
        "contact_source_id": at("ConvertedContactId"),
        "opportunity_source_id": at("ConvertedOpportunityId"),
    },
)

OPPORTUNITIES = FieldMap(
    entities.Opportunity,
    {
        "source_id": at("Id"),
        "source_updated_at": STAMP,
        "name": at("Name"),
        "customer_source_id": at("AccountId"),
        "contact_source_id": at("ContactId"),
        "status": computed(words.opportunity_status, uses=("IsWon", "IsClosed")),
        "stage": at("StageName"),
        "amount": at("Amount"),
        "currency": CURRENCY,
        "probability": at("Probability", percent=True),
        "owner": at("Owner.Name"),
        "lead_source": at("LeadSource"),
        "campaign_source_id": at("CampaignId"),
        "created_at": at("CreatedDate"),
        "expected_close_on": at("CloseDate"),
        "closed_at": computed(words.opportunity_closed, uses=("CloseDate", "IsClosed")),
    },
)

OPPORTUNITY_STAGES = FieldMap(
    entities.OpportunityStage,
    {
        "source_id": at("Id"),
        "source_updated_at": STAMP,
        "opportunity_source_id": at("OpportunityId"),
        "stage": at("StageName"),
        "status": at("ForecastCategory", values={"Closed": "won", "Omitted": "lost", "*": "open"}),
        "entered_at": at("CreatedDate"),
        "amount": at("Amount"),
        "probability": at("Probability", percent=True),
        "currency": CURRENCY,
    },
)

PRODUCTS = FieldMap(
    entities.Product,
    {
        "source_id": at("Id"),
        "source_updated_at": STAMP,
        "sku": first_of("StockKeepingUnit", "ProductCode"),
        "name": at("Name"),
        "description": at("Description"),
        "category": at("Family"),
        "status": computed(words.product_status, uses=("IsActive", "IsArchived")),
        "source_status": at("IsActive", values={"true": "active", "false": "inactive"}),
        "unit": at("QuantityUnitOfMeasure"),
        "list_price": at("PricebookEntries.records.0.UnitPrice"),
        "currency": first_of("PricebookEntries.records.0.CurrencyIsoCode", "CurrencyIsoCode"),
        "created_at": at("CreatedDate"),
    },
)

ORDERS = FieldMap(
    entities.Order,
    {
        "source_id": at("Id"),
        "source_updated_at": STAMP,
        "number": at("OrderNumber"),
        "customer_source_id": at("AccountId"),
        "contact_source_id": at("BillToContactId"),
        "status": computed(words.order_status, uses=("StatusCode", "Status")),
        "source_status": at("Status"),
        "channel": at("Type"),
        "po_number": at("PoNumber"),
        "sales_rep": at("Owner.Name"),
        "opportunity_source_id": at("OpportunityId"),
        "ordered_at": at("EffectiveDate"),
        "currency": CURRENCY,
        "subtotal": at("TotalAmount"),
        "total": at("TotalAmount"),
        "ship_city": at("ShippingCity"),
        "ship_region": at("ShippingState"),
        "ship_postal_code": at("ShippingPostalCode"),
        "ship_country": first_of("ShippingCountryCode", "ShippingCountry"),
        "created_at": at("CreatedDate"),
    },
)

ORDER_LINES = FieldMap(
    entities.OrderLine,
    {
        "source_id": at("Id"),
        "source_updated_at": STAMP,
        "order_source_id": at("OrderId"),
        "line_number": at("OrderItemNumber"),
        "product_source_id": at("Product2Id"),
        "sku": first_of("Product2.StockKeepingUnit", "Product2.ProductCode"),
        "name": first_of("Description", "Product2.Name"),
        "quantity": at("Quantity"),
        "unit": at("Product2.QuantityUnitOfMeasure"),
        "unit_price": at("UnitPrice"),
        "total": at("TotalPrice"),
        "currency": CURRENCY,
        "ordered_at": at("Order.EffectiveDate"),
        "requested_at": at("ServiceDate"),
    },
)

REDUCTIONS = FieldMap(
    entities.Return,
    {
        "source_id": at("Id"),
        "source_updated_at": STAMP,
        "number": at("Order.OrderNumber"),
        "order_source_id": at("Order.OriginalOrderId"),
        "order_line_source_id": at("OriginalOrderItemId"),
        "customer_source_id": at("Order.AccountId"),
        "product_source_id": at("Product2Id"),
        "sku": first_of("Product2.StockKeepingUnit", "Product2.ProductCode"),
        "status": computed(words.return_status, uses=("Order.StatusCode",)),
        "source_status": at("Order.Status"),
        "quantity": computed(words.quantity_given_back, uses=("Quantity",)),
        "unit": at("Product2.QuantityUnitOfMeasure"),
        "unit_price": at("UnitPrice"),
        "refund": computed(words.amount_given_back, uses=("TotalPrice",)),
        "currency": CURRENCY,
        "requested_at": at("CreatedDate"),
        "returned_at": at("Order.EffectiveDate"),
    },
)
"""A reduction order takes something back from an earlier one: it is no order itself, and its lines are returns."""

CASES = FieldMap(
    entities.Case,
    {
        "source_id": at("Id"),
        "source_updated_at": STAMP,
        "number": at("CaseNumber"),
        "subject": at("Subject"),
        "customer_source_id": at("AccountId"),
        "contact_source_id": at("ContactId"),
        "product_source_id": at("ProductId"),
        "status": computed(words.case_status, uses=("IsClosed", "Status")),
        "source_status": at("Status"),
        "priority": at("Priority", values={"Low": "low", "Medium": "normal", "Normal": "normal", "High": "high",
                                           "Critical": "urgent", "Urgent": "urgent", "*": None}),
        "reason": at("Reason"),
        "origin": at("Origin"),
        "owner": at("Owner.Name"),
        "opened_at": at("CreatedDate"),
        "closed_at": at("ClosedDate"),
    },
)  # fmt: skip

CAMPAIGNS = FieldMap(
    entities.MarketingSpend,
    {
        "source_id": at("Id"),
        "source_updated_at": STAMP,
        "campaign_source_id": at("Id"),
        "campaign": at("Name"),
        "channel": at("Type"),
        "spent_on": at("StartDate"),
        "spent_until": at("EndDate"),
        "amount": at("ActualCost"),
        "currency": CURRENCY,
        "leads_won": at("NumberOfLeads"),
    },
)

LOCATIONS = FieldMap(
    entities.Location,
    {
        "source_id": at("Id"),
        "source_updated_at": STAMP,
        "name": at("Name"),
        "kind": at("LocationType", values={"Warehouse": "warehouse", "Plant": "plant", "Site": "plant",
                                           "Store": "store", "Van": "virtual", "Virtual": "virtual", "*": None}),
        "parent_source_id": at("ParentLocationId"),
        "street": at("VisitorAddress.Street"),
        "city": at("VisitorAddress.City"),
        "region": at("VisitorAddress.State"),
        "postal_code": at("VisitorAddress.PostalCode"),
        "country": first_of("VisitorAddress.CountryCode", "VisitorAddress.Country"),
    },
)  # fmt: skip

STOCK = FieldMap(
    entities.StockLevel,
    {
        "source_id": at("Id"),
        "source_updated_at": STAMP,
        "product_source_id": at("Product2Id"),
        "location_source_id": at("LocationId"),
        "batch": at("SerialNumber"),
        "on_hand": at("QuantityOnHand"),
        "unit": at("QuantityUnitOfMeasure"),
        "counted_at": STAMP,
    },
)

DATED_RATES = FieldMap(
    entities.FxRate,
    {
        "source_id": at("Id"),
        "source_updated_at": STAMP,
        "base_currency": at("CorporateIsoCode"),
        "currency": at("IsoCode"),
        "rate_on": first_of("StartDate", "CreatedDate"),
        "rate": at("ConversionRate"),
    },
)
"""Rows of DatedConversionRate, or of CurrencyType where the org has no dated rates: a fixed rate holds, as Salesforce
itself applies it, ever since the currency was added. `CorporateIsoCode` is added by the connector."""
