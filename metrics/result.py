"""What a metric gives: exact rows, and all that somebody needs to trust them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING, Any

from hub.sdk.metric import MONEY, Metric
from metrics.filters import NO_FILTERS, Filters

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
