"""Lines of configurable products and bundles: which one counts, and with whose money. Pure.

Magento sends a line for what was bought and one for each part of it. The line bought counts, its parts never do
(`parent_source_id`). Of a configurable product the part is what lies on the shelf, so the line points to that product.
A bundle that is priced by its parts may carry money on these only; then it is summed up into the bundle's line.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from connectors.magento.values import number

Line = dict[str, Any]

_MONEY = ("row_total", "discount_amount", "tax_amount", "discount_tax_compensation_amount")


def fold_order(row: dict[str, Any]) -> None:
    """The lines of an order, in place."""
    items = row.get("items")
    if not isinstance(items, list):
        return
    lines = [line for line in items if isinstance(line, dict)]
    rate = row.get("base_to_order_rate")
    for line in lines:
        line["rate"] = rate
        line["sold_product_id"] = line.get("product_id")
        line["unit_cost"] = line.get("base_cost")
    for parent, parts in _families(lines, "item_id", lambda line: line.get("parent_item_id")):
        if parent.get("product_type") == "configurable":
            parent["sold_product_id"] = parts[0].get("product_id")
        _sum_up(parent, parts, "qty_ordered")


def fold_memo(items: list[Any], parents: Mapping[int, int]) -> list[Any]:
    """The lines of a credit memo that count. `parents`: order line -> the order line that it is part of."""
    lines = [line for line in items if isinstance(line, dict)]
    for line in lines:
        line["sold_product_id"] = line.get("product_id")
    parts: set[int] = set()
    for parent, children in _families(lines, "order_item_id", lambda line: parents.get(line.get("order_item_id") or 0)):
        parts.update(map(id, children))
        if len(children) == 1 and children[0].get("sku") == parent.get("sku"):
            parent["sold_product_id"] = children[0].get("product_id")
        _sum_up(parent, children, "qty")
    return [line for line in items if id(line) not in parts]


def is_doubtful(row: Mapping[str, Any]) -> bool:
    """Whether a credit memo may hold parts beside what they are parts of: lines without money, or too much of it."""
    items = row.get("items")
    lines = [line for line in items if isinstance(line, dict)] if isinstance(items, list) else []
    try:
        totals = [number(line.get("row_total")) for line in lines]
        return any(not total for total in totals) or sum(totals, Decimal(0)) != number(row.get("subtotal"))
    except ArithmeticError:
        return False


def _families(lines: list[Line], key: str, parent_of: Any) -> list[tuple[Line, list[Line]]]:
    """Each line that has parts, with them. A part whose whole did not come stands for itself."""
    parts = [(line, above) for line in lines if isinstance(above := parent_of(line), int | str) and above]
    if not parts:
        return []
    by_key = {line[key]: line for line in lines if isinstance(line.get(key), int | str)}
    found: dict[int, tuple[Line, list[Line]]] = {}
    for line, above in parts:
        parent = by_key.get(above)
        if parent is not None and parent is not line:
            found.setdefault(id(parent), (parent, []))[1].append(line)
    return list(found.values())


def _sum_up(parent: Line, parts: list[Line], quantity: str) -> None:
    """Amounts that the whole lacks and its parts have. An odd value is left for the map to refuse."""
    try:
        for name in _MONEY:
            if not number(parent.get(name)) and (total := sum((number(part.get(name)) for part in parts), Decimal(0))):
                parent[name] = total
        if not number(parent.get("price")) and number(parent.get(quantity)):
            parent["price"] = number(parent.get("row_total")) / number(parent.get(quantity))
        if parent.get("product_type") == "bundle" and number(parent.get(quantity)):
            cost = sum((number(part.get("base_cost")) * number(part.get(quantity)) for part in parts), Decimal(0))
            parent["unit_cost"] = cost / number(parent.get(quantity))
    except ArithmeticError:
        return
