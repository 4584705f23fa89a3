"""A list at the root of the API, page by page, past the number of rows at which Shopify ends a list."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from connectors.shopify.api import ShopifyApi, next_cursor, nodes_of
from connectors.shopify.rows import Row
from connectors.shopify.selection import PAGE_INFO, Style, Tree, render
from connectors.shopify.streams import Source
from hub.sdk import SourceChanged, guard_tokens

LIST_LIMIT = 25_000
"""A list ends after so many rows, without a word. Before that, a new list is begun where the last one stopped."""
_MAX_EMPTY_PAGES = 50


@dataclass(frozen=True)
class Chunk:
    """Rows of one page, and where to go on after it; None on the last one."""

    rows: list[Row]
    resume: dict[str, Any] | None


def iso(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def window(source: Source, since: datetime | None, until: datetime | None, start: str | None = None) -> str:
    """The filter of a list: changed at or after `since`, before `until`; `start` is the key a new list begins at."""
    terms = [source.filter] if source.filter else []
    if since is not None and not (start and source.sort == "UPDATED_AT"):
        terms.append(f"updated_at:>='{iso(since)}'")
    if until is not None:
        terms.append(f"updated_at:<'{iso(until)}'")
    if start:
        terms.append(f"updated_at:>='{start}'" if source.sort == "UPDATED_AT" else f"id:>{start}")
    return " AND ".join(terms)


def page_document(source: Source, tree: Tree, style: Style) -> str:
    """A page of the list. The nodes are sorted by what they are filtered by, so that a run can stop anywhere."""
    sort = f", sortKey: {source.sort}" if source.sort else ""
    extra = f", {source.arguments}" if source.arguments else ""
    nodes = render(tree, style, source.list)
    return (
        f"query Page($first: Int!, $after: String, $query: String) {{ {source.list}"
        f"(first: $first, after: $after, query: $query{sort}{extra}) {{ nodes {{ {nodes} }} {PAGE_INFO} }} }}"
    )


class Walk:
    """One reading of a list, oldest change first (or by id, where the list has no other order)."""

    def __init__(
        self, api: ShopifyApi, source: Source, document: str, *, page_size: int, limit: int = LIST_LIMIT
    ) -> None:
        self._api = api
        self._source = source
        self._document = document
        self._page_size = page_size
        self._limit = limit

    def chunks(self, since: datetime | None, until: datetime | None, resume: dict[str, Any] | None) -> Iterator[Chunk]:
        after: str | None = resume["after"] if resume else None
        start: str | None = resume["start"] if resume else None
        count: int = resume["count"] if resume else 0
        seen: set[str] = set()
        empty = 0
        while True:
            query = window(self._source, since, until, start)
            wanted = {"after": after, "query": query or None}
            data, first = self._api.ask_sized(self._document, wanted, self._page_size)
            found = data.get(self._source.list)
            rows = nodes_of(found, self._source.list)
            after = next_cursor(found, self._source.list)
            count += len(rows)
            if after is not None:
                guard_tokens(seen, after, self._source.list)
                empty = 0 if rows else empty + 1
                self._require_progress(empty)
            if count + first > self._limit and rows:
                start, after, count = self._next_start(rows[-1], start), None, 0
                seen.clear()
                yield Chunk(rows, {"after": None, "start": start, "count": 0})
                continue
            yield Chunk(rows, {"after": after, "start": start, "count": count} if after else None)
            if after is None:
                return

    def _next_start(self, last: Any, start: str | None) -> str:
        """Where the next list begins: at the stamp of the last row, since others may have the same."""
        if self._source.sort == "UPDATED_AT":
            key = last.get("updatedAt") if isinstance(last, dict) else None
        else:
            key = str(last.get("id", "")).rpartition("/")[2] if isinstance(last, dict) else None
        if not isinstance(key, str) or not key or "'" in key or key == start:
            raise SourceChanged(
                f"more than {self._limit} rows were changed in the same second, more than a list of Shopify's shows.",
                fix="Set `bulk_above_rows: 0`: a bulk operation has no such limit.",
            )
        return key

    def _require_progress(self, empty: int) -> None:
        if empty >= _MAX_EMPTY_PAGES:
            raise SourceChanged(
                f"{empty} empty pages came in a row, each promising another.",
                fix="The list would never end; report it to the connector's author.",
            )


def by_ids_document(source: Source, tree: Tree, style: Style) -> str:
    """Rows by their ids."""
    nodes = render(tree, style, source.list)
    return f"query ByIds($ids: [ID!]!) {{ nodes(ids: $ids) {{ ... on {source.type} {{ {nodes} }} }} }}"
