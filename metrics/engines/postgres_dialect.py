"""DuckDB's SQL in PostgreSQL's words, and the functions that it calls: with the same results to the last digit."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from functools import cache
from typing import Any

from metrics.base import Request
from metrics.duck import NET_DIGITS, divided_digits, typed
from metrics.engines.dialect import Columns, Rules, as_type, called, outermost, translated
from metrics.engines.site import Ground
from metrics.scope import RESTS
from metrics.zones import BIN_BITS, BINS, day_bins, moment_bins

_DAYS_AND_LONGER = ("DAY", "WEEK", "MONTH", "QUARTER", "YEAR")
_DIGITS = 38
_TYPES = {"decimal": "numeric(38, 10)", "integer": "bigint", "choice": "text"}


def to_postgres(sql: str, columns: Columns) -> str:
    return translated(sql, "postgres", _rules(), columns)


@cache
def _rules() -> Rules:
    """What PostgreSQL says or computes in another way."""
    from sqlglot import exp

    return {
        exp.Anonymous: _function,
        exp.DateDiff: lambda node: as_type(node.copy(), "BIGINT"),
        exp.Extract: lambda node: as_type(node.copy(), "BIGINT"),
        exp.TimestampTrunc: _truncated,
        exp.DateTrunc: _truncated,
        exp.First: _first,
        exp.Sum: _sum,
        exp.Cast: _cast,
    }


def _function(node: Any) -> Any:
    """Functions of the hub are temporary ones, which PostgreSQL only finds by their full name."""
    name = node.name.lower()
    return called(f"pg_temp.{name}", *node.expressions) if name.startswith("hub_") else node


def _truncated(node: Any) -> Any:
    """Without going through the session's time zone."""
    if str(node.args["unit"].name).upper() not in _DAYS_AND_LONGER:
        return node
    made = node.copy()
    made.set("this", as_type(node.this.copy(), "TIMESTAMP"))
    return as_type(made, "DATE")


def _first(node: Any) -> Any:
    """The first of a group in some order."""
    from sqlglot import exp

    return exp.Bracket(this=exp.Paren(this=exp.ArrayAgg(this=node.this.copy())), expressions=[exp.Literal.number(0)])


def _cast(node: Any) -> Any:
    """What is true is 1, but PostgreSQL says so of 32 bits only."""
    from sqlglot import exp

    if not node.is_type("bigint") or isinstance(node.this, exp.Null | exp.Literal):
        return node
    return called("pg_temp.hub_bigint", node.this.copy())


def _sum(node: Any) -> Any:
    """A sum of more digits than others have room for is one of too many here, too."""
    whole = outermost(node)
    if whole is node:
        return called("pg_temp.hub_room", node.copy())
    whole.replace(called("pg_temp.hub_room", whole.copy()))
    return node


def settings(ground: Ground) -> Iterator[str]:
    """Functions that stay the same for a whole session, as `metrics.duck.define_settings` has them."""
    for months, unit in ((3, "quarter"), (12, "year")):
        shift = f"interval '{(ground.fiscal_year_start - 1) % months} months'"
        begins = f"(date_trunc('{unit}', day - {shift}) + {shift})::date"
        for kind in ("date", "timestamp"):  # a day and an interval are a moment
            yield _defined(f"hub_fiscal_{months}", f"day {kind}", "date", begins)
    yield _defined("hub_currency", "", "text", typed(ground.currency, "text"))
    yield _defined("hub_micros", "moment timestamp", "bigint", "(extract(epoch FROM moment) * 1000000)::bigint")
    yield _defined("hub_seconds", "moment timestamp", "bigint", "pg_temp.hub_micros(moment) / 1000000")
    for kind in ("boolean", "integer", "bigint", "numeric"):
        value = "value::integer" if kind == "boolean" else "value"
        yield _defined("hub_bigint", f"value {kind}", "bigint", f"({value})::bigint")
    yield from _zone(ground.time_zone)
    yield from _room()
    yield _half_even()
    yield _rests()


def _zone(zone: str) -> Iterator[str]:
    midnight = "(day - date '1970-01-01')::bigint * 86400000000"
    if zone == "UTC":
        yield _defined("hub_local_day", "moment timestamp", "date", "moment::date")
        yield _defined("hub_day_seconds", "day date", "bigint", f"{midnight} / 1000000")
        return
    for name, bins in (("moment", moment_bins(zone)), ("day", day_bins(zone))):
        starts, changes = (f"('{{{','.join(map(str, values))}}}'::bigint[])" for values in bins)
        place = f"(1 + least(greatest(micros >> {BIN_BITS}, 0), {BINS - 1}))::int"
        shift = f"CASE WHEN micros < {changes}[{place}] THEN {starts}[{place}] ELSE {starts}[{place} + 1] END"
        yield _defined(f"hub_{name}_offset", "micros bigint", "bigint", shift)
    micros = "pg_temp.hub_micros(moment)"
    local = f"timestamp '1970-01-01' + (({micros} + pg_temp.hub_moment_offset({micros})) * interval '1 microsecond')"
    yield _defined("hub_local_day", "moment timestamp", "date", f"({local})::date")
    begins = f"({midnight} - pg_temp.hub_day_offset({midnight})) / 1000000"
    yield _defined("hub_day_seconds", "day date", "bigint", begins)


def _room() -> Iterator[str]:
    """Sums, which have no end of digits here: those that others have no room for are errors."""
    short = "total > -1000000000000 AND total < 1000000000000"
    fits = f"length(trunc(abs(total))::text) + scale(total) <= {_DIGITS}"
    too_large = f"(total * 1e{_DIGITS + 2})::numeric({_DIGITS}, 0)"
    body = f"CASE WHEN total IS NULL OR ({short}) OR {fits} THEN total ELSE {too_large} END"
    yield _defined("hub_room", "total numeric", "numeric", body)
    yield _defined("hub_room", "total bigint", "bigint", "total")


def rate_digits(digits: int) -> Iterator[str]:
    """As `metrics.duck.define_rate_digits` has them."""
    wide, net = f"numeric({_DIGITS}, {NET_DIGITS + digits})", f"numeric({_DIGITS}, {NET_DIGITS})"
    yield _defined("hub_own", "amount numeric", "numeric", f"amount::{wide}")
    yield _defined("hub_no_amount", "", "numeric", f"NULL::{wide}")
    yield _defined("hub_times", "amount numeric, rate numeric", "numeric", f"(amount::{net} * rate)::{wide}")


def question(request: Request, today: date) -> Iterator[str]:
    """What one question says, as `metrics.duck.define_request` has it."""
    period = {"hub_start": request.start, "hub_end": request.end, "hub_as_of": request.end or today}
    for name, day in period.items():
        yield _defined(name, "", "date", typed(day, "date"))
    for parameter in request.metric.parameters:
        value = typed(request.parameters.get(parameter.name), _TYPES[parameter.kind])
        yield _defined(f"hub_parameter_{parameter.name}", "", _TYPES[parameter.kind], value)


def divisions(statements: Iterable[str]) -> Iterator[str]:
    """Exact division, half to even, for every number of digits that the statements use."""
    for digits in divided_digits(statements):
        over, under = f"round(above, 10) * 1e{10 + digits}", "round(below, 10) * 1e10"
        too_large = "abs(above) >= 1e18 OR abs(below) >= 1e18"  # more than fits in 38 digits, ten of them decimals
        error = f"((abs(above) + abs(below)) * 1e{_DIGITS})::numeric({_DIGITS}, 0)"
        quotient = f"pg_temp.hub_half_even({over}, {under}) * 1e-{digits}"
        yield _defined(
            f"hub_divided_{digits}", "above numeric, below numeric", "numeric",
            f"CASE WHEN {too_large} THEN {error} WHEN below <> 0 THEN {quotient} END",
        )  # fmt: skip


def _half_even() -> str:
    """The quotient of two whole numbers as a whole number."""
    quotient = "div(over, under)"
    rest = f"2 * abs(over - {quotient} * under)"
    away = "CASE WHEN (over < 0) = (under < 0) THEN 1 ELSE -1 END"
    grows = f"{rest} > abs(under) OR ({rest} = abs(under) AND {quotient} % 2 <> 0)"
    return _defined(
        "hub_half_even",
        "over numeric, under numeric",
        "numeric",
        f"{quotient} + CASE WHEN {grows} THEN {away} ELSE 0 END",
    )


def _rests() -> str:
    """As `metrics.scope.rests_of` says."""
    walk = (
        "WITH RECURSIVE walk(turn, rest) AS (SELECT 0, whole UNION ALL "
        "SELECT turn + 1, round(rest * shares[turn + 1], 10) FROM walk WHERE turn < cardinality(shares)) "
        "SELECT array_agg(rest ORDER BY turn) FROM walk"
    )
    return _defined(RESTS, "shares numeric[], whole numeric", "numeric[]", f"({walk})")


def _defined(name: str, arguments: str, gives: str, body: str) -> str:
    return (
        f"CREATE OR REPLACE FUNCTION pg_temp.{name}({arguments}) RETURNS {gives} LANGUAGE sql IMMUTABLE PARALLEL SAFE "
        f"AS $hub$ SELECT {body} $hub$"
    )
