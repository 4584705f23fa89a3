"""What PostgreSQL's errors mean for the operator. No text of ours carries a password or a value of a row."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from hub.errors import LeaseLost, StoreBusy, StoreError

if TYPE_CHECKING:
    import psycopg

_AGAIN = "Whole pages are stored, nothing is half done; the next run goes on from there."
TRY_AGAIN = f"Try again in a while. {_AGAIN}"
_RIGHTS = (
    "Give the role of `store` in hub.yaml the right: as the database's owner, GRANT CREATE, USAGE ON SCHEMA public TO"
    " it, GRANT TEMPORARY ON DATABASE, and let it own the hub's tables."
)
_SPACE = "Free some space on the server, then run it again. " + _AGAIN
_UPGRADE = "Run `hub db upgrade`; if that does not help, report it."


class KeyHeld(StoreError):
    """A record with this key is in the table already."""


class TableMissing(StoreError):
    """The database has no such table."""


FENCE = "22012"
"""SQLSTATE of a division by zero: no statement of ours divides but the one that checks a lease."""

_WAIT: dict[str, str] = {
    "08": "the connection broke.",
    "25P03": "the server closed the session, since a transaction was idle for too long.",
    "40001": "another process changed the same rows at the same moment.",
    "40P01": "two processes waited for each other.",
    "53300": "the server has no connection left.",
    "55P03": "another process holds a lock on the tables.",
    "57014": "the server cancelled a statement that took longer than its statement_timeout.",
    "57P": "the server shut the connection down.",
}
"""SQLSTATE or its beginning -> what happened, where the remedy is to wait and run again."""

_ACT: dict[str, tuple[str, str]] = {
    "22": ("a value does not fit its column.", "Report it with the connector and the stream; the map lets it through."),
    "23": ("a record breaks a rule of the table.", "Map every required column of the entity."),
    "25006": ("it is read-only: a standby, or a user without the right to write.", "Point `store` to the primary."),
    "3D000": ("the database does not exist.", "Create it (`createdb`), or correct the name in `store`."),
    "42501": ("the user lacks a right.", _RIGHTS),
    "42P01": ("a table of the hub is missing.", _UPGRADE),
    "42703": ("a column of the hub is missing.", _UPGRADE),
    "53100": ("the disk is full.", _SPACE),
    "53200": ("the server has no memory left.", "Give the server more memory, or run fewer syncs at once."),
    "54": ("a value is longer than PostgreSQL allows.", "Leave the field out of the map under `fields:`."),
    "58": ("the server's disk gave an error.", "Check the server's disk and its log."),
    "XX": ("the server reports damaged data.", "Check the server's log and disk; restore a backup if need be."),
}
"""SQLSTATE or its beginning -> what happened, and what to do."""

_KINDS: dict[str, type[StoreError]] = {"23505": KeyHeld, "42P01": TableMissing}

_REFUSED: tuple[tuple[str, str, str], ...] = (
    (r"authentication failed|no password supplied", "it refused the login.", "Check user and password in `store`."),
    (r"no pg_hba\.conf entry", "it does not let this user in from here.", "Add a line to the server's pg_hba.conf."),
    (r"role .* does not exist", "it does not know the user.", "Create the role, or correct the user in `store`."),
    (r"database .* does not exist", *_ACT["3D000"]),
    (
        r"permission denied|not permitted to log in",
        "it does not let this user in.",
        "GRANT the user LOGIN and CONNECT.",
    ),
    (r"certificate|SSL|TLS", "no secure connection came about.", "Check `sslmode` in `store` and the certificates."),
)
"""What a server says that answers but does not let us in -> problem, remedy."""
_NOT_YET = re.compile(r"too many|remaining connection slots|starting up|shutting down|recovery|not yet accepting")
_UNKNOWN_HOST = re.compile(r"could not translate host name|[Nn]ame or service not known|resolve|No such file")


def explained(error: psycopg.Error, place: str) -> StoreError:
    """The driver's error as one of ours. `place` names the server without secrets."""
    state = error.sqlstate
    if state is None:
        return _without_state(error, place)
    if state == FENCE:
        return LeaseLost(
            "another hub took this stream over.", fix="Nothing of this page was stored; the other run goes on."
        )
    kind = _KINDS.get(state, StoreError)
    for length in (5, 3, 2):
        if (reason := _WAIT.get(state[:length])) is not None:
            return StoreBusy(f"{place}: {reason}", fix=TRY_AGAIN)
        if (found := _ACT.get(state[:length])) is not None:
            return kind(f"{place}: {found[0].rstrip('.')}{_named(error)}.", fix=found[1])
    return kind(f"{place} failed (SQLSTATE {state}): {error.diag.message_primary}.", fix=_UPGRADE)


def _named(error: psycopg.Error) -> str:
    """The column, the constraint or the table, where the server names one; never its DETAIL, which quotes the row."""
    diag = error.diag
    names = {"table": diag.table_name, "column": diag.column_name, "constraint": diag.constraint_name}
    known = [f"{what} {name}" for what, name in names.items() if name]
    return f" ({', '.join(known)})" if known else ""


def _without_state(error: psycopg.Error, place: str) -> StoreError:
    """No SQLSTATE: the connection could not be made, or it broke."""
    import psycopg

    text = str(error)
    if not isinstance(error, psycopg.OperationalError):
        return StoreError(f"{place}: the driver refused a statement ({type(error).__name__}).", fix="Please report it.")
    if _NOT_YET.search(text):
        return StoreBusy(f"{place} takes no connection now: {_last_line(text)}.", fix=TRY_AGAIN)
    for pattern, problem, fix in _REFUSED:
        if re.search(pattern, text):
            return StoreError(f"{place}: {problem}", fix=fix)
    if _UNKNOWN_HOST.search(text):
        return StoreBusy(f"{place} cannot be found.", fix="Check the host in `store`, and that the server runs.")
    return StoreBusy(
        f"{place} does not answer, or the connection broke.",
        fix=f"Check that the server runs and can be reached, then try again. {_AGAIN}",
    )


def _last_line(text: str) -> str:
    """The server's own words, which name at most user and database."""
    return text.strip().splitlines()[-1].rpartition("FATAL:")[2].strip().rstrip(".")
