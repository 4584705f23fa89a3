"""What revision 0005 creates, written out as in `schema_0001`."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from hub.store.migrations.schema_0001 import column

TABLES: dict[str, str] = {
    "hub_users": """
        name:text* role:text! password:text! created_at:utc! changed_at:utc! seen_at:utc
    """,
    "hub_sessions": """
        digest:text* name:text! role:text! via:text! address:text! created_at:utc! seen_at:utc! expires_at:utc!
    """,
    "hub_api_tokens": """
        id:int* name:text! digest:text! role:text! scopes:text! created_at:utc! created_by:text! expires_at:utc
        used_at:utc revoked_at:utc
    """,
    "hub_login_attempts": """
        key:text* failures:big! window_at:utc!
    """,
    "hub_audit": """
        id:int* at:utc! who:text! role:text! via:text! address:text! action:text! subject:text! detail:text!
    """,
    "hub_erased": """
        digest:text* what:text! erased_at:utc!
    """,
    "hub_keys": """
        name:text* value:text!
    """,
}
WITH_ROWID = {"hub_api_tokens", "hub_audit"}
INDEXES: dict[str, tuple[str, list[str], bool]] = {
    "ix_hub_sessions_name": ("hub_sessions", ["name"], False),
    "uq_hub_api_tokens_name": ("hub_api_tokens", ["name"], True),
    "uq_hub_api_tokens_digest": ("hub_api_tokens", ["digest"], True),
    "ix_hub_audit_at": ("hub_audit", ["at"], False),
    "ix_hub_audit_who": ("hub_audit", ["who", "id"], False),
}
_REFUSED = "the audit log of the hub is only added to"
APPEND_ONLY: dict[str, list[str]] = {
    "sqlite": [
        f"CREATE TRIGGER hub_audit_{event.lower()} BEFORE {event} ON hub_audit"
        f" BEGIN SELECT RAISE(ABORT, '{_REFUSED}'); END"
        for event in ("UPDATE", "DELETE")
    ],
    "postgresql": [
        "CREATE FUNCTION hub_audit_is_kept() RETURNS trigger LANGUAGE plpgsql"
        f" AS $$BEGIN RAISE EXCEPTION '{_REFUSED}'; END$$",
        "CREATE TRIGGER hub_audit_kept BEFORE UPDATE OR DELETE ON hub_audit"
        " FOR EACH ROW EXECUTE FUNCTION hub_audit_is_kept()",
        "CREATE TRIGGER hub_audit_kept_whole BEFORE TRUNCATE ON hub_audit"
        " FOR EACH STATEMENT EXECUTE FUNCTION hub_audit_is_kept()",
    ],
}


def columns(table: str) -> list[sa.Column[Any]]:
    """The columns of one table."""
    return [column(text) for text in TABLES[table].split()]
