"""Bulk operations of the simulated shop: refused where the vendor refuses them, done after a few looks."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import msgspec

from connectors.shopify.simulator.plan import Field, Plan, Refused, plan

Row = dict[str, Any]
_encode = msgspec.json.Encoder(decimal_format="string").encode

MAX_CONNECTIONS, MAX_DEPTH = 5, 2
_PATIENCE_SECONDS = 2.0


class Jobs:
    """All operations of one app.

    parallel  how many may run at once
    outcome   what becomes of the next ones: COMPLETED, FAILED …
    looks     how often one must be looked at until it is done
    """

    def __init__(self, run: Callable[[Plan], Iterator[Row]], now: Callable[[], str]) -> None:
        self.parallel = 5
        self.outcome = "COMPLETED"
        self.looks = 2
        self.files: dict[str, bytes] = {}
        self.rows: list[Row] = []
        self._counts: dict[str, tuple[int, int, int]] = {}
        self._run = run
        self._now = now

    def start(self, text: str) -> Row:
        """The payload of bulkOperationRunQuery."""
        try:
            made = plan(text, bulk=True)
            _require_bulk(made)
        except Refused as error:
            return {"bulkOperation": None, "userErrors": [_error("INVALID", each["message"]) for each in error.errors]}
        if sum(row["status"] in {"CREATED", "RUNNING"} for row in self.rows) >= self.parallel:
            message = "A bulk query operation for this app and shop is already in progress."
            code = "OPERATION_IN_PROGRESS" if self.parallel == 1 else "LIMIT_REACHED"
            return {"bulkOperation": None, "userErrors": [_error(code, message)]}
        return {"bulkOperation": self._started(text, made), "userErrors": []}

    def _started(self, text: str, made: Plan) -> Row:
        number = len(self.rows) + 1
        name = f"bulk-{number}.jsonl"
        work = threading.Thread(target=self._write, args=(name, made, self._run(made), random.Random(number)))  # noqa: S311
        row: Row = {
            "__typename": "BulkOperation", "id": f"gid://shopify/BulkOperation/{720_000 + number}", "status": "CREATED",
            "errorCode": None, "createdAt": self._now(), "completedAt": None, "objectCount": "0",
            "rootObjectCount": "0", "fileSize": None, "url": None, "partialDataUrl": None, "query": text,
            "looks": 0, "name": name, "work": work,
        }  # fmt: skip
        self.rows.append(row)
        work.start()
        return row

    def _write(self, name: str, made: Plan, edges: Iterator[Row], dice: random.Random) -> None:
        """Write the file, as long as it takes."""
        lines = [_encode(line) for line in _lines(edges, made.fields[0].fields, None)]
        roots = sum(b',"__parentId":"' not in line for line in lines)
        # Children may come before and after the children of others, though not before their parent's parent.
        dice.shuffle(lines)
        body = b"\n".join([*lines, b""]) if lines else b""
        self._counts[name] = len(lines), roots, len(body)
        self.files[name] = body

    def find(self, gid: str, address: str) -> Row | None:
        """An operation, one look further on. `address` is where its file lies."""
        row = next((row for row in self.rows if row["id"] == gid), None)
        if row is not None and row["status"] in {"CREATED", "RUNNING"}:
            row["looks"] += 1
            row["status"] = "RUNNING"
            if row["looks"] >= self.looks and self._is_written(row):
                self._end(row, address)
        return row

    @staticmethod
    def _is_written(row: Row) -> bool:
        """Whether the file is there; small ones are waited for, so that runs repeat exactly."""
        row["work"].join(_PATIENCE_SECONDS)
        return not row["work"].is_alive()

    def _end(self, row: Row, address: str) -> None:
        objects, roots, size = self._counts[row["name"]]
        row["status"], row["objectCount"], row["rootObjectCount"] = self.outcome, str(objects), str(roots)
        url = f"{address}/_bulk/{row['name']}?signature=simulated"
        if self.outcome == "COMPLETED":
            row |= {"completedAt": self._now(), "url": url if objects else None, "fileSize": str(size)}
        else:
            row |= {"errorCode": "INTERNAL_SERVER_ERROR", "partialDataUrl": url}

    def cancel(self, gid: str) -> Row:
        row = next((row for row in self.rows if row["id"] == gid), None)
        if row is not None:
            row["status"] = "CANCELED"
        return {"bulkOperation": row, "userErrors": []}

    def expire(self) -> None:
        """A week has gone by: the files are not there any more."""
        self.files.clear()
        for row in self.rows:
            row["status"], row["url"] = "EXPIRED", None


def _error(code: str, message: str) -> Row:
    return {"code": code, "field": ["query"], "message": message}


def _require_bulk(made: Plan) -> None:
    if len(made.fields) != 1 or made.fields[0].kind != "connection":
        raise Refused({"message": "Bulk queries must contain exactly one connection at the top."})
    found = list(_connections(made.fields, 0, in_list=False))
    if len(found) > MAX_CONNECTIONS or max(depth for depth, _ in found) > MAX_DEPTH:
        raise Refused({"message": f"Bulk queries are limited to {MAX_CONNECTIONS} connections, {MAX_DEPTH} deep."})
    if any(in_list for _, in_list in found):
        raise Refused({"message": "Queries that contain a connection field within a list field are not supported."})


def _connections(fields: list[Field], depth: int, *, in_list: bool) -> Iterator[tuple[int, bool]]:
    for each in fields:
        if each.kind == "connection":
            yield depth, in_list
            for edges in each.fields:
                if edges.name == "nodes":
                    raise Refused({"message": "Bulk queries take edges and node."})
                for node in edges.fields:
                    if not any(inner.name == "id" for inner in node.fields):
                        raise Refused({"message": "A node with connections must select its id."})
                    yield from _connections(node.fields, depth + 1, in_list=False)
        elif each.fields:
            yield from _connections(each.fields, depth, in_list=in_list or each.kind == "list")


def _lines(edges: Iterable[Row], fields: list[Field], parent: str | None) -> Iterator[Row]:
    """The objects of a connection, one after the other, each without the connections inside of it."""
    inner = next(node for edges in fields if edges.name == "edges" for node in edges.fields)
    below = [each for each in inner.fields if each.kind == "connection"]
    for edge in edges:
        row = dict(edge[inner.key])
        lists = [(row.pop(each.key), each) for each in below]
        if parent is not None:
            row["__parentId"] = parent
        yield row
        for value, each in lists:
            if value is not None:
                yield from _lines(value["edges"], each.fields, row["id"])
