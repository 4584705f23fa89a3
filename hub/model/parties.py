"""Who buys, who sells, and where they are: customers, contacts, addresses, suppliers."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import ClassVar

from hub.model import columns as c
from hub.model.record import Record, Tracked
from hub.model.vocabulary import AddressRole, PartyKind, PartyStatus


class Customer(Tracked, Record, table=True):
    """A company or person that buys, as one source knows it."""

    __tablename__ = "customers"
    __title__: ClassVar[str] = "Customer"

    name: str | None = c.text("Name the source shows.", personal="person")
    legal_name: str | None = c.text("Registered name, where the source has another.", personal="person")
    kind: str | None = c.word(PartyKind, "Company or person.")
    status: str | None = c.word(PartyStatus, "Whether it may buy.")
    source_status: str | None = c.text("The source's own word for the status.")
    number: str | None = c.text("Customer number that people use, where it differs from the key.", personal="trace")
    email: str | None = c.text("Main e-mail address.", max_length=320, personal="always")
    phone: str | None = c.text("Main telephone number, as the source writes it.", personal="always")
    website: str | None = c.text("Website.", max_length=2000, personal="person")
    tax_id: str | None = c.text("VAT or tax number, as the source writes it.", personal="person")
    tax_country: str | None = c.country("ISO 3166-1 alpha-2 code of the country that issued `tax_id`.")
    company_number: str | None = c.text("Number in the company register.", personal="person")
    duns: str | None = c.text("D-U-N-S number.", personal="person")
    lei: str | None = c.text("Legal Entity Identifier.", personal="person")
    gln: str | None = c.text("Global Location Number.", personal="person")
    industry: str | None = c.text("Industry, as the source writes it.")
    industry_code: str | None = c.text("Code of the industry (NACE, SIC, NAICS).")
    employees: int | None = c.whole("Number of employees.")
    annual_revenue: Decimal | None = c.money("Yearly revenue of the customer's own business.")
    currency: str | None = c.currency(
        "ISO 4217 code: currency of `annual_revenue` and default currency of the account."
    )
    language: str | None = c.text("BCP 47 language tag.")
    segment: str | None = c.text("The source's own customer group or class.")
    owner: str | None = c.text("Sales person or team responsible.")
    lead_source: str | None = c.text("How the customer was won.")
    parent_source_id: str | None = c.ref("customers", "Customer above it in the hierarchy.")
    bill_to_source_id: str | None = c.ref("customers", "Customer that gets the invoices, where it is another.")
    street: str | None = c.text("Street and house number.", personal="person")
    street2: str | None = c.text("Further address line.", personal="person")
    city: str | None = c.text("City or town.", personal="trace")
    region: str | None = c.text("State, province or county, as the source writes it.", personal="trace")
    postal_code: str | None = c.text("Postal code.", max_length=40, personal="person")
    country: str | None = c.country()
    created_at: datetime | None = c.utc("When the source created it.")


class Contact(Tracked, Record, table=True):
    """A person at a customer or supplier."""

    __tablename__ = "contacts"
    __title__: ClassVar[str] = "Contact"

    customer_source_id: str | None = c.ref("customers", "Customer the person belongs to.")
    supplier_source_id: str | None = c.ref("suppliers", "Supplier the person belongs to.")
    name: str | None = c.text("Full name.", personal="always")
    first_name: str | None = c.text("Given name.", personal="always")
    last_name: str | None = c.text("Family name.", personal="always")
    title: str | None = c.text("Job title.", personal="trace")
    department: str | None = c.text("Department.", personal="trace")
    role: str | None = c.text("Role towards us (buyer, accounting ...).", personal="trace")
    email: str | None = c.text("E-mail address.", max_length=320, personal="always")
    phone: str | None = c.text("Telephone number, as the source writes it.", personal="always")
    mobile: str | None = c.text("Mobile number, as the source writes it.", personal="always")
    is_primary: bool | None = c.flag("Main contact of its customer.")
    status: str | None = c.word(PartyStatus, "Whether the contact is in use.")
    created_at: datetime | None = c.utc("When the source created it.")


class Address(Tracked, Record, table=True):
    """A postal address of a customer or supplier, beside the one in its own row."""

    __tablename__ = "addresses"
    __title__: ClassVar[str] = "Address"

    customer_source_id: str | None = c.ref("customers", "Customer it belongs to.")
    supplier_source_id: str | None = c.ref("suppliers", "Supplier it belongs to.")
    role: str | None = c.word(AddressRole, "What it is used for.")
    name: str | None = c.text("Addressee, where it differs.", personal="always")
    street: str | None = c.text("Street and house number.", personal="always")
    street2: str | None = c.text("Further address line.", personal="always")
    city: str | None = c.text("City or town.", personal="trace")
    region: str | None = c.text("State, province or county, as the source writes it.", personal="trace")
    postal_code: str | None = c.text("Postal code.", max_length=40, personal="always")
    country: str | None = c.country()
    phone: str | None = c.text("Telephone number, as the source writes it.", personal="always")
    email: str | None = c.text("E-mail address.", max_length=320, personal="always")
    gln: str | None = c.text("Global Location Number.", personal="trace")
    is_default: bool | None = c.flag("The default of its role.")


class Supplier(Tracked, Record, table=True):
    """A company we buy from."""

    __tablename__ = "suppliers"
    __title__: ClassVar[str] = "Supplier"

    name: str | None = c.text("Name the source shows.")
    legal_name: str | None = c.text("Registered name, where the source has another.")
    number: str | None = c.text("Supplier number that people use, where it differs from the key.")
    status: str | None = c.word(PartyStatus, "Whether we may buy from it.")
    source_status: str | None = c.text("The source's own word for the status.")
    email: str | None = c.text("Main e-mail address.", max_length=320, personal="always")
    phone: str | None = c.text("Main telephone number, as the source writes it.", personal="always")
    website: str | None = c.text("Website.", max_length=2000)
    tax_id: str | None = c.text("VAT or tax number, as the source writes it.")
    duns: str | None = c.text("D-U-N-S number.")
    currency: str | None = c.currency("ISO 4217 code the supplier invoices in.")
    street: str | None = c.text("Street and house number.")
    street2: str | None = c.text("Further address line.")
    city: str | None = c.text("City or town.")
    region: str | None = c.text("State, province or county, as the source writes it.")
    postal_code: str | None = c.text("Postal code.", max_length=40)
    country: str | None = c.country()
    created_at: datetime | None = c.utc("When the source created it.")
