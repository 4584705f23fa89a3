"""What the engine adds to SQL: time zones, exact division, and SQL that is kept."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from decimal import ROUND_HALF_EVEN, Context
from decimal import Decimal as D
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.canonical import CATALOGUE, engine

from metrics import duck, text
from metrics.compiled import SHIPPED, compiled, key_of, ship
from metrics.precompile import entries

ZONES = (
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "Asia/Kolkata",
    "Pacific/Apia",
    "Australia/Lord_Howe",
    "Africa/Casablanca",
)


@pytest.fixture(scope="module")
def by_zone() -> dict[str, duckdb.DuckDBPyConnection]:
    found = {}
    for zone in ZONES:
        found[zone] = duckdb.connect()
        duck.define_settings(found[zone], currency="EUR", zone=zone)
    return found


@given(zone=st.sampled_from(ZONES), moment=st.datetimes(datetime(1971, 1, 1), datetime(2095, 1, 1)))
@settings(max_examples=300, deadline=None)
def test_the_local_day_is_that_of_the_zone(
    by_zone: dict[str, duckdb.DuckDBPyConnection], zone: str, moment: datetime
) -> None:
    (found,) = by_zone[zone].execute("SELECT hub_local_day(CAST(? AS TIMESTAMP))", [moment]).fetchall()[0]
    assert found == moment.replace(tzinfo=UTC).astimezone(ZoneInfo(zone)).date()


@given(zone=st.sampled_from(ZONES), day=st.dates(date(1971, 1, 1), date(2095, 1, 1)))
@settings(max_examples=300, deadline=None)
def test_a_day_begins_at_its_local_midnight(
    by_zone: dict[str, duckdb.DuckDBPyConnection], zone: str, day: date
) -> None:
    (found,) = by_zone[zone].execute("SELECT hub_day_seconds(CAST(? AS DATE))", [day]).fetchall()[0]
    local = datetime.combine(day, time(), ZoneInfo(zone))
    assert abs(found - local.timestamp()) <= 86_400 if zone == "Pacific/Apia" else found == local.timestamp()


@pytest.mark.parametrize("moment", [datetime(1900, 1, 1), datetime(9999, 12, 31)])
def test_moments_far_away_have_a_day(by_zone: dict[str, duckdb.DuckDBPyConnection], moment: datetime) -> None:
    (found,) = by_zone["Europe/Berlin"].execute("SELECT hub_local_day(CAST(? AS TIMESTAMP))", [moment]).fetchall()[0]
    assert abs(found - moment.date()) <= timedelta(days=1)


@pytest.fixture(scope="module")
def dividing() -> duckdb.DuckDBPyConnection:
    db = duckdb.connect()
    duck.define_divisions(db, "hub_divided_0 hub_divided_2 hub_divided_10")
    return db


AMOUNTS = st.decimals(-(10**13), 10**13, places=6)


@given(above=AMOUNTS, below=AMOUNTS, digits=st.sampled_from([0, 2, 10]))
@settings(max_examples=300, deadline=None)
def test_division_is_exact_and_rounds_half_even(
    dividing: duckdb.DuckDBPyConnection, above: D, below: D, digits: int
) -> None:
    query = f"SELECT hub_divided_{digits}(CAST('{above}' AS DECIMAL(38, 10)), CAST('{below}' AS DECIMAL(20, 6)))"
    (found,) = dividing.execute(query).fetchall()[0]
    exact = Context(prec=80, rounding=ROUND_HALF_EVEN)
    assert found == (exact.quantize(exact.divide(above, below), D(1).scaleb(-digits)) if below else None)


def test_the_shipped_sql_is_that_of_the_definitions() -> None:
    assert SHIPPED.read_text(encoding="utf-8") == ship(entries()), "run `python -m metrics.precompile`"


def test_sql_is_kept_until_its_definition_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    revenue = CATALOGUE["revenue"]
    made = compiled(revenue, ("channel",), converts=False, cache_dir=tmp_path)
    (path,) = tmp_path.iterdir()
    path.write_text(path.read_text().replace("channel", "kanal"))
    assert compiled(revenue, ("channel",), converts=False, cache_dir=tmp_path) != made  # taken as it lies there
    before = key_of(revenue, ("channel",), False)
    monkeypatch.setattr("metrics.compiled.fingerprint", lambda _: "another version")
    assert key_of(revenue, ("channel",), False) != before
    path.write_text("{ damaged")
    assert compiled(revenue, ("channel",), converts=False, cache_dir=tmp_path) == made


@pytest.mark.parametrize(
    ("begins", "day", "quarter", "year"),
    [
        (1, date(2024, 5, 31), date(2024, 4, 1), date(2024, 1, 1)),
        (4, date(2024, 3, 31), date(2024, 1, 1), date(2023, 4, 1)),
        (4, date(2024, 4, 1), date(2024, 4, 1), date(2024, 4, 1)),
        (2, date(2024, 3, 31), date(2024, 2, 1), date(2024, 2, 1)),
        (12, date(2024, 12, 31), date(2024, 12, 1), date(2024, 12, 1)),
        (12, date(2024, 11, 30), date(2024, 9, 1), date(2023, 12, 1)),
    ],
)
def test_quarters_and_years_are_fiscal(begins: int, day: date, quarter: date, year: date) -> None:
    orders = [{"source_id": "1", "ordered_at": datetime(day.year, day.month, day.day), "total": D(1)}]
    hub = engine(orders=orders)
    duck.define_settings(hub.db, currency="EUR", zone="UTC", fiscal_year_start=begins)
    (row,) = hub.compute(CATALOGUE.request("revenue", by=["quarter", "year"])).rows
    assert row[:2] == (quarter, year)


def test_fiscal_periods_have_names_that_do_not_mislead() -> None:
    told = [text.period(date(2024, month, 1), name) for name in ("quarter", "year") for month in (1, 4, 11)]
    assert told == ["2024 Q1", "2024 Q2", "2024 months 11 to 01", "2024", "2024/25", "2024/25"]
