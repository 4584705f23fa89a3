"""What a shop says of itself, and how many rows its lists have."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from connectors.shopify.api import ShopifyApi
from connectors.shopify.streams import Source
from hub.sdk import SourceChanged

CURRENCY = "query Currency { shop { currencyCode } }"
SCOPES = "query Scopes { currentAppInstallation { accessScopes { handle } } }"
QUANTITY_NAMES = "query QuantityNames { inventoryProperties { quantityNames { name } } }"
QUANTITIES = (
    "available", "on_hand", "committed", "incoming", "reserved", "damaged", "quality_control", "safety_stock",
)  # fmt: skip
"""The names that Shopify documents; a shop may have more."""


def read_currency(api: ShopifyApi) -> str:
    """The shop's currency: prices of products come without one."""
    shop = api.ask(CURRENCY).get("shop")
    code = shop.get("currencyCode") if isinstance(shop, dict) else None
    if not isinstance(code, str):
        raise SourceChanged("the shop tells no currency.", fix="Check `api_version`; report it if it is current.")
    return code


def read_scopes(api: ShopifyApi) -> frozenset[str]:
    """What the app may do in the shop."""
    return scopes_of(api.ask(SCOPES))


def scopes_of(data: Mapping[str, Any]) -> frozenset[str]:
    """The scopes in an answer that asked for them."""
    installed = data.get("currentAppInstallation") or {}
    return frozenset(str(scope.get("handle")) for scope in installed.get("accessScopes") or ())


def read_quantities(api: ShopifyApi) -> tuple[str, ...]:
    """Names of the quantities of an inventory level: those documented, and the shop's own beside them."""
    told = api.ask(QUANTITY_NAMES).get("inventoryProperties")
    names = told.get("quantityNames") if isinstance(told, dict) else None
    found = [each.get("name") for each in names if isinstance(each, dict)] if isinstance(names, list) else []
    own = [name for name in found if isinstance(name, str) and name.isidentifier() and name not in QUANTITIES]
    return (*QUANTITIES, *own)


def count_document(source: Source, query: str) -> str:
    """How many rows a list has, without the upper bound that the count has by itself."""
    arguments = "limit: null" if source.count_all else f"query: {json.dumps(query) if query else 'null'}, limit: null"
    return f"query Count {{ {source.count}({arguments}) {{ count precision }} }}"
