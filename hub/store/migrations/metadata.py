"""The schema as the models declare it, for comparing it with a database."""

from __future__ import annotations

from functools import cache

from sqlalchemy import MetaData

from hub.model.tables import ENTITY_TABLES, HISTORY_TABLES
from hub.store.access_tables import ACCESS_TABLES
from hub.store.console_tables import CONSOLE_TABLES
from hub.store.identity_tables import IDENTITY_TABLES
from hub.store.operations_tables import OPERATIONS_TABLES
from hub.store.snapshots_tables import SNAPSHOT_TABLES
from hub.store.tables import BOOKKEEPING_TABLES

LAZY_INDEX = "ix_lazy_"
"""Prefix of indexes that a store makes when it first needs them; no migration knows them."""


@cache
def schema() -> MetaData:
    """All tables of the hub, without comments: a better wording must not need a migration. Made once, to be read."""
    metadata = MetaData()
    hub_tables = (
        *BOOKKEEPING_TABLES,
        *IDENTITY_TABLES,
        *OPERATIONS_TABLES,
        *SNAPSHOT_TABLES,
        *ACCESS_TABLES,
        *CONSOLE_TABLES,
    )
    for model in (*ENTITY_TABLES, *HISTORY_TABLES, *hub_tables):
        table = model.__table__.to_metadata(metadata)  # type: ignore[union-attr]
        for column in table.columns:
            column.comment = None
    return metadata
