"""Some of the records behind findings that metrics only count."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from hub.model.catalog import ENTITIES
from metrics import text
from metrics.report.cited import Held, Source

if TYPE_CHECKING:
    import duckdb

    from hub.store.base import QuarantineEntry, Store

_FEW = 10


def dangling(
    db: duckdb.DuckDBPyConnection, entity: str | None, field: str | None, source: str | None = None
) -> list[list[str]]:
    """Source, key, and the reference that leads nowhere, of some records of an entity: always the same ones."""
    found = ENTITIES.get(entity or "")
    column = next((each for each in found.columns if each.name == field), None) if found else None
    if column is None or column.refers_to not in ENTITIES:
        return []
    limited, values = (" AND r.source = ?", [source]) if source else ("", [])
    rows = db.execute(
        f'SELECT r.source, r.source_id, r."{field}" FROM {entity} AS r '
        f'LEFT JOIN {column.refers_to} AS t ON t.source = r.source AND t.source_id = r."{field}" '
        f'WHERE r."{field}" IS NOT NULL AND t.source_id IS NULL{limited} ORDER BY 1, 2 LIMIT {_FEW}',
        values,
    )
    return [[str(cell) for cell in row] for row in rows.fetchall()]


def waiting_rows(store: Store, limit: int) -> list[QuarantineEntry]:
    """Rows in quarantine, those that have waited longest first."""
    return store.quarantined(limit=limit)


def undecided(store: Store, db: duckdb.DuckDBPyConnection, limit: int) -> Iterator[tuple[tuple[str, ...], Source]]:
    """Pairs of records that somebody has to look at, by their names."""
    for review in store.reviews(status="open", limit=limit):
        names = []
        for source, source_id in (review.left, review.right):
            row = db.execute(
                f"SELECT name FROM {review.entity} WHERE source = ? AND source_id = ?", [source, source_id]
            ).fetchone()
            name = text.printable(str(row[0]), 50) if row and row[0] else ""
            names.append(f"{source}/{source_id}" + (f" {name}" if name else ""))
        score = f"{review.score:.2f}" if review.score is not None else ""
        yield (*names, review.entity, score), Held(*_of_entity(review.left, review.entity))


def _of_entity(key: tuple[str, str], entity: str) -> tuple[str, str, str]:
    return key[0], entity, key[1]
