"""From the key of a row that is gone to the ids of the records that were made of it, for `Page.deleted`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from hub.mapping import At, FieldMap, FieldSource, Joined

Named = Callable[[str], str]
"""A row's key -> the `source_id` of a record made of it."""


def names_of(maps: Iterable[FieldMap], key: str) -> dict[str, Named]:
    """Canonical entity -> how its `source_id` is made of the row's key, `key` being the path of that. Entities keyed by
    other fields are left out: of a deleted row only the key is known."""
    named = {fields.entity.name: _named(fields.fields["source_id"], key) for fields in maps}
    return {entity: name for entity, name in named.items() if name is not None}


def tombstones(names: Mapping[str, Named], gone: Sequence[str]) -> dict[str, list[str]]:
    """Rows that are gone, as every entity made of them knows them; empty where none is."""
    return {entity: [name(key) for key in gone] for entity, name in names.items()} if gone else {}


def _named(source: FieldSource, key: str) -> Named | None:
    if isinstance(source, At) and source.path == key:
        return str
    if isinstance(source, Joined):
        parts = [None if isinstance(part, At) else str(part.value) for part in source.parts]
        if [part.path for part in source.parts if isinstance(part, At)] == [key]:
            return lambda value: source.separator.join(value if part is None else part for part in parts)
    return None
