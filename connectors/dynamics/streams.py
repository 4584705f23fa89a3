"""The streams, each with its table, and what an environment needs for it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from connectors.dynamics import maps
from connectors.dynamics.config import DynamicsConfig
from hub.sdk import FieldMap, Stream

_LATE_COMMITS = timedelta(minutes=10)
"""Where changes are not tracked: `modifiedon` is set before a transaction commits, so late rows appear behind it."""


@dataclass(frozen=True)
class Source:
    """What a stream is read from.

    table     logical name;  privilege  what a role must have to read it (details go with their document)
    app       the app that brings the table, where not every environment has it
    lapsing   (entity, column): a row with a value in the column is not one of these any more
    """

    table: str
    privilege: str
    app: str = ""
    lapsing: tuple[tuple[str, str], ...] = ()


SOURCES = {
    "accounts": Source("account", "prvReadAccount"),
    "contacts": Source("contact", "prvReadContact", lapsing=(("customers", "_parentcustomerid_value"),)),
    "leads": Source("lead", "prvReadLead", app="Sales"),
    "opportunities": Source("opportunity", "prvReadOpportunity", app="Sales"),
    "products": Source("product", "prvReadProduct", app="Sales"),
    "orders": Source("salesorder", "prvReadOrder", app="Sales"),
    "order_lines": Source("salesorderdetail", "prvReadOrder", app="Sales"),
    "invoices": Source("invoice", "prvReadInvoice", app="Sales"),
    "invoice_lines": Source("invoicedetail", "prvReadInvoice", app="Sales"),
    "cases": Source("incident", "prvReadIncident", app="Customer Service"),
    "fx_rates": Source("transactioncurrency", "prvReadTransactionCurrency"),
}


def _stream(name: str, *fields: FieldMap, after: tuple[str, ...] = (), text: str) -> Stream:
    return Stream(name, fields, overlap=_LATE_COMMITS, depends_on=after, description=text)


STREAMS = (
    _stream("accounts", maps.CUSTOMERS, maps.OTHER_ADDRESSES, text="Accounts, with their second address."),
    _stream("contacts", maps.CONTACTS, maps.PERSONS, after=("accounts",), text="Contacts; those of no account buy."),
    _stream("leads", maps.LEADS, after=("accounts",), text="Leads, with what they became."),
    _stream("opportunities", maps.OPPORTUNITIES, after=("accounts",), text="Opportunities."),
    _stream("products", maps.PRODUCTS, maps.STANDARD_COSTS, text="Products, with list price and costs."),
    _stream("orders", maps.ORDERS, after=("accounts", "contacts"), text="Orders, in both currencies."),
    _stream("order_lines", maps.ORDER_LINES, after=("orders", "products"), text="Lines of orders."),
    _stream("invoices", maps.INVOICES, after=("orders",), text="Invoices."),
    _stream("invoice_lines", maps.INVOICE_LINES, after=("invoices",), text="Lines of invoices."),
    _stream("cases", maps.CASES, after=("accounts",), text="Customers' cases."),
    _stream("fx_rates", maps.RATES, text="Currencies with their exchange rates."),
)


def streams_of(config: DynamicsConfig) -> tuple[Stream, ...]:
    """The built-in streams, and those of the admin's own tables."""
    own = tuple(
        Stream(
            name,
            tuple(spec.field_map() for spec in each.maps),
            overlap=_LATE_COMMITS,
            description=each.description or f"Rows of {each.table}.",
        )
        for name, each in config.tables.items()
    )
    return STREAMS + own


def source_of(config: DynamicsConfig, stream: str) -> Source:
    """What is behind a stream."""
    return SOURCES[stream] if stream in SOURCES else Source(config.tables[stream].table, "")
