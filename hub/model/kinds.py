"""What a canonical column can hold, and the shape of an entity. Light: imported on every start."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

MICROS = 1_000_000
"""Exact numbers travel as whole millionths: money and quantities have six decimals everywhere."""

MAX_MICROS = 10**20 - 1
"""decimal(20,6): fourteen digits before the point, six after."""


class Kind(StrEnum):
    """The kinds of column, each with its one physical form inside a batch."""

    TEXT = "text"
    """`str`"""
    INTEGER = "integer"
    """`int`, 64 bits"""
    BOOLEAN = "boolean"
    """`bool`"""
    DECIMAL = "decimal"
    """`int`: whole millionths, up to 20 digits"""
    UTC = "utc"
    """`int`: microseconds since 1970-01-01T00:00Z"""
    DATE = "date"
    """`str`: YYYY-MM-DD"""
    JSON = "json"
    """`str`: a JSON text with sorted keys, so that equal objects are equal texts"""


@dataclass(frozen=True, slots=True)
class Column:
    """One column of an entity, with the rules that the checks enforce."""

    name: str
    kind: Kind
    description: str
    required: bool = False
    max_length: int | None = None
    vocabulary: tuple[str, ...] = ()
    refers_to: str | None = None
    format: str | None = None
    """currency, country or unit: a text from a public code list."""
    minimum: int | None = None
    maximum: int | None = None
    """Whole numbers as people write them; see `limits` for what is in a batch."""
    personal: str = ""
    """Whether it tells of a person. `always`; `person`: where the row is about one, not a company; `trace`: not by
    itself, but it goes when a person is erased. Empty: no."""

    @property
    def limits(self) -> tuple[int | None, int | None]:
        """The smallest and largest value in the column's physical form; None where there is no limit."""
        scale = MICROS if self.kind is Kind.DECIMAL else 1
        low, high = (None if limit is None else limit * scale for limit in (self.minimum, self.maximum))
        return low, high


@dataclass(frozen=True)
class Entity:
    """One canonical table: its own columns, without the bookkeeping that every table has."""

    name: str
    title: str
    description: str
    columns: tuple[Column, ...]
    history: str | None = None
    """Table that gets one row for each change of a row of this one."""

    @cached_property
    def by_name(self) -> dict[str, Column]:
        return {column.name: column for column in self.columns}

    def __getitem__(self, name: str) -> Column:
        return self.by_name[name]

    def __contains__(self, name: str) -> bool:
        return name in self.by_name


BOOKKEEPING = ("source", "first_seen_at", "synced_at", "run_id", "deleted_at")
"""Columns that only the store writes; every canonical table has them."""
