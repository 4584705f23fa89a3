"""Bulk operations: Shopify reads a whole list by itself and leaves a file. No points are charged for what is in it.

Only a COMPLETED operation counts. One that failed, was cancelled or has expired gives no rows at all, whatever partial
file it offers; the caller reads pages then.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from connectors.shopify.api import ShopifyApi, nodes_of
from connectors.shopify.selection import Style, Tree, render
from connectors.shopify.spool import Spool, open_spool
from connectors.shopify.streams import Source
from hub.sdk import AuthError, ConfigError, SourceChanged, SourceUnavailable

log = logging.getLogger(__name__)

START = """mutation BulkStart($query: String!) {
  bulkOperationRunQuery(query: $query, groupObjects: false) {
    bulkOperation { id status } userErrors { code field message }
  }
}"""
POLL = """query BulkPoll($id: ID!) {
  bulkOperation(id: $id) { id status errorCode objectCount rootObjectCount url }
}"""
CANCEL = """mutation BulkCancel($id: ID!) {
  bulkOperationCancel(id: $id) { bulkOperation { id status } userErrors { field message } }
}"""
RUNNING = """query BulkRunning {
  bulkOperations(first: 20, query: "status:created OR status:running") { nodes { id status query } }
}"""

_BUSY = {"OPERATION_IN_PROGRESS", "LIMIT_REACHED"}
_UNDER_WAY = {"CREATED", "RUNNING", "CANCELING"}
_FIRST_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS = 1.0, 30.0
_STARTS = 3


class BulkUnavailable(Exception):
    """No bulk operation can be had now, or it came to nothing: read pages instead."""


@dataclass(frozen=True)
class Operation:
    """A completed operation. `url` is None where there was nothing to write."""

    id: str
    objects: int | None
    roots: int | None
    url: str | None


def bulk_document(source: Source, tree: Tree, style: Style, query: str) -> str:
    """The query that Shopify runs: no variables, no `first`, edges."""
    nodes = render(tree, Style(style.kind, bulk=True, quantities=style.quantities), source.list)
    parts = ([f"query: {_quoted(query)}"] if query else []) + ([source.arguments] if source.arguments else [])
    arguments = f"({', '.join(parts)})" if parts else ""
    return f"{{ {source.list}{arguments} {{ edges {{ node {{ {nodes} }} }} }} }}"


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


class Bulk:
    """Runs bulk operations of one shop."""

    def __init__(self, api: ShopifyApi, wait_minutes: float) -> None:
        self._api = api
        self._wait_seconds = wait_minutes * 60

    def run(self, document: str) -> Operation:
        """Start the query, or take over one that a stopped run has started, and wait for its end."""
        return self._wait(self._running(document) or self._started(document))

    def again(self, gid: str) -> Operation:
        """An operation that was completed before. SourceChanged where its file is gone: the read starts over."""
        operation = self._look(gid)
        if operation is None or operation.get("status") != "COMPLETED":
            raise SourceChanged("the bulk operation has expired.", fix="It is started anew.")
        return _completed(operation)

    @contextmanager
    def spooled(self, operation: Operation, tree: Tree) -> Iterator[Spool]:
        """The rows of a completed operation, on disk and counted."""
        with open_spool(tree) as spool:
            if operation.url is None:
                yield spool
                return
            self._fetch(operation, operation.url, spool)
            yield spool

    def _fetch(self, operation: Operation, url: str, spool: Spool) -> None:
        try:
            with self._api.http.download(url, elsewhere=True) as file:
                spool.fill(file, operation.objects, operation.roots)
        except (AuthError, ConfigError, SourceChanged):  # how a signed link says that its time is over
            raise SourceChanged("the file of the bulk operation is gone.", fix="It is started anew.") from None

    def _started(self, document: str) -> str:
        for attempt in range(1, _STARTS + 1):
            try:
                told = self._api.change(START, {"query": document}).get("bulkOperationRunQuery")
                return _id_of(told)
            except SourceUnavailable:
                # Whether it was started is not known: a mutation is sent once, so look before it is sent again.
                found = self._running(document)
                if found:
                    return found
                if attempt == _STARTS:
                    raise
        raise BulkUnavailable("no bulk operation was started")

    def _running(self, document: str) -> str | None:
        """Our own operation with this very query that is under way."""
        nodes = nodes_of(self._api.ask(RUNNING).get("bulkOperations"), "bulkOperations")
        return next((str(node["id"]) for node in nodes if node.get("query", "").strip() == document), None)

    def _wait(self, gid: str) -> Operation:
        clock = self._api.http.context.clock
        until, pause = clock.monotonic() + self._wait_seconds, _FIRST_PAUSE_SECONDS
        while True:
            operation = self._look(gid)
            status = operation.get("status") if operation else None
            if operation and status == "COMPLETED":
                return _completed(operation)
            if status not in _UNDER_WAY:
                raise _failure(status, operation or {})
            if clock.monotonic() >= until:
                self._api.change(CANCEL, {"id": gid})
                raise BulkUnavailable(f"it was not done within {self._wait_seconds / 60:.0f} minutes")
            self._api.http.sleep(pause)
            pause = min(_LONGEST_PAUSE_SECONDS, pause * 1.5)

    def _look(self, gid: str) -> dict[str, Any] | None:
        found = self._api.ask(POLL, {"id": gid}).get("bulkOperation")
        return found if isinstance(found, dict) else None


def _id_of(told: Any) -> str:
    errors = told.get("userErrors") if isinstance(told, dict) else None
    if errors:
        codes = {str(error.get("code")) for error in errors if isinstance(error, dict)}
        if codes & _BUSY:
            raise BulkUnavailable("all bulk operations of this app are in use")
        raise SourceChanged(
            f"Shopify refused the bulk query ({', '.join(sorted(codes))}).",
            fix="Take out of `fields:` what it cannot read in bulk, or set `bulk_above_rows` to a large number.",
        )
    operation = told.get("bulkOperation") if isinstance(told, dict) else None
    if not isinstance(operation, dict) or not isinstance(operation.get("id"), str):
        raise SourceChanged("the bulk operation has no id.", fix="Report it to the connector's author.")
    return str(operation["id"])


def _failure(status: str | None, operation: dict[str, Any]) -> Exception:
    code = str(operation.get("errorCode") or "")
    if code == "ACCESS_DENIED":
        return AuthError(
            "the bulk operation was refused a field.", fix="Run `hub check`: it names the scopes that are missing."
        )
    return BulkUnavailable(f"it ended as {status}{f' ({code})' if code else ''}")


def _completed(operation: dict[str, Any]) -> Operation:
    objects, roots, url = (operation.get(name) for name in ("objectCount", "rootObjectCount", "url"))
    if not isinstance(url, str) and str(objects) != "0":
        raise SourceChanged("the bulk operation has rows but no file.", fix="It has expired and is started anew.")
    return Operation(str(operation["id"]), _count(objects), _count(roots), url if isinstance(url, str) else None)


def _count(value: Any) -> int | None:
    text = str(value)
    return int(text) if text.isdecimal() else None
