"""The cost of a product where a system keeps it in a list of its own, by place and validity (`product_costs`)."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from hub.store.shape import to_micros

if TYPE_CHECKING:
    import duckdb

    from hub.store.base import Store

_COLUMNS = (
    "source", "product_source_id", "source_id", "location_source_id", "cost", "per_quantity", "unit", "currency",
    "valid_from", "valid_to", "deleted_at",
)  # fmt: skip
_MOMENTS = ("valid_from", "valid_to", "deleted_at")


def load(con: duckdb.DuckDBPyConnection, store: Store, at: datetime) -> None:
    """`costs_of`: id (of the product's record), list_cost (millionths for one list_unit), list_unit, list_currency. Of
    several costs that hold at a moment the one that began last counts, before all one for all locations."""
    import pyarrow as pa

    con.execute("""
        CREATE OR REPLACE TEMP TABLE listed (id VARCHAR, source_id VARCHAR, anywhere BOOLEAN, cost HUGEINT,
            quantity HUGEINT, unit VARCHAR, currency VARCHAR, since BIGINT, until BIGINT, gone BIGINT)
    """)
    if "cost" in store.columns_in_use("product_costs"):
        for rows in store.rows("product_costs", _COLUMNS):
            columns = dict(zip(_COLUMNS, zip(*rows, strict=True), strict=True))
            arrays = {
                name: pa.array(
                    values if name in _MOMENTS else [None if value is None else str(value) for value in values],
                    pa.int64() if name in _MOMENTS else pa.string(),
                )
                for name, values in columns.items()
            }
            con.register("page", pa.table(arrays))
            con.execute("""
                INSERT INTO listed
                SELECT source || '/' || product_source_id, source_id, location_source_id IS NULL, cost::HUGEINT,
                       coalesce(per_quantity::HUGEINT, 1000000), unit, currency, valid_from, valid_to, deleted_at
                FROM page
            """)
            con.unregister("page")
    now = to_micros(at)
    con.execute(f"""
        CREATE OR REPLACE TEMP TABLE costs_of AS
        SELECT id, {_ROUNDED} AS list_cost, unit AS list_unit, currency AS list_currency FROM listed
        WHERE gone IS NULL AND cost IS NOT NULL AND quantity > 0
        AND (since IS NULL OR since <= {now}) AND (until IS NULL OR until > {now})
        QUALIFY row_number() OVER (PARTITION BY id ORDER BY anywhere DESC, since DESC NULLS LAST, source_id) = 1
    """)
    con.execute("DROP TABLE listed")


_ROUNDED = "((2 * cost * 1000000 + sign(cost)::HUGEINT * quantity) // (2 * quantity))"
"""Millionths for one unit, rounded half away from zero."""
