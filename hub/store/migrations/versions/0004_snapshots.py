"""Snapshots: every computed value, as it was known then."""

from __future__ import annotations

from alembic import op

from hub.store.migrations.schema_0004 import INDEXES, TABLES, columns

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name in TABLES:
        op.create_table(name, *columns(name))
    for index, (table, names) in INDEXES.items():
        op.create_index(index, table, names)


def downgrade() -> None:
    for index, (table, _) in INDEXES.items():
        op.drop_index(index, table)
    for name in reversed(TABLES):
        op.drop_table(name)
