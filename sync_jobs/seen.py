"""The keys a snapshot has shown, so that those it never showed can be soft-deleted: cheap where nothing is missing.

Keys go, page by page, to a flat file beside the store: memory stays flat, and a run that goes on after a crash finds
those of the pages before it. Whether the file really holds them is checked against the number of pages the store has
committed; in doubt the snapshot starts over. Along the way count and checksum of each entity's keys are kept (a sum, so
their order does not matter). Equal count and checksum mean the same keys, and then no key needs to be looked at:

    the same as at the last complete snapshot, which is known to have held none twice  -> none can be missing
    the same as the live rows of the store                                             -> none is missing
    otherwise the keys are put in order once, and the live rows are looked up in them
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO
from zlib import crc32

from hub.errors import StoreError
from hub.model.batch import Mapped

_SHOWN = "INSERT INTO seen SELECT part.key, id.value FROM json_each(?, ?) AS part, json_each(part.value) AS id"
_ABSENT = (
    "SELECT asked.key FROM json_each(?) AS asked"
    " WHERE NOT EXISTS (SELECT 1 FROM seen WHERE seen.entity = ? AND seen.id = asked.value) ORDER BY asked.key"
)
"""Both read the keys as JSON, so that no Python runs for each of them, and any text compares as it was written."""


@dataclass
class KeySum:
    """How many keys, and the sum of their checksums: equal for equal sets, whatever the order."""

    count: int = 0
    sum: int = 0

    def add(self, keys: Iterable[str]) -> None:
        texts = list(keys)
        self.count += len(texts)
        try:
            self.sum += sum(map(crc32, map(str.encode, texts)))
        except UnicodeEncodeError:  # half a character, as JSON from a source may hold
            self.sum += sum(crc32(text.encode("utf-8", "surrogatepass")) for text in texts)


class SeenKeys:
    """One snapshot's keys. Written by one thread, read by another after it, never by both at once.

    keep    False where nothing can be missing (nothing was held before): only the sums are kept then
    resumed the file of a stopped run is gone on with
    """

    def __init__(self, path: Path, *, keep: bool = True, resumed: bool = False) -> None:
        self.path = path
        self._index = path.with_suffix(".index.db")
        self._file: TextIO | None = None
        self._lookup: sqlite3.Connection | None = None
        self._numbers: set[int] = set()
        self._gaps: set[str] = set()
        self._sums: dict[str, KeySum] = {}
        with _disk(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            if resumed:
                self._read_again()
            if keep:
                self._file = path.open("a" if resumed else "w", encoding="ascii")

    def add(self, number: int, mapped: Mapped, *, gaps: Iterable[str] = ()) -> None:
        """Remember every key of a page, those of rejected records too: sent but refused is not gone.

        gaps   entities of which a record may have come that nobody could read
        """
        good: dict[str, list[str]] = {}
        for batch in mapped.batches:
            ids = batch.columns["source_id"]
            keys = set(ids if isinstance(ids, list) else ids.to_pylist())
            good.setdefault(batch.entity.name, []).extend(keys)
        refused: dict[str, list[str]] = {}
        unknown = {reject.entity for reject in mapped.rejects if reject.source_id is None}.union(gaps)
        for reject in mapped.rejects:
            if reject.source_id is not None:
                refused.setdefault(reject.entity, []).append(reject.source_id)
        self._take(number, good, unknown)
        if self._file:
            with _disk(self.path):
                self._file.write(json.dumps([number, good, refused, sorted(unknown)]) + "\n")
                self._file.flush()  # before the store commits the page, since only then it counts

    def _take(self, number: int, good: dict[str, list[str]], gaps: Iterable[str]) -> None:
        self._numbers.add(number)
        self._gaps.update(gaps)
        for entity, keys in good.items():
            self._sums.setdefault(entity, KeySum()).add(keys)

    def _read_again(self) -> None:
        """Take up what a stopped run has left; a last line that was cut short goes."""
        whole = 0
        for raw, end in self._lines():
            number, good, _, gaps = json.loads(raw)
            if number not in self._numbers:
                self._take(number, good, gaps)
            whole = end
        if self.path.exists():
            with self.path.open("r+b") as file:
                file.truncate(whole)

    def _lines(self) -> Iterator[tuple[str, int]]:
        """The whole lines of the file, one a page, each with the place where it ends."""
        if not self.path.exists():
            return
        with self.path.open("rb") as file:
            end = 0
            for raw in file:
                if not raw.endswith(b"\n"):
                    return
                end += len(raw)
                yield raw.decode("ascii"), end

    def covers(self, pages: int) -> bool:
        """Whether the keys of pages 1 to `pages` are all here."""
        return self._numbers.issuperset(range(1, pages + 1))

    def has_gap(self, entity: str) -> bool:
        """Whether a record of the entity came without a usable key: then nothing can be called gone."""
        return entity in self._gaps

    def sum_of(self, entity: str) -> KeySum:
        """Count and checksum of the keys that were shown and not refused; a key twice where two pages showed it."""
        return self._sums.get(entity, KeySum())

    def absent(self, entity: str, ids: list[str]) -> list[str]:
        """Those of `ids` that the snapshot has not shown."""
        with _disk(self._index):
            lookup = self._lookup = self._lookup or self._sorted()
            places = lookup.execute(_ABSENT, (json.dumps(ids), entity)).fetchall()
        return [ids[place] for (place,) in places]

    def _sorted(self) -> sqlite3.Connection:
        """All keys in a temporary table with an index: built in one go, that costs a third of doing it page by page."""
        self._index.unlink(missing_ok=True)
        lookup = sqlite3.connect(self._index, isolation_level=None)
        lookup.executescript(
            "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; CREATE TABLE seen (entity TEXT, id TEXT);"
        )
        lookup.execute("BEGIN")
        for raw, _ in self._lines():
            lookup.execute(_SHOWN, (raw, "$[1]"))
            lookup.execute(_SHOWN, (raw, "$[2]"))
        lookup.execute("CREATE INDEX by_id ON seen (entity, id)")
        lookup.execute("COMMIT")
        return lookup

    def close(self, *, forget: bool) -> None:
        if self._file:
            self._file.close()
        if self._lookup:
            self._lookup.close()
        self._index.unlink(missing_ok=True)
        if forget:
            self.path.unlink(missing_ok=True)


class LastSums:
    """The sums of the last complete snapshot, for entities whose keys it showed once each. A cache: safe to delete."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def same(self, entity: str, now: KeySum) -> bool:
        try:
            return bool(json.loads(self._path.read_text())[entity] == [now.count, now.sum])
        except (OSError, ValueError, KeyError, TypeError):
            return False

    def save(self, sums: dict[str, KeySum]) -> None:
        with _disk(self._path):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            text = json.dumps({entity: [each.count, each.sum] for entity, each in sums.items()})
            fresh = self._path.with_suffix(".new")
            fresh.write_text(text)
            fresh.replace(self._path)


@contextmanager
def _disk(path: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, sqlite3.Error) as error:
        raise StoreError(
            f"cannot write {path}: {getattr(error, 'strerror', None) or error}.",
            fix="Free disk space or mend the folder's permissions, then sync again; nothing stored was lost.",
        ) from error
