"""The replica's life: brought up to date when somebody wants numbers, by whoever comes first; read by any number."""

from __future__ import annotations

import contextlib
import logging
import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from hub.errors import StoreError
from hub.store.base import Store
from metrics.replica.build import build_base, workers
from metrics.replica.delta import Delta, TooMuch
from metrics.replica.identity import with_identity
from metrics.replica.manifest import (
    SPILLED,
    Manifest,
    Part,
    in_use,
    read_manifest,
    remove_strangers,
    write_manifest,
    writing,
)
from metrics.replica.shape import NOT_AMOUNTS, TABLES, shape_fingerprint
from metrics.replica.snapshot import Snapshot, open_snapshot
from metrics.replica.views import parquet, view

if TYPE_CHECKING:
    import duckdb

log = logging.getLogger(__name__)


def refresh(store: Store, folder: Path) -> Manifest:
    """Bring the replica in a folder up to date. Costs one question where nothing has changed."""
    manifest = _usable(folder, store.url)
    if manifest and _is_current(store, manifest) and _files_are_there(folder, manifest):
        return manifest
    with writing(folder), contextlib.closing(_connected(folder)) as db:
        fresh = _updated(db, store, folder, _usable(folder, store.url)) or _rebuilt(db, store, folder)
        fresh = with_identity(db, store, folder, fresh)
        write_manifest(folder, fresh)
        remove_strangers(folder, fresh)
    return fresh


def _is_current(store: Store, manifest: Manifest) -> bool:
    return manifest.sequence == store.sequence() and manifest.resolution == store.resolution_id()


@contextlib.contextmanager
def reading(folder: Path) -> Iterator[tuple[duckdb.DuckDBPyConnection, Manifest]]:
    """A connection with all canonical tables as views, true as of one sequence, whatever is refreshed meanwhile.

    It is not closed at the end, since results may lie in its memory: it goes with the last of them.
    """
    with in_use(folder):
        db = _connected(folder)
        yield db, _attach(db, folder)


def _attach(db: duckdb.DuckDBPyConnection, folder: Path) -> Manifest:
    import duckdb

    try:
        manifest = read_manifest(folder)
        if manifest is not None:
            db.execute("SET parquet_metadata_cache = true")
            for name in TABLES:
                db.execute(f"CREATE VIEW {name} AS {view(folder, name, manifest.parts.get(name))}")
            return manifest
    except duckdb.IOException:
        log.debug("a file of the replica is missing or damaged", exc_info=True)
    raise StoreError("the replica cannot be read.", fix=f"Delete {folder}; it is built again by the next command.")


def _usable(folder: Path, url: str) -> Manifest | None:
    manifest = read_manifest(folder)
    return manifest if manifest and manifest.url == _place(url) else None


def _place(url: str) -> str:
    """The URL without user and password."""
    scheme, _, rest = url.partition("://")
    return f"{scheme}://{rest.rpartition('@')[2]}"


def _files_are_there(folder: Path, manifest: Manifest) -> bool:
    return all((folder / name).is_file() for name in manifest.files)


def _updated(db: duckdb.DuckDBPyConnection, store: Store, folder: Path, manifest: Manifest | None) -> Manifest | None:
    """The state after the changes since the last one; None where only a rebuild helps."""
    if manifest is None or not _files_are_there(folder, manifest):
        return None
    with open_snapshot(store.url, db, workers()) as snapshot:
        return _followed(snapshot, db, store, folder, manifest)


def _followed(
    snapshot: Snapshot, db: duckdb.DuckDBPyConnection, store: Store, folder: Path, manifest: Manifest
) -> Manifest | None:
    if manifest.mark != snapshot.mark(manifest.sequence):
        return None
    changes = store.changes(manifest.sequence)
    if changes is None:
        return None
    seen = [change for change in changes if change.sequence <= snapshot.sequence]
    try:
        parts = Delta(snapshot, db, folder, manifest, store.columns_in_use).parts(seen, workers())
    except TooMuch:
        return None
    currencies = set(manifest.currencies)
    for entity in {change.entity for change in seen}:
        currencies |= _currencies_of(db, folder, entity, replace(parts[entity], files=[]))
    return replace(
        manifest,
        sequence=snapshot.sequence,
        mark=snapshot.mark(snapshot.sequence),
        parts=parts,
        currencies=sorted(currencies),
        refreshed_at=_now(),
    )


def _currencies_of(db: duckdb.DuckDBPyConnection, folder: Path, entity: str, part: Part) -> set[str]:
    """What amounts of an entity are in, by its files."""
    if entity in NOT_AMOUNTS:
        return set()
    names = [part.delta] if part.delta and "currency" in part.delta_columns else []
    names += [file.name for file in part.files] if "currency" in part.columns else []
    if not names:
        return set()
    found = db.execute(f"SELECT DISTINCT currency FROM {parquet(folder, names)}").fetchall()
    return {currency for (currency,) in found if currency}


def _rebuilt(db: duckdb.DuckDBPyConnection, store: Store, folder: Path) -> Manifest:
    """A new base, read by all workers at once."""
    with open_snapshot(store.url, db, workers()) as snapshot:
        return _based(snapshot, db, store, folder)


def _based(snapshot: Snapshot, db: duckdb.DuckDBPyConnection, store: Store, folder: Path) -> Manifest:
    base = f"base-{snapshot.sequence}-{os.getpid()}-{datetime.now(UTC):%H%M%S%f}"
    parts = build_base(snapshot, db, folder, base, store.columns_in_use)
    currencies = {currency for entity, part in parts.items() for currency in _currencies_of(db, folder, entity, part)}
    now = _now()
    return Manifest(
        _place(store.url), snapshot.sequence, snapshot.mark(snapshot.sequence), shape_fingerprint(), base, parts,
        sorted(currencies), now, now,
    )  # fmt: skip


def _connected(folder: Path) -> duckdb.DuckDBPyConnection:
    import duckdb

    # What memory does not hold goes beside the replica: DuckDB's own choice is a folder where the command was called.
    db = duckdb.connect(config={"temp_directory": str(folder / SPILLED)})
    db.execute("SET enable_progress_bar = false")  # it would be printed among the results
    db.execute("SET preserve_insertion_order = false")  # lets all threads work; results are ordered at their end
    return db


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
