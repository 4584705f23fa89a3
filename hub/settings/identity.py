"""What an admin may set for identity (`identity:` in config/hub.yaml)."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

_SETTINGS = ConfigDict(extra="forbid", frozen=True, defer_build=True)


def _pattern(text: str) -> str:
    try:
        re.compile(text)
    except re.error as error:
        raise ValueError(f"it is not a regular expression ({error.msg}). Write a backslash before signs.") from None
    return text


Pattern = Annotated[str, AfterValidator(_pattern), Field(max_length=200)]
Rule = Literal["source_priority", "most_recent", "most_complete", "longest", "vote"]
Survivor = Rule | tuple[str, ...]
"""How one field of a golden record is chosen: a rule, or connector instances in order of trust."""


def _field(default: Rule, what: str) -> Survivor:
    choice: Survivor = Field(default, description=f"Which record gives {what}.")
    return choice


class CustomerRules(BaseModel):
    """Which record gives what of a golden customer: a rule (`source_priority`, `most_recent`, `most_complete`,
    `longest`, `vote`) or a list of connector instances in order of trust. What is equal after a rule goes by
    `source_priority`, then by the newest, then by the key. Live records come before deleted ones."""

    model_config = _SETTINGS

    name: Survivor = _field("vote", "the name")
    legal_name: Survivor = _field("longest", "the registered name")
    tax: Survivor = _field("vote", "`tax_id` with `tax_country`")
    email: Survivor = _field("most_recent", "the e-mail address")
    phone: Survivor = _field("most_recent", "the phone number")
    website: Survivor = _field("most_recent", "the website")
    address: Survivor = _field("most_recent", "street, city, region, postal code and country, all from one record")
    revenue: Survivor = _field("most_recent", "`annual_revenue` with `currency`")
    industry: Survivor = _field("source_priority", "`industry` and `industry_code`")
    segment: Survivor = _field("source_priority", "the customer group")
    other: Survivor = _field("source_priority", "every other field, each by itself")


class ProductRules(BaseModel):
    """Which record gives what of a golden product; as for customers."""

    model_config = _SETTINGS

    name: Survivor = _field("source_priority", "the name")
    description: Survivor = _field("longest", "the description")
    sku: Survivor = _field("source_priority", "the article number")
    gtin: Survivor = _field("vote", "the GTIN")
    unit: Survivor = _field("source_priority", "the base unit with weight, reorder level and reorder quantity")
    price: Survivor = _field("source_priority", "`list_price` with its unit, quantity and currency")
    cost: Survivor = _field("source_priority", "`unit_cost` with its unit and currency")
    other: Survivor = _field("source_priority", "every other field, each by itself")


class SkuPatternSettings(BaseModel):
    """How one system writes SKUs. Parts are regular expressions, compared without regard to case."""

    model_config = _SETTINGS

    source: str = Field(description="Connector instance.")
    strip_prefix: Pattern = Field("", description="What to take away at the beginning: `ACME-`.")
    strip_suffix: Pattern = Field("", description="What to take away at the end: `-EU`.")
    variant: Pattern = Field(
        "", description="The part at the end that tells variants apart: `-[A-Z]{3}`; two variants are two products."
    )


class IdentitySettings(BaseModel):
    """Identity: which records of several systems are one, and what golden records are made of."""

    model_config = _SETTINGS

    after_sync: Literal["auto", "always", "never"] = Field(
        "auto",
        description="Whether a sync resolves what it changed. `auto`: once two systems hold customers or products; "
        "`never` leaves it to `hub match run`.",
    )
    link_score: Annotated[float, Field(ge=1, le=40)] = Field(
        6.0, description="Bits of evidence from which on two customer records are linked; 6 means odds of 64 to 1."
    )
    review_score: Annotated[float, Field(ge=0, le=40)] = Field(
        2.5, description="Bits from which on a person is asked; below, they stay apart."
    )
    source_priority: tuple[str, ...] = Field(
        (), description="Connector instances in order of trust; those that are not named come last, by name."
    )
    customers: CustomerRules = Field(
        CustomerRules.model_construct(), description="Which record gives what of a golden customer."
    )
    products: ProductRules = Field(
        ProductRules.model_construct(), description="Which record gives what of a golden product."
    )
    sku_patterns: tuple[SkuPatternSettings, ...] = Field(
        (), description="How systems write SKUs, so that ACME-4711-BLK and 4711/BLK meet."
    )
