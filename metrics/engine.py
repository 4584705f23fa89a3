"""Runs metrics on DuckDB over canonical tables: facts once for all that share them, then each result."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from hub.errors import MetricUndefined
from hub.sdk.metric import Metric
from metrics import duck
from metrics.answers import Answer, Answers, Counting
from metrics.base import Request
from metrics.compiled import Compiled, compiled
from metrics.coverage import coverage, refusal
from metrics.dimensions import DIMENSIONS
from metrics.parts import Parts
from metrics.replica.shape import TABLES
from metrics.result import Column, Result
from metrics.rows import COVERAGE, rows_of

if TYPE_CHECKING:
    import duckdb

Outcome = Result | MetricUndefined
T = TypeVar("T")


@dataclass
class Engine:
    """Computes requests over one state of the data.

    db          a connection that has the canonical tables, each with all its columns
    currencies  every currency that any amount is in
    today       the day that "now" is, in the reporting time zone
    kept_dir    where parts of facts and results are kept, as long as `state` of the data is the same
    """

    db: duckdb.DuckDBPyConnection
    currency: str
    time_zone: str
    today: date
    currencies: set[str] = field(default_factory=set)
    cache_dir: Path | None = None
    sequence: int | None = None
    fiscal_year_start: int = 1
    kept_dir: Path | None = None
    state: str = ""
    rate_digits: int = field(init=False)
    _is_wide: bool = field(default=False, init=False)
    _tables: int = field(default=0, init=False)
    _parts: Parts = field(init=False)
    _answers: Answers = field(init=False)

    def __post_init__(self) -> None:
        self._parts = Parts(self.db, self.kept_dir, f"{self.state} {self.today if self.converts else ''}")
        self._answers = Answers(self.kept_dir, f"{self.state} {self.today}")
        duck.define_settings(
            self.db, currency=self.currency, zone=self.time_zone, fiscal_year_start=self.fiscal_year_start
        )
        self._use_rates(duck.RATE_DIGITS)
        duck.make_streams(self.db, ())
        duck.make_unmapped(self.db, ())

    def _use_rates(self, digits: int) -> None:
        self.rate_digits = digits
        duck.define_rate_digits(self.db, digits)
        if self.converts:
            duck.make_rates(self.db, self.currencies, self.currency, self.today, digits)

    @property
    def converts(self) -> bool:
        """Whether amounts in other currencies are held."""
        return bool(self.currencies - {self.currency})

    def compute(self, request: Request) -> Result:
        """One metric. Raises MetricUndefined where it cannot be computed."""
        (outcome,) = self.compute_all([request])
        if isinstance(outcome, MetricUndefined):
            raise outcome
        return outcome

    def compute_all(self, requests: Sequence[Request]) -> list[Outcome]:
        """Several metrics, in the order given; those that share facts share the work.

        Numbers have 38 digits, but columns whose values fit 18 are multiplied within 18, which is several times as
        quick. Where a product does not fit, all columns are widened; where rates leave amounts too few digits even so,
        the rates are cut.
        """
        return self.with_room(lambda: self._computed(requests))

    def with_room(self, work: Callable[[], T]) -> T:
        """Do it again with wider columns, or shorter rates, where a number does not fit. Raises MetricUndefined where
        even that is not enough."""
        import duckdb

        for give_room in (self._widen, self._cut_rates):
            try:
                return work()
            except (duckdb.OutOfRangeException, duckdb.ConversionException):
                give_room()
        try:
            return work()
        except (duckdb.OutOfRangeException, duckdb.ConversionException) as error:
            raise MetricUndefined(
                "an amount or a sum has more than 38 digits.", fix="Look for amounts that cannot be true."
            ) from error

    def _widen(self) -> None:
        self._is_wide = True
        duck.widen(self.db, TABLES)

    def _cut_rates(self) -> None:
        self._use_rates(duck.FEW_RATE_DIGITS)

    def _computed(self, requests: Sequence[Request]) -> list[Outcome]:
        outcomes: dict[int, Outcome] = {
            place: problem for place, request in enumerate(requests) if (problem := unsuitable(request))
        }
        plans = {
            place: (request, compiled(request.metric, request.by, converts=self.converts, cache_dir=self.cache_dir))
            for place, request in enumerate(requests)
            if place not in outcomes
        }
        for place, (request, plan) in list(plans.items()):
            answer = self._answers.find(self._key(request, plan))
            if answer:
                outcomes[place] = self._answered(request, plan, answer)
                del plans[place]
        for group in _sharing(plans):
            run = self._alone if len(group) == 1 else self._shared
            outcomes.update(zip(group, run([plans[place] for place in group]), strict=True))
        return [outcomes[place] for place in range(len(requests))]

    def _alone(self, plans: Sequence[tuple[Request, Compiled]]) -> Iterator[Outcome]:
        """A metric that has its facts for itself: they need not be kept, result and coverage come out together."""
        ((request, plan),) = plans
        self.prepare(request, plan)
        table = self.new_table()
        self.db.execute(
            f"CREATE TABLE {table} AS WITH {plan.facts} AS MATERIALIZED ({facts_sql(request, plan, plan.columns)}) "
            f"SELECT *, NULL AS {COVERAGE} FROM ({plan.sql}) AS result UNION ALL BY NAME "
            f"SELECT coalesce(list(counted), []) AS {COVERAGE} FROM ({plan.counting_sql}) AS counted"
        )
        found = self.db.execute(f"SELECT {COVERAGE} FROM {table} WHERE {COVERAGE} IS NOT NULL").fetchall()
        yield self._outcome(request, plan, [tuple(counted.values()) for counted in found[0][0]], lambda: table)

    def _shared(self, plans: Sequence[tuple[Request, Compiled]]) -> Iterator[Outcome]:
        """Metrics on the same facts: these are computed once and kept until the next ones."""
        columns = sorted({name for _, plan in plans for name in plan.columns})
        counted: dict[tuple[Any, ...], Counting] = {}
        for number, (request, plan) in enumerate(plans):
            self.prepare(request, plan)
            if number == 0:
                self.db.execute(f"CREATE OR REPLACE TEMP TABLE {plan.facts} AS {facts_sql(request, plan, columns)}")
            same = (plan.counting_sql, *sorted(request.parameters.items()))
            if same not in counted:
                counted[same] = self.db.execute(plan.counting_sql).fetchall()
            yield self._outcome(request, plan, counted[same], partial(self._kept, plan))
        self.db.execute(f"DROP TABLE {plans[0][1].facts}")

    def _kept(self, plan: Compiled) -> str:
        table = self.new_table()
        self.db.execute(f"CREATE TABLE {table} AS SELECT *, NULL AS {COVERAGE} FROM ({plan.sql}) AS result")
        return table

    def new_table(self) -> str:
        """A name that no other result of this engine has."""
        self._tables += 1
        return f"hub_result_{self._tables}"

    def prepare(self, request: Request, plan: Compiled) -> None:
        """Tell the database what the SQL of a plan asks for: period, parameters, exact divisions. Raises
        MetricUndefined where the metric cannot be limited as asked for."""
        problem = unsuitable(request)
        if problem:
            raise problem
        duck.define_period(self.db, request.start, request.end, request.end or self.today)
        kinds = {parameter.name: parameter.kind for parameter in request.metric.parameters}
        duck.define_parameters(self.db, kinds, request.parameters)
        duck.define_divisions(self.db, plan.facts_sql, plan.sql)
        self._parts.have(plan.parts, self._variant)

    def fitted(self, request: Request, plan: Compiled, rows: str) -> Request:
        """The request with what its metric learns from all rows among the parameters; as it is where that is nothing.
        `rows` is a table in SQL. Raises MetricUndefined where there is too little to learn from."""
        if request.metric.fit is None:
            return request
        measures = plan.names[len(plan.keys) + len(plan.labels) :]
        names = ", ".join(f'"{name}"' for name in measures)
        columns = self.db.execute(f"SELECT {names} FROM {rows}").fetchnumpy()
        return replace(request, parameters={**request.parameters, **request.metric.fit(columns)})

    def _outcome(self, request: Request, plan: Compiled, counting: Counting, result: Callable[[], str]) -> Outcome:
        """A result, or why there is none; either is kept. `result` makes the table of its rows."""
        key = self._key(request, plan)
        refused = refusal(request.metric, *coverage(request, counting))
        if refused:
            self._answers.keep(self.db, key, counting, {}, None)
            return refused
        table = result()
        rows = f"SELECT * EXCLUDE {COVERAGE} FROM {table} WHERE {COVERAGE} IS NULL"
        try:
            fitted = self.fitted(request, plan, f"({rows}) AS rows")
        except MetricUndefined as error:
            return error
        learnt = {name: value for name, value in fitted.parameters.items() if name not in request.parameters}
        self._answers.keep(self.db, key, counting, learnt, rows)
        return self._result(fitted, plan, counting, table)

    def _answered(self, request: Request, plan: Compiled, answer: Answer) -> Outcome:
        """The outcome that was kept."""
        if answer.rows is None:
            refused = refusal(request.metric, *coverage(request, answer.counting))
            assert refused, "a result without rows was refused"
            return refused
        table = self.new_table()
        self.db.execute(f"CREATE TABLE {table} AS SELECT *, NULL AS {COVERAGE} FROM ({answer.rows}) AS kept")
        learnt = replace(request, parameters={**request.parameters, **answer.fitted})
        return self._result(learnt, plan, answer.counting, table)

    def _result(self, request: Request, plan: Compiled, counting: Counting, table: str) -> Result:
        return Result(
            request.metric, request.by, _columns(request.metric, request.by, plan),
            rows_of(self.db, table, request, plan),
            self.currency, self.time_zone, request.end or self.today, request.start, request.end,
            dict(request.parameters), *coverage(request, counting), self.sequence, request.only,
        )  # fmt: skip

    def _key(self, request: Request, plan: Compiled) -> str | None:
        return self._answers.key(request, plan, self._variant)

    @property
    def _variant(self) -> str:
        """How numbers are computed now, where the usual way had too few digits."""
        return f"{self.rate_digits} {self._is_wide}"


def unsuitable(request: Request) -> MetricUndefined | None:
    """Why a metric cannot be limited as asked for."""
    problem = request.only.problem(request.metric.facts_for(request.by))
    fix = "Leave that filter out, or ask for a metric that has the dimension `customer`."
    return MetricUndefined(problem, fix=fix, where=request.metric.id) if problem else None


def facts_sql(request: Request, plan: Compiled, columns: Iterable[str] | None = None) -> str:
    """The facts that a request is limited to, with those of their columns that are needed, or all of them."""
    names = "*" if columns is None else ", ".join(f'"{name}"' for name in columns)
    where = f" WHERE {request.only.condition()}" if request.only else ""
    return f"SELECT {names} FROM ({plan.facts_sql}) AS facts{where}"


def _sharing(plans: Mapping[int, tuple[Request, Compiled]]) -> Iterable[list[int]]:
    """Places of the plans, grouped by the facts they need, with the same period and parameters within the facts."""
    groups: dict[tuple[Any, ...], list[int]] = {}
    for place, (request, plan) in plans.items():
        inside = request.metric.facts_for(request.by).parameters
        values = tuple((parameter.name, str(request.parameters.get(parameter.name))) for parameter in inside)
        key = (plan.facts_sql, request.start, request.end, values, request.only)
        groups.setdefault(key, []).append(place)
    return groups.values()


def _columns(metric: Metric, by: Sequence[str], plan: Compiled) -> list[Column]:
    asked = [DIMENSIONS[name] for name in by]
    titles = {dimension.labels[0]: dimension.title for dimension in asked if dimension.labels}
    titles |= {each.keys[0]: each.title for each in asked if len(each.keys) == 1 and not each.labels}
    named = [Column(key, titles.get(key, _title(key)), "text", "key") for key in plan.keys]
    named += [Column(label, titles.get(label, _title(label)), "text", "label") for label in plan.labels]
    return named + [Column(output.name, output.title, output.unit, "figure") for output in metric.outputs]


def _title(name: str) -> str:
    return name.replace("_source_id", " id").replace("_", " ").capitalize()
