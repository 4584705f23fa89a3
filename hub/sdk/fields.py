"""Which fields of the source a stream's maps read: what a query must ask for, an admin's `fields:` included."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from hub.fieldsource import overridden
from hub.mapping import Coalesced, Computed, FieldMap, FieldSource
from hub.sdk.connector import Stream

if TYPE_CHECKING:
    from hub.sdk.config import ConnectorConfig

Keys = tuple[str, ...]
"""A path from the page's own row downwards; the lists of an `each` are steps like any other."""


def maps_of(config: ConnectorConfig, stream: Stream) -> tuple[FieldMap, ...]:
    """The stream's maps with what the admin wrote under `fields:`, as the hub will apply them."""
    return tuple(
        overridden(fields, config.fields[fields.entity.name]) if fields.entity.name in config.fields else fields
        for fields in stream.maps
    )


def source_paths(fields: FieldMap) -> Iterator[Keys]:
    """Every path that a map reads, from the page's row: of its fields, its conditions, and the lists it walks.

    `each="lines"` with `at("sku")` and `at("^id")` gives `("lines",)`, `("lines", "sku")` and `("id",)`.
    """
    lists = _lists(fields)
    yield from (_joined(lists[: depth + 1]) for depth in range(len(lists)))
    for each in fields.plan.fields:
        yield from (_from_row(lists, path.up, path.keys) for path in each.reader.paths)
    yield from (_from_row(lists, test.path.up, test.path.keys) for test in fields.plan.tests)
    for each in fields.plan.fields:
        yield from _used(lists, each.source)


class ColumnPaths(NamedTuple):
    """What a column is made of. `any_will_do`: of several paths, as of `first_of`; else each of them is needed."""

    column: str
    paths: tuple[Keys, ...]
    any_will_do: bool


def column_paths(fields: FieldMap) -> Iterator[ColumnPaths]:
    """Each column that a map fills from the row, with its paths in the same form; those of constants are left out."""
    lists = _lists(fields)
    for each in fields.plan.fields:
        own = (_from_row(lists, path.up, path.keys) for path in each.reader.paths)
        paths = (*own, *_used(lists, each.source))
        if paths:
            yield ColumnPaths(each.column.name, paths, isinstance(each.source, Coalesced | Computed))


def _lists(fields: FieldMap) -> list[Keys]:
    return [Keys(path.keys) for path in fields.plan.lists]


def _from_row(lists: list[Keys], up: int, keys: Keys) -> Keys:
    return (*_joined(lists[: len(lists) - up]), *keys)


def _used(lists: list[Keys], source: FieldSource) -> Iterator[Keys]:
    for text in source.uses if isinstance(source, Computed) else ():
        bare = text.lstrip("^")
        yield (*_joined(lists[: len(lists) - (len(text) - len(bare))]), *bare.split("."))


def _joined(lists: list[Keys]) -> Keys:
    return tuple(key for keys in lists for key in keys)
