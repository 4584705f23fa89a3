"""What lies beside the database: caches go, logs are blackened, and files that people made are named."""

from __future__ import annotations

import html
import json
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

_CACHES = ("replica", "identity")
"""Folders below var/ that are built again when somebody needs them."""
_BY_ID = ("snapshots", "seen")
"""Folders below var/ whose files name records by their ids."""
_KEPT = "cache"
"""Folder below var/ whose files are made again where they are missing."""
_LOCKS = "lock"
_SKIPPED = {".git", ".venv", "node_modules", "__pycache__", "config"}
_LARGEST = 200_000_000
_PACKED = (".parquet", ".pdf", ".hyper", ".gz", ".zst", ".7z")
"""What cannot be looked into."""


@dataclass
class Files:
    """removed   files that went; blackened   files in which the person's data was overwritten
    remain    files that hold something of the person still, with the reason"""

    removed: list[Path] = field(default_factory=list)
    blackened: list[Path] = field(default_factory=list)
    remain: list[tuple[Path, str]] = field(default_factory=list)


def clean(
    project: Path, state: Path, database: Path | None, needles: Iterable[str], *, renamed: bool, dry: bool
) -> Files:
    """Clean var/, and look through the rest of the project's folder without touching it."""
    done, wanted = Files(), _spellings(needles)
    for folder in (*_CACHES, *(_BY_ID if renamed else ())):
        for path in _files_in(state / folder):
            if not path.name.startswith(_LOCKS):
                _remove(path, done, dry=dry)
    for path in _files_in(state / _KEPT):  # settings among them: half of one would be worse than none
        if _holds_any(path, wanted):
            _remove(path, done, dry=dry)
    own = {database, *(database.with_name(database.name + end) for end in ("-wal", "-shm"))} if database else set()
    for path in _files_in(state):
        if path not in own and path not in done.removed and not path.name.startswith(_LOCKS):
            _blacken(path, wanted, done, dry=dry)
    for path in _files_in(project):
        if path not in own and state not in path.parents:
            _look(path, wanted, done)
    return done


def _remove(path: Path, done: Files, *, dry: bool) -> None:
    try:
        if not dry:
            path.unlink()
    except OSError as error:
        done.remain.append((path, f"it cannot be removed ({error.strerror}); remove it by hand"))
    else:
        done.removed.append(path)


def _blacken(path: Path, wanted: list[bytes], done: Files, *, dry: bool) -> None:
    """Overwrite in place, byte for byte: whoever writes on to a log keeps his place."""
    try:
        if path.stat().st_size > _LARGEST:
            done.remain.append((path, "it is too large to look into"))
            return
        content = path.read_bytes()
        places = [(start, len(needle)) for needle in wanted for start in _found(content, needle)]
        if places and not dry:
            with path.open("r+b") as file:
                for start, length in places:
                    file.seek(start)
                    file.write(b"*" * length)
    except OSError as error:
        done.remain.append((path, f"it cannot be looked into ({error.strerror})"))
    else:
        done.blackened += [path] if places else []


def _look(path: Path, wanted: list[bytes], done: Files) -> None:
    reason = "it names the person; remove it, or make it anew"
    try:
        if path.stat().st_size > _LARGEST:
            return
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as packed:
                if any(_holds(packed.read(name), wanted) for name in packed.namelist()):
                    done.remain.append((path, reason))
        elif path.suffix in _PACKED:
            done.remain.append((path, "it cannot be looked into; make it anew if it names persons"))
        elif _holds(path.read_bytes(), wanted):
            done.remain.append((path, reason))
    except (OSError, zipfile.BadZipFile, RuntimeError, NotImplementedError):
        done.remain.append((path, "it cannot be looked into"))


def _holds_any(path: Path, wanted: list[bytes]) -> bool:
    try:
        return path.stat().st_size <= _LARGEST and _holds(path.read_bytes(), wanted)
    except OSError:
        return False


def _holds(content: bytes, wanted: list[bytes]) -> bool:
    return any(needle in content for needle in wanted)


def _found(content: bytes, needle: bytes) -> Iterator[int]:
    place = content.find(needle)
    while place >= 0:
        yield place
        place = content.find(needle, place + len(needle))


def _files_in(folder: Path) -> Iterator[Path]:
    if not folder.is_dir():
        return
    for path in sorted(folder.iterdir()):
        if path.is_symlink():
            continue
        if path.is_dir():
            if path.name not in _SKIPPED:
                yield from _files_in(path)
        elif path.is_file():
            yield path


def _spellings(needles: Iterable[str]) -> list[bytes]:
    found: set[bytes] = set()
    for needle in needles:
        for way in {needle, needle.lower(), needle.upper(), needle.title()}:
            texts = {
                way,
                html.escape(way),
                json.dumps(way)[1:-1],
                json.dumps(way, ensure_ascii=False)[1:-1],
                quote(way),
            }
            found |= {text.encode("utf-8", "surrogatepass") for text in texts}
            found |= {way.encode("utf-16-le", "surrogatepass"), way.encode("latin-1", "replace")}
    return sorted((each for each in found if len(each) >= 5), key=len, reverse=True)
