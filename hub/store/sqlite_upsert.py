"""The hot path: one multi-row upsert a chunk of records, touching only rows that differ.

There is no look-up before and no staging. SQLite itself says how many rows it wrote; two small functions, called only
for rows that were updated or refused as older, tell those apart from the inserted ones.

The statement comes in two forms with the same outcome. The direct one is the plain upsert, the fastest for new rows.
The other first leaves out rows that are held already as they came, before SQLite has built a whole new record of each:
the fastest for a re-sync. The outcome of a chunk chooses the form of the next one.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, NamedTuple

from hub.model.batch import Batch
from hub.store.plain import plain
from hub.store.sqlite_database import Database, places

_BLOCK = 8192
"""Records that are plain Python objects at the same time."""
_CHUNKS = (256, 32, 4, 1)
"""Records a statement. Few sizes, so that the prepared statements are used again whatever a page's length."""
_CONSTANTS = 4
"""Parameters in front of the values: source, moment, moment, run. Behind them comes the source again."""


@dataclass(slots=True)
class Upserted:
    """What became of the records. `keys` are those of all rows written, None where nobody asked for them."""

    inserted: int = 0
    updated: int = 0
    superseded: int = 0
    keys: list[str] | None = field(default_factory=list)


class Stamp(NamedTuple):
    """What a page writes into every row it touches: source, moment [microseconds], run."""

    source: str
    at: int
    run_id: int


class Watch:
    """Hears from SQLite about each row that a statement updates or refuses."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.run_id = 0
        self.updated: list[str] = []
        self.revived = 0
        self.superseded = 0
        self.mostly_new: set[str] = set()
        """Entities whose last chunk was mostly written. A guess for the next one, never more."""
        connection.create_function("hub_updated", 2, self._on_update)
        connection.create_function("hub_superseded", 1, self._on_superseded)

    def begin(self, run_id: int) -> None:
        self.run_id, self.updated, self.revived, self.superseded = run_id, [], 0, 0

    def _on_update(self, key: str, was_deleted: int) -> int:
        self.updated.append(key)
        self.revived += was_deleted
        return self.run_id

    def _on_superseded(self, _: str) -> int:
        self.superseded += 1
        return 0


def upsert(db: Database, watch: Watch, batch: Batch, stamp: Stamp, *, list_keys: bool) -> Upserted:
    """Merge records whose ids are all different."""
    entity = batch.entity.name
    names = ("source_id", *(name for name in batch.columns if name != "source_id"))
    watch.begin(stamp.run_id)
    written = 0
    new_keys: list[str] = []
    for ids, values in _chunks([batch.columns[name] for name in names], len(batch), db.chunk(_CHUNKS[0], len(names))):
        updates = len(watch.updated)
        count = _write(db, _statement(entity, names, len(ids), direct=entity in watch.mostly_new), stamp, values)
        new = count - (len(watch.updated) - updates)
        written += count
        (watch.mostly_new.add if count * 2 > len(ids) else watch.mostly_new.discard)(entity)
        if list_keys and new:
            new_keys += ids if new == len(ids) else _inserted(db, entity, stamp, ids)
    return Upserted(
        inserted=written - len(watch.updated) + watch.revived,
        updated=len(watch.updated) - watch.revived,
        superseded=watch.superseded,
        keys=new_keys + watch.updated if list_keys else None,
    )


def _chunks(columns: Sequence[Any], records: int, most: int) -> Iterator[tuple[list[str], list[Any]]]:
    """The ids of a chunk and all its values, record by record behind room for the constants. The columns are woven by
    slices, so that no Python runs for each record."""
    width = len(columns)
    sizes = [size for size in _CHUNKS if size <= most]
    for start in range(0, records, _BLOCK):
        block = [plain(column, start, min(start + _BLOCK, records)) for column in columns]
        done, left = 0, len(block[0])
        for size in sizes:
            while left >= size:
                values: list[Any] = [None] * (_CONSTANTS + size * width + 1)
                for place, column in enumerate(block, _CONSTANTS):
                    values[place:-1:width] = column[done : done + size]
                yield block[0][done : done + size], values
                done, left = done + size, left - size


def _write(db: Database, statement: str, stamp: Stamp, values: list[Any]) -> int:
    values[:_CONSTANTS] = stamp.source, stamp.at, stamp.at, stamp.run_id
    values[-1] = stamp.source
    try:
        return db.run(statement, values).rowcount
    except OverflowError:  # nothing ran yet: the driver found a number beyond 64 bits while binding
        return db.run(statement, [_storable(value) for value in values]).rowcount


def _storable(value: Any) -> Any:
    return str(value) if type(value) is int and not -(2**63) <= value < 2**63 else value


def _inserted(db: Database, entity: str, stamp: Stamp, ids: list[str]) -> list[str]:
    found = db.rows(
        f"SELECT source_id FROM {entity} WHERE source = ? AND source_id IN ({places(len(ids))})"
        " AND first_seen_at = ? AND run_id = ?",
        (stamp.source, *ids, stamp.at, stamp.run_id),
    )
    return [row[0] for row in found]


@lru_cache(maxsize=1024)
def _statement(entity: str, names: tuple[str, ...], records: int, *, direct: bool) -> str:
    """Parameters: the stamp, the values record by record in the order of `names`, the source again (the direct form
    only tests that it is there, so that both take the same). None is numbered: Python 3.12.1 warns of numbers."""
    width = len(names)
    sent = ",".join(f"sent.column{place}" for place in range(1, width + 1))
    values = ",".join([f"({places(width)})"] * records)
    held = ["held.source = ?", "held.source_id = sent.column1", "held.deleted_at IS NULL"]
    held += [f"held.{name} IS sent.column{place}" for place, name in enumerate(names[1:], 2)]
    new = "? NOT NULL" if direct else f"NOT EXISTS (SELECT 1 FROM {entity} AS held WHERE {' AND '.join(held)})"
    return (
        f"INSERT INTO {entity} (source,first_seen_at,synced_at,run_id,{','.join(names)})"
        f" SELECT ?,?,?,?,{sent} FROM (VALUES {values}) AS sent WHERE {new} {_on_conflict(names)}"
    )


def _on_conflict(names: tuple[str, ...]) -> str:
    own = names[1:]
    changes = "".join(f"{name}=excluded.{name}, " for name in own)
    differs = " OR ".join(["deleted_at IS NOT NULL", *(f"{name} IS NOT excluded.{name}" for name in own)])
    not_older = (
        " AND (source_updated_at IS NULL OR excluded.source_updated_at IS NULL"
        " OR excluded.source_updated_at >= source_updated_at OR hub_superseded(source_id))"
    )
    return (
        f"ON CONFLICT (source, source_id) DO UPDATE SET {changes}synced_at=excluded.synced_at, deleted_at=NULL,"
        f" run_id=hub_updated(source_id, deleted_at IS NOT NULL) WHERE ({differs})"
        + (not_older if "source_updated_at" in names else "")
    )
