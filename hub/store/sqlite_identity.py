"""Identity on SQLite: rows travel as multi-row VALUES."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from itertools import chain
from typing import Any

from hub.model.kinds import Kind
from hub.store.identity_rows import PAGE
from hub.store.identity_sql import IdentitySql, Rows
from hub.store.sqlite_base import SqliteBase
from hub.store.sqlite_database import places
from hub.store.sqlite_reading import physical

_WIDEST = 1 << 63


class SqliteIdentity(IdentitySql, SqliteBase):
    """The part of the store for identity."""

    def ask(self, statement: str, values: Sequence[Any] = (), kinds: Sequence[Kind] = ()) -> Rows:
        return self.physical(self.db.rows(statement, values), kinds)

    def view(self, statement: str, values: Sequence[Any], kinds: Sequence[Kind]) -> Iterator[Rows]:
        reader = self.another()
        try:
            for page in reader.pages(statement, values, PAGE):
                yield self.physical(page, kinds)
        finally:
            reader.close()

    def send(self, columns: Mapping[str, Kind], rows: Sequence[Sequence[Any]], statement: str) -> Rows:
        exact = [place for place, kind in enumerate(columns.values()) if kind is Kind.DECIMAL]
        chunk = self.db.chunk(PAGE, len(columns))
        found: Rows = []
        for start in range(0, len(rows), chunk):
            some = rows[start : start + chunk]
            if exact:
                some = [_storable(row, exact) for row in some]
            values = ", ".join([f"({places(len(columns))})"] * len(some))
            sent = f"WITH sent ({', '.join(columns)}) AS (VALUES {values}) "
            found += self.db.rows(sent + statement, list(chain.from_iterable(some)))
        return found

    def physical(self, rows: Rows, kinds: Sequence[Kind]) -> Rows:
        return physical(rows, list(kinds)) if rows and kinds else rows

    def read_as(self, name: str, kind: Kind) -> str:
        return name

    def read_nothing(self, kind: Kind) -> str:
        return "NULL"

    def unit_of_work(self) -> AbstractContextManager[None]:
        return self.db.transaction()

    def lock_identity(self) -> None:
        """The transaction alone keeps all others from writing."""

    def same_row(self, table: str, names: Sequence[str]) -> str:
        return " AND ".join(f"{table}.{name} IS excluded.{name}" for name in names)


def _storable(row: Sequence[Any], exact: Sequence[int]) -> Sequence[Any]:
    """Whole numbers beyond 64 bits are kept as text."""
    if all(row[place] is None or -_WIDEST <= row[place] < _WIDEST for place in exact):
        return row
    return [str(value) if place in exact and value is not None else value for place, value in enumerate(row)]
