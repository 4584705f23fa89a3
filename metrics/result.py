"""What a metric gives: exact rows, and all that somebody needs to trust them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING, Any

from hub.sdk.metric import EXACT, MONEY, Metric
from metrics.filters import NO_FILTERS, Filters
from metrics.replica.snapshot import quoted

if TYPE_CHECKING:
    import pandas as pd

    from metrics.rows import Rows


@dataclass(frozen=True)
class Column:
    """One column of a result. `role`: key, label or figure. Money is in the reporting currency."""

    name: str
    title: str
    unit: str
    role: str


@dataclass(frozen=True)
class Aside:
    """Records that do not count (or do, but somebody should know), and why."""

    kind: str
    code: str
    detail: str
    text: str
    rows: int
    by_rule: bool
    counted: bool

    def __str__(self) -> str:
        what = f"{self.rows:,} {self.kind} record{'s' if self.rows != 1 else ''}"
        detail = f" ({self.detail})" if self.detail else ""
        return f"{what}: {self.text}{detail}"


@dataclass
class Result:
    """The rows of one metric: keys, labels, figures, in the order of `columns`; figures are Decimal, int, date or text.

    asides     what was left out or assumed, most first
    counted    records behind the figures, by kind
    """

    metric: Metric
    by: tuple[str, ...]
    columns: list[Column]
    load: Rows
    currency: str
    time_zone: str
    as_of: date
    start: date | None
    end: date | None
    parameters: dict[str, Any]
    counted: dict[str, int] = field(default_factory=dict)
    asides: list[Aside] = field(default_factory=list)
    sequence: int | None = None
    """Newest change of the store that is in it."""
    only: Filters = NO_FILTERS
    engine: str = "duckdb"
    """Where it was computed, as in `analytics:`."""
    note: str = ""
    """Why it was not computed where the hub computes as a rule."""

    @cached_property
    def rows(self) -> list[tuple[Any, ...]]:
        """Keys, labels and figures of each group."""
        return self.load.first(None)

    @property
    def count(self) -> int:
        """How many groups there are; `rows` need not be loaded for it."""
        return self.load.count

    def head(self, limit: int | None) -> list[tuple[Any, ...]]:
        """The first so many rows, or all of them (None), without loading the others."""
        return self.rows if limit is None else self.load.first(limit)

    def largest(self, name: str, limit: int, *, by: Sequence[str] = ()) -> list[tuple[Any, ...]]:
        """The rows with the most of a figure, or of each group by these columns; those without it are not there. Only
        these are loaded, where the figure is a measure."""
        if self.load.picked is None or not self._is_measured(name):
            return self._largest(name, limit, by)
        order = ", ".join((f'"{name}" DESC', *(f'"{c.name}"' for c in self.columns if c.role == "key")))
        some = f'AND "{name}" IS NOT NULL'
        if not by:
            return self.load.picked(f"{some} ORDER BY {order} LIMIT {limit:d}")
        groups = ", ".join(f'"{column}"' for column in by)
        ranked = f"QUALIFY row_number() OVER (PARTITION BY {groups} ORDER BY {order}) <= {limit:d}"
        return self.load.picked(f"{some} {ranked} ORDER BY {order}")

    def _largest(self, name: str, limit: int, by: Sequence[str]) -> list[tuple[Any, ...]]:
        place, groups = self._place(name), [self._place(column) for column in by]
        taken: dict[tuple[Any, ...], int] = {}
        found = []
        for row in sorted((row for row in self.rows if row[place] is not None), key=lambda row: -row[place]):
            group = tuple(row[column] for column in groups)
            taken[group] = taken.get(group, 0) + 1
            if taken[group] <= limit:
                found.append(row)
        return found

    def where(self, key: str, values: Sequence[str]) -> list[tuple[Any, ...]]:
        """The rows with one of these texts in a key column."""
        if self.load.picked is None:
            place = self._place(key)
            return [row for row in self.rows if row[place] in values]
        return self.load.picked(f'AND "{key}" IN ({", ".join(map(quoted, values))})') if values else []

    def summed(self, name: str, *, by: Sequence[str] = ()) -> dict[tuple[Any, ...], tuple[int, Decimal]]:
        """How many rows have a figure, and its sum, for each value of these columns."""
        columns = [*by, name]
        if self.load.told is None or not all(self._is_measured(column) for column in columns):
            found: dict[tuple[Any, ...], tuple[int, Decimal]] = {}
            places, place = [self._place(column) for column in by], self._place(name)
            for row in self.rows:
                if row[place] is not None:
                    group = tuple(row[column] for column in places)
                    count, total = found.get(group, (0, Decimal(0)))
                    found[group] = count + 1, EXACT.add(total, Decimal(row[place]))
            return found
        groups = "".join(f'"{column}", ' for column in by)
        rows = self.load.told(f'{groups}count("{name}"), sum("{name}")', "GROUP BY ALL" if by else "")
        return {tuple(keys): (count, Decimal(total or 0)) for *keys, count, total in rows if count}

    def _place(self, name: str) -> int:
        return next(place for place, column in enumerate(self.columns) if column.name == name)

    def _is_measured(self, name: str) -> bool:
        """Whether SQL knows the figure: it is no quotient that is taken later."""
        return all(output.of is None for output in self.metric.outputs if output.name == name)

    @property
    def missing(self) -> list[Aside]:
        """What is not by rule: data that somebody could mend."""
        return [aside for aside in self.asides if not aside.by_rule]

    def values(self, name: str) -> list[Any]:
        """One column."""
        place = next(i for i, column in enumerate(self.columns) if column.name == name)
        return [row[place] for row in self.rows]

    @property
    def value(self) -> Any:
        """The headline, where the result is one row; else the sum of the column, for amounts and counts."""
        values = [value for value in self.values(self.metric.value) if value is not None]
        return values[0] if len(self.rows) == 1 and values else sum(values, Decimal(0))

    def frame(self) -> pd.DataFrame:
        """As a pandas frame of exact values, with what is known about it in `attrs`."""
        import pandas as pd

        frame = pd.DataFrame(
            {column.name: pd.Series(self.values(column.name), dtype=object) for column in self.columns}
        )
        frame.attrs.update(self.about())
        return frame

    def about(self) -> dict[str, Any]:
        """Everything but the rows, as plain values."""
        return {
            "metric": self.metric.id,
            "title": self.metric.title,
            "unit": self.currency if self.metric.unit == MONEY else self.metric.unit,
            "by": list(self.by),
            "formula": self.metric.formula,
            "currency": self.currency,
            "time_zone": self.time_zone,
            "as_of": self.as_of.isoformat(),
            "from": self.start.isoformat() if self.start else None,
            "to": self.end.isoformat() if self.end else None,
            "only": self.only.document(),
            "parameters": {name: plain_text(value) for name, value in self.parameters.items()},
            "counted": self.counted,
            "left_out": [aside_document(aside) for aside in self.asides if not aside.counted],
            "assumed": [aside_document(aside) for aside in self.asides if aside.counted],
            "engine": self.engine,
            **({"note": self.note} if self.note else {}),
        }

    def document(self) -> dict[str, Any]:
        """For JSON: decimals and dates are texts."""
        names = [column.name for column in self.columns]
        return {
            **self.about(),
            "columns": [
                {"name": c.name, "title": c.title, "unit": self.currency if c.unit == MONEY else c.unit, "role": c.role}
                for c in self.columns
            ],
            "rows": [dict(zip(names, map(plain_text, row), strict=True)) for row in self.rows],
        }


def aside_document(aside: Aside) -> dict[str, Any]:
    """For JSON."""
    return {"kind": aside.kind, "reason": aside.text, "detail": aside.detail, "records": aside.rows,
            "by_rule": aside.by_rule}  # fmt: skip


def plain_text(value: Any) -> Any:
    """Decimals and dates as text; numbers that are whole, texts and None as they are."""
    if isinstance(value, Decimal):
        return f"{value:f}"
    return value.isoformat() if isinstance(value, date | datetime) else value
