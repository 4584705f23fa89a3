"""The file of a bulk operation, put together again: one object a line, children before or after their parents.

The lines go into a temporary SQLite file, so that memory stays flat whatever the size.
"""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import msgspec

from connectors.shopify.rows import Row
from connectors.shopify.selection import Tree
from hub.sdk import SourceUnavailable
from hub.sdk.http.decode import NotJson, decode

_LINES_A_BATCH = 5_000


class _Line(msgspec.Struct):
    """What placing a line needs; the rest is decoded when its row is put together."""

    parent: str | None = msgspec.field(default=None, name="__parentId")


_head = msgspec.json.Decoder(_Line)


class Spool:
    """The lines of one file. `objects` and `roots` are what the operation announced; fewer lines are an error."""

    def __init__(self, db: sqlite3.Connection, tree: Tree) -> None:
        self._db = db
        self._tree = tree
        db.executescript(
            "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF;"
            "CREATE TABLE roots (number INTEGER PRIMARY KEY, body BLOB);"
            "CREATE TABLE children (parent TEXT, body BLOB);"
        )

    def fill(self, file: IO[bytes], objects: int | None, roots: int | None) -> None:
        """Take all lines in. SourceUnavailable where the file does not hold what the operation counted."""
        counted = [0, 0]
        self._db.execute("BEGIN")
        for batch in _batches(file):
            heads = [(_parent_of(line), line) for line in batch]
            tops = [(line,) for parent, line in heads if parent is None]
            self._db.executemany("INSERT INTO roots (body) VALUES (?)", tops)
            self._db.executemany("INSERT INTO children VALUES (?, ?)", [head for head in heads if head[0] is not None])
            counted[0] += len(batch)
            counted[1] += len(tops)
        for number, announced in zip(counted, (objects, roots), strict=True):
            if announced is not None and number != announced:
                raise SourceUnavailable(
                    f"the bulk file has {number} objects, but Shopify counted {announced}.",
                    fix="Nothing of it was stored; the next run asks again.",
                )
        self._db.execute("CREATE INDEX by_parent ON children (parent)")
        self._db.execute("COMMIT")

    def rows(self, skip: int, size: int) -> Iterator[tuple[int, list[Row]]]:
        """The rows in the order of the file, without the first `skip`, and the number of the last one of each part."""
        last = skip
        while found := self._db.execute(
            "SELECT number, body FROM roots WHERE number > ? ORDER BY number LIMIT ?", (last, size)
        ).fetchall():
            last = found[-1][0]
            rows = [_decoded(body) for _, body in found]
            self._hang(rows, self._tree)
            yield last, rows

    def _hang(self, holders: list[Row], tree: Tree) -> None:
        """Give each holder its children, level by level; a list without elements is an empty one."""
        lists = connections(tree)
        if not lists:
            return
        for holder in holders:
            holder.update({name: {"nodes": []} for name in lists})
        found: dict[str, list[Row]] = {}
        for child in self._children([str(holder.get("id")) for holder in holders]):
            name = _list_of(child, lists)
            found.setdefault(name, []).append(child)
        by_id = {str(holder.get("id")): holder for holder in holders}
        for name, children in found.items():
            for child in children:
                by_id[child.pop("__parentId")][name]["nodes"].append(child)
            self._hang(children, lists[name]["nodes"])

    def _children(self, parents: list[str]) -> Iterator[Row]:
        for start in range(0, len(parents), 500):
            part = parents[start : start + 500]
            places = ",".join("?" * len(part))
            for (body,) in self._db.execute(
                f"SELECT body FROM children WHERE parent IN ({places}) ORDER BY rowid", part
            ):
                yield _decoded(body)


def connections(tree: Tree) -> Tree:
    """The connections that a bulk operation brings of a row: those inside plain lists are refused there."""
    return {name: below for name, below in tree.items() if "nodes" in below}


LIST_OF = {
    "MailingAddress": "addressesV2", "CompanyContact": "contacts", "CompanyLocation": "locations",
    "LineItem": "lineItems", "Return": "returns", "ReturnLineItem": "returnLineItems",
    "UnverifiedReturnLineItem": "returnLineItems", "ProductVariant": "variants", "InventoryLevel": "inventoryLevels",
}  # fmt: skip
"""Type of an object -> the list of its parent that it is in."""


def _list_of(child: Row, lists: Tree) -> str:
    """Which list of its parent an object belongs to: only its id tells."""
    parts = str(child.get("id")).split("/")
    name = LIST_OF.get(parts[3]) if len(parts) > 3 else None
    if name in lists:
        return str(name)
    if len(lists) == 1:
        return next(iter(lists))
    raise SourceUnavailable(
        "the bulk file holds an object that belongs to no list asked for.",
        fix="Set `bulk_above_rows` to a large number to read pages instead, and report it.",
    )


def _batches(file: IO[bytes]) -> Iterator[list[bytes]]:
    batch: list[bytes] = []
    for line in file:
        if line.strip():
            batch.append(line)
        if len(batch) >= _LINES_A_BATCH:
            yield batch
            batch = []
    yield batch


def _parent_of(line: bytes) -> str | None:
    try:
        return _head.decode(line).parent
    except msgspec.DecodeError:
        raise _broken() from None


def _decoded(line: bytes) -> Row:
    try:
        found: Any = decode(line)
    except NotJson:
        raise _broken() from None
    if not isinstance(found, dict):
        raise _broken()
    return found


def _broken() -> SourceUnavailable:
    return SourceUnavailable(
        "the bulk file has a broken line.", fix="Nothing of it was stored; the next run asks again."
    )


@contextmanager
def open_spool(tree: Tree) -> Iterator[Spool]:
    """A spool on disk that is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="hub-shopify-") as folder:
        db = sqlite3.connect(Path(folder) / "bulk.db", isolation_level=None)
        try:
            yield Spool(db, tree)
        finally:
            db.close()
