"""Whether partitions of PostgreSQL's large tables would pay: `python -m bench.partitions [ROWS [lines] [states]]`,
by hand.

Order lines as one table, in eight parts by the hash of the key, and in four by source: loading, merging pages, reading
all of it and a page in order. Then states of stock as one table and in parts by month: appending, and removing a year.
All in one run of one server, so trust the ratios.
"""

from __future__ import annotations

import itertools
import sys
import time
from collections.abc import Callable
from typing import Any

from bench.postgres import fresh_database

_LINES = """
    CREATE TABLE {name} (source text COLLATE "C", source_id text COLLATE "C", order_source_id text COLLATE "C",
    product_source_id text COLLATE "C", quantity numeric(20,6), unit_price numeric(20,6), unit_cost numeric(20,6),
    synced_at timestamptz, run_id bigint, PRIMARY KEY (source, source_id)) {by}
"""
_STATES = """
    CREATE TABLE {name} (source text COLLATE "C", source_id text COLLATE "C", changed_at timestamptz,
    on_hand numeric(20,6), run_id bigint, PRIMARY KEY (source, source_id, changed_at)) {by}
"""
_ROW = """
    SELECT 's' || i % 4 AS source, 'L' || lpad((i / 4)::text, 10, '0') AS source_id,
    'O' || lpad((i / 12)::text, 9, '0'), 'SKU' || i * 31 % 5000, 1 + i % 20 AS quantity,
    (i * 7907 % 90000 + 100) / 100.0, (i * 7907 % 60000 + 70) / 100.0, timestamptz '2025-01-01', 1
    FROM (SELECT {pick} AS i FROM generate_series({begin}::bigint, {end}::bigint - 1) AS j) AS n
"""
_PAGE = 20_000
_PAGES = 25


def main(rows: int, what: tuple[str, ...] = ("lines", "states")) -> None:
    import psycopg

    for each in what:
        with psycopg.connect(fresh_database(f"postgres-partitions-{each}"), autocommit=True) as db:
            {"lines": _lines, "states": _states}[each](db, rows)


def _lines(db: Any, rows: int) -> None:
    tables = {
        "one table": _table(db, _LINES, "one", ""),
        "8 by hash": _table(db, _LINES, "hashed", "PARTITION BY HASH (source, source_id)", _hashed(8)),
        "4 by source": _table(db, _LINES, "listed", "PARTITION BY LIST (source)", _listed(4)),
    }
    for step, act in _line_steps(db, rows).items():
        _tell(step, {label: act(name) for label, name in tables.items()})


def _states(db: Any, rows: int) -> None:
    tables = {
        "one table": _table(db, _STATES, "states", ""),
        "24 by month": _table(db, _STATES, "monthly", "PARTITION BY RANGE (changed_at)", _monthly()),
    }
    _tell("states: append", {label: _timed(db, _append(name, rows)) for label, name in tables.items()})
    removed = {"one table": "DELETE FROM states WHERE changed_at < '2025-01-01'; VACUUM states"}
    removed["24 by month"] = "; ".join(f"DROP TABLE monthly_{month}" for month in range(12))
    _tell("states: remove a year", {label: _timed(db, sql) for label, sql in removed.items()})


def _line_steps(db: Any, rows: int) -> dict[str, Callable[[str], float]]:
    count = "SELECT count(*), sum(quantity) FROM {}"
    return {
        "first load": lambda name: _timed(
            db, f"INSERT INTO {name} {_ROW.format(begin=0, end=rows, pick='j')}; ANALYZE {name}"
        ),
        "25 pages, keys together, 1 % differ": lambda name: _merge(db, name, rows, together=True),
        "25 pages, keys anywhere, 1 % differ": lambda name: _merge(db, name, rows, together=False),
        "one source, by ranges of keys": lambda name: _ranges(db, name, rows),
        "sum of all": lambda name: _timed(db, count.format(name)),
        "1,000 pages of 100 in order": lambda name: _pages(db, name, rows),
    }


def _table(db: Any, shape: str, name: str, by: str, parts: tuple[str, ...] = ()) -> str:
    db.execute(shape.format(name=name, by=by))
    for number, part in enumerate(parts):
        db.execute(f"CREATE TABLE {name}_{number} PARTITION OF {name} FOR VALUES {part}")
    return name


def _hashed(parts: int) -> tuple[str, ...]:
    return tuple(f"WITH (MODULUS {parts}, REMAINDER {number})" for number in range(parts))


def _listed(parts: int) -> tuple[str, ...]:
    return tuple(f"IN ('s{number}')" for number in range(parts))


def _monthly() -> tuple[str, ...]:
    begins = [f"{2024 + month // 12}-{month % 12 + 1:02}-01" for month in range(25)]
    return tuple(f"FROM ('{one}') TO ('{two}')" for one, two in itertools.pairwise(begins))


def _append(name: str, rows: int) -> str:
    levels = rows // 730
    return f"""
        INSERT INTO {name}
        SELECT 's' || i % 4, 'P' || i, timestamptz '2024-01-01 00:00Z' + d * interval '1 day', i % 500, 1
        FROM generate_series(0, 729) AS d, generate_series(1, {levels}) AS i ON CONFLICT DO NOTHING
    """


def _merge(db: Any, name: str, rows: int, *, together: bool) -> float:
    """What differs is found by one join and written, as the store does: a page is of one source, and says between which
    keys its own lie."""
    seconds = 0.0
    for page in range(_PAGES):
        begin = page * (rows // 4 // _PAGES)
        pick = "j * 4 + 1" if together else f"j * 7919 % {rows // 4} * 4 + 1"
        select = _ROW.format(begin=begin, end=begin + _PAGE, pick=pick)
        db.execute("DROP TABLE IF EXISTS given")
        db.execute(f"CREATE TEMP TABLE given AS SELECT source, source_id, quantity FROM ({select}) AS g")
        db.execute(f"UPDATE given SET quantity = quantity + {page + 1} WHERE abs(hashtext(source_id)) % 100 = 0")
        db.execute("ANALYZE given")
        low, high = db.execute("SELECT min(source_id), max(source_id) FROM given").fetchone()
        seconds += _timed(
            db,
            f"""UPDATE {name} AS held SET quantity = given.quantity FROM given
                WHERE held.source = 's1' AND held.source_id BETWEEN '{low}' AND '{high}'
                AND held.source_id = given.source_id
                AND held.quantity IS DISTINCT FROM given.quantity""",
        )
    return seconds


def _ranges(db: Any, name: str, rows: int) -> float:
    """As the replica reads: a source's rows by ranges of keys, to the client."""
    started = time.perf_counter()
    for part in range(8):
        low, high = (f"L{rows // 32 * edge:010}" for edge in (part, part + 1))
        query = f"SELECT * FROM {name} WHERE source = 's1' AND source_id >= '{low}' AND source_id < '{high}'"
        with db.cursor().copy(f"COPY ({query}) TO STDOUT (FORMAT binary)") as rows_out:
            for _ in rows_out:
                pass
    return time.perf_counter() - started


def _pages(db: Any, name: str, rows: int) -> float:
    started = time.perf_counter()
    for number in range(1000):
        after = f"L{number * (rows // 4000):010}"
        query = f"SELECT * FROM {name} WHERE (source, source_id) > ('s2', %s) ORDER BY source, source_id LIMIT 100"
        db.execute(query, (after,)).fetchall()
    return time.perf_counter() - started


def _timed(db: Any, statements: str) -> float:
    started = time.perf_counter()
    for statement in statements.split(";"):
        db.execute(statement)
    return time.perf_counter() - started


def _tell(step: str, seconds: dict[str, float]) -> None:
    first = next(iter(seconds.values()))
    told = "  ".join(f"{label} {taken:8.2f} s ({taken / first:5.2f}x)" for label, taken in seconds.items())
    sys.stdout.write(f"{step:<38}{told}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(int(sys.argv[1]) if sys.argv[1:] else 10_000_000, tuple(sys.argv[2:]) or ("lines", "states"))
