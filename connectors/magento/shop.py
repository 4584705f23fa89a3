"""Facts of a shop that rows refer to by number: store views with their currencies, groups, categories, labels."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from connectors.magento.api import MagentoApi
from connectors.magento.criteria import Filter, Search, number_of
from connectors.magento.rows import Row

T = TypeVar("T")

_PAGE = 300
_LABELLED = ("select", "multiselect")


class Shop:
    """Asked for when first needed, and kept for the life of the connector. Safe to use from several threads."""

    def __init__(self, api: MagentoApi) -> None:
        self._api = api
        self._kept: dict[str, Any] = {}
        self._lock = threading.RLock()

    def _once(self, name: str, ask: Callable[[], T]) -> T:
        with self._lock:
            if name not in self._kept:
                self._kept[name] = ask()
            found: T = self._kept[name]
            return found

    # -- store views ---------------------------------------------------------------------------------------------------

    def stores(self) -> dict[int, Row]:
        """Number of a store view -> its settings, with the code of its `website` and its `language` as a tag."""
        return self._once("stores", self._read_stores)

    def _read_stores(self) -> dict[int, Row]:
        websites = {row.get("id"): row.get("code") for row in self._api.listed("store/websites")}
        found = {}
        for row in self._api.listed("store/storeConfigs"):
            language = str(row.get("locale") or "").replace("_", "-") or None
            made = {**row, "website": websites.get(row.get("website_id")), "language": language}
            found[number_of(row.get("id")) or 0] = made
        return found

    def prices(self) -> Row:
        """Currency of prices and unit of weights, in the store view that is read."""
        return self._once("prices", self._read_prices)

    def _read_prices(self) -> Row:
        code = self._api.config.store_code
        stores = list(self.stores().values())
        own = next((store for store in stores if store.get("code") == code), None)
        if own is not None:
            return {"currency": own.get("base_currency_code"), "weight_unit": own.get("weight_unit")}
        units = {store.get("weight_unit") for store in stores}
        currency = self._api.get("directory/currency").get("base_currency_code")
        return {"currency": currency, "weight_unit": units.pop() if len(units) == 1 else None}

    # -- look-ups ------------------------------------------------------------------------------------------------------

    def groups(self) -> dict[int, Row]:
        """Number of a customer group -> its code."""
        return self._once("groups", lambda: self._by_id(Search("customerGroups/search", "id", "id", "code,id")))

    def categories(self) -> dict[int, Row]:
        """Number of a category -> its name and level."""
        search = Search("categories/list", "entity_id", "id", "id,level,name")
        return self._once("categories", lambda: self._by_id(search))

    def _by_id(self, search: Search) -> dict[int, Row]:
        rows = self._api.everything(search.ordered(search.key), _PAGE)
        return {number: row for row in rows if (number := number_of(row.get(search.id))) is not None}

    def labels(self, codes: Iterable[str]) -> dict[str, dict[str, str]]:
        """Attribute -> number of an option -> its label, of those product attributes that hold numbers of options."""
        wanted = tuple(sorted(codes))
        return self._once(f"labels {wanted}", lambda: self._read_labels(wanted)) if wanted else {}

    def _read_labels(self, codes: tuple[str, ...]) -> dict[str, dict[str, str]]:
        found = {}
        for row in self.attributes(codes):
            if row.get("frontend_input") in _LABELLED:
                options = [option for option in row.get("options") or () if isinstance(option, dict)]
                found[str(row.get("attribute_code"))] = {
                    str(each.get("value")): str(each.get("label")) for each in options
                }
        return found

    def attributes(self, codes: Iterable[str]) -> list[Row]:
        """What the shop says of these product attributes; those that it lacks are left out."""
        search = Search(
            "products/attributes",
            "attribute_code",
            "attribute_code",
            "attribute_code,frontend_input,options[label,value]",
        )
        return self._api.everything(search.where(Filter("attribute_code", "in", ",".join(codes))), _PAGE)

    # -- what products need --------------------------------------------------------------------------------------------

    def parents(self) -> dict[int, int]:
        """Product -> configurable product that it is a variant of. Not kept: it changes."""
        search = Search("products", "entity_id", "id", "extension_attributes[configurable_product_links],id")
        rows = self._api.everything(search.where(Filter("type_id", "eq", "configurable")).ordered("entity_id"), _PAGE)
        found: dict[int, int] = {}
        for row in rows:
            extension = row.get("extension_attributes")
            links = extension.get("configurable_product_links") if isinstance(extension, dict) else None
            for link in links or ():
                child, parent = number_of(link), number_of(row.get("id"))
                if child is not None and parent is not None:
                    found.setdefault(child, parent)
        return found
