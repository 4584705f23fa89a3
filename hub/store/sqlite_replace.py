"""Children of a parent that was sent in full: an old version changes none, and what a new one lacks is gone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from hub.model.batch import Replacement
from hub.model.kinds import Entity
from hub.store.sqlite_database import Database, places

_CHUNK = 400


def stale_owners(db: Database, entity: Entity, replacement: Replacement, source: str) -> set[str]:
    """Parents that came in an older version than the store has, and whose children are known already."""
    parent = entity[replacement.owner_column].refers_to
    stamped = [owner for owner, stamp in replacement.owners.items() if stamp is not None]
    if parent is None:
        return set()
    old = {
        owner
        for owner, stamp in _in_chunks(
            db,
            f"SELECT source_id, source_updated_at FROM {parent} WHERE source_updated_at IS NOT NULL"
            " AND source = ? AND source_id IN",
            source,
            stamped,
        )
        if stamp > (replacement.owners[owner] or 0)
    }
    column = replacement.owner_column
    known = f"SELECT DISTINCT {column} FROM {entity.name} WHERE source = ? AND {column} IN"
    return {row[0] for row in _in_chunks(db, known, source, sorted(old))}


def gone(db: Database, entity: Entity, replacement: Replacement, source: str, sent: Iterable[str]) -> list[str]:
    """Live children of the parents that were not sent with them."""
    column = replacement.owner_column
    live = f"SELECT source_id FROM {entity.name} WHERE deleted_at IS NULL AND source = ? AND {column} IN"
    held = [row[0] for row in _in_chunks(db, live, source, list(replacement.owners))]
    if not held:
        return []
    there = {*sent, *replacement.kept}
    return [key for key in held if key not in there]


def ensure_index(db: Database, entity: Entity, column: str) -> None:
    """The index that finds children by parent. Made when first needed: every insert pays for it."""
    db.run(f"CREATE INDEX IF NOT EXISTS ix_lazy_{entity.name}_{column} ON {entity.name} (source, {column}, deleted_at)")


def _in_chunks(db: Database, query: str, source: str, keys: list[str]) -> Iterator[tuple[Any, ...]]:
    size = db.chunk(_CHUNK)
    for start in range(0, len(keys), size):
        chunk = keys[start : start + size]
        yield from db.rows(f"{query} ({places(len(chunk))})", (source, *chunk))
