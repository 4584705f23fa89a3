"""Access: people, sessions, tokens, failed logins, the audit log; and who was erased."""

from __future__ import annotations

from alembic import op

from hub.store.migrations.schema_0005 import APPEND_ONLY, INDEXES, TABLES, WITH_ROWID, columns

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name in TABLES:
        op.create_table(name, *columns(name), sqlite_with_rowid=name in WITH_ROWID)
    for index, (table, names, unique) in INDEXES.items():
        op.create_index(index, table, names, unique=unique)
    for statement in APPEND_ONLY[op.get_context().dialect.name]:
        op.execute(statement)


def downgrade() -> None:
    for index, (table, *_) in INDEXES.items():
        op.drop_index(index, table)
    for name in reversed(TABLES):
        op.drop_table(name)
    if op.get_context().dialect.name == "postgresql":
        op.execute("DROP FUNCTION hub_audit_is_kept()")
