"""Whose children the rows of a page bring: what must be known to tell that a child is no longer sent."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hub.mapping import FieldMap
from hub.rows.frames import page_frame
from hub.rows.plan import parents_plan
from hub.rows.readers import Reader


def parents_of(fields: FieldMap, maps: Sequence[FieldMap], row: Any) -> dict[str, int | None]:
    """The parents within one row whose lists `fields` walks: key -> change stamp [microseconds], None where unknown.
    Empty where the map does not replace children, or only the children name their parent."""
    plan = fields.plan
    owner = plan.owner
    if owner is None or owner.id is None:
        return {}
    frame = plan.frame(page_frame([row])).ancestor(owner.levels)
    keys, _ = owner.id.read(frame)
    stamp = owner.stamp or _stamp_in(parents_plan(maps, plan, owner))
    stamps = [None] * len(frame) if stamp is None else stamp.read(frame)[0]
    return {key: at for key, at in zip(keys, stamps, strict=True) if key is not None}


def _stamp_in(plan: Any) -> Reader | None:
    fields = () if plan is None else plan.fields
    return next((each.reader for each in fields if each.column.name == "source_updated_at"), None)
