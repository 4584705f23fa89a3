"""What revision 0003 creates, written out as in `schema_0001`."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from hub.store.migrations.schema_0001 import column

TABLES: dict[str, str] = {
    "hub_schedules": """
        source:text* stream:text* rule:text! slot_at:utc next_at:utc claimed_at:utc retry_at:utc wanted_at:utc
        started_at:utc ended_at:utc outcome:text! failures:big! paused_at:utc paused_by:text paused_why:text
    """,
    "hub_alerts": """
        id:int* key:text! kind:text! severity:text! source:text! stream:text! title:text! detail:text! fix:text!
        opened_at:utc! ended_at:utc
    """,
    "hub_deliveries": """
        alert_id:big* event:text* channel:text* attempts:big! next_at:utc! done_at:utc error:text!
    """,
    "hub_backfills": """
        id:int* source:text! stream:text! since:utc! until:utc! status:text! asked_at:utc! started_at:utc ended_at:utc
        cancel_at:utc counted:big rows:big! error:text!
    """,
}
WITH_ROWID = {"hub_alerts", "hub_backfills"}
INDEXES: dict[str, tuple[str, list[str], bool, str]] = {
    "uq_hub_alerts_open": ("hub_alerts", ["key"], True, "ended_at IS NULL"),
    "ix_hub_deliveries_waiting": ("hub_deliveries", ["next_at"], False, "done_at IS NULL"),
}


def columns(table: str) -> list[sa.Column[Any]]:
    """The columns of one table."""
    return [column(text) for text in TABLES[table].split()]
