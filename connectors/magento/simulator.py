"""A stand-in for a Magento shop: as strict about logins, filters and page sizes as the real one, and as odd.

Its integration has the secret for each of its four parts. Pages after the last one are the last page again; where
fields are chosen, an empty list comes as null; deletes are reported nowhere.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from connectors.magento.sim_data import ShopData
from connectors.magento.sim_facts import CATEGORIES, CURRENCIES, GROUPS, MANUFACTURERS, SOURCES
from connectors.magento.sim_login import SignatureDesk
from connectors.magento.sim_orders import memo_row, shipment_row
from connectors.magento.sim_search import Index, picked, read_criteria
from connectors.magento.sim_tables import tables_of
from connectors.magento.sim_truth import truth_of
from hub.sdk.simulator import Refuse, Request, Response, Route, Simulator, Table, form_of, json_answer

Row = dict[str, Any]
Make = Callable[[Row], Row]

_STAMPED = frozenset({"entity_id", "created_at", "updated_at"})
_COLUMNS = {
    "customers": _STAMPED, "companies": frozenset({"entity_id"}), "products": _STAMPED | {"sku", "type_id"},
    "locations": frozenset({"source_code"}), "stock": frozenset({"sku", "source_code"}), "orders": _STAMPED,
    "shipments": _STAMPED, "creditmemos": _STAMPED,
}  # fmt: skip
_PATHS = {
    "customers/search": ("customers", "Magento_Customer::customer"),
    "company/": ("companies", "Magento_Company::index"),
    "products": ("products", "Magento_Catalog::products"),
    "inventory/sources": ("locations", "Magento_InventoryApi::source"),
    "inventory/source-items": ("stock", "Magento_InventoryApi::source"),
    "orders": ("orders", "Magento_Sales::actions_view"),
    "shipments": ("shipments", "Magento_Sales::shipment"),
    "creditmemos": ("creditmemos", "Magento_Sales::creditmemo"),
}


_MODULES = {"company": "Magento_Company", "inventory/": "Magento_InventoryApi"}


class MagentoSimulator(Simulator):
    """`size` customers and products, and `orders` orders.

    modules          without `Magento_Company` or `Magento_InventoryApi` their paths are not there
    denied           resources that the integration was not given
    bearer_allowed   whether the shop takes the access token without a signature
    """

    page_rows = 300
    modules = frozenset({"Magento_Company", "Magento_InventoryApi"})
    denied: frozenset[str] = frozenset()
    bearer_allowed = True

    def fill(self) -> list[Table]:
        self.shop = ShopData(self.seed, customers=self.size, products=self.size, orders=self.order_count)
        self.signatures = SignatureDesk(self.desk.client_secret)
        self._index: dict[str, Index] = {}
        self._shelves: dict[str, tuple[Row | None, list[int]]] = {}
        return tables_of(self.shop, self.tick, self.placed_at)

    def routes(self) -> list[Route]:
        return [
            Route("/ims/token/v3", self.token, methods=["POST"]),
            Route("/magento_version", self.version),
            Route("/rest/{store}/V1/stockItems/{sku:path}", self.stock_item),
            Route("/rest/{store}/V1/{path:path}", self.answer),
            Route("/V1/{path:path}", self.answer),
        ]

    def truth(self) -> dict[str, Any]:
        return truth_of(self)

    def error_body(self, status: int, message: str) -> Any:
        return {"message": "Request does not match any route."} if status == 404 else {"message": message}

    def mutate(self, wish: Mapping[str, Mapping[str, int]]) -> dict[str, dict[str, list[str]]]:
        """`{"track": {"shipments": 1}}` adds tracking numbers to late shipments, but not the last, and moves no stamp.
        Orders go with their children."""
        with self.lock:
            tracks = wish.get("track", {}).get("shipments", 0)
            done = super().mutate({verb: counts for verb, counts in wish.items() if verb != "track"})
            for row in self.tables["shipments"].rows[-tracks - 1 : -1]:
                row.setdefault("late_tracks", []).append(
                    {"track_number": "LATE-1", "title": "UPS", "carrier_code": "ups"}
                )
            orders = {row["number"] for row in self.tables["orders"].rows}
            for name in ("shipments", "creditmemos"):
                rows = self.tables[name].rows
                rows[:] = [row for row in rows if row["number"] in orders]
            self._index.clear()
            self._shelves.clear()
            return done

    # -- the door ------------------------------------------------------------------------------------------------------

    async def token(self, request: Request) -> Response:
        form = await form_of(request)
        grant = self.desk.grant(form) if "commerce.accs" in form.get("scope", "") else None
        return json_answer(grant) if grant else json_answer({"error": "invalid_client"}, 401)

    async def version(self, request: Request) -> Response:
        return Response("Magento/2.4 (Enterprise)", media_type="text/plain")

    def _enter(self, request: Request, resource: str) -> None:
        header = request.headers.get("authorization", "")
        is_saas = request.url.path.startswith("/V1/")
        if not is_saas and request.path_params.get("store") not in {"all", "default"}:
            raise Refuse(404, {"message": "Request does not match any route."})
        if header.startswith("OAuth ") and not is_saas:
            self.signatures.require(request, header.removeprefix("OAuth "))
        else:
            token = header.removeprefix("Bearer ")
            known = self.desk.is_valid(token) if is_saas else self.bearer_allowed and token == self.desk.client_secret
            if not known or not header.startswith("Bearer "):
                raise self._denied(resource, 401)
        if resource in self.denied:
            raise self._denied(resource, 403 if is_saas else 401)

    @staticmethod
    def _denied(resource: str, status: int) -> Refuse:
        message = "The consumer isn't authorized to access %resources."
        return Refuse(status, {"message": message, "parameters": {"resources": resource}})

    # -- answers -------------------------------------------------------------------------------------------------------

    async def answer(self, request: Request) -> Response:
        path = request.path_params["path"]
        missing = {"company/": "Magento_Company"}.get(
            path, "Magento_InventoryApi" if path.startswith("inventory/") else ""
        )
        if missing and missing not in self.modules:
            raise Refuse(404, self.error_body(404, ""))
        if path in _PATHS:
            name, resource = _PATHS[path]
            self._enter(request, resource)
            index = self._indexed(name)
            return self._search(request, index, _COLUMNS[name], self._maker(name))
        return self._fact(request, path)

    def _fact(self, request: Request, path: str) -> Response:
        """Small things that are looked up."""
        lists: dict[str, tuple[str, list[Row]]] = {
            "customerGroups/search": ("id", _groups()), "categories/list": ("entity_id", _categories()),
            "products/attributes": ("attribute_code", _attributes()),
        }  # fmt: skip
        self._enter(request, "Magento_Backend::stores")
        if path in lists:
            key, rows = lists[path]
            return self._search(
                request, Index(rows, "id" if key == "entity_id" else key), frozenset({key}), lambda row: row
            )
        if path == "orders/items":
            return self._search(request, self._lines(), frozenset({"item_id"}), lambda row: row)
        facts: dict[str, Callable[[], Any]] = {
            "store/websites": lambda: [{"id": 1, "code": "base", "name": "Main Website"}],
            "store/storeConfigs": _stores,
            "directory/currency": lambda: {"base_currency_code": "EUR", "available_currency_codes": list(CURRENCIES)},
            "modules": lambda: ["Magento_Store", *sorted(self.modules)],
        }
        if path not in facts:
            raise Refuse(404, self.error_body(404, ""))
        return json_answer(facts[path]())

    def _indexed(self, name: str) -> Index:
        with self.lock:
            if name not in self._index:
                table = self.tables[name]
                self._index[name] = Index(table.rows, table.key)
            return self._index[name]

    def _lines(self) -> Index:
        """The lines of all orders, as far as they are asked for by number: which one is part of which."""
        with self.lock:
            if "lines" not in self._index:
                items = [item for row in self.tables["orders"].rows for item in self.shop.order(row)["items"]]
                slim = [{name: item.get(name) for name in ("item_id", "parent_item_id")} for item in items]
                self._index["lines"] = Index(slim, "item_id")
            return self._index["lines"]

    def _search(self, request: Request, index: Index, columns: frozenset[str], make: Make) -> Response:
        criteria = read_criteria(request.query_params.multi_items())
        found = index.find(criteria, columns)
        size = len(found) or 1 if criteria.size is None else criteria.size
        if criteria.size is not None and not 1 <= size <= self.page_rows:
            raise Refuse(
                400, {"message": "Maximum SearchCriteria pageSize is %max", "parameters": {"max": self.page_rows}}
            )
        last = max(1, -(-len(found) // size))
        page = min(max(1, criteria.page), last)
        rows = [make(row) for row in self.window(request, found, (page - 1) * size, size)]
        body = {
            "items": rows,
            "search_criteria": {"page_size": size, "current_page": criteria.page},
            "total_count": len(found),
        }
        return json_answer(picked(body, criteria.fields))

    def _maker(self, name: str) -> Make:
        shop = self.shop
        makers: dict[str, Make] = {
            "customers": shop.customer, "companies": shop.company_row, "products": shop.product, "orders": shop.order,
            "locations": _source, "stock": _source_item, "shipments": self.shipment, "creditmemos": self.memo,
        }  # fmt: skip
        return makers[name]

    def shipment(self, slim: Row) -> Row:
        return shipment_row(self.shop, slim, self._order_of(slim))

    def memo(self, slim: Row) -> Row:
        return memo_row(self.shop, slim, self._order_of(slim))

    def _order_of(self, slim: Row) -> Row:
        """The order with the same number; its stamps do not matter here."""
        return self.shop.order({**slim, "touched": 0})

    def _shelf(self, sku: str) -> tuple[Row | None, list[int]]:
        """A product and what lies of it at each source."""
        with self.lock:
            if not self._shelves:
                self._shelves = {row["sku"]: (row, []) for row in self.tables["products"].rows}
                for row in self.tables["stock"].rows:
                    if row["sku"] in self._shelves:
                        self._shelves[row["sku"]][1].append(row["quantity"])
            return self._shelves.get(sku, (None, []))

    async def stock_item(self, request: Request) -> Response:
        """The older stock, for shops without inventory sources."""
        self._enter(request, "Magento_CatalogInventory::cataloginventory")
        sku = request.path_params["sku"]
        product, levels = self._shelf(sku)
        if product is None:
            message = "The product that was requested doesn't exist. Verify the product and try again."
            raise Refuse(404, {"message": message})
        manages = product["type_id"] != "virtual"
        return json_answer(
            {
                "item_id": product["id"], "product_id": product["id"], "qty": sum(levels), "is_in_stock": any(levels),
                "manage_stock": manages, "backorders": 0,
            }
        )  # fmt: skip


def _source(row: Row) -> Row:
    number = SOURCES.index(row["source_code"])
    return {
        "source_code": row["source_code"], "name": row["source_code"].title(), "enabled": number < 2,
        "country_id": ("DE", "DE", "FR")[number], "city": ("Köln", "München", "Lyon")[number], "street": "Dock 1",
        "postcode": "50667", "region": None, "extension_attributes": [],
    }  # fmt: skip


def _source_item(row: Row) -> Row:
    return {name: row[name] for name in ("sku", "source_code", "quantity", "status")}


def _groups() -> list[Row]:
    return [{"id": number, "code": code, "tax_class_id": 3} for number, code in enumerate(GROUPS)]


def _categories() -> list[Row]:
    return [{"id": number, "name": name, "level": min(number, 2)} for number, name in enumerate(CATEGORIES, 1)]


def _attributes() -> list[Row]:
    options = [{"value": value, "label": label} for value, label in MANUFACTURERS.items()]
    return [
        {"attribute_code": "color", "frontend_input": "select", "options": [{"value": "7", "label": "Red"}]},
        {"attribute_code": "manufacturer", "frontend_input": "select", "options": options},
        {"attribute_code": "cost", "frontend_input": "price", "options": []},
    ]


def _stores() -> list[Row]:
    return [
        {
            "id": number, "code": f"view_{currency.lower()}", "website_id": 1, "locale": "de_DE",
            "base_currency_code": "EUR", "default_display_currency_code": currency, "timezone": "Europe/Berlin",
            "weight_unit": "kgs",
        }
        for number, currency in enumerate(CURRENCIES, 1)
    ]  # fmt: skip
