"""Runs metrics on DuckDB over canonical tables: facts once for all that share them, then each result."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from hub.errors import MetricUndefined
from hub.sdk.metric import Facts, Metric
from metrics import duck
from metrics.base import Request
from metrics.compiled import Compiled, compiled
from metrics.dimensions import DIMENSIONS
from metrics.replica.shape import TABLES
from metrics.result import Aside, Column, Result
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
    """

    db: duckdb.DuckDBPyConnection
    currency: str
    time_zone: str
    today: date
    currencies: set[str] = field(default_factory=set)
    cache_dir: Path | None = None
    sequence: int | None = None
    fiscal_year_start: int = 1
    rate_digits: int = field(init=False)
    _tables: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        duck.define_settings(
            self.db, currency=self.currency, zone=self.time_zone, fiscal_year_start=self.fiscal_year_start
        )
        self._use_rates(duck.RATE_DIGITS)
        duck.make_streams(self.db, ())

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
        for number, (request, plan) in enumerate(plans):
            self.prepare(request, plan)
            if number == 0:
                self.db.execute(f"CREATE OR REPLACE TEMP TABLE {plan.facts} AS {facts_sql(request, plan, columns)}")
            counting = self.db.execute(plan.counting_sql).fetchall()
            yield self._outcome(request, plan, counting, partial(self._kept, plan))
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

    def fitted(self, request: Request, plan: Compiled, rows: str) -> Request:
        """The request with what its metric learns from all rows among the parameters; as it is where that is nothing.
        `rows` is a table in SQL. Raises MetricUndefined where there is too little to learn from."""
        if request.metric.fit is None:
            return request
        measures = plan.names[len(plan.keys) + len(plan.labels) :]
        names = ", ".join(f'"{name}"' for name in measures)
        columns = self.db.execute(f"SELECT {names} FROM {rows}").fetchnumpy()
        return replace(request, parameters={**request.parameters, **request.metric.fit(columns)})

    def _outcome(
        self, request: Request, plan: Compiled, counting: Iterable[tuple[Any, ...]], result: Callable[[], str]
    ) -> Outcome:
        """A result, or why there is none. `result` makes the table of its rows."""
        counted, asides = coverage(request, counting)
        refused = refusal(request.metric, counted, asides)
        if refused:
            return refused
        table = result()
        try:
            request = self.fitted(request, plan, f"(SELECT * FROM {table} WHERE {COVERAGE} IS NULL) AS rows")
        except MetricUndefined as error:
            return error
        return Result(
            request.metric, request.by, _columns(request.metric, request.by, plan),
            rows_of(self.db, table, request, plan),
            self.currency, self.time_zone, request.end or self.today, request.start, request.end,
            dict(request.parameters), counted, asides, self.sequence, request.only,
        )  # fmt: skip


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


def coverage(request: Request, counting: Iterable[tuple[Any, ...]]) -> tuple[dict[str, int], list[Aside]]:
    """What counts, by kind; and what does not, or with a reservation."""
    counted: dict[str, int] = {}
    asides: dict[tuple[str, str, bool], int] = {}
    for kind, left_out, assumed, rows in counting:
        if left_out is None:
            counted[kind] = counted.get(kind, 0) + rows
        code, is_counted = (assumed, True) if left_out is None else (left_out, False)
        if code is not None:
            asides[kind, code, is_counted] = asides.get((kind, code, is_counted), 0) + rows
    facts = request.metric.facts_for(request.by)
    listed = [_aside(facts, *key, rows) for key, rows in asides.items()]
    return counted, sorted(listed, key=lambda aside: (aside.by_rule, -aside.rows, aside.code, aside.detail, aside.kind))


def _sharing(plans: Mapping[int, tuple[Request, Compiled]]) -> Iterable[list[int]]:
    """Places of the plans, grouped by the facts they need, with the same period and parameters within the facts."""
    groups: dict[tuple[Any, ...], list[int]] = {}
    for place, (request, plan) in plans.items():
        inside = request.metric.facts_for(request.by).parameters
        values = tuple((parameter.name, str(request.parameters.get(parameter.name))) for parameter in inside)
        key = (plan.facts_sql, request.start, request.end, values, request.only)
        groups.setdefault(key, []).append(place)
    return groups.values()


def _aside(facts: Facts, kind: str, code: str, is_counted: bool, rows: int) -> Aside:
    name, _, detail = code.partition(":")
    reason = facts.reasons.get(name)
    text, by_rule = (reason.text, reason.by_rule) if reason else (name.replace("_", " "), False)
    return Aside(kind, name, detail, text, rows, by_rule, is_counted)


def refusal(metric: Metric, counted: dict[str, int], asides: Sequence[Aside]) -> MetricUndefined | None:
    for need in metric.needs:
        if not counted.get(need.kind):
            why = "; ".join(str(aside) for aside in asides if aside.kind == need.kind and not aside.counted)
            problem = f"{need.problem}{f' ({why})' if why else ''}."
            return MetricUndefined(problem, fix=need.fix, where=metric.id)
    if not any(counted.values()):
        why = "; ".join(str(aside) for aside in asides)
        problem = f"no record counts{f' ({why})' if why else ': nothing is held for it'}."
        return MetricUndefined(problem, fix="Sync its sources, or widen the period.", where=metric.id)
    return None


def _columns(metric: Metric, by: Sequence[str], plan: Compiled) -> list[Column]:
    asked = [DIMENSIONS[name] for name in by]
    titles = {dimension.labels[0]: dimension.title for dimension in asked if dimension.labels}
    titles |= {each.keys[0]: each.title for each in asked if len(each.keys) == 1 and not each.labels}
    named = [Column(key, titles.get(key, _title(key)), "text", "key") for key in plan.keys]
    named += [Column(label, titles.get(label, _title(label)), "text", "label") for label in plan.labels]
    return named + [Column(output.name, output.title, output.unit, "figure") for output in metric.outputs]


def _title(name: str) -> str:
    return name.replace("_source_id", " id").replace("_", " ").capitalize()
