"""From the paths that the maps read to the fields that a query asks for."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from connectors.shopify.rows import DERIVED, NAMED_BY_DATA, Keys, Row
from hub.sdk import ConfigError

Tree = dict[str, Any]
"""Field -> what is asked of it; {} for a value."""

FIRST = {"addressesV2": 3, "contacts": 5, "locations": 3, "lineItems": 10, "fulfillmentLineItems": 10,
         "refundLineItems": 5, "returns": 2, "returnLineItems": 5, "inventoryLevels": 5}  # fmt: skip
"""Elements of a list inside a row that come with it; the rest is asked for where there are more. Shopify charges for
what might come, so that a large number here makes the pages small."""
_FIRST_OTHERS = 10
_FIRST_IN = {("Product", "variants"): 5, ("InventoryItem", "variants"): 1}

PLAIN_LISTS = {"fulfillments": 3, "refunds": 3}
"""Lists without pages: asked for again, all of it, where as many come as were asked for."""
PLAIN_LIMIT = 250

_FRAGMENTS = {
    ("purchasingEntity", "company"): "PurchasingCompany",
    ("purchasingEntity", "contact"): "PurchasingCompany",
    ("purchasingEntity", "location"): "PurchasingCompany",
    ("returnLineItems", "fulfillmentLineItem"): "ReturnLineItem",
    ("returnLineItems", "restockingFee"): "ReturnLineItem",
}
"""Fields that only one type of an interface or union has."""

PAGE_INFO = "pageInfo { hasNextPage endCursor }"
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def tree_of_paths(paths: Iterable[Keys]) -> Tree:
    """What is asked of a row, from paths of the schema. ConfigError where a path can be no field at all; whether
    Shopify has the field is Shopify's to say."""
    tree: Tree = {"id": {}}
    for keys in paths:
        _plant(tree, keys)
    return tree


def schema_paths(kind: str, keys: Keys) -> Iterator[Keys]:
    """The paths of the schema that a path of a map stands for."""
    derived = DERIVED.get(kind, {})
    for length in range(len(keys), 0, -1):
        if keys[:length] in derived:
            rest = () if keys[:length] in NAMED_BY_DATA else keys[length:]
            yield from ((*real, *rest) for real in derived[keys[:length]])
            return
    yield keys


def _plant(tree: Tree, keys: Keys) -> None:
    """Add a path. Numbers are places in a list, and no fields. A custom field is one step, however long its key."""
    for place, key in enumerate(keys):
        if key == "metafield":
            tree.setdefault(":".join(keys[place:]), {})
            return
        if not key.isdecimal():
            if not _NAME.fullmatch(key):
                raise ConfigError(
                    f"`{'.'.join(keys)}` cannot be a field of Shopify's.",
                    fix="Under `fields:`, name fields of the Admin GraphQL API, or `metafield.KEY`.",
                )
            tree = tree.setdefault(key, {})
            if key == "nodes" or key in PLAIN_LISTS:
                tree.setdefault("id", {})


@dataclass(frozen=True)
class Style:
    """How lists are asked for.

    kind        type of the rows
    bulk        Shopify pages by itself and writes edges; lists inside plain lists are refused there, and left out
    quantities  names of the inventory quantities of this shop
    """

    kind: str
    bulk: bool = False
    quantities: tuple[str, ...] = ()


def render(tree: Tree, style: Style, holder: str = "", *, in_list: bool = False) -> str:
    """The text between the braces. Connections inside of lists (`in_list`) are left out: bulk operations refuse some,
    and on a page they would be paid for as often as the lists may have elements. `nested.py` asks for them, for many
    rows at once."""
    parts: list[str] = []
    fragments: dict[str, list[str]] = {}
    for name, below in sorted(tree.items()):
        if in_list and "nodes" in below:
            continue
        text = _field(name, below, style, in_list=in_list)
        kind = _FRAGMENTS.get((holder, name))
        (parts if kind is None else fragments.setdefault(kind, [])).append(text)
    parts += [f"... on {kind} {{ {' '.join(texts)} }}" for kind, texts in fragments.items()]
    return " ".join(parts)


def _field(name: str, below: Tree, style: Style, *, in_list: bool) -> str:
    if name.startswith("metafield:"):
        return _metafield(name)
    if "nodes" in below:
        return f"{name}{_arguments(name, style)} {{ {connection(below, style, name)} }}"
    if name == "quantities":
        names = ", ".join(f'"{each}"' for each in style.quantities)
        return f"quantities(names: [{names}]) {{ {render(below, style)} }}"
    if not below:
        return name
    if name in PLAIN_LISTS and not style.bulk:
        return f"{name}(first: {PLAIN_LISTS[name]}) {{ {render(below, style, name, in_list=True)} }}"
    return f"{name} {{ {render(below, style, name, in_list=in_list or name in PLAIN_LISTS)} }}"


def connection(below: Tree, style: Style, name: str) -> str:
    """What is asked of a connection."""
    nodes = render(below["nodes"], style, name, in_list=not style.bulk)
    return f"edges {{ node {{ {nodes} }} }}" if style.bulk else f"nodes {{ {nodes} }} {PAGE_INFO}"


def _arguments(name: str, style: Style) -> str:
    first = _FIRST_IN.get((style.kind, name)) or FIRST.get(name, _FIRST_OTHERS)
    parts = ([] if style.bulk else [f"first: {first}"]) + (
        ["includeInactive: true"] if name == "inventoryLevels" else []
    )
    return f"({', '.join(parts)})" if parts else ""


def _metafield(name: str) -> str:
    """`metafield.vat` is the key `vat` in the namespace `custom`, which Shopify's admin uses; `metafield.ns.key` names
    another one."""
    space, key = (json.dumps(part) for part in _place(name))
    return f"{_alias(name)}: metafield(namespace: {space}, key: {key}) {{ value }}"


def _place(name: str) -> tuple[str, str]:
    _, *keys = name.split(":")
    return ("custom", keys[0]) if len(keys) == 1 else (keys[0], ".".join(keys[1:]))


def _alias(name: str) -> str:
    """A name that GraphQL allows, another one for each custom field."""
    return "m_" + name.removeprefix("metafield:").encode().hex()


def restore_metafields(row: Row, tree: Tree) -> None:
    """Put the values of custom fields where the maps look for them, here and in everything below."""
    for name, below in tree.items():
        if name.startswith("metafield:"):
            if _alias(name) not in row:  # done already: levels of one item share what hangs from it
                continue
            found = row.pop(_alias(name))
            _, *keys = name.split(":")
            place: Row = row.setdefault("metafield", {})
            for key in keys[:-1]:
                place = place.setdefault(key, {})
            place[keys[-1]] = found.get("value") if isinstance(found, dict) else found
        elif has_metafields(below):
            inner = row.get(name)
            for each in inner if isinstance(inner, list) else (inner,):
                if isinstance(each, dict):
                    restore_metafields(each, below)


def has_metafields(tree: Tree) -> bool:
    return any(name.startswith("metafield:") or has_metafields(below) for name, below in tree.items())
