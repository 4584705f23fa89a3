"""The records behind a number, page by page, the largest first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Any

from hub.model.catalog import ENTITIES
from metrics.exact import exact
from metrics.explain.trace import RATE_MARK

if TYPE_CHECKING:
    import duckdb

PAGE_ROWS = 1000


@dataclass(frozen=True)
class Record:
    """One record of a source. `values` are what the metric takes from it, in the reporting currency; `own` the amounts
    in the record's currency, where they were converted at `rate`. `number` is the one people use."""

    kind: str
    entity: str
    source: str
    source_id: str
    day: date | None
    values: dict[str, Any]
    own: dict[str, Any] = field(default_factory=dict)
    currency: str | None = None
    rate: str | None = None
    left_out: str | None = None
    assumed: str | None = None
    number: str | None = None


@dataclass
class Records:
    """The records of one group of a metric, in a table of this database."""

    db: duckdb.DuckDBPyConnection
    table: str
    identity: tuple[str, ...]
    figures: tuple[str, ...]
    amounts: tuple[str, ...]

    @cached_property
    def count(self) -> int:
        """How many count."""
        return self.total()

    def total(self, *, left_out: bool = False) -> int:
        """How many count, or how many do not."""
        return int(self._rows(f"SELECT count(*) FROM {self.table} WHERE {_which(left_out)}")[0][0])

    def counting(self) -> list[tuple[Any, ...]]:
        """Coverage: kind, left_out, assumed, how many."""
        return self._rows(f"SELECT kind, left_out, assumed, count(*) FROM {self.table} GROUP BY ALL")

    def rates(self) -> list[tuple[Any, ...]]:
        """Currency, rate, first and last day, how many: of records that count."""
        days = "min(day), max(day)" if "day" in self.identity else "NULL, NULL"
        return self._rows(
            f"SELECT split_part(mark, ':', 2) AS currency, split_part(mark, ':', 3) AS rate, {days}, count(*) "
            f"FROM {self.table} WHERE left_out IS NULL AND mark IS NOT NULL GROUP BY currency, rate ORDER BY 1, 3, 2"
        )

    def references(self, column: str, limit: int) -> list[tuple[str, str]]:
        """Records that the facts refer to: (source, source_id), where the facts have such a column."""
        if column not in self._columns:
            return []
        return self._rows(
            f"SELECT DISTINCT source, {column} FROM {self.table} WHERE left_out IS NULL AND {column} IS NOT NULL "
            f"AND source IS NOT NULL ORDER BY 1, 2 LIMIT {limit:d}"
        )

    def page(self, limit: int, offset: int = 0, *, left_out: bool = False) -> list[Record]:
        """Records that count, or do not: the largest first, then by key."""
        names = ", ".join(f'"{name}"' for name in self._selected)
        largest = f'abs(TRY_CAST("{self.figures[0]}" AS DOUBLE)) DESC NULLS LAST, ' if self.figures else ""
        order = ", ".join(f'"{name}"' for name in self.identity)
        rows = self._rows(
            f"SELECT {names} FROM {self.table} WHERE {_which(left_out)} "
            f"ORDER BY {largest}{order} LIMIT {limit:d} OFFSET {offset:d}"
        )
        found = [dict(zip(self._selected, row, strict=True)) for row in rows]
        numbers = self._numbers(found)
        return [self._record(row, numbers) for row in found]

    def pages(self, *, left_out: bool = False) -> Iterator[list[Record]]:
        """All of them."""
        for offset in range(0, self.total(left_out=left_out), PAGE_ROWS):
            yield self.page(PAGE_ROWS, offset, left_out=left_out)

    def _record(self, row: dict[str, Any], numbers: dict[tuple[str, str, str], str]) -> Record:
        _, currency, rate = row["mark"].split(":") if row["mark"] else (RATE_MARK, None, None)
        return Record(
            row["kind"], row["entity"], row["source"], row["source_id"], exact(row.get("day"), "day", None),
            {name: exact(row[name], "text", None) for name in self.figures},
            {name: exact(row[f"own_{name}"], "text", None) for name in self.amounts if currency},
            currency, rate, row["left_out"], row["assumed"],
            numbers.get((row["entity"], row["source"], row["source_id"])),
        )  # fmt: skip

    def _numbers(self, rows: Sequence[dict[str, Any]]) -> dict[tuple[str, str, str], str]:
        """The numbers people use, of entities that have one."""
        found: dict[tuple[str, str, str], str] = {}
        for entity in {row["entity"] for row in rows}:
            if entity in ENTITIES and any(column.name == "number" for column in ENTITIES[entity].columns):
                ids = [row["source_id"] for row in rows if row["entity"] == entity]
                for source, source_id, number in self._rows(
                    f"SELECT source, source_id, number FROM {entity} WHERE source_id IN (SELECT unnest(?::VARCHAR[])) "
                    "AND number IS NOT NULL", [ids]
                ):  # fmt: skip
                    found[entity, source, source_id] = number
        return found

    @cached_property
    def _columns(self) -> set[str]:
        return {row[0] for row in self._rows(f"DESCRIBE {self.table}")}

    @cached_property
    def _selected(self) -> list[str]:
        own = [f"own_{name}" for name in self.amounts if f"own_{name}" in self._columns]
        return [*self.identity, *self.figures, *own, "mark", "left_out", "assumed"]

    def _rows(self, statement: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        return self.db.execute(statement, list(values)).fetchall()


def _which(left_out: bool) -> str:
    return "left_out IS NOT NULL" if left_out else "left_out IS NULL"
