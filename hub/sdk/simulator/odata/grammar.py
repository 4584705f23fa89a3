"""`$filter`, `$orderby`, `$expand` and keys read by a grammar of our own.

The library for it, odata-query, reads V4 only: V2's `datetime'…'`, `12.5M`, `guid'…'` and `substringof` are syntax
errors to it, and simulators ship with the hub, so they need as few libraries as can be.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from hub.sdk.simulator.odata.refusals import ODataRefusal, Reason
from hub.sdk.simulator.odata.values import Literal

_HEX = "[0-9a-fA-F]"
_WORD = re.compile(
    r"\s*(?:"
    r"(?P<typed>[A-Za-z_][\w.]*'(?:[^']|'')*')"
    r"|(?P<string>'(?:[^']|'')*')"
    rf"|(?P<guid>{_HEX}{{8}}(?:-{_HEX}{{4}}){{3}}-{_HEX}{{12}}\b)"
    r"|(?P<moment>\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d))"
    r"|(?P<date>\d{4}-\d\d-\d\d\b)"
    r"|(?P<time>\d\d:\d\d(?::\d\d(?:\.\d+)?)?)"
    r"|(?P<number>-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?[lLmMdDfF]?(?![\w.]))"
    r"|(?P<name>[A-Za-z_][\w.]*(?:/[A-Za-z_][\w.]*)*)"
    r"|(?P<sign>[(),=:]))"
)
_LITERALS = {"typed", "string", "guid", "moment", "date", "time", "number"}
COMPARISONS = ("eq", "ne", "gt", "ge", "lt", "le")
_UNKNOWN = ("add", "sub", "mul", "div", "divby", "mod", "has")


@dataclass(frozen=True)
class Path:
    """A property, perhaps by way of single-valued navigation: `customer/country`."""

    names: tuple[str, ...]


@dataclass(frozen=True)
class Call:
    """A function of the protocol."""

    function: str
    arguments: tuple[Expression, ...]


@dataclass(frozen=True)
class Compare:
    sign: str
    left: Expression
    right: Expression


@dataclass(frozen=True)
class Among:
    """`path in (…)`, of V4."""

    left: Expression
    literals: tuple[Literal, ...]


@dataclass(frozen=True)
class Logic:
    """`and`, `or` of several expressions, `not` of one."""

    word: str
    parts: tuple[Expression, ...]


Expression = Path | Literal | Call | Compare | Among | Logic
_Rule = Callable[[], Expression]


@dataclass(frozen=True)
class _Token:
    type: str
    text: str


_END = _Token("end", "the end")


def syntax_error(message: str) -> ODataRefusal:
    return ODataRefusal(Reason.SYNTAX, message)


def parse_filter(text: str) -> Expression:
    """A boolean expression. ODataRefusal where it is none."""
    parser = _Parser(_tokens(text))
    found = parser.either()
    parser.expect_end()
    return found


def parse_key(text: str) -> dict[str, Literal]:
    """What stands in the parentheses behind a set: `'A1'` (under the name "") or `A='1',B=2`."""
    parser = _Parser(_tokens(text))
    found = parser.key()
    parser.expect_end()
    return found


def parse_order(text: str) -> list[tuple[Path, bool]]:
    """Paths with True for descending."""
    found = []
    for part in split_outside(text, ","):
        words = part.split()
        if not words or len(words) > 2 or (len(words) == 2 and words[1] not in {"asc", "desc"}):
            raise syntax_error(f"Syntax error in $orderby at '{part.strip()}'.")
        found.append((Path(tuple(words[0].split("/"))), words[-1] == "desc"))
    return found


def split_outside(text: str, sign: str) -> list[str]:
    """Split at a sign that stands in no parentheses and in no quotes."""
    parts, depth, quoted, start = [], 0, False, 0
    for place, letter in enumerate(text):
        if letter == "'":
            quoted = not quoted
        elif not quoted:
            depth += (letter == "(") - (letter == ")")
            if letter == sign and depth == 0:
                parts.append(text[start:place])
                start = place + 1
    if depth or quoted:
        raise syntax_error(f"Unbalanced parentheses or quotes in '{text}'.")
    return [*parts, text[start:]]


def _tokens(text: str) -> list[_Token]:
    found, place, end = [], 0, len(text.rstrip())
    while place < end:
        match = _WORD.match(text, place)
        if match is None or match.lastgroup is None:
            raise syntax_error(f"Syntax error at position {place} in '{text}'.")
        found.append(_Token(match.lastgroup, match[match.lastgroup]))
        place = match.end()
    return found


class _Parser:
    def __init__(self, tokens: list[_Token]) -> None:
        self._tokens = tokens
        self._at = 0

    def either(self) -> Expression:
        return self._joined("or", self._all)

    def _all(self) -> Expression:
        return self._joined("and", self._negation)

    def _joined(self, word: str, part: _Rule) -> Expression:
        parts = [part()]
        while self._accept(word):
            parts.append(part())
        return parts[0] if len(parts) == 1 else Logic(word, tuple(parts))

    def _negation(self) -> Expression:
        if self._accept("not"):
            return Logic("not", (self._negation(),))
        return self._comparison()

    def _comparison(self) -> Expression:
        left = self._primary()
        word = self._peek().text
        if word in COMPARISONS:
            self._next()
            return Compare(word, left, self._primary())
        if word in _UNKNOWN:
            raise ODataRefusal(Reason.NOT_IMPLEMENTED, f"The operator '{word}' is not supported.")
        if self._accept("in"):
            self._expect("(")
            return Among(left, tuple(self._literals()))
        return left

    def _primary(self) -> Expression:
        if self._accept("("):
            inner = self.either()
            self._expect(")")
            return inner
        token = self._next()
        if token.type in _LITERALS or token.text in {"null", "true", "false"}:
            return _literal(token)
        if token.type != "name":
            raise syntax_error(f"An expression was expected, and '{token.text}' was found.")
        if self._accept("("):
            return Call(token.text, tuple(self._arguments(token.text)))
        return Path(tuple(token.text.split("/")))

    def _arguments(self, function: str) -> list[Expression]:
        if function.endswith(("/any", "/all")):
            raise ODataRefusal(Reason.NOT_IMPLEMENTED, f"'{function}': lambda operators are not supported.")
        if self._accept(")"):
            return []
        found = [self.either()]
        while self._accept(","):
            found.append(self.either())
        self._expect(")")
        return found

    def _literals(self) -> list[Literal]:
        found = [self._one_literal()]
        while self._accept(","):
            found.append(self._one_literal())
        self._expect(")")
        return found

    def _one_literal(self) -> Literal:
        token = self._next()
        if token.type not in _LITERALS and token.text not in {"null", "true", "false"}:
            raise syntax_error(f"A literal was expected, and '{token.text}' was found.")
        return _literal(token)

    def key(self) -> dict[str, Literal]:
        if self._peek().type != "name" or self._peek().text in {"true", "false", "null"}:
            return {"": self._one_literal()}
        found: dict[str, Literal] = {}
        while True:
            name = self._next()
            self._expect("=")
            found[name.text] = self._one_literal()
            if not self._accept(","):
                return found

    def expect_end(self) -> None:
        if self._peek() is not _END:
            raise syntax_error(f"Syntax error at '{self._peek().text}'.")

    def _peek(self) -> _Token:
        return self._tokens[self._at] if self._at < len(self._tokens) else _END

    def _next(self) -> _Token:
        token = self._peek()
        self._at += 1
        return token

    def _accept(self, word: str) -> bool:
        if self._peek().type in {"name", "sign"} and self._peek().text == word:
            self._at += 1
            return True
        return False

    def _expect(self, word: str) -> None:
        if not self._accept(word):
            raise syntax_error(f"'{word}' was expected, and '{self._peek().text}' was found.")


def _literal(token: _Token) -> Literal:
    if token.type == "string":
        return Literal("string", token.text[1:-1].replace("''", "'"))
    if token.type == "typed":
        prefix, _, rest = token.text.partition("'")
        return Literal(f"{prefix.lower()}'", rest[:-1].replace("''", "'"), prefix)
    if token.type == "name":
        return Literal("null" if token.text == "null" else "boolean", token.text)
    return Literal(token.type, token.text)
