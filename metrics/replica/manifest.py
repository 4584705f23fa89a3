"""Which files make up the replica now. One small JSON file, replaced as a whole: a crash leaves the old state valid."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import sqlite3
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from hub.errors import StoreBusy
from metrics.replica.kept import still_holds
from metrics.replica.shape import TABLES, shape_fingerprint

log = logging.getLogger(__name__)

SPILLED = "spilled"
"""Folder of what queries wrote because memory did not hold it; of no use once they have ended."""
MANIFEST = "manifest.json"
_LOCKS = "lock"
"""What the names of files begin with that are there to be locked."""
_LOCK, _READERS = f"{_LOCKS}.db", f"{_LOCKS}-readers.db"
_LOCK_SECONDS = 600


@dataclass(frozen=True)
class BaseFile:
    """One file of a base. `source` is that of all its rows; None where the file has a column for it."""

    name: str
    source: str | None
    rows: int


@dataclass
class Part:
    """One entity: its rows in the files of the base, and what changed since in two small files; all are Parquet.

    columns, delta_columns   columns that the base, and the delta, have; all others are empty
    files                    the base; those of one source stand side by side
    delta, gone              files with the newer rows, and with the places of base rows that no longer count: the
                             number of the file, and of the row within it
    wide                     decimals have 20 digits rather than 18
    content                  tells the rows from any other ones, where files are written anew without a change
    """

    rows: int
    columns: list[str]
    wide: bool = False
    files: list[BaseFile] = field(default_factory=list)
    delta: str | None = None
    delta_columns: list[str] = field(default_factory=list)
    delta_rows: int = 0
    gone: str | None = None
    content: str = ""


@dataclass
class Manifest:
    """A state of the replica: true as of `sequence` of the store at `url`, whose change it was `mark` describes.
    `base` is what the names of the files of the base begin with."""

    url: str
    sequence: int
    mark: str
    shape: str
    base: str
    parts: dict[str, Part]
    currencies: list[str]
    built_at: str
    refreshed_at: str
    resolution: int = 0
    """The resolution of identity that the parts of identity are from; 0 before the first one."""

    @property
    def states(self) -> dict[str, str]:
        """Table -> what tells its rows from those of other states."""
        return {name: self._state_of(self.parts.get(name)) for name in TABLES}

    def _state_of(self, part: Part | None) -> str:
        return part.content if part and part.content else repr((self.base, part))

    @property
    def files(self) -> set[str]:
        listed = {name for part in self.parts.values() for name in (part.delta, part.gone) if name}
        based = {file.name for part in self.parts.values() for file in part.files}
        return {MANIFEST, *based, *listed}


def read_manifest(folder: Path) -> Manifest | None:
    """The present state; None where there is none, or none that this release can read."""
    try:
        values = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        values["parts"] = {name: _part(part) for name, part in values["parts"].items()}
        manifest = Manifest(**values)
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return None
    return manifest if manifest.shape == shape_fingerprint() else None


def _part(values: dict[str, Any]) -> Part:
    return Part(**{**values, "files": [BaseFile(**file) for file in values["files"]]})


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Make a state the present one."""
    temporary = folder / f"{MANIFEST}.{os.getpid()}.tmp"
    with temporary.open("w", encoding="utf-8") as file:
        json.dump(asdict(manifest), file)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(folder / MANIFEST)


def remove_strangers(folder: Path, manifest: Manifest) -> None:
    """Delete files of earlier states and of crashed refreshes, unless somebody reads: then a later refresh does it."""
    states = manifest.states
    readers = sqlite3.connect(folder / _READERS, timeout=0, isolation_level=None)
    try:
        readers.execute("BEGIN EXCLUSIVE")
        for path in (*folder.iterdir(), *(folder / SPILLED).glob("*")):
            if path.name in manifest.files or path.name.startswith(_LOCKS):
                continue
            with contextlib.suppress(OSError):
                if path.is_file() and not still_holds(path, states):
                    path.unlink()
    except sqlite3.OperationalError:
        log.debug("the replica is being read; files of earlier states stay for now")
    finally:
        readers.close()


@contextlib.contextmanager
def in_use(folder: Path) -> Iterator[None]:
    """The right to find all files of the present state, and to keep them until the end; any number may have it."""
    folder.mkdir(parents=True, exist_ok=True)
    readers = sqlite3.connect(folder / _READERS, timeout=_LOCK_SECONDS, isolation_level=None)
    try:
        readers.execute("BEGIN")
        readers.execute("SELECT count(*) FROM sqlite_master").fetchone()
        yield
    finally:
        readers.close()


@contextlib.contextmanager
def writing(folder: Path) -> Iterator[None]:
    """The sole right to change the replica, among all processes. It ends with the process, whatever happens to it."""
    folder.mkdir(parents=True, exist_ok=True)
    lock = sqlite3.connect(folder / _LOCK, timeout=_LOCK_SECONDS, isolation_level=None)
    try:
        lock.execute("BEGIN EXCLUSIVE")
        yield
    except sqlite3.OperationalError as error:
        raise StoreBusy(
            "another process has been refreshing the replica for ten minutes.", fix="Wait for it, or end it."
        ) from error
    finally:
        lock.close()
