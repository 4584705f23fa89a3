"""The least that JSON rows cost: the database writes whole rows as JSON, and they are thrown away as they come.

`python -m bench.limits.odata_json URL ROWS`
"""

from __future__ import annotations

import sqlite3
import sys


def _postgres(url: str, rows: int) -> None:
    import psycopg

    statement = f"COPY (SELECT row_to_json(o) FROM orders AS o LIMIT {rows}) TO STDOUT"
    with psycopg.connect(url) as connection, connection.cursor() as cursor, cursor.copy(statement) as copy:
        for _ in copy:
            pass


def _sqlite(path: str, rows: int) -> None:
    connection = sqlite3.connect(path)
    names = [row[1] for row in connection.execute("PRAGMA table_info(orders)")]
    pairs = ", ".join(f"'{name}', {name}" for name in names)
    cursor = connection.execute(f"SELECT json_object({pairs}) FROM orders LIMIT {rows}")
    while page := cursor.fetchmany(500):
        ",".join(row[0] for row in page).encode()


if __name__ == "__main__":
    URL, ROWS = sys.argv[1], int(sys.argv[2])
    if URL.startswith("sqlite:///"):
        _sqlite(URL.removeprefix("sqlite:///"), ROWS)
    else:
        _postgres(URL, ROWS)
