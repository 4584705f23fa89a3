"""What the functions of a metric are given, as Ibis expressions.

Whatever depends on the moment or on the user (period, parameters, rates, time zone) stands in the expression as a call
of a function that the engine defines before it runs the SQL. So one SQL text serves all of them, and can be kept.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, cached_property
from inspect import Parameter, Signature
from typing import Any

from hub.errors import PluginError
from hub.model.kinds import Kind
from hub.sdk.metric import Scope, Table, Value
from metrics.replica.shape import TABLES, columns_of

IBIS_TYPES = {
    Kind.TEXT: "string",
    Kind.INTEGER: "int64",
    Kind.BOOLEAN: "boolean",
    Kind.DECIMAL: "decimal(20, 6)",
    Kind.UTC: "timestamp(6)",
    Kind.DATE: "date",
    Kind.JSON: "string",
}
PARAMETER_TYPES = {"decimal": "decimal(38, 10)", "integer": "int64", "choice": "string"}
RATES = "hub_rates"
"""Table (currency, day, factor): what one unit of a currency is worth in the reporting currency on a day."""
RATE_COLUMN = "hub_rate"
RATE_TYPE = "decimal(24, 14)"
NET = "decimal(38, 12)"
"""Amounts in their own currency: twelve decimals, as many as quantity times price has."""
CONVERTED_TYPE = "decimal(38, 26)"
"""For Ibis only: the engine chooses the digits of rates, and with them the real type."""
CURRENCY_COLUMN = "hub_rate_currency"
_OF_ONE_REQUEST = ("hub_start", "hub_end", "hub_as_of", "hub_parameter_")


@dataclass(frozen=True)
class Part:
    """Rows that several facts are made of: a table of the database that this SQL makes."""

    name: str
    sql: str

    @property
    def table(self) -> str:
        return f"hub_part_{self.name}"


class IbisScope:
    """`hub.sdk.metric.Scope` over unbound Ibis tables.

    converts   whether amounts in other currencies are held; if not, nothing is joined and nothing multiplied
    parts      what `shared` was asked for, with its columns, each behind those that it is made of
    """

    def __init__(self, parameters: dict[str, str], *, converts: bool) -> None:
        self._parameters = parameters
        self._converts = converts
        self.parts: dict[Part, Any] = {}

    def table(self, entity: str) -> Table:
        import ibis

        return ibis.table(_schema(entity), name=entity)

    def shared(self, name: str, build: Callable[[Scope], Table], *, converts: bool = False) -> Table:
        import ibis

        part, schema, below = part_of(name, build, self._converts)
        self.parts |= {**below, part: schema}
        return ibis.table(schema, name=part.table)

    def written(self, part: Part, columns: dict[str, str]) -> Table:
        """A part whose SQL somebody wrote, with the Ibis types of its columns."""
        import ibis

        schema = ibis.schema(columns)
        self.parts[part] = schema
        return ibis.table(schema, name=part.table)

    def parameter(self, name: str) -> Value:
        return _function(f"hub_parameter_{name}", (), PARAMETER_TYPES[self._parameters[name]])()

    @property
    def start(self) -> Value:
        return _function("hub_start", (), "date")()

    @property
    def end(self) -> Value:
        return _function("hub_end", (), "date")()

    @property
    def as_of(self) -> Value:
        return _function("hub_as_of", (), "date")()

    def local_day(self, moment: Value) -> Value:
        return _function("hub_local_day", ("timestamp(6)",), "date")(moment)

    def fiscal_start(self, day: Value, months: int) -> Value:
        return _function(f"hub_fiscal_{months}", ("date",), "date")(day)

    def seconds(self, moment: Value) -> Value:
        return _function("hub_seconds", ("timestamp(6)",), "int64")(moment)

    def day_seconds(self, day: Value) -> Value:
        return _function("hub_day_seconds", ("date",), "int64")(day)

    def divided(self, numerator: Value, denominator: Value, digits: int) -> Value:
        wide = f"decimal(38, {digits})"
        function = _function(f"hub_divided_{digits}", ("decimal(38, 12)", "decimal(38, 12)"), wide)
        return function(numerator, denominator)

    def with_rate(self, table: Table, currency: Value, day: Value) -> Table:
        if not self._converts:
            return table.mutate(**{CURRENCY_COLUMN: currency})
        rates = self._rates
        table = table.mutate(**{CURRENCY_COLUMN: currency, "hub_rate_day": day})
        joined = table.left_join(
            rates, [table[CURRENCY_COLUMN] == rates.rate_currency, table.hub_rate_day == rates.rate_day]
        )
        return joined.select(*(name for name in table.columns if name != "hub_rate_day"), RATE_COLUMN)

    def converted(self, table: Table, amount: Value) -> Value:
        import ibis

        amount = amount.cast(NET)
        if not self._converts:
            return amount
        own = _function("hub_own", (NET,), CONVERTED_TYPE)
        times = _function("hub_times", (NET, RATE_TYPE), CONVERTED_TYPE)
        return ibis.ifelse(self.is_own(table), own(amount), times(amount, table[RATE_COLUMN]))

    def converted_net(self, table: Table, amount: Value) -> Value:
        import ibis

        amount = amount.cast(NET)
        if not self._converts:
            return amount
        times = _function("hub_times", (NET, RATE_TYPE), CONVERTED_TYPE)
        return ibis.ifelse(self.is_own(table), amount, times(amount, table[RATE_COLUMN]).cast(NET))

    @property
    def no_amount(self) -> Value:
        import ibis

        return _function("hub_no_amount", (), CONVERTED_TYPE)() if self._converts else ibis.null(NET)

    def rate_problem(self, table: Table) -> Value:
        import ibis

        nothing = ibis.null("string")
        if not self._converts:
            return nothing
        missing = ~self.is_own(table) & table[RATE_COLUMN].isnull()
        return ibis.ifelse(missing, ibis.literal("no_rate:") + table[CURRENCY_COLUMN], nothing)

    def currency_assumed(self, table: Table) -> Value:
        import ibis

        return ibis.ifelse(table[CURRENCY_COLUMN].isnull(), "no_currency", ibis.null("string"))

    def is_own(self, table: Table) -> Value:
        return table[CURRENCY_COLUMN].isnull() | (table[CURRENCY_COLUMN] == _function("hub_currency", (), "string")())

    @cached_property
    def _rates(self) -> Table:
        import ibis

        schema = {"rate_currency": "string", "rate_day": "date", RATE_COLUMN: RATE_TYPE}
        return ibis.table(schema, name=RATES)


RESTS = "hub_rests"
_SHARES = "decimal(38, 10)"


def rests_of(shares: Value, whole: Value) -> Value:
    """What is left of a whole after each of a list of shares was kept of it, in turn, each time to ten decimals:
    the whole first, so there is one more than there are shares."""
    return _function(RESTS, (f"array<{_SHARES}>", _SHARES), f"array<{_SHARES}>")(shares, whole)


@cache
def part_of(name: str, build: Callable[[Scope], Table], converts: bool) -> tuple[Part, Any, dict[Part, Any]]:
    """A part, its columns, and the parts that it is made of."""
    import ibis

    scope = IbisScope({}, converts=converts)
    rows = build(scope)
    part = Part(name, str(ibis.to_sql(rows, dialect="duckdb", pretty=False)))
    fixed = [word for word in _OF_ONE_REQUEST if word in part.sql.lower()]
    if fixed:
        raise PluginError(
            f"`{name}` is shared by several metrics, but depends on {', '.join(fixed)}.", fix="Report it to the author."
        )
    return part, rows.schema(), scope.parts


@cache
def _schema(entity: str) -> Any:
    import ibis

    return ibis.schema({name: IBIS_TYPES[kind] for name, kind in columns_of(TABLES[entity]).items()})


@cache
def _function(name: str, arguments: tuple[str, ...], result: str) -> Any:
    """A function that the engine defines, as Ibis sees it."""
    import ibis

    def engine_function() -> None: ...

    names = [Parameter(f"argument_{place}", Parameter.POSITIONAL_OR_KEYWORD) for place in range(len(arguments))]
    engine_function.__name__ = name
    engine_function.__signature__ = Signature(names)  # type: ignore[attr-defined]  # Ibis reads the arity from it
    return ibis.udf.scalar.builtin(engine_function, name=name, signature=(arguments, result))
