"""How canonical columns look in the replica. Moments are UTC without a zone; rows that are deleted are not there."""

from __future__ import annotations

import hashlib
from functools import cache

from hub.model.catalog import ENTITIES, HISTORIES
from hub.model.kinds import Entity, Kind

VERSION = 2
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


def from_micros(column: str, digits: str) -> str:
    """DuckDB's SQL for a decimal out of whole millionths, with 18 or 20 digits in all."""
    whole = "18, 0" if digits == "18" else "38, 0"
    return f"CAST(CAST({column} AS DECIMAL({whole})) * CAST(0.000001 AS DECIMAL(6, 6)) AS DECIMAL({digits}, 6))"


@cache
def shape_fingerprint() -> str:
    """Changes with the canonical model and with the form of the files."""
    shape = {name: {c: DUCK_TYPES[kind] for c, kind in columns_of(entity).items()} for name, entity in TABLES.items()}
    return hashlib.sha256(repr((VERSION, shape)).encode()).hexdigest()[:16]
