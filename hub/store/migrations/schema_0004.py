"""What revision 0004 creates, written out as in `schema_0001`."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from hub.store.migrations.schema_0001 import column

TABLES: dict[str, str] = {
    "hub_snapshots": """
        id:int* taken_at:utc! metric:text! request:text! sequence:big! total_rows:big! value:text digest:text!
        body:text!
    """,
}
INDEXES: dict[str, tuple[str, list[str]]] = {
    "ix_hub_snapshots_metric": ("hub_snapshots", ["metric", "request", "id"]),
}


def columns(table: str) -> list[sa.Column[Any]]:
    """The columns of one table."""
    return [column(text) for text in TABLES[table].split()]
