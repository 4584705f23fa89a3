"""What an org has of an object: features and field permissions decide, so it is asked, never assumed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from hub.sdk import SourceChanged

CURSORS = ("SystemModstamp", "LastModifiedDate", "CreatedDate", "LoginTime")
"""Fields that tell of changes, the best first; a few objects lack the first, or cannot be filtered by it."""
_COMPOUND = {"address", "location"}
_UNREADABLE = {*_COMPOUND, "base64", "complexvalue"}
_NAME_FIELDS = frozenset({"Id", "Name", "FirstName", "LastName", "Email", "Phone", "Title", "Alias", "Username"})
"""What `Owner.…` offers where the owner may be a user or a queue."""
_PARTS = ("PostalCode", "StateCode", "CountryCode", "GeocodeAccuracy", "Latitude", "Longitude", "Street", "City")
_LATER_PARTS = ("State", "Country")


@dataclass(frozen=True)
class FieldShape:
    """One field as describe tells it."""

    name: str
    type: str
    filterable: bool = True
    relationship: str | None = None
    refers_to: tuple[str, ...] = ()
    compound: str | None = None


@dataclass(frozen=True)
class ObjectShape:
    """One object. `children` holds the names of the lists that a sub-select can ask for."""

    name: str
    fields: Mapping[str, FieldShape]
    replicateable: bool = False
    children: Mapping[str, str] = field(default_factory=dict)

    @property
    def cursor(self) -> str | None:
        """The field to tell changes by; None where each read must be a whole one."""
        return next((name for name in CURSORS if name in self.fields and self.fields[name].filterable), None)

    def readable(self, name: str) -> bool:
        """Whether a query may ask for the field itself."""
        return name in self.fields and self.fields[name].type not in _UNREADABLE

    def is_compound(self, name: str) -> bool:
        return name in self.fields and self.fields[name].type in _COMPOUND

    def parts_of(self, compound: str) -> dict[str, str]:
        """The parts of a compound field, `city` -> `BillingCity`: Bulk offers only them, and they hold the same."""
        mine = [each.name for each in self.fields.values() if each.compound == compound and each.name != compound]
        return {part: name for name in mine if (part := _part_of(name))}

    def relation(self, name: str) -> FieldShape | None:
        """The field behind a relationship's name: `Owner` -> `OwnerId`."""
        return next((each for each in self.fields.values() if each.relationship == name), None)


def _part_of(name: str) -> str | None:
    bare = name.removesuffix("__s").removesuffix("__c")
    found = next((part for part in (*_PARTS, *_LATER_PARTS) if bare.endswith(part)), None)
    return found and found[0].lower() + found[1:]


def shape_of(answer: Any) -> ObjectShape:
    """A describe answer, as far as we need it. An entry that cannot be read is passed over, as if it were hidden."""
    fields = answer.get("fields") if isinstance(answer, Mapping) else None
    if not isinstance(fields, list):
        raise SourceChanged(
            'there is no list of "fields" in a description.', fix="Check `api_version`; report it if it is current."
        )
    known = [_field(entry) for entry in fields if isinstance(entry, Mapping) and isinstance(entry.get("name"), str)]
    children = {
        str(child["relationshipName"]): str(child.get("childSObject"))
        for child in answer.get("childRelationships") or []
        if isinstance(child, Mapping) and isinstance(child.get("relationshipName"), str)
    }
    by_name = {each.name: each for each in known}
    return ObjectShape(str(answer.get("name", "")), by_name, answer.get("replicateable") is True, children)


def _field(entry: Mapping[str, Any]) -> FieldShape:
    relationship, compound = entry.get("relationshipName"), entry.get("compoundFieldName")
    targets = entry.get("referenceTo")
    return FieldShape(
        str(entry["name"]),
        str(entry.get("type", "")),
        entry.get("filterable") is not False,
        relationship if isinstance(relationship, str) else None,
        tuple(map(str, targets)) if isinstance(targets, list) else (),
        compound if isinstance(compound, str) else None,
    )


@dataclass
class Choice:
    """The columns that a stream's query asks for, and what the maps would like beside.

    compounds  compound field -> its parts, to be put together again when the rows are there
    missing    paths that the org does not have, or hides from us
    """

    columns: list[str] = field(default_factory=list)
    compounds: dict[str, dict[str, str]] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)


def choose(shape: ObjectShape, paths: list[tuple[str, ...]], look: Callable[[str], ObjectShape]) -> Choice:
    """What to select for these paths; `look` describes another object, behind a relationship."""
    choice = Choice(columns=["Id"])
    for path in paths:
        wanted = _columns_for(shape, path, look, choice)
        if wanted is None:
            choice.missing.append(".".join(path))
            continue
        choice.columns += [name for name in wanted if name not in choice.columns]
    return choice


def _columns_for(
    shape: ObjectShape, path: tuple[str, ...], look: Callable[[str], ObjectShape], choice: Choice
) -> list[str] | None:
    first, *rest = path
    if shape.is_compound(first):
        parts = shape.parts_of(first)
        choice.compounds[first] = parts
        return list(parts.values()) if not rest or rest[0] in parts else None
    if not rest:
        return [first] if first == "Id" or shape.readable(first) else None
    relation = shape.relation(first)
    if relation is None or not _offers(relation, tuple(rest), look):
        return None
    return [".".join(path)]


def _offers(relation: FieldShape, rest: tuple[str, ...], look: Callable[[str], ObjectShape]) -> bool:
    """Whether the object behind a relationship has the field, and we may see it."""
    if rest[0] in {"Id", "Name"} and relation.refers_to == ("User",):
        return True
    if len(relation.refers_to) != 1:
        return len(rest) == 1 and rest[0] in _NAME_FIELDS
    target = look(relation.refers_to[0])
    if len(rest) == 1:
        return target.readable(rest[0])
    further = target.relation(rest[0])
    return further is not None and _offers(further, rest[1:], look)
