"""Identity: links to golden records, the review queue, people's decisions, resolutions, and the golden records."""

from __future__ import annotations

from alembic import op

from hub.store.migrations.schema_0002 import INDEXES, TABLES, WITH_ROWID, columns, constraints

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name in TABLES:
        op.create_table(name, *columns(name), *constraints(name), sqlite_with_rowid=name in WITH_ROWID)
    for index, (table, names) in INDEXES.items():
        op.create_index(index, table, names)


def downgrade() -> None:
    for index, (table, _) in INDEXES.items():
        op.drop_index(index, table)
    for name in reversed(TABLES):
        op.drop_table(name)
