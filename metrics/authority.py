"""Whose stock counts, where several systems list the same warehouse: the admin's `warehouses`, as a table for metrics.

A place is a location of a system, with all within it, or all stock of a system. Within a warehouse the first place that
has stock is the authority. The rule looks at places alone, not at products: what the authority does not list is not
there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hub.sdk.metric import Reason, Scope, Table, Value
from hub.settings.warehouses import parted

if TYPE_CHECKING:
    import duckdb

PLACES = "hub_places"
"""Table (place_source, place_location, warehouse, is_authority): each location of a warehouse once; "" stands for stock
without a location."""
_LISTED = "hub_listed_places"
_DEPTH = 8
"""Levels of locations within locations that are looked through."""
REASON = Reason("in a warehouse whose stock another system tells", by_rule=True)


@dataclass(frozen=True)
class Place:
    """One place of a warehouse as the admin wrote it, and how many stock levels it has."""

    warehouse: str
    listing: str
    is_authority: bool
    levels: int


def make_places(db: duckdb.DuckDBPyConnection, warehouses: Mapping[str, Sequence[str]]) -> None:
    """The tables that say where each location is. With no warehouses they are empty, and every stock level counts."""
    db.execute(
        f"CREATE OR REPLACE TEMP TABLE {_LISTED} (warehouse VARCHAR, listing VARCHAR, source VARCHAR, "
        "location VARCHAR, place INTEGER)"
    )
    listed = [(name, listing) for name, listings in warehouses.items() for listing in listings]
    for place, (name, listing) in enumerate(listed):
        db.execute(f"INSERT INTO {_LISTED} VALUES (?, ?, ?, ?, ?)", [name, listing, *parted(listing), place])
    inside = _INSIDE if listed else f"SELECT *, 0 AS depth FROM {_LISTED}"
    db.execute(f"CREATE OR REPLACE TEMP TABLE {PLACES} AS {_NEAREST.format(inside=inside)}")
    db.execute(f"CREATE OR REPLACE TEMP TABLE {_LISTED} AS {_RANKED if listed else _UNRANKED}")
    db.execute(
        f"CREATE OR REPLACE TEMP TABLE {PLACES} AS "
        f"SELECT places.*, is_authority FROM {PLACES} AS places JOIN {_LISTED} USING (listing)"
    )


_INSIDE = f"""
    SELECT *, 0 AS depth FROM {_LISTED} WHERE location IS NOT NULL
    UNION ALL
    SELECT listed.* REPLACE (held.location_source_id AS location), {_DEPTH} AS depth
    FROM {_LISTED} AS listed JOIN (
        SELECT source, location_source_id FROM stock_levels
        UNION SELECT source, location_source_id FROM stock_history
    ) AS held ON held.source = listed.source WHERE listed.location IS NULL
    UNION ALL
    SELECT inside.* REPLACE (locations.source_id AS location, depth + 1 AS depth)
    FROM inside JOIN locations ON locations.source = inside.source AND locations.parent_source_id = inside.location
    WHERE depth < {_DEPTH}
"""
_NEAREST = """
    WITH RECURSIVE inside AS ({inside})
    SELECT source AS place_source, coalesce(location, '') AS place_location, warehouse, listing FROM inside
    QUALIFY row_number() OVER (PARTITION BY source, coalesce(location, '') ORDER BY depth, place) = 1
"""
"""The nearest place wins: a location itself, then what it lies within, then all stock of its system."""
_RANKED = f"""
    WITH held AS (
        SELECT listing, count(*) AS levels FROM stock_levels
        JOIN {PLACES} ON source = place_source AND coalesce(location_source_id, '') = place_location GROUP BY listing
    )
    SELECT {_LISTED}.*, coalesce(levels, 0) AS levels,
        row_number() OVER (PARTITION BY warehouse ORDER BY levels IS NULL, place) = 1 AS is_authority
    FROM {_LISTED} LEFT JOIN held USING (listing)
"""
"""The first place that has any stock: one that is misspelt, or not synced yet, must not make stock disappear."""
_UNRANKED = f"SELECT *, 0 AS levels, true AS is_authority FROM {_LISTED}"


def places(db: duckdb.DuckDBPyConnection) -> list[Place]:
    """What the admin listed, in that order. A place without stock levels is most likely misspelt."""
    found = db.execute(f"SELECT warehouse, listing, is_authority, levels FROM {_LISTED} ORDER BY place").fetchall()
    return [Place(*row) for row in found]


def with_place(scope: Scope, rows: Table) -> Table:
    """Stock rows with the column `told_elsewhere`: NULL where they count, else the reason why not."""
    import ibis

    known = ibis.table(
        {"place_source": "string", "place_location": "string", "warehouse": "string", "is_authority": "boolean"},
        name=PLACES,
    )
    others = known.filter(~known.is_authority).drop("is_authority")
    location = rows.location_source_id.coalesce("")
    joined = rows.left_join(others, [rows.source == others.place_source, location == others.place_location])
    return joined.select(*rows.columns, told_elsewhere=_told(joined.warehouse))


def _told(warehouse: Value) -> Value:
    import ibis

    return ibis.literal("told_elsewhere:") + warehouse
