"""Identity on PostgreSQL: rows travel as arrays."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from itertools import count
from typing import Any

from hub.model.kinds import Kind
from hub.store.identity_sql import IdentitySql, Rows
from hub.store.postgres_arrays import array_values, rows_sql
from hub.store.postgres_base import PostgresBase
from hub.store.postgres_reading import PHYSICAL, physical

_LOCK = 4_716_253_002
"""Advisory lock of whoever writes identity."""
_TYPES = {Kind.JSON: "jsonb", Kind.TEXT: "text", Kind.UTC: "timestamptz"}


class PostgresIdentity(IdentitySql, PostgresBase):
    """The part of the store for identity."""

    def ask(self, statement: str, values: Sequence[Any] = (), kinds: Sequence[Kind] = ()) -> Rows:
        return self.physical(self.db.rows(_numbered(statement), values), kinds)

    def view(self, statement: str, values: Sequence[Any], kinds: Sequence[Kind]) -> Iterator[Rows]:
        reader = self.db.another()
        try:
            reader.rows("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            reader.rows(f"DECLARE hub_view NO SCROLL CURSOR FOR {_numbered(statement)}", values)
            while page := reader.rows("FETCH 5000 FROM hub_view"):
                yield self.physical(page, kinds)
        finally:
            reader.close()

    def send(self, columns: Mapping[str, Kind], rows: Sequence[Sequence[Any]], statement: str) -> Rows:
        names, kinds = list(columns), list(columns.values())
        listed = list(zip(*rows, strict=True))
        return self.db.rows(f"WITH sent AS ({rows_sql(names, kinds, 1)}) {statement}", array_values(listed, kinds))

    def physical(self, rows: Rows, kinds: Sequence[Kind]) -> Rows:
        return physical(rows, list(kinds)) if rows and kinds else rows

    def read_as(self, name: str, kind: Kind) -> str:
        return PHYSICAL.get(kind, "{0}").format(name)

    def read_nothing(self, kind: Kind) -> str:
        return f"NULL::{_TYPES[kind]}"

    def unit_of_work(self) -> AbstractContextManager[None]:
        return self.db.transaction()

    def lock_identity(self) -> None:
        self.db.rows("SELECT pg_advisory_xact_lock($1)", [_LOCK])

    def same_row(self, table: str, names: Sequence[str]) -> str:
        held, sent = (", ".join(f"{owner}.{name}" for name in names) for owner in (table, "excluded"))
        return f"ROW({held}) IS NOT DISTINCT FROM ROW({sent})"


def _numbered(statement: str) -> str:
    """Parameters as the server writes them."""
    first, *rest = statement.split("?")
    return first + "".join(f"${number}{part}" for number, part in zip(count(1), rest, strict=False))
