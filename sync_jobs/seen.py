"""The keys a snapshot has shown so far, so that those it never showed can be soft-deleted.

They live in a temporary SQLite file of their own: memory stays flat whatever the size, the store is not burdened, and a
run that goes on after a crash finds the keys of the pages before it. Whether the file really holds all of them is
checked against the number of pages the store has committed; in doubt the snapshot starts over.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from pathlib import Path

from hub.model.batch import Mapped

_CHUNK = 500
"""Keys a statement; older SQLite libraries allow 999 variables."""


class SeenKeys:
    """One snapshot's keys. Written by one thread, read by another after it, never by both at once."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._connection.executescript(
            "PRAGMA journal_mode=MEMORY; PRAGMA synchronous=OFF;"
            "CREATE TABLE IF NOT EXISTS page (number INTEGER PRIMARY KEY);"
            "CREATE TABLE IF NOT EXISTS gap (entity TEXT PRIMARY KEY) WITHOUT ROWID;"
            "CREATE TABLE IF NOT EXISTS seen (entity TEXT, id TEXT, PRIMARY KEY (entity, id)) WITHOUT ROWID;"
        )

    def add(self, number: int, mapped: Mapped) -> None:
        """Remember every key of a page, those of rejected records too: sent but refused is not gone."""
        self._connection.execute("BEGIN")
        for batch in mapped.batches:
            ids = batch.columns["source_id"]
            self._insert(batch.entity.name, ids if isinstance(ids, list) else ids.to_pylist())
        for reject in mapped.rejects:
            if reject.source_id is None:
                self._connection.execute("INSERT OR IGNORE INTO gap VALUES (?)", (reject.entity,))
            else:
                self._insert(reject.entity, [reject.source_id])
        self._connection.execute("INSERT OR REPLACE INTO page VALUES (?)", (number,))
        self._connection.execute("COMMIT")

    def _insert(self, entity: str, ids: list[str]) -> None:
        for start in range(0, len(ids), _CHUNK):
            chunk = ids[start : start + _CHUNK]
            places = ",".join(["(?1,?)"] * len(chunk))
            self._connection.execute(f"INSERT OR IGNORE INTO seen VALUES {places}", [entity, *chunk])

    def covers(self, pages: int) -> bool:
        """Whether the keys of pages 1 to `pages` are all here."""
        row = self._connection.execute("SELECT count(*) FROM page WHERE number <= ?", (pages,)).fetchone()
        return bool(row[0] == pages)

    def has_gap(self, entity: str) -> bool:
        """Whether a record of the entity came without a usable key: then nothing can be called gone."""
        return self._connection.execute("SELECT 1 FROM gap WHERE entity = ?", (entity,)).fetchone() is not None

    def count(self, entity: str) -> int:
        return int(self._connection.execute("SELECT count(*) FROM seen WHERE entity = ?", (entity,)).fetchone()[0])

    def absent(self, entity: str, ids: list[str]) -> list[str]:
        """Those of `ids` that the snapshot has not shown."""
        missing: list[str] = []
        for start in range(0, len(ids), _CHUNK):
            chunk = ids[start : start + _CHUNK]
            places = ",".join("?" * len(chunk))
            rows: Iterable[tuple[str]] = self._connection.execute(
                f"SELECT id FROM seen WHERE entity = ? AND id IN ({places})", [entity, *chunk]
            )
            shown = {row[0] for row in rows}
            missing += [key for key in chunk if key not in shown]
        return missing

    def close(self, *, forget: bool) -> None:
        self._connection.close()
        if forget:
            self.path.unlink(missing_ok=True)
