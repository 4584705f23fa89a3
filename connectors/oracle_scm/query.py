"""Oracle's `q`: expressions of framework version 2 and later, with every value quoted rightly. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import quote, urlencode

Value = str | int | bool | datetime | tuple[str | int, ...]

DATES: tuple[Callable[[datetime], str], ...] = (
    lambda moment: _utc(moment).isoformat(timespec="milliseconds"),
    lambda moment: _utc(moment).strftime("%Y-%m-%dT%H:%M:%SZ"),
    lambda moment: _utc(moment).strftime("%Y-%m-%d %H:%M:%S"),
    lambda moment: (_utc(moment) - timedelta(days=1)).strftime("%Y-%m-%d"),
)
"""Ways to write a moment. Resources differ in those they take, and refuse the others with 400. The last is for stamps
that are a mere day, whose time zone nobody tells: a day earlier, so that none is missed."""


def _utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC)


@dataclass(frozen=True)
class Condition:
    """An attribute of the row itself, compared with a value: `=`, `!=`, `<`, `<=`, `>`, `>=`, or `in` with several."""

    attribute: str
    operator: str
    value: Value

    def written(self, date: int) -> str:
        """The expression; `date` is the number of the way to write moments."""
        return f"{self.attribute} {self.operator} {_literal(self.value, date)}"


def _literal(value: Value, date: int) -> str:
    if isinstance(value, tuple):
        return f"({','.join(_literal(each, date) for each in value)})"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    text = DATES[date](value) if isinstance(value, datetime) else value
    return "'" + text.replace("'", "''") + "'"


def has_moment(conditions: Iterable[Condition]) -> bool:
    """Whether it matters how moments are written."""
    return any(isinstance(each.value, datetime) for each in conditions)


def expression(conditions: Iterable[Condition], date: int = 0) -> str:
    """All of the conditions; "" for none."""
    return " and ".join(each.written(date) for each in conditions)


def query_of(params: Mapping[str, str | int]) -> str:
    """A query string, each value percent-encoded whole: Oracle takes a `+` as it stands."""
    return urlencode({name: str(value) for name, value in params.items()}, quote_via=quote, safe="")
