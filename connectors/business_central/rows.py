"""Rows made ready for maps: blanks taken out, words decoded, and what only a look-up can tell."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from connectors.business_central.streams import Source
from hub.sdk.fields import Keys
from hub.sdk.odata.envelope import Row

if TYPE_CHECKING:
    from connectors.business_central.api import BusinessCentralApi

_BLANK = frozenset({"0001-01-01", "0001-01-01T00:00:00Z", "00000000-0000-0000-0000-000000000000"})
"""How Business Central writes that there is no date, no moment, no reference."""
_ENUMS = frozenset({
    "type", "status", "blocked", "lineType", "contactType", "relatedType", "contactBusinessRelation", "entryType",
    "documentType", "sourceType",
})  # fmt: skip
"""Properties whose words come encoded: `In_x0020_Review`."""
_ENCODED = re.compile(r"_x([0-9A-Fa-f]{4})_")

LOCAL, UNIT, ITEM, LOCATION = "localCurrencyCode", "internationalUnitCode", "itemId", "locationId"
_NEEDS = {
    LOCAL: ("currencyCode",),
    UNIT: ("unitOfMeasureCode", "baseUnitOfMeasureCode"),
    ITEM: (ITEM, "itemNumber", "lineObjectNumber", "lineType"),
    LOCATION: (LOCATION, "locationCode"),
}
"""Field of ours -> fields it is made of, as far as a resource has them."""
OWN = (LOCAL, UNIT)
"""Fields that no resource has."""
RELATED, RELATED_TOO = "contactInformation", "contactsInformation"
"""The navigation from a contact to its customer; versions differ in its name."""


def needed(paths: Iterable[Keys]) -> list[Keys]:
    """The paths to ask for, for the paths that maps read."""
    found: dict[Keys, None] = {}
    for path in paths:
        for name in _NEEDS.get(path[-1], (path[-1],)):
            found[*path[:-1], name] = None
        if path[0] == RELATED:
            found[RELATED_TOO, *path[1:]] = None
    return list(found)


def decoded(word: str) -> str:
    """`Negative_x0020_Adjmt_x002E_` -> `Negative Adjmt.`"""
    return _ENCODED.sub(lambda match: chr(int(match[1], 16)), word)


def clean(rows: list[Row]) -> None:
    """Blank dates and references become None, words of enumerations are decoded: in place, column by column."""
    for name in set[str]().union(*rows):
        if name in _ENUMS:
            _decode(rows, name)
        elif may_be_blank(name):
            for row in rows:
                value = row.get(name)
                if value.__class__ is str and value in _BLANK:
                    row[name] = None


@lru_cache(1024)
def may_be_blank(name: str) -> bool:
    """Whether a property holds a date, a moment or a reference, as Microsoft names them."""
    return name.endswith("Id") or "date" in name.lower()


def _decode(rows: list[Row], name: str) -> None:
    for row in rows:
        value = row.get(name)
        if value.__class__ is str and "_x" in value:
            row[name] = decoded(value)


def lines_of(row: Row, name: str) -> list[Row]:
    """The lines inside a document."""
    listed = row.get(name)
    return [line for line in listed if isinstance(line, dict)] if isinstance(listed, list) else []


def texts(rows: Iterable[Row], name: str) -> Iterator[str]:
    """The texts in a field."""
    return (value for row in rows if isinstance(value := row.get(name), str))


class Ready:
    """Makes the rows of one stream ready, in place. Fields that were asked for on the way are taken out again."""

    def __init__(self, api: BusinessCentralApi, source: Source, paths: Iterable[Keys]) -> None:
        self._api = api
        self._lines = source.lines
        paths = list(paths)
        wanted = {path[-1] for path in paths}
        self._known = {path[0] for path in paths}
        self._local, self._unit = LOCAL in wanted, UNIT in wanted
        self._item, self._location = ITEM in wanted, LOCATION in wanted

    def __call__(self, rows: list[Row]) -> list[Mapping[str, Any]]:
        clean(rows)
        lines = [line for row in rows for line in lines_of(row, self._lines)] if self._lines else []
        clean(lines)
        self._relate(rows)
        if self._local:
            self._name_currencies(rows)
        each = lines if self._lines else rows
        if self._unit:
            self._name_units(each)
        if self._item:
            self._find_items(each)
        if self._location:
            self._find_locations(each)
        for name in set[str]().union(*rows) - self._known:
            for row in rows:
                row.pop(name, None)
        return [*rows]

    def _relate(self, rows: list[Row]) -> None:
        """Contacts: the relation under one name, whether it came as one or in a list."""
        if RELATED not in self._known:
            return
        for row in rows:
            if RELATED_TOO in row:
                row[RELATED] = row.pop(RELATED_TOO)
            related = row.get(RELATED)
            clean([each for each in (related if isinstance(related, list) else [related]) if isinstance(each, dict)])

    def _name_currencies(self, rows: list[Row]) -> None:
        """Rows without a currency are in the company's own."""
        for row in rows:
            if not row.get("currencyCode"):
                row[LOCAL] = self._api.local_currency

    def _name_units(self, rows: list[Row]) -> None:
        units = self._api.units
        for row in rows:
            code = row.get("unitOfMeasureCode") or row.get("baseUnitOfMeasureCode")
            if code.__class__ is str and code:
                row[UNIT] = units.get(code, code)

    def _find_items(self, rows: list[Row]) -> None:
        """Posted lines and ledgers name items by their number."""
        numbered = [(row, number) for row in rows if ITEM not in row and (number := _item_number(row))]
        if numbered:
            ids = self._api.item_ids({number for _, number in numbered})
            for row, number in numbered:
                row[ITEM] = ids[number] or None

    def _find_locations(self, rows: list[Row]) -> None:
        for row in rows:
            code = row.get("locationCode")
            if isinstance(code, str) and code and LOCATION not in row:
                row[LOCATION] = self._api.locations.get(code)


def _item_number(row: Row) -> str | None:
    number = row.get("itemNumber") or (row.get("lineObjectNumber") if row.get("lineType") == "Item" else None)
    return number if isinstance(number, str) and number else None
