"""DuckDB's SQL in Spark's words: with the same results to the last digit, given the settings in `on_spark`.

Functions of the hub without arguments are filled in as values when a statement is run (`filled_in`); those with
arguments are written out where they are called.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache, partial
from typing import Any

from metrics.base import Request
from metrics.duck import NET_DIGITS, typed
from metrics.engines.dialect import Columns, Rules, as_type, called, translated
from metrics.engines.site import Ground
from metrics.zones import BIN_BITS, BINS, day_bins, moment_bins

_TYPES = {"decimal": "DECIMAL(38, 10)", "integer": "BIGINT", "choice": "STRING"}
_VALUE = re.compile(r"\bHUB_(?:START|END|AS_OF|CURRENCY|NO_AMOUNT|PARAMETER_\w+)\(\)", re.IGNORECASE)
_DIVIDED = re.compile(r"hub_divided_(\d+)")
_MICROS = "unix_micros(CAST({0} AS TIMESTAMP_LTZ))"
_MIDNIGHT = "(CAST(unix_date({0}) AS BIGINT) * 86400000000L)"


def to_spark(sql: str, columns: Columns, *, utc: bool, rate_digits: int, fiscal_year_start: int) -> str:
    """`utc`: whether days are those of UTC. What stands for values has to be filled in."""
    return translated(sql, "spark", _rules(utc, rate_digits, fiscal_year_start), columns)


def filled_in(sql: str, values: Mapping[str, str]) -> str:
    """With the values of functions without arguments, by their names in small letters."""
    return _VALUE.sub(lambda found: values[found[0][:-2].lower()], sql)


def values(request: Request, ground: Ground, rate_digits: int) -> dict[str, str]:
    """What one question says, and what the settings do."""
    days = {"hub_start": request.start, "hub_end": request.end, "hub_as_of": request.end or ground.today}
    found = {name: typed(day, "DATE") for name, day in days.items()}
    for parameter in request.metric.parameters:
        value = request.parameters.get(parameter.name)
        found[f"hub_parameter_{parameter.name}"] = typed(value, _TYPES[parameter.kind])
    return found | settled(ground, rate_digits)


def settled(ground: Ground, rate_digits: int) -> dict[str, str]:
    """Values that no question changes."""
    return {
        "hub_currency": typed(ground.currency, "STRING"),
        "hub_no_amount": f"CAST(NULL AS DECIMAL(38, {NET_DIGITS + rate_digits}))",
    }


def zone_lists(zone: str) -> Iterator[tuple[str, str]]:
    """Names and values of the variables that days of a time zone are looked up in."""
    if zone != "UTC":
        for name, bins in (("moment", moment_bins(zone)), ("day", day_bins(zone))):
            for part, numbers in zip(("starts", "changes"), bins, strict=True):
                yield f"hub_{name}_{part}", f"array({', '.join(f'{number}L' for number in numbers)})"


@cache
def _rules(utc: bool, rate_digits: int, fiscal_year_start: int) -> Rules:
    from sqlglot import exp

    return {
        exp.Anonymous: partial(_function, _functions(utc, rate_digits, fiscal_year_start)),
        exp.DateDiff: _days_between,
        exp.Extract: lambda node: as_type(node.copy(), "BIGINT"),
        exp.TimestampTrunc: _truncated,
        exp.DateTrunc: _truncated,
        exp.First: _first,
        exp.PercentileDisc: _percentile,
        exp.Window: _window,
        exp.GroupConcat: _listed,
    }


def _functions(utc: bool, rate_digits: int, fiscal_year_start: int) -> dict[str, str]:
    """Function -> what stands for its call, with places for the arguments."""
    net, wide = f"DECIMAL(38, {NET_DIGITS})", f"DECIMAL(38, {NET_DIGITS + rate_digits})"
    local = f"timestamp_micros({_MICROS} + {_offset('moment', _MICROS)})"
    begins = f"({_MIDNIGHT} - {_offset('day', _MIDNIGHT)})"
    found = {
        "hub_own": f"CAST({{0}} AS {wide})",
        "hub_times": f"(CAST({{0}} AS {net}) * {{1}})",
        "hub_seconds": f"({_MICROS} DIV 1000000L)",
        "hub_local_day": "CAST({0} AS DATE)" if utc else f"CAST({local} AS DATE)",
        "hub_day_seconds": f"({_MIDNIGHT if utc else begins} DIV 1000000L)",
    }
    for months, unit in ((3, "QUARTER"), (12, "YEAR")):
        shift = (fiscal_year_start - 1) % months
        found[f"hub_fiscal_{months}"] = (
            f"add_months(trunc(add_months(CAST({{0}} AS DATE), -{shift}), '{unit}'), {shift})"
        )
    return found


def _offset(name: str, micros: str) -> str:
    place = f"CAST(least(greatest(shiftright({micros}, {BIN_BITS}), 0L), {BINS - 1}L) AS INT)"
    changes, starts = f"hub_{name}_changes[{place}]", f"hub_{name}_starts"
    return f"CASE WHEN {micros} < {changes} THEN {starts}[{place}] ELSE {starts}[{place} + 1] END"


def _function(functions: Mapping[str, str], node: Any) -> Any:
    name = node.name.lower()
    digits = _DIVIDED.fullmatch(name)
    template = _division(int(digits[1])) if digits else functions.get(name)
    if template is None:
        return node
    return _written_out(template, node.expressions)


def _written_out(template: str, arguments: list[Any]) -> Any:
    """An expression with the arguments in their places."""
    from sqlglot import exp

    tree = _parsed(template.format(*(f"hub_argument_{place}" for place in range(len(arguments)))))
    for column in list(tree.find_all(exp.Column)):
        if column.name.startswith("hub_argument_"):
            column.replace(exp.Paren(this=arguments[int(column.name.rpartition("_")[2])].copy()))
    return exp.Paren(this=tree)


def _parsed(text: str) -> Any:
    import sqlglot

    return sqlglot.parse_one(text, read="spark")


def _division(digits: int) -> str:
    """The exact quotient, half to even: whole part and decimals each as 64-bit numbers, out of whole numbers of 38
    digits. Numbers that DuckDB has no room for do not fit here either."""
    whole = "CAST(CAST({0} AS DECIMAL(38, 10)) * 10000000000BD AS DECIMAL(38, 0))"
    over, under = whole.format("{0}"), whole.format("{1}")
    scaled = f"CAST(({over} % {under}) * {10**digits}BD AS DECIMAL(38, 0))"
    rest = f"abs({scaled} % {under})"
    cut = (
        f"(CAST({over} DIV {under} AS DECIMAL(38, 0)) * {10**digits}BD + CAST({scaled} DIV {under} AS DECIMAL(38, 0)))"
    )
    away = f"(CASE WHEN ({over} < 0) = ({under} < 0) THEN 1 ELSE -1 END)"
    grows = f"(2 * {rest} > abs({under}) OR (2 * {rest} = abs({under}) AND {cut} % 2 <> 0))"
    rounded = f"({cut} + CASE WHEN {grows} THEN {away} ELSE 0 END)"
    unit = f"CAST({_unit(digits)} AS DECIMAL({digits + 1}, {digits}))"
    return f"CASE WHEN {{1}} <> 0 THEN CAST({rounded} AS DECIMAL(38, 0)) * {unit} END"


def _unit(digits: int) -> str:
    return f"'{10**-digits:.{digits}f}'"


def _days_between(node: Any) -> Any:
    end, start = (as_type(each.copy(), "DATE") for each in (node.this, node.expression))
    return as_type(called("DATEDIFF", end, start), "BIGINT")


def _truncated(node: Any) -> Any:
    from sqlglot import exp

    unit = str(node.args["unit"].name).upper()
    if unit == "DAY":
        return as_type(node.this.copy(), "DATE")
    if unit not in ("WEEK", "MONTH", "QUARTER", "YEAR"):
        return node
    return called("TRUNC", as_type(node.this.copy(), "DATE"), exp.Literal.string(unit))


def _first(node: Any) -> Any:
    """The first of a group in some order."""
    order = node.this
    return called("MIN_BY", order.this.copy(), order.expressions[0].this.copy())


def _percentile(node: Any) -> Any:
    from sqlglot import exp

    order = exp.Order(expressions=[exp.Ordered(this=node.this.copy(), desc=False, nulls_first=False)])
    within = exp.WithinGroup(this=called("PERCENTILE_DISC", node.expression.copy()), expression=order)
    return as_type(within, "BIGINT")


def _window(node: Any) -> Any:
    """Ranks and neighbours have a frame of their own; without any order a number is only to be unique."""
    from sqlglot import exp

    if isinstance(node.this, exp.RowNumber) and not node.args.get("order") and not node.args.get("partition_by"):
        return called("MONOTONICALLY_INCREASING_ID")
    ranks = (exp.RowNumber, exp.Lag, exp.Lead, exp.Rank, exp.DenseRank, exp.Ntile, exp.PercentRank, exp.CumeDist)
    if isinstance(node.this, ranks):
        made = node.copy()
        made.set("spec", None)
        return made
    return node


def _listed(node: Any) -> Any:
    """Texts one after the other, in their order; nothing where there are none."""
    from sqlglot import exp

    order, value = (node.this, node.this.this) if isinstance(node.this, exp.Order) else (None, node.this)
    found = called("SORT_ARRAY" if order else "ARRAY", called("COLLECT_LIST", value.copy()))
    joined = called("ARRAY_JOIN", found, node.args["separator"].copy())
    nothing = exp.EQ(this=exp.Count(this=value.copy()), expression=exp.Literal.number(0))
    return exp.Case(ifs=[exp.If(this=nothing, true=exp.null())], default=joined)
