"""Stock of a shop: per source where the inventory modules are installed, else one figure a product."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from connectors.magento.api import MagentoApi
from connectors.magento.criteria import Search, number_of
from connectors.magento.paging import ById, Chunk
from connectors.magento.presence import SMALL_ROWS
from connectors.magento.refusals import NotThere
from connectors.magento.rows import Row
from hub.sdk.http.flight import flight

_HAS_STOCK = frozenset({"simple", "virtual", "downloadable", "giftcard"})
_LEGACY_ROWS = 200
PRODUCTS = Search("products", "entity_id", "id", "id,sku,type_id")


def numbers_by_sku(api: MagentoApi) -> dict[str, int]:
    """Article number -> number of the product, in small letters: Magento's database compares so."""
    found: dict[str, int] = {}
    for chunk in ById(api, PRODUCTS, SMALL_ROWS).chunks(None):
        for row in chunk.rows:
            number = number_of(row.get("id"))
            if number is not None and isinstance(row.get("sku"), str):
                found[_folded(row["sku"])] = number
    return found


def with_numbers(rows: list[Row], numbers: dict[str, int]) -> list[Row]:
    """Source items with the number of their product; none where there is no such product any more."""
    for row in rows:
        number = numbers.get(_folded(row["sku"])) if isinstance(row.get("sku"), str) else None
        row["product_id"] = number
        row["key"] = None if number is None else f"{number}:{row.get('source_code')}"
    return rows


def _folded(sku: str) -> str:
    return sku.strip().lower()


def legacy(api: MagentoApi, place: dict[str, Any] | None) -> Iterator[Chunk]:
    """The older stock, which can only be asked for product by product."""
    for chunk in ById(api, PRODUCTS, _LEGACY_ROWS).chunks(place):
        products = [row for row in chunk.rows if row.get("type_id") in _HAS_STOCK and isinstance(row.get("sku"), str)]
        yield Chunk([row for row in _each(api, products) if row is not None], chunk.place)


def _each(api: MagentoApi, products: list[Row]) -> Iterator[Row | None]:
    with flight(lambda at: _one(api, products[at]), api.config.max_in_flight, "stock") as items:
        for _ in products:
            items.ahead(0, 1, len(products) - 1, alone=False)
            yield items.next()[1]


def _one(api: MagentoApi, product: Row) -> Row | None:
    """The stock of one product; None where it was deleted since."""
    try:
        item = api.get(f"stockItems/{quote(product['sku'], safe='')}")
    except NotThere:
        return None
    return {
        "key": product.get("id"),
        "product_id": product.get("id"),
        "quantity": item.get("qty"),
        "status": int(bool(item.get("is_in_stock"))),
        "manage_stock": item.get("manage_stock"),
    }
