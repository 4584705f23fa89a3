"""From a file to its unpacked bytes, chunk by chunk: plain, gzip or a member of a zip archive."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from fnmatch import fnmatch
from pathlib import Path
from typing import IO, TYPE_CHECKING, NamedTuple

from hub.sdk import SourceChanged, SourceUnavailable

if TYPE_CHECKING:
    import gzip
    import zipfile

CHUNK_BYTES = 1 << 18
_GZIP, _ZIP = b"\x1f\x8b", b"PK\x03\x04"


class Part(NamedTuple):
    """One text to read: a file, or one member of a zip archive."""

    path: Path
    name: str
    """For people: the path within the folder, with `!member` for a zip."""
    member: str | None = None


def kind_of(path: Path, name: str) -> str:
    """`gzip`, `zip` or `plain`, by the first bytes: names lie."""
    with opened(path, name) as file:
        head = file.read(4)
    if head.startswith(_GZIP):
        return "gzip"
    return "zip" if head == _ZIP else "plain"


def opened(path: Path, name: str) -> IO[bytes]:
    """The file, or an error with the remedy."""
    try:
        return path.open("rb")
    except FileNotFoundError as error:
        raise SourceUnavailable(
            "the file is not there.", fix="Put the export there, or correct `files`.", where=name
        ) from error
    except PermissionError as error:
        raise SourceUnavailable(
            "the hub may not read the file.", fix="Give its user the right to read it.", where=name
        ) from error
    except OSError as error:
        raise SourceUnavailable(
            f"the file cannot be opened ({error.strerror}).", fix="Check the disk or share it lies on.", where=name
        ) from error


def members(path: Path, name: str, pattern: str) -> list[Part]:
    """The members of a zip archive that the pattern names, in their order by name."""
    with _archive(path, name) as archive:
        names = sorted(
            info.filename
            for info in archive.infolist()
            if not info.is_dir() and not info.filename.startswith("__MACOSX/") and _fits(info.filename, pattern)
        )
    return [Part(path, f"{name}!{member}", member) for member in names]


def _fits(member: str, pattern: str) -> bool:
    return fnmatch(member, pattern) or fnmatch(member.rpartition("/")[2], pattern)


@contextmanager
def _archive(path: Path, name: str) -> Iterator[zipfile.ZipFile]:
    import zipfile

    with opened(path, name) as file:
        try:
            archive = zipfile.ZipFile(file)
        except zipfile.BadZipFile as error:
            raise SourceUnavailable(
                "the zip archive is damaged or not complete yet.", fix="Export it again.", where=name
            ) from error
        yield archive


def raw_chunks(part: Part, *, start: int = 0, max_bytes: int) -> Iterator[bytes]:
    """The unpacked bytes from `start` on."""
    kind = kind_of(part.path, part.name)
    with opened(part.path, part.name) as file:
        if kind == "plain":
            yield from _plain(file, part.name, start)
        elif kind == "gzip":
            import gzip

            yield from _unpacked(gzip.GzipFile(fileobj=file), part.name, max_bytes, start)
        else:
            with _archive(part.path, part.name) as archive, _member(archive, part) as member:
                yield from _unpacked(member, part.name, max_bytes, start)


def _plain(file: IO[bytes], name: str, start: int) -> Iterator[bytes]:
    file.seek(start)
    while True:
        try:
            chunk = file.read(CHUNK_BYTES)
        except OSError as error:
            raise SourceUnavailable(
                f"reading broke off ({error.strerror}).", fix="Check the disk or share it lies on.", where=name
            ) from error
        if not chunk:
            return
        yield chunk


def _member(archive: zipfile.ZipFile, part: Part) -> IO[bytes]:
    try:
        return archive.open(part.member or archive.namelist()[0])
    except RuntimeError as error:
        raise SourceUnavailable(
            "the zip archive has a password.", fix="Export it without one; the hub does not keep it.", where=part.name
        ) from error
    except (NotImplementedError, KeyError, IndexError) as error:
        raise SourceUnavailable(
            "the zip archive cannot be unpacked here.", fix="Use the usual `deflate` compression.", where=part.name
        ) from error


def _unpacked(file: IO[bytes] | gzip.GzipFile, name: str, max_bytes: int, start: int) -> Iterator[bytes]:
    """Unpack with a limit: an archive of some kilobytes can hold terabytes."""
    import zipfile

    done = 0
    while True:
        try:
            chunk = file.read(CHUNK_BYTES)
        except (EOFError, OSError, zlib.error, zipfile.BadZipFile) as error:
            raise SourceUnavailable(
                "the archive is damaged or not complete yet.", fix="Export it again.", where=name
            ) from error
        if not chunk:
            return
        before, done = done, done + len(chunk)
        if done > max_bytes:
            raise SourceChanged(
                f"the archive unpacks to more than {max_bytes >> 20} MiB.",
                fix="If that is right, raise `max_unpacked_mib`.",
                where=name,
            )
        if done > start:
            yield chunk[max(0, start - before) :]
