"""Orders that several systems hold: their revenue may be counted more than once."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from metrics.base import Request
from metrics.compiled import compiled
from metrics.engine import facts_sql
from metrics.workbench import Workbench

_TOLD = 4
_LEAST_SHARED = 3
"""Orders that two systems must have in common: numbers meet by chance."""


@dataclass(frozen=True)
class Shared:
    """Orders of the same number, customer and month in these systems. `again`: what is counted beyond the largest of
    each, in the reporting currency."""

    sources: tuple[str, ...]
    orders: int
    again: Decimal
    examples: tuple[tuple[str, tuple[tuple[str, str, Decimal], ...]], ...] = ()
    """The largest of them: the number, and source, key and revenue of each order that has it."""


def shared_orders(bench: Workbench, request: Request) -> list[Shared]:
    """By systems, the largest amount first. `request`: revenue, with the period and the filters of the report."""
    return bench.engine.with_room(lambda: _shared(bench, request))


def _shared(bench: Workbench, request: Request) -> list[Shared]:
    engine = bench.engine
    plan = compiled(request.metric, (), converts=engine.converts, cache_dir=engine.cache_dir)
    path = engine.kept_beside(request, plan, "shared")
    kept = _kept(path)
    if kept is not None:
        return kept
    engine.prepare(request, plan)
    rows = engine.db.execute(
        f"""WITH known AS (
            SELECT f.source, f.source_id, f.day, f.sold, i.golden_id,
                upper(ltrim(regexp_replace(coalesce(o.number, o.source_id), '[\\s#./_-]+', '', 'g'), '0')) AS number
            FROM ({facts_sql(request, plan)}) AS f
            JOIN orders AS o ON o.source = f.source AND o.source_id = f.source_id
            JOIN customer_identities AS i ON i.source = f.source AND i.source_id = f.customer_source_id
            WHERE f.kind = 'order' AND f.left_out IS NULL AND f.sold IS NOT NULL),
        met AS (
            SELECT number, list_sort(list(DISTINCT source)) AS sources, sum(sold) - max(sold) AS again,
                list([source, source_id, CAST(sold AS VARCHAR)] ORDER BY source, source_id) AS members
            FROM known WHERE length(number) >= 3
            GROUP BY number, golden_id, date_trunc('month', day) HAVING count(DISTINCT source) > 1)
        SELECT sources, count(*), sum(again),
            list({{'number': number, 'members': members}} ORDER BY again DESC, number)[:{_TOLD}] FROM met
        GROUP BY sources HAVING count(*) >= {_LEAST_SHARED} ORDER BY 3 DESC, 1"""
    ).fetchall()
    found = [_shared_by(*row) for row in rows]
    if path:
        with contextlib.suppress(OSError):
            path.write_text(json.dumps([[*row[:2], str(row[2]), row[3]] for row in rows]))
    return found


def _shared_by(sources: Sequence[str], orders: int, again: Decimal, examples: Sequence[Mapping[str, Any]]) -> Shared:
    told = tuple(
        (each["number"], tuple((source, source_id, Decimal(sold)) for source, source_id, sold in each["members"]))
        for each in examples
    )
    return Shared(tuple(sources), orders, again, told)


def _kept(path: Path | None) -> list[Shared] | None:
    """What was found in the same state of the data; None where that has to be found again."""
    try:
        told = json.loads(path.read_text()) if path else None
        return (
            None
            if told is None
            else [_shared_by(sources, orders, Decimal(again), examples) for sources, orders, again, examples in told]
        )
    except (OSError, ValueError, TypeError, KeyError, ArithmeticError):
        return None
