"""The contract of a metric: what it means, in words, and how it is computed, as Ibis expressions over canonical tables.

A metric is computed in four steps, and every number can be taken apart along them:

    facts      one row for each record that matters, with a reason where it must be left out
    measures   aggregates of the facts that count, for each value of the dimensions asked for; exact, no division
    finish     what needs all groups at once (ranks, shares), again an expression
    outputs    the columns shown; quotients are taken here, exactly, and rounded half-even once, at the end

Nothing here imports Ibis: write `import ibis` inside the functions, so that `hub metrics list` stays quick. Expressions
must not depend on the values of settings or parameters except through `Scope`: the SQL they become is kept and reused.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import Any, Protocol

Table = Any
"""An Ibis table expression."""
Value = Any
"""An Ibis column or scalar expression."""
Inputs = Mapping[str, Any]
"""One row of measures: name -> Decimal, int, str, date or None; parameters are among them."""

EXACT = Context(prec=90, rounding=ROUND_HALF_EVEN)
"""What outputs are computed in: more digits than any sum or product of canonical numbers has."""
MONEY = "money"
"""As a unit: an amount in the reporting currency."""


class Scope(Protocol):
    """What the functions of a metric are given. All of it works the same on every engine."""

    def table(self, entity: str) -> Table:
        """A canonical table: live rows only, all columns of the model, moments in UTC without a zone."""

    def shared(self, name: str, build: Callable[[Scope], Table], *, converts: bool = False) -> Table:
        """What `build` gives, computed once for all facts that ask for it by this name, and kept for a state of the
        data. It must depend neither on the period nor on parameters. `converts`: it converts amounts."""

    def parameter(self, name: str) -> Value:
        """The value of one of the metric's parameters; NULL where it has none."""

    @property
    def start(self) -> Value:
        """First day of the period asked for; NULL where none was."""

    @property
    def end(self) -> Value:
        """Last day of the period asked for; NULL where none was."""

    @property
    def as_of(self) -> Value:
        """The day the metric looks back from: the end of the period, else today."""

    def local_day(self, moment: Value) -> Value:
        """The day of a moment in the reporting time zone."""

    def fiscal_start(self, day: Value, months: int) -> Value:
        """First day of the fiscal period of so many months (3 or 12) that a day falls in."""

    def seconds(self, moment: Value) -> Value:
        """Whole seconds since 1970 of a moment."""

    def day_seconds(self, day: Value) -> Value:
        """Whole seconds since 1970 of the moment a day begins in the reporting time zone."""

    def divided(self, numerator: Value, denominator: Value, digits: int) -> Value:
        """An exact quotient, rounded half-even to 0..10 digits; NULL where the denominator is 0. For rates and shares
        within facts; quotients of results belong into an `Output`."""

    def with_rate(self, table: Table, currency: Value, day: Value) -> Table:
        """The table with columns for `converted` and `rate_problem`: the rate of that day, or the last one before."""

    def converted(self, table: Table, amount: Value) -> Value:
        """An amount in the reporting currency; `table` comes from `with_rate`. Exact: amount to 12 decimals x rate."""

    def converted_net(self, table: Table, amount: Value) -> Value:
        """The same, rounded to 12 decimals: for products with numbers that would not leave room for more."""

    @property
    def no_amount(self) -> Value:
        """NULL of the type that `converted` gives."""

    def rate_problem(self, table: Table) -> Value:
        """NULL, or `no_rate:XXX` where the currency cannot be converted on that day."""

    def currency_assumed(self, table: Table) -> Value:
        """NULL, or `no_currency` where the amount carries none and is taken to be in the reporting currency."""


@dataclass(frozen=True)
class Reason:
    """Why a record does not count. `by_rule`: as the definition wants it; otherwise something is missing."""

    text: str
    by_rule: bool = False


@dataclass(frozen=True)
class Parameter:
    """Something a user may set for one computation. `kind`: decimal, integer, choice."""

    name: str
    kind: str
    description: str
    default: Decimal | int | str | None = None
    choices: tuple[str, ...] = ()


@dataclass(frozen=True)
class Facts:
    """Records that a family of metrics is made of. Computed once for all of them.

    build        gives a table with at least these columns:
                   kind      text: which input the row is for (`order`, `return`, `stock` ...)
                   left_out  NULL where the row counts, else a key of `reasons`, with `:detail` behind it if useful
                   assumed   NULL, or a key of `reasons`: the row counts, but somebody should know
                   day       the day it belongs to, if `dated`
                   source, entity, source_id   the record, for explanations
    dimensions   names of the dimensions that its columns allow
    """

    id: str
    title: str
    build: Callable[[Scope], Table]
    dimensions: tuple[str, ...]
    reasons: Mapping[str, Reason] = field(default_factory=dict)
    dated: bool = True
    parameters: tuple[Parameter, ...] = ()
    """Parameters that `build` asks for; every metric on these facts has them, too."""


@dataclass(frozen=True)
class Dimension:
    """Something to group by.

    keys      columns it becomes in the result
    attach    adds the key columns to the facts where they are not there already
    label     adds readable columns, after aggregating; `labels` names them
    """

    id: str
    title: str
    keys: tuple[str, ...]
    attach: Callable[[Scope, Table], Table] | None = None
    label: Callable[[Scope, Table], Table] | None = None
    labels: tuple[str, ...] = ()


@dataclass(frozen=True)
class Output:
    """A column of the result.

    unit     `money`, or a word: orders, units, days, share, score
    digits   decimals it is rounded to, half-even; None shows it exactly
    of       the exact formula over the measures; None takes the measure of that name. A quotient is `ratio(a, b)`
    """

    name: str
    title: str
    unit: str
    digits: int | None = None
    of: Callable[[Inputs], Any] | None = None


@dataclass(frozen=True)
class Need:
    """A kind of facts without which the metric is refused, and what to do about it."""

    kind: str
    problem: str
    fix: str


@dataclass(frozen=True)
class Metric:
    """One number that means the same everywhere.

    grain           what one row of the result is, in words, without further dimensions
    formula         in words, with the names of the outputs
    source          where the definition comes from
    exclusions      what happens to deleted, cancelled, returned, test records
    undefined_when  what makes the hub refuse a number
    facts           what it is made of; the first that allows the dimensions asked for is used, and all give equal sums
    value           the output that is the headline
    by              dimensions where none are asked for; `always` are added whatever is asked for
    """

    id: str
    title: str
    family: str
    unit: str
    grain: str
    formula: str
    source: str
    exclusions: str
    undefined_when: str
    facts: tuple[Facts, ...]
    measures: Callable[[Scope, Table], Mapping[str, Value]]
    outputs: tuple[Output, ...]
    value: str
    by: tuple[str, ...] = ()
    always: tuple[str, ...] = ()
    dimensions: tuple[str, ...] | None = None
    """Dimensions that make sense; those of the facts where not given."""
    finish: Callable[[Scope, Table], Table] | None = None
    own_parameters: tuple[Parameter, ...] = ()
    """Parameters that its measures or outputs ask for."""
    needs: tuple[Need, ...] = ()
    kinds: tuple[str, ...] = ()
    """Kinds of facts that it uses; all where not given."""
    attaches: tuple[str, ...] = ()
    """Dimensions whose columns the measures need, whatever is grouped by."""
    within: tuple[str, ...] = ()
    """Dimensions that the measures are taken by at first; `gather` then brings their groups together."""
    gather: Callable[[Scope, Table, tuple[str, ...]], Table] | None = None
    """Makes one row for each value of the keys (third argument) out of the groups by `within`; `together` helps."""
    fit: Callable[[Mapping[str, Any]], Mapping[str, Any]] | None = None
    """What must be learnt from all rows before an output can be had: it joins the parameters, rounded. It gets the
    measures as NumPy arrays, decimals as floats, in any order. Raises MetricUndefined where there is too little."""
    leaves_out: Callable[[Scope, Table], Value] | None = None
    """NULL, or the reason (as `left_out`) why a fact that counts elsewhere does not count here."""
    definition: str = ""
    """What its SQL follows from beside the code of its functions."""

    @property
    def groupings(self) -> tuple[str, ...]:
        """The dimensions a user may ask for."""
        if self.dimensions is not None:
            return self.dimensions
        return tuple(dict.fromkeys(name for facts in self.facts for name in facts.dimensions))

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """Everything a user may set."""
        return (*(parameter for facts in self.facts for parameter in facts.parameters), *self.own_parameters)

    def facts_for(self, by: Iterable[str]) -> Facts:
        """The first facts that can be grouped so."""
        wanted = set(by)
        return next((facts for facts in self.facts if wanted <= set(facts.dimensions)), self.facts[-1])

    def output(self, name: str) -> Output:
        return next(output for output in self.outputs if output.name == name)


def together(groups: Table, keys: tuple[str, ...], **aggregates: Value) -> Table:
    """One row for each value of the keys, or one in all."""
    return groups.group_by(*keys).aggregate(**aggregates) if keys else groups.aggregate(**aggregates)


def ratio(numerator: Any, denominator: Any) -> Decimal | None:
    """A quotient for an output to round; None where an input is missing or the denominator is 0."""
    if numerator is None or denominator is None or not denominator:
        return None
    return EXACT.divide(Decimal(numerator), Decimal(denominator))
