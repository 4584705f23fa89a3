"""Tables of a SQLite store, read from its pages and written as Parquet, while a transaction holds the file still."""

from __future__ import annotations

import contextlib
import logging
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import numpy as np
import pyarrow as pa

from hub.model.kinds import Kind
from metrics.replica.arrow_files import writer
from metrics.replica.sqlite_pages import PageFile, Pages, Unreadable
from metrics.replica.sqlite_records import VIEW_TYPES, Records, arrow_array

if TYPE_CHECKING:
    from collections.abc import Mapping

log = logging.getLogger(__name__)

_DELETED = "deleted_at"


class StillFile:
    """A SQLite file held still by a transaction. Raises Unreadable where newer pages stand beside it.

    A checkpoint never moves pages into the file that are newer than what a reader sees. So when one leaves nothing
    behind, the file is what our transaction sees, and stays so until it ends.
    """

    def __init__(self, path: Path) -> None:
        with contextlib.ExitStack() as undo:
            try:
                self._reader = _open(path, "ro", undo)
                self._reader.execute("BEGIN")
                self.sequence = _one(self._reader, "SELECT coalesce(max(sequence), 0) FROM hub_changes")
                with contextlib.ExitStack() as soon:
                    _, log_pages, moved = _open(path, "rw", soon).execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
            except sqlite3.Error as error:
                raise Unreadable(f"the file cannot be held still ({error})") from error
            if log_pages != moved:
                raise Unreadable("newer pages stand beside the file")
            self._file = PageFile(path)
            self._undo = undo.pop_all()

    def close(self) -> None:
        self._undo.close()

    def table(self, name: str) -> Table:
        root = self._reader.execute("SELECT rootpage FROM sqlite_master WHERE type = 'table' AND name = ?", (name,))
        found = root.fetchone()
        described = self._reader.execute("SELECT name, pk, dflt_value, hidden FROM pragma_table_xinfo(?)", (name,))
        columns = described.fetchall()
        if found is None or any(default is not None or hidden for _, _, default, hidden in columns):
            raise Unreadable("a table with columns that do not stand in its records")
        key = sorted((place, column) for column, place, _, _ in columns if place)
        order = [column for _, column in key] + [column for column, place, _, _ in columns if not place]
        return Table(self._file, self._file.tree(found[0]), tuple(order))


@dataclass(frozen=True)
class Table:
    """One table: the pages of its records, and its columns in the order in which records hold them."""

    file: PageFile
    pages: list[Pages]
    order: tuple[str, ...]

    @property
    def size(self) -> int:
        """How many pages it has."""
        return sum(len(pages.numbers) for pages in self.pages)

    def divided(self, count: int) -> list[Table]:
        """The table in so many parts of about the same size."""
        parts = [np.array_split(pages.numbers, count) for pages in self.pages]
        return [
            Table(self.file, [Pages(p.kind, own[n]) for p, own in zip(self.pages, parts, strict=True)], self.order)
            for n in range(count)
        ]

    def write(self, path: Path, columns: Mapping[str, Kind], *, live_only: bool) -> int:
        """Write these columns into a Parquet file; the number of rows. Raises Unreadable for values of other types."""
        schema = pa.schema([(name, VIEW_TYPES[kind]) for name, kind in columns.items()])
        written = 0
        with writer(path, schema) as file:
            for batch in self._batches(schema, columns, live_only=live_only):
                file.write_batch(batch)
                written += len(batch)
        return written

    def _batches(self, schema: pa.Schema, columns: Mapping[str, Kind], *, live_only: bool) -> Iterator[pa.RecordBatch]:
        numbers = {name: self.order.index(name) for name in columns}
        deleted = self.order.index(_DELETED) if live_only else None
        wanted = [*numbers.values(), *(() if deleted is None else (deleted,))]
        try:
            for pages in self.pages:
                for payloads in self.file.payloads(pages):
                    records = Records(payloads, len(self.order), wanted)
                    if deleted is not None:
                        records.keep_null(deleted)
                    arrays = [arrow_array(records, numbers[name], kind) for name, kind in columns.items()]
                    yield pa.RecordBatch.from_arrays(arrays, schema=schema)
        except IndexError as error:
            raise Unreadable("a record that goes on behind its page") from error


def _open(path: Path, mode: str, undo: contextlib.ExitStack) -> sqlite3.Connection:
    connection = sqlite3.connect(
        f"file:{quote(str(path))}?mode={mode}", uri=True, isolation_level=None, check_same_thread=False
    )
    undo.callback(connection.close)
    return connection


def _one(connection: sqlite3.Connection, statement: str) -> int:
    return int(connection.execute(statement).fetchone()[0])
