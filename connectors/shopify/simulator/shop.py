"""What the simulated shop holds: stubs of all rows, how a stub becomes a row, and the lists they can be asked by."""

from __future__ import annotations

from collections.abc import Hashable
from datetime import datetime, timedelta
from typing import Any

from connectors.shopify.simulator.goods import ITEM, PLACE, PRODUCT, Goods, is_tracked, variant_count
from connectors.shopify.simulator.lists import Found, List
from connectors.shopify.simulator.parties import COMPANY, CUSTOMER, Parties, gid
from connectors.shopify.simulator.plan import Field
from connectors.shopify.simulator.run import Page
from connectors.shopify.simulator.sales import ORDER, Sales
from connectors.shopify.simulator.search import number_of
from connectors.shopify.simulator.shelves import Shelves
from hub.sdk.simulator import Company, Simulator, Table
from hub.sdk.simulator.table import iso_z

Row = dict[str, Any]

_OLDEST_SEEN = timedelta(days=60)
_SUBJECTS = {"customers": "CUSTOMER", "companies": "COMPANY", "products": "PRODUCT", "orders": "ORDER"}
_FIRST_NUMBER = {"customers": CUSTOMER, "companies": COMPANY, "products": PRODUCT, "orders": ORDER}
_KINDS = {"customers": "Customer", "companies": "Company", "products": "Product", "orders": "Order"}


class ShopData(Simulator):
    """Data and lists: `size` customers, companies and products, and `orders` orders."""

    scopes: frozenset[str]

    def fill(self) -> list[Table]:
        self.company = Company(self.seed, customers=max(1, self.size), products=max(1, self.size))
        self.parties = Parties(self.company, self.lives, self.stamps)
        self.shelves = Shelves("stock", "stock_levels", [], stamp="updatedAt")
        self.goods = Goods(self.company, self.shelves.of_item, self.stamps)
        self.sales = Sales(self.company, self.parties, self.goods)
        self.places = min(self.size, 3)
        self._numbers: dict[str, dict[int, Row]] = {}
        self.found = Found(self._state)
        tables = [self._table(name, self.order_count if name == "orders" else self.size) for name in _KINDS]
        self.shelves.fill(self.size, self.places, self.tick)
        at = iso_z(self.tick(1))
        places = [
            {"id": gid("Location", PLACE + n), "n": n, "createdAt": at, "updatedAt": at} for n in range(self.places)
        ]
        return [*tables, self.shelves, Table("locations", "locations", places, stamp="updatedAt")]

    def _table(self, name: str, size: int) -> Table:
        def make(number: int, at: datetime) -> Row:
            row = {"id": gid(_KINDS[name], _FIRST_NUMBER[name] + number), "n": number,
                   "createdAt": iso_z(at), "updatedAt": iso_z(at)}  # fmt: skip
            if name == "products":
                row["status"] = ("active", "active", "draft", "archived", "unlisted")[number % 5]
                self._new_product(number)
            if name == "orders":
                row["returnStatus"] = "in_progress" if self.sales.deal(number).returns else "no_return"
            self._numbers.setdefault(name, {})[number] = row
            return row

        def moment(number: int) -> datetime:
            """Two have the same, so that stamps have ties."""
            if name == "orders":
                return self.placed_at(number - number % 2)
            return self.tick(61) if number % 2 == 0 else self._moment

        rows = [make(number, moment(number)) for number in range(size)]
        return Table(name, name if name != "companies" else "customers", rows, stamp="updatedAt", make=make)

    def _new_product(self, number: int) -> None:
        if hasattr(self, "tables"):
            self.shelves.add_product(number, self.places, self.tick)

    # -- what is there ---------------------------------------------------------------------------------------------

    def lives(self, table: str, number: int) -> bool:
        return number in self._numbers.get(table, {})

    def stamps(self, table: str, number: int) -> tuple[str, str]:
        row = self._numbers[table].get(number)
        return (row["createdAt"], row["updatedAt"]) if row else ("2025-01-01T00:00:00Z", "2025-01-01T00:00:00Z")

    def mutate(self, wish: Any) -> dict[str, dict[str, list[str]]]:
        before = list(self.shelves.rows)
        with self.lock:
            done = super().mutate(wish)
            for name, ids in done.get("delete", {}).items():
                if name == "stock":
                    self.shelves.switch_off(ids, before, iso_z(self.tick()))
                for key in ids:
                    numbers = self._numbers.get(name, {})
                    numbers.pop(number_of(key) - _FIRST_NUMBER.get(name, 0), None)
            return done

    def stub(self, kind: str, key: str) -> Row | None:
        """What is known of a row by its id; None where it is gone."""
        number = number_of(key)
        if kind == "Location":
            return next((row for row in self.tables["locations"].rows if row["id"] == key), None)
        if kind == "InventoryItem":
            product, place = divmod(number - ITEM, 100)
            return {"n": product, "place": place} if self.lives("products", product) else None
        name = next(name for name, each in _KINDS.items() if each == kind)
        row = self._numbers.get(name, {}).get(number - _FIRST_NUMBER[name])
        return None if row is None or (name == "orders" and not self.sees(row)) else row

    def order_id(self, number: int) -> str:
        return gid("Order", ORDER + number)

    def live_levels(self) -> list[Row]:
        """Those that count: switched on, of a product that is there and whose stock is counted."""
        return [row for row in self.shelves.rows if self.lives("products", row["n"]) and is_tracked(row["n"])]

    def sees(self, order: Row) -> bool:
        """Without read_all_orders, orders of the last sixty days."""
        return "read_all_orders" in self.scopes or order["createdAt"] >= iso_z(self._moment - _OLDEST_SEEN)

    def _state(self) -> Hashable:
        """What rows there are and which of them may be seen."""
        rows = sum(len(table.rows) for table in self.tables.values())
        return self._mutations, self._moment, rows, "read_all_orders" in self.scopes

    # -- how it can be asked ---------------------------------------------------------------------------------------

    def list_of(self, name: str) -> List:
        """A list at the root, by its name."""
        return self._lists()[name]

    def _lists(self) -> dict[str, List]:
        changed = ("id", "updated_at", "created_at")
        return {
            "customers": List(self._stubs("customers"), self._whole(self.parties.customer), changed),
            "companies": List(self._stubs("companies"), self._whole(self.parties.company), changed),
            "companyLocations": List(self._company_locations, lambda row: row, changed),
            "products": List(
                self._stubs("products"), self._whole(self.goods.product), (*changed, "status"), "status:active"
            ),
            "orders": List(
                lambda _: [row for row in self.tables["orders"].rows if self.sees(row)],
                self._whole(self.sales.order), (*changed, "return_status"),
            ),
            "inventoryItems": List(self._items, lambda row: self.goods.item(row["n"], row["place"]), changed),
            "locations": List(self._locations, self._location, ("id",)),
            "events": List(self._events, lambda row: row, ("id", "action", "subject_type", "created_at")),
        }  # fmt: skip

    def _stubs(self, name: str) -> Any:
        return lambda _: list(self.tables[name].rows)

    @staticmethod
    def _whole(make: Any) -> Any:
        return lambda row: make(row["n"], row["createdAt"], row["updatedAt"])

    def _company_locations(self, _: Row) -> list[Row]:
        return [
            self.parties.location(row["n"], place, row["createdAt"])
            for row in self.tables["companies"].rows
            for place in self.parties.places(row["n"])
        ]

    def _items(self, _: Row) -> list[Row]:
        return [
            {"id": gid("InventoryItem", ITEM + row["n"] * 100 + place), "n": row["n"], "place": place,
             "createdAt": row["createdAt"], "updatedAt": row["updatedAt"]}
            for row in self.tables["products"].rows for place in range(variant_count(row["n"]))
        ]  # fmt: skip

    def _locations(self, args: Row) -> list[Row]:
        return [row for row in self.tables["locations"].rows if args.get("includeInactive") or row["n"] % 3 != 2]

    def _location(self, row: Row) -> Row:
        made = self.goods.location(row["n"], row["createdAt"], row["updatedAt"])
        return {**made, "inventoryLevels": lambda args: self._levels_at(row["n"], args)}

    def _levels_at(self, location: int, args: Row) -> Page:
        """The levels of a location, by the filter of the list."""

        def here(args: Row) -> list[Row]:
            rows = [*self.shelves.rows, *(self.shelves.off if args.get("includeInactive") else ())]
            return [row for row in rows if row["location"] == location and self.lives("products", row["n"])]

        field = Field("inventoryLevels", "inventoryLevels", "Location", "connection", args)
        return self.found.page(field, List(here, self.goods.level), 0, location)

    def _events(self, _: Row) -> list[Row]:
        made: list[Row] = []
        for name, subject in _SUBJECTS.items():
            made += [
                {"__typename": "BasicEvent", "action": "destroy", "createdAt": iso_z(moment), "subjectId": key,
                 "subjectType": subject}
                for key, moment in self.tables[name].tombstones
            ]  # fmt: skip
        made.sort(key=lambda row: (row["createdAt"], row["subjectId"]))
        return [{**row, "id": gid("BasicEvent", 1 + place)} for place, row in enumerate(made)]
