"""What revision 0007 changes: lines of the audit log that are old may be removed, by whoever keeps to the retention."""

from __future__ import annotations

from hub.store.migrations.schema_0005 import APPEND_ONLY

KEPT_DAYS = 90
"""The database removes no line that is younger, whatever the settings say."""
_REFUSED = "the audit log of the hub is only added to"
_YOUNG = f"OLD.at > (CAST(strftime('%s', 'now') AS INTEGER) - {KEPT_DAYS} * 86400) * 1000000"
UPGRADE: dict[str, list[str]] = {
    "sqlite": [
        "DROP TRIGGER hub_audit_delete",
        f"CREATE TRIGGER hub_audit_delete BEFORE DELETE ON hub_audit WHEN {_YOUNG}"
        f" BEGIN SELECT RAISE(ABORT, '{_REFUSED}'); END",
    ],
    "postgresql": [
        "CREATE OR REPLACE FUNCTION hub_audit_is_kept() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN"
        f" IF TG_OP = 'DELETE' THEN IF OLD.at <= now() - interval '{KEPT_DAYS} days' THEN RETURN OLD; END IF; END IF;"
        f" RAISE EXCEPTION '{_REFUSED}'; END$$",
    ],
}
DOWNGRADE: dict[str, list[str]] = {
    "sqlite": ["DROP TRIGGER hub_audit_delete", APPEND_ONLY["sqlite"][1]],
    "postgresql": [APPEND_ONLY["postgresql"][0].replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION")],
}
