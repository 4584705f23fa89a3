"""Which files a stream reads, and whether they are still the ones that were read before."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from connectors.files.unpack import opened
from hub.sdk import SourceUnavailable

_WILDCARDS = frozenset("*?[")
_ENDS_BYTES = 1 << 12

Stamp = list[Any]
"""Size, time of the last change [ns] and a hash of both ends: JSON, kept in the stream's state."""


class Found(NamedTuple):
    """A file that a pattern names."""

    path: Path
    name: str
    """Path within the connector's folder, with `/`; absolute where it lies outside."""

    def stamp(self) -> Stamp:
        """What tells a changed file from an unchanged one. Raises SourceUnavailable when it is gone."""
        with opened(self.path, self.name) as file:
            status = os.fstat(file.fileno())
            ends = file.read(_ENDS_BYTES)
            if status.st_size > _ENDS_BYTES:
                file.seek(max(_ENDS_BYTES, status.st_size - _ENDS_BYTES))
                ends += file.read(_ENDS_BYTES)
        return [status.st_size, status.st_mtime_ns, hashlib.blake2b(ends, digest_size=8).hexdigest()]


def is_pattern(path: str) -> bool:
    return not _WILDCARDS.isdisjoint(path)


def find(folder: Path, patterns: Sequence[str], *, may_be_empty: bool = False) -> list[Found]:
    """The files, each once, pattern by pattern and by name within one. Hidden files are left out of wildcards.

    Raises SourceUnavailable for a folder, a plain path or a pattern that leads to nothing: an export that has not come
    must never look like one that is empty. `may_be_empty`: a pattern may, as in a folder whose files are taken away.
    """
    if not folder.is_dir():
        raise SourceUnavailable(
            f"the folder {folder} is not there.", fix="Correct `folder`, or mount the share it lies on."
        )
    found: dict[Path, Found] = {}
    for pattern in patterns:
        for path in _matches(folder, pattern, may_be_empty=may_be_empty):
            found.setdefault(path, Found(path, _name(folder, path)))
    return list(found.values())


def unmatched(folder: Path, patterns: Sequence[str]) -> list[str]:
    """The patterns that no file matches now."""
    return [pattern for pattern in patterns if not _matches(folder, pattern, may_be_empty=True)]


def _matches(folder: Path, pattern: str, *, may_be_empty: bool) -> list[Path]:
    if not is_pattern(pattern):
        path = folder / pattern
        if not path.exists():
            raise SourceUnavailable(
                f"{pattern} is not in {folder}.", fix="Put the export there, or correct `files`.", where=pattern
            )
        return [path]
    if Path(pattern).is_absolute():
        root = Path(Path(pattern).anchor)
        matches = root.glob(str(Path(pattern).relative_to(root)))
    else:
        matches = folder.glob(pattern)
    try:
        paths = sorted(path for path in matches if path.is_file() and not path.name.startswith("."))
    except OSError as error:
        raise SourceUnavailable(
            f"the folder cannot be listed ({error.strerror}).", fix="Give the hub's user the right to read it."
        ) from error
    if not paths and not may_be_empty:
        raise SourceUnavailable(
            f"no file in {folder} matches `{pattern}`.", fix="Put the export there, or correct `files`."
        )
    return paths


def _name(folder: Path, path: Path) -> str:
    return path.relative_to(folder).as_posix() if path.is_relative_to(folder) else path.as_posix()


def require_same(found: Found, stamp: Stamp, *, may_grow: bool = False) -> None:
    """Raise when a file changed while it was read: its rows may be of two versions."""
    try:
        status = found.path.stat()
    except OSError as error:
        raise SourceUnavailable(
            "the file disappeared while it was read.", fix="It is read again with the next run.", where=found.name
        ) from error
    same = status.st_size == stamp[0] and status.st_mtime_ns == stamp[1]
    if not same and not (may_grow and status.st_size >= stamp[0]):
        raise SourceUnavailable(
            "the file changed while it was read.",
            fix="It is read again with the next run; `settle_seconds` waits until a file has come to rest.",
            where=found.name,
        )


def resting(stamp: Stamp, now_ns: int, settle_seconds: float) -> bool:
    """Whether a file was last written long enough ago. A time in the future says nothing, so it counts as long ago."""
    return not 0 <= now_ns - stamp[1] < settle_seconds * 1e9
