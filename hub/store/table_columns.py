"""How the hub's own tables say what their columns are: one word for each kind, with its description."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Column, Integer
from sqlalchemy import text as sql
from sqlmodel import Field

from hub.model.columns import JSON_TEXT, TEXT, UtcMoment

KEYED: dict[str, Any] = {"sqlite_with_rowid": False}
"""One b-tree on SQLite, ordered by the key."""
OPEN = sql("ended_at IS NULL")
"""What an index of things that go on is limited to."""


def text(description: str, *, key: bool = False, nullable: bool = False) -> Any:
    default = None if nullable else ...
    return Field(default=default, primary_key=key, nullable=nullable, sa_type=TEXT, description=description)


def utc(description: str, *, nullable: bool = True) -> Any:
    default = None if nullable else ...
    return Field(default=default, sa_type=UtcMoment, nullable=nullable, description=description)


def number(description: str) -> Any:
    """A key that the database counts up."""
    return Field(default=None, sa_column=Column(Integer, primary_key=True), description=description)


def json(description: str) -> Any:
    return Field(default=None, sa_column=Column(JSON_TEXT, nullable=True), description=description)
