"""Resource paths: `companies(…)/salesOrders(…)/salesOrderLines/$count`."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from hub.sdk.simulator.odata.data import Data
from hub.sdk.simulator.odata.grammar import parse_key
from hub.sdk.simulator.odata.model import EntitySet
from hub.sdk.simulator.odata.refusals import ODataRefusal, Reason
from hub.sdk.simulator.odata.results import Scope
from hub.sdk.simulator.odata.values import Literal, Version, value_of
from hub.sdk.simulator.table import SimRow

_SEGMENT = re.compile(r"([A-Za-z_][\w.]*)(?:\((.*)\))?", re.DOTALL)


@dataclass(frozen=True)
class Target:
    """What an address means: one row, or the rows of a scope; `row` is None for a single value that is not there."""

    scope: Scope
    single: bool = False
    row: SimRow | None = None
    counts: bool = False


class Addresses:
    """Resolves the paths of one service."""

    def __init__(self, data: Data, sets: Mapping[str, EntitySet], version: Version) -> None:
        self._data = data
        self._sets = sets
        self._version = version

    def resolve(self, segments: Sequence[str]) -> Target:
        """From percent-encoded segments. ODataRefusal where they lead nowhere."""
        name, key = _parts(segments[0])
        found = self._sets.get(name)
        if found is None or not found.top_level:
            raise ODataRefusal(Reason.UNKNOWN_RESOURCE, f"Resource not found for the segment '{name}'.")
        target = self._keyed(Scope(found), key)
        for segment in segments[1:]:
            target = self._next(target, segment)
        return target

    def _next(self, target: Target, segment: str) -> Target:
        found = target.scope.entities
        if segment == "$count" and not target.single and not target.counts:
            return Target(target.scope, counts=True)
        name, key = _parts(segment)
        if not target.single or target.row is None:
            raise ODataRefusal(Reason.UNKNOWN_RESOURCE, f"Resource not found for the segment '{name}'.")
        if name in found.by_name or segment.startswith("$"):
            raise ODataRefusal(Reason.NOT_IMPLEMENTED, f"A request for '{segment}' is not supported.")
        navigation = found.navigation.get(name)
        if navigation is None:
            raise ODataRefusal(Reason.UNKNOWN_RESOURCE, f"Resource not found for the segment '{name}'.")
        values = tuple(target.row.get(own) for own, _ in navigation.join)
        scope = Scope(self._data.target(navigation), tuple(other for _, other in navigation.join), values)
        if navigation.many:
            return self._keyed(scope, key)
        rows = self._data.related(navigation, target.row)
        return Target(scope, single=True, row=rows[0] if rows else None)

    def _keyed(self, scope: Scope, text: str | None) -> Target:
        if not text:
            return Target(scope)
        found = scope.entities
        row = self._data.one(found, self._key(found, parse_key(text)))
        inside = row is not None and tuple(row.get(name) for name in scope.fields) == scope.values
        if row is None or not inside:
            raise ODataRefusal(Reason.NOT_FOUND, f"No {found.type} with that key exists.")
        return Target(scope, single=True, row=row)

    def _key(self, found: EntitySet, given: Mapping[str, Literal]) -> tuple[Any, ...]:
        names = [each.name for each in found.key]
        if set(given) == {""} and len(names) == 1:
            given = {names[0]: given[""]}
        if set(given) != set(names):
            raise ODataRefusal(Reason.SYNTAX, f"The key of {found.type} is {', '.join(names)}.")
        return tuple(value_of(given[each.name], each, self._version) for each in found.key)


def _parts(segment: str) -> tuple[str, str | None]:
    match = _SEGMENT.fullmatch(unquote(segment))
    if match is None:
        raise ODataRefusal(Reason.UNKNOWN_RESOURCE, f"Resource not found for the segment '{unquote(segment)}'.")
    return match[1], match[2]
