"""What DuckDB is told before it runs a metric's SQL: functions for settings, parameters, rates and exact division."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Set
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from metrics.authority import make_places
from metrics.euro import fixed_rates_sql
from metrics.scope import PARAMETER_TYPES, RATE_COLUMN, RATES, RESTS
from metrics.trust_facts import STREAMS, STREAMS_TABLE, UNMAPPED, UNMAPPED_TABLE
from metrics.zones import day_bins, day_seconds_sql, local_day_sql, moment_bins

if TYPE_CHECKING:
    import duckdb

    from metrics.base import Request
    from metrics.engines.site import Ground

_DIVIDED = re.compile(r"\bhub_divided_(\d+)\b", re.IGNORECASE)
NET_DIGITS = 12
RATE_DIGITS = 14
FEW_RATE_DIGITS = 8
_DAYS_AHEAD = 367
_PARQUET = "(FORMAT parquet, COMPRESSION lz4_raw, ROW_GROUP_SIZE 122880)"
_RESTS_SQL = (
    "list_reduce(list_transform(shares, lambda share: [share]), "
    "lambda rests, share: list_append(rests, CAST(rests[-1] * share[1] AS DECIMAL(38, 10))), [whole])"
)
_ZONE_LISTS = ("hub_moment_changes", "hub_moment_starts", "hub_day_changes", "hub_day_starts")


def define_ground(db: duckdb.DuckDBPyConnection, ground: Ground) -> None:
    """All that stays the same for a whole session, but for the rates."""
    define_settings(db, currency=ground.currency, zone=ground.time_zone, fiscal_year_start=ground.fiscal_year_start)
    make_streams(db, ground.streams)
    make_unmapped(db, ground.unmapped)
    if ground.warehouses:
        make_places(db, ground.warehouses)


def define_request(db: duckdb.DuckDBPyConnection, request: Request, today: date) -> None:
    """What one question says: its period and its parameters."""
    define_period(db, request.start, request.end, request.end or today)
    kinds = {parameter.name: parameter.kind for parameter in request.metric.parameters}
    define_parameters(db, kinds, request.parameters)


def define_settings(db: duckdb.DuckDBPyConnection, *, currency: str, zone: str, fiscal_year_start: int = 1) -> None:
    """Functions that stay the same for a whole session. `fiscal_year_start` is a month: 1 is January."""
    for months, unit in ((3, "quarter"), (12, "year")):
        shift = f"INTERVAL {(fiscal_year_start - 1) % months} MONTH"
        _define(db, f"hub_fiscal_{months}", ("day",), f"CAST(date_trunc('{unit}', day - {shift}) + {shift} AS DATE)")
    _define(db, "hub_currency", (), quoted(currency))
    _define_zone(db, zone)
    _define(db, "hub_seconds", ("moment",), "epoch_us(moment) // 1000000")
    _define(db, RESTS, ("shares", "whole"), _RESTS_SQL)
    make_places(db, {})


def make_streams(db: duckdb.DuckDBPyConnection, streams: Iterable[tuple[Any, ...]]) -> None:
    """Table of what is known about each stream, in the columns of `metrics.trust_facts.STREAMS`."""
    _make(db, STREAMS_TABLE, STREAMS, streams)


def make_unmapped(db: duckdb.DuckDBPyConnection, fields: Iterable[tuple[Any, ...]]) -> None:
    """Table of the fields that are mapped to nothing, in the columns of `metrics.trust_facts.UNMAPPED`."""
    _make(db, UNMAPPED_TABLE, UNMAPPED, fields)


def _make(
    db: duckdb.DuckDBPyConnection, table: str, columns: Mapping[str, str], rows: Iterable[tuple[Any, ...]]
) -> None:
    shape = ", ".join(f"{name} {kind}" for name, kind in columns.items())
    db.execute(f"CREATE OR REPLACE TEMP TABLE {table} ({shape})")
    for row in rows:
        db.execute(f"INSERT INTO {table} VALUES ({', '.join('?' * len(columns))})", list(row))


def widen(db: duckdb.DuckDBPyConnection, tables: Iterable[str]) -> None:
    """Read all decimals of the canonical tables with 20 digits, whose products have 38: temporary views of the same
    names stand in front of the tables from now on. DuckDB keeps a product of narrower ones within 18 digits."""
    for table in tables:
        columns = db.execute(f"DESCRIBE {table}").fetchall()
        wider = [f"CAST({name} AS DECIMAL(20, 6)) AS {name}" for name, kind, *_ in columns if kind == "DECIMAL(18,6)"]
        if wider:
            db.execute(
                f"CREATE OR REPLACE TEMP VIEW {table} AS SELECT * REPLACE ({', '.join(wider)})"
                f" FROM {db.execute('SELECT current_database()').fetchall()[0][0]}.main.{table}"
            )


def _define_zone(db: duckdb.DuckDBPyConnection, zone: str) -> None:
    if zone == "UTC":
        _define(db, "hub_local_day", ("moment",), "CAST(moment AS DATE)")
        _define(db, "hub_day_seconds", ("day",), "epoch_us(CAST(day AS TIMESTAMP)) // 1000000")
        return
    for name, bins in (("hub_moment", moment_bins(zone)), ("hub_day", day_bins(zone))):
        for part, values in zip(("starts", "changes"), bins, strict=True):
            db.execute(f"SET VARIABLE {name}_{part} = ?", [values])  # as text its parsing would take ten times as long
    listed = {name: f"getvariable('{name}')" for name in _ZONE_LISTS}
    _define(db, "hub_local_day", ("moment",), local_day_sql("moment", *(listed[n] for n in _ZONE_LISTS[:2])))
    _define(db, "hub_day_seconds", ("day",), day_seconds_sql("day", *(listed[n] for n in _ZONE_LISTS[2:])))


def define_period(db: duckdb.DuckDBPyConnection, start: date | None, end: date | None, as_of: date) -> None:
    _define(db, "hub_start", (), typed(start, "DATE"))
    _define(db, "hub_end", (), typed(end, "DATE"))
    _define(db, "hub_as_of", (), typed(as_of, "DATE"))


def define_parameters(db: duckdb.DuckDBPyConnection, kinds: Mapping[str, str], values: Mapping[str, Any]) -> None:
    for name, kind in kinds.items():
        of_type = "VARCHAR" if kind == "choice" else PARAMETER_TYPES[kind]
        _define(db, f"hub_parameter_{name}", (), typed(values.get(name), of_type))


def define_divisions(db: duckdb.DuckDBPyConnection, *statements: str) -> None:
    """Exact division for every number of digits that the statements use."""
    for digits in divided_digits(statements):
        _define(db, f"hub_divided_{digits}", ("above", "below"), division_sql("above", "below", digits))


def divided_digits(statements: Iterable[str]) -> set[int]:
    """The numbers of digits for which statements ask for exact division."""
    return {int(found) for statement in statements for found in _DIVIDED.findall(statement)}


def division_sql(above: str, below: str, digits: int) -> str:
    """An exact quotient of decimals with up to ten digits after the point, in 128-bit whole numbers, half to even.

    Whole numbers divide towards zero; what remains decides whether the last digit grows. There is no CASE in it, since
    DuckDB would compute what stands in several places of one several times.
    """
    over = f"(CAST(CAST({above} AS DECIMAL(38, 10)) * 10000000000 AS HUGEINT) * {10**digits}::HUGEINT)"
    under = f"nullif(CAST(CAST({below} AS DECIMAL(38, 10)) * 10000000000 AS HUGEINT), 0)"
    quotient = f"({over} // {under})"
    twice = f"(2 * abs({over} - {quotient} * {under}))"  # a second division would take as long as all else
    is_more, is_half = f"CAST({twice} > abs({under}) AS TINYINT)", f"CAST({twice} = abs({under}) AS TINYINT)"
    rounded = f"({quotient} + sign({over}) * sign({under}) * ({is_more} + {is_half} * ({quotient} & 1)))"
    unit = f"CAST({Decimal(1).scaleb(-digits):f} AS DECIMAL({digits + 1}, {digits}))"
    return f"CAST({rounded} AS DECIMAL(38, 0)) * {unit}"


def define_rate_digits(db: duckdb.DuckDBPyConnection, digits: int) -> None:
    """What follows from the digits of rates: an amount has twelve decimals, its product with a rate so many more."""
    wide = f"DECIMAL(38, {NET_DIGITS + digits})"
    _define(db, "hub_own", ("amount",), f"CAST(amount AS {wide})")
    _define(db, "hub_no_amount", (), f"CAST(NULL AS {wide})")
    _define(db, "hub_times", ("amount", "rate"), f"CAST(amount AS DECIMAL(38, {NET_DIGITS})) * rate")


def make_rates(
    db: duckdb.DuckDBPyConnection, currencies: Set[str], reporting: str, last: date, digits: int = RATE_DIGITS
) -> None:
    """Table of factors into the reporting currency, one for each day from a currency's first rate on, and for a year
    ahead, since there are orders and deals that are dated so.

    A day without a rate takes the last one before it. Two quoted currencies are crossed over their common base; of
    several bases the reporting currency wins, then EUR. Factors are rounded half-even to so many digits. What became
    the euro has its fixed rate from then on, whatever a list says.
    """
    wanted = ", ".join(quoted(code) for code in sorted({*currencies, reporting}))
    mine = quoted(reporting)
    db.execute(
        f"""CREATE OR REPLACE TEMP TABLE {RATES} AS
        WITH fixed AS ({fixed_rates_sql()}), listed AS (
            SELECT base_currency AS base, currency, rate_on AS day, rate FROM fx_rates
            WHERE rate > 0 AND base_currency IS NOT NULL AND currency IS NOT NULL AND rate_on IS NOT NULL
            QUALIFY row_number() OVER (PARTITION BY base_currency, currency, rate_on ORDER BY source, source_id) = 1
        ), published AS (
            SELECT * FROM fixed UNION ALL SELECT listed.* FROM listed LEFT JOIN fixed USING (base, currency)
            WHERE fixed.day IS NULL OR listed.day < fixed.day
        ), quotes AS (
            SELECT * FROM published WHERE currency IN ({wanted})
            UNION ALL SELECT DISTINCT base, base, day, CAST(1 AS DECIMAL(20, 6)) FROM published WHERE base IN ({wanted})
        ), spans AS (
            SELECT *, lead(day, 1, {typed(last, "DATE")} + {_DAYS_AHEAD})
                      OVER (PARTITION BY base, currency ORDER BY day) AS next
            FROM quotes
        ), filled AS (
            SELECT base, currency, rate, CAST(unnest(generate_series(day, next - 1, INTERVAL 1 DAY)) AS DATE) AS day
            FROM spans
        )
        SELECT f.currency AS rate_currency, f.day AS rate_day,
               CAST({division_sql("m.rate", "f.rate", digits)} AS DECIMAL({digits + 10}, {digits})) AS {RATE_COLUMN}
        FROM filled f JOIN filled m ON m.base = f.base AND m.day = f.day AND m.currency = {mine}
        WHERE f.currency <> {mine}
        QUALIFY row_number() OVER (
            PARTITION BY f.currency, f.day ORDER BY f.base <> {mine}, f.base <> 'EUR', f.base) = 1"""
    )


def write_parquet(
    db: duckdb.DuckDBPyConnection, query: str, path: Path, *, is_large: bool = False
) -> list[str]:  # fmt: skip
    """Write the rows of a query. Whole numbers of 128 bits, which Parquet would make floats of, become decimals: the
    names of these columns, for `read_parquet` to turn them back. `is_large`: many rows are expected."""
    columns = db.execute(f"DESCRIBE {query}").fetchall()
    huge = [name for name, kind, *_ in columns if kind == "HUGEINT"]
    as_decimals = ", ".join(f'CAST("{name}" AS DECIMAL(38, 0)) AS "{name}"' for name in huge)
    rows = f"SELECT * REPLACE ({as_decimals}) FROM ({query}) AS rows" if huge else query
    if not (is_large and _written_by_arrow(db, rows, path)):
        db.execute(f"COPY ({rows}) TO {quoted(str(path))} {_PARQUET}")
    return huge


def _written_by_arrow(db: duckdb.DuckDBPyConnection, rows: str, path: Path) -> bool:
    from metrics.large_files import write_large

    return write_large(db, rows, path)


def read_parquet(path: Path, huge: Iterable[str]) -> str:
    """SQL for the rows that `write_parquet` wrote."""
    back = ", ".join(f'CAST("{name}" AS HUGEINT) AS "{name}"' for name in huge)
    return f"SELECT *{f' REPLACE ({back})' if back else ''} FROM read_parquet({quoted(str(path))})"


def typed(value: Any, of_type: str) -> str:
    """A literal of a type; NULL stays typed."""
    return f"CAST({'NULL' if value is None else quoted(str(value))} AS {of_type})"


def quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _define(db: duckdb.DuckDBPyConnection, name: str, arguments: tuple[str, ...], body: str) -> None:
    db.execute(f"CREATE OR REPLACE TEMP MACRO {name}({', '.join(arguments)}) AS ({body})")
