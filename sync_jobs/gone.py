"""What the source says is gone (`Page.deleted`): the records it names, and the children that go with them.

A source tells of a deleted order, hardly ever of its lines. A child whose map says whom it belongs to (`replaces`) goes
with its parent, so that no connector has to make up rows without children in place of what is gone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from hub.mapping import FieldMap
from hub.model.batch import Batch, Replacement
from hub.store.base import Counts, PageWriter


def delete(
    writer: PageWriter, maps: Sequence[FieldMap], deleted: Mapping[str, Sequence[str]], counts: dict[str, Counts]
) -> list[Batch]:
    """Soft-delete what a page names, and add that to the page's counts by entity. Returns what was merged for it: the
    parents, each without a child."""
    emptied: list[Batch] = []
    for entity, ids in deleted.items():
        counts.setdefault(entity, Counts()).deleted += writer.delete(entity, ids)
        for child, column in _children(maps, entity) if ids else ():
            empty = Batch(child.entity, {"source_id": []}, None, Replacement(column, dict.fromkeys(ids)))
            counts[child.entity.name] = counts.get(child.entity.name, Counts()) + writer.merge(empty)
            emptied.append(empty)
    return emptied


def _children(maps: Sequence[FieldMap], entity: str) -> list[tuple[FieldMap, str]]:
    """The maps whose records go when one of these does, each with the column that names the parent; every pair once,
    however many maps make it."""
    found = {
        (fields.entity.name, fields.replaces): (fields, fields.replaces)
        for fields in maps
        if fields.replaces and fields.entity[fields.replaces].refers_to == entity
    }
    return list(found.values())
