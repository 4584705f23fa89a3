"""`$search`: words and phrases with AND, OR, NOT and brackets, looked for in the texts by which people know a row."""

from __future__ import annotations

import re
from collections.abc import Callable

from hub.console.odata.errors import wrong
from hub.console.odata.model import EntitySet
from hub.model.kinds import Kind

_TOKEN = re.compile(r'\s*(?:"((?:[^"\\]|\\["\\])*)"|([()])|([^\s()"]+))')
_DEEPEST = 30
_LONGEST = 1_000
_NAMES = (
    "source_id", "golden_id", "number", "name", "legal_name", "first_name", "last_name", "company", "email", "phone",
    "website", "tax_id", "sku", "gtin", "mpn", "description", "manufacturer", "brand", "category", "city", "po_number",
    "tracking_number", "carrier", "subject", "title", "campaign", "metric",
)  # fmt: skip


def searched(of: EntitySet) -> list[str]:
    """The properties that `$search` looks into."""
    stored = {name for name, property in of.properties.items() if property.lookup is None}
    return [name for name in _NAMES if name in stored and of[name].kind is Kind.TEXT]


def condition(text: str, term: Callable[[str], str]) -> str:
    """The search as a condition; `term` gives that of one word or phrase. Raises ODataError."""
    if len(text) > _LONGEST:
        raise wrong(f"$search is longer than {_LONGEST} characters.", "$search")
    return _Reader(_tokens(text), term).whole()


def _tokens(text: str) -> list[tuple[str, str]]:
    found, place, text = [], 0, text.strip()
    while place < len(text):
        match = _TOKEN.match(text, place)
        if match is None:
            raise wrong("A quote in $search is not closed.", "$search")
        phrase, bracket, word = match.groups()
        if phrase is not None:
            found.append(("term", re.sub(r"\\(.)", r"\1", phrase)))
        elif bracket or word in ("AND", "OR", "NOT"):
            found.append((bracket or word, ""))
        else:
            found.append(("term", word))
        place = match.end()
    return found


class _Reader:
    """NOT binds closer than AND, AND closer than OR; two terms side by side are both wanted."""

    def __init__(self, tokens: list[tuple[str, str]], term: Callable[[str], str]) -> None:
        self._tokens, self._term, self._place, self._depth = tokens, term, 0, 0

    def whole(self) -> str:
        found = self._any()
        if self._next() != "":
            raise wrong("A bracket in $search has no beginning.", "$search")
        return found

    def _next(self) -> str:
        return self._tokens[self._place][0] if self._place < len(self._tokens) else ""

    def _any(self) -> str:
        parts = [self._all()]
        while self._next() == "OR":
            self._place += 1
            parts.append(self._all())
        return parts[0] if len(parts) == 1 else f"({' OR '.join(parts)})"

    def _all(self) -> str:
        parts = [self._one()]
        while self._next() in ("AND", "NOT", "(", "term"):
            self._place += self._next() == "AND"
            parts.append(self._one())
        return parts[0] if len(parts) == 1 else f"({' AND '.join(parts)})"

    def _one(self) -> str:
        kind = self._next()
        if kind == "":
            raise wrong("$search ends where a word is expected.", "$search")
        text = self._tokens[self._place][1]
        self._place += 1
        if kind == "term":
            return self._term(text)
        if kind not in ("NOT", "("):
            raise wrong(f"$search has {kind} where a word is expected.", "$search")
        self._depth += 1
        if self._depth > _DEEPEST:
            raise wrong("$search is nested too deeply.", "$search")
        if kind == "NOT":
            found = f"(NOT {self._one()})"
        else:
            found = self._any()
            if self._next() != ")":
                raise wrong("A bracket in $search is not closed.", "$search")
            self._place += 1
        self._depth -= 1
        return found
