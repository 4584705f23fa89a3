"""Small tables that rows refer to by number: groups, sales persons, units ... Each is read once a run, where needed."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, TypeVar

from connectors.sap_b1.values import number
from hub.sdk import AuthError, Row, SourceChanged
from hub.sdk.odata import KeysetPages, ODataSource, Query

T = TypeVar("T")

_ISO_LENGTH = 3
_NAMES = {
    "BusinessPartnerGroups": ("Code", "Name"),
    "ItemGroups": ("Number", "GroupName"),
    "SalesPersons": ("SalesEmployeeCode", "SalesEmployeeName"),
    "Manufacturers": ("Code", "ManufacturerName"),
    "ShippingTypes": ("Code", "Name"),
}


class Lookups:
    """Safe to use from several threads. A table that the user may not read leaves its columns empty, with a note."""

    def __init__(self, source: ODataSource, root: str, page_size: int, currencies: Mapping[str, str]) -> None:
        self._source = source
        self._root = root
        self._paging = page_size
        self._own = currencies
        self._kept: dict[str, Any] = {}
        self._lock = threading.RLock()
        self.notes: list[str] = []

    def name(self, table: str, code: Any) -> str | None:
        """The name of an entry; None for none, and for `-1`, which stands for none."""
        key, column = _NAMES[table]
        found = self._once(table, lambda: {row[key]: row.get(column) for row in self._rows(table, key, column)})
        named = found.get(code) if isinstance(code, int | str) and code != -1 else None
        return named if isinstance(named, str) else None

    def unit(self, entry: Any) -> tuple[str | None, str | None, str | None]:
        """Code, name and international symbol of a unit of measure by its number."""
        columns = ("AbsEntry", "Code", "Name", "InternationalSymbol")
        found = self._once(
            "units", lambda: {row["AbsEntry"]: row for row in self._rows("UnitOfMeasurements", *columns)}
        )
        row = found.get(entry, {}) if isinstance(entry, int) else {}
        return row.get("Code"), row.get("Name"), row.get("InternationalSymbol")

    def unit_group(self, entry: Any) -> Row:
        """A group of units, with how many base units each of them is; empty for none."""
        if not isinstance(entry, int) or entry < 0:
            return {}
        columns = ("AbsEntry", "BaseUoM", "UoMGroupDefinitionCollection")
        found = self._once(
            "unit groups", lambda: {row["AbsEntry"]: row for row in self._rows("UnitOfMeasurementGroups", *columns)}
        )
        row: Row = found.get(entry, {})
        return row

    def kilograms(self, unit: Any) -> Decimal | None:
        """How many kilograms a unit of weight is."""
        found = self._once(
            "weights",
            lambda: {
                row["UnitCode"]: number(row.get("UnitWeightinmg")) / 1_000_000
                for row in self._rows("WeightMeasures", "UnitCode", "UnitWeightinmg")
            },
        )
        return found.get(unit) or None if isinstance(unit, int) else None

    def currency(self, code: Any) -> str | None:
        """A currency's ISO code. `##` is every currency, which is none; what nobody knows, the map refuses."""
        if not isinstance(code, str) or not code or code == "##":
            return None
        if code in self._own:
            return self._own[code]
        found = self._once("currencies", self._currencies)
        return found.get(code, code)

    def _currencies(self) -> dict[str, str]:
        """Companies often write `$`; what they print on documents is the ISO code then."""
        found = {}
        for row in self._rows("Currencies", "Code", "DocumentsCode"):
            code = str(row["Code"])
            own = code if _is_iso(code) else row.get("DocumentsCode")
            found[code] = str(own) if _is_iso(own) else code
        return found

    def local_code(self) -> str:
        """The company's own currency, as it writes it itself."""
        code: str = self._once("local", lambda: self._told("SBOBobService_GetLocalCurrency"))
        return code

    def local_currency(self) -> str | None:
        """The same as ISO code."""
        return self.currency(self.local_code())

    def _told(self, function: str) -> str:
        answer = self._source.post(f"{self._root}/{function}", {"Accept": "application/json"})
        told = answer.data.get("value") if isinstance(answer.data, dict) else answer.data
        if not isinstance(told, str) or not told:
            raise SourceChanged(f"{function} told no currency.", fix="Report it to the connector's author.")
        return told

    def _rows(self, table: str, *columns: str) -> list[Row]:
        try:
            return list(self._source.rows(Query(table, select=columns), self._pages(columns[0])))
        except AuthError as error:
            self.notes.append(f"{table} cannot be read, and what comes from there is empty: {error.problem}")
            return []

    def _pages(self, key: str) -> KeysetPages:
        return KeysetPages(self._paging, (key,), short_is_last=True)

    def _once(self, name: str, ask: Callable[[], T]) -> T:
        with self._lock:
            if name not in self._kept:
                self._kept[name] = ask()
            found: T = self._kept[name]
            return found


def _is_iso(code: Any) -> bool:
    return isinstance(code, str) and len(code) == _ISO_LENGTH and code.isascii() and code.isalpha() and code.isupper()
