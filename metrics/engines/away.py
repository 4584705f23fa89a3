"""What sites have in common that are not in this process: they compute, and hand the rows of results over.

A DuckDB without any rows in its canonical tables stands by. It says which columns and types the SQL of a metric gives,
so that a result has the same types wherever it was computed; it makes what is small and has rules of its own (rates,
warehouses), which is then handed to the site; and it takes the results.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from metrics import duck
from metrics.answers import Counting
from metrics.authority import PLACES, make_places
from metrics.base import Request
from metrics.compiled import Compiled
from metrics.engines.dialect import doubtful
from metrics.engines.site import Computed, Ground, Room, Site, facts_sql
from metrics.parts import Parts
from metrics.replica.shape import DUCK_TYPES, IDENTITIES, TABLES, columns_of
from metrics.rows import COVERAGE
from metrics.scope import RATES, Part
from metrics.trust_facts import OF_RUNS

if TYPE_CHECKING:
    import duckdb

OWN = "own_"
"""What the names of parts begin with whose SQL an admin wrote."""
_HELD_PLACES = "DISTINCT source, location_source_id"
_PLACES_OF = {"locations": "*", "stock_levels": _HELD_PLACES, "stock_history": _HELD_PLACES}
_RATES_OF = {"fx_rates": "*"}
_WITH_NAMES = ("customers", "customer_identities", "golden_customers")


SET_UP = tuple(f"SELECT {what} FROM {table}" for table, what in {**_RATES_OF, **_PLACES_OF}.items())
"""What a site is asked before the first metric."""


class NoRoom(Exception):
    """A number with more digits than all engines have room for."""


class Away(Site):
    """A site that is given SQL in its own dialect, and gives streams of Arrow."""

    quote: ClassVar[str]
    """What its dialect puts around the name of a column."""

    def __init__(self, ground: Ground) -> None:
        super().__init__(ground)
        self.results = empty_hub()
        self._shapes = Parts(self.results)
        self._made: dict[str, str] = {}
        self._rate_digits = duck.RATE_DIGITS
        duck.define_ground(self.results, ground)

    @abstractmethod
    def translated(self, sql: str) -> str:
        """A query of DuckDB's dialect in the site's."""

    @abstractmethod
    def rows(self, query: str, columns: dict[str, str]) -> AbstractContextManager[Any]:
        """The rows of a query in the site's dialect as something DuckDB can select from. `columns` are those of the
        query, with DuckDB's types; those of wide numbers may come as texts."""

    @abstractmethod
    def make(self, table: str, query: str) -> None:
        """Keep the rows of a query in the site's dialect under this name, in place of what has it."""

    @abstractmethod
    def drop(self, table: str) -> None:
        """Forget what `make` made; nothing happens where there is no such thing."""

    @abstractmethod
    def hand_over(self, table: str) -> None:
        """Let the site have a small table of `results`, too."""

    @abstractmethod
    def define(self, request: Request, *statements: str) -> None:
        """Tell the site what a question says, and the functions that its SQL calls."""

    @abstractmethod
    def define_rate_digits(self, digits: int) -> None:
        """Tell the site with how many digits amounts are converted."""

    def columns(self, table: str) -> list[str]:
        """Those of a table that the SQL of metrics selects from."""
        return [name for name, *_ in self.results.execute(f"DESCRIBE {table}").fetchall()]

    def set_up(self) -> None:
        """Hand over what depends on no question."""
        self._use_rates(self._rate_digits)
        if self.ground.warehouses:
            self._make_places()
        for table in (PLACES, *OF_RUNS):
            self.hand_over(table)

    def _use_rates(self, digits: int) -> None:
        self._rate_digits = digits
        duck.define_rate_digits(self.results, digits)
        self.define_rate_digits(digits)
        if self.ground.converts:
            with self._filled(_RATES_OF):
                duck.make_rates(self.results, self.ground.currencies, self.ground.currency, self.ground.today, digits)
            self.hand_over(RATES)

    def _make_places(self) -> None:
        """Which place a location belongs to follows from locations, and from where there is any stock."""
        with self._filled(_PLACES_OF):
            make_places(self.results, self.ground.warehouses)

    @contextmanager
    def _filled(self, tables: Mapping[str, str]) -> Iterator[None]:
        """The rows of tables are in `results` for a while, with those columns."""
        try:
            for table, what in tables.items():
                fetched = self.fetched(f"SELECT {what} FROM {table}")
                self.results.execute(f"INSERT INTO {table} BY NAME SELECT {what} FROM {fetched}")
            yield
        finally:
            for table in tables:
                self.results.execute(f"DELETE FROM {table}")

    def cannot(self, plan: Compiled) -> str:
        for part in plan.parts:
            if part.name.startswith(OWN) and (what := doubtful(part.sql)):
                return f"its SQL uses {what}, which {self.name} may compute in another way"
        return ""

    @property
    def variant(self) -> str:
        return f"{self._rate_digits} {self.name}"

    def lacks_room(self, error: Exception) -> bool:
        return isinstance(error, NoRoom)

    def ways_to_give_room(self) -> Sequence[Room]:
        return (Room(partial(self._use_rates, duck.FEW_RATE_DIGITS)),)

    def prepare(self, request: Request, plan: Compiled) -> None:
        duck.define_request(self.results, request, self.ground.today)
        duck.define_divisions(self.results, plan.facts_sql, plan.sql)
        self._shapes.have(plan.parts, self.variant)
        self.define(request, plan.facts_sql, plan.sql, *(part.sql for part in plan.parts))
        for part in plan.parts:
            self._have(part)

    def _have(self, part: Part) -> None:
        mark = f"{self.variant} {part.sql}"
        if self._made.get(part.table) != mark:
            self.make(part.table, self.translated(part.sql))
            self._made[part.table] = mark

    def run(self, group: Sequence[tuple[Request, Compiled]]) -> Iterator[Computed]:
        columns = sorted({name for _, plan in group for name in plan.columns})
        facts = group[0][1].facts
        counted: dict[tuple[Any, ...], Counting] = {}
        for number, (request, plan) in enumerate(group):
            self.prepare(request, plan)
            if number == 0:
                self.results.execute(f"CREATE OR REPLACE TEMP TABLE {facts} AS {facts_sql(request, plan, columns)}")
                self.make(facts, self._facts(request, plan, columns))
            same = (plan.counting_sql, *sorted(request.parameters.items()))
            if same not in counted:
                counted[same] = self.results.execute(f"FROM {self.fetched(plan.counting_sql)}").fetchall()
            yield counted[same], partial(self._kept, plan)
        self.drop(facts)
        self.results.execute(f"DROP TABLE {facts}")

    def _facts(self, request: Request, plan: Compiled, columns: Sequence[str]) -> str:
        """As `facts_sql`, in the site's dialect. All facts are translated as they are, whichever columns are asked for
        and whatever they are limited to, so that what was translated before serves any question."""
        named = ", ".join(f"{self.quote}{name}{self.quote}" for name in columns)
        chosen = f"SELECT {named} FROM facts"
        if request.only:
            limited = self.translated(f"SELECT * FROM facts WHERE {request.only.condition()}")
            chosen = f"SELECT {named} FROM ({limited}) AS limited"
        return f"WITH facts AS ({self.translated(plan.facts_sql)}) {chosen}"

    def _kept(self, plan: Compiled) -> str:
        return self._fetched_into(self.new_table(), plan.sql, f", NULL AS {COVERAGE}")

    def fetched(self, query: str) -> str:
        return self._fetched_into(self.new_table(), query)

    def _fetched_into(self, table: str, query: str, further: str = "") -> str:
        columns = {name: kind for name, kind, *_ in self.results.execute(f"DESCRIBE {query}").fetchall()}
        cast = ", ".join(f'CAST("{name}" AS {kind}) AS "{name}"' for name, kind in columns.items())
        with self.rows(self.translated(query), columns) as stream:  # noqa: F841  # DuckDB finds it by its name
            self.results.execute(f"CREATE TABLE {table} AS SELECT {cast}{further} FROM stream")
        return table

    def named(self, *, sources: bool, customers: bool) -> duckdb.DuckDBPyConnection:
        """A DuckDB that has what users can name: sources, customers with their golden records."""
        db = empty_hub()
        for table, entity in TABLES.items():
            if customers and table in _WITH_NAMES:
                known = ("source", "source_id", "golden_id", "name")
                what = ", ".join(name for name in columns_of(entity) if name in known)
            elif sources and table not in IDENTITIES:
                what = "DISTINCT source"
            else:
                continue
            fetched = self.fetched(f"SELECT {what} FROM {table}")
            rows = self.results.sql(f"FROM {fetched}").to_arrow_table()  # noqa: F841  # DuckDB finds it by its name
            db.execute(f"INSERT INTO {table} BY NAME FROM rows")
        return db


def empty_hub() -> duckdb.DuckDBPyConnection:
    """A DuckDB in memory that has all canonical tables, without a row."""
    import duckdb

    db = duckdb.connect()
    db.execute("SET enable_progress_bar = false")  # it would be printed among the results
    for name, entity in TABLES.items():
        shape = ", ".join(f"{column} {DUCK_TYPES[kind]}" for column, kind in columns_of(entity).items())
        db.execute(f"CREATE TABLE {name} ({shape})")
    return db
