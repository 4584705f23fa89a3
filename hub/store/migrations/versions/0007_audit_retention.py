"""Old lines of the audit log may be removed; what is younger stays, and nothing is ever changed."""

from __future__ import annotations

from alembic import op

from hub.store.migrations.schema_0007 import DOWNGRADE, UPGRADE

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for statement in UPGRADE[op.get_context().dialect.name]:
        op.execute(statement)


def downgrade() -> None:
    for statement in DOWNGRADE[op.get_context().dialect.name]:
        op.execute(statement)
