"""A row as Oracle sent it, made ready for the maps: units by code or name, keys where Oracle has none, currencies.

Nothing is converted here, and what is odd is left as it is, for the maps to refuse. The fields made here, and what they
are made of, stand in `DERIVED`, so that the request asks for those.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Any

from hub.sdk import RowRejected, bind, entities
from hub.sdk.fields import Keys

Row = dict[str, Any]

YES, NO = "Y", "N"
RETURN = "RETURN"
"""Category of a line that gives back."""
RECEIVED = ("RECEIVE", "RETURN TO VENDOR")

_PRIMARY = (("PrimaryUOMCode",), ("PrimaryUOMValue",))
_LINE_UNIT = (("lines", "OrderedUOM"), ("lines", "OrderedUOMCode"))

DERIVED: dict[str, dict[Keys, tuple[Keys, ...]]] = {
    "order": {
        ("current",): (
            ("OrderKey",), ("SourceTransactionSystem",), ("SourceTransactionId",), ("SubmittedFlag",),
            ("SourceTransactionRevisionNumber",),
        ),
        ("has_sales",): (("lines", "TransactionCategoryCode"),),
        ("lines", "unit"): _LINE_UNIT,
        ("lines", "base_quantity"): _LINE_UNIT,
    },
    "product": {("unit",): _PRIMARY, ("currency",): ()},
    "stock": {
        ("unit",): _PRIMARY,
        ("key",): (
            ("OrganizationId",), ("InventoryItemId",), ("SubinventoryCode",), ("LocatorName",), ("LotNumber",),
        ),
        ("rest",): (("PrimaryQuantity",),),
        ("is_level",): (("PrimaryQuantity",),),
    },
    "average_cost": {
        ("key",): (("ItemNumber",), ("ValuationUnit",)),
        ("organization",): (("InventoryOrganizationCode",), ("ValuationUnit",)),
        ("currency",): (("CurrencyCode",),),
        ("unit",): (("UOMCode",), ("UOM",)),
    },
    "standard_cost": {
        ("key",): (("ItemNumber",), ("InventoryOrganizationCode",), ("EffectiveStartDate",)),
        ("organization",): (("InventoryOrganizationCode",),),
        ("currency",): (("CurrencyCode",),),
        ("unit",): (("UOMCode",), ("UOM",)),
    },
    "reservation": {("unit",): (("PrimaryUOMCode",), ("PrimaryUnitOfMeasure",))},
    "shipment_line": {("unit",): (("RequestedQuantityUOM",), ("RequestedQuantityUOMCode",))},
    "purchase_order": {
        ("lines", "unit"): (("lines", "UOM"), ("lines", "UOMCode")),
        ("lines", "schedules", "amount"): (("lines", "Price"), ("lines", "schedules", "Quantity")),
        ("lines", "schedules", "base_quantity"): (("lines", "UOM"), ("lines", "UOMCode")),
    },
    "receipt": {
        ("unit",): (("UnitOfMeasure",), ("UOMCode",)),
        ("counts",): (("TransactionTypeCode",), ("SourceDocumentCode",), ("DestinationTypeCode",)),
    },
}  # fmt: skip
"""Kind of row -> path made here -> what it is made of."""


_LOTS = ("lots",)
_LOTS_OWN = {("lots", "LotNumber"), ("lots", "PrimaryQuantity")}
_BALANCE = {"ItemNumber", "OrganizationCode", "SubinventoryCode", "LocatorName"}
"""What a lot alone has, and what is its balance's: it is put into the lot, so that a map reads both alike."""


def underlying(kind: str, keys: Keys) -> list[Keys]:
    """Oracle's own paths that a path of ours is made of, any of which will do; itself, where we did not make it."""
    keys = tuple(key for key in keys if not key.isdecimal())
    made = DERIVED.get(kind, {})
    if kind == "stock" and keys[:1] == _LOTS and len(keys) == 2 and keys not in _LOTS_OWN:
        return [*underlying(kind, keys[1:]), *([] if keys[1:] in made or keys[1] in _BALANCE else [keys])]
    return list(made[keys]) if keys in made else [keys]


def is_ours(kind: str, keys: Keys) -> bool:
    """Whether a path is made here, from nothing that Oracle sends."""
    return DERIVED.get(kind, {}).get(keys) == ()


class Shaper:
    """Makes rows of one kind ready.

    units     the admin's table of unit codes and names; currency: of costs, where the pod tells none
    unmapped  units that neither the table nor the hub knows
    """

    def __init__(self, kind: str, units: Mapping[str, str], currency: str | None) -> None:
        self.kind = kind
        self._units = {word.casefold(): code for word, code in units.items()}
        self._currency = currency
        self._made = DERIVED.get(kind, {})
        self.unmapped: set[str] = set()

    def shape(self, rows: list[Row]) -> list[Row]:
        """The rows, in place."""
        for path, sources in self._made.items():
            if path[-1] == "unit":
                self._set_units(rows, path[:-1], [source[-1] for source in sources])
        if ("currency",) in self._made:
            for row in rows:
                row["currency"] = row.get("CurrencyCode") or self._currency
        if ("organization",) in self._made:
            for row in rows:
                row["organization"] = row.get("InventoryOrganizationCode") or _organization(row.get("ValuationUnit"))
        if ("key",) in self._made:
            self._set_keys(rows, [source[-1] for source in self._made[("key",)]])
        if self.kind in _SPECIAL:
            for row in rows:
                _SPECIAL[self.kind](row)
        return rows

    def _set_units(self, rows: list[Row], at: Keys, names: list[str]) -> None:
        for row in _inside(rows, at):
            row["unit"] = self._unit([row.get(name) for name in names])

    def _unit(self, words: list[Any]) -> str | None:
        """The first word that means a unit: the names say more than the codes, which each pod chooses for itself."""
        texts = [word.strip() for word in words if isinstance(word, str) and word.strip()]
        for text in texts:
            if text.casefold() in self._units:
                return self._units[text.casefold()]
        for text in texts:
            if (code := known_unit(text)) is not None:
                return code
        self.unmapped.update(texts[:1])
        return None

    @staticmethod
    def _set_keys(rows: list[Row], names: list[str]) -> None:
        """A key of the parts that tell rows apart. Should a pod have more such parts, rows are told apart by number."""
        seen: Counter[str] = Counter()
        for row in rows:
            parts = [row.get(name) for name in names]
            key = ":".join(str(part) for part in parts if isinstance(part, str | int) and part != "")
            seen[key] += 1
            row["key"] = (key if seen[key] == 1 else f"{key}#{seen[key]}") or None


def _order(row: Row) -> None:
    """Whether anything is sold, and not only given back, by an order; lists that may be missing."""
    for name in ("totals", "billToCustomer", "shipToCustomer"):
        row[name] = row.get(name) or []
    lines = row.get("lines")
    codes = [line.get("TransactionCategoryCode") for line in lines if isinstance(line, dict)] if lines else []
    row["has_sales"] = YES if not codes or any(code != RETURN for code in codes) else NO


_OF_BALANCE = {"lots", "rest", "is_level", "LotNumber", "PrimaryQuantity"}


def _stock(row: Row) -> None:
    """What no lot tells of a balance: all of it, as a rule; nothing, where the item is under lot control."""
    lots, quantity = row.get("lots"), row.get("PrimaryQuantity")
    found = [lot.get("PrimaryQuantity") for lot in lots if isinstance(lot, dict)] if isinstance(lots, list) else []
    told = [each for each in found if isinstance(each, int | Decimal)]
    row["rest"], row["is_level"] = quantity, YES
    if told and len(told) == len(found) and isinstance(quantity, int | Decimal):
        row["rest"] = quantity - sum(told)
        row["is_level"] = YES if row["rest"] else NO
    common = {name: value for name, value in row.items() if name not in _OF_BALANCE}
    for lot in lots if isinstance(lots, list) else ():
        if isinstance(lot, dict):
            lot.update({name: value for name, value in common.items() if name not in lot})


def _purchase_order(row: Row) -> None:
    for line in _inside([row], ("lines",)):
        for schedule in _inside([line], ("schedules",)):
            price, quantity = line.get("Price"), schedule.get("Quantity")
            if isinstance(price, int | Decimal) and isinstance(quantity, int | Decimal):
                schedule["amount"] = price * quantity


def _receipt(row: Row) -> None:
    """Goods of a supplier count when they are received, not again when they are delivered to a shelf."""
    kind, where = row.get("TransactionTypeCode"), row.get("DestinationTypeCode")
    counts = kind in RECEIVED or (kind == "CORRECT" and where == "RECEIVING")
    row["counts"] = YES if counts and row.get("SourceDocumentCode") in ("PO", None) else NO


_SPECIAL: dict[str, Callable[[Row], None]] = {
    "order": _order, "purchase_order": _purchase_order, "receipt": _receipt, "stock": _stock,
}  # fmt: skip


def _organization(valuation_unit: Any) -> str | None:
    """`costOrg-inventoryOrg[-subinventory[-lot]]`: the second part."""
    parts = valuation_unit.split("-") if isinstance(valuation_unit, str) else []
    return parts[1].strip() if len(parts) > 1 else None


def _inside(rows: Iterable[Row], at: Keys) -> Iterator[Row]:
    """The objects that lie at a path of lists."""
    if not at:
        yield from (row for row in rows if isinstance(row, dict))
        return
    for row in rows:
        inner = row.get(at[0])
        if isinstance(inner, list):
            yield from _inside([each for each in inner if isinstance(each, dict)], at[1:])


@lru_cache(4096)
def known_unit(word: str) -> str | None:
    """The code of UN/CEFACT that the hub reads a word as; None where it does not know it."""
    try:
        found: str | None = bind(entities.Product["unit"]).scalar(word)
    except RowRejected:
        return None
    return found
