"""Runs the migrations: all of them in one transaction, by one process at a time."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.pool import NullPool

from hub.store.migrations import POSTGRES_LOCK

_BUSY_SECONDS = 60.0


def migrate(url: str, target: str = "head") -> list[str]:
    """Bring the database to a revision, up or down (`base`: no tables). Returns the revisions that ran, in order.

    Raises SQLAlchemy's DBAPIError; nothing has changed then.
    """
    engine = engine_of(url)
    applied: list[str] = []
    try:
        with engine.begin() as connection:
            if engine.dialect.name == "postgresql":
                connection.execute(text(f"SELECT pg_advisory_xact_lock({POSTGRES_LOCK})"))
            run = command.downgrade if target == "base" else command.upgrade
            run(config_of(connection=connection, note=_noting(applied)), target)
    finally:
        engine.dispose()
    return applied


def engine_of(url: str) -> Engine:
    """An engine whose transactions hold for schema changes too."""
    if not url.startswith("sqlite"):
        import psycopg

        # The driver reads the URL itself, as the store does: the two must mean the same server.
        return create_engine("postgresql+psycopg://", creator=lambda: psycopg.connect(url), poolclass=NullPool)
    path = url.removeprefix("sqlite:///")  # as it stands: a file's name may hold `?` or `%20`
    engine = create_engine(
        "sqlite://",
        creator=lambda: sqlite3.connect(path, isolation_level=None, timeout=_BUSY_SECONDS),
        poolclass=NullPool,
    )

    def begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")  # the driver's own BEGIN leaves CREATE TABLE outside

    event.listen(engine, "begin", begin)
    return engine


def config_of(**attributes: Any) -> Config:
    """Alembic's configuration for these migrations; `env.py` reads the attributes."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes.update(attributes)
    return config


def _noting(applied: list[str]) -> Callable[..., None]:
    def note(*, step: Any, **_: Any) -> None:
        applied.append(step.up_revision_id if step.is_upgrade else step.source_revision_ids[0])

    return note
