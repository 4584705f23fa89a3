"""The rows of a result. They stay in DuckDB until somebody wants them, since a million Python objects take seconds."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import localcontext
from typing import TYPE_CHECKING, Any

from hub.sdk.metric import EXACT
from metrics.base import Request
from metrics.compiled import Compiled
from metrics.exact import exact

if TYPE_CHECKING:
    import duckdb

COVERAGE = "hub_coverage"
"""A column that a table of results may have: where it is filled, the row is not one of the result."""
_FEW = 1000


@dataclass(frozen=True)
class Rows:
    """How many rows there are, and a way to get the first so many of them in order, or all (None)."""

    count: int
    first: Callable[[int | None], list[tuple[Any, ...]]]


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

    if count > _FEW:
        return Rows(count, first)
    rows = first(None)
    own.close()
    db.execute(f"DROP TABLE {table}")
    return Rows(count, lambda limit: rows[:limit])


def _shown(request: Request, plan: Compiled, rows: Iterable[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """Rows of measures as rows of outputs: keys, labels, figures."""
    leading = len(plan.keys) + len(plan.labels)
    names, outputs = plan.names[leading:], request.metric.outputs
    shown = []
    with localcontext(EXACT):
        for row in rows:
            inputs = {**request.parameters, **dict(zip(names, row[leading:], strict=True))}
            figures = [
                exact(output.of(inputs) if output.of else inputs[output.name], output.unit, output.digits)
                for output in outputs
            ]
            shown.append((*(exact(value, "text", None) for value in row[:leading]), *figures))
    return shown
