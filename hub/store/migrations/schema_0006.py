"""What revision 0006 creates, written out as in `schema_0001`."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from hub.store.migrations.schema_0001 import column

TABLES: dict[str, str] = {
    "hub_requests": """
        id:int* kind:text! source:text! stream:text! detail:text! status:text! asked_at:utc! asked_by:text!
        taken_by:text! started_at:utc ended_at:utc result:text!
    """,
    "hub_daemons": """
        holder:text* version:text! started_at:utc! seen_at:utc! streams:big! problem:text!
    """,
}
WITH_ROWID = {"hub_requests"}
INDEXES: dict[str, tuple[str, list[str], str]] = {
    "ix_hub_requests_open": ("hub_requests", ["id"], "ended_at IS NULL"),
}


def columns(table: str) -> list[sa.Column[Any]]:
    """The columns of one table."""
    return [column(text) for text in TABLES[table].split()]
