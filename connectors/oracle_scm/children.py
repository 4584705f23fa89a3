"""Lists inside rows: in either shape that Oracle sends, and always whole.

Expanded children are cut at one page of theirs. From framework version 3 on they say so (`hasMore`); before, they come
as a bare list that does not. A list that is cut, or may be, is read from its own address to its end.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote

from connectors.oracle_scm.api import Collection, OracleApi, Row
from connectors.oracle_scm.query import Condition
from connectors.oracle_scm.selection import Node
from hub.sdk.fields import Keys

_CHILD_PAGE = 25
"""Oracle's default. A bare list that is as long may be cut."""


@dataclass(frozen=True)
class Cut:
    """A list of one row that is not all there."""

    row: Row
    accessor: str
    at: Keys


@dataclass
class Children:
    """Completes the lists of rows.

    keys    path of accessors -> attribute that tells the rows of that list apart; () for the page's own rows
    handle  attribute of the page's own rows by which Oracle documents their addresses; where there is none, or a row
            lacks it, the row's own link is asked for
    ties    attributes that tell the page's own rows apart where several share a key
    """

    api: OracleApi
    keys: Mapping[Keys, str]
    handle: str = ""
    ties: Sequence[str] = ()

    def complete(
        self, wanted: Collection, rows: list[Row], at: Keys = (), counts: Callable[[Row], bool] = lambda _: True
    ) -> None:
        """Every list of the rows as a bare list, in place; whole, where the row counts."""
        found = [(row, self._opened(row, wanted.node, at)) for row in rows]
        cuts = [cut for row, opened in found if opened and counts(row) for cut in opened]
        if cuts:
            width = min(len(cuts), self.api.config.max_in_flight)
            with ThreadPoolExecutor(width, thread_name_prefix="oracle children") as pool:
                futures = [pool.submit(copy_context().run, self._fetch, wanted, cut) for cut in cuts]
                for future in futures:
                    future.result()

    def _opened(self, row: Row, node: Node, at: Keys) -> list[Cut]:
        """The row's lists without their envelopes, and which of them, at any depth, is cut."""
        cuts: list[Cut] = []
        for accessor, child in node.children.items():
            value, here = row.get(accessor), (*at, accessor)
            items, is_cut = _without_envelope(value)
            if items is None:
                continue
            row[accessor] = items
            if is_cut:
                cuts.append(Cut(row, accessor, here))
                continue
            inner = [cut for each in items if isinstance(each, dict) for cut in self._opened(each, child, here)]
            cuts += [Cut(row, accessor, here)] if inner else []
        return cuts

    def _fetch(self, wanted: Collection, cut: Cut) -> None:
        """A list from its own address. A list within a list that is cut has its whole parent read again."""
        name = self.keys[cut.at[:-1]]
        number = cut.row.get(name)
        if not isinstance(number, int | str):
            cut.row[cut.accessor] = None  # the map refuses it: nobody can say what else belongs to it
            return
        handle = cut.row.get(self.handle) if len(cut.at) == 1 else None
        parent = (
            f"{wanted.url}/{quote(handle, safe='')}"
            if isinstance(handle, str) and handle
            else self.api.self_path(wanted, Condition(name, "=", number), self._tied(cut))
        )
        node, own = wanted.node.children[cut.accessor], self.keys[cut.at]
        order = (own,) if own in node.attributes else ()
        child = replace(wanted, path=f"{parent}/child/{cut.accessor}", order=order, conditions=(), node=node)
        rows: list[Row] = []
        while True:
            page = self.api.page(child, offset=len(rows))
            rows += page.rows
            if not page.rows or (not page.more and len(page.rows) < page.limit):
                break
        self.complete(child, rows, cut.at)
        cut.row[cut.accessor] = rows

    def _tied(self, cut: Cut) -> dict[str, Any]:
        return {name: cut.row.get(name) for name in self.ties} if len(cut.at) == 1 else {}


def _without_envelope(value: Any) -> tuple[list[Any] | None, bool]:
    """The rows of a list, and whether there may be more; None where it is no list at all, for the map to refuse."""
    if isinstance(value, list):
        return value, len(value) >= _CHILD_PAGE
    if isinstance(value, dict) and isinstance(value.get("items"), list):
        return value["items"], value.get("hasMore") is True
    return None, False
