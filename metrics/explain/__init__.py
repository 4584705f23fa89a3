"""Why a number is what it is: its inputs, the rates, what was left out, and the records behind it."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from itertools import count
from typing import Any

from hub.errors import UsageError
from metrics.base import Request
from metrics.compiled import Compiled, compiled
from metrics.coverage import coverage, refusal
from metrics.engine import Engine
from metrics.exact import exact
from metrics.explain.choose import chosen
from metrics.explain.explanation import Explanation, Rate
from metrics.explain.records import Records
from metrics.explain.shelf import Shelf
from metrics.explain.trace import ROW, Trace, figure_columns, trace
from metrics.rows import figures_of


def explain(engine: Engine, request: Request, wanted: Sequence[str], shelf: Shelf | None = None) -> Explanation:
    """One row of a metric taken apart. `wanted` names it, a text for each dimension asked for; none for the whole.
    `shelf` is for several explanations in a row, with nothing computed in between.

    Raises UsageError where no row, or more than one, is meant; MetricUndefined where there is no number.
    """
    if request.metric.always and not wanted:
        raise UsageError(
            f"{request.metric.id} has a value for each {' and '.join(request.metric.always)} only.",
            fix=f"Say which one: hub explain {request.metric.id} KEY.",
        )
    kept, tries = shelf or Shelf(), count()

    def work() -> Explanation:
        if next(tries):
            kept.clear(engine)  # the try before had too little room
        return _explained(engine, request, wanted, kept)

    return engine.with_room(work)


def _explained(engine: Engine, request: Request, wanted: Sequence[str], shelf: Shelf) -> Explanation:
    metric, by, db = request.metric, request.by, engine.db
    plan = compiled(metric, by, converts=engine.converts, cache_dir=engine.cache_dir)
    found = trace(metric, by, converts=engine.converts, cache_dir=engine.cache_dir)
    engine.prepare(request, plan)
    shelf.facts(engine, request, plan, found)
    refused = refusal(metric, *coverage(request, db.execute(found.over(plan, plan.counting_sql)).fetchall()))
    if refused:
        raise refused
    rows = f"({found.over(plan, plan.sql)}) AS rows"
    row = chosen(db, plan, request, wanted, rows, records=found.rows)
    request = engine.fitted(request, plan, rows)
    leading = len(plan.keys) + len(plan.labels)
    inputs = dict(zip(plan.names[leading:], row[leading:], strict=True))
    own = shelf.own(engine, request, found) if found.own else None
    records = _records(engine, plan, found, row, own)
    counted, asides = coverage(request, records.counting())
    return Explanation(
        request, engine.currency, engine.time_zone, request.end or engine.today,
        {name: exact(value, "text", None) for name, value in zip(plan.names[:leading], row[:leading], strict=True)},
        {name: exact(value, "text", None) for name, value in inputs.items()},
        figures_of(metric, {**request.parameters, **inputs}),
        counted, asides, _rates(records), records, engine.sequence,
    )  # fmt: skip


def _records(engine: Engine, plan: Compiled, found: Trace, row: Sequence[Any], own_table: str | None) -> Records:
    """The records of one group, in a table of their own. `own_table` has what they are in their own currencies."""
    db, keys = engine.db, dict(zip(plan.keys, row, strict=False))
    table = engine.new_table()
    match = " AND ".join(f'r."{key}" IS NOT DISTINCT FROM ?' for key in keys) or "true"
    figures = figure_columns(found.columns, plan.columns, plan.keys)
    amounts = [name for name in found.amounts if name in figures]
    own, join = ", CAST(NULL AS VARCHAR) AS mark", ""
    if own_table:
        own = f", o.* EXCLUDE ({ROW})"
        join = f"LEFT JOIN {own_table} AS o USING ({ROW})"
    db.execute(
        f"CREATE TABLE {table} AS SELECT r.* EXCLUDE ({ROW}){own} FROM ({found.rows}) AS r {join} WHERE {match}",
        list(keys.values()),
    )
    return Records(db.cursor(), table, found.identity, tuple(figures), tuple(amounts))


def _rates(records: Records) -> list[Rate]:
    """The rates that converted what counts, with the first and the last day they were used for."""
    return [
        Rate(currency, Decimal(rate).normalize(), first, last, count)
        for currency, rate, first, last, count in records.rates()
    ]
