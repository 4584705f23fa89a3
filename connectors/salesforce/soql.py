"""SOQL written from parts: nothing in it comes from a row, and names were checked before."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

KEY = "Id"


@dataclass(frozen=True)
class Window:
    """Rows changed from `since` on, and before `until`; None leaves that side open.

    after   (stamp, id) of the last row that came already: only what follows it in the order of both
    """

    field: str | None
    since: datetime | None = None
    until: datetime | None = None
    after: tuple[str, str] | None = None

    def conditions(self) -> list[str]:
        """What a row must meet, to be joined by AND."""
        if self.field is None:
            return [f"{KEY} > {text(self.after[1])}"] if self.after else []
        lower = [f"{self.field} >= {moment(self.since)}"] if self.since else []
        upper = [f"{self.field} < {moment(self.until + timedelta(seconds=1))}"] if self.until else []
        return [*lower, *upper, *self._following()]

    def _following(self) -> list[str]:
        if self.after is None:
            return []
        stamp, key = moment(datetime.fromisoformat(self.after[0])), text(self.after[1])
        return [f"({self.field} > {stamp} OR ({self.field} = {stamp} AND {KEY} > {key}))"]

    def order(self) -> str:
        """The order in which `after` has a meaning."""
        return KEY if self.field is None else f"{self.field}, {KEY}"


def select(columns: Sequence[str], table: str, conditions: Iterable[str] = (), order: str = "") -> str:
    """One query."""
    where = " AND ".join(conditions)
    return (
        f"SELECT {', '.join(columns)} FROM {table}"
        + (f" WHERE {where}" if where else "")
        + (f" ORDER BY {order}" if order else "")
    )


def moment(value: datetime) -> str:
    """A datetime literal, in whole seconds of UTC: it is rounded down, and stamps of Salesforce have no fractions."""
    return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def text(value: str) -> str:
    """A text literal."""
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"
