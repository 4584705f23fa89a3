"""Tables of identity: which records are one company or product, why, what people said of it, and the golden records."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from hub.model import columns as c
from hub.model.columns import Exact
from hub.model.kinds import Kind
from hub.model.vocabulary import PartyKind, PartyStatus, ProductKind, ProductStatus
from hub.store import table_columns as t


class LinkRow(SQLModel, table=True):
    """Each customer and product record with the golden record it belongs to, and why: `hub.store.identity.Link`."""

    __tablename__ = "hub_links"
    __table_args__: ClassVar[Any] = (Index("ix_hub_links_golden", "entity", "golden_id"), t.KEYED)

    entity: str = t.text("customers or products.", key=True)
    source: str = t.text("Name of the connector instance.", key=True)
    source_id: str = t.text("The record's own key there.", key=True)
    golden_id: str = t.text("The golden record.")
    rule: str = t.text("What linked it: tax id, e-mail, name ..., person, or alone.")
    score: Decimal | None = Field(default=None, sa_type=Exact, description="Bits of evidence, where a rule scores.")
    evidence: dict[str, Any] | None = t.json("What each field adds to the score.")
    with_source: str | None = t.text("The record it was linked with: its instance ...", nullable=True)
    with_source_id: str | None = t.text("... and its key.", nullable=True)
    linked_at: datetime = t.utc("When it came to this golden record.", nullable=False)
    resolution_id: int = Field(description="The resolution that brought it there.")


class ReviewRow(SQLModel, table=True):
    """Pairs that a person is asked about: `hub.store.identity.Review`."""

    __tablename__ = "hub_reviews"
    __table_args__: ClassVar[Any] = (
        UniqueConstraint("entity", "left_source", "left_id", "right_source", "right_id", name="uq_hub_reviews_pair"),
        Index("ix_hub_reviews_status", "status", "entity"),
    )

    id: int | None = t.number("Number that people use.")
    entity: str = t.text("customers or products.")
    left_source: str = t.text("One record: its instance ...")
    left_id: str = t.text("... and its key.")
    right_source: str = t.text("The other one: its instance ...")
    right_id: str = t.text("... and its key.")
    rule: str = t.text("What speaks most for a link.")
    score: Decimal | None = Field(default=None, sa_type=Exact, description="Bits of evidence.")
    evidence: dict[str, Any] | None = t.json("What each field adds to the score.")
    status: str = t.text("open, accepted, rejected, or gone (nothing to ask any more).")
    first_seen_at: datetime = t.utc("When it was first asked.", nullable=False)
    settled_at: datetime | None = t.utc("When it was answered or went.")


class DecisionRow(SQLModel, table=True):
    """What people said; it binds until it is undone: `hub.store.identity.Decision`."""

    __tablename__ = "hub_decisions"

    id: int | None = t.number("Number that people use.")
    entity: str = t.text("customers or products.")
    kind: str = t.text("accept, reject, split or merge.")
    who: str = t.text("Who said it.")
    why: str = t.text("Why, in their own words; may be empty.")
    at: datetime = t.utc("When.", nullable=False)
    before: dict[str, Any] | None = t.json("Golden records and their members before it.")
    undone_at: datetime | None = t.utc("When it was taken back.")
    undone_by: str | None = t.text("Who took it back.", nullable=True)
    undone_why: str | None = t.text("Why it was taken back.", nullable=True)
    resolution_id: int | None = Field(default=None, description="The resolution that first heeded it, or its undoing.")


class DecisionPairRow(SQLModel, table=True):
    """The pairs of records that a decision is about."""

    __tablename__ = "hub_decision_pairs"
    __table_args__: ClassVar[Any] = t.KEYED

    decision_id: int = Field(primary_key=True, description="Decision.")
    left_source: str = t.text("One record: its instance ...", key=True)
    left_id: str = t.text("... and its key.", key=True)
    right_source: str = t.text("The other one: its instance ...", key=True)
    right_id: str = t.text("... and its key.", key=True)
    same: bool = Field(description="Whether the two are one.")


class ResolutionRow(SQLModel, table=True):
    """Every resolution, the newest being the state of identity: `hub.store.identity.Resolution`."""

    __tablename__ = "hub_resolutions"

    id: int | None = t.number("Number.")
    kind: str = t.text("full or incremental.")
    started_at: datetime = t.utc("Start.", nullable=False)
    ended_at: datetime = t.utc("End.", nullable=False)
    sequence: int = Field(description="The last change of `hub_changes` that it saw.")
    settings: str = t.text("Fingerprint of the settings and rules it was made with.")
    counts: dict[str, Any] | None = t.json("What it found.")


class _Golden(SQLModel):
    records: int = Field(description="Records it is made of.")
    provenance: dict[str, Any] | None = c.json_object(
        "Column to the record it is from; empty where there is only one record."
    )
    resolution_id: int = Field(description="The resolution that last changed it.")
    deleted_at: datetime | None = t.utc("When the last of its sources no longer had it.")


class GoldenCustomerRow(_Golden, table=True):
    """One company or person over all systems, put together by the rules under `identity.customers`."""

    __tablename__ = "golden_customers"
    __table_args__: ClassVar[Any] = t.KEYED

    golden_id: str = t.text("C and a number; it stays as long as the company does.", key=True)
    name: str | None = c.text("Name.")
    legal_name: str | None = c.text("Registered name.")
    kind: str | None = c.word(PartyKind, "Company or person.")
    status: str | None = c.word(PartyStatus, "Whether it may buy.")
    number: str | None = c.text("Customer number that people use.")
    email: str | None = c.text("Main e-mail address.")
    phone: str | None = c.text("Main telephone number.")
    website: str | None = c.text("Website.")
    tax_id: str | None = c.text("VAT or tax number.")
    tax_country: str | None = c.country("ISO 3166-1 alpha-2 code of the country that issued `tax_id`.")
    company_number: str | None = c.text("Number in the company register.")
    duns: str | None = c.text("D-U-N-S number.")
    lei: str | None = c.text("Legal Entity Identifier.")
    gln: str | None = c.text("Global Location Number.")
    industry: str | None = c.text("Industry.")
    industry_code: str | None = c.text("Code of the industry.")
    employees: int | None = c.whole("Number of employees.")
    annual_revenue: Decimal | None = c.money("Yearly revenue of its own business.")
    currency: str | None = c.currency("ISO 4217 code of `annual_revenue`, and default of the account.")
    language: str | None = c.text("BCP 47 language tag.")
    segment: str | None = c.text("Customer group or class.")
    owner: str | None = c.text("Sales person or team responsible.")
    lead_source: str | None = c.text("How the customer was won.")
    parent_golden_id: str | None = c.text("Golden customer above it in the hierarchy.")
    bill_to_golden_id: str | None = c.text("Golden customer that gets the invoices.")
    street: str | None = c.text("Street and house number.")
    street2: str | None = c.text("Further address line.")
    city: str | None = c.text("City or town.")
    region: str | None = c.text("State, province or county.")
    postal_code: str | None = c.text("Postal code.")
    country: str | None = c.country()
    created_at: datetime | None = c.utc("When the source created it.")


class GoldenProductRow(_Golden, table=True):
    """One article over all systems, put together by the rules under `identity.products`."""

    __tablename__ = "golden_products"
    __table_args__: ClassVar[Any] = t.KEYED

    golden_id: str = t.text("P and a number; it stays as long as the article does.", key=True)
    sku: str | None = c.text("Article number that people use.")
    name: str | None = c.text("Name.")
    description: str | None = c.long_text("Description.")
    gtin: str | None = c.text("GTIN, EAN or UPC.")
    mpn: str | None = c.text("Manufacturer's part number.")
    manufacturer: str | None = c.text("Manufacturer.")
    brand: str | None = c.text("Brand or vendor.")
    category: str | None = c.text("Category or product type.")
    kind: str | None = c.word(ProductKind, "Merchandise or something else that appears on orders.")
    status: str | None = c.word(ProductStatus, "Whether it is on sale.")
    unit: str | None = c.unit("UN/CEFACT code of the base unit.")
    list_price: Decimal | None = c.column(Kind.DECIMAL, "Price for `price_quantity` of `price_unit`.")
    price_quantity: Decimal | None = c.number("How many units `list_price` is for; 1 where empty.")
    price_unit: str | None = c.unit("Unit of `list_price`.")
    price_currency: str | None = c.currency("ISO 4217 code of `list_price`.")
    unit_cost: Decimal | None = c.column(Kind.DECIMAL, "Cost of one `cost_unit`.")
    cost_unit: str | None = c.unit("Unit of `unit_cost`.")
    cost_currency: str | None = c.currency("ISO 4217 code of `unit_cost`.")
    weight_kg: Decimal | None = c.number("Weight of one base unit in kilograms.")
    parent_golden_id: str | None = c.text("Golden product this one is a variant of.")
    reorder_level: Decimal | None = c.number("Stock at or below which it should be ordered again, in `unit`.")
    reorder_quantity: Decimal | None = c.number("Usual quantity of an order to the supplier, in `unit`.")
    lead_time_days: Decimal | None = c.number("Days from ordering to receiving, as planned.")
    is_stocked: bool | None = c.flag("Whether stock is kept.")
    created_at: datetime | None = c.utc("When the source created it.")


GOLDEN_TABLES = (GoldenCustomerRow, GoldenProductRow)
IDENTITY_TABLES = (LinkRow, ReviewRow, DecisionRow, DecisionPairRow, ResolutionRow, *GOLDEN_TABLES)
