"""What revision 0002 creates, written out as in `schema_0001`."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from hub.store.migrations.schema_0001 import column

_GOLDEN = "golden_id:text* records:int! provenance:json resolution_id:int! deleted_at:utc"

TABLES: dict[str, str] = {
    "hub_links": """
        entity:text* source:text* source_id:text* golden_id:text! rule:text! score:exact evidence:json with_source:text
        with_source_id:text linked_at:utc! resolution_id:int!
    """,
    "hub_reviews": """
        id:int* entity:text! left_source:text! left_id:text! right_source:text! right_id:text! rule:text! score:exact
        evidence:json status:text! first_seen_at:utc! settled_at:utc
    """,
    "hub_decisions": """
        id:int* entity:text! kind:text! who:text! why:text! at:utc! before:json undone_at:utc undone_by:text
        undone_why:text resolution_id:int
    """,
    "hub_decision_pairs": """
        decision_id:int* left_source:text* left_id:text* right_source:text* right_id:text* same:flag!
    """,
    "hub_resolutions": """
        id:int* kind:text! started_at:utc! ended_at:utc! sequence:int! settings:text! counts:json
    """,
    "golden_customers": f"""
        {_GOLDEN}
        name:text legal_name:text kind:text status:text number:text email:text phone:text website:text tax_id:text
        tax_country:text company_number:text duns:text lei:text gln:text industry:text industry_code:text
        employees:big annual_revenue:exact currency:text language:text segment:text owner:text lead_source:text
        parent_golden_id:text bill_to_golden_id:text street:text street2:text city:text region:text
        postal_code:text country:text created_at:utc
    """,
    "golden_products": f"""
        {_GOLDEN}
        sku:text name:text description:text gtin:text mpn:text manufacturer:text brand:text category:text kind:text
        status:text unit:text list_price:exact price_quantity:exact price_unit:text price_currency:text
        unit_cost:exact cost_unit:text cost_currency:text weight_kg:exact parent_golden_id:text
        reorder_level:exact reorder_quantity:exact lead_time_days:exact is_stocked:flag created_at:utc
    """,
}
WITH_ROWID = {"hub_reviews", "hub_decisions", "hub_resolutions"}
INDEXES: dict[str, tuple[str, list[str]]] = {
    "ix_hub_links_golden": ("hub_links", ["entity", "golden_id"]),
    "ix_hub_reviews_status": ("hub_reviews", ["status", "entity"]),
}
_PAIR = ("entity", "left_source", "left_id", "right_source", "right_id")


def columns(table: str) -> list[sa.Column[Any]]:
    """The columns of one table."""
    return [column(text) for text in TABLES[table].split()]


def constraints(table: str) -> list[sa.Constraint]:
    """What must be unique beside the key."""
    return [sa.UniqueConstraint(*_PAIR, name="uq_hub_reviews_pair")] if table == "hub_reviews" else []
