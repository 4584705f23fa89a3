"""Metrics on DuckDB over the canonical tables that it is given: the replica's, as a rule."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from copy import copy
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from metrics import duck
from metrics.answers import Counting
from metrics.base import Request
from metrics.compiled import Compiled
from metrics.engines.site import Computed, Ground, Room, Site, facts_sql
from metrics.parts import Parts
from metrics.replica.kept import State
from metrics.replica.shape import TABLES
from metrics.rows import COVERAGE

if TYPE_CHECKING:
    import duckdb

_AT_ONCE = 3
"""So many metrics take less time in one statement than over facts that are kept; of more it is the other way round."""
_LISTS = "hub_lists"


class DuckSite(Site):
    """A connection that has the canonical tables, each with all its columns.

    kept_dir   where parts of facts are kept, as long as the `state` of their tables is the same
    """

    name = "duckdb"

    def __init__(
        self, db: duckdb.DuckDBPyConnection, ground: Ground, kept_dir: Path | None = None, state: State | None = None
    ) -> None:
        super().__init__(ground)
        state = state or State()
        rest = f"{state.rest} {ground.today if ground.converts else ''}"
        self._parts = Parts(db, kept_dir, replace(state, rest=rest))
        self._set_up(db, duck.RATE_DIGITS)

    def _set_up(self, db: duckdb.DuckDBPyConnection, rate_digits: int) -> None:
        self.db = self.results = db
        self._is_wide = False
        duck.define_ground(db, self.ground)
        self._use_rates(rate_digits)

    def beside(self) -> DuckSite | None:
        """Many statements, or a part of each, can only use one core. Small ones are done before a second connection is
        set up."""
        if not self._parts.is_large:
            return None
        other = copy(self)
        db = self.db.cursor()
        db.execute("SET enable_progress_bar = false")
        other._parts = self._parts.beside(db)
        other._set_up(db, self._rate_digits)
        if self._is_wide:
            other._widen()
        return other

    def _use_rates(self, digits: int) -> None:
        self._rate_digits = digits
        duck.define_rate_digits(self.db, digits)
        if self.ground.converts:
            duck.make_rates(self.db, self.ground.currencies, self.ground.currency, self.ground.today, digits)

    @property
    def variant(self) -> str:
        return f"{self._rate_digits} {self._is_wide}"

    def prepare(self, request: Request, plan: Compiled) -> None:
        duck.define_request(self.db, request, self.ground.today)
        duck.define_divisions(self.db, plan.facts_sql, plan.sql)
        self._parts.have(plan.parts, self.variant)

    def run(self, group: Sequence[tuple[Request, Compiled]]) -> Iterator[Computed]:
        if len(group) == 1:
            return self._alone(*group[0])
        return self._at_once(group) if len(group) <= _AT_ONCE and _agree(group) else self._shared(group)

    def _alone(self, request: Request, plan: Compiled) -> Iterator[Computed]:
        """A metric that has its facts for itself: they need not be kept, result and coverage come out together."""
        self.prepare(request, plan)
        table = self.new_table()
        self.db.execute(
            f"CREATE TABLE {table} AS WITH {plan.facts} AS MATERIALIZED ({facts_sql(request, plan, plan.columns)}) "
            f"SELECT *, NULL AS {COVERAGE} FROM ({plan.sql}) AS result UNION ALL BY NAME "
            f"SELECT coalesce(list(counted), []) AS {COVERAGE} FROM ({plan.counting_sql}) AS counted"
        )
        found = self.db.execute(f"SELECT {COVERAGE} FROM {table} WHERE {COVERAGE} IS NOT NULL").fetchall()
        yield [tuple(counted.values()) for counted in found[0][0]], lambda: table

    def _at_once(self, group: Sequence[tuple[Request, Compiled]]) -> Iterator[Computed]:
        """A few metrics on the same facts: each is a list of rows in one statement, which passes over the facts once
        and keeps none of them."""
        for request, plan in group:
            self.prepare(request, plan)
        asked = dict.fromkeys(sql for _, plan in group for sql in (plan.sql, plan.counting_sql))
        lists = {sql: f"list_{number}" for number, sql in enumerate(asked)}
        arms = (f"SELECT list(hub_row) AS {name} FROM ({sql}) AS hub_row" for sql, name in lists.items())
        facts = facts_sql(*group[0], self._columns(group))
        self.db.execute(
            f"CREATE OR REPLACE TEMP TABLE {_LISTS} AS WITH {group[0][1].facts} AS MATERIALIZED ({facts}) "
            + " UNION ALL BY NAME ".join(arms)
        )
        for _, plan in group:
            counting = self.db.execute(f"SELECT unnest({lists[plan.counting_sql]}, max_depth := 2) FROM {_LISTS}")
            rows = f"SELECT unnest({lists[plan.sql]}, max_depth := 2) FROM {_LISTS}"
            yield counting.fetchall(), partial(self._kept, rows)
        self.db.execute(f"DROP TABLE {_LISTS}")

    def _shared(self, group: Sequence[tuple[Request, Compiled]]) -> Iterator[Computed]:
        """Metrics on the same facts: these are computed once and kept until the next ones."""
        counted: dict[tuple[Any, ...], Counting] = {}
        for number, (request, plan) in enumerate(group):
            self.prepare(request, plan)
            if number == 0:
                facts = facts_sql(request, plan, self._columns(group))
                self.db.execute(f"CREATE OR REPLACE TEMP TABLE {plan.facts} AS {facts}")
            same = (plan.counting_sql, *sorted(request.parameters.items()))
            if same not in counted:
                counted[same] = self.db.execute(plan.counting_sql).fetchall()
            yield counted[same], partial(self._kept, plan.sql)
        self.db.execute(f"DROP TABLE {group[0][1].facts}")

    @staticmethod
    def _columns(group: Sequence[tuple[Request, Compiled]]) -> list[str]:
        """The columns of the facts that any of these needs."""
        return sorted({name for _, plan in group for name in plan.columns})

    def _kept(self, sql: str) -> str:
        table = self.new_table()
        self.db.execute(f"CREATE TABLE {table} AS SELECT *, NULL AS {COVERAGE} FROM ({sql}) AS result")
        return table

    def fetched(self, query: str) -> str:
        return f"({query})"

    def ways_to_give_room(self) -> Sequence[Room]:
        """Numbers have 38 digits, but columns whose values fit 18 are multiplied within 18, which is several times as
        quick. Where a product does not fit, all columns are widened; where rates leave amounts too few digits even so,
        the rates are cut."""
        return (Room(self._widen, is_exact=True), Room(partial(self._use_rates, duck.FEW_RATE_DIGITS)))

    def _widen(self) -> None:
        self._is_wide = True
        duck.widen(self.db, TABLES)

    def lacks_room(self, error: Exception) -> bool:
        import duckdb

        return isinstance(error, duckdb.OutOfRangeException | duckdb.ConversionException)


def _agree(group: Sequence[tuple[Request, Compiled]]) -> bool:
    """Whether no parameter has one value here and another there: a statement knows it by its name alone."""
    given: dict[str, tuple[str, Any]] = {}
    return all(
        given.setdefault(each.name, said) == said
        for request, _ in group
        for each in request.metric.parameters
        for said in [(each.kind, request.parameters.get(each.name))]
    )
