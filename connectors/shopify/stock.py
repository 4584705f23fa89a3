"""Inventory levels. The API has no list of them at its root: all of them hang from the inventory items, and those that
changed from the locations, whose levels can be filtered by the time of their change."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from connectors.shopify.api import ShopifyApi, next_cursor, nodes_of
from connectors.shopify.paging import iso
from connectors.shopify.rows import Row, elements
from connectors.shopify.selection import PAGE_INFO, Style, Tree, render
from hub.sdk import guard_tokens

LOCATION_IDS = """query LocationIds($first: Int!, $after: String) {
  locations(first: $first, after: $after, includeInactive: true, includeLegacy: true, sortKey: ID) {
    nodes { id } pageInfo { hasNextPage endCursor }
  }
}"""


def item_tree(level: Tree) -> Tree:
    """What to ask of an inventory item, so that its levels can be told as the maps want them."""
    below = {name: inner for name, inner in level.items() if name != "item"}
    return {"id": {}, **level.get("item", {}), "inventoryLevels": {"nodes": {"id": {}, **below}}}


def level_tree(level: Tree) -> Tree:
    return {**level, "item": {"id": {}, **level.get("item", {})}}


def levels_of(items: list[Row]) -> list[Row]:
    """The levels of items, each with its item."""
    return [
        {**level, "item": {name: value for name, value in item.items() if name != "inventoryLevels"}}
        for item in items
        for level in elements(item, "inventoryLevels")
    ]


def gone(levels: list[Row]) -> list[str]:
    """Levels that hold no stock any more: the item is not kept there, or its stock is not counted."""
    return [str(level["id"]) for level in levels if level.get("id") and not holds(level)]


def holds(level: Row) -> bool:
    """Whether the level counts: the item is stocked at the location, and its stock is kept."""
    return level.get("isActive") is not False and _item(level).get("tracked") is not False


def _item(level: Row) -> dict[str, Any]:
    item = level.get("item")
    return item if isinstance(item, dict) else {}


def location_document(tree: Tree, style: Style) -> str:
    """A page of the levels of one location."""
    return (
        "query Levels($id: ID!, $first: Int!, $after: String, $query: String) { location(id: $id) { inventoryLevels("
        "first: $first, after: $after, query: $query, includeInactive: true) "
        f"{{ nodes {{ {render(level_tree(tree), style)} }} {PAGE_INFO} }} }} }}"
    )


def changed_levels(api: ShopifyApi, document: str, since: datetime, size: int) -> Iterator[list[Row]]:
    """Pages of levels that changed at or after a moment, location by location."""
    query = f"updated_at:>='{iso(since)}'"
    for gid in _location_ids(api):
        after: str | None = None
        seen: set[str] = set()
        while True:
            data, _ = api.ask_sized(document, {"id": gid, "after": after, "query": query}, size)
            location = data.get("location")
            if location is None:
                break
            found = location.get("inventoryLevels") if isinstance(location, dict) else None
            yield nodes_of(found, "inventoryLevels")
            after = next_cursor(found, "inventoryLevels")
            if after is None:
                break
            guard_tokens(seen, after, "inventoryLevels")


def _location_ids(api: ShopifyApi) -> Iterator[str]:
    after: str | None = None
    seen: set[str] = set()
    while True:
        data, _ = api.ask_sized(LOCATION_IDS, {"after": after}, 250)
        found = data.get("locations")
        yield from (str(node["id"]) for node in nodes_of(found, "locations"))
        after = next_cursor(found, "locations")
        if after is None:
            return
        guard_tokens(seen, after, "locations")
