"""What `hub.fieldspec` said in YAML, as the mapping understands it.

Without pydantic: it works on the attributes of those models alone, so that a plain copy of them will do
(`hub.settings.kept`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hub.mapping import At, Coalesced, Const, FieldMap, FieldSource, Joined, Where
from hub.model.catalog import ENTITIES

if TYPE_CHECKING:
    from hub.fieldspec import EntityMapSpec, FieldOverrides, FieldSpec, WhereSpec


def field_source(spec: FieldSpec) -> FieldSource:
    """The mapping's own word for what YAML said."""
    if spec.path is not None:
        return _at(spec)
    if spec.join is not None:
        return Joined(
            tuple(_at(part) if part.path is not None else Const(part.const) for part in spec.join), spec.separator
        )
    if spec.first_of is not None:
        return Coalesced(tuple(map(_at, spec.first_of)))
    return Const(spec.const)


def _at(spec: FieldSpec) -> At:
    assert spec.path is not None
    return At(spec.path, spec.convert, spec.default, spec.values, spec.options or None)


def overridden(fields: FieldMap, overrides: FieldOverrides) -> FieldMap:
    """A built-in map with an admin's fields in it."""
    specs = {name: None if spec is None else field_source(spec) for name, spec in overrides.specs.items()}
    return fields.overridden(specs, overrides.extras)


def where_of(spec: WhereSpec) -> Where:
    """A condition."""
    return Where(spec.path, spec.equals, spec.one_of, spec.not_one_of, spec.prefix, spec.no_prefix, spec.empty)


def field_map(spec: EntityMapSpec) -> FieldMap:
    """How one entity is made from a stream's rows."""
    bare = FieldMap(
        ENTITIES[spec.entity],
        {},
        each=spec.each,
        where=tuple(map(where_of, spec.where)),
        replaces=spec.replaces,
        optional=spec.optional,
    )
    return overridden(bare, spec.fields)
