"""One kind of object that a simulator holds, how it changes, and what is true about it."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

SimRow = dict[str, Any]


def iso_z(moment: datetime) -> str:
    """`2025-01-31T10:00:00Z`, the stamp most vendors send."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass
class Table:
    """Rows as the vendor sends them, in the order of their change stamps.

    name      what it is called in `/_sim/mutate`; the name of the connector's stream by preference
    entity    canonical entity that the rows become
    key       field with the vendor's id;  source_id  the id as the hub must hold it, where that differs
    stamp     field with the time of the last change; None: the vendor tells none
    written   how a moment is written in that field
    make      row for a number and a stamp, for rows that are added later
    amount    field of an amount of money, and `currency` of its code: summed up in the truth
    """

    name: str
    entity: str
    rows: list[SimRow]
    key: str = "id"
    stamp: str | None = "updated_at"
    written: Callable[[datetime], Any] = iso_z
    make: Callable[[int, datetime], SimRow] | None = None
    amount: str | None = None
    currency: str | None = None
    source_id: Callable[[SimRow], str] | None = None
    tombstones: list[tuple[str, datetime]] = field(default_factory=list)
    """Ids of rows that were deleted, with the moment."""

    def id_of(self, row: SimRow) -> str:
        return self.source_id(row) if self.source_id else str(row[self.key])

    def find(self, key: object) -> SimRow | None:
        return next((row for row in self.rows if str(row[self.key]) == str(key)), None)

    def touch(self, count: int, tick: Callable[[], datetime], dice: random.Random) -> list[str]:
        """Some rows get a new stamp, and move to the end as the latest. Returns their ids."""
        chosen = dice.sample(self.rows, min(count, len(self.rows)))
        for row in chosen:
            if self.stamp is not None:
                row[self.stamp] = self.written(tick())
        gone = {id(row) for row in chosen}
        self.rows[:] = [row for row in self.rows if id(row) not in gone] + chosen
        return [self.id_of(row) for row in chosen]

    def add(self, count: int, tick: Callable[[], datetime]) -> list[str]:
        """New rows, latest of all. Returns their ids."""
        if self.make is None:
            return []
        start = len(self.rows) + len(self.tombstones)
        added = [self.make(start + number, tick()) for number in range(count)]
        self.rows += added
        return [self.id_of(row) for row in added]

    def delete(self, count: int, tick: Callable[[], datetime], dice: random.Random) -> list[str]:
        """Some rows go for good. Returns their ids."""
        chosen = dice.sample(self.rows, min(count, len(self.rows)))
        gone = {id(row) for row in chosen}
        self.rows[:] = [row for row in self.rows if id(row) not in gone]
        ids = [self.id_of(row) for row in chosen]
        self.tombstones += [(key, tick()) for key in ids]
        return ids

    def truth(self) -> dict[str, Any]:
        """Count, ids, and the exact sum of the amounts per currency."""
        return {"count": len(self.rows), "ids": [self.id_of(row) for row in self.rows], "sums": _sums(self)}


def _sums(table: Table) -> dict[str, str]:
    sums: dict[str, Decimal] = {}
    if table.amount is not None:
        for row in table.rows:
            code = str(row[table.currency]) if table.currency else ""
            sums[code] = sums.get(code, Decimal(0)) + Decimal(str(row[table.amount]))
    return {code: str(total) for code, total in sorted(sums.items())}


def merged_truth(tables: Iterable[Table]) -> dict[str, Any]:
    """The truth by canonical entity; several tables may become one entity."""
    truth: dict[str, Any] = {}
    for table in tables:
        own = table.truth()
        known = truth.setdefault(table.entity, {"count": 0, "ids": [], "sums": {}})
        known["count"] += own["count"]
        known["ids"] += own["ids"]
        for code, total in own["sums"].items():
            known["sums"][code] = str(Decimal(known["sums"].get(code, "0")) + Decimal(total))
    return truth
