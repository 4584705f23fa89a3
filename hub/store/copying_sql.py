"""Both ends of a copy: every table as lines of CSV, written by the database itself, the same for the same row.

A text stands in quotes, nothing stands for null; decimals have no zeros at their end, moments are UTC with a `Z`. JSON
is taken apart and written anew, since `jsonb` keeps neither its order nor its spaces.
"""

from __future__ import annotations

import csv
import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from hub.model.kinds import Kind
from hub.store.postgres_arrays import json_clean
from hub.store.postgres_records import clean
from hub.store.sqlite_views import decimal_text, moment_text

if TYPE_CHECKING:
    from hub.store.base import Store

Lines = list[str]
PAGE_ROWS = 5_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_HALF = 10**10


@dataclass(frozen=True)
class Table:
    """A table of the schema. `serial` is the column that numbers its rows, where there is one."""

    name: str
    columns: dict[str, Kind]
    key: tuple[str, ...]
    serial: str = ""

    @property
    def plain(self) -> list[str]:
        """Columns without JSON, which come first in a line."""
        return [name for name, kind in self.columns.items() if kind is not Kind.JSON]

    @property
    def documents(self) -> list[str]:
        return [name for name, kind in self.columns.items() if kind is Kind.JSON]

    @property
    def ordered(self) -> list[str]:
        """Columns in the order of a line."""
        return [*self.plain, *self.documents]


def tables() -> list[Table]:
    """All tables of this release."""
    from hub.store.migrations.metadata import schema

    return [_table(each) for each in schema().sorted_tables]


def _table(declared: Any) -> Table:
    columns = {column.name: _kind(column.type) for column in declared.columns}
    key = tuple(column.name for column in declared.primary_key.columns)
    numbered = len(key) == 1 and columns[key[0]] is Kind.INTEGER
    return Table(declared.name, columns, key, key[0] if numbered else "")


def _kind(type_: Any) -> Kind:
    from sqlalchemy import Boolean, Date, Integer
    from sqlalchemy.dialects.postgresql import JSONB

    from hub.model.columns import Exact, UtcMoment

    pairs = (
        (Exact, Kind.DECIMAL), (UtcMoment, Kind.UTC), (JSONB, Kind.JSON), (Boolean, Kind.BOOLEAN), (Date, Kind.DATE),
        (Integer, Kind.INTEGER),
    )  # fmt: skip
    return next((kind for known, kind in pairs if isinstance(type_, known)), Kind.TEXT)


def end_of(store: Store) -> End:
    """One end of a copy."""
    return SqliteEnd(store) if store.dialect == "sqlite" else PostgresEnd(store)


class End(ABC):
    """A database that is copied from or to."""

    def __init__(self, store: Store) -> None:
        self.db: Any = store.db  # type: ignore[attr-defined]  # the contract names no connection

    def lines(self, table: Table) -> Iterator[Lines]:
        """The rows of a table, some thousand at a time, in the order of its key."""
        documents = "".join(f", {self._document(name)}" for name in table.documents)
        line = self._line([(name, table.columns[name]) for name in table.plain])
        statement = f"SELECT {line}{documents} FROM {table.name} ORDER BY {', '.join(table.key)}"
        for page in self._pages(statement):
            if documents:
                yield [clean(",".join([row[0], *map(_written, row[1:])])) for row in page]
            else:
                yield [clean(row[0]) for row in page]

    def is_empty(self, table: Table) -> bool:
        return not self.db.rows(f"SELECT 1 FROM {table.name} LIMIT 1")

    def sums(self, table: Table) -> dict[tuple[str, str], Decimal]:
        """The sum of each column of amounts by currency; nothing where rows have no currency."""
        amounts = [name for name, kind in table.columns.items() if kind is Kind.DECIMAL]
        if "currency" not in table.columns or not amounts:
            return {}
        found = {}
        asked = ", ".join(sql for name in amounts for sql in self._sum(name))
        for row in self.db.rows(f"SELECT coalesce(currency, ''), {asked} FROM {table.name} GROUP BY 1"):
            for name, total in zip(amounts, self._totals(row[1:]), strict=True):
                if total:
                    found[name, row[0] or "without currency"] = total
        return found

    @abstractmethod
    def still(self) -> AbstractContextManager[None]:
        """One view of the data for as long as it is read."""

    @abstractmethod
    def writing(self) -> AbstractContextManager[None]:
        """All that is put, or nothing."""

    @abstractmethod
    def put(self, table: Table, pages: Iterable[Lines]) -> None:
        """Write rows."""

    @abstractmethod
    def finished(self, listed: Sequence[Table]) -> None:
        """Everything is there: the next number of each table is one that is free."""

    @abstractmethod
    def _line(self, columns: Sequence[tuple[str, Kind]]) -> str: ...

    @abstractmethod
    def _document(self, name: str) -> str: ...

    @abstractmethod
    def _pages(self, statement: str) -> Iterator[list[tuple[Any, ...]]]: ...

    @abstractmethod
    def _sum(self, name: str) -> list[str]: ...

    @abstractmethod
    def _totals(self, sums: Sequence[Any]) -> list[Decimal]: ...


def _written(text: str | None) -> str:
    """A JSON text as a field of a line: keys in order, no spaces."""
    if text is None:
        return ""
    plain = json.dumps(json.loads(json_clean(text)), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return '"' + plain.replace('"', '""') + '"'


class SqliteEnd(End):
    """A SQLite file."""

    @contextmanager
    def still(self) -> Iterator[None]:
        self.db.run("BEGIN")
        try:
            yield
        finally:
            self.db.run("ROLLBACK")

    def writing(self) -> AbstractContextManager[None]:
        return self.db.transaction()  # type: ignore[no-any-return]

    def put(self, table: Table, pages: Iterable[Lines]) -> None:
        places = ", ".join("?" * len(table.ordered))
        statement = f"INSERT INTO {table.name} ({', '.join(table.ordered)}) VALUES ({places})"
        kinds = [table.columns[name] for name in table.ordered]
        for page in pages:
            columns = list(zip(*(_fields(line) for line in page), strict=True))
            stored = [_stored(column, kind) for column, kind in zip(columns, kinds, strict=True)]
            self.db.connection.executemany(statement, zip(*stored, strict=True))

    def finished(self, listed: Sequence[Table]) -> None:
        """SQLite numbers on by itself."""

    def _line(self, columns: Sequence[tuple[str, Kind]]) -> str:
        written = ", ".join(_SQLITE[kind](name) for name, kind in columns)
        return f"printf('{','.join(['%s'] * len(columns))}', {written})"

    def _document(self, name: str) -> str:
        return name

    def _pages(self, statement: str) -> Iterator[list[tuple[Any, ...]]]:
        yield from self.db.pages(statement, (), PAGE_ROWS)

    def _sum(self, name: str) -> list[str]:
        """In two halves, since whole millionths of everything may be more than 64 bits."""
        high, low = f"CAST(substr({name}, 1, length({name}) - 10) AS INTEGER)", f"CAST(substr({name}, -10) AS INTEGER)"
        sign = f"CASE substr({name}, 1, 1) WHEN '-' THEN -1 ELSE 1 END"
        return [
            f"sum(CASE typeof({name}) WHEN 'text' THEN {high} ELSE {name} / {_HALF} END)",
            f"sum(CASE typeof({name}) WHEN 'text' THEN {low} * {sign} ELSE {name} % {_HALF} END)",
        ]

    def _totals(self, sums: Sequence[Any]) -> list[Decimal]:
        pairs = zip(sums[::2], sums[1::2], strict=True)
        return [Decimal((high or 0) * _HALF + (low or 0)).scaleb(-6) for high, low in pairs]


_SQLITE: dict[Kind, Any] = {
    Kind.TEXT: lambda name: f"""'"' || replace({name}, '"', '""') || '"'""",
    Kind.INTEGER: lambda name: name,
    Kind.BOOLEAN: lambda name: f"CASE {name} WHEN 1 THEN 't' WHEN 0 THEN 'f' END",
    Kind.DECIMAL: decimal_text,
    Kind.UTC: moment_text,
    Kind.DATE: lambda name: name,
}


def _fields(line: str) -> list[str | None]:
    """The fields of one line; None where nothing stands, which the csv module cannot tell from an empty text."""
    fields: list[str | None] = list(next(csv.reader([line], strict=True)) if "\n" not in line else _split(line))
    if '""' not in line and "" in fields:
        return [field or None for field in fields]
    return _split(line) if "" in fields else fields


def _split(line: str) -> list[str | None]:
    found: list[str | None] = []
    place = 0
    while place <= len(line):
        if line[place : place + 1] != '"':
            end = line.find(",", place)
            end = len(line) if end < 0 else end
            found.append(line[place:end] or None)
        else:
            end = _closing(line, place + 1)
            found.append(line[place + 1 : end].replace('""', '"'))
            end += 1
        place = end + 1
    return found


def _closing(line: str, place: int) -> int:
    """Where the quote is that closes a field."""
    while True:
        place = line.index('"', place)
        if line[place + 1 : place + 2] != '"':
            return place
        place += 2


def _stored(column: Sequence[Any], kind: Kind) -> Sequence[Any]:
    """The values of a column as SQLite keeps them."""
    if kind in (Kind.TEXT, Kind.DATE, Kind.JSON):
        return column
    convert = _STORED[kind]
    return [None if value is None else convert(value) for value in column]


def _millionths(text: str) -> int | str:
    number = int(Decimal(text).scaleb(6))
    return number if -(1 << 63) <= number < 1 << 63 else str(number)


def _micros(text: str) -> int:
    return (datetime.fromisoformat(text) - _EPOCH) // _MICROSECOND


_STORED: dict[Kind, Callable[[str], Any]] = {
    Kind.INTEGER: int,
    Kind.BOOLEAN: lambda text: text == "t",
    Kind.DECIMAL: _millionths,
    Kind.UTC: _micros,
}


class PostgresEnd(End):
    """A PostgreSQL database."""

    @contextmanager
    def still(self) -> Iterator[None]:
        self.db.rows("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        try:
            yield
        finally:
            self.db.roll_back()

    def writing(self) -> AbstractContextManager[None]:
        return self.db.transaction()  # type: ignore[no-any-return]

    def put(self, table: Table, pages: Iterable[Lines]) -> None:
        statement = f"COPY {table.name} ({', '.join(table.ordered)}) FROM STDIN (FORMAT csv)"
        self.db.copy(statement, (("\n".join(page) + "\n").encode() for page in pages))

    def finished(self, listed: Sequence[Table]) -> None:
        for table in listed:
            if table.serial:
                self.db.rows(
                    f"SELECT setval(seq, greatest((SELECT max({table.serial}) FROM {table.name}), 1),"
                    f" (SELECT count(*) > 0 FROM {table.name}))"
                    f" FROM pg_get_serial_sequence('{table.name}', '{table.serial}') AS seq WHERE seq IS NOT NULL"
                )
            self.db.rows(f"ANALYZE {table.name}")

    def _line(self, columns: Sequence[tuple[str, Kind]]) -> str:
        return " || ',' || ".join(f"coalesce({_POSTGRES[kind](name)}, '')" for name, kind in columns)

    def _document(self, name: str) -> str:
        return f"{name}::text"

    def _pages(self, statement: str) -> Iterator[list[tuple[Any, ...]]]:
        with self.db.errors():
            self.db.rows(f"DECLARE copied NO SCROLL CURSOR FOR {statement}")
            while page := self.db.rows(f"FETCH {PAGE_ROWS} FROM copied"):
                yield page
            self.db.rows("CLOSE copied")

    def _sum(self, name: str) -> list[str]:
        return [f"sum({name})"]

    def _totals(self, sums: Sequence[Any]) -> list[Decimal]:
        return [Decimal(0) if total is None else Decimal(total) for total in sums]


_POSTGRES: dict[Kind, Any] = {
    Kind.TEXT: lambda name: f"""'"' || replace({name}, '"', '""') || '"'""",
    Kind.INTEGER: lambda name: f"{name}::text",
    Kind.BOOLEAN: lambda name: f"CASE {name} WHEN TRUE THEN 't' WHEN FALSE THEN 'f' END",
    Kind.DECIMAL: lambda name: f"trim_scale({name})::text",
    Kind.UTC: lambda name: f"""left(trim('"' FROM to_json({name})::text), -6) || 'Z'""",
    Kind.DATE: lambda name: f"{name}::text",
}
