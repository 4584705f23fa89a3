"""The rows behind a service: what changed and when, and indexes that live until the next change."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from hub.sdk.simulator.odata.model import EntitySet, Navigation
from hub.sdk.simulator.odata.refusals import ODataRefusal, Reason
from hub.sdk.simulator.table import SimRow, Table


def as_it_is(moment: datetime) -> datetime:
    """`Table.written` of a table whose rows hold values, not texts."""
    return moment


@dataclass
class EntityTable(Table):
    """Rows that hold Python's values. Every change is written down, for delta links and so that pages are made anew.

    Who edits rows without `touch`, `add` and `delete` says so by `changed`, or uses `remove`.
    """

    written: Callable[[datetime], Any] = as_it_is
    log: list[tuple[SimRow, bool]] = field(default_factory=list)
    """Rows in the order of their changes; True: it was deleted."""

    def touch(self, count: int, tick: Callable[[], datetime], dice: random.Random) -> list[str]:
        ids = super().touch(count, tick, dice)
        self.changed(self.rows[len(self.rows) - len(ids) :])
        return ids

    def add(self, count: int, tick: Callable[[], datetime]) -> list[str]:
        ids = super().add(count, tick)
        self.changed(self.rows[len(self.rows) - len(ids) :])
        return ids

    def delete(self, count: int, tick: Callable[[], datetime], dice: random.Random) -> list[str]:
        before = list(self.rows)
        ids = super().delete(count, tick, dice)
        left = {id(row) for row in self.rows}
        self.log += [(row, True) for row in before if id(row) not in left]
        return ids

    def changed(self, rows: Iterable[SimRow]) -> None:
        """These rows were edited or are new."""
        self.log += [(row, False) for row in rows]

    def remove(self, rows: Iterable[SimRow], tick: Callable[[], datetime]) -> None:
        """These rows are gone."""
        gone = {id(row): row for row in rows}
        self.rows[:] = [row for row in self.rows if id(row) not in gone]
        self.tombstones += [(self.id_of(row), tick()) for row in gone.values()]
        self.log += [(row, True) for row in gone.values()]


class Data:
    """Rows by set, looked up by the values of their fields."""

    def __init__(self, sets: Mapping[str, EntitySet], tables: Callable[[], Mapping[str, Table]]) -> None:
        self.sets = sets
        self._tables = tables
        self._indexes: dict[tuple[str, tuple[str, ...]], dict[tuple[Any, ...], list[SimRow]]] = {}
        self._indexed_at = -1

    @property
    def revision(self) -> int:
        """A number that rises with every change."""
        return sum(len(table.log) for table in self._tables().values() if isinstance(table, EntityTable))

    def table(self, found: EntitySet) -> EntityTable:
        table = self._tables()[found.table]
        assert isinstance(table, EntityTable)
        return table

    def rows(self, found: EntitySet) -> list[SimRow]:
        rows = self.table(found).rows
        return rows if found.where is None else [row for row in rows if found.where(row)]

    def matching(self, found: EntitySet, fields: tuple[str, ...], values: tuple[Any, ...]) -> list[SimRow]:
        """The rows whose fields have these values, by an index."""
        if self._indexed_at != self.revision:
            self._indexes.clear()
            self._indexed_at = self.revision
        index = self._indexes.get((found.name, fields))
        if index is None:
            index = self._indexes[found.name, fields] = {}
            for row in self.rows(found):
                index.setdefault(tuple(row.get(name) for name in fields), []).append(row)
        return index.get(values, [])

    def one(self, found: EntitySet, key: tuple[Any, ...]) -> SimRow | None:
        """The row with this key."""
        rows = self.matching(found, tuple(each.name for each in found.key), key)
        return rows[0] if rows else None

    def related(self, navigation: Navigation, row: SimRow) -> list[SimRow]:
        """Where a navigation leads from a row."""
        values = tuple(row.get(own) for own, _ in navigation.join)
        if None in values:
            return []
        return self.matching(self.target(navigation), tuple(other for _, other in navigation.join), values)

    def target(self, navigation: Navigation) -> EntitySet:
        return self.sets[navigation.target]

    def navigation(self, found: EntitySet, name: str) -> Navigation:
        """ODataRefusal where the type has none of that name."""
        navigation = found.navigation.get(name)
        if navigation is None:
            raise ODataRefusal(
                Reason.UNKNOWN_PROPERTY, f"Could not find a property named '{name}' on type '{found.type}'."
            )
        return navigation
