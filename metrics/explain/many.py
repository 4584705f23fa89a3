"""Many figures of one metric taken apart at once: one pass over its records, however many figures are asked for.

What is told of a figure is bounded: its inputs, how many records count and do not, the rates that were used most, and
the largest records only. `explain` has all of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import count
from typing import Any

from metrics.base import Request
from metrics.compiled import Compiled, compiled
from metrics.coverage import coverage
from metrics.engine import Engine, unsuitable
from metrics.exact import exact
from metrics.explain.explanation import Explanation, Rate
from metrics.explain.records import Record, Records
from metrics.explain.shelf import Shelf, made_of
from metrics.explain.trace import ROW, Trace, figure_columns, trace
from metrics.rows import figures_of

PLACE = "hub_place"
_RANK = "hub_rank"
_REFERENCES = ("customer_source_id", "product_source_id", "sku")
_NEAR = 1_048_576
"""So many records of the same size are told apart, so that the same ones are shown each time."""
Keys = tuple[Any, ...]


@dataclass(frozen=True)
class Bounds:
    """How many records of a figure are shown: of those that count, and of those that do not, by reason."""

    records: int = 10
    left_out: int = 3
    rates: int = 12


@dataclass
class Taken:
    """One figure taken apart. `records` are the largest of `total` that count; `left_out` those that do not, or with a
    reservation, by kind and reason; `golden` the golden records behind those shown."""

    found: Explanation
    total: int
    records: list[Record] = field(default_factory=list)
    left_out: dict[tuple[str, str], list[Record]] = field(default_factory=dict)
    golden: dict[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Wanted:
    """Rows of one metric, by the values of their key columns."""

    request: Request
    keys: tuple[Keys, ...]
    bounds: Bounds = Bounds()


def taken_apart(engine: Engine, asked: Sequence[Wanted]) -> list[dict[Keys, Taken]]:
    """For each question its rows, those that there are; nothing where its metric cannot be limited as asked for.
    Records are without numbers and parents, which `identified` adds to all at once."""
    shelf, tries = Shelf(), count()

    def work() -> list[dict[Keys, Taken]]:
        if next(tries):
            shelf.clear(engine)  # the try before had too little room
        return _all(engine, asked, shelf)

    try:
        return engine.with_room(work)
    finally:
        shelf.clear(engine)


def _all(engine: Engine, asked: Sequence[Wanted], shelf: Shelf) -> list[dict[Keys, Taken]]:
    """Those that share facts one after the other: these are made once, in the columns that any of them needs."""
    questions = [_Question.of(engine, wanted) for wanted in asked]
    groups: dict[Any, list[int]] = {}
    for place, question in enumerate(questions):
        groups.setdefault(question.facts, []).append(place)
    made: dict[int, dict[Keys, Taken]] = {}
    for places in groups.values():
        columns = {name for place in places for name in questions[place].columns}
        for place in places:
            if asked[place].keys and not unsuitable(asked[place].request):
                made[place] = _Many(engine, asked[place], questions[place], shelf).taken(columns)
        shelf.clear(engine)
    return [made.get(place, {}) for place in range(len(asked))]


@dataclass(frozen=True)
class _Question:
    plan: Compiled
    found: Trace
    facts: Any

    @classmethod
    def of(cls, engine: Engine, wanted: Wanted) -> _Question:
        request = wanted.request
        plan = compiled(request.metric, request.by, converts=engine.converts, cache_dir=engine.cache_dir)
        found = trace(request.metric, request.by, converts=engine.converts, cache_dir=engine.cache_dir)
        return cls(plan, found, (found.facts, made_of(request, plan)))

    @property
    def columns(self) -> set[str]:
        """The columns of the facts that are looked at."""
        return {*self.plan.columns, *(name for name in _REFERENCES if name in self.found.columns)}


class _Many:
    """The tables of one question."""

    def __init__(self, engine: Engine, wanted: Wanted, question: _Question, shelf: Shelf) -> None:
        self.engine, self.db, self.shelf = engine, engine.db, shelf
        self.request, self.bounds = wanted.request, wanted.bounds
        self.keys = list(dict.fromkeys(wanted.keys))
        self.plan, self.found = question.plan, question.found
        figures = figure_columns(self.found.columns, self.plan.columns, self.plan.keys)
        self.figures = tuple(figures)
        self.amounts = tuple(name for name in self.found.amounts if name in figures)

    def taken(self, columns: Iterable[str]) -> dict[Keys, Taken]:
        self.engine.prepare(self.request, self.plan)
        self.shelf.facts(self.engine, self.request, self.plan, self.found, columns)
        kept = self.engine.kept_rows(self.request, self.plan)
        result = self._table(kept or self.found.over(self.plan, self.plan.sql))
        self.request = self.engine.fitted(self.request, self.plan, result)
        asked = self._asked(result)
        rows = self.db.execute(
            f"SELECT w.{PLACE}, {', '.join(f'r.{_q(name)}' for name in self.plan.names)} FROM {result} AS r "
            f"JOIN {asked} AS w ON {self._same('r', 'w')}"
        ).fetchall()
        own = self.shelf.own(self.engine, self.request, self.found) if self.amounts else None
        groups = self._groups(asked)
        picked = self._picked(groups, own)
        records = Records(self.db, picked, self.found.identity, self.figures, self.amounts)
        made = self._made(rows, groups, records, self._rates(asked, own) if own else {})
        for table in (result, asked, groups, picked):
            self.db.execute(f"DROP TABLE {table}")
        return made

    def _table(self, query: str) -> str:
        table = self.engine.new_table()
        self.db.execute(f"CREATE TEMP TABLE {table} AS {query}")
        return table

    def _asked(self, result: str) -> str:
        """The keys that are asked for, each with its place among them."""
        names = "".join(f", {_q(key)}" for key in self.plan.keys)
        table = self._table(f"SELECT CAST(0 AS INTEGER) AS {PLACE}{names} FROM {result} LIMIT 0")
        marks = ", ".join("?" * (1 + len(self.plan.keys)))
        self.db.executemany(f"INSERT INTO {table} VALUES ({marks})", [[n, *key] for n, key in enumerate(self.keys)])
        return table

    def _groups(self, asked: str) -> str:
        """For each figure, and each reason why records count or do not: how many they are, and which are the
        largest."""
        largest = max(self.bounds.records, self.bounds.left_out)
        return self._table(
            f"SELECT w.{PLACE}, r.kind, r.left_out, r.assumed, count(*) AS hub_rows, "
            f"arg_max(r.{ROW}, {self._size()}, {largest:d}) AS hub_top "
            f"FROM ({self.found.rows}) AS r JOIN {asked} AS w ON {self._same('r', 'w')} GROUP BY 1, 2, 3, 4"
        )

    def _size(self) -> str:
        """By how large a record is: of those of one size always the same ones, whatever thread comes first."""
        size = f"coalesce(abs(TRY_CAST(r.{_q(self.figures[0])} AS DOUBLE)), 0)" if self.figures else "0"
        near = f"(hash(r.source_id) % {_NEAR}) / {_NEAR} * 1e-9"
        return f"{size} * (1 + {near}) + {near}"

    def _picked(self, groups: str, own: str | None) -> str:
        """The records that are shown, with what they are in their own currencies."""
        known = [name for name in _REFERENCES if name in self.found.columns]
        columns = dict.fromkeys([*self.found.identity, *known, *self.figures])
        listed = ", ".join(f"f.{_q(name)}" for name in columns)
        order = ", ".join(f"f.{_q(name)}" for name in self.found.identity)
        size = f"abs(TRY_CAST(f.{_q(self.figures[0])} AS DOUBLE)) DESC NULLS LAST, " if self.figures else ""
        mark = f", o.* EXCLUDE ({ROW})" if own else ", CAST(NULL AS VARCHAR) AS mark"
        join = f"LEFT JOIN {own} AS o USING ({ROW})" if own else ""
        return self._table(
            f"WITH top AS (SELECT {PLACE}, left_out, assumed, unnest(hub_top) AS {ROW} FROM {groups}), "
            f"ranked AS (SELECT top.*, {listed}, row_number() OVER ("
            f"PARTITION BY {PLACE}, f.kind, top.left_out, top.assumed ORDER BY {size}{order}) AS {_RANK} "
            f"FROM top JOIN {self.found.facts} AS f USING ({ROW})) "
            f"SELECT p.* EXCLUDE ({_RANK}, {ROW}){mark} FROM ranked AS p {join} "
            f"WHERE {_RANK} <= CASE WHEN p.left_out IS NULL THEN {self.bounds.records:d} "
            f"ELSE {self.bounds.left_out:d} END"
        )

    def _rates(self, asked: str, own: str) -> dict[int, list[Rate]]:
        """The rates that converted what counts, with the first and the last day they were used for."""
        days = "min(r.day), max(r.day)" if "day" in self.found.identity else "NULL, NULL"
        rows = self.db.execute(
            f"SELECT w.{PLACE}, split_part(o.mark, ':', 2), split_part(o.mark, ':', 3), {days}, count(*) AS used "
            f"FROM ({self.found.rows}) AS r JOIN {asked} AS w ON {self._same('r', 'w')} "
            f"JOIN (SELECT {ROW}, mark FROM {own}) AS o USING ({ROW}) WHERE r.left_out IS NULL "
            f"GROUP BY 1, 2, 3 ORDER BY 1, used DESC, 2, 4, 3"
        ).fetchall()
        found: dict[int, list[Rate]] = {}
        for place, currency, rate, first, last, used in rows:
            found.setdefault(place, []).append(Rate(currency, Decimal(rate).normalize(), first, last, used))
        return found

    def _made(
        self, rows: Sequence[tuple[Any, ...]], groups: str, records: Records, rates: dict[int, list[Rate]]
    ) -> dict[Keys, Taken]:
        counting: dict[int, list[tuple[Any, ...]]] = {}
        for place, *counted in self.db.execute(
            f"SELECT {PLACE}, kind, left_out, assumed, hub_rows FROM {groups} ORDER BY ALL"
        ).fetchall():
            counting.setdefault(place, []).append(tuple(counted))
        shown, golden = records.grouped(PLACE), self._golden(records.table)
        made: dict[Keys, Taken] = {}
        for place, *row in rows:
            found = self._explanation(row, counting.get(place, []), rates.get(place, []), records)
            taken = Taken(found, sum(found.counted.values()), golden=golden.get(place, {}))
            for record in shown.get(place, []):
                reason = record.left_out or record.assumed
                if reason:
                    taken.left_out.setdefault((record.kind, reason), []).append(record)
                if not record.left_out:
                    taken.records.append(record)
            del taken.records[self.bounds.records :]
            taken.left_out = {reason: those[: self.bounds.left_out] for reason, those in taken.left_out.items()}
            made[self.keys[place]] = taken
        return made

    def _explanation(
        self, row: Sequence[Any], counting: Sequence[tuple[Any, ...]], rates: list[Rate], records: Records
    ) -> Explanation:
        plan, engine, request = self.plan, self.engine, self.request
        leading = len(plan.keys) + len(plan.labels)
        inputs = dict(zip(plan.names[leading:], row[leading:], strict=True))
        return Explanation(
            request, engine.currency, engine.time_zone, request.end or engine.today,
            {name: exact(value, "text", None) for name, value in zip(plan.names[:leading], row[:leading], strict=True)},
            {name: exact(value, "text", None) for name, value in inputs.items()},
            figures_of(request.metric, {**request.parameters, **inputs}),
            *coverage(request, counting), rates, records, engine.sequence,
        )  # fmt: skip

    def _golden(self, picked: str) -> dict[int, dict[str, tuple[str, ...]]]:
        """Golden records that stand for several, behind those shown that count: place -> entity -> ids."""
        found: dict[int, dict[str, tuple[str, ...]]] = {}
        for entity in ("customer", "product"):
            column = f"{entity}_source_id"
            if column not in self.found.columns:
                continue
            rows = self.db.execute(
                f"WITH links AS (SELECT source, source_id, golden_id, "
                f"count(*) OVER (PARTITION BY golden_id) AS members FROM {entity}_identities "
                f"WHERE golden_id IN (SELECT golden_id FROM {entity}_identities AS i "
                f"JOIN {picked} AS p ON p.source = i.source AND p.{column} = i.source_id)) "
                f"SELECT {PLACE}, list(DISTINCT golden_id ORDER BY golden_id) FROM {picked} AS p JOIN links "
                f"ON p.source = links.source AND p.{column} = links.source_id "
                f"WHERE p.left_out IS NULL AND members > 1 GROUP BY 1"
            ).fetchall()
            for place, ids in rows:
                found.setdefault(place, {})[f"{entity}s"] = tuple(ids)
        return found

    def _same(self, one: str, other: str) -> str:
        """SQL: whether two rows have the same keys."""
        same = (f"{one}.{_q(key)} IS NOT DISTINCT FROM {other}.{_q(key)}" for key in self.plan.keys)
        return " AND ".join(same) or "true"


def _q(name: str) -> str:
    return f'"{name}"'
