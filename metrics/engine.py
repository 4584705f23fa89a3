"""Computes metrics: facts once for all that share them, then each result, wherever `analytics:` says."""

from __future__ import annotations

import contextlib
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from hub.errors import MetricUndefined
from hub.sdk.metric import Metric
from metrics.answers import Answer, Answers, Counting
from metrics.base import Request
from metrics.compiled import Compiled, compiled
from metrics.coverage import coverage, refusal
from metrics.dimensions import DIMENSIONS
from metrics.engines.on_duckdb import DuckSite
from metrics.engines.site import Ground, LacksRoom, Site, facts_sql
from metrics.replica.kept import State
from metrics.result import Column, Result
from metrics.rows import COVERAGE, rows_of

if TYPE_CHECKING:
    import duckdb

__all__ = ["Engine", "Outcome", "facts_sql", "unsuitable"]
Outcome = Result | MetricUndefined
T = TypeVar("T")


class Engine:
    """Computes requests over one state of the data.

    db          a connection that has the canonical tables, each with all its columns
    currencies  every currency that any amount is in
    today       the day that "now" is, in the reporting time zone
    kept_dir    where parts of facts and results are kept, as long as the `state` of their tables is the same
    """

    def __init__(  # noqa: PLR0917  # as it always was; tests and the workbench name what is rare
        self, db: duckdb.DuckDBPyConnection, currency: str, time_zone: str, today: date,
        currencies: Iterable[str] = (), cache_dir: Path | None = None, sequence: int | None = None,
        fiscal_year_start: int = 1, kept_dir: Path | None = None, state: State | None = None,
    ) -> None:  # fmt: skip
        ground = Ground(currency, time_zone, today, frozenset(currencies), fiscal_year_start, sequence)
        site = DuckSite(db, ground, kept_dir, state)
        self._set_up(site, lambda: site, cache_dir, kept_dir, state)

    @classmethod
    def at(
        cls, site: Site, local: Callable[[], DuckSite], *, cache_dir: Path | None = None, kept_dir: Path | None = None,
        state: State | None = None,
    ) -> Engine:  # fmt: skip
        """An engine that computes at a site. `local` gives the DuckDB over the replica, for what only that can do."""
        engine = cls.__new__(cls)
        engine._set_up(site, local, cache_dir, kept_dir, state)
        return engine

    def _set_up(
        self, site: Site, local: Callable[[], DuckSite], cache_dir: Path | None, kept_dir: Path | None,
        state: State | None,
    ) -> None:  # fmt: skip
        self.site, self._open_local = site, local
        self.cache_dir, self.state = cache_dir, state or State()
        self._answers = Answers(kept_dir, self.state, site.ground.today)

    @cached_property
    def local(self) -> DuckSite:
        """DuckDB over the replica: what takes numbers apart works on it, wherever they are computed."""
        return self._open_local()

    @property
    def db(self) -> duckdb.DuckDBPyConnection:
        return self.local.db

    @property
    def sequence(self) -> int | None:
        """Newest change of the store that is in the data; of the replica's, once that is used."""
        used: Site = self.__dict__.get("local", self.site)
        return used.ground.sequence

    @property
    def currency(self) -> str:
        return self.site.ground.currency

    @property
    def time_zone(self) -> str:
        return self.site.ground.time_zone

    @property
    def today(self) -> date:
        return self.site.ground.today

    @property
    def converts(self) -> bool:
        """Whether amounts in other currencies are held."""
        return self.site.ground.converts

    def compute(self, request: Request) -> Result:
        """One metric. Raises MetricUndefined where it cannot be computed."""
        (outcome,) = self.compute_all([request])
        if isinstance(outcome, MetricUndefined):
            raise outcome
        return outcome

    def compute_all(self, requests: Sequence[Request]) -> list[Outcome]:
        """Several metrics, in the order given; those that share facts share the work."""
        outcomes: dict[int, Outcome] = {
            place: problem for place, request in enumerate(requests) if (problem := unsuitable(request))
        }
        plans = {
            place: (request, self._plan(request)) for place, request in enumerate(requests) if place not in outcomes
        }
        notes = {place: self.site.cannot(plan) for place, (_, plan) in plans.items()}
        here = {place: plan for place, plan in plans.items() if not notes[place]}
        outcomes |= self._in_room(self.site, here)
        rest = {place: plan for place, plan in plans.items() if notes[place]}
        if rest:
            outcomes |= self._in_room(self.local, rest)
        return [_noted(outcomes[place], notes.get(place, "")) for place in range(len(requests))]

    def with_room(self, work: Callable[[], T]) -> T:
        """Work on `db`, done again where a number does not fit. Raises MetricUndefined where it never does."""
        return self.local.with_room(work)

    def _plan(self, request: Request) -> Compiled:
        return compiled(request.metric, request.by, converts=self.converts, cache_dir=self.cache_dir)

    def _in_room(self, site: Site, asked: Mapping[int, tuple[Request, Compiled]]) -> dict[int, Outcome]:
        """The outcomes. What lacks room is computed again with more of it, and with it all others, where the room costs
        digits: numbers that belong together are rounded alike."""
        outcomes = self._computed(site, asked)
        for room in site.ways_to_give_room():
            lacking = {place: asked[place] for place, found in outcomes.items() if isinstance(found, LacksRoom)}
            if not lacking:
                break
            room.give()
            outcomes |= self._computed(site, lacking if room.is_exact else asked)
        return outcomes

    def _computed(self, site: Site, asked: Mapping[int, tuple[Request, Compiled]]) -> dict[int, Outcome]:
        outcomes: dict[int, Outcome] = {}
        plans = dict(asked)
        for place, (request, plan) in asked.items():
            answer = self._answers.find(self._key(site, request, plan))
            if answer:
                outcomes[place] = self._answered(site, request, plan, answer)
                del plans[place]
        groups = list(_sharing(plans))
        dear = [group for group in groups if plans[group[0]][1].parts]
        beside = site.beside() if len(dear) > 1 else None
        run = self._run(site, plans, groups) if beside is None else self._run_both(site, beside, plans, groups)
        return outcomes | run

    def _run(
        self, site: Site, plans: Mapping[int, tuple[Request, Compiled]], groups: Iterable[list[int]]
    ) -> dict[int, Outcome]:
        """The outcomes of groups of metrics that share their facts; LacksRoom is one of them."""
        outcomes: dict[int, Outcome] = {}
        for group in groups:
            left = deque(group)
            while left:
                try:
                    computed = site.run([plans[place] for place in left])
                    for place, (counting, rows) in zip(tuple(left), computed, strict=True):
                        outcomes[place] = self._outcome(site, *plans[place], counting, rows)
                        left.popleft()
                except Exception as error:
                    if not site.lacks_room(error):
                        raise
                    site.recover()
                    outcomes[left.popleft()] = LacksRoom()
        return outcomes

    def _run_both(
        self, site: Site, beside: Site, plans: Mapping[int, tuple[Request, Compiled]], groups: list[list[int]]
    ) -> dict[int, Outcome]:
        """The same in two threads. One begins with what needs most parts, the other at the other end, so that it hardly
        ever waits for a part."""
        waiting = deque(sorted(groups, key=lambda group: -len(plans[group[0]][1].parts)))

        def taken(take: Callable[[], list[int]]) -> Iterator[list[int]]:
            with contextlib.suppress(IndexError):
                while True:
                    yield take()

        with ThreadPoolExecutor(1) as pool:
            other = pool.submit(self._run, beside, plans, taken(waiting.pop))
            try:
                return self._run(site, plans, taken(waiting.popleft)) | other.result()
            finally:
                waiting.clear()

    def new_table(self) -> str:
        """A name that no other result in `db` has."""
        return self.local.new_table()

    def prepare(self, request: Request, plan: Compiled) -> None:
        """Tell `db` what the SQL of a plan asks for: period, parameters, exact divisions. Raises MetricUndefined where
        the metric cannot be limited as asked for."""
        problem = unsuitable(request)
        if problem:
            raise problem
        self.local.prepare(request, plan)

    def kept_rows(self, request: Request, plan: Compiled) -> str | None:
        """SQL for rows of keys, labels and measures that were kept when the request was computed; None where none were,
        or were computed elsewhere than in `db`."""
        answer = self._answers.find(self._key(self.local, request, plan))
        return answer.rows if answer else None

    def kept_beside(self, request: Request, plan: Compiled, what: str) -> Path | None:
        """A file for what else follows from a request, which goes when any table changes; None where none is kept."""
        return self._answers.beside(self._key(self.local, request, plan), what)

    def fitted(self, request: Request, plan: Compiled, rows: str) -> Request:
        """The request with what its metric learns from all rows among the parameters; as it is where that is nothing.
        `rows` is a table in SQL of `db`. Raises MetricUndefined where there is too little to learn from."""
        return fitted(self.db, request, plan, rows)

    def _outcome(
        self, site: Site, request: Request, plan: Compiled, counting: Counting, result: Callable[[], str]
    ) -> Outcome:
        """A result, or why there is none; either is kept. `result` makes the table of its rows."""
        key = self._key(site, request, plan)
        refused = refusal(request.metric, *coverage(request, counting))
        if refused:
            self._answers.keep(site.results, key, counting, {}, None)
            return refused
        table = result()
        rows = f"SELECT * EXCLUDE {COVERAGE} FROM {table} WHERE {COVERAGE} IS NULL"
        try:
            learnt = fitted(site.results, request, plan, f"({rows}) AS rows")
        except MetricUndefined as error:
            return error
        new = {name: value for name, value in learnt.parameters.items() if name not in request.parameters}
        self._answers.keep(site.results, key, counting, new, rows)
        return self._result(site, learnt, plan, counting, table)

    def _answered(self, site: Site, request: Request, plan: Compiled, answer: Answer) -> Outcome:
        """The outcome that was kept."""
        if answer.rows is None:
            refused = refusal(request.metric, *coverage(request, answer.counting))
            assert refused, "a result without rows was refused"
            return refused
        table = site.new_table()
        site.results.execute(f"CREATE TABLE {table} AS SELECT *, NULL AS {COVERAGE} FROM ({answer.rows}) AS kept")
        learnt = replace(request, parameters={**request.parameters, **answer.fitted})
        return self._result(site, learnt, plan, answer.counting, table)

    def _result(self, site: Site, request: Request, plan: Compiled, counting: Counting, table: str) -> Result:
        return Result(
            request.metric, request.by, _columns(request.metric, request.by, plan),
            rows_of(site.results, table, request, plan),
            self.currency, self.time_zone, request.end or self.today, request.start, request.end,
            dict(request.parameters), *coverage(request, counting), site.ground.sequence, request.only, site.name,
        )  # fmt: skip

    def _key(self, site: Site, request: Request, plan: Compiled) -> str | None:
        return self._answers.key(request, plan, site.variant)


def fitted(db: duckdb.DuckDBPyConnection, request: Request, plan: Compiled, rows: str) -> Request:
    """The request with what its metric learns from all rows, which are a table in SQL, among the parameters."""
    if request.metric.fit is None:
        return request
    measures = plan.names[len(plan.keys) + len(plan.labels) :]
    names = ", ".join(f'"{name}"' for name in measures)
    columns = db.execute(f"SELECT {names} FROM {rows}").fetchnumpy()
    return replace(request, parameters={**request.parameters, **request.metric.fit(columns)})


def unsuitable(request: Request) -> MetricUndefined | None:
    """Why a metric cannot be limited as asked for."""
    problem = request.only.problem(request.metric.facts_for(request.by))
    fix = "Leave that filter out, or ask for a metric that has that dimension."
    return MetricUndefined(problem, fix=fix, where=request.metric.id) if problem else None


def _noted(outcome: Outcome, note: str) -> Outcome:
    return replace(outcome, note=note) if note and isinstance(outcome, Result) else outcome


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
