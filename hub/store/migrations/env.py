"""Alembic's entry: runs inside the connection and the transaction that `runner.migrate` opened."""

from __future__ import annotations

from alembic import context

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=None,  # only comparing needs the models, and importing them takes half of a first start
    on_version_apply=context.config.attributes["note"],
)
with context.begin_transaction():
    context.run_migrations()
