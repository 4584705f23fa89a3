"""What revision 0001 creates, written out: later changes of the models must not alter it.

A column is `name:kind`; `*` marks the key, `!` a column that is never empty.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB


class _Micros(sa.types.UserDefinedType[Any]):
    """SQLite: a column without affinity, so that whole millionths never become floats."""

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        return "MICROS_BLOB"


_KINDS: dict[str, Callable[[], sa.types.TypeEngine[Any]]] = {
    "text": lambda: sa.Text().with_variant(sa.Text(collation="C"), "postgresql"),
    "int": sa.Integer,
    "big": sa.BigInteger,
    "flag": sa.Boolean,
    "day": sa.Date,
    "exact": lambda: sa.Numeric(20, 6).with_variant(_Micros(), "sqlite"),
    "utc": lambda: sa.DateTime(timezone=True).with_variant(sa.BigInteger(), "sqlite"),
    "json": lambda: JSONB().with_variant(sa.Text(), "sqlite"),
}

_COMMON = """
        source:text* source_id:text* source_updated_at:utc extras:json first_seen_at:utc! synced_at:utc!
        run_id:int! deleted_at:utc
"""

_CANONICAL = {
    "customers": """
        name:text legal_name:text kind:text status:text source_status:text number:text email:text phone:text
        website:text tax_id:text tax_country:text company_number:text duns:text lei:text gln:text industry:text
        industry_code:text employees:big annual_revenue:exact currency:text language:text segment:text
        owner:text lead_source:text parent_source_id:text bill_to_source_id:text street:text street2:text
        city:text region:text postal_code:text country:text created_at:utc
    """,
    "contacts": """
        customer_source_id:text supplier_source_id:text name:text first_name:text last_name:text title:text
        department:text role:text email:text phone:text mobile:text is_primary:flag status:text created_at:utc
    """,
    "addresses": """
        customer_source_id:text supplier_source_id:text role:text name:text street:text street2:text city:text
        region:text postal_code:text country:text phone:text email:text gln:text is_default:flag
    """,
    "suppliers": """
        name:text legal_name:text number:text status:text source_status:text email:text phone:text website:text
        tax_id:text duns:text currency:text street:text street2:text city:text region:text postal_code:text
        country:text created_at:utc
    """,
    "products": """
        sku:text name:text description:text gtin:text mpn:text manufacturer:text brand:text category:text
        kind:text status:text source_status:text unit:text list_price:exact price_quantity:exact unit_cost:exact
        currency:text weight_kg:exact parent_source_id:text supplier_source_id:text units_on_order:exact
        reorder_level:exact reorder_quantity:exact lead_time_days:exact is_stocked:flag created_at:utc
    """,
    "product_units": """
        product_source_id:text! unit:text source_unit:text numerator:exact denominator:exact gtin:text
    """,
    "product_costs": """
        product_source_id:text! location_source_id:text valuation_method:text cost:exact per_quantity:exact
        unit:text currency:text valid_from:utc valid_to:utc
    """,
    "locations": """
        name:text kind:text parent_source_id:text street:text street2:text city:text region:text
        postal_code:text country:text is_active:flag
    """,
    "stock_levels": """
        product_source_id:text! location_source_id:text stock_type:text batch:text on_hand:exact available:exact
        reserved:exact incoming:exact unit:text unit_cost:exact value:exact currency:text counted_at:utc
    """,
    "orders": """
        number:text customer_source_id:text contact_source_id:text status:text source_status:text
        payment_status:text channel:text po_number:text sales_rep:text opportunity_source_id:text ordered_at:utc
        requested_at:utc promised_at:utc shipped_at:utc delivered_at:utc cancelled_at:utc cancel_reason:text
        currency:text subtotal:exact discount:exact tax:exact shipping:exact total:exact current_total:exact
        freight_cost:exact tax_included:flag base_currency:text base_total:exact carrier:text
        location_source_id:text ship_city:text ship_region:text ship_postal_code:text ship_country:text
        is_test:flag created_at:utc
    """,
    "order_lines": """
        order_source_id:text! line_number:text product_source_id:text sku:text name:text status:text
        source_status:text quantity:exact quantity_cancelled:exact quantity_shipped:exact unit:text
        base_quantity:exact unit_price:exact unit_cost:exact discount:exact discount_rate:exact tax:exact
        total:exact currency:text ordered_at:utc requested_at:utc promised_at:utc location_source_id:text
        parent_source_id:text
    """,
    "shipments": """
        order_source_id:text number:text status:text source_status:text carrier:text service:text
        tracking_number:text location_source_id:text planned_ship_at:utc shipped_at:utc promised_delivery_at:utc
        delivered_at:utc freight_cost:exact currency:text ship_country:text created_at:utc
    """,
    "shipment_lines": """
        shipment_source_id:text! order_source_id:text order_line_source_id:text product_source_id:text sku:text
        quantity:exact unit:text
    """,
    "returns": """
        number:text order_source_id:text order_line_source_id:text customer_source_id:text
        product_source_id:text sku:text status:text source_status:text reason:text quantity:exact unit:text
        unit_price:exact refund:exact tax:exact currency:text restocked:flag location_source_id:text
        requested_at:utc returned_at:utc
    """,
    "invoices": """
        number:text kind:text status:text source_status:text customer_source_id:text order_source_id:text
        issued_at:utc due_at:utc currency:text net:exact tax:exact total:exact
    """,
    "invoice_lines": """
        invoice_source_id:text! order_source_id:text order_line_source_id:text product_source_id:text sku:text
        quantity:exact unit:text net:exact tax:exact cost:exact freight:exact currency:text
    """,
    "opportunities": """
        name:text customer_source_id:text contact_source_id:text lead_source_id:text status:text stage:text
        amount:exact currency:text probability:exact owner:text lead_source:text campaign_source_id:text
        loss_reason:text created_at:utc expected_close_on:day closed_at:utc
    """,
    "opportunity_stages": """
        opportunity_source_id:text! stage:text status:text entered_at:utc amount:exact probability:exact
        currency:text
    """,
    "leads": """
        name:text company:text title:text email:text phone:text website:text industry:text employees:big
        country:text status:text source_status:text lead_source:text owner:text created_at:utc converted_at:utc
        customer_source_id:text contact_source_id:text opportunity_source_id:text
    """,
    "cases": """
        number:text subject:text customer_source_id:text contact_source_id:text product_source_id:text
        order_source_id:text status:text source_status:text priority:text reason:text origin:text owner:text
        opened_at:utc first_response_at:utc closed_at:utc
    """,
    "marketing_spend": """
        campaign_source_id:text campaign:text channel:text spent_on:day spent_until:day amount:exact
        currency:text customers_won:big leads_won:big
    """,
    "purchase_orders": """
        number:text supplier_source_id:text location_source_id:text status:text source_status:text
        ordered_at:utc promised_at:utc currency:text total:exact created_at:utc
    """,
    "purchase_order_lines": """
        purchase_order_source_id:text! line_number:text product_source_id:text sku:text location_source_id:text
        status:text quantity:exact quantity_received:exact unit:text base_quantity:exact unit_price:exact
        total:exact currency:text requested_at:utc promised_at:utc confirmed_at:utc received_at:utc
    """,
    "receipts": """
        purchase_order_source_id:text purchase_order_line_source_id:text product_source_id:text
        location_source_id:text quantity:exact unit:text received_at:utc
    """,
    "fx_rates": """
        base_currency:text currency:text rate_on:day rate:exact
    """,
}

_OTHERS = {
    "stock_history": """
        source:text* source_id:text* changed_at:utc* product_source_id:text location_source_id:text
        stock_type:text on_hand:exact available:exact unit:text unit_cost:exact value:exact currency:text
        is_deleted:flag run_id:int!
    """,
    "hub_streams": """
        source:text* stream:text* cursor:utc state:json resume:json resume_since:utc resume_until:utc
        map_fingerprint:text! last_complete_at:utc source_total:int source_total_at:utc
    """,
    "hub_leases": """
        source:text* stream:text* holder:text token:int! expires_at:utc
    """,
    "hub_runs": """
        id:int* sync_id:text! source:text! stream:text! mode:text! kind:text! status:text! started_at:utc!
        ended_at:utc since:utc until:utc! rows_read:int! rows_unrouted:int! pages:int! source_total:int
        read:int! inserted:int! updated:int! unchanged:int! superseded:int! duplicate:int! quarantined:int!
        deleted:int! held:int error:text! notes:json
    """,
    "hub_pages": """
        run_id:int* number:int* entity:text* rows:int! unrouted:int! read:int! inserted:int! updated:int!
        unchanged:int! superseded:int! duplicate:int! quarantined:int! deleted:int! origin:text! first_row:int!
        at:utc!
    """,
    "hub_quarantine": """
        id:int* source:text! stream:text! entity:text! record_key:text! source_id:text field:text! rule:text!
        reason:text! origin:text! row_number:int! raw:json run_id:int! first_seen_at:utc! last_seen_at:utc!
        times_seen:int! status:text! settled_at:utc settled_by:text
    """,
    "hub_held": """
        source:text* entity:text* rows:int!
    """,
    "hub_columns": """
        entity:text* name:text*
    """,
    "hub_changes": """
        sequence:int* entity:text! source:text! run_id:int! keys:json
    """,
    "hub_marks": """
        name:text* value:big!
    """,
}

TABLES: dict[str, str] = {**{name: _COMMON + own for name, own in _CANONICAL.items()}, **_OTHERS}
WITH_ROWID = {"hub_runs", "hub_quarantine", "hub_changes"}
INDEXES: dict[str, tuple[str, list[str], str | None]] = {
    "ix_hub_runs_stream": ("hub_runs", ["source", "stream", "id"], None),
    "ix_hub_runs_running": ("hub_runs", ["source", "stream"], "status = 'running'"),
    "ix_hub_quarantine_open": ("hub_quarantine", ["status", "source", "stream", "entity", "source_id"], None),
}


def columns(table: str) -> list[sa.Column[Any]]:
    """The columns of one table."""
    return [column(text) for text in TABLES[table].split()]


def column(text: str) -> sa.Column[Any]:
    """A column from its short form."""
    name, kind = text.split(":")
    return sa.Column(name, _KINDS[kind.rstrip("*!")](), primary_key=kind.endswith("*"), nullable=kind[-1] not in "*!")


def constraints(table: str) -> list[sa.Constraint]:
    """What must be unique beside the key."""
    if table != "hub_quarantine":
        return []
    record = ("source", "stream", "entity", "record_key", "field", "rule")
    return [sa.UniqueConstraint(*record, name="uq_hub_quarantine_record")]
