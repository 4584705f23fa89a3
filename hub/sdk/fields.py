"""Which fields of the source a stream's maps read: what a query must ask for, an admin's `fields:` included."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from hub.fieldsource import overridden
from hub.mapping import Computed, FieldMap
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
    plan = fields.plan
    lists = [Keys(path.keys) for path in plan.lists]
    yield from (_joined(lists[: depth + 1]) for depth in range(len(lists)))
    paths = [path for field in plan.fields for path in field.reader.paths]
    paths += [test.path for test in plan.tests]
    yield from ((*_joined(lists[: len(lists) - path.up]), *path.keys) for path in paths)
    for field in plan.fields:
        if isinstance(field.source, Computed):
            yield from (_used(lists, text) for text in field.source.uses)


def _used(lists: list[Keys], text: str) -> Keys:
    bare = text.lstrip("^")
    return (*_joined(lists[: len(lists) - (len(text) - len(bare))]), *bare.split("."))


def _joined(lists: list[Keys]) -> Keys:
    return tuple(key for keys in lists for key in keys)
