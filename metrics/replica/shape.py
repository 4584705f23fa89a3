"""How canonical columns look in the replica. Moments are UTC without a zone; rows that are deleted are not there."""

from __future__ import annotations

from hub.model.catalog import ENTITIES, HISTORIES
from hub.model.kinds import Entity, Kind

VERSION = 1
"""Grows when files of an older release can no longer be read."""

DUCK_TYPES = {
    Kind.TEXT: "VARCHAR",
    Kind.INTEGER: "BIGINT",
    Kind.BOOLEAN: "BOOLEAN",
    Kind.DECIMAL: "DECIMAL(20, 6)",
    Kind.UTC: "TIMESTAMP",
    Kind.DATE: "DATE",
    Kind.JSON: "VARCHAR",
}
TABLES: dict[str, Entity] = {**ENTITIES, **HISTORIES}


def columns_of(entity: Entity) -> dict[str, Kind]:
    """Columns that metrics may use: the source and those of the model; bookkeeping is the store's own."""
    return {"source": Kind.TEXT, **{column.name: column.kind for column in entity.columns}}


def keys_of(entity: Entity) -> tuple[str, ...]:
    """The key within the store."""
    return ("source", "source_id", "changed_at") if entity.name in HISTORIES else ("source", "source_id")
