"""The streams, and the object of Salesforce behind each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from connectors.salesforce import maps
from hub.sdk import FieldMap, Mode, Stream

if TYPE_CHECKING:
    from connectors.salesforce.config import SalesforceConfig

_LATE_COMMITS = timedelta(minutes=10)
"""A stamp is set before its transaction commits, so a row can turn up behind the cursor for some minutes."""


@dataclass(frozen=True)
class Source:
    """What a stream is read from.

    table     API name of the object
    instead   object to read where the org does not have the first
    feature   what must be switched on for the object to exist; empty: every org has it
    children  list of children -> condition: the few that belong to a row are asked for with it, in a sub-select
    lapsing   entity -> field: its record exists only while the row has a value there
    only      field -> condition on it, where the org has the field: other rows belong to another stream
    depends   without that field there is nothing to read
    parents   list of children -> (object, its field with the row's id): a change of a child makes the row come again
    """

    table: str
    feature: str = ""
    instead: str | None = None
    children: tuple[tuple[str, str], ...] = ()
    parents: tuple[tuple[str, str, str], ...] = ()
    lapsing: tuple[tuple[str, str], ...] = ()
    only: tuple[str, str] | None = None
    depends: bool = False


SOURCES = {
    "accounts": Source("Account", lapsing=(("addresses", "ShippingCity"),)),
    "contacts": Source("Contact"),
    "leads": Source("Lead", feature="Leads"),
    "opportunities": Source("Opportunity"),
    "opportunity_stages": Source("OpportunityHistory"),
    "products": Source(
        "Product2",
        children=(("PricebookEntries", "Pricebook2.IsStandard = true"),),
        parents=(("PricebookEntries", "PricebookEntry", "Product2Id"),),
    ),
    "orders": Source("Order", feature="Orders", only=("IsReductionOrder", "= false")),
    "order_items": Source("OrderItem", feature="Orders", only=("Order.IsReductionOrder", "= false")),
    "order_reductions": Source(
        "OrderItem", feature="reduction orders", only=("Order.IsReductionOrder", "= true"), depends=True
    ),
    "cases": Source("Case", feature="Cases"),
    "campaigns": Source("Campaign", feature="Campaigns"),
    "locations": Source("Location", feature="Field Service or Inventory"),
    "stock": Source("ProductItem", feature="Field Service"),
    "fx_rates": Source("DatedConversionRate", feature="multiple currencies", instead="CurrencyType"),
}


def _stream(
    name: str, *fields: FieldMap, after: tuple[str, ...] = (), mode: Mode = Mode.INCREMENTAL, text: str
) -> Stream:
    return Stream(name, fields, mode=mode, overlap=_LATE_COMMITS, depends_on=after, description=text)


STREAMS = (
    _stream("accounts", maps.CUSTOMERS, maps.SHIPPING_ADDRESSES, text="Accounts, business and person."),
    _stream("contacts", maps.CONTACTS, after=("accounts",), text="People at accounts."),
    _stream("leads", maps.LEADS, after=("accounts",), text="Leads, with what they were converted into."),
    _stream("opportunities", maps.OPPORTUNITIES, after=("accounts",), text="Deals."),
    _stream("opportunity_stages", maps.OPPORTUNITY_STAGES, after=("opportunities",), text="History of deals' stages."),
    _stream("products", maps.PRODUCTS, text="Products, with their standard price."),
    _stream("orders", maps.ORDERS, after=("accounts",), text="Orders, without reduction orders."),
    _stream("order_items", maps.ORDER_LINES, after=("orders", "products"), text="Lines of orders."),
    _stream("order_reductions", maps.REDUCTIONS, after=("order_items",), text="Lines of reduction orders: returns."),
    _stream("cases", maps.CASES, after=("accounts",), text="Customers' cases."),
    _stream("campaigns", maps.CAMPAIGNS, text="Campaigns and what they cost."),
    _stream("locations", maps.LOCATIONS, text="Warehouses, sites and vans of Field Service."),
    _stream("stock", maps.STOCK, after=("products", "locations"), text="Product items: stock by location."),
    _stream("fx_rates", maps.DATED_RATES, mode=Mode.SNAPSHOT, text="Exchange rates of the org."),
)


def streams_of(config: SalesforceConfig) -> tuple[Stream, ...]:
    """The built-in streams, and those of the admin's own objects."""
    own = tuple(
        Stream(
            name,
            tuple(spec.field_map() for spec in each.maps),
            mode=each.mode,
            overlap=_LATE_COMMITS,
            description=each.description or f"Rows of {each.object}.",
        )
        for name, each in config.objects.items()
    )
    return STREAMS + own


def source_of(config: SalesforceConfig, stream: str) -> Source:
    """The object behind a stream."""
    return SOURCES[stream] if stream in SOURCES else Source(config.objects[stream].object)
