"""The history table of an entity: a row for each change of its figures, ending with what is held now."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from hub.model.kinds import Entity
from hub.store.shape import history_columns, table
from hub.store.sqlite_database import Database, places

_CHUNK = 400


def add_history(db: Database, entity: Entity, source: str, at: int, keys: Sequence[str]) -> None:
    """Note the present figures of the touched rows, unless their history ends with the same ones."""
    size = db.chunk(_CHUNK)
    for start in range(0, len(keys), size):
        chunk = keys[start : start + size]
        db.run(history_statement(entity.name, len(chunk)), (at, at, at, at, at, source, *chunk))


@lru_cache(maxsize=64)
def history_statement(name: str, keys: int) -> str:
    """Parameters: five times the moment of the page, source, keys.

    A change is dated by the source's own stamp, else by when the figure was counted, else by the page; a deletion by
    the page. It is never dated before the one it follows: then the page's moment counts, or, where that is earlier
    too, the last change is overwritten. So the history always ends with what is held.
    """
    entity = table(name)
    names = history_columns(entity)
    stamps = [name for name in ("source_updated_at", "counted_at") if name in entity]
    seen_at = (
        f"CASE WHEN now.deleted_at IS NULL THEN coalesce({', '.join(f'now.{name}' for name in stamps)}, ?) ELSE ? END"
    )
    columns = ", ".join(names)
    differs = " OR ".join(f"past.{name} IS NOT now.{name}" for name in names)
    return f"""
        INSERT INTO {entity.history} (source, source_id, changed_at, {columns}, is_deleted, run_id)
        SELECT now.source, now.source_id,
               CASE WHEN past.changed_at > {seen_at} THEN max(past.changed_at, ?) ELSE {seen_at} END,
               {", ".join(f"now.{name}" for name in names)}, now.deleted_at IS NOT NULL, now.run_id
        FROM {entity.name} AS now LEFT JOIN {entity.history} AS past
          ON past.source = now.source AND past.source_id = now.source_id AND past.changed_at =
             (SELECT max(changed_at) FROM {entity.history} WHERE source = now.source AND source_id = now.source_id)
        WHERE now.source = ? AND now.source_id IN ({places(keys)})
          AND (past.source IS NULL OR past.is_deleted IS NOT (now.deleted_at IS NOT NULL) OR {differs})
        ON CONFLICT (source, source_id, changed_at) DO UPDATE SET
          {", ".join(f"{name}=excluded.{name}" for name in (*names, "is_deleted", "run_id"))}"""
