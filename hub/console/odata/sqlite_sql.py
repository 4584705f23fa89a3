"""SQLite: decimals are whole millionths, or texts of them beyond 64 bits; moments are microseconds."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from hub.console.odata.literals import Literal, is_storable, whole_bound
from hub.console.odata.sql import SIGNS, SPACES, Dialect, Values
from hub.model.kinds import MAX_MICROS, Kind
from hub.store.sqlite_views import decimal_text, moment_text, seconds

_WIDEST = 1 << 63
_HALF = 10**10
_DIRECT = {
    "contains": "(instr({0}, {1}) > 0)",
    "indexof": "(instr({0}, {1}) - 1)",
    "length": "length({0})",
    "concat": "({0} || {1})",
    "tolower": "hub_lower({0})",
    "toupper": "hub_upper({0})",
    "hour": "CAST(strftime('%H', {s}, 'unixepoch') AS INTEGER)",
    "minute": "CAST(strftime('%M', {s}, 'unixepoch') AS INTEGER)",
    "second": "CAST(strftime('%S', {s}, 'unixepoch') AS INTEGER)",
    "date": "date({s}, 'unixepoch')",
}
_OF_DAYS = {"year": (1, 4, "%Y"), "month": (6, 2, "%m"), "day": (9, 2, "%d")}


class Sqlite(Dialect):
    sign, true, false, nulls_come_first = "?", "1", "0", True

    def json(self, sql: str, kind: Kind, *, nullable: bool, as_text: bool) -> str:
        if kind in (Kind.TEXT, Kind.JSON):
            return f"json_quote({sql})"
        written = {
            Kind.BOOLEAN: f"CASE {sql} WHEN 0 THEN 'false' WHEN 1 THEN 'true' END",
            Kind.DATE: f"'\"' || {sql} || '\"'",
            Kind.UTC: f"'\"' || ({moment_text(sql)}) || '\"'",
            Kind.DECIMAL: f"'\"' || ({decimal_text(sql)}) || '\"'" if as_text else decimal_text(sql),
            Kind.INTEGER: f"'\"' || {sql} || '\"'" if as_text else sql,
        }[kind]
        return f"ifnull({written}, 'null')" if nullable else written

    def concatenated(self, parts: Sequence[tuple[str, str | None]]) -> str:
        form = "".join(text.replace("%", "%%") + ("%s" if sql is not None else "") for text, sql in parts)
        form = form.replace("'", "''")
        sqls = [sql for _, sql in parts if sql is not None]
        return f"printf({', '.join([_quoted(form), *sqls])})"

    def native(self, sql: str, kind: Kind, *, as_text: bool) -> str | None:
        if kind is Kind.UTC:
            return moment_text(sql)
        if kind is Kind.INTEGER:
            return f"CAST({sql} AS TEXT)" if as_text else sql
        return sql if kind in (Kind.TEXT, Kind.JSON, Kind.DATE) else None

    def object(self, parts: Sequence[tuple[str, str | None]], members: Sequence[tuple[str, str]]) -> str:
        """One call for many members is half the work of quoting each. As bytes the rest of its text costs nothing."""
        own = f"json_object({', '.join(part for name, sql in members for part in (_quoted(name), sql))})"
        return f"{self.concatenated(parts)} || substr(CAST({own} AS BLOB), 2)"

    def body(self, sql: str) -> str:
        return f"CAST({sql} AS BLOB)"  # else each row is decoded, only to be encoded again

    def mark(self, terms: Sequence[tuple[str, Kind]]) -> str:
        return ", ".join(sql for sql, _ in terms)

    def mark_of(self, columns: Sequence[Any]) -> list[Any]:
        return list(columns)

    def is_mark(self, value: Any, kind: Kind) -> bool:
        if kind in (Kind.INTEGER, Kind.UTC, Kind.BOOLEAN):
            return type(value) is int and -_WIDEST <= value < _WIDEST
        return isinstance(value, str) and is_storable(value)

    def marked(self, values: Values, value: Any, kind: Kind) -> str:
        return values.add(value)

    def ordered(self, sql: str, kind: Kind) -> list[tuple[str, Kind]]:
        if kind is not Kind.DECIMAL:
            return [(sql, kind)]
        return [(half, Kind.INTEGER) for half in _halves(sql)]

    def literal(self, values: Values, value: Literal, kind: Kind) -> str:
        if kind is Kind.DECIMAL:
            millionths = int(value.value.scaleb(6))
            return values.add(millionths if -_WIDEST <= millionths < _WIDEST else str(millionths))
        if kind in (Kind.INTEGER, Kind.UTC):
            number = int(value.value)
            return values.add(number if -_WIDEST <= number < _WIDEST else float(number))
        return values.add(value.value)

    def compared(self, operator: str, sql: str, kind: Kind, values: Values, value: Decimal) -> str:
        bound = whole_bound(operator, value.scaleb(6) if kind is Kind.DECIMAL else value)
        assert bound is not None
        sign = SIGNS[operator]
        if kind is not Kind.DECIMAL or operator in ("eq", "ne"):
            exact = Decimal(bound).scaleb(-6) if kind is Kind.DECIMAL else bound
            return f"{sql} {sign} {self.literal(values, Literal(Decimal(exact), kind), kind)}"
        if not -_WIDEST <= bound < _WIDEST:
            high, low = divmod(min(abs(bound), MAX_MICROS + 1), _HALF)
            turn = -1 if bound < 0 else 1
            return f"({', '.join(_halves(sql))}) {sign} ({values.add(turn * high)}, {values.add(turn * low)})"
        beyond = f"substr({sql}, 1, 1) {'<>' if operator in ('gt', 'ge') else '='} '-'"
        return f"(CASE typeof({sql}) WHEN 'text' THEN {beyond} ELSE {sql} {sign} {values.add(bound)} END)"

    def both(self, operator: str, left: tuple[str, Kind], right: tuple[str, Kind]) -> str:
        sign = SIGNS[operator]
        if Kind.DECIMAL not in (left[1], right[1]):
            return f"{left[0]} {sign} {right[0]}"
        sides = [", ".join(_halves(sql) if kind is Kind.DECIMAL else _scaled(sql)) for sql, kind in (left, right)]
        return f"({sides[0]}) {sign} ({sides[1]})"

    def same(self, left: str, right: str) -> str:
        return f"{left} IS {right}"

    def certain(self, sql: str) -> str:
        return f"ifnull({sql}, 0)"

    def function(self, name: str, sqls: Sequence[str]) -> str:
        if name in _OF_DAYS:
            start, count, form = _OF_DAYS[name]
            return (
                f"CAST(CASE typeof({sqls[0]}) WHEN 'text' THEN substr({sqls[0]}, {start}, {count})"
                f" ELSE strftime('{form}', {seconds(sqls[0])}, 'unixepoch') END AS INTEGER)"
            )
        if name == "substring":
            return f"substr({sqls[0]}, {', '.join(sqls[1:])})"
        if name == "trim":
            return f"trim({sqls[0]}, {_quoted(SPACES)})"
        return _DIRECT[name].format(*sqls, s=seconds(sqls[0]))

    def starts(self, sql: str, start: str) -> str:
        return f"(substr({sql}, 1, length({start})) = {start})"

    def ends(self, sql: str, end: str) -> str:
        return f"(CASE length({end}) WHEN 0 THEN {sql} = {sql} ELSE substr({sql}, -length({end})) = {end} END)"

    def joined(self, sql: str, body: str, order: str) -> str:
        return f"ifnull((SELECT group_concat(j, ',') FROM (SELECT {body} AS j {sql} {order})), '')"


def install(connection: Any) -> None:
    """The functions that SQLite lacks: its own lower() and upper() know only the letters of English."""
    for name, function in (("hub_lower", _lower), ("hub_upper", _upper)):
        connection.create_function(name, 1, function, deterministic=True)


def _lower(text: str | None) -> str | None:
    return text.lower() if isinstance(text, str) else None


def _upper(text: str | None) -> str | None:
    return text.upper() if isinstance(text, str) else None


def _quoted(text: str) -> str:
    return f"'{text}'"


def _halves(sql: str) -> list[str]:
    """A number of up to 20 digits in two whole numbers that are in the same order."""
    high = f"CAST(substr({sql}, 1, length({sql}) - 10) AS INTEGER)"
    low = f"CAST(substr({sql}, -10) AS INTEGER) * (CASE substr({sql}, 1, 1) WHEN '-' THEN -1 ELSE 1 END)"
    return [
        f"(CASE typeof({sql}) WHEN 'text' THEN {high} ELSE {sql} / {_HALF} END)",
        f"(CASE typeof({sql}) WHEN 'text' THEN {low} ELSE {sql} % {_HALF} END)",
    ]


def _scaled(sql: str) -> list[str]:
    """A whole number in the same two halves, as if it had six decimals."""
    return [f"({sql} / 10000)", f"(({sql} % 10000) * 1000000)"]
