"""Identity in SQL that both databases understand. Rows travel in bulk as one table `sent`; each dialect says how.

Parameters are written `?`; the dialects put in their own.
"""

from __future__ import annotations

import json
from abc import abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from decimal import Decimal
from itertools import islice
from typing import Any

from hub.errors import StoreBusy
from hub.model.kinds import Kind
from hub.store import identity as contract
from hub.store.identity import (
    GOLDEN_HEAD,
    LETTERS,
    LINK_COLUMNS,
    PAIR_COLUMNS,
    REVIEW_COLUMNS,
    Decision,
    IdentityStore,
    IdentityWriter,
    Key,
    Link,
    Resolution,
    Review,
    Said,
    State,
    golden_columns,
)
from hub.store.shape import from_micros, to_micros

_KEY = {"source": Kind.TEXT, "source_id": Kind.TEXT}
_ID = {"golden_id": Kind.TEXT}
_DECISION = {
    "id": Kind.INTEGER, "entity": Kind.TEXT, "kind": Kind.TEXT, "who": Kind.TEXT, "why": Kind.TEXT, "at": Kind.UTC,
    "before": Kind.JSON, "undone_at": Kind.UTC, "undone_by": Kind.TEXT, "undone_why": Kind.TEXT,
    "resolution_id": Kind.INTEGER,
}  # fmt: skip
_SAID = {
    "decision_id": Kind.INTEGER, "left_source": Kind.TEXT, "left_id": Kind.TEXT, "right_source": Kind.TEXT,
    "right_id": Kind.TEXT, "same": Kind.BOOLEAN,
}  # fmt: skip
_RESOLUTION = {
    "id": Kind.INTEGER, "kind": Kind.TEXT, "started_at": Kind.UTC, "ended_at": Kind.UTC, "sequence": Kind.INTEGER,
    "settings": Kind.TEXT, "counts": Kind.JSON,
}  # fmt: skip
_MARKS = {"customers": "golden_customers", "products": "golden_products"}
PAGE = 5000
"""Rows a page of reading or writing."""
Rows = list[tuple[Any, ...]]


class IdentitySql(IdentityStore):
    """The store's part, over four things a dialect brings."""

    @abstractmethod
    def ask(self, statement: str, values: Sequence[Any] = (), kinds: Sequence[Kind] = ()) -> Rows:
        """Run a statement; `kinds` are those of the columns that come back, which are given in physical form."""

    @abstractmethod
    def view(self, statement: str, values: Sequence[Any], kinds: Sequence[Kind]) -> Iterator[Rows]:
        """The rows of a large query, in pages, from one consistent view."""

    @abstractmethod
    def send(self, columns: Mapping[str, Kind], rows: Sequence[Sequence[Any]], statement: str) -> Rows:
        """Run a statement that may select from `sent`, which holds these rows (never none)."""

    @abstractmethod
    def read_as(self, name: str, kind: Kind) -> str:
        """A column in SQL, so that it comes in physical form."""

    @abstractmethod
    def read_nothing(self, kind: Kind) -> str:
        """An empty value of a kind."""

    @abstractmethod
    def unit_of_work(self) -> AbstractContextManager[None]:
        """A transaction for writing."""

    @abstractmethod
    def same_row(self, table: str, names: Sequence[str]) -> str:
        """SQL that is true where the held row and `excluded` agree in these columns."""

    @abstractmethod
    def lock_identity(self) -> None:
        """Within a transaction: wait for whoever else writes identity."""

    # -- state
    def identity_state(self) -> State:
        newest = self.resolution_id()
        marks: dict[str, int] = dict(
            self.ask("SELECT name, value FROM hub_marks WHERE name IN (?, ?)", tuple(_MARKS.values()))
        )
        words = self.ask("SELECT count(*) + count(undone_at) FROM hub_decisions")[0][0]
        customers, products = (marks.get(name, 0) for name in _MARKS.values())
        return State(newest, customers, products, words)

    def resolution_id(self) -> int:
        newest: int = self.ask("SELECT coalesce(max(id), 0) FROM hub_resolutions")[0][0]
        return newest

    def last_resolution(self) -> Resolution | None:
        rows = self._select("hub_resolutions", _RESOLUTION, "ORDER BY id DESC LIMIT 1", ())
        if not rows:
            return None
        number, kind, started, ended, sequence, settings, counts = rows[0]
        return Resolution(
            number, kind, from_micros(started), from_micros(ended), sequence, settings, json.loads(counts or "{}")
        )

    @contextmanager
    def resolving(self, state: State, at: datetime) -> Iterator[IdentityWriter]:
        with self.unit_of_work():
            self.lock_identity()
            if self.identity_state() != state:
                raise StoreBusy("identity has changed meanwhile.", fix="Nothing is lost; run `hub match run` again.")
            yield SqlWriter(self, state, to_micros(at))

    # -- reading
    def holders(self, entity: str) -> list[str]:
        rows = self.ask("SELECT source FROM hub_held WHERE entity = ? AND rows <> 0 ORDER BY source", (entity,))
        return [source for (source,) in rows]

    def _select(
        self, table: str, columns: Mapping[str, Kind], rest: str, values: Sequence[Any], alias: str = ""
    ) -> Rows:
        listed = ", ".join(self.read_as(alias + name, kind) for name, kind in columns.items())
        return self.ask(f"SELECT {listed} FROM {table} {rest}", values, tuple(columns.values()))

    def links(
        self, entity: str, *, keys: Sequence[Key] | None = None, golden_ids: Sequence[str] | None = None
    ) -> Iterator[list[Link]]:
        listed = ", ".join(self.read_as(f"l.{name}", kind) for name, kind in LINK_COLUMNS.items())
        kinds = tuple(LINK_COLUMNS.values())
        if keys is None and golden_ids is None:
            for page in self.view(f"SELECT {listed} FROM hub_links AS l WHERE l.entity = ?", (entity,), kinds):
                yield [_link(row) for row in page]
            return
        columns = {"entity": Kind.TEXT, **(_ID if keys is None else _KEY)}
        wanted = [(entity, each) for each in golden_ids or ()] if keys is None else [(entity, *key) for key in keys]
        on = " AND ".join(f"l.{name} = sent.{name}" for name in columns)
        for some in pages(wanted):
            found = self.send(columns, some, f"SELECT {listed} FROM sent JOIN hub_links AS l ON {on}")
            yield [_link(row) for row in self.physical(found, kinds)]

    @abstractmethod
    def physical(self, rows: Rows, kinds: Sequence[Kind]) -> Rows:
        """Rows that `read_as` asked for, in physical form."""

    def golden_of(self, entity: str) -> Iterator[list[tuple[str, str, str]]]:
        texts = (Kind.TEXT,) * 3
        for page in self.view("SELECT source, source_id, golden_id FROM hub_links WHERE entity = ?", (entity,), texts):
            yield [(source, source_id, golden) for source, source_id, golden in page]

    def golden(self, entity: str, golden_ids: Sequence[str]) -> list[dict[str, Any]]:
        columns = {**GOLDEN_HEAD, **golden_columns(entity)}
        listed = ", ".join(self.read_as(f"g.{name}", kind) for name, kind in columns.items())
        found: list[dict[str, Any]] = []
        for some in pages([(each,) for each in golden_ids]):
            rows = self.send(
                _ID, some, f"SELECT {listed} FROM sent JOIN golden_{entity} AS g ON g.golden_id = sent.golden_id"
            )
            found += [dict(zip(columns, row, strict=True)) for row in self.physical(rows, tuple(columns.values()))]
        return found

    def find_golden(self, entity: str, text: str, limit: int) -> list[tuple[str, str, int]]:
        pattern = "%" + text.replace("!", "!!").replace("%", "!%").replace("_", "!_") + "%"
        rows = self.ask(
            f"SELECT golden_id, coalesce(name, ''), records FROM golden_{entity}"
            " WHERE lower(name) LIKE lower(?) ESCAPE '!' ORDER BY records DESC, name, golden_id LIMIT ?",
            (pattern, limit),
        )
        return [(golden, name, records) for golden, name, records in rows]

    def contacts_of(self, keys: Sequence[Key]) -> list[tuple[Key, Key, str, str]]:
        statement = (
            "SELECT c.source, c.source_id, c.customer_source_id, coalesce(c.name, ''), coalesce(c.role, c.title, '')"
            " FROM sent JOIN contacts AS c ON c.source = sent.source AND c.customer_source_id = sent.source_id"
            " WHERE c.deleted_at IS NULL ORDER BY 1, 2"
        )
        rows = self.send(_KEY, [tuple(key) for key in keys], statement) if keys else []
        return [(Key(source, one), Key(source, two), name, role) for source, one, two, name, role in rows]

    def reviews(
        self, *, entity: str | None = None, status: str | None = "open", ids: Sequence[int] | None = None,
        limit: int = 1000,
    ) -> list[Review]:  # fmt: skip
        given = {"entity": entity, "status": status}
        asked = {name: value for name, value in given.items() if value is not None}
        where = "".join(f" AND {name} = ?" for name in asked)
        if ids is not None:
            where += f" AND id IN ({', '.join(str(int(number)) for number in ids) or 'NULL'})"
        columns = {"id": Kind.INTEGER, **REVIEW_COLUMNS}
        order = f"WHERE true{where} ORDER BY score DESC, id LIMIT {limit:d}"
        return [_review(row) for row in self._select("hub_reviews", columns, order, tuple(asked.values()))]

    def decisions(self, *, entity: str | None = None, ids: Sequence[int] | None = None) -> list[Decision]:
        where, values = ("WHERE true", list[Any]()) if entity is None else ("WHERE entity = ?", [entity])
        if ids is not None:
            where += f" AND id IN ({', '.join(str(int(number)) for number in ids) or 'NULL'})"
        rows = self._select("hub_decisions", _DECISION, f"{where} ORDER BY id", values)
        among = f"WHERE decision_id IN (SELECT id FROM hub_decisions {where})"
        order = "ORDER BY decision_id, left_source, left_id, right_source, right_id"
        pairs: dict[int, list[Said]] = {}
        for number, *pair, same in self._select("hub_decision_pairs", _SAID, f"{among} {order}", values):
            pairs.setdefault(number, []).append(Said(Key(*pair[:2]), Key(*pair[2:]), bool(same)))
        return [_decision(row, tuple(pairs.get(row[0], ()))) for row in rows]

    # -- what people say
    def decide(self, decision: Decision, moves: Mapping[Key, str], number: int = 0) -> int:
        with self.unit_of_work():
            self.lock_identity()
            newest: int = self.ask("SELECT coalesce(max(id), 0) + 1 FROM hub_decisions")[0][0]
            at = to_micros(decision.at)
            before = json.dumps(decision.before, ensure_ascii=False)
            told = (decision.entity, decision.kind, decision.who, decision.why)
            row = (newest, *told, at, before, None, None, None, None)
            self.insert("hub_decisions", _DECISION, [row])
            said = [(newest, *pair.left, *pair.right, pair.same) for pair in decision.pairs]
            self.insert("hub_decision_pairs", _SAID, said)
            if number:
                self.mark(_MARKS[decision.entity], number)
            self._move(decision.entity, moves)
            for same, status in ((True, "accepted"), (False, "rejected")):
                pairs = [(decision.entity, *p.left, *p.right) for p in decision.pairs if p.same is same]
                self._settle([*pairs, *((e, c, d, a, b) for e, a, b, c, d in pairs)], status, at)
        return newest

    def undo(self, decision_id: int, who: str, why: str, at: datetime, moves: Mapping[Key, str]) -> None:
        (decision,) = self.decisions(ids=[decision_id])
        columns = {"id": Kind.INTEGER, "at": Kind.UTC, "who": Kind.TEXT, "why": Kind.TEXT}
        with self.unit_of_work():
            self.lock_identity()
            self.send(
                columns,
                [(decision_id, to_micros(at), who, why)],
                "UPDATE hub_decisions SET undone_at = sent.at, undone_by = sent.who, undone_why = sent.why,"
                " resolution_id = NULL FROM sent WHERE hub_decisions.id = sent.id",
            )
            self._move(decision.entity, moves)

    def _move(self, entity: str, moves: Mapping[Key, str]) -> None:
        columns = {"entity": Kind.TEXT, **_KEY, **_ID}
        on = " AND ".join(f"hub_links.{name} = sent.{name}" for name in ("entity", *_KEY))
        for some in pages([(entity, *key, golden) for key, golden in moves.items()]):
            self.send(columns, some, f"UPDATE hub_links SET golden_id = sent.golden_id FROM sent WHERE {on}")

    def _settle(self, pairs: Sequence[tuple[str, ...]], status: str, at: int) -> None:
        columns = {**PAIR_COLUMNS, "status": Kind.TEXT, "at": Kind.UTC}
        on = " AND ".join(f"hub_reviews.{name} = sent.{name}" for name in PAIR_COLUMNS)
        for some in pages([(*pair, status, at) for pair in pairs]):
            self.send(
                columns, some, f"UPDATE hub_reviews SET status = sent.status, settled_at = sent.at FROM sent WHERE {on}"
            )

    def insert(self, table: str, columns: Mapping[str, Kind], rows: Sequence[Sequence[Any]]) -> None:
        names = ", ".join(columns)
        for some in pages(rows):
            self.send(columns, some, f"INSERT INTO {table} ({names}) SELECT {names} FROM sent WHERE true")

    def mark(self, name: str, value: int) -> None:
        self.ask(
            "INSERT INTO hub_marks (name, value) VALUES (?, ?)"
            " ON CONFLICT (name) DO UPDATE SET value = excluded.value WHERE hub_marks.value < excluded.value",
            (name, value),
        )

    def identity_counts(self, entity: str) -> dict[str, Any]:
        sizes = f"SELECT records, count(*) FROM golden_{entity} GROUP BY records ORDER BY records"
        largest = (
            f"SELECT golden_id, records FROM golden_{entity} WHERE records > 1"
            " ORDER BY records DESC, golden_id LIMIT 10"
        )
        rules = "SELECT rule, count(*) FROM hub_links WHERE entity = ? GROUP BY rule ORDER BY count(*) DESC, rule"
        decided = "SELECT kind, count(*) FROM hub_decisions WHERE entity = ? AND undone_at IS NULL GROUP BY kind"
        found: dict[str, int] = dict(self.ask(rules, (entity,)))
        by_size: dict[int, int] = dict(self.ask(sizes))
        return {
            "records": sum(found.values()),
            "golden": sum(by_size.values()),
            "rules": found,
            "sizes": by_size,
            "largest": self.ask(largest),
            "reviews": dict(
                self.ask("SELECT status, count(*) FROM hub_reviews WHERE entity = ? GROUP BY status", (entity,))
            ),
            "decisions": dict(self.ask(decided, (entity,))),
        }


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
        columns = {"entity": Kind.TEXT, **_KEY}
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
                self._store.send(_ID, some, statement)

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
            self._store.send(_ID, some, f"{unlinked} AND golden_id IN (SELECT golden_id FROM sent)")

    def close(self, kind: str, sequence: int, settings: str, counts: Mapping[str, Any], newest: State) -> None:
        told = json.dumps(counts, ensure_ascii=False, default=str)
        ended = max(self._at, to_micros(datetime.now().astimezone()))
        row = (self.resolution_id, kind, self._at, ended, sequence, settings, told)
        self._store.insert("hub_resolutions", _RESOLUTION, [row])
        for entity, name in _MARKS.items():
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


def pages(rows: Iterable[Sequence[Any]]) -> Iterator[list[Sequence[Any]]]:
    """The rows, some at a time."""
    waiting = iter(rows)
    while page := list(islice(waiting, PAGE)):
        yield page


def _score(value: Any) -> Decimal | None:
    return None if value is None else Decimal(value).scaleb(-6)


def _link(row: Sequence[Any]) -> Link:
    entity, source, source_id, golden, rule, score, evidence, one, two, at, resolution = row
    partner = None if one is None else Key(one, two)
    told = json.loads(evidence) if evidence else {}
    return Link(entity, Key(source, source_id), golden, rule, _score(score), told, partner, from_micros(at), resolution)


def _review(row: Sequence[Any]) -> Review:
    number, entity, one, one_id, two, two_id, rule, score, evidence, status, at = row
    told = json.loads(evidence) if evidence else {}
    return Review(
        number, entity, Key(one, one_id), Key(two, two_id), rule, _score(score), told, status, from_micros(at)
    )


def _decision(row: Sequence[Any], pairs: tuple[Said, ...]) -> Decision:
    number, entity, kind, who, why, at, before, undone, undone_by, undone_why, resolution = row
    gone = None if undone is None else from_micros(undone)
    return Decision(
        number, entity, kind, who, why, from_micros(at), pairs, json.loads(before or "{}"), gone, undone_by, undone_why,
        resolution,
    )  # fmt: skip


def golden_number(golden_id: str) -> int:
    """The number within a golden id."""
    return int(golden_id[1:])


def golden_id(entity: str, number: int) -> str:
    return f"{LETTERS[entity]}{number:06d}"
