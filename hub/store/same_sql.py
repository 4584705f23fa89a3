"""The same SQL on both databases: `$1` for values, and aware times that SQLite keeps as microseconds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import fields
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar

from hub.store.shape import from_micros, to_micros

if TYPE_CHECKING:
    from hub.store.base import Store

T = TypeVar("T")


class SameSql:
    """Statements on one store. Give it a store of its own thread."""

    def __init__(self, store: Store) -> None:
        self._db: Any = store.db  # type: ignore[attr-defined]  # both stores have one; the contract names none
        self.sqlite = store.dialect == "sqlite"

    @contextmanager
    def transaction(self, *, keep: bool = True) -> Iterator[None]:
        """All of it or nothing. `keep=False` undoes it in any case."""
        with self._db.transaction(keep=keep):
            yield

    def rows(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        if self.sqlite:
            return list(self._db.rows(statement.replace("$", "?"), plain(values)))
        return list(self._db.rows(statement, values))

    def change(self, statement: str, *values: Any) -> int:
        """How many rows the statement changed."""
        if self.sqlite:
            return int(self._db.run(statement.replace("$", "?"), plain(values)).rowcount)
        return int(self._db.count(statement, values))

    def read(self, kind: type[T], statement: str, *values: Any) -> list[T]:
        """Rows as objects of a dataclass; `{}` stands for its columns."""
        columns = [(field.name, "datetime" in str(field.type)) for field in fields(kind)]  # type: ignore[arg-type]
        rows = self.rows(statement.format(", ".join(name for name, _ in columns)), *values)
        return [kind(*(self.value(value, time) for value, (_, time) in zip(row, columns, strict=True))) for row in rows]

    def value(self, value: Any, is_time: bool) -> Any:
        """A value as Python knows it."""
        return from_micros(value) if is_time and self.sqlite and value is not None else value


def plain(values: Sequence[Any]) -> list[Any]:
    """Values as SQLite takes them."""
    return [to_micros(value) if isinstance(value, datetime) else value for value in values]


def places(count: int, start: int = 1) -> str:
    """So many numbered places for values."""
    return ", ".join(f"${number}" for number in range(start, start + count))
