"""Bare CSV -> SQLite: multi-row VALUES upsert that touches only differing rows.

`python -m bench.limits.csv_sqlite FOLDER DB`.
"""

from __future__ import annotations

import sqlite3
import sys
from itertools import chain
from pathlib import Path

from bench.limits.csv_rows import COLUMNS, KEYS, MONEY, WHOLE, pages

ROWS_A_STATEMENT = 100
PAGE = 10_000


def main(folder: Path, database: Path) -> None:
    connection = sqlite3.connect(database, isolation_level=None)
    connection.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;")
    for name, columns in COLUMNS.items():
        types = ", ".join(f"{column} {_type(column)}" for column in columns)
        connection.execute(
            f"CREATE TABLE IF NOT EXISTS {name} ({types}, PRIMARY KEY ({', '.join(KEYS[name])})) WITHOUT ROWID"
        )
        others = [column for column in columns if column not in KEYS[name]]
        head = f"INSERT INTO {name} ({', '.join(columns)}) VALUES "
        tail = (
            f" ON CONFLICT ({', '.join(KEYS[name])}) DO UPDATE SET {', '.join(f'{c}=excluded.{c}' for c in others)}"
            f" WHERE {' OR '.join(f'{name}.{c} IS NOT excluded.{c}' for c in others)}"
        )
        one = f"({','.join('?' * len(columns))})"
        for page in pages(folder, name, PAGE):
            connection.execute("BEGIN IMMEDIATE")
            for start in range(0, len(page), ROWS_A_STATEMENT):
                rows = page[start : start + ROWS_A_STATEMENT]
                connection.execute(head + ",".join([one] * len(rows)) + tail, list(chain.from_iterable(rows)))
            connection.execute("COMMIT")
    connection.close()


def _type(column: str) -> str:
    if column in MONEY:
        return "REAL"
    return "INTEGER" if column in WHOLE else "TEXT"


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
