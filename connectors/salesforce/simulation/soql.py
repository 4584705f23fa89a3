"""SOQL as far as a reader needs it, and no further: what the vendor would refuse is refused in its words."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

_TOKEN = re.compile(
    r"\s*(?:(?P<moment>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d))|(?P<day>\d{4}-\d\d-\d\d)"
    r"|(?P<number>-?\d+(?:\.\d+)?)|(?P<text>'(?:[^'\\]|\\.)*')|(?P<name>[A-Za-z_][\w.]*)|(?P<sign><=|>=|!=|[=<>(),]))"
)
_ESCAPED = re.compile(r"\\(.)")


class SoqlError(Exception):
    """A query that Salesforce would not take."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


def malformed(message: str) -> SoqlError:
    return SoqlError("MALFORMED_QUERY", message)


@dataclass(frozen=True)
class Literal:
    """A value with its type: moment, day, number, text, boolean or null."""

    type: str
    value: Any


@dataclass(frozen=True)
class Compare:
    path: str
    sign: str
    literal: Literal


@dataclass(frozen=True)
class Among:
    """`path IN (…)`: of literals, or of what another query selects."""

    path: str
    negated: bool
    literals: tuple[Literal, ...] = ()
    query: Query | None = None


@dataclass(frozen=True)
class Logic:
    """`AND`, `OR` of several conditions, `NOT` of one."""

    word: str
    parts: tuple[Condition, ...]


Condition = Compare | Among | Logic


@dataclass
class Query:
    """A parsed query. `fields` holds paths; `subqueries` the sub-selects by their relationship."""

    table: str
    fields: list[str] = field(default_factory=list)
    subqueries: list[Query] = field(default_factory=list)
    counts: bool = False
    where: Condition | None = None
    order: list[tuple[str, bool]] = field(default_factory=list)
    limit: int | None = None
    offset: int = 0


@dataclass(frozen=True)
class _Word:
    type: str
    text: str

    def is_word(self, *words: str) -> bool:
        return self.type in {"name", "sign"} and self.text.upper() in words


_END = _Word("end", "")


def parse(text: str) -> Query:
    """The query. SoqlError with MALFORMED_QUERY where it is none."""
    parser = _Parser(_words(text))
    query = parser.query()
    parser.expect_end()
    return query


def _words(text: str) -> list[_Word]:
    words, place = [], 0
    while place < len(text.rstrip()):
        match = _TOKEN.match(text, place)
        if match is None or match.lastgroup is None:
            raise malformed(f"unexpected token: '{text[place:].strip()[:1]}'")
        words.append(_Word(match.lastgroup, match[match.lastgroup]))
        place = match.end()
    return words


class _Parser:
    def __init__(self, words: list[_Word]) -> None:
        self._words = words
        self._at = 0

    def query(self, *, inner: bool = False) -> Query:
        self._expect("SELECT")
        query = Query("")
        self._selected(query, inner=inner)
        self._expect("FROM")
        query.table = self._name()
        if self._accept("WHERE"):
            query.where = self._either()
        if self._accept("ORDER"):
            self._expect("BY")
            query.order = self._orders()
        if self._accept("LIMIT"):
            query.limit = self._whole()
        if self._accept("OFFSET"):
            query.offset = self._whole()
        return query

    def expect_end(self) -> None:
        if self._peek() is not _END:
            raise malformed(f"unexpected token: '{self._peek().text}'")

    def _selected(self, query: Query, *, inner: bool) -> None:
        while True:
            if self._accept("("):
                if inner:
                    raise malformed("only one level of sub-selects is taken")
                query.subqueries.append(self.query(inner=True))
                self._expect(")")
            else:
                name = self._name()
                if self._accept("("):
                    self._expect(")")
                    if name.upper() != "COUNT" or query.fields or inner:
                        raise malformed(f"unexpected token: '{name}'")
                    query.counts = True
                    return
                query.fields.append(name)
            if not self._accept(","):
                return

    def _orders(self) -> list[tuple[str, bool]]:
        orders = []
        while True:
            path, descending = self._name(), False
            if not self._accept("ASC"):
                descending = self._accept("DESC")
            if self._accept("NULLS") and not self._accept("FIRST"):
                self._expect("LAST")
            orders.append((path, descending))
            if not self._accept(","):
                return orders

    def _either(self) -> Condition:
        parts = [self._condition()]
        word = "AND" if self._peek().is_word("AND") else "OR"
        while self._accept(word):
            parts.append(self._condition())
        if self._peek().is_word("AND", "OR"):
            raise malformed(f"unexpected token: '{self._peek().text}'")  # mixed without parentheses
        return parts[0] if len(parts) == 1 else Logic(word, tuple(parts))

    def _condition(self) -> Condition:
        if self._accept("NOT"):
            return Logic("NOT", (self._condition(),))
        if self._accept("("):
            inner = self._either()
            self._expect(")")
            return inner
        return self._comparison()

    def _comparison(self) -> Condition:
        path = self._name()
        negated = self._accept("NOT")
        if self._accept("IN"):
            self._expect("(")
            if self._peek().is_word("SELECT"):
                found = Among(path, negated, query=self.query(inner=True))
            else:
                found = Among(path, negated, self._literals())
            self._expect(")")
            return found
        sign = self._next()
        if negated or sign.text not in {"=", "!=", "<", "<=", ">", ">="}:
            raise malformed(f"unexpected token: '{sign.text}'")
        return Compare(path, sign.text, self._literal())

    def _literals(self) -> tuple[Literal, ...]:
        found = [self._literal()]
        while self._accept(","):
            found.append(self._literal())
        return tuple(found)

    def _literal(self) -> Literal:
        word = self._next()
        if word.type == "text":
            return Literal("text", _ESCAPED.sub(r"\1", word.text[1:-1]))
        if word.type == "name" and word.text.lower() in {"true", "false"}:
            return Literal("boolean", word.text.lower() == "true")
        if word.type == "name" and word.text.lower() == "null":
            return Literal("null", None)
        if word.type in {"moment", "day", "number"}:
            return Literal(word.type, word.text)
        raise malformed(f"unexpected token: '{word.text}'")

    def _whole(self) -> int:
        word = self._next()
        if word.type != "number" or not word.text.isdecimal():
            raise malformed(f"unexpected token: '{word.text}'")
        return int(word.text)

    def _name(self) -> str:
        word = self._next()
        if word.type != "name":
            raise malformed(f"unexpected token: '{word.text}'")
        return word.text

    def _peek(self) -> _Word:
        return self._words[self._at] if self._at < len(self._words) else _END

    def _next(self) -> _Word:
        word = self._peek()
        self._at += 1
        return word

    def _accept(self, word: str) -> bool:
        if self._peek().is_word(word):
            self._at += 1
            return True
        return False

    def _expect(self, word: str) -> None:
        if not self._accept(word):
            raise malformed(f"expecting '{word}', found '{self._peek().text}'")
