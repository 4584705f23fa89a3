"""Where the rows of the simulated system lie: one list a table, made by set."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from connectors.sap.simulation.model import SapRow, row_class
from connectors.sap.simulation.modern import TWINS
from hub.sdk.simulator.odata import EntitySet


class Rows:
    """The tables by name. `new` holds what was added since it was last looked at."""

    def __init__(self, sets: Iterable[EntitySet]) -> None:
        found = list(sets)
        self._classes = {each.name: row_class(each) for each in found}
        self.keys = {each.table: each.key[0].name for each in found}
        self._table = {each.name: each.table for each in found}
        self.tables: dict[str, list[dict[str, Any]]] = {each.table: [] for each in found}
        self.new: dict[str, list[dict[str, Any]]] = {}

    def add(self, name: str, **values: Any) -> SapRow:
        """A row of a set."""
        twins = {theirs: values[ours] for ours, theirs in TWINS.get(name, {}).items() if ours in values}
        row = self._classes[name](values | twins)
        table = self._table[name]
        self.tables[table].append(row)
        self.new.setdefault(table, []).append(row)
        return row

    def taken(self) -> dict[str, list[dict[str, Any]]]:
        """What is new, by table."""
        found, self.new = self.new, {}
        return found
