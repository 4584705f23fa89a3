"""Rows as the maps read them: with their currencies' codes, and without what no map reads."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from connectors.dynamics.environment import Environment
from connectors.dynamics.plan import ADDED, CURRENCY_ID
from hub.sdk import iso_moment, latest

Row = dict[str, Any]


def with_currencies(rows: Sequence[Row], environment: Environment) -> None:
    """Add the ISO codes of the row's currency and of the organisation's."""
    base = environment.base_currency() if rows else None
    codes: dict[Any, str | None] = {None: None}
    for row in rows:
        key = row.get(CURRENCY_ID)
        if not isinstance(key, str):
            key = None
        elif key not in codes:
            codes[key] = environment.currency(key)
        row["transactioncurrency"] = codes[key]
        row["basecurrency"] = base


def without_unused(rows: list[Row], used: frozenset[str], asked: Iterable[str]) -> None:
    """Take out what was asked for its annotation alone, and annotations that no map reads. What nobody asked for stays,
    so that it shows."""
    ours = {*asked, *ADDED}
    unused = [name for name in set[str]().union(*rows) if name not in used and name.partition("@")[0] in ours]
    for row in rows:
        for name in unused:
            row.pop(name, None)


def since_start(rows: list[Row], start: Any, stamp: str) -> list[Row]:
    """Without those that were changed before the stream's `start`; one that tells no time is kept."""
    if start is None:
        return rows
    return [row for row in rows if (moment := iso_moment(row.get(stamp))) is None or moment >= start]


def cursor_of(rows: list[Row], stamp: str) -> Any:
    """Stamps of one form order like their texts, so only the highest is read; an odd one makes all be looked at."""
    texts = [value for row in rows if isinstance(value := row.get(stamp), str)]
    highest = iso_moment(max(texts)) if texts else None
    return highest or latest(rows, stamp)
