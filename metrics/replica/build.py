"""Builds the base of the replica: Parquet files, written by several threads that read disjoint parts of the store."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hub.errors import StoreError
from hub.model.catalog import ENTITIES
from hub.model.kinds import BOOKKEEPING, Entity, Kind
from metrics.replica.manifest import BaseFile, Part
from metrics.replica.shape import TABLES, columns_of
from metrics.replica.snapshot import Piece, Snapshot, Unsuitable, divisions, quoted

if TYPE_CHECKING:
    import duckdb

_NOT_COPIED = (*BOOKKEEPING, "source_updated_at")
PARQUET = "(FORMAT parquet, COMPRESSION lz4_raw, ROW_GROUP_SIZE 122880)"

Columns = Callable[[str], Sequence[str]]
"""Entity -> columns that were ever written."""
Way = Callable[[str, dict[str, Kind]], list[Piece] | None]
"""How to read an entity: in which pieces; None where it cannot be read so."""


def workers() -> int:
    """Threads that read at the same time."""
    return max(2, min(os.cpu_count() or 2, 6))


def columns_to_copy(entity: Entity, written: Sequence[str]) -> dict[str, Kind]:
    """Columns in use, without those that only syncing needs; `source` comes by itself."""
    known = columns_of(entity)
    return {name: known[name] for name in written if name in known and name not in _NOT_COPIED}


def build_base(
    snapshot: Snapshot, db: duckdb.DuckDBPyConnection, folder: Path, base: str, columns: Columns
) -> dict[str, Part]:
    """Write every live row into new files whose names begin with `base`. Returns what they hold."""
    return _Build(snapshot, db, folder, base, columns).parts()


@dataclass
class _Build:
    """Each entity is read in the quickest way that its values allow: from the pages of the file or by PyArrow, by
    DuckDB with numbers of 18 digits, by DuckDB with numbers as text."""

    snapshot: Snapshot
    db: duckdb.DuckDBPyConnection
    folder: Path
    base: str
    columns: Columns
    _guard: threading.Lock = field(default_factory=threading.Lock)

    def parts(self) -> dict[str, Part]:
        held = {name: sources for name in TABLES if (sources := self.snapshot.sources(name))}
        chosen = {name: columns_to_copy(TABLES[name], self.columns(name)) for name in held}
        ways: dict[str, Way] = {
            "quick": lambda name, columns: self.snapshot.quick_pieces(name, held[name], columns, workers()),
            "narrow": lambda name, columns: self._statements(name, held[name], columns, wide=False),
            "wide": lambda name, columns: self._statements(name, held[name], columns, wide=True),
        }
        parts: dict[str, Part] = {}
        for way, pieces_of in ways.items():
            found = {name: pieces_of(name, chosen[name]) for name in held if name not in parts}
            pieces = {name: pieces for name, pieces in found.items() if pieces is not None}
            for name, files in self._write_all(pieces, last=way == "wide").items():
                rows = sum(file.rows for file in files)
                if way == "quick" and not _is_complete(name, rows, held[name]):
                    continue
                parts[name] = Part(rows, ["source", *chosen[name]], wide=way == "wide", files=files)
        return parts

    def _statements(
        self, entity: str, sources: Iterable[tuple[str, int]], columns: dict[str, Kind], *, wide: bool
    ) -> list[Piece]:
        pieces: list[Piece] = []
        for source, rows in sources:
            count = divisions(rows, workers())
            pieces += [
                Piece(source, rows // count, self._copy(entity, where, columns, wide=wide))
                for where in self.snapshot.parts(entity, source, rows, count)
            ]
        return pieces

    def _copy(self, entity: str, where: str, columns: dict[str, Kind], *, wide: bool) -> Callable[[Path, int], int]:
        live = "" if "is_deleted" in columns else " AND deleted_at IS NULL"
        statement = self.snapshot.statement(columns, entity, where + live, wide=wide)
        values = ", ".join(self.snapshot.converted(name, kind, wide=wide) for name, kind in columns.items())

        def write(path: Path, worker: int) -> int:
            rows = f"SELECT {values} FROM stream WHERE source_id IS NOT NULL"
            with self.snapshot.stream(statement, worker) as stream:  # noqa: F841  # DuckDB finds it by its name
                copied = self.db.cursor().execute(f"COPY ({rows}) TO {quoted(str(path))} {PARQUET}").fetchall()
            return int(copied[0][0])

        return write

    def _write_all(self, pieces: Mapping[str, list[Piece]], *, last: bool) -> dict[str, list[BaseFile]]:
        """Write the pieces, the largest first. Entities with values that did not fit are not among what comes back."""
        waiting = sorted(
            ((name, number, piece) for name, listed in pieces.items() for number, piece in enumerate(listed)),
            key=lambda entry: -entry[2].size,
        )
        files: dict[str, list[BaseFile]] = {name: [] for name in pieces}
        free = list(range(workers()))

        def write(name: str, number: int, piece: Piece) -> None:
            with self._guard:
                if name not in files:
                    return
                worker = free.pop()
            path = self.folder / f"{self.base}-{name}-{number}.parquet"
            try:
                written = BaseFile(path.name, piece.source, piece.write(path, worker))
                with self._guard:
                    if name in files:
                        files[name].append(written)
            except StoreError:
                raise
            except Exception as error:
                if last or not is_data_error(error):
                    raise
                with self._guard:
                    files.pop(name, None)
            finally:
                with self._guard:
                    free.append(worker)

        with ThreadPoolExecutor(workers()) as pool:
            for done in [pool.submit(write, *entry) for entry in waiting]:
                done.result()
        return {name: sorted(found, key=lambda file: (file.source or "", file.name)) for name, found in files.items()}


def _is_complete(entity: str, rows: int, sources: list[tuple[str, int]]) -> bool:
    """Whether as many rows were found as the store says it holds; of a history it does not say."""
    return entity not in ENTITIES or rows == sum(held for _, held in sources)


def is_data_error(error: Any) -> bool:
    """Whether a value did not fit the quick way: beyond 64 bits, or text where numbers stood before."""
    import duckdb

    if isinstance(error, Unsuitable):
        return True
    return isinstance(error, duckdb.Error) and not isinstance(error, duckdb.IOException | duckdb.OutOfMemoryException)
