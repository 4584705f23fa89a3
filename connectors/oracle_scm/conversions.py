"""Quantities in an item's primary unit, by Oracle's own factors: kept beside the quantity as it was ordered.

A unit has a factor to the base unit of its class, for all items or for one (intraclass); and an item may have a rate
between the base units of two classes (interclass): so much of its own class is one of the other.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from itertools import islice
from typing import Any

from connectors.oracle_scm.api import Collection, OracleApi, Row
from connectors.oracle_scm.children import Children
from connectors.oracle_scm.query import Condition
from connectors.oracle_scm.ranges import Walk
from connectors.oracle_scm.refusals import BadRequest, NotAllowed, NotThere
from connectors.oracle_scm.selection import Node, has
from connectors.oracle_scm.values import number, rounded
from hub.sdk import SourceChanged
from hub.sdk.fields import Keys

log = logging.getLogger(__name__)

_LIST = 40
"""Items in one filter: addresses have a length."""
_MANY = 5 * _LIST
"""From so many unknown items on, the whole list is read instead."""
_INTRACLASS, _INTERCLASS = "intraclassConversions", "interclassConversions"
ASKED: Mapping[str, tuple[Keys, ...]] = {
    "unitsOfMeasure": (
        ("UOMCode",), ("UOM",), ("UOMClass",), ("StandardConversion",), ("StandardConversionEndDate",),
        (_INTRACLASS, "ConversionId"), (_INTRACLASS, "ItemNumber"), (_INTRACLASS, "IntraclassConversion"),
        (_INTRACLASS, "IntraclassConversionEndDate"),
    ),
    "unitOfMeasureClasses": (
        ("ClassCode",), (_INTERCLASS, "InterclassConversionId"), (_INTERCLASS, "ItemNumber"),
        (_INTERCLASS, "FromUOMCode"), (_INTERCLASS, "ToUOMCode"), (_INTERCLASS, "InterclassConversion"),
        (_INTERCLASS, "InterclassConversionEndDate"),
    ),
    "itemsV2": (("ItemNumber",), ("PrimaryUOMValue",), ("PrimaryUOMCode",)),
}  # fmt: skip
"""What is read of which resource, for conversions alone."""
UNITS = ("unitsOfMeasure", "unitOfMeasureClasses")
PLACES: Mapping[str, tuple[tuple[Keys, str], ...]] = {
    "order": ((("lines",), "ProductNumber"),),
    "purchase_order": ((("lines", "schedules"), "Item"),),
}
"""Kind of row -> lists whose rows have a quantity, and the attribute with the item, of the row or of the one above."""
_QUANTITIES = ("OrderedQuantity", "Quantity")
_WORDS = ("OrderedUOMCode", "OrderedUOM", "UOMCode", "UOM")


@dataclass(frozen=True)
class Unit:
    """A unit of the pod: its class, and how many base units of the class it is."""

    code: str
    kind: str
    factor: Decimal | None


@dataclass
class Factors:
    """All that a pod says of its units. `units` are found by code or name; rates by item and code."""

    units: dict[str, Unit] = field(default_factory=dict)
    own: dict[tuple[str, str], Decimal] = field(default_factory=dict)
    between: dict[tuple[str, str, str], Decimal] = field(default_factory=dict)

    def unit(self, words: Iterable[Any]) -> Unit | None:
        found = (self.units.get(word.casefold()) for word in words if isinstance(word, str))
        return next(filter(None, found), None)

    def based(self, item: str, quantity: Decimal, unit: Unit, primary: Unit) -> Decimal | None:
        """The quantity in the primary unit; None where no factor leads there."""
        if unit.code == primary.code:
            return quantity
        ours, theirs = (self.own.get((item, each.code)) or each.factor for each in (unit, primary))
        rate = Decimal(1) if unit.kind == primary.kind else self.between.get((item, primary.kind, unit.kind))
        return rounded(quantity * ours * rate / theirs) if ours and theirs and rate else None


class Conversions:
    """Converts for all streams of a pod; asks for units once, and for items as they come. Safe to use from threads."""

    def __init__(self, api: OracleApi, masters: Callable[[], Sequence[str]]) -> None:
        self._api = api
        self._masters = masters
        self._factors: Factors | None = None
        self._primary: dict[str, tuple[Any, ...]] = {}
        self._lock = threading.Lock()
        self.problem = ""
        """Why nothing can be converted; empty while it can."""

    def learn(self, items: Iterable[Row]) -> None:
        """Rows of items that were read anyway."""
        for row in items:
            if isinstance(row.get("ItemNumber"), str):
                self._primary[row["ItemNumber"]] = (row.get("PrimaryUOMCode"), row.get("PrimaryUOMValue"))

    def add_to(self, kind: str, rows: Sequence[Row]) -> None:
        """Each line gets its `base_quantity`, where the pod's factors lead to the item's primary unit."""
        lines = [each for at, name in PLACES[kind] for each in _lines(rows, at, name)]
        with self._lock:
            if self.problem or not lines:
                return
            try:
                self._ask({item for item, _, _ in lines})
            except (NotThere, NotAllowed, BadRequest, SourceChanged) as error:
                self.problem = error.problem
                log.info("quantities are not told in primary units: %s", error.problem)
                return
        factors = self._factors or Factors()
        for item, line, above in lines:
            line["base_quantity"] = self._based(factors, item, {**above, **line})

    def _based(self, factors: Factors, item: str, line: Row) -> Decimal | None:
        quantity = next((found for name in _QUANTITIES if (found := number(line.get(name))) is not None), None)
        unit = factors.unit(line.get(name) for name in _WORDS)
        primary = factors.unit(self._primary.get(item, ()))
        return factors.based(item, quantity, unit, primary) if quantity is not None and unit and primary else None

    # -- what the pod says ---------------------------------------------------------------------------------------------

    def _ask(self, items: set[str]) -> None:
        if self._factors is None:
            self._factors = _factors(self._api, self._api.context.now().date())
        unknown = sorted(items - self._primary.keys())
        if len(unknown) > _MANY:
            self._take_items(())
        else:
            for chunk in _chunks(unknown, _LIST):
                self._take_items((Condition("ItemNumber", "in", tuple(chunk)),))
        self._primary.update(dict.fromkeys(items - self._primary.keys(), ()))

    def _take_items(self, conditions: tuple[Condition, ...]) -> None:
        key = next(name for name in ("ItemId", "InventoryItemId") if has(self._api.describe("itemsV2"), (name,)))
        wanted = _collection(self._api, "itemsV2", key, conditions)
        slices = [(Condition("OrganizationCode", "=", code),) for code in self._masters()]
        for chunk in Walk(self._api, wanted, key, slices).chunks():
            self.learn(chunk.rows)


def _factors(api: OracleApi, today: date) -> Factors:
    found = Factors()
    for row in _rows(api, "unitsOfMeasure", "UOMCode", (_INTRACLASS, "ConversionId")):
        code, kind = str(row.get("UOMCode")), str(row.get("UOMClass"))
        unit = Unit(code, kind, _valid(row, "StandardConversion", today))
        for word in (row.get("UOM"), code):
            if isinstance(word, str):
                found.units[word.casefold()] = unit
        for own in row.get(_INTRACLASS) or ():
            if rate := _valid(own, "IntraclassConversion", today):
                found.own[str(own.get("ItemNumber")), code] = rate
    for row in _rows(api, "unitOfMeasureClasses", "ClassCode", (_INTERCLASS, "InterclassConversionId")):
        for own in row.get(_INTERCLASS) or ():
            ends = [found.unit((own.get(name),)) for name in ("FromUOMCode", "ToUOMCode")]
            rate = _valid(own, "InterclassConversion", today)
            if rate and ends[0] and ends[1]:
                found.between[str(own.get("ItemNumber")), ends[0].kind, ends[1].kind] = rate
    return found


def _valid(row: Row, name: str, today: date) -> Decimal | None:
    """A factor, where it has not ended."""
    end = row.get(f"{name}EndDate")
    over = isinstance(end, str) and end[:10] < today.isoformat()
    return None if over else number(row.get(name))


def _rows(api: OracleApi, resource: str, key: str, child: tuple[str, str]) -> Iterator[Row]:
    """All rows of a small resource, with their lists whole."""
    wanted = _collection(api, resource, key)
    children = Children(api, {(): key, child[:1]: child[1]})
    for chunk in Walk(api, wanted, key).chunks():
        children.complete(wanted, chunk.rows)
        yield from chunk.rows


def _collection(api: OracleApi, resource: str, key: str, conditions: tuple[Condition, ...] = ()) -> Collection:
    shape, node = api.describe(resource), Node()
    accessors = {path[:1] for path in ASKED[resource] if len(path) > 1}
    for path in ((key,), *ASKED[resource]):
        if has(shape, path):
            node.take(path, tuple(accessors))
    return Collection(resource, (key,), node, conditions)


def _lines(rows: Sequence[Row], at: Keys, name: str) -> Iterator[tuple[str, Row, Row]]:
    """Item, row of the list, and the row above it."""
    for row in rows:
        inner = row.get(at[0])
        below = [each for each in inner if isinstance(each, dict)] if isinstance(inner, list) else []
        if len(at) > 1:
            yield from _lines(below, at[1:], name)
            continue
        for each in below:
            item = each.get(name) or row.get(name)
            if isinstance(item, str):
                yield item, each, row


def _chunks(values: Iterable[str], size: int) -> Iterator[list[str]]:
    iterator = iter(values)
    while chunk := list(islice(iterator, size)):
        yield chunk
