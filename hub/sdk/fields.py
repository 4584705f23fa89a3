"""Which fields of the source a stream's maps read: what a query must ask for, an admin's `fields:` included."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from hub.fieldsource import overridden
from hub.mapping import Computed, FieldMap, FieldSource
from hub.rows.paths import Path
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
        yield from (_from_row(lists, path) for path in each.reader.paths)
    yield from (_from_row(lists, test.path) for test in fields.plan.tests)
    for each in fields.plan.fields:
        yield from _used(lists, each.source)


def column_paths(fields: FieldMap) -> Iterator[tuple[str, list[Keys]]]:
    """Each column that a map fills from the row, with the paths that it is made of, in the same form."""
    lists = _lists(fields)
    for each in fields.plan.fields:
        paths = [*(_from_row(lists, path) for path in each.reader.paths), *_used(lists, each.source)]
        if paths:
            yield each.column.name, paths


def _lists(fields: FieldMap) -> list[Keys]:
    return [Keys(path.keys) for path in fields.plan.lists]


def _from_row(lists: list[Keys], path: Path) -> Keys:
    return (*_joined(lists[: len(lists) - path.up]), *path.keys)


def _used(lists: list[Keys], source: FieldSource) -> Iterator[Keys]:
    for text in source.uses if isinstance(source, Computed) else ():
        bare = text.lstrip("^")
        yield (*_joined(lists[: len(lists) - (len(text) - len(bare))]), *bare.split("."))


def _joined(lists: list[Keys]) -> Keys:
    return tuple(key for keys in lists for key in keys)
