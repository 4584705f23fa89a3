"""The SQL that a question becomes: texts of ours, and values that are bound. How a database says it is its dialect."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from decimal import Decimal
from typing import Any, ClassVar

from hub.console.odata.literals import Literal
from hub.model.kinds import Kind

SIGNS = {"eq": "=", "ne": "<>", "gt": ">", "ge": ">=", "lt": "<", "le": "<="}
SPACES = " \t\n\r\v\f\x1c\x1d\x1e\x1f\x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(
    map(chr, range(0x2000, 0x200B))
)
"""What `trim` takes away: what Unicode calls white space."""


class Values:
    """The values bound to one statement, in the order of their numbers."""

    def __init__(self, sign: str) -> None:
        self.bound: list[Any] = []
        self._sign = sign

    def add(self, value: Any) -> str:
        """The place of a value."""
        self.bound.append(value)
        return f"{self._sign}{len(self.bound)}"


class Dialect(ABC):
    """How one database says it. Arguments called `sql` are expressions that this class or its caller made."""

    sign: ClassVar[str]
    true: ClassVar[str]
    false: ClassVar[str]
    nulls_come_first: ClassVar[bool]
    """Whether an ascending order begins with nulls without being told, as OData wants it."""

    def values(self) -> Values:
        return Values(self.sign)

    @abstractmethod
    def json(self, sql: str, kind: Kind, *, nullable: bool, as_text: bool) -> str:
        """An expression as JSON; `as_text` puts numbers into quotes (IEEE754Compatible)."""

    @abstractmethod
    def concatenated(self, parts: Sequence[tuple[str, str | None]]) -> str:
        """Pieces of JSON in a row: a text of ours, then an expression, where there is one."""

    def native(self, sql: str, kind: Kind, *, as_text: bool) -> str | None:
        """An expression of which the database's own JSON makes what `json` does; None where there is none."""
        return None

    def object(self, parts: Sequence[tuple[str, str | None]], members: Sequence[tuple[str, str]]) -> str:
        """An object out of pieces that begin with its bracket and end with a comma, if with anything, and of native
        members: names with expressions."""
        raise NotImplementedError  # no member is native

    @abstractmethod
    def body(self, sql: str) -> str:
        """A row's JSON text on its way out; as bytes where that spares work."""

    @abstractmethod
    def mark(self, terms: Sequence[tuple[str, Kind]]) -> str:
        """The columns, one or several, that say of a row how to go on behind it."""

    @abstractmethod
    def mark_of(self, columns: Sequence[Any]) -> list[Any]:
        """The values of the terms, in the form they are stored in, out of these columns."""

    @abstractmethod
    def is_mark(self, value: Any, kind: Kind) -> bool:
        """Whether a value that came back, and is not null, can be one of the kind."""

    @abstractmethod
    def marked(self, values: Values, value: Any, kind: Kind) -> str:
        """The place of a value that came back."""

    @abstractmethod
    def ordered(self, sql: str, kind: Kind) -> list[tuple[str, Kind]]:
        """The expressions that put values into order, the first one first."""

    @abstractmethod
    def literal(self, values: Values, value: Literal, kind: Kind) -> str:
        """A constant in the form of a kind. It must have a form there: see `whole_bound`."""

    @abstractmethod
    def compared(self, operator: str, sql: str, kind: Kind, values: Values, value: Decimal) -> str:
        """A number or a moment against a constant."""

    @abstractmethod
    def both(self, operator: str, left: tuple[str, Kind], right: tuple[str, Kind]) -> str:
        """Two expressions, neither of them null, against one another."""

    @abstractmethod
    def same(self, left: str, right: str) -> str:
        """Whether two expressions are equal; two nulls are."""

    @abstractmethod
    def certain(self, sql: str) -> str:
        """A condition with false in place of unknown."""

    @abstractmethod
    def function(self, name: str, sqls: Sequence[str]) -> str:
        """A function of texts or moments by its name in OData."""

    @abstractmethod
    def starts(self, sql: str, start: str) -> str: ...

    @abstractmethod
    def ends(self, sql: str, end: str) -> str: ...

    @abstractmethod
    def joined(self, sql: str, body: str, order: str) -> str:
        """A list of bodies out of a subquery `sql`, as one JSON text without brackets."""
