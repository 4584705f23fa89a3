"""Files of many rows have another writer than small ones, and hold the same."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from metrics import duck

ROWS = """
    SELECT i AS number, 'key ' || i AS key, CASE WHEN i % 7 > 0 THEN 'few' END AS word,
           CAST(NULL AS VARCHAR) AS nothing, i % 2 = 0 AS flag, date '2024-01-01' + CAST(i % 400 AS INTEGER) AS day,
           make_timestamp(i * 1000001) AS moment, CAST(i AS DECIMAL(18, 6)) / 1 AS amount,
           CAST(i AS DECIMAL(38, 12)) * -1 AS net, CAST(i AS HUGEINT) AS huge
    FROM range({count}) AS t(i)
"""


@pytest.fixture
def db() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        yield connection


@pytest.mark.parametrize("count", [0, 1, 130_000])
def test_both_writers_write_the_same(db: duckdb.DuckDBPyConnection, tmp_path: Path, count: int) -> None:
    rows = ROWS.format(count=count)
    read = []
    for is_large in (False, True):
        path = tmp_path / f"{is_large}.parquet"
        huge = duck.write_parquet(db, rows, path, is_large=is_large)
        read.append(duck.read_parquet(path, huge))
    for one, other in (read, read[::-1]):
        assert db.execute(f"SELECT count(*) FROM ({one} EXCEPT ALL {other})").fetchall() == [(0,)]
    shapes = [db.execute(f"DESCRIBE {each}").fetchall() for each in read]
    assert [column[:2] for column in shapes[0]] == [column[:2] for column in shapes[1]]


def test_a_number_without_room_is_told_as_ever(db: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    rows = "SELECT CAST(i + 99 AS TINYINT) AS x FROM range(200) AS t(i)"
    with pytest.raises((duckdb.OutOfRangeException, duckdb.ConversionException)):
        duck.write_parquet(db, rows, tmp_path / "x", is_large=True)
    assert not db.execute("SELECT current_setting('produce_arrow_string_view')").fetchall()[0][0]
