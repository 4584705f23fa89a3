"""What a service says of itself in `$metadata`: entity sets, types, properties. Plain values; csdl.py reads them."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from hub.errors import SourceChanged
from hub.sdk.odata.version import Version

_COLLECTION = "Collection("


@dataclass(frozen=True, slots=True)
class Property:
    """One column. `type` is `Edm.Decimal`, or the full name of a complex type or an enumeration; `many` a list of them.

    scale   digits behind the point; None where it varies or nothing is said
    hints   the vendor's own attributes by their local names: SAP's `filterable`, `sortable`, `unit`, `semantics` ...
    """

    name: str
    type: str
    many: bool = False
    nullable: bool = True
    max_length: int | None = None
    precision: int | None = None
    scale: int | None = None
    hints: Mapping[str, str] = field(default_factory=dict)

    @property
    def filterable(self) -> bool:
        return self.hints.get("filterable") != "false"

    @property
    def sortable(self) -> bool:
        return self.hints.get("sortable") != "false"

    @property
    def unit(self) -> str | None:
        """Name of the sibling property that holds the unit or currency of this one."""
        return self.hints.get("unit")


@dataclass(frozen=True, slots=True)
class Navigation:
    """A way to other entities: the full name of their type, and whether there may be several."""

    name: str
    target: str
    many: bool


@dataclass(frozen=True, slots=True)
class StructuredType:
    """An entity type, or a complex one, which has no keys. Inherited properties are among its own."""

    name: str
    keys: tuple[str, ...]
    properties: Mapping[str, Property]
    navigations: Mapping[str, Navigation]
    is_open: bool = False
    """Entities may have properties that are not declared."""


@dataclass(frozen=True, slots=True)
class EntitySet:
    """What can be asked for by name.

    unfilterable, unsortable  properties that `$filter` and `$orderby` must not name
    hints                     as in Property: SAP's `addressable`, `pageable`, `requires-filter` ...
    """

    name: str
    type: str
    unfilterable: frozenset[str] = frozenset()
    unsortable: frozenset[str] = frozenset()
    hints: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Metadata:
    """A whole `$metadata` document. `sets` by name (singletons among them), `types` by full name."""

    version: Version
    sets: Mapping[str, EntitySet]
    types: Mapping[str, StructuredType]
    enums: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Full name -> member -> value."""

    def type_of(self, path: str) -> StructuredType:
        """The type at a resource path: `A_SalesOrder`, `A_SalesOrder('1')/to_Item`, `companies(<id>)/items`.

        SourceChanged, with the nearest name there is, where the service has no such thing.
        """
        first, *rest = (step for step in _segments(path) if step)
        found = self.sets.get(first)
        kind = self.types.get(found.type) if found else None
        if kind is None:
            raise self._unknown("entity set", first, self.sets)
        for step in rest:
            navigation = kind.navigations.get(step)
            target = self.types.get(navigation.target) if navigation else None
            if target is None:
                raise self._unknown(f"navigation of {kind.name}", step, kind.navigations)
            kind = target
        return kind

    def inner(self, kind: StructuredType, name: str) -> StructuredType | None:
        """The structured type behind a navigation or a complex property; None where there is none."""
        if name in kind.navigations:
            return self.types.get(kind.navigations[name].target)
        found = kind.properties.get(name)
        return self.types.get(found.type) if found else None

    def missing(self, path: str, columns: Sequence[Sequence[str]]) -> list[str]:
        """Those of the columns (steps from the row downwards) that the service does not have, as `to_Item/Material`."""
        return ["/".join(steps) for steps in columns if not self._has(self.type_of(path), steps)]

    def property_at(self, kind: StructuredType, steps: Sequence[str]) -> Property | None:
        """The property at the end of a path (`("to_Item", "Material")`)."""
        for step in steps[:-1]:
            inner = self.inner(kind, step)
            if inner is None:
                return None
            kind = inner
        return kind.properties.get(steps[-1])

    def _has(self, kind: StructuredType, steps: Sequence[str]) -> bool:
        if kind.is_open or self.property_at(kind, steps) is not None:
            return True
        for step in steps:
            if step not in kind.navigations and step not in kind.properties:
                return False
            inner = self.inner(kind, step)
            if inner is None:
                return step == steps[-1]
            kind = inner
        return True

    def _unknown(self, what: str, name: str, known: Mapping[str, object]) -> SourceChanged:
        near = difflib.get_close_matches(name, known, 1)
        hint = f" The nearest is {near[0]}." if near else ""
        return SourceChanged(
            f"the service has no {what} {name}.{hint}",
            fix="Check the service and its version; see its $metadata.",
        )

    @cached_property
    def sets_by_type(self) -> Mapping[str, str]:
        """Full name of a type -> name of the first entity set that holds it."""
        return {each.type: each.name for each in reversed(list(self.sets.values()))}


def _segments(path: str) -> list[str]:
    """`A('1/2')/to_B` -> A, to_B: keys are taken out, whatever is quoted in them."""
    steps, step, depth, quoted = [], "", 0, False
    for character in path:
        if character == "'":
            quoted = not quoted
        if not quoted and character == ")":
            depth -= 1
        elif not quoted and character == "(":
            depth += 1
        elif character == "/" and not depth:
            steps.append(step)
            step = ""
        elif not depth:
            step += character
    return [*steps, step]


def element_type(text: str) -> tuple[str, bool]:
    """`Collection(Edm.String)` -> Edm.String, True."""
    if text.startswith(_COLLECTION) and text.endswith(")"):
        return text[len(_COLLECTION) : -1], True
    return text, False
