"""Alembic's entry: runs inside the connection and the transaction that `runner.migrate` opened, or writes SQL."""

from __future__ import annotations

from typing import Any

from alembic import context

_ATTRIBUTES: dict[str, Any] = context.config.attributes
if context.is_offline_mode():
    context.configure(dialect_name=_ATTRIBUTES["dialect"], output_buffer=_ATTRIBUTES["buffer"], transactional_ddl=False)
else:
    context.configure(
        connection=_ATTRIBUTES["connection"],
        target_metadata=None,  # only comparing needs the models, and importing them takes half of a first start
        on_version_apply=_ATTRIBUTES["note"],
    )
with context.begin_transaction():
    context.run_migrations()
