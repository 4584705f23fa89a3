"""Which files make up the replica now. One small JSON file, replaced as a whole: a crash leaves the old state valid."""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

from hub.errors import StoreBusy
from metrics.replica.shape import shape_fingerprint

MANIFEST = "manifest.json"
_LOCK = "lock.db"
_LOCK_SECONDS = 600


@dataclass
class Part:
    """One entity: its rows in the base file, and what changed since in two small Parquet files.

    columns, delta_columns   columns that the base, and the delta, have; all others are empty
    delta, gone              files with the newer rows, and with the places of base rows that no longer count
    wide                     decimals have 20 digits rather than 18
    """

    rows: int
    columns: list[str]
    wide: bool = False
    delta: str | None = None
    delta_columns: list[str] = field(default_factory=list)
    delta_rows: int = 0
    gone: str | None = None


@dataclass
class Manifest:
    """A state of the replica: true as of `sequence` of the store at `url`, whose change it was `mark` describes."""

    url: str
    sequence: int
    mark: str
    shape: str
    base: str
    parts: dict[str, Part]
    currencies: list[str]
    built_at: str
    refreshed_at: str

    @property
    def files(self) -> set[str]:
        listed = {name for part in self.parts.values() for name in (part.delta, part.gone) if name}
        return {self.base, MANIFEST, *listed}


def read_manifest(folder: Path) -> Manifest | None:
    """The present state; None where there is none, or none that this release can read."""
    try:
        values = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        values["parts"] = {name: Part(**part) for name, part in values["parts"].items()}
        manifest = Manifest(**values)
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return None
    return manifest if manifest.shape == shape_fingerprint() else None


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Make a state the present one."""
    temporary = folder / f"{MANIFEST}.{os.getpid()}.tmp"
    with temporary.open("w", encoding="utf-8") as file:
        json.dump(asdict(manifest), file)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(folder / MANIFEST)


def remove_strangers(folder: Path, manifest: Manifest) -> None:
    """Delete files of earlier states and of crashed refreshes. Whoever still reads one keeps it open until the end."""
    for path in folder.iterdir():
        if path.is_file() and path.name not in manifest.files and not path.name.startswith(_LOCK):
            with contextlib.suppress(OSError):
                path.unlink()


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
