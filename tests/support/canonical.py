"""Small canonical tables written out by hand, in DuckDB, for metrics computed on paper."""

from __future__ import annotations

import atexit
import tempfile
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import duckdb

from hub.model.kinds import Kind
from metrics.base import Catalogue
from metrics.catalogue import hub_metrics
from metrics.engine import Engine
from metrics.replica.shape import DUCK_TYPES, TABLES, columns_of
from metrics.result import Result

Rows = Sequence[Mapping[str, Any]]
CATALOGUE = Catalogue(hub_metrics())


def tables(*, narrow: bool = False, **given: Rows) -> duckdb.DuckDBPyConnection:
    """All canonical tables, empty but for the rows given. `source` is `shop` where a row says nothing.

    narrow   decimals of 18 digits, as the replica has them where all values fit
    """
    db = duckdb.connect()
    types = {**DUCK_TYPES, **({Kind.DECIMAL: "DECIMAL(18, 6)"} if narrow else {})}
    for name, entity in TABLES.items():
        columns = {column: types[kind] for column, kind in columns_of(entity).items()}
        db.execute(f"CREATE TABLE {name} ({', '.join(f'{column} {kind}' for column, kind in columns.items())})")
        _fill(db, name, columns, given.get(name, ()))
    return db


def _fill(db: duckdb.DuckDBPyConnection, name: str, columns: Mapping[str, str], given: Rows) -> None:
    """One statement for all rows that say the same columns: a statement for each takes longer than most tests."""
    alike: dict[tuple[str, ...], list[Any]] = {}
    for row in given:
        values = {"source": "shop", **row}
        alike.setdefault(tuple(values), []).extend(values.values())
    for said, values in alike.items():
        # Each is cast by itself: in a column of decimals DuckDB would round what is exact for what is large.
        kinds = [columns[column] for column in said]
        places = ", ".join(f"CAST(? AS {kind})" if kind.startswith("DECIMAL") else "?" for kind in kinds)
        rows = ", ".join([f"({places})"] * (len(values) // len(said)))
        db.execute(f"INSERT INTO {name} ({', '.join(said)}) VALUES {rows}", values)


@cache
def _kept_sql() -> Path:
    """One folder for the SQL of a test session: building expressions is what takes time."""
    folder = tempfile.TemporaryDirectory(prefix="hub-test-sql-")
    atexit.register(folder.cleanup)
    return Path(folder.name)


def engine(
    currency: str = "EUR", zone: str = "UTC", today: date = date(2024, 12, 31), *, narrow: bool = False, **given: Rows
) -> Engine:
    """An engine over such tables."""
    found = {
        row["currency"] for name, rows in given.items() if name != "fx_rates" for row in rows if row.get("currency")
    }
    return Engine(tables(narrow=narrow, **given), currency, zone, today, found, _kept_sql())


DEFAULTS: dict[str, Any] = {"lifespan_years": Decimal(3), "acquisition_cost": Decimal(0)}


def compute(engine: Engine, metric: str, **request: Any) -> Result:
    return engine.compute(CATALOGUE.request(metric, defaults=DEFAULTS, **request))


def rows(result: Result) -> list[dict[str, Any]]:
    return [dict(zip((c.name for c in result.columns), row, strict=True)) for row in result.rows]
