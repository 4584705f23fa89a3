"""What a resolution writes, in SQL that both databases understand."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from hub.model.kinds import Kind
from hub.store import identity as contract
from hub.store.identity import (
    GOLDEN_HEAD,
    LINK_COLUMNS,
    PAIR_COLUMNS,
    REVIEW_COLUMNS,
    IdentityWriter,
    Key,
    State,
    golden_columns,
)
from hub.store.identity_rows import ID, KEY, MARKS, RESOLUTION, pages
from hub.store.shape import to_micros

if TYPE_CHECKING:
    from hub.store.identity_sql import IdentitySql


class SqlWriter(IdentityWriter):
    """What a resolution writes."""

    def __init__(self, store: IdentitySql, state: State, at: int) -> None:
        self.resolution_id = state.resolution_id + 1
        self._store, self._at = store, at

    def put_links(self, entity: str, rows: Iterable[Sequence[Any]]) -> None:
        names = ", ".join(LINK_COLUMNS)
        since = ("linked_at", "resolution_id")
        told = [name for name in LINK_COLUMNS if name not in ("entity", "source", "source_id", *since)]
        stays = "hub_links.golden_id = excluded.golden_id"
        kept = "".join(f", {name} = CASE WHEN {stays} THEN hub_links.{name} ELSE excluded.{name} END" for name in since)
        statement = (
            f"INSERT INTO hub_links ({names}) SELECT {names} FROM sent WHERE true"
            f" ON CONFLICT (entity, source, source_id) DO UPDATE SET {_from_sent(told)}{kept}"
            f" WHERE NOT ({self._store.same_row('hub_links', told)})"
        )
        for some in pages((entity, *row, self._at, self.resolution_id) for row in rows):
            self._store.send(LINK_COLUMNS, some, statement)

    def remove_links(self, entity: str, keys: Sequence[Key]) -> None:
        columns = {"entity": Kind.TEXT, **KEY}
        names = ", ".join(columns)
        for some in pages([(entity, *key) for key in keys]):
            self._store.send(columns, some, f"DELETE FROM hub_links WHERE ({names}) IN (SELECT {names} FROM sent)")

    def put_reviews(self, entity: str, rows: Iterable[Sequence[Any]]) -> None:
        columns = {name: kind for name, kind in REVIEW_COLUMNS.items() if name != "status"}
        names = ", ".join(columns)
        told = ("rule", "score", "evidence", "status")
        self._store.ask("UPDATE hub_reviews SET status = 'asked' WHERE status = 'open' AND entity = ?", (entity,))
        statement = (
            f"INSERT INTO hub_reviews ({names}, status) SELECT {names}, 'open' FROM sent WHERE true"
            f" ON CONFLICT ({', '.join(PAIR_COLUMNS)}) DO UPDATE SET"
            f" {_from_sent(told)}, settled_at = NULL"
        )
        for some in pages((entity, *row, self._at) for row in rows):
            self._store.send(columns, some, statement)
        self._store.send(
            {"at": Kind.UTC, "entity": Kind.TEXT},
            [(self._at, entity)],
            "UPDATE hub_reviews SET status = 'gone', settled_at = sent.at FROM sent"
            " WHERE hub_reviews.status = 'asked' AND hub_reviews.entity = sent.entity",
        )

    def put_golden(self, entity: str, names: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        kinds = {**GOLDEN_HEAD, **golden_columns(entity)}
        columns = {name: kinds[name] for name in ("golden_id", "records", "provenance", "deleted_at", *names)}
        columns["resolution_id"] = Kind.INTEGER
        statement = self._golden_upsert(entity, list(columns), f"SELECT {', '.join(columns)} FROM sent WHERE true")
        for some in pages((*row, self.resolution_id) for row in rows):
            self._store.send(columns, some, statement)

    def copy_single(self, entity: str, golden_ids: Sequence[str] | None) -> None:
        own = golden_columns(entity)
        named = ["golden_id", "records", "provenance", "resolution_id", "deleted_at", *own]
        empty = self._store.read_nothing(Kind.JSON)
        among = "" if golden_ids is None else " AND golden_id IN (SELECT golden_id FROM sent)"
        select = (
            f"SELECT l.golden_id, 1, {empty}, {self.resolution_id}, r.deleted_at, {', '.join(_copied(c) for c in own)}"
            f" FROM hub_links AS l JOIN {entity} AS r ON r.source = l.source AND r.source_id = l.source_id"
            f" {_upper(entity)} WHERE l.entity = '{entity}' AND l.golden_id IN (SELECT golden_id FROM hub_links"
            f" WHERE entity = '{entity}'{among} GROUP BY golden_id HAVING count(*) = 1)"
        )
        statement = self._golden_upsert(entity, named, select)
        if golden_ids is None:
            self._store.ask(statement)
        else:
            for some in pages([(each,) for each in golden_ids]):
                self._store.send(ID, some, statement)

    def _golden_upsert(self, entity: str, names: Sequence[str], select: str) -> str:
        told = [name for name in names if name not in ("golden_id", "resolution_id")]
        return (
            f"INSERT INTO golden_{entity} ({', '.join(names)}) {select} ON CONFLICT (golden_id) DO UPDATE SET"
            f" {_from_sent((*told, 'resolution_id'))}"
            f" WHERE NOT ({self._store.same_row(f'golden_{entity}', told)})"
        )

    def remove_empty(self, entity: str, golden_ids: Sequence[str] | None) -> None:
        lone = f"golden_id NOT IN (SELECT golden_id FROM hub_links WHERE entity = '{entity}')"
        if golden_ids is None:
            self._store.ask(f"DELETE FROM golden_{entity} WHERE {lone}")
            return
        linked = f"SELECT 1 FROM hub_links AS l WHERE l.entity = '{entity}' AND l.golden_id = golden_{entity}.golden_id"
        unlinked = f"DELETE FROM golden_{entity} WHERE NOT EXISTS ({linked})"
        for some in pages([(each,) for each in golden_ids]):
            self._store.send(ID, some, f"{unlinked} AND golden_id IN (SELECT golden_id FROM sent)")

    def close(self, kind: str, sequence: int, settings: str, counts: Mapping[str, Any], newest: State) -> None:
        told = json.dumps(counts, ensure_ascii=False, default=str)
        ended = max(self._at, to_micros(datetime.now().astimezone()))
        row = (self.resolution_id, kind, self._at, ended, sequence, settings, told)
        self._store.insert("hub_resolutions", RESOLUTION, [row])
        for entity, name in MARKS.items():
            self._store.mark(name, newest.newest(entity))
        self._store.ask(f"UPDATE hub_decisions SET resolution_id = {self.resolution_id:d} WHERE resolution_id IS NULL")


def _from_sent(names: Iterable[str]) -> str:
    return ", ".join(f"{name} = excluded.{name}" for name in names)


def _copied(column: str) -> str:
    """A golden column out of the only record."""
    if column == "parent_golden_id":
        return "up.golden_id"
    if column == "bill_to_golden_id":
        return "pays.golden_id"
    taken = f"r.{contract.RAW_OF.get(column, column)}"
    needs = contract.PARTS.get(column)
    return f"CASE WHEN r.{needs} IS NOT NULL THEN {taken} END" if needs else taken


def _upper(entity: str) -> str:
    """Joins that lead from a record to the golden records above it."""
    joins = {"up": "parent_source_id", "pays": "bill_to_source_id"}
    return " ".join(
        f"LEFT JOIN hub_links AS {alias} ON {alias}.entity = '{entity}' AND {alias}.source = r.source"
        f" AND {alias}.source_id = r.{column}"
        for alias, column in joins.items()
        if alias == "up" or entity == "customers"
    )
