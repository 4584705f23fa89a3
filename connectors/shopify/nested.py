"""Lists inside rows, to their end: an order with more lines than came with it must lose none.

A row's lists come with their first few elements. Where one has more, the rest is asked for by the id of what holds it,
and so on inside of that. Lists that did not come at all (bulk operations refuse some) are asked for, for many at once.
In the end every connection is `{"nodes": [...]}`, whichever way it came.
"""

from __future__ import annotations

import logging
from collections.abc import Generator, Iterator
from dataclasses import dataclass, replace
from typing import Any

from connectors.shopify.api import ShopifyApi, next_cursor, nodes_of
from connectors.shopify.rows import Row, elements
from connectors.shopify.selection import PLAIN_LIMIT, PLAIN_LISTS, Style, Tree, connection, render
from hub.sdk import SourceChanged, guard_tokens

log = logging.getLogger(__name__)

_PAGE = 250
_SHORT_PAGE, _HOLDERS = 25, 10
"""Elements a holder, and holders a request, where several lists go on."""


@dataclass(frozen=True)
class Branch:
    """A field with connections in it, or that is one.

    below   all that is asked of it
    inner   the fields of its object or nodes that lead to further connections
    """

    below: Tree
    inner: Branches

    @property
    def is_connection(self) -> bool:
        return "nodes" in self.below


Branches = dict[str, Branch]


def branches(tree: Tree) -> Branches:
    """Of all that is asked, what leads to connections: most of a row does not, and is not looked through."""
    found = {name: Branch(below, branches(below.get("nodes", below))) for name, below in tree.items() if below}
    return {name: branch for name, branch in found.items() if branch.is_connection or branch.inner}


@dataclass(frozen=True)
class Gap:
    """A connection of a holder that goes on after a cursor, or was not sent yet."""

    holder: Row
    name: str
    branch: Branch
    after: str | None


class Nested:
    """Completes the rows of one kind. `api` is asked only where something is missing."""

    def __init__(self, api: ShopifyApi, tree: Tree, style: Style) -> None:
        self._api = api
        self._tree = tree
        self._branches = branches(tree)
        self._style = Style(style.kind, quantities=style.quantities)

    def complete(self, rows: list[Row], *, whole_lists: bool = False) -> list[Row]:
        """The rows, in place, with all their lists complete. `whole_lists`: lists without pages came in full."""
        if not whole_lists:
            self._refill(rows)
        gaps = [gap for row in rows for gap in self._gaps(row, self._branches)]
        while gaps:
            gaps = [*self._start([gap for gap in gaps if gap.after is None]), *self._go_on(gaps)]
        for row in rows:
            _plain(row, self._branches)
        return rows

    # -- what is asked ---------------------------------------------------------------------------------------------

    def start_document(self, kind: str, name: str, below: Tree) -> str:
        """The first elements of a connection, for many holders at once."""
        selected = render({name: below}, self._style)
        return f"query Rest($ids: [ID!]!) {{ nodes(ids: $ids) {{ id ... on {kind} {{ {selected} }} }} }}"

    def page_document(self, kind: str, name: str, below: Tree) -> str:
        """One more page of the connection of one holder."""
        extra = ", includeInactive: true" if name == "inventoryLevels" else ""
        return (
            f"query More($id: ID!, $first: Int!, $after: String) {{ node(id: $id) {{ ... on {kind} "
            f"{{ {name}(first: $first, after: $after{extra}) {{ {connection(below, self._style, name)} }} }} }} }}"
        )

    def pages_document(self, kind: str, name: str, below: Tree, holders: int) -> str:
        """One more page of the connection of several holders."""
        extra = ", includeInactive: true" if name == "inventoryLevels" else ""
        inner = connection(below, self._style, name)
        variables = ", ".join(f"$id{place}: ID!, $after{place}: String" for place in range(holders))
        parts = (
            f"n{place}: node(id: $id{place}) {{ ... on {kind} "
            f"{{ {name}(first: {_SHORT_PAGE}, after: $after{place}{extra}) {{ {inner} }} }} }}"
            for place in range(holders)
        )
        return f"query Several({variables}) {{ {' '.join(parts)} }}"

    def refill_document(self, name: str, below: Tree) -> str:
        """All of a list without pages, without the connections inside."""
        selected = render(below, Style(self._style.kind, bulk=True), name, in_list=True)
        kind = self._style.kind
        return (
            f"query All($ids: [ID!]!) {{ nodes(ids: $ids) {{ id ... on {kind} "
            f"{{ {name}(first: {PLAIN_LIMIT}) {{ {selected} }} }} }} }}"
        )

    # -- what is missing -------------------------------------------------------------------------------------------

    def _gaps(self, holder: Row, found: Branches) -> Iterator[Gap]:
        for name, branch in found.items():
            if branch.is_connection:
                yield from self._gaps_of(holder, name, branch)
                continue
            for each in _objects(holder.get(name)):
                yield from self._gaps(each, branch.inner)

    def _gaps_of(self, holder: Row, name: str, branch: Branch) -> Iterator[Gap]:
        if name not in holder:
            if isinstance(holder.get("id"), str):
                yield Gap(holder, name, branch, None)
            return
        found = holder[name]
        info = found.get("pageInfo") if isinstance(found, dict) else None
        if isinstance(info, dict) and info.get("hasNextPage"):
            yield Gap(holder, name, branch, next_cursor(found, name))
        if branch.inner:
            for node in elements(holder, name):
                yield from self._gaps(node, branch.inner)

    # -- connections that did not come at all ----------------------------------------------------------------------

    def _start(self, gaps: list[Gap]) -> Iterator[Gap]:
        """Ask for the first elements of each; yields what goes on after them."""
        groups: dict[tuple[str, str], list[Gap]] = {}
        for gap in gaps:
            groups.setdefault((_type_of(gap.holder["id"]), gap.name), []).append(gap)
        for (kind, name), group in groups.items():
            document = self.start_document(kind, name, group[0].branch.below)
            found = self._api.ask_batch(document, [gap.holder["id"] for gap in group])
            for gap, node in zip(group, found, strict=True):
                # What is gone by now has nothing more; its own change or deletion comes with the next run.
                gap.holder[name] = node[name] if isinstance(node, dict) else {"nodes": []}
                yield from self._gaps_of(gap.holder, name, gap.branch)

    # -- connections that go on ------------------------------------------------------------------------------------

    def _go_on(self, gaps: list[Gap]) -> Iterator[Gap]:
        """Read connections to their end: several holders' at once, the last one in pages as large as allowed. Yields
        what is missing inside of the new nodes."""
        groups: dict[tuple[str, str], list[Gap]] = {}
        for gap in gaps:
            if gap.after is not None:
                groups.setdefault((_type_of(str(gap.holder.get("id"))), gap.name), []).append(gap)
        for (kind, name), group in groups.items():
            left = group
            while len(left) > 1:
                size = self._api.batch_size(f"{kind}.{name}", _HOLDERS)
                left = [*(yield from self._several(kind, name, left[:size])), *left[size:]]
            for gap in left:
                yield from self._alone(kind, gap)
            for gap in group:
                gap.holder[name] = {"nodes": _unrepeated(gap.holder[name]["nodes"])}

    def _several(self, kind: str, name: str, gaps: list[Gap]) -> Generator[Gap, None, list[Gap]]:
        """One more page of each. Returns those that go on still."""
        document = self.pages_document(kind, name, gaps[0].branch.below, len(gaps))
        variables = {f"{key}{place}": value for place, gap in enumerate(gaps)
                     for key, value in (("id", gap.holder["id"]), ("after", gap.after))}  # fmt: skip
        data = self._api.ask_shared(f"{kind}.{name}", document, variables, len(gaps))
        if data is None:
            return gaps
        left: list[Gap] = []
        for place, gap in enumerate(gaps):
            after = yield from self._taken(gap, data.get(f"n{place}"))
            if after is not None:
                left.append(replace(gap, after=after))
        return left

    def _alone(self, kind: str, gap: Gap) -> Iterator[Gap]:
        document = self.page_document(kind, gap.name, gap.branch.below)
        after, seen = gap.after, set[str]()
        while after is not None:
            guard_tokens(seen, after, gap.name)
            data, _ = self._api.ask_sized(document, {"id": gap.holder["id"], "after": after}, _PAGE)
            after = yield from self._taken(gap, data.get("node"))

    def _taken(self, gap: Gap, node: Any) -> Generator[Gap, None, str | None]:
        """Add a page to a holder's list. Returns where it goes on; what is gone by now has nothing more."""
        if node is None:
            return None
        found = node.get(gap.name) if isinstance(node, dict) else None
        new = nodes_of(found, gap.name)
        gap.holder[gap.name]["nodes"] += new
        for each in _objects(new):
            yield from self._gaps(each, gap.branch.inner)
        after = next_cursor(found, gap.name)
        if after is not None and after == gap.after:
            raise SourceChanged(f'"{gap.name}" does not go on.', fix="Report it to the connector's author.")
        return after

    # -- lists without pages ---------------------------------------------------------------------------------------

    def _refill(self, rows: list[Row]) -> None:
        """Ask again for lists that may have been cut off; their own lists come afterwards."""
        for name, first in PLAIN_LISTS.items():
            below = self._tree.get(name)
            cut = [row for row in rows if isinstance(row.get(name), list) and len(row[name]) >= first]
            if not below or not cut:
                continue
            found = self._api.ask_batch(self.refill_document(name, below), [str(row["id"]) for row in cut])
            for row, node in zip(cut, found, strict=True):
                self._take_all(row, name, node)

    def _take_all(self, row: Row, name: str, node: Any) -> None:
        if not isinstance(node, dict):
            return
        whole = node.get(name)
        if not isinstance(whole, list):
            raise SourceChanged(f'"{name}" is no list.', fix="Check `api_version`; report it if it is current.")
        if len(whole) >= PLAIN_LIMIT:
            log.warning("%s has %d %s or more; Shopify tells no others", row.get("id"), PLAIN_LIMIT, name)
        row[name] = whole


def _type_of(gid: str) -> str:
    """`gid://shopify/Order/1` -> `Order`."""
    parts = gid.split("/")
    if len(parts) < 5 or not parts[3].isalnum():
        raise SourceChanged("an id has not the form of Shopify's ids.", fix="Report it to the connector's author.")
    return parts[3]


def _unrepeated(nodes: list[Any]) -> list[Any]:
    """A list that changed while it was read can show an element twice; the later one counts."""
    if not all(isinstance(node, dict) and node.get("id") for node in nodes):
        return nodes
    return list({str(node["id"]): node for node in nodes}.values())


def _objects(found: Any) -> Iterator[Row]:
    """The objects of a plain list, or the one object."""
    for each in found if isinstance(found, list) else (found,):
        if isinstance(each, dict):
            yield each


def _plain(holder: Row, found: Branches) -> None:
    """Take out what only told how to go on."""
    for name, branch in found.items():
        value = holder.get(name)
        if branch.is_connection and isinstance(value, dict):
            value.pop("pageInfo", None)
            inside: Iterator[Row] = elements(holder, name)
        else:
            inside = _objects(value)
        if branch.inner:
            for each in inside:
                _plain(each, branch.inner)
