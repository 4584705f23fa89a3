"""The hot path: one multi-row upsert a chunk of records, touching only rows that differ.

There is no look-up before and no staging. SQLite itself says how many rows it wrote; two small functions, called only
for rows that were updated or refused as older, tell those apart from the inserted ones.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import chain, islice
from typing import Any, NamedTuple

from hub.model.batch import Batch
from hub.store.plain import plain
from hub.store.sqlite_database import Database, places

_BLOCK = 8192
"""Records that are plain Python objects at the same time."""
_CHUNKS = (256, 32, 4, 1)
"""Records a statement. Few sizes, so that the prepared statements are used again whatever a page's length."""


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
    names = ("source_id", *(name for name in batch.columns if name != "source_id"))
    columns = [batch.columns[name] for name in names]
    watch.begin(stamp.run_id)
    written = 0
    inserted_keys: list[str] = []
    for ids, values in _chunks(columns, len(batch), db.chunk(_CHUNKS[0], len(names))):
        before = len(watch.updated)
        written_here = _write(db, upsert_statement(batch.entity.name, names, len(ids)), stamp, values)
        written += written_here
        if list_keys and written_here > len(watch.updated) - before:
            new = written_here - (len(watch.updated) - before)
            inserted_keys += ids if new == len(ids) else _inserted(db, batch.entity.name, stamp, ids)
    return Upserted(
        inserted=written - len(watch.updated) + watch.revived,
        updated=len(watch.updated) - watch.revived,
        superseded=watch.superseded,
        keys=inserted_keys + watch.updated if list_keys else None,
    )


def _chunks(columns: Sequence[Any], records: int, most: int) -> Iterator[tuple[list[str], tuple[Any, ...]]]:
    """The ids of a chunk and all its values, record by record, without a loop over records in Python."""
    sizes = [size for size in _CHUNKS if size <= most]
    for start in range(0, records, _BLOCK):
        block = [plain(column, start, min(start + _BLOCK, records)) for column in columns]
        values = chain.from_iterable(zip(*block, strict=True))
        done, left = 0, len(block[0])
        for size in sizes:
            while left >= size:
                yield block[0][done : done + size], tuple(islice(values, size * len(columns)))
                done, left = done + size, left - size


def _write(db: Database, statement: str, stamp: Stamp, values: tuple[Any, ...]) -> int:
    try:
        return db.run(statement, stamp + values).rowcount
    except OverflowError:  # nothing ran yet: the driver found a number beyond 64 bits while binding
        return db.run(statement, stamp + tuple(map(_storable, values))).rowcount


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
def upsert_statement(entity: str, names: tuple[str, ...], records: int) -> str:
    """Parameters: source, moment, run, then the values record by record in the order of `names`."""
    width = len(names)
    rows = ",".join(
        f"(?1,{','.join(f'?{number}' for number in range(start, start + width))},?2,?2,?3)"
        for start in range(4, 4 + records * width, width)
    )
    own = [name for name in names if name != "source_id"]
    changes = "".join(f"{name}=excluded.{name}, " for name in own)
    differs = " OR ".join(["deleted_at IS NOT NULL", *(f"{name} IS NOT excluded.{name}" for name in own)])
    return (
        f"INSERT INTO {entity} (source,{','.join(names)},first_seen_at,synced_at,run_id) VALUES {rows} "
        f"ON CONFLICT (source, source_id) DO UPDATE SET {changes}synced_at=excluded.synced_at, deleted_at=NULL, "
        f"run_id=hub_updated(source_id, deleted_at IS NOT NULL) WHERE ({differs})"
        + (_NOT_OLDER if "source_updated_at" in names else "")
    )


_NOT_OLDER = (
    " AND (source_updated_at IS NULL OR excluded.source_updated_at IS NULL"
    " OR excluded.source_updated_at >= source_updated_at OR hub_superseded(source_id))"
)
