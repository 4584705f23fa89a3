"""How the simulated pod reads a request: expressions, attributes, order, as strictly as Oracle reads them."""

from __future__ import annotations

import operator
import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import islice
from typing import Any

from connectors.oracle_scm.simulation.schema import BOOLEAN, INTEGER, MOMENT, NUMBER, Resource

Row = dict[str, Any]
Compare = Callable[[Any, Any], bool]

_TOKEN = re.compile(r"\s*('(?:[^']|'')*'|>=|<=|!=|=|>|<|\(|\)|,|-?\d+(?:\.\d+)?|[A-Za-z_][\w.]*)")
_COMPARE: dict[str, Compare] = {
    "=": operator.eq, "!=": operator.ne, ">": operator.gt, ">=": operator.ge, "<": operator.lt, "<=": operator.le,
    "in": lambda value, among: value in among,
}  # fmt: skip
_DATE_FORMS = {
    "offset": re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?[+-]\d\d:\d\d"),
    "zulu": re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"),
    "blank": re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d"),
    "day": re.compile(r"\d{4}-\d\d-\d\d"),
}


class Wrong(ValueError):
    """What Oracle says about a request that it does not take."""


@dataclass(frozen=True)
class Test:
    """One comparison of an expression."""

    attribute: str
    operator: str
    value: Any

    def passes(self, held: Any) -> bool:
        return held is not None and _COMPARE[self.operator](held, self.value)


def stamp(moment: datetime) -> str:
    """A moment as Oracle sends it."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")


def comparisons(expression: str, resource: Resource, forms: frozenset[str]) -> list[Test]:
    """The comparisons, all of which must hold. `forms`: ways to write a moment that the resource takes."""
    tokens, position = [], 0
    while position < len(expression.rstrip()):
        match = _TOKEN.match(expression, position)
        if match is None:
            raise Wrong("URL request parameter q cannot be used in this context.")
        tokens.append(match[1])
        position = match.end()
    tests: list[Test] = []
    while tokens:
        if tests and tokens.pop(0).lower() != "and":
            raise Wrong("URL request parameter q cannot be used in this context.")
        tests.append(_test(tokens, resource, forms))
    return tests


def _test(tokens: list[str], resource: Resource, forms: frozenset[str]) -> Test:
    try:
        name, compare = tokens.pop(0), tokens.pop(0).lower()
        if name not in resource.attributes or name in resource.hidden_from_q:
            raise Wrong(f"The attribute {name} cannot be used in the query.")
        kind = resource.attributes[name]
        if compare == "in":
            return Test(name, compare, _listed(tokens, kind, forms))
        if compare not in _COMPARE:
            raise Wrong("URL request parameter q cannot be used in this context.")
        return Test(name, compare, _value(tokens.pop(0), kind, forms))
    except IndexError:
        raise Wrong("URL request parameter q cannot be used in this context.") from None


def _listed(tokens: list[str], kind: str, forms: frozenset[str]) -> list[Any]:
    if tokens.pop(0) != "(":
        raise Wrong("URL request parameter q cannot be used in this context.")
    values = []
    while True:
        values.append(_value(tokens.pop(0), kind, forms))
        mark = tokens.pop(0)
        if mark == ")":
            return values
        if mark != ",":
            raise Wrong("URL request parameter q cannot be used in this context.")


def _value(token: str, kind: str, forms: frozenset[str]) -> Any:
    """A literal: texts and moments in quotes, numbers and flags without."""
    quoted = token.startswith("'")
    text = token[1:-1].replace("''", "'") if quoted else token
    if kind in {INTEGER, NUMBER}:
        if quoted or not re.fullmatch(r"-?\d+(\.\d+)?", text):
            raise Wrong("The value is not a number.")
        return float(text) if "." in text else int(text)
    if kind == BOOLEAN:
        if quoted or text not in {"true", "false"}:
            raise Wrong("The value is not true or false.")
        return text == "true"
    if not quoted:
        raise Wrong("URL request parameter q cannot be used in this context.")
    if kind == MOMENT:
        return _moment(text, forms)
    return text


def _moment(text: str, forms: frozenset[str]) -> str:
    if not any(_DATE_FORMS[form].fullmatch(text) for form in forms):
        raise Wrong("The date is not in the right format.")
    moment = datetime.fromisoformat(text)
    return stamp(moment if moment.tzinfo else moment.replace(tzinfo=UTC))


def fields_of(text: str, resource: Resource) -> dict[str, Any]:
    """The tree of attributes and children that `fields` names."""
    tree: dict[str, Any] = {}
    for group in filter(None, text.split(";")):
        path, colon, names = group.rpartition(":")
        node, here = tree, resource
        for accessor in filter(None, path.split(".")) if colon else ():
            if accessor not in here.children:
                raise Wrong(f"The accessor {accessor} does not exist.")
            node, here = node.setdefault(accessor, {}), here.children[accessor]
        for name in names.split(","):
            if name in here.children:
                node.setdefault(name, {})
            elif name in here.attributes:
                node[name] = None
            else:
                raise Wrong(f"The attribute {name} does not exist.")
    return tree


def expanded(text: str, resource: Resource) -> dict[str, Any]:
    """All attributes, and the children that `expand` names with all of theirs."""
    tree: dict[str, Any] = dict.fromkeys(resource.attributes)
    for path in filter(None, text.split(",")):
        node, here = tree, resource
        for accessor in path.split("."):
            if accessor not in here.children:
                raise Wrong(f"The accessor {accessor} does not exist.")
            here = here.children[accessor]
            node = node.setdefault(accessor, dict.fromkeys(here.attributes))
    return tree


@dataclass
class Index:
    """The entries of a resource, by key and by time of change. Entries hold what searches look at.

    value  what an entry has for an attribute, worked out where it does not hold it
    """

    entries: list[Row]
    key: str
    changed: str | None
    value: Callable[[Row, str], Any]
    by_key: list[Row] = field(init=False)
    keys: list[Any] = field(init=False)
    by_stamp: list[Row] = field(init=False)
    stamps: list[str] = field(init=False)

    def __post_init__(self) -> None:
        self.by_key = sorted(self.entries, key=lambda entry: entry[self.key])
        self.keys = [entry[self.key] for entry in self.by_key]
        changed = self.changed
        self.by_stamp = sorted(self.entries, key=lambda entry: entry[changed]) if changed else []
        self.stamps = [entry[changed] for entry in self.by_stamp] if changed else []

    def found(self, tests: list[Test], *, sorted_by_key: bool) -> Iterator[Row]:
        """The entries that pass, lazily where they need no sorting."""
        low, high = _bounds(self.keys, [test for test in tests if test.attribute == self.key])
        first, last = _bounds(self.stamps, [test for test in tests if test.attribute == self.changed])
        if self.changed and last - first < high - low:
            chosen = [entry for entry in self.by_stamp[first:last] if self._passes(entry, tests)]
            yield from sorted(chosen, key=lambda entry: entry[self.key]) if sorted_by_key else chosen
            return
        yield from (entry for entry in islice(self.by_key, low, high) if self._passes(entry, tests))

    def _passes(self, entry: Row, tests: list[Test]) -> bool:
        for test in tests:
            name = test.attribute
            held = entry[name] if name in entry else self.value(entry, name)
            if not test.passes(held):
                return False
        return True


def _bounds(values: list[Any], tests: list[Test]) -> tuple[int, int]:
    low, high = 0, len(values)
    for test in tests:
        if test.operator in {">", ">=", "="}:
            cut = bisect_right if test.operator == ">" else bisect_left
            low = max(low, cut(values, test.value))
        if test.operator in {"<", "<=", "="}:
            cut = bisect_left if test.operator == "<" else bisect_right
            high = min(high, cut(values, test.value))
    return low, max(low, high)
