"""Views for BI tools that read the database itself: live rows, golden ids, money as `numeric`, comments from the model.

On PostgreSQL they lie in the schema `bi` and belong to whoever made them, so a role that may read them needs no right
to the hub's own tables. On SQLite they are called `bi_orders` and so on; decimals and moments are exact texts there.
Names of views and columns are those of the model, and of the OData feed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from hub.errors import UsageError
from hub.model.catalog import ENTITIES, HISTORIES
from hub.model.kinds import Entity, Kind
from hub.store.sqlite_views import decimal_text, moment_text

if TYPE_CHECKING:
    from hub.store.base import Store

SCHEMA = "bi"
READERS = "bi_readers"
_PREFIX = "bi_"
_ROLE = re.compile(r"[a-z_][a-z0-9_]{0,62}")
_LEFT_OUT = ("deleted_at",)
_GOLDEN = {"customers": "customer", "products": "product"}
_SNAPSHOT = {
    "id": (Kind.INTEGER, "Number that people use."),
    "taken_at": (Kind.UTC, "When it was computed."),
    "metric": (Kind.TEXT, "The metric's id."),
    "request": (Kind.TEXT, "Dimensions, period and parameters, as JSON with sorted names."),
    "sequence": (Kind.INTEGER, "The newest change of the store that was in it."),
    "total_rows": (Kind.INTEGER, "Rows of the result; `body` may hold fewer."),
    "value": (Kind.TEXT, "The headline, exact; empty where it has no sum."),
    "body": (Kind.TEXT, "Columns, rows, coverage and sources, as JSON."),
}


class Shown(NamedTuple):
    """One column of a view. `lookup`: the golden record of the customer or product that this column names."""

    name: str
    kind: Kind
    description: str
    lookup: tuple[str, str] | None = None


class View(NamedTuple):
    """One view over one table."""

    name: str
    table: str
    description: str
    columns: tuple[Shown, ...]
    only_live: bool


def views() -> list[View]:
    """All of them."""
    found = [_of_entity(entity) for entity in (*ENTITIES.values(), *HISTORIES.values())]
    found += [_of_golden(entity) for entity in _GOLDEN]
    columns = tuple(Shown(name, kind, text) for name, (kind, text) in _SNAPSHOT.items())
    return [
        *found,
        View("metric_snapshots", "hub_snapshots", "Results of metrics, as they were known then.", columns, False),
    ]


def _of_entity(entity: Entity) -> View:
    has_end = entity.name in ENTITIES
    own = [Shown(column.name, column.kind, column.description) for column in entity.columns]
    written = [
        Shown("first_seen_at", Kind.UTC, "When the hub first stored it."),
        Shown("synced_at", Kind.UTC, "When the hub last wrote it."),
    ]
    columns = (
        Shown("source", Kind.TEXT, "Name of the connector instance it came from."), *own, *_golden_ids(entity),
        *(written if has_end else ()),
    )  # fmt: skip
    return View(entity.name, entity.name, entity.description, columns, has_end)


def _golden_ids(entity: Entity) -> Iterator[Shown]:
    if entity.name in _GOLDEN:
        yield Shown("golden_id", Kind.TEXT, "The golden record it belongs to.", (entity.name, "source_id"))
    for target, name in _GOLDEN.items():
        if f"{name}_source_id" in entity:
            yield Shown(f"{name}_golden_id", Kind.TEXT, f"Golden record of the {name}.", (target, f"{name}_source_id"))


def _of_golden(entity: str) -> View:
    from hub.model.columns import UtcMoment
    from hub.store.identity_tables import GOLDEN_TABLES

    model: Any = next(each for each in GOLDEN_TABLES if each.__tablename__ == f"golden_{entity}")
    columns = []
    for column in model.__table__.columns:
        kind = column.info.get("kind") or (Kind.UTC if isinstance(column.type, UtcMoment) else Kind.TEXT)
        if column.name not in _LEFT_OUT:
            columns.append(Shown(column.name, Kind(kind), model.model_fields[column.name].description or ""))
    columns.sort(key=lambda column: column.name != "golden_id")
    description = str(model.__doc__ or "").split(":", maxsplit=1)[0]
    return View(f"golden_{entity}", f"golden_{entity}", description, tuple(columns), True)


def statements(dialect: str, role: str | None = None) -> list[str]:
    """What makes all views, and lets a role read them. Raises UsageError for a role that cannot be."""
    if dialect == "sqlite":
        if role is not None:
            raise UsageError(
                "SQLite knows no roles.", fix="Leave --role out; whoever may read the file may read it all."
            )
        return [text for view in views() for text in _of_sqlite(view)]
    found = [f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}", f"COMMENT ON SCHEMA {SCHEMA} IS 'Views of b2b-hub for BI tools.'"]
    for view in views():
        found += _of_postgres(view)
    return found + (_rights(role) if role is not None else [])


def _of_sqlite(view: View) -> list[str]:
    name = _PREFIX + view.name
    return [f"DROP VIEW IF EXISTS {name}", f"CREATE VIEW {name} AS {_select(view, sqlite=True)}"]


def _of_postgres(view: View) -> Iterator[str]:
    name = f"{SCHEMA}.{view.name}"
    yield f"DROP VIEW IF EXISTS {name}"  # a view cannot be given other columns
    yield f"CREATE VIEW {name} AS {_select(view, sqlite=False)}"
    yield f"COMMENT ON VIEW {name} IS {_quoted(view.description)}"
    for column in view.columns:
        yield f"COMMENT ON COLUMN {name}.{column.name} IS {_quoted(column.description)}"


def _select(view: View, *, sqlite: bool) -> str:
    columns, joins = [], []
    for number, column in enumerate(view.columns):
        if column.lookup is not None:
            entity, key = column.lookup
            alias = f"k{number}"
            columns.append(f"{alias}.golden_id AS {column.name}")
            joins.append(
                f" LEFT JOIN hub_links AS {alias} ON {alias}.entity = '{entity}' AND {alias}.source = t.source"
                f" AND {alias}.source_id = t.{key}"
            )
        else:
            columns.append(f"{_value(f't.{column.name}', column.kind, sqlite=sqlite)} AS {column.name}")
    live = " WHERE t.deleted_at IS NULL" if view.only_live else ""
    return f"SELECT {', '.join(columns)} FROM {view.table} AS t{''.join(joins)}{live}"


def _value(sql: str, kind: Kind, *, sqlite: bool) -> str:
    if not sqlite:
        return f"{sql}::text" if kind is Kind.JSON else sql
    return {Kind.DECIMAL: decimal_text, Kind.UTC: moment_text}.get(kind, lambda text: text)(sql)


def _rights(role: str) -> list[str]:
    if not _ROLE.fullmatch(role):
        raise UsageError(
            f"{role[:63]!r} is no name of a role.", fix="Use small letters, digits and underscores, as in `bi_readers`."
        )
    made = f"IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{role}') THEN CREATE ROLE {role} NOLOGIN; END IF;"
    return [
        f"DO $$BEGIN {made} END$$",
        f"GRANT USAGE ON SCHEMA {SCHEMA} TO {role}",
        f"GRANT SELECT ON ALL TABLES IN SCHEMA {SCHEMA} TO {role}",
        f"ALTER DEFAULT PRIVILEGES IN SCHEMA {SCHEMA} GRANT SELECT ON TABLES TO {role}",
    ]


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def make(store: Store, role: str | None = None) -> list[str]:
    """Make all views, or bring them to this release; their names. All of it or nothing. Raises StoreError."""
    store.require_current()
    _run(store, statements(store.dialect, role))
    return [view.name for view in views()]


def are_there(store: Store) -> bool:
    """Whether somebody made them."""
    db: Any = store.db  # type: ignore[attr-defined]  # the contract names no connection
    if store.dialect == "sqlite":
        return bool(db.row("SELECT 1 FROM sqlite_master WHERE type = 'view' AND name = 'bi_orders'"))
    return bool(db.row("SELECT 1 FROM pg_views WHERE schemaname = 'bi' AND viewname = 'orders'"))


def upgrade(store: Store) -> list[str]:
    """Bring the tables to this release, and the views with them where there are any; the revisions that ran."""
    path = getattr(store, "path", None)
    there = (path is None or path.exists()) and are_there(store)
    revisions = store.upgrade()
    if there:
        make(store)
    return revisions


def _run(store: Store, commands: list[str]) -> None:
    db: Any = store.db  # type: ignore[attr-defined]  # the contract names no connection
    with db.transaction():
        for command in commands:
            db.rows(command)
