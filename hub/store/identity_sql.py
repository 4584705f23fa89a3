"""Identity in SQL that both databases understand. Rows travel in bulk as one table `sent`; each dialect says how.

Parameters are written `?`; the dialects put in their own.
"""

from __future__ import annotations

import json
from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from typing import Any

from hub.errors import StoreBusy
from hub.model.kinds import Kind
from hub.store.identity import (
    GOLDEN_HEAD,
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
from hub.store.identity_rows import DECISION, ID, KEY, MARKS, RESOLUTION, SAID, decision_of, link_of, pages, review_of
from hub.store.shape import from_micros, to_micros

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
            self.ask("SELECT name, value FROM hub_marks WHERE name IN (?, ?)", tuple(MARKS.values()))
        )
        words = self.ask("SELECT count(*) + count(undone_at) FROM hub_decisions")[0][0]
        customers, products = (marks.get(name, 0) for name in MARKS.values())
        return State(newest, customers, products, words)

    def resolution_id(self) -> int:
        newest: int = self.ask("SELECT coalesce(max(id), 0) FROM hub_resolutions")[0][0]
        return newest

    def last_resolution(self) -> Resolution | None:
        rows = self._select("hub_resolutions", RESOLUTION, "ORDER BY id DESC LIMIT 1", ())
        if not rows:
            return None
        number, kind, started, ended, sequence, settings, counts = rows[0]
        return Resolution(
            number, kind, from_micros(started), from_micros(ended), sequence, settings, json.loads(counts or "{}")
        )

    @contextmanager
    def resolving(self, state: State, at: datetime) -> Iterator[IdentityWriter]:
        from hub.store.identity_writing import SqlWriter

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
                yield [link_of(row) for row in page]
            return
        columns = {"entity": Kind.TEXT, **(ID if keys is None else KEY)}
        wanted = [(entity, each) for each in golden_ids or ()] if keys is None else [(entity, *key) for key in keys]
        on = " AND ".join(f"l.{name} = sent.{name}" for name in columns)
        for some in pages(wanted):
            found = self.send(columns, some, f"SELECT {listed} FROM sent JOIN hub_links AS l ON {on}")
            yield [link_of(row) for row in self.physical(found, kinds)]

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
                ID, some, f"SELECT {listed} FROM sent JOIN golden_{entity} AS g ON g.golden_id = sent.golden_id"
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
        rows = self.send(KEY, [tuple(key) for key in keys], statement) if keys else []
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
        return [review_of(row) for row in self._select("hub_reviews", columns, order, tuple(asked.values()))]

    def decisions(self, *, entity: str | None = None, ids: Sequence[int] | None = None) -> list[Decision]:
        where, values = ("WHERE true", list[Any]()) if entity is None else ("WHERE entity = ?", [entity])
        if ids is not None:
            where += f" AND id IN ({', '.join(str(int(number)) for number in ids) or 'NULL'})"
        rows = self._select("hub_decisions", DECISION, f"{where} ORDER BY id", values)
        among = f"WHERE decision_id IN (SELECT id FROM hub_decisions {where})"
        order = "ORDER BY decision_id, left_source, left_id, right_source, right_id"
        pairs: dict[int, list[Said]] = {}
        for number, *pair, same in self._select("hub_decision_pairs", SAID, f"{among} {order}", values):
            pairs.setdefault(number, []).append(Said(Key(*pair[:2]), Key(*pair[2:]), bool(same)))
        return [decision_of(row, tuple(pairs.get(row[0], ()))) for row in rows]

    # -- what people say
    def decide(self, decision: Decision, moves: Mapping[Key, str], number: int = 0) -> int:
        with self.unit_of_work():
            self.lock_identity()
            newest: int = self.ask("SELECT coalesce(max(id), 0) + 1 FROM hub_decisions")[0][0]
            at = to_micros(decision.at)
            before = json.dumps(decision.before, ensure_ascii=False)
            told = (decision.entity, decision.kind, decision.who, decision.why)
            row = (newest, *told, at, before, None, None, None, None)
            self.insert("hub_decisions", DECISION, [row])
            said = [(newest, *pair.left, *pair.right, pair.same) for pair in decision.pairs]
            self.insert("hub_decision_pairs", SAID, said)
            if number:
                self.mark(MARKS[decision.entity], number)
            self._move(decision.entity, moves, at)
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
            self._move(decision.entity, moves, to_micros(at))

    def _move(self, entity: str, moves: Mapping[Key, str], at: int) -> None:
        columns = {"entity": Kind.TEXT, **KEY, **ID, "at": Kind.UTC}
        on = " AND ".join(f"hub_links.{name} = sent.{name}" for name in ("entity", *KEY))
        moved = "UPDATE hub_links SET golden_id = sent.golden_id, linked_at = sent.at FROM sent"
        for some in pages([(entity, *key, golden, at) for key, golden in moves.items()]):
            self.send(columns, some, f"{moved} WHERE {on} AND hub_links.golden_id <> sent.golden_id")

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
