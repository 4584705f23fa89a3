"""The rows of a result. They stay in DuckDB until somebody wants them, since a million Python objects take seconds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from decimal import localcontext
from typing import TYPE_CHECKING, Any

from hub.sdk.metric import EXACT, Inputs, Metric
from metrics.base import Request
from metrics.compiled import Compiled
from metrics.exact import exact

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

COVERAGE = "hub_coverage"
"""A column that a table of results may have: where it is filled, the row is not one of the result."""
_FEW = 1000


@dataclass(frozen=True)
class Rows:
    """How many rows there are, and a way to get the first so many of them in order, or all (None).

    batches  all of them in order as Arrow, so many at a time, for whoever wants columns: keys, labels and measures, out
             of which figures have yet to be made. None where there are few
    picked   those rows that SQL behind WHERE leaves (`AND ... ORDER BY ... LIMIT`), in its order; None likewise
    told     what SQL makes of keys, labels and measures: what is selected, and what follows WHERE; None likewise
    """

    count: int
    first: Callable[[int | None], list[tuple[Any, ...]]]
    batches: Callable[[int], Iterator[pa.RecordBatch]] | None = None
    picked: Callable[[str], list[tuple[Any, ...]]] | None = None
    told: Callable[[str, str], list[tuple[Any, ...]]] | None = None


def rows_of(db: duckdb.DuckDBPyConnection, table: str, request: Request, plan: Compiled) -> Rows:
    """The rows in a table of this database. Few are taken out at once, and the table is dropped."""
    order = f" ORDER BY {', '.join(plan.keys)}" if plan.keys else ""
    names = ", ".join(f'"{name}"' for name in plan.names)
    statement = f"SELECT {names} FROM {table} WHERE {COVERAGE} IS NULL{order}"
    count = int(db.execute(f"SELECT count(*) FROM {table} WHERE {COVERAGE} IS NULL").fetchall()[0][0])
    own = db.cursor()

    def first(limit: int | None) -> list[tuple[Any, ...]]:
        found = own.execute(statement if limit is None else f"{statement} LIMIT {limit:d}").fetchall()
        return _shown(request, plan, found)

    def batches(rows: int) -> Iterator[pa.RecordBatch]:
        found: Any = db.cursor().sql(statement)
        yield from found.to_arrow_reader(rows)

    def told(what: str, behind: str) -> list[tuple[Any, ...]]:
        return own.execute(f"SELECT {what} FROM {table} WHERE {COVERAGE} IS NULL {behind}").fetchall()

    if count > _FEW:
        return Rows(count, first, batches, lambda behind: _shown(request, plan, told(names, behind)), told)
    rows = first(None)
    own.close()
    db.execute(f"DROP TABLE {table}")
    return Rows(count, lambda limit: rows[:limit])


def _shown(request: Request, plan: Compiled, rows: Iterable[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """Rows of measures as rows of outputs: keys, labels, figures."""
    leading = len(plan.keys) + len(plan.labels)
    names = plan.names[leading:]
    shown = []
    with localcontext(EXACT):
        for row in rows:
            figures = _figures(request.metric, {**request.parameters, **dict(zip(names, row[leading:], strict=True))})
            shown.append((*(exact(value, "text", None) for value in row[:leading]), *figures))
    return shown


def figures_of(metric: Metric, inputs: Inputs) -> list[Any]:
    """The outputs of a metric out of measures and parameters: all that a figure is made of."""
    with localcontext(EXACT):
        return _figures(metric, inputs)


def _figures(metric: Metric, inputs: Inputs) -> list[Any]:
    return [
        exact(output.of(inputs) if output.of else inputs[output.name], output.unit, output.digits)
        for output in metric.outputs
    ]
