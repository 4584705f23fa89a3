"""Rows as the maps read them: with their currencies' codes, and what is gone as each entity knows it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from connectors.dynamics.environment import Environment
from connectors.dynamics.plan import ADDED, CURRENCY_ID
from hub.sdk import At, FieldMap, FieldSource, Joined, iso_moment, latest

Named = Callable[[str], str]
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


def names_of(maps: Iterable[FieldMap], key: str) -> dict[str, Named]:
    """Canonical entity -> how its `source_id` is made of a row's key. Entities keyed by other columns are left out: of
    a deleted row only the key is known."""
    named = {fields.entity.name: _named(fields.fields["source_id"], key) for fields in maps}
    return {entity: name for entity, name in named.items() if name is not None}


def _named(source: FieldSource, key: str) -> Named | None:
    if isinstance(source, At) and source.path == key:
        return str
    if isinstance(source, Joined):
        parts = [None if isinstance(part, At) else str(part.value) for part in source.parts]
        if [part.path for part in source.parts if isinstance(part, At)] == [key]:
            return lambda value: source.separator.join(value if part is None else part for part in parts)
    return None


def tombstones(names: Mapping[str, Named], gone: Sequence[str]) -> dict[str, list[str]]:
    """Rows that are gone, as every entity made of them knows them."""
    return {entity: [name(key) for key in gone] for entity, name in names.items()} if gone else {}
