"""What rows refer to by number is put beside it: groups, store views, categories, labels, lines of an order."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from connectors.magento.api import MagentoApi
from connectors.magento.criteria import Filter, Search, number_of
from connectors.magento.lines import fold_memo, is_doubtful
from connectors.magento.rows import Keys, Row, consumed, tidy
from connectors.magento.shop import Shop
from connectors.magento.values import number

_IDS = 100


class Enricher:
    """Makes rows of one kind ready for the maps. `paths` are those that the maps read: nothing else is looked up."""

    def __init__(self, api: MagentoApi, shop: Shop, kind: str, paths: Iterable[Keys]) -> None:
        self.api, self.shop, self.kind = api, shop, kind
        self.paths = set(paths)
        self.needs = {keys[0] for keys in self.paths}
        self.consumed = consumed(kind) - self.needs
        self._parents: dict[int, int] | None = None

    def ready(self, rows: list[Row]) -> list[Row]:
        """The rows, in place."""
        for row in rows:
            tidy(self.kind, row)
        if not rows:
            return rows
        if "group" in self.needs:
            self._refer(
                rows, "customer_group_id" if self.kind == "company" else "group_id", "group", self.shop.groups()
            )
        if "store" in self.needs:
            self._refer(rows, "store_id", "store", self.shop.stores())
        if self.kind == "product":
            self._products(rows)
        if self.kind == "creditmemo":
            self._memos(rows)
        for row in rows:
            for name in self.consumed:
                row.pop(name, None)
        return rows

    @staticmethod
    def _refer(rows: list[Row], name: str, into: str, known: dict[int, Row]) -> None:
        for row in rows:
            row[into] = known.get(number_of(row.get(name)) or 0)

    # -- products ------------------------------------------------------------------------------------------------------

    def _products(self, rows: list[Row]) -> None:
        prices = self.shop.prices() if "shop" in self.needs else None
        categories = self.shop.categories() if "category" in self.needs else {}
        if "parent_id" in self.needs and self._parents is None:
            self._parents = self.shop.parents()
        labels = self.shop.labels(named_attributes(self.paths))
        for row in rows:
            row["shop"] = prices
            row["category"] = _deepest(row, categories)
            row["parent_id"] = (self._parents or {}).get(number_of(row.get("id")) or 0)
            _label(row.get("custom_attributes"), labels)

    # -- credit memos --------------------------------------------------------------------------------------------------

    def _memos(self, rows: list[Row]) -> None:
        doubtful = [row for row in rows if is_doubtful(row)]
        parents = self._line_parents(doubtful) if doubtful else {}
        for row in rows:
            row["lines"] = row["items"]
            if isinstance(row["items"], list):
                row["lines"] = _with_keys(fold_memo(row["items"], parents))
                row["lines"] += _beside(row)

    def _line_parents(self, memos: list[Row]) -> dict[int, int]:
        """Order line -> the one that it is part of, for all lines of these credit memos."""
        wanted = sorted({
            key for row in memos for line in row["items"] if isinstance(line, dict)
            if (key := number_of(line.get("order_item_id"))) is not None
        })  # fmt: skip
        search = Search("orders/items", "item_id", "item_id", "item_id,parent_item_id")
        found: dict[int, int] = {}
        for start in range(0, len(wanted), _IDS):
            ids = wanted[start : start + _IDS]
            asked = search.where(Filter("item_id", "in", ",".join(map(str, ids)))).ordered("item_id")
            for row in self.api.everything(asked, _IDS):
                key, parent = number_of(row.get("item_id")), number_of(row.get("parent_item_id"))
                if key is not None and parent:
                    found[key] = parent
        return found


def named_attributes(paths: Iterable[Keys]) -> set[str]:
    """Product attributes that maps read and that may hold numbers of options; of our own two the kind is known."""
    named = {keys[1] for keys in paths if keys[0] == "custom_attributes" and len(keys) > 1}
    return named - {"cost", "description"}


def _deepest(row: Row, categories: dict[int, Row]) -> Row | None:
    """The most special of a product's categories; the first of those that are equally deep."""
    extension = row.get("extension_attributes")
    links = extension.get("category_links") if isinstance(extension, dict) else None
    ids = [number_of(link.get("category_id")) for link in links or () if isinstance(link, dict)]
    found = [categories[each] for each in ids if each in categories]
    return max(found, key=lambda each: number_of(each.get("level")) or 0, default=None)


def _label(attributes: Any, labels: dict[str, dict[str, str]]) -> None:
    """Numbers of options become their labels; several, as one text with commas."""
    if not isinstance(attributes, dict):
        return
    for code, options in labels.items():
        value = attributes.get(code)
        if value not in (None, ""):
            parts = value if isinstance(value, list) else str(value).split(",")
            attributes[code] = ", ".join(options.get(str(part), str(part)) for part in parts)


def _with_keys(lines: list[Any]) -> list[Any]:
    for line in lines:
        if isinstance(line, dict):
            line["key"] = line.get("entity_id")
    return lines


def _beside(row: Row) -> list[Row]:
    """What a credit memo gives back without goods: shipping with the rest of the tax, and adjustments, which are
    negative where a fee was kept. Nothing where an amount is odd: the map refuses that line."""
    try:
        return _without_goods(row, row.get("entity_id"), [line for line in row["lines"] if isinstance(line, dict)])
    except ArithmeticError:
        return []


def _without_goods(row: Row, key: Any, lines: list[Row]) -> list[Row]:
    found: list[Row] = []
    shipping = number(row.get("shipping_amount")) + number(row.get("shipping_discount_tax_compensation_amount"))
    tax = number(row.get("tax_amount")) - sum((number(line.get("tax_amount")) for line in lines), Decimal(0))
    if shipping or tax:
        found.append({"key": f"{key}:shipping", "row_total": shipping, "tax_amount": tax})
    adjustment = number(row.get("adjustment_positive")) - number(row.get("adjustment_negative"))
    if adjustment:
        found.append({"key": f"{key}:adjustment", "row_total": adjustment})
    return found
