"""The first schema: canonical tables, their history, and the hub's bookkeeping."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from hub.store.migrations.schema_0001 import INDEXES, TABLES, WITH_ROWID, columns, constraints

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name in TABLES:
        op.create_table(name, *columns(name), *constraints(name), sqlite_with_rowid=name in WITH_ROWID)
    for index, (table, names, where) in INDEXES.items():
        condition = sa.text(where) if where else None
        op.create_index(index, table, names, sqlite_where=condition, postgresql_where=condition)


def downgrade() -> None:
    for index, (table, _, _) in INDEXES.items():
        op.drop_index(index, table)
    for name in reversed(TABLES):
        op.drop_table(name)
