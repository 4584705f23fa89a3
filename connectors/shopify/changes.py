"""What a filter by time of change does not show: rows that are gone, and rows whose children changed without them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from connectors.shopify.api import ShopifyApi, next_cursor, nodes_of
from connectors.shopify.paging import iso
from connectors.shopify.streams import Related, Source
from hub.sdk import guard_tokens

DESTROYED = """query Destroyed($first: Int!, $after: String, $query: String) {
  events(first: $first, after: $after, sortKey: ID, query: $query) {
    nodes { ... on BasicEvent { subjectId subjectType } } pageInfo { hasNextPage endCursor }
  }
}"""


def destroyed(api: ShopifyApi, source: Source, since: datetime) -> Iterator[tuple[str, str]]:
    """(subject, id) of what was deleted at or after a moment. Shopify keeps such events for a year."""
    for subject, _ in source.gone:
        query = f"action:destroy AND subject_type:{subject} AND created_at:>='{iso(since)}'"
        for node in _nodes(api, DESTROYED, "events", query):
            if isinstance(node.get("subjectId"), str) and node.get("subjectType") == subject:
                yield subject, node["subjectId"]


def related_document(related: Related) -> str:
    """A page of the other list, with nothing but the ids of the rows concerned."""
    sort = f", sortKey: {related.sort}" if related.sort else ""
    steps = [step for step in related.path if not step.isdecimal()]
    inner = _braces(steps)
    return (
        "query Related($first: Int!, $after: String, $query: String) "
        f"{{ {related.list}(first: $first, after: $after, query: $query{sort}) "
        f"{{ nodes {{ {inner} }} pageInfo {{ hasNextPage endCursor }} }} }}"
    )


def _braces(steps: list[str]) -> str:
    first, *rest = steps
    if not rest:
        return first
    name = f"{first}(first: 1)" if rest[0] == "nodes" else first
    return f"{name} {{ {_braces(rest)} }}"


def concerned(api: ShopifyApi, source: Source, since: datetime, known: set[str]) -> list[str]:
    """Ids of rows that must be read again because of something else that changed, without those in `known`."""
    found: dict[str, None] = {}
    for related in source.related:
        query = related.filter or f"updated_at:>='{iso(since)}'"
        for node in _nodes(api, related_document(related), related.list, query):
            gid = _at(node, related.path)
            if isinstance(gid, str) and gid not in known:
                found[gid] = None
    return list(found)


def _at(value: Any, path: tuple[str, ...]) -> Any:
    for step in path:
        if isinstance(value, dict):
            value = value.get(step)
        elif isinstance(value, list) and step.isdecimal() and int(step) < len(value):
            value = value[int(step)]
        else:
            return None
    return value


def _nodes(api: ShopifyApi, document: str, name: str, query: str) -> Iterator[dict[str, Any]]:
    after: str | None = None
    seen: set[str] = set()
    while True:
        data, _ = api.ask_sized(document, {"after": after, "query": query}, 250)
        found = data.get(name)
        yield from (node for node in nodes_of(found, name) if isinstance(node, dict))
        after = next_cursor(found, name)
        if after is None:
            return
        guard_tokens(seen, after, name)
