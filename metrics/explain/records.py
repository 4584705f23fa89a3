"""The records behind a number, page by page, the largest first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Any

from hub.model.catalog import ENTITIES
from metrics.exact import exact
from metrics.explain.trace import RATE_MARK

if TYPE_CHECKING:
    import duckdb

PAGE_ROWS = 1000
Key = tuple[str, str, str]
"""Entity, source, key."""
_PARENTS = {
    "order_lines": ("orders", "order_source_id"), "returns": ("orders", "order_source_id"),
    "shipments": ("orders", "order_source_id"), "shipment_lines": ("orders", "order_source_id"),
    "invoices": ("orders", "order_source_id"), "invoice_lines": ("invoices", "invoice_source_id"),
    "purchase_order_lines": ("purchase_orders", "purchase_order_source_id"),
    "receipts": ("purchase_orders", "purchase_order_source_id"),
    "stock_levels": ("products", "product_source_id"), "product_costs": ("products", "product_source_id"),
    "opportunity_stages": ("opportunities", "opportunity_source_id"), "contacts": ("customers", "customer_source_id"),
}  # fmt: skip
"""Records that systems show on the page of another one, and the field that names it."""


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
    parent: tuple[str, str] | None = None
    """Entity and key of the record whose page shows this one, too: the order of a line."""


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
            f"FROM {self.table} WHERE left_out IS NULL AND mark IS NOT NULL GROUP BY 1, 2 ORDER BY 1, 3, 2"
        )

    def several(self, entity: str, column: str, limit: int) -> list[str]:
        """Golden records that stand for more than one record, of those that the records refer to by this column."""
        if column not in self._columns:
            return []
        rows = self._rows(
            f"WITH links AS (SELECT source, source_id, golden_id, count(*) OVER (PARTITION BY golden_id) AS members "
            f"FROM {entity}_identities) SELECT DISTINCT golden_id FROM links JOIN {self.table} AS r "
            f"ON r.source = links.source AND r.{column} = links.source_id "
            f"WHERE r.left_out IS NULL AND members > 1 ORDER BY 1 LIMIT {limit:d}"
        )
        return [golden_id for (golden_id,) in rows]

    def page(self, limit: int, offset: int = 0, *, left_out: bool = False) -> list[Record]:
        """Records that count, or do not: the largest first, then by key."""
        names = ", ".join(f'"{name}"' for name in self._selected)
        order = ", ".join(f'"{name}"' for name in self.identity)
        rows = self._rows(
            f"SELECT {names} FROM {self.table} WHERE {_which(left_out)} "
            f"ORDER BY {largest_first(self.figures)}{order} LIMIT {limit:d} OFFSET {offset:d}"
        )
        return identified(self.db, [self._record(dict(zip(self._selected, row, strict=True))) for row in rows])

    def grouped(self, column: str) -> dict[int, list[Record]]:
        """All of them by a column of whole numbers, in the order of `page`; without numbers and parents, which
        `identified` adds."""
        names = ", ".join(f'"{name}"' for name in self._selected)
        order = ", ".join(f'"{name}"' for name in self.identity)
        found: dict[int, list[Record]] = {}
        for place, *row in self._rows(
            f'SELECT "{column}", {names} FROM {self.table} ORDER BY "{column}", {largest_first(self.figures)}{order}'
        ):
            found.setdefault(place, []).append(self._record(dict(zip(self._selected, row, strict=True))))
        return found

    def pages(self, *, left_out: bool = False) -> Iterator[list[Record]]:
        """All of them."""
        for offset in range(0, self.total(left_out=left_out), PAGE_ROWS):
            yield self.page(PAGE_ROWS, offset, left_out=left_out)

    def _record(self, row: dict[str, Any]) -> Record:
        _, currency, rate = row["mark"].split(":") if row["mark"] else (RATE_MARK, None, None)
        return Record(
            row["kind"], row["entity"], row["source"], row["source_id"], exact(row.get("day"), "day", None),
            {name: exact(row[name], "text", None) for name in self.figures},
            {name: exact(row[f"own_{name}"], "text", None) for name in self.amounts if currency},
            currency, rate, row["left_out"], row["assumed"],
        )  # fmt: skip

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


def largest_first(figures: Sequence[str]) -> str:
    """The beginning of an ORDER BY: by the first figure of a record."""
    return f'abs(TRY_CAST("{figures[0]}" AS DOUBLE)) DESC NULLS LAST, ' if figures else ""


def identified(db: duckdb.DuckDBPyConnection, records: Sequence[Record]) -> list[Record]:
    """The records with the numbers people use, and the records whose pages show them, where there are any."""
    numbers = _looked_up(db, records, dict.fromkeys(_numbered(), "number"))
    parents = _looked_up(db, records, {entity: column for entity, (_, column) in _PARENTS.items()})
    made = []
    for record in records:
        key = (record.entity, record.source, record.source_id)
        parent = (_PARENTS[record.entity][0], parents[key]) if key in parents else None
        made.append(replace(record, number=numbers.get(key), parent=parent))
    return made


def _numbered() -> set[str]:
    """Entities that have a number of their own."""
    return {name for name, entity in ENTITIES.items() if any(column.name == "number" for column in entity.columns)}


def _looked_up(
    db: duckdb.DuckDBPyConnection, records: Sequence[Record], columns: dict[str, str]
) -> dict[Key, str]:  # fmt: skip
    """One column of each record, where its entity has one and it is filled."""
    found: dict[Key, str] = {}
    for entity in {record.entity for record in records} & columns.keys():
        ids = list({record.source_id for record in records if record.entity == entity})
        for source, source_id, value in db.execute(
            f"SELECT source, source_id, {columns[entity]} FROM {entity} "
            f"WHERE source_id IN (SELECT unnest(?::VARCHAR[])) AND {columns[entity]} IS NOT NULL", [ids]
        ).fetchall():  # fmt: skip
            found[entity, source, source_id] = value
    return found
