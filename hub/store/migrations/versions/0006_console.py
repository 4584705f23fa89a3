"""The console: what people ask the daemon for, and which daemons live."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from hub.store.migrations.schema_0006 import INDEXES, TABLES, WITH_ROWID, columns

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name in TABLES:
        op.create_table(name, *columns(name), sqlite_with_rowid=name in WITH_ROWID)
    for index, (table, names, where) in INDEXES.items():
        op.create_index(index, table, names, sqlite_where=sa.text(where), postgresql_where=sa.text(where))


def downgrade() -> None:
    for index, (table, *_) in INDEXES.items():
        op.drop_index(index, table)
    for name in reversed(TABLES):
        op.drop_table(name)
