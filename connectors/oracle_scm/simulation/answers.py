"""The answers of the simulated pod: envelopes, pages, children in the shape of the framework version, refusals."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING, Any

from connectors.oracle_scm.simulation.schema import Resource
from connectors.oracle_scm.simulation.search import Wrong, comparisons, expanded, fields_of
from hub.sdk.simulator import Refuse, Request

if TYPE_CHECKING:
    from connectors.oracle_scm.simulation.pod import OracleScmSimulator

Row = dict[str, Any]

_DATES = frozenset({"offset", "zulu"})
_KNOWN = {
    "q", "fields", "expand", "limit", "offset", "orderBy", "onlyData", "totalResults", "links", "finder", "dependency",
}  # fmt: skip
_RANGE = 25


@dataclass(frozen=True)
class Asked:
    """What a request asks for."""

    request: Request
    params: dict[str, str]
    framework: int

    @staticmethod
    def of(request: Request) -> Asked:
        told = request.headers.get("rest-framework-version", "1")
        return Asked(request, dict(request.query_params), int(told) if told.isdecimal() else 1)

    def refusal(self, status: int, detail: str) -> Refuse:
        """Framework versions before 4 answer with a plain text."""
        if self.framework < 4:
            return Refuse(status, detail)
        titles = {400: "Bad Request", 403: "Forbidden", 404: "Not Found"}
        details = [{"detail": detail, "o:errorCode": "27520", "o:errorPath": "/problem"}]
        return Refuse(status, {"title": titles[status], "status": str(status), "o:errorDetails": details})

    def number(self, name: str, default: int) -> int:
        text = self.params.get(name, str(default))
        if not text.isdecimal():
            raise Wrong(f"URL request parameter {name} is not a number.")
        return int(text)

    def flag(self, name: str) -> bool:
        return self.params.get(name) == "true"


@dataclass
class Answerer:
    """Answers one request of one pod. `root`: what links begin with."""

    pod: OracleScmSimulator
    asked: Asked
    root: str

    @cached_property
    def only_data(self) -> bool:
        """Whether links are left out."""
        return self.asked.flag("onlyData")

    def collection(self, name: str, shape: Resource, forms: frozenset[str] | None) -> Row:
        """A page of a resource."""
        expression = self.asked.params.get("q", "")
        if expression and self.asked.framework < 2:
            raise Wrong("URL request parameter q cannot be used in this context.")
        self._require_known()
        tests = comparisons(expression, shape, forms or _DATES)
        tree, order = self._tree(shape), self._order(shape)
        index = self.pod.index(name)
        found = index.found(tests, sorted_by_key=bool(order))
        limit, offset = self._limit(), self.asked.number("offset", 0)
        total = None
        if self.asked.flag("totalResults"):
            found_all = list(found)
            total, found = len(found_all), iter(found_all)
        near = list(islice(found, offset + 2 * limit + 1))
        window = self.pod.window(self.asked.request, near, offset, limit)
        table = self.pod.table_of(name)
        rows = [self._picked(self.pod.row(table, slim) | _own(slim), shape, tree, name) for slim in window]
        body = self._envelope(rows, more=len(near) > offset + limit, limit=limit, offset=offset)
        return body if total is None else {**body, "totalResults": total}

    def children(self, name: str, shape: Resource, steps: list[str]) -> Row:
        """A list of children by its own address: KEY/child/lines, and on below."""
        self._require_known()
        row, here = self.pod.find(name, steps[0]), shape
        if row is None:
            raise self.asked.refusal(404, "The requested resource does not exist.")
        rest, path = steps[1:], f"{name}/{steps[0]}"
        while True:
            if len(rest) < 2 or rest[0] != "child" or rest[1] not in here.children:
                raise self.asked.refusal(404, "The requested resource does not exist.")
            items, here, path = row[rest[1]], here.children[rest[1]], f"{path}/child/{rest[1]}"
            rest = rest[2:]
            if not rest:
                break
            row = next((each for each in items if str(each[here.key]) == rest[0]), None)
            if row is None:
                raise self.asked.refusal(404, "The requested resource does not exist.")
            path, rest = f"{path}/{rest[0]}", rest[1:]
        return self._child_page(items, here, path)

    def _child_page(self, items: list[Row], here: Resource, path: str) -> Row:
        tests = comparisons(self.asked.params.get("q", ""), here, _DATES)
        tree = self._tree(here)
        self._order(here)
        found = [each for each in items if all(test.passes(each[test.attribute]) for test in tests)]
        found.sort(key=lambda each: each[here.key])
        limit, offset = self._limit(), self.asked.number("offset", 0)
        rows = [self._picked(each, here, tree, path) for each in found[offset : offset + limit]]
        return self._envelope(rows, more=len(found) > offset + limit, limit=limit, offset=offset)

    def _require_known(self) -> None:
        unknown = self.asked.params.keys() - _KNOWN
        if unknown:
            raise Wrong(f"URL request parameter {min(unknown)} cannot be used in this context.")

    def _limit(self) -> int:
        return max(1, min(self.asked.number("limit", _RANGE), self.pod.page_rows))

    def _tree(self, shape: Resource) -> dict[str, Any]:
        """`fields` wins over `expand`."""
        if "fields" in self.asked.params:
            return fields_of(self.asked.params["fields"], shape)
        return expanded(self.asked.params.get("expand", ""), shape)

    def _order(self, shape: Resource) -> list[str]:
        names = [part.partition(":")[0] for part in self.asked.params.get("orderBy", "").split(",") if part]
        for name in names:
            if name not in shape.attributes:
                raise Wrong(f"The attribute {name} cannot be used to sort.")
        return names

    # -- shapes --------------------------------------------------------------------------------------------------------

    def _envelope(self, rows: Iterable[Row], *, more: bool, limit: int, offset: int) -> Row:
        items = list(rows)
        body = {"items": items, "count": len(items), "hasMore": more, "limit": limit, "offset": offset}
        return body if self.only_data else {**body, "links": []}

    def _picked(self, row: Row, shape: Resource, tree: dict[str, Any], path: str) -> Row:
        picked = {name: row.get(name) for name, inner in tree.items() if inner is None}
        for name, child in shape.children.items():
            if tree.get(name) is not None:
                picked[name] = self._list(row[name], child, tree[name], f"{path}/x/child/{name}")
        if not self.only_data:
            own = f"{self.root}/{self._own_path(row, shape, path)}"
            picked["links"] = [{"rel": "self", "href": own, "kind": "item"}]
        return picked

    def _own_path(self, row: Row, shape: Resource, path: str) -> str:
        if "/child/" in path:
            return f"{path}/{row[shape.key]}"
        from connectors.oracle_scm.simulation.pod import handle_of, path_of

        return f"{path}/{path_of(handle_of(path, row))}"

    def _list(self, items: list[Row], shape: Resource, tree: dict[str, Any], path: str) -> Any:
        """Children, cut at a page; before framework version 3 nothing tells of it."""
        cut = items[: self.pod.child_rows]
        rows = [self._picked(each, shape, tree, path) for each in cut]
        if self.asked.framework < 3:
            return rows
        return self._envelope(rows, more=len(items) > len(cut), limit=self.pod.child_rows, offset=0)


def _own(slim: Row) -> Row:
    """What an entry holds beside its row: the organization that an item is listed in once more."""
    return {"OrganizationCode": slim["OrganizationCode"]} if "OrganizationCode" in slim else {}
