"""What all parts of the PostgreSQL store share: the connection, and what is remembered between pages."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

from hub.store.base import Store
from hub.store.postgres_database import Database


@dataclass
class Memory:
    """What a store remembers between pages, so that it need not ask again. Only what is committed.

    columns   (entity, column) that are in hub_columns
    indexes   (entity, column) that have their lazy index
    listed    (run, entity) -> keys that the run's changes list so far
    all_new   (run, entity) -> whether its last batch held only new keys, so that the next one may, too
    entities  (source, stream) -> entities it writes, to lock them in one order
    """

    columns: set[tuple[str, str]] = field(default_factory=set)
    indexes: set[tuple[str, str]] = field(default_factory=set)
    listed: dict[tuple[int, str], int] = field(default_factory=lambda: defaultdict(int))
    all_new: dict[tuple[int, str], bool] = field(default_factory=dict)
    entities: dict[tuple[str, str], set[str]] = field(default_factory=lambda: defaultdict(set))


class PostgresBase(Store):
    """Connects when it is first needed. `url` may carry a password: messages name `db.place` instead."""

    dialect = "postgresql"

    def __init__(self, url: str) -> None:
        self.db = Database(url)
        self.url = url
        self.memory = Memory()

    def close(self) -> None:
        self.db.close()
