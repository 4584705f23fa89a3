"""The records behind a headline, kept in a file beside the snapshots: what a restatement is explained with.

The store keeps the values; these files only say which record gave what. They lie under `var/`, one for each state of
the data that a report was made of, the newest ones only: without them a restatement is told, but not explained.
"""

from __future__ import annotations

import os
from pathlib import Path

from hub.sdk.metric import Metric
from metrics.base import Request
from metrics.compiled import compiled
from metrics.engine import Engine
from metrics.explain.shelf import Shelf
from metrics.explain.trace import RATE_MARK, trace
from metrics.replica.snapshot import quoted

SUMS = {
    "revenue": "r.sold",
    "gross_margin": "coalesce(r.sold, 0) - coalesce(r.cost, 0)",
    "discounts": "r.discount",
    "order_backlog": "r.waiting",
    "pipeline_value": "r.amount",
    "stock_value": "r.worth",
    "stock_on_hand": "r.units",
    "dead_stock": "CASE WHEN r.state = 'dead' THEN r.worth END",
    "logistics_cost": "r.freight",
    "purchase_price_variance": "coalesce(r.paid_amount, 0) - coalesce(r.standard_amount, 0)",
    "returns": "r.refunded",
    "cases": "CAST(1 AS DECIMAL(18, 0))",
}
"""Metric -> what each of its facts `r` adds to the headline; a test holds every one against the metric."""
FILES_KEPT = 60


def basis_of(engine: Engine, request: Request, shelf: Shelf) -> str | None:
    """SQL for the records that count, one row each, over facts on this shelf; None where the headline is no sum of
    records."""
    value = SUMS.get(request.metric.id)
    if value is None:
        return None
    plan = compiled(request.metric, (), converts=engine.converts, cache_dir=engine.cache_dir)
    found = trace(request.metric, told_by(request.metric), converts=engine.converts, cache_dir=engine.cache_dir)
    engine.prepare(request, plan)
    shelf.facts(engine, request, plan, found)
    day = "r.day" if "day" in found.columns else "CAST(NULL AS DATE)"
    customer = f'CAST(r."{found.keys[0]}" AS VARCHAR)' if found.keys else "CAST(NULL AS VARCHAR)"
    own, mark, join = f"CAST(sum({value}) AS VARCHAR)", "CAST(NULL AS VARCHAR)", ""
    if found.own:
        same = " AND ".join(f"o.{name} IS NOT DISTINCT FROM r.{name}" for name in found.identity)
        names = ", ".join(found.identity)
        own, mark = f"coalesce(any_value(o.own), CAST(sum({value}) AS VARCHAR))", "any_value(o.mark)"
        join = (
            f"LEFT JOIN (SELECT {names}, CAST(sum({value}) AS VARCHAR) AS own, min(left_out) AS mark "
            f"FROM ({found.own}) AS r WHERE left_out LIKE '{RATE_MARK}:%' GROUP BY {names}) AS o ON {same}"
        )
    return (
        f"SELECT r.kind, r.entity, r.source, r.source_id, {customer} AS customer, {day} AS day, "
        f"sum({value}) AS value, {own} AS own, split_part({mark}, ':', 2) AS currency, "
        f"split_part({mark}, ':', 3) AS rate FROM ({found.rows}) AS r {join} "
        f"WHERE r.left_out IS NULL AND ({value}) IS NOT NULL GROUP BY 1, 2, 3, 4, 5, 6"
    )


def told_by(metric: Metric) -> tuple[str, ...]:
    """What else is kept of each record."""
    return ("customer",) if "customer" in metric.groupings else ()


def keep_basis(engine: Engine, request: Request, folder: Path) -> Path | None:
    """Write the file for the present state, unless it is there. None where there is nothing to keep."""
    path = basis_path(folder, request.metric.id, engine.sequence or 0)
    if path.exists():
        return path
    shelf = Shelf()
    statement = basis_of(engine, request, shelf)
    if statement is None:
        return None
    folder.mkdir(parents=True, exist_ok=True)
    temporary = path.with_suffix(f".{os.getpid()}.tmp")
    try:
        engine.db.execute(f"COPY ({statement}) TO {quoted(str(temporary))} (FORMAT parquet, COMPRESSION zstd)")
        temporary.replace(path)
    finally:
        shelf.clear(engine)
        temporary.unlink(missing_ok=True)
    _forget(folder, request.metric.id)
    return path


def basis_path(folder: Path, metric: str, sequence: int) -> Path:
    return folder / f"{metric}-{sequence:012d}.parquet"


def _forget(folder: Path, metric: str) -> None:
    for old in sorted(folder.glob(f"{metric}-*.parquet"))[:-FILES_KEPT]:
        old.unlink(missing_ok=True)
