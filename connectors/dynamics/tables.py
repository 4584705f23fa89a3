"""What an environment has of a table: its columns with their types, and whether its changes are tracked.

Asked from `EntityDefinitions` table by table: the whole `$metadata` of an environment is ten megabytes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from hub.sdk import SourceChanged

_TYPES = {
    "String": "Edm.String", "Memo": "Edm.String", "EntityName": "Edm.String",
    "Picklist": "Edm.Int32", "State": "Edm.Int32", "Status": "Edm.Int32", "Integer": "Edm.Int32",
    "BigInt": "Edm.Int64", "Money": "Edm.Decimal", "Decimal": "Edm.Decimal", "Double": "Edm.Double",
    "Boolean": "Edm.Boolean", "DateTime": "Edm.DateTimeOffset", "Uniqueidentifier": "Edm.Guid",
}  # fmt: skip
_LOOKUPS = frozenset({"Lookup", "Customer", "Owner"})
_MULTIPLE = "MultiSelectPicklistType"
_LOOKUP = "_{}_value"


@dataclass(frozen=True)
class TableShape:
    """A table. `columns`: name as it stands in a query -> Edm type."""

    table: str
    entity_set: str
    key: str
    tracked: bool
    columns: Mapping[str, str] = field(default_factory=dict)


def path_of(table: str) -> str:
    """The address of a table's definition."""
    columns = "$select=LogicalName,AttributeType,AttributeTypeName,IsValidForRead"
    own = "LogicalName,EntitySetName,PrimaryIdAttribute,ChangeTrackingEnabled"
    return f"EntityDefinitions(LogicalName='{table}')?$select={own}&$expand=Attributes({columns})"


def shape_of(answer: Any) -> TableShape:
    """A definition, as far as we need it. An attribute that cannot be read is passed over, as if it were not there."""
    names = [answer.get(name) for name in ("LogicalName", "EntitySetName", "PrimaryIdAttribute")] if answer else []
    attributes = answer.get("Attributes") if names else None
    if not isinstance(attributes, list) or not all(isinstance(name, str) and name for name in names):
        raise SourceChanged(
            "the definition of a table has no set, no key or no attributes.", fix="Check `api_version`; report it."
        )
    columns = dict(filter(None, (_column(each) for each in attributes if isinstance(each, Mapping))))
    columns[names[2]] = "Edm.Guid"  # whatever is said of it: without its key a row is nothing
    return TableShape(names[0], names[1], names[2], answer.get("ChangeTrackingEnabled") is True, columns)


def _column(attribute: Mapping[str, Any]) -> tuple[str, str] | None:
    name, kind = attribute.get("LogicalName"), attribute.get("AttributeType")
    if not isinstance(name, str) or attribute.get("IsValidForRead") is False:
        return None
    if kind in _LOOKUPS:
        return _LOOKUP.format(name), "Edm.Guid"
    if isinstance(kind, str) and kind in _TYPES:
        return name, _TYPES[kind]
    named = attribute.get("AttributeTypeName")
    is_choices = isinstance(named, Mapping) and named.get("Value") == _MULTIPLE
    return (name, "Edm.String") if is_choices else None
