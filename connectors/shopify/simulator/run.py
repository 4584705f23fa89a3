"""Answers a plan from plain dicts. A field whose value is a function is asked with its arguments."""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from connectors.shopify.simulator.plan import Field, Plan, Refused

Row = dict[str, Any]
Roots = Callable[[Field], Any]
"""Answers a field at the root: rows in order for a connection, else its value."""


class Runner:
    """One answer. `points` is what it cost in the end: one for each object that came."""

    def __init__(self, roots: Roots, *, list_limit: int) -> None:
        self._roots = roots
        self._list_limit = list_limit
        self.points = 0

    def run(self, plan: Plan) -> Row:
        return {each.key: self._answer(each, self._roots(each), plan.bulk) for each in plan.fields}

    def edges(self, each: Field, page: Page) -> Iterator[Row]:
        """The edges of a connection that comes whole, one after the other."""
        edge = next(inner for inner in each.fields if inner.name == "edges")
        return (self._edge(edge, page, row, True) for row in page.rows)

    def object(self, fields: Sequence[Field], row: Row, bulk: bool) -> Row:
        self.points += 1
        told: Row = {}
        for each in fields:
            if each.on is not None and row.get("__typename") not in each.on:
                continue
            value = row.get(each.name)
            if callable(value):
                value = value(each.args)
            told[each.key] = value if each.kind == "value" else self._answer(each, value, bulk)
        return told

    def _answer(self, each: Field, value: Any, bulk: bool) -> Any:
        if each.kind == "value" or value is None:
            return value
        if each.kind == "object":
            return self.object(each.fields, value, bulk)
        if each.kind == "list":
            first = each.args.get("first")
            rows = value if first is None or bulk else value[:first]
            return [None if row is None else self.object(each.fields, row, bulk) for row in rows]
        return self._connection(each, value, bulk)

    def _connection(self, each: Field, value: Any, bulk: bool) -> Row:
        page = value if isinstance(value, Page) else Page(list(value))
        rows, info = (page.rows, {}) if bulk else page.cut(each.args, self._list_limit)
        told: Row = {}
        for inner in each.fields:
            if inner.name == "nodes":
                told[inner.key] = [self.object(inner.fields, page.whole(row), bulk) for row in rows]
            elif inner.name == "edges":
                told[inner.key] = [self._edge(inner, page, row, bulk) for row in rows]
            else:
                told[inner.key] = {field.key: info.get(field.name) for field in inner.fields}
        return told

    def _edge(self, edge: Field, page: Page, row: Row, bulk: bool) -> Row:
        return {
            each.key: cursor_of(page.key(row)) if each.name == "cursor" else self._answer(each, page.whole(row), bulk)
            for each in edge.fields
        }


class Page:
    """The elements of a list in their order, and how to cut a page out of it.

    key     what a cursor remembers of an element; it rises along the list
    whole   makes the full row of a stub
    skip    elements that a page loses or repeats, where the plan of faults says so
    """

    def __init__(
        self,
        rows: list[Row],
        key: Callable[[Row], list[Any]] | None = None,
        whole: Callable[[Row], Row] = lambda row: row,
        skip: int = 0,
    ) -> None:
        self.rows = rows
        self.whole = whole
        self._places = {id(row): place for place, row in enumerate(rows)} if key is None else {}
        self._key = key
        self._skip = skip

    def key(self, row: Row) -> list[Any]:
        return self._key(row) if self._key else [self._places[id(row)]]

    def cut(self, args: Row, limit: int) -> tuple[list[Row], Row]:
        start = self._start(args.get("after"))
        start = max(0, start + self._skip) if start + self._skip <= len(self.rows) else start
        end = start + (args.get("first") or args["last"])
        rows = self.rows[start:end]
        info = {
            # The vendor's lists end here, and do not say that there is more.
            "hasNextPage": end < min(len(self.rows), limit),
            "hasPreviousPage": start > 0,
            "startCursor": cursor_of(self.key(rows[0])) if rows else None,
            "endCursor": cursor_of(self.key(rows[-1])) if rows else None,
        }
        return rows, info

    def _start(self, after: str | None) -> int:
        if after is None:
            return 0
        wanted = _key_of(after)
        low, high = 0, len(self.rows)
        while low < high:
            middle = (low + high) // 2
            if self.key(self.rows[middle]) <= wanted:
                low = middle + 1
            else:
                high = middle
        return low


def cursor_of(key: list[Any]) -> str:
    return b64encode(repr(key).encode()).decode()


def _key_of(cursor: str) -> list[Any]:
    from ast import literal_eval

    try:
        found = literal_eval(b64decode(cursor).decode())
    except (ValueError, SyntaxError):
        raise Refused(
            {"message": "Invalid cursor for current pagination sort.", "extensions": {"code": "BAD"}}
        ) from None
    return list(found)
