"""Builds the base of the replica: one DuckDB file, filled by several threads that read disjoint parts of the store."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hub.errors import StoreError
from hub.model.kinds import BOOKKEEPING, Entity, Kind
from metrics.replica.manifest import Part
from metrics.replica.shape import DUCK_TYPES, TABLES, columns_of
from metrics.replica.snapshot import Snapshot, quoted

if TYPE_CHECKING:
    import duckdb

_ROWS_A_PART = 150_000
_NOT_COPIED = (*BOOKKEEPING, "source_updated_at")


@dataclass(frozen=True)
class Piece:
    """Some rows of one source of an entity, to be read by one thread."""

    entity: str
    source: str
    where: str
    rows: int


def workers() -> int:
    """Threads that read at the same time."""
    return max(2, min(os.cpu_count() or 2, 6))


def build_base(snapshot: Snapshot, db: duckdb.DuckDBPyConnection, path: Path, columns: Columns) -> dict[str, Part]:
    """Write every live row into a new DuckDB file. Returns what it holds."""
    db.execute(f"ATTACH {quoted(str(path))} AS base")
    try:
        parts = _load(snapshot, db, columns)
        db.execute("CHECKPOINT base")
    finally:
        db.execute("DETACH base")
    return parts


Columns = Callable[[str], Sequence[str]]
"""Entity -> columns that were ever written."""


def columns_to_copy(entity: Entity, written: Sequence[str]) -> dict[str, Kind]:
    """Columns in use, without those that only syncing needs; `source` comes by itself."""
    known = columns_of(entity)
    return {name: known[name] for name in written if name in known and name not in _NOT_COPIED}


def _load(snapshot: Snapshot, db: duckdb.DuckDBPyConnection, columns: Columns) -> dict[str, Part]:
    pieces = {name: found for name in TABLES if (found := _pieces(snapshot, name))}
    chosen = {name: columns_to_copy(TABLES[name], columns(name)) for name in pieces}
    for name in pieces:
        _create(db, name, chosen[name], wide=False)
    wide = _read_all(snapshot, db, [piece for found in pieces.values() for piece in found], chosen)
    for name in wide:
        _create(db, name, chosen[name], wide=True)
        for piece in pieces[name]:
            _read(snapshot, db, 0, piece, chosen[name], wide=True)
    return {
        name: Part(
            db.execute(f"SELECT count(*) FROM base.{name}").fetchall()[0][0], ["source", *kept], wide=name in wide
        )
        for name, kept in chosen.items()
    }


def _pieces(snapshot: Snapshot, entity: str) -> list[Piece]:
    found = []
    for source, rows in snapshot.sources(entity):
        count = 1 if rows < _ROWS_A_PART else max(2, min(rows // _ROWS_A_PART, 2 * workers()))
        conditions = snapshot.parts(entity, source, rows, count)
        found += [Piece(entity, source, where, rows // count) for where in conditions]
    return found


def _create(db: duckdb.DuckDBPyConnection, entity: str, columns: dict[str, Kind], *, wide: bool) -> None:
    types = ", ".join(f"{name} {_type(kind, wide)}" for name, kind in columns.items())
    db.execute(f"CREATE OR REPLACE TABLE base.{entity} (source VARCHAR, {types})")


def _type(kind: Kind, wide: bool) -> str:
    return "DECIMAL(18, 6)" if kind is Kind.DECIMAL and not wide else DUCK_TYPES[kind]


def _read_all(
    snapshot: Snapshot, db: duckdb.DuckDBPyConnection, pieces: list[Piece], columns: dict[str, dict[str, Kind]]
) -> set[str]:
    """Read all pieces, the largest first. Returns the entities with numbers that need the slow and wide way."""
    wide: set[str] = set()
    free = list(range(workers()))
    guard = threading.Lock()

    def read(piece: Piece) -> None:
        with guard:
            worker = free.pop()
        try:
            _read(snapshot, db.cursor(), worker, piece, columns[piece.entity], wide=False)
        except StoreError:
            raise
        except Exception as error:
            if not is_data_error(error):
                raise
            wide.add(piece.entity)
        finally:
            with guard:
                free.append(worker)

    with ThreadPoolExecutor(workers()) as pool:
        for done in [pool.submit(read, piece) for piece in sorted(pieces, key=lambda piece: -piece.rows)]:
            done.result()
    return wide


def _read(
    snapshot: Snapshot,
    db: duckdb.DuckDBPyConnection,
    worker: int,
    piece: Piece,
    columns: dict[str, Kind],
    *,
    wide: bool,
) -> None:
    live = "" if "is_deleted" in columns else " AND deleted_at IS NULL"
    statement = snapshot.statement(columns, piece.entity, piece.where + live, wide=wide)
    values = ", ".join(snapshot.converted(name, kind, wide=wide) for name, kind in columns.items())
    with snapshot.stream(statement, worker) as stream:  # noqa: F841  # DuckDB finds it by its name
        db.execute(
            f"INSERT INTO base.{piece.entity} SELECT {quoted(piece.source)}, {values} FROM stream "
            "WHERE source_id IS NOT NULL"
        )


def is_data_error(error: Any) -> bool:
    """Whether a value did not fit the quick way: beyond 64 bits, or text where numbers stood before."""
    import duckdb

    return isinstance(error, duckdb.Error) and not isinstance(error, duckdb.IOException | duckdb.OutOfMemoryException)
