"""Tableau's "update data in a Hyper data source" by its documentation: what it refuses, and what it does with data.

Actions are applied by Hyper itself, all or none.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

_TABLES = {"source-schema", "source-table", "target-schema", "target-table"}
_ACTIONS = {
    "insert": _TABLES, "replace": _TABLES, "update": _TABLES | {"condition"}, "upsert": _TABLES | {"condition"},
    "delete": _TABLES | {"condition"},
}  # fmt: skip
_SIGNS = {"eq": "=", "neq": "<>", "lt": "<", "lte": "<=", "gt": ">", "gte": ">="}
DELETED_AT_ONCE = 10_000
"""Rows beyond which a delete was seen to end the server's Hyper (tableau/server-client-python#1295)."""


class Refused(Exception):
    """Why a request is malformed."""


class Failed(Exception):
    """Why a job failed; nothing of it was applied."""


def read(body: bytes) -> list[dict[str, Any]]:
    """The actions of a request. Raises Refused."""
    try:
        document = json.loads(body)
    except ValueError:
        raise Refused("The body is not JSON.") from None
    if not isinstance(document, dict) or set(document) != {"actions"} or not document["actions"]:
        raise Refused("The body must have a list of actions, and nothing else.")
    for action in document["actions"]:
        known = _ACTIONS.get(action.get("action"))
        if known is None or not set(action) - {"action"} <= known or "target-table" not in action:
            raise Refused("An action is unknown, or has a field that is.")
        if action["action"] in ("update", "upsert") and "condition" not in action:
            raise Refused("The action needs a condition.")
        if "condition" in action:
            list(_columns(action["condition"]))
    return document["actions"]  # type: ignore[no-any-return]


def _columns(condition: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    """The comparisons of a condition; only those between source and target, joined by `and`, are known here."""
    if condition.get("op") == "and" and set(condition) == {"op", "args"} and len(condition["args"]) > 1:
        for each in condition["args"]:
            yield from _columns(each)
    elif condition.get("op") in _SIGNS and set(condition) == {"op", "target-col", "source-col"}:
        yield condition["op"], condition["target-col"], condition["source-col"]
    else:
        raise Refused("The condition is malformed.")


def apply(target: bytes, payload: bytes, actions: list[dict[str, Any]]) -> bytes:
    """The data source with the actions applied. Raises Failed."""
    import tableauhyperapi as hyper

    with TemporaryDirectory() as folder:
        paths = {name: Path(folder) / f"{name}.hyper" for name in ("target", "payload")}
        paths["target"].write_bytes(target)
        paths["payload"].write_bytes(payload)
        quiet = {"log_config": ""}
        with (
            hyper.HyperProcess(hyper.Telemetry.DO_NOT_SEND_USAGE_DATA_TO_TABLEAU, parameters=quiet) as process,
            hyper.Connection(process.endpoint) as connection,
        ):
            for name, path in paths.items():
                connection.catalog.attach_database(path, name)
            for action in actions:
                _apply(hyper, connection, action)
        return paths["target"].read_bytes()


def _apply(hyper: Any, connection: Any, action: dict[str, Any]) -> None:
    to = hyper.TableName("target", action.get("target-schema", "Extract"), action["target-table"])
    of = hyper.TableName("payload", action.get("source-schema", "Extract"), action.get("source-table", ""))
    for what, name in (("target", to), ("source", of)):
        if not connection.catalog.has_table(name):
            raise Failed(
                f"There was a problem retrieving table information for the {what} table. Specified table does not"
                f" exist: {name.name.unescaped}. (errorCode=410012)"
            )
    columns = [each.name for each in connection.catalog.get_table_definition(of).columns]
    same = " AND ".join(
        f"t.{hyper.escape_name(there)} {_SIGNS[sign]} s.{hyper.escape_name(here)}"
        for sign, there, here in _columns(action["condition"])
    )
    if action["action"] == "delete":
        if connection.execute_scalar_query(f"SELECT count(*) FROM {of}") > DELETED_AT_ONCE:
            raise Failed("[SQLSTATE:08006] The Hyper server closed the connection unexpectedly")
        connection.execute_command(f"DELETE FROM {to} AS t WHERE EXISTS (SELECT 1 FROM {of} AS s WHERE {same})")
    elif action["action"] == "upsert":
        values = ", ".join(f"{name} = s.{name}" for name in map(str, columns))
        connection.execute_command(f"UPDATE {to} AS t SET {values} FROM {of} AS s WHERE {same}")
        names = ", ".join(map(str, columns))
        connection.execute_command(
            f"INSERT INTO {to} ({names}) SELECT {names} FROM {of} AS s"
            f" WHERE NOT EXISTS (SELECT 1 FROM {to} AS t WHERE {same})"
        )
    else:
        raise AssertionError(f"{action['action']} is not simulated")
