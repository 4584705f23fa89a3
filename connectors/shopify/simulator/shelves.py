"""The inventory levels of the simulated shop: a table whose rows are switched off and not deleted."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from connectors.shopify.simulator.goods import ITEM, level_id, variant_count
from hub.sdk.simulator import Table
from hub.sdk.simulator.table import iso_z

Row = dict[str, Any]


class Shelves(Table):
    """Stubs of levels. `off` are those of an item that is not stocked at a location any more."""

    def fill(self, products: int, locations: int, tick: Callable[[float], datetime]) -> None:
        self.off: list[Row] = []
        for number in range(products):
            self.add_product(number, locations, tick)

    def add_product(self, number: int, locations: int, tick: Callable[[float], datetime]) -> None:
        for place in range(variant_count(number)):
            for location in range(min(2, locations)):
                made = self._stub(number, place, location, iso_z(tick(1)))
                (self.off if (number + location) % 23 == 11 else self.rows).append(made)
        for row in self.off:
            row["isActive"] = False
        self._by_item: dict[tuple[int, int], list[Row]] | None = None

    def _stub(self, number: int, place: int, location: int, at: str) -> Row:
        return {
            "id": level_id(number, place, location), "n": number, "place": place, "location": location,
            "item": ITEM + number * 100 + place, "isActive": True, "createdAt": at, "updatedAt": at,
        }  # fmt: skip

    def switch_off(self, ids: list[str], before: list[Row], at: str) -> None:
        """Rows that were deleted are still shown to who asks for inactive ones."""
        gone = set(ids)
        self.off += [{**row, "isActive": False, "updatedAt": at} for row in before if row["id"] in gone]
        self._by_item = None

    def of_item(self, number: int, place: int) -> list[Row]:
        if self._by_item is None:
            self._by_item = {}
            for row in (*self.rows, *self.off):
                self._by_item.setdefault((row["n"], row["place"]), []).append(row)
        return self._by_item.get((number, place), [])
