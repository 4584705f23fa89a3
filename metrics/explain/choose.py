"""Which row of a result is meant: by its key as people write it, by the last part of the key, or by its name."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from hub.errors import MetricUndefined, UsageError
from metrics import text
from metrics.base import Request
from metrics.compiled import Compiled
from metrics.coverage import coverage
from metrics.dimensions import CALENDAR, DIMENSIONS
from metrics.explain.trace import key_text
from metrics.replica.shape import TABLES

if TYPE_CHECKING:
    import duckdb

_SHOWN = 6
_NONE = {"-", "(none)"}
_DATES = {dimension.id for dimension in CALENDAR} | {"cohort"}
_PERIOD = re.compile(r"(\d{4})(?:[- ]?Q([1-4])|-(\d{2})(?:-(\d{2}))?)?", re.IGNORECASE)


def chosen(
    db: duckdb.DuckDBPyConnection, plan: Compiled, request: Request, wanted: Sequence[str], rows: str,
    *, records: str | None = None,
) -> tuple[Any, ...]:  # fmt: skip
    """The row among `rows`, a table in SQL; `records` are those that it is made of, whether they count or not.

    Raises UsageError where none or several are meant, MetricUndefined where there is no row at all, or where there are
    records, of which none counts."""
    if len(wanted) != len(request.by):
        raise UsageError(
            f"{len(wanted)} key(s) were given for {len(request.by)} dimension(s): {', '.join(request.by) or 'none'}.",
            fix=f"Give a key for each: hub explain {request.metric.id} {' '.join(_example(n) for n in request.by)} "
            f"{' '.join(f'--by {name}' for name in request.by)}".strip()
            + ".",
        )
    metric = request.metric
    names = ", ".join(f'"{name}"' for name in plan.names)
    for exactly in (True, False):
        found = _matching(db, plan, request, wanted, (names, rows), exactly=exactly)
        if len(found) == 1:
            return found[0]
        if found:
            raise UsageError(
                f"{', '.join(repr(key[:60]) for key in wanted)} can mean {_listed(plan, request, found)}.",
                fix="Give the whole key.",
            )
    if not request.by:
        raise MetricUndefined(
            "no record counts.", fix="Sync its sources, or widen the period.", where=request.metric.id
        )
    why = _left_out(db, plan, request, wanted, records) if records else ""
    if why:
        raise MetricUndefined(
            f"no record of {', '.join(repr(key[:60]) for key in wanted)} counts ({why}).",
            fix=f"See them: hub explain {metric.id} --left-out.", where=metric.id,
        )  # fmt: skip
    raise UsageError(
        f"{metric.id} has no row for {', '.join(repr(key[:60]) for key in wanted)}.",
        fix=f"See `hub metrics show {metric.id} {' '.join(f'--by {name}' for name in request.by)}`.",
    )


def _left_out(
    db: duckdb.DuckDBPyConnection, plan: Compiled, request: Request, wanted: Sequence[str], records: str
) -> str:
    """Why the records that have these keys do not count; empty where there are none."""
    conditions, values = _conditions(plan, request, wanted, exactly=True)
    counting = db.execute(
        f"SELECT kind, left_out, assumed, count(*) FROM ({records}) AS r WHERE {conditions} GROUP BY ALL", values
    )
    _, asides = coverage(request, counting.fetchall())
    return "; ".join(str(aside) for aside in asides if not aside.counted)


def _example(name: str) -> str:
    return {"month": "2024-03", "cohort": "2024-03", "quarter": "2024-Q1", "year": "2024", "day": "2024-03-01"}.get(
        name, name.upper()
    )


def _matching(
    db: duckdb.DuckDBPyConnection,
    plan: Compiled,
    request: Request,
    wanted: Sequence[str],
    told: tuple[str, str],
    *,
    exactly: bool,
) -> list[tuple[Any, ...]]:
    where, values = _conditions(plan, request, wanted, exactly=exactly)
    limit = _SHOWN if not exactly else 2
    names, rows = told
    return db.execute(f"SELECT {names} FROM {rows} WHERE {where} LIMIT {limit}", values).fetchall()


def _conditions(
    plan: Compiled, request: Request, wanted: Sequence[str], *, exactly: bool
) -> tuple[str, list[Any]]:  # fmt: skip
    texts = key_text(plan.keys, request.by)
    conditions, values = [], []
    for name, key in zip(request.by, wanted, strict=True):
        condition, given = _condition(name, key, texts[name], exactly=exactly)
        conditions.append(condition)
        values += given
    return " AND ".join(conditions) or "true", values


def _condition(name: str, key: str, whole: str, *, exactly: bool) -> tuple[str, list[Any]]:
    dimension = DIMENSIONS[name]
    last = f'"{dimension.keys[-1]}"'
    if key in _NONE:
        return f"{last} IS NULL", []
    if name in _DATES:
        return f"CAST({last} AS DATE) = ?", [_first_day(name, key)]
    if exactly:
        return (
            (f"({whole} = ? OR {last} IN ({_golden(name)}))", [key, key])
            if _has_identity(name)
            else (f"{whole} = ?", [key])
        )
    parts = [f'lower(CAST("{part}" AS VARCHAR)) = lower(?)' for part in (*dimension.keys[1:], *dimension.labels)]
    parts += [f"lower({whole}) = lower(?)", f"ends_with(lower({whole}), lower('/' || ?))"]
    return f"({' OR '.join(parts)})", [key] * len(parts)


def _has_identity(name: str) -> bool:
    return f"{name}_identities" in TABLES


def _golden(name: str) -> str:
    """SQL for the golden record of a record that is named as `source/id`."""
    return f"SELECT golden_id FROM {name}_identities WHERE source || '/' || source_id = ?"


def _first_day(name: str, key: str) -> date:
    """The first day of a period: `2024`, `2024-Q1`, `2024-03`, `2024-03-01`."""
    found = _PERIOD.fullmatch(key.strip())
    if found:
        year, quarter, month, day = (int(part) if part else 0 for part in found.groups())
        try:
            return date(year, 3 * quarter - 2 if quarter else month or 1, day or 1)
        except ValueError:
            pass
    raise UsageError(f"{key[:40]!r} is no {name}.", fix=f"Write it as {_example(name)}.")


def _listed(plan: Compiled, request: Request, rows: Sequence[tuple[Any, ...]]) -> str:
    shown = [
        "/".join(text.printable(str(part)) for part in row[: len(plan.keys)] if part is not None)
        for row in rows[: _SHOWN - 1]
    ]
    return " or ".join(shown) + (" and others" if len(rows) == _SHOWN else "")
