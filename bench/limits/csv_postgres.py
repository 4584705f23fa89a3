"""Bare CSV -> PostgreSQL: COPY then key on the first load, COPY to a staging table and MERGE of differing rows later.

`python -m bench.limits.csv_postgres FOLDER URL`.
"""

from __future__ import annotations

import sys
from pathlib import Path

import psycopg

from bench.limits.csv_rows import COLUMNS, KEYS, MONEY, WHOLE


def main(folder: Path, url: str) -> None:
    with psycopg.connect(url) as connection:
        for name, columns in COLUMNS.items():
            first = connection.execute("SELECT to_regclass(%s) IS NULL", [name]).fetchone() == (True,)
            types = ", ".join(f"{column} {_type(column)}" for column in columns)
            keys = ", ".join(KEYS[name])
            target = name if first else f"staging_{name}"
            connection.execute(f"CREATE {'' if first else 'TEMP '}TABLE {target} ({types})")
            _copy(connection, folder / f"{name}.csv", target)
            if first:
                connection.execute(f"ALTER TABLE {name} ADD PRIMARY KEY ({keys})")
            else:
                _merge(connection, name, columns)
            connection.commit()


def _type(column: str) -> str:
    if column in MONEY:
        return "numeric(20,6)"
    if column in WHOLE:
        return "bigint"
    return "timestamptz" if column.endswith("_at") else "text"


def _copy(connection: psycopg.Connection, path: Path, target: str) -> None:
    with path.open("rb") as file, connection.cursor().copy(f"COPY {target} FROM STDIN (FORMAT csv, HEADER)") as copy:
        while block := file.read(1 << 20):
            copy.write(block)


def _merge(connection: psycopg.Connection, name: str, columns: list[str]) -> None:
    others = [column for column in columns if column not in KEYS[name]]
    connection.execute(f"ANALYZE staging_{name}")
    connection.execute(
        f"MERGE INTO {name} t USING staging_{name} s ON {' AND '.join(f't.{k} = s.{k}' for k in KEYS[name])} "
        f"WHEN MATCHED AND ({' OR '.join(f't.{c} IS DISTINCT FROM s.{c}' for c in others)}) "
        f"THEN UPDATE SET {', '.join(f'{c} = s.{c}' for c in others)} "
        f"WHEN NOT MATCHED THEN INSERT ({', '.join(columns)}) VALUES ({', '.join(f's.{c}' for c in columns)})"
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
