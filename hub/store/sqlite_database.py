"""One connection to a SQLite file: how it is opened, how it runs statements, and what its errors mean."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote

from hub.errors import StoreBusy, StoreError

_SETTINGS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=NORMAL",  # a power cut may undo the last pages, never break one
    "PRAGMA temp_store=MEMORY",
    "PRAGMA cache_size=-32768",
    "PRAGMA journal_size_limit=67108864",
)
_STATEMENTS = 256
"""Prepared statements that are kept: some for each entity and number of rows."""

_FULL = "Free some space, then run it again: whole pages are stored, nothing is half done."
_DAMAGED = "Restore a backup made by `hub db backup`, or point `store` in hub.yaml to a new file and sync again."
_MEANINGS: dict[int, tuple[str, str]] = {
    sqlite3.SQLITE_FULL: ("the disk is full.", _FULL),
    sqlite3.SQLITE_IOERR: ("the disk gave an error.", "Check the disk and its free space, then run it again."),
    sqlite3.SQLITE_NOTADB: ("it is not a SQLite database.", "Check the path of `store` in hub.yaml."),
    sqlite3.SQLITE_CORRUPT: ("the file is damaged.", _DAMAGED),
    sqlite3.SQLITE_READONLY: ("it is read-only.", "Give this user the right to write the file and its folder."),
    sqlite3.SQLITE_PERM: ("access was refused.", "Give this user the right to write the file and its folder."),
    sqlite3.SQLITE_CANTOPEN: ("it cannot be opened.", "Check that its folder exists and may be written."),
    sqlite3.SQLITE_TOOBIG: ("a value is longer than SQLite allows.", "Leave the field out of the map under `fields:`."),
    sqlite3.SQLITE_CONSTRAINT: ("a record breaks a rule of the table.", "Map every required column of the entity."),
    sqlite3.SQLITE_NOMEM: ("the memory is used up.", "Give the process more memory."),
}


def create_file(path: Path) -> None:
    """An empty file that only its owner can read, since it will hold personal data; its folder where it is missing."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    except OSError as error:
        raise StoreError(
            f"the database {path} cannot be made: {error.strerror}.", fix="Check `store` in hub.yaml and the folder."
        ) from error


def explained(error: sqlite3.Error, path: Path) -> StoreError:
    """What a driver's error means for the operator."""
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return StoreBusy(
            f"the database {path} is locked by another process.", fix="Wait for it to end, then try again."
        )
    if code == sqlite3.SQLITE_CONSTRAINT:
        return StoreError(f"the database {path} refused a page: {error}.", fix=_MEANINGS[code][1])
    problem, fix = _MEANINGS.get(code, (f"{error}.", "Run `hub db upgrade`; if that does not help, report it."))
    return StoreError(f"the database {path} failed: {problem}", fix=fix)


class Database:
    """A connection. Every error of the driver leaves as a StoreError."""

    def __init__(self, path: Path, busy_seconds: float) -> None:
        self.path = path
        try:
            self.connection = sqlite3.connect(
                f"file:{quote(str(path))}?mode=rw",
                uri=True,
                timeout=busy_seconds,
                isolation_level=None,
                cached_statements=_STATEMENTS,
                check_same_thread=False,
            )
        except sqlite3.Error as error:
            raise explained(error, path) from error
        try:
            for setting in _SETTINGS:
                self.run(setting)
        except StoreError:
            self.connection.close()
            raise

    def run(self, statement: str, values: Sequence[Any] = ()) -> sqlite3.Cursor:
        try:
            return self.connection.execute(statement, values)
        except UnicodeEncodeError:  # half a character, as in names of files that are not UTF-8
            return self.run(statement, [_whole(value) for value in values])
        except sqlite3.Error as error:
            raise explained(error, self.path) from error

    def rows(self, statement: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        try:
            return self.connection.execute(statement, values).fetchall()
        except sqlite3.Error as error:
            raise explained(error, self.path) from error

    def row(self, statement: str, values: Sequence[Any] = ()) -> tuple[Any, ...] | None:
        return next(iter(self.rows(statement, values)), None)

    def pages(self, statement: str, values: Sequence[Any], size: int) -> Iterator[list[tuple[Any, ...]]]:
        """The rows of a query, so many at a time."""
        cursor = self.run(statement, values)
        while True:
            try:
                page = cursor.fetchmany(size)
            except sqlite3.Error as error:
                raise explained(error, self.path) from error
            if not page:
                return
            yield page

    @contextmanager
    def transaction(self, *, keep: bool = True) -> Iterator[None]:
        """The right to write, for one unit of work: all of it or nothing. `keep=False` undoes it in any case."""
        self.run("BEGIN IMMEDIATE")
        try:
            yield
            self.run("COMMIT" if keep else "ROLLBACK")
        finally:
            if self.connection.in_transaction:
                with suppress(sqlite3.Error):  # a disk that fails has undone it already
                    self.connection.rollback()

    def chunk(self, wanted: int, width: int = 1) -> int:
        """How many rows of so many values fit into one statement of this library."""
        return max(1, min(wanted, (self.connection.getlimit(sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER) - 20) // width))

    def close(self) -> None:
        self.connection.close()


def places(count: int) -> str:
    """So many question marks."""
    return ",".join("?" * count)


def _whole(value: Any) -> Any:
    return value.encode("utf-8", "backslashreplace").decode("utf-8") if isinstance(value, str) else value
