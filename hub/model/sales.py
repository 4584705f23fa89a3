"""How business is won and kept: opportunities, leads, cases, marketing."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import ClassVar

from hub.model import columns as c
from hub.model.record import Record, Tracked
from hub.model.vocabulary import CasePriority, CaseStatus, LeadStatus, OpportunityStatus


class Opportunity(Tracked, Record, table=True):
    """A possible deal."""

    __tablename__ = "opportunities"
    __title__: ClassVar[str] = "Opportunity"

    name: str | None = c.text("Name.", personal="trace")
    customer_source_id: str | None = c.ref("customers", "Customer.")
    contact_source_id: str | None = c.ref("contacts", "Main contact.")
    lead_source_id: str | None = c.ref("leads", "Lead it came from.")
    status: str | None = c.word(OpportunityStatus, "Open, won or lost.")
    stage: str | None = c.text("The sales team's own stage.")
    amount: Decimal | None = c.money("Value if won.")
    currency: str | None = c.currency()
    probability: Decimal | None = c.number("Chance of winning as a share: 0.6 is 60 %.", minimum=0, maximum=1)
    owner: str | None = c.text("Sales person responsible.")
    lead_source: str | None = c.text("How it came about.")
    campaign_source_id: str | None = c.text("Campaign it came from.")
    loss_reason: str | None = c.text("Why it was lost.", personal="trace")
    created_at: datetime | None = c.utc("When it was opened.")
    expected_close_on: date | None = c.day("Expected day of the decision.")
    closed_at: datetime | None = c.utc("When it was won or lost.")


class OpportunityStage(Tracked, Record, table=True):
    """When an opportunity entered a stage."""

    __tablename__ = "opportunity_stages"
    __title__: ClassVar[str] = "Stage of an opportunity"

    opportunity_source_id: str = c.ref("opportunities", "Opportunity.", required=True)
    stage: str | None = c.text("The sales team's own stage.")
    status: str | None = c.word(OpportunityStatus, "Open, won or lost.")
    entered_at: datetime | None = c.utc("When it entered the stage.")
    amount: Decimal | None = c.money("Value at that moment.")
    probability: Decimal | None = c.number("Chance at that moment, as a share.", minimum=0, maximum=1)
    currency: str | None = c.currency()


class Lead(Tracked, Record, table=True):
    """Somebody who may become a customer."""

    __tablename__ = "leads"
    __title__: ClassVar[str] = "Lead"

    name: str | None = c.text("Full name.", personal="always")
    company: str | None = c.text("Company.", personal="trace")
    title: str | None = c.text("Job title.", personal="trace")
    email: str | None = c.text("E-mail address.", max_length=320, personal="always")
    phone: str | None = c.text("Telephone number, as the source writes it.", personal="always")
    website: str | None = c.text("Website.", max_length=2000, personal="trace")
    industry: str | None = c.text("Industry, as the source writes it.")
    employees: int | None = c.whole("Number of employees.")
    country: str | None = c.country()
    status: str | None = c.word(LeadStatus, "How far it is.")
    source_status: str | None = c.text("The source's own word for the status.")
    lead_source: str | None = c.text("How it came about.")
    owner: str | None = c.text("Sales person responsible.")
    created_at: datetime | None = c.utc("When the source created it.")
    converted_at: datetime | None = c.utc("When it was converted.")
    customer_source_id: str | None = c.ref("customers", "Customer it became.")
    contact_source_id: str | None = c.ref("contacts", "Contact it became.")
    opportunity_source_id: str | None = c.ref("opportunities", "Opportunity it became.")


class Case(Tracked, Record, table=True):
    """A customer's request or complaint."""

    __tablename__ = "cases"
    __title__: ClassVar[str] = "Case"

    number: str | None = c.text("Case number that people use.")
    subject: str | None = c.text("Subject.", max_length=2000, personal="always")
    customer_source_id: str | None = c.ref("customers", "Customer.")
    contact_source_id: str | None = c.ref("contacts", "Person that asked.")
    product_source_id: str | None = c.ref("products", "Product it is about.")
    order_source_id: str | None = c.ref("orders", "Order it is about.")
    status: str | None = c.word(CaseStatus, "How far it is.")
    source_status: str | None = c.text("The source's own word for the status.")
    priority: str | None = c.word(CasePriority, "How urgent.")
    reason: str | None = c.text("Reason, in the source's words.", personal="trace")
    origin: str | None = c.text("Channel it came in by.")
    owner: str | None = c.text("Person or team responsible.")
    opened_at: datetime | None = c.utc("When it was opened.")
    first_response_at: datetime | None = c.utc("When somebody first answered.")
    closed_at: datetime | None = c.utc("When it was solved.")


class MarketingSpend(Tracked, Record, table=True):
    """Money spent to win customers."""

    __tablename__ = "marketing_spend"
    __title__: ClassVar[str] = "Marketing spend"

    campaign_source_id: str | None = c.text("The source's own campaign key.")
    campaign: str | None = c.text("Campaign.")
    channel: str | None = c.text("Channel (search, fair, mailing ...).")
    spent_on: date | None = c.day("Day, or first day of the period, it was spent for.")
    spent_until: date | None = c.day("Last day of the period; empty for one day.")
    amount: Decimal | None = c.money("Spent; negative for a refund.")
    currency: str | None = c.currency()
    customers_won: int | None = c.whole("Customers won by it, where the source counts them.")
    leads_won: int | None = c.whole("Leads won by it, where the source counts them.")
