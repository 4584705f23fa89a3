"""What is asked of a resource: the attributes that the maps read, as far as the pod has them. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from connectors.oracle_scm.describe import Shape
from connectors.oracle_scm.rows import is_ours, underlying
from hub.sdk import FieldMap
from hub.sdk.fields import ColumnPaths, Keys, column_paths, source_paths


@dataclass
class Node:
    """A resource or a child: its attributes and its children, by accessor. `keys`: attributes asked for in any case."""

    attributes: dict[str, None] = field(default_factory=dict)
    children: dict[str, Node] = field(default_factory=dict)

    def take(self, path: Keys, accessors: Iterable[Keys], at: Keys = ()) -> None:
        """Add a path; what is an accessor leads into a child."""
        here = (*at, path[0])
        if here in accessors:
            child = self.children.setdefault(path[0], Node())
            if len(path) > 1:
                child.take(path[1:], accessors, here)
        else:
            self.attributes[path[0]] = None

    @property
    def fields(self) -> str:
        """As `fields` wants it: `HeaderId,OrderNumber;lines:FulfillLineId;lines.charges:Amount`."""
        return ";".join(self._written(""))

    def _written(self, at: str) -> Iterator[str]:
        if self.attributes:
            names = ",".join(self.attributes)
            yield f"{at}:{names}" if at else names
        for accessor, child in self.children.items():
            yield from child._written(f"{at}.{accessor}" if at else accessor)

    @property
    def expand(self) -> str:
        """As `expand` wants it: `lines,lines.charges`."""
        return ",".join(self._accessors(""))

    def _accessors(self, at: str) -> Iterator[str]:
        for accessor, child in self.children.items():
            here = f"{at}.{accessor}" if at else accessor
            yield here
            yield from child._accessors(here)


@dataclass
class Selection:
    """What to ask for, and what the pod lacks of it.

    missing   "orders.po_number: CustomerPONumber": columns of ours that stay empty
    unknown   attributes that the admin named under `fields:` and that are not there
    needed    what no record can be made without
    """

    node: Node
    missing: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    needed: list[str] = field(default_factory=list)


def select(
    shape: Shape, kind: str, maps: Sequence[tuple[FieldMap, FieldMap]], *,
    accessors: Sequence[Keys], always: Sequence[Keys],
) -> Selection:  # fmt: skip
    """The attributes for these maps, each beside the built-in one that it comes from.

    accessors  paths that lead into lists;  always: what reading itself needs
    """
    selection = Selection(Node())
    for path in always:
        selection.node.take(path, accessors)
    for fields, own in maps:
        lacking, built_in = _lacking(shape, kind, fields), _lacking(shape, kind, own).keys()
        for text in lacking:
            (selection.missing if text in built_in else selection.unknown).append(text)
        needed = [text for text, is_required in lacking.items() if is_required]
        if needed and fields.optional:  # such lists are not asked for, so that none of their rows is refused
            continue
        selection.needed += needed
        for path in source_paths(fields):
            for real in underlying(kind, path):
                if has(shape, real):
                    selection.node.take(real, accessors)
    return selection


def _lacking(shape: Shape, kind: str, fields: FieldMap) -> dict[str, bool]:
    """What the columns of a map need and the pod does not have; True where a record needs the column."""
    required = {"source_id"} | {column.name for column in fields.entity.columns if column.required}
    return {
        f"{fields.entity.name}.{each.column}: {what}": each.column in required
        for each in column_paths(fields)
        for what in _lacking_of(shape, kind, each)
    }


def _lacking_of(shape: Shape, kind: str, column: ColumnPaths) -> Iterator[str]:
    needs = [list(dict.fromkeys(underlying(kind, path))) for path in column.paths if not is_ours(kind, path)]
    if column.any_will_do and needs:
        needs = [[path for each in needs for path in each]]
    for paths in needs:
        if not any(has(shape, path) for path in paths):
            yield " or ".join(".".join(path) for path in paths)


def has(shape: Shape | None, path: Keys) -> bool:
    """Whether the pod has an attribute; a child that it does not describe is believed to have it."""
    if shape is None:
        return True
    if len(path) == 1:
        return path[0] in shape.attributes or path[0] in shape.children
    return path[0] in shape.children and has(shape.child(path[0]), path[1:])
