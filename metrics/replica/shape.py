"""How canonical columns look in the replica. Moments are UTC without a zone; rows that are deleted are not there."""

from __future__ import annotations

import hashlib
from functools import cache

from hub.model.catalog import ENTITIES, HISTORIES
from hub.model.kinds import Column, Entity, Kind

VERSION = 3
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


def _identity(name: str, description: str, *columns: str) -> Entity:
    kinds = {"employees": Kind.INTEGER}
    return Entity(name, name, description, tuple(Column(each, kinds.get(each, Kind.TEXT), each) for each in columns))


IDENTITIES = {
    entity.name: entity
    for entity in (
        _identity(
            "customer_identities", "Customer record -> golden customer, with what customers are grouped by.",
            "source_id", "golden_id", "country", "industry", "segment", "employees",
        ),
        _identity("golden_customers", "Names of golden customers.", "golden_id", "name"),
        _identity(
            "product_identities", "Product record -> golden product, with what products are grouped by.",
            "source_id", "golden_id", "category",
        ),
        _identity("golden_products", "Names of golden products.", "golden_id", "name", "sku"),
    )
}  # fmt: skip
"""What identity adds (`metrics.replica.identity`); empty until the first resolution."""
NOT_AMOUNTS = ("fx_rates", "customers", "suppliers")
"""Entities whose currency is not that of an amount in a metric."""
TABLES: dict[str, Entity] = {**ENTITIES, **HISTORIES, **IDENTITIES}


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
