"""Quantities in the product's base unit, by SAP's own factors: kept beside the quantity as it was ordered."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from connectors.sap.lookups import Lookups
from connectors.sap.rows import bare
from connectors.sap.values import divided, each, is_set, number
from hub.sdk.odata import Query

Row = dict[str, Any]
_FACTORS = Query(
    "A_ProductUnitsOfMeasure", select=("Product", "AlternativeUnit", "QuantityNumerator", "QuantityDenominator")
)
_REMEMBERED = 100_000


@dataclass(frozen=True)
class Lines:
    """Where the lines of a stream are, and their quantity with its unit as SAP shows it in the settings' language."""

    items: str
    quantity: str
    unit: str


LINES = {
    "orders": Lines("to_Item", "RequestedQuantity", "RequestedQuantityUnit"),
    "purchase_orders": Lines("to_PurchaseOrderItem", "OrderQuantity", "PurchaseOrderQuantityUnit"),
}


class Factors:
    """Factors of the products that lines name; those asked for before are not asked for again."""

    def __init__(self, lookups: Lookups) -> None:
        self._lookups = lookups
        self._known: dict[tuple[str, str], tuple[Decimal, Decimal]] = {}
        self._asked: set[str] = set()

    def add_to(self, rows: Sequence[Row], lines: Lines) -> None:
        """Each line gets its `base_quantity`; none where the product has no such unit."""
        items = [item for row in rows for item in each(row, lines.items) if isinstance(item, dict)]
        self._ask(material for item in items if isinstance(material := item.get("Material"), str) and material)
        for item in items:
            unit, quantity = item.get(lines.unit), item.get(lines.quantity)
            if isinstance(unit, str) and isinstance(quantity, str | int | Decimal) and quantity != "":
                item["base_quantity"] = self._based(item, unit, number(quantity))

    def _ask(self, materials: Iterable[str]) -> None:
        if len(self._known) > _REMEMBERED:
            self._known.clear()
            self._asked.clear()
        missing = sorted(set(materials) - self._asked)
        for row in self._lookups.by_key(_FACTORS, "Product", missing):
            factor = number(row.get("QuantityNumerator")), number(row.get("QuantityDenominator"))
            self._known[bare(row["Product"]), str(row["AlternativeUnit"])] = factor
        self._asked.update(missing)

    def _based(self, item: Row, unit: str, quantity: Decimal) -> Decimal | None:
        factor = self._known.get((str(item.get("Material")), unit))
        if factor is None:
            return None
        signed = -quantity if is_set(item.get("IsReturnsItem")) else quantity
        return divided(signed * factor[0], factor[1])
