"""Answers worked out once: rows in order by question, and the bytes of pages, until something changes."""

from __future__ import annotations

import operator
import threading
from bisect import bisect_left
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import msgspec

from hub.sdk.simulator.odata.conditions import Conditions
from hub.sdk.simulator.odata.data import Data
from hub.sdk.simulator.odata.model import EntitySet
from hub.sdk.simulator.odata.order import Order, ranked, sorted_rows
from hub.sdk.simulator.odata.query import Query
from hub.sdk.simulator.table import SimRow

encode = msgspec.json.Encoder(decimal_format="number").encode
_RESULTS = 64
_PAGE_BYTES = 256 * 2**20


@dataclass(frozen=True)
class Gone:
    """In a delta: a row that is not there any more."""

    row: SimRow


Item = SimRow | Gone


@dataclass(frozen=True)
class Scope:
    """The rows that an address is about: a set, or those whose fields have these values."""

    entities: EntitySet
    fields: tuple[str, ...] = ()
    values: tuple[Any, ...] = ()


class Results:
    """Rows by question."""

    def __init__(self, data: Data, conditions: Conditions) -> None:
        self._data = data
        self._conditions = conditions
        self._rows: OrderedDict[tuple[Any, ...], list[SimRow]] = OrderedDict()
        self._pages: OrderedDict[tuple[Any, ...], bytes] = OrderedDict()
        self._page_bytes = 0
        self._revision = -1
        self._lock = threading.Lock()

    def order(self, found: EntitySet, query: Query) -> Order:
        """What is asked for, and the key behind it, so that the order is total."""
        asked = [(self._conditions.getter(found, path).get, down) for path, down in query.order]
        by_default = () if query.order else found.order
        names = dict.fromkeys([*by_default, *(each.name for each in found.key)])
        return [*asked, *((operator.itemgetter(name), False) for name in names)]

    def rows(self, scope: Scope, query: Query) -> list[SimRow]:
        """All rows that answer, in order. The list must not be changed."""
        question = (scope.entities.name, scope.fields, scope.values, query.filter, query.order)
        with self._lock:
            self._drop_old()
            known = self._rows.get(question)
            if known is None:
                known = self._rows[question] = self._found(scope, query)
                while len(self._rows) > _RESULTS:
                    self._rows.popitem(last=False)
            return known

    def _found(self, scope: Scope, query: Query) -> list[SimRow]:
        found = scope.entities
        rows = self._data.matching(found, scope.fields, scope.values) if scope.fields else None
        test = self._conditions.predicate(found, query.filter) if query.filter else None
        names, values = self._conditions.equals(found, query.filter) if query.filter and rows is None else ((), [])
        if rows is None and names:
            rows = [row for value in values for row in self._data.matching(found, names, value)]
        if rows is None and test is not None:
            ordered = self._whole(found, query)
            return [row for row in islice(ordered, self._start(found, query, ordered), None) if test(row)]
        if rows is None:
            rows = self._data.rows(found)
        if test is not None:
            rows = [row for row in rows if test(row)]
        return sorted_rows(rows, self.order(found, query))

    def _whole(self, found: EntitySet, query: Query) -> list[SimRow]:
        """All rows of the set in this order, sorted once: who walks by keys asks for their rests again and again."""
        question = (found.name, (), (), None, query.order)
        known = self._rows.get(question)
        if known is None:
            known = self._rows[question] = sorted_rows(self._data.rows(found), self.order(found, query))
        self._rows.move_to_end(question)
        return known

    def _start(self, found: EntitySet, query: Query, ordered: list[SimRow]) -> int:
        """Where rows can begin to fit, if the filter says so of the field that they are ordered by."""
        if not query.order or query.order[0][1]:
            return 0
        path = query.order[0][0]
        bound = self._conditions.lower_bound(found, query.filter, path)
        get = self._conditions.getter(found, path).get
        return 0 if bound is None else bisect_left(ordered, ranked(bound), key=lambda row: ranked(get(row)))

    def page(self, question: tuple[Any, ...], items: Sequence[Item], shown: Callable[[Item], dict[str, Any]]) -> bytes:
        """The items as JSON, with commas between."""
        with self._lock:
            self._drop_old()
            known = self._pages.get(question)
        if known is None:
            known = encode([shown(item) for item in items])[1:-1]
            with self._lock:
                self._keep(question, known)
        return known

    def _keep(self, question: tuple[Any, ...], page: bytes) -> None:
        if question in self._pages:
            return
        self._pages[question] = page
        self._page_bytes += len(page)
        while self._page_bytes > _PAGE_BYTES:
            self._page_bytes -= len(self._pages.popitem(last=False)[1])

    def _drop_old(self) -> None:
        if self._revision != self._data.revision:
            self._revision = self._data.revision
            self._rows.clear()
            self._pages.clear()
            self._page_bytes = 0
