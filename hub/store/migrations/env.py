"""Alembic's entry: runs inside the connection and the transaction that `runner.migrate` opened."""

from __future__ import annotations

from alembic import context

from hub.store.migrations.metadata import schema

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=schema(),
    on_version_apply=context.config.attributes["note"],
)
with context.begin_transaction():
    context.run_migrations()
