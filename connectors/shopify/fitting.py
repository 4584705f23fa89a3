"""An admin's `fields:` hold for an entity, but Shopify's fields for a type: `tags` is there for a customer and not for
a company, though both become customers. What only an override asks for, and one type does not know, is left out there;
where all types of the entity lack it, it is a mistake.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from connectors.shopify.rows import Keys
from connectors.shopify.selection import Tree, schema_paths, tree_of_paths
from connectors.shopify.spool import LIST_OF
from hub.sdk import FieldMap, SourceChanged
from hub.sdk.fields import source_paths

_UNKNOWN = re.compile(r"Field '(?P<field>\w+)' doesn't exist on type '(?P<type>\w+)'")


@dataclass(frozen=True)
class Addition:
    """A path that only an override reads.

    named  as in the map of its entity, which is what stands in the YAML, but for `^`
    path   in the schema, from the row downwards
    """

    entity: str
    named: Keys
    path: Keys


class Fitting:
    """What a stream asks for: always what our own maps need, and of an admin's additions what Shopify has.

    shared    entities that several types become: only there may a type lack a field
    left_out  additions that a type lacks -> the type
    """

    def __init__(self, kind: str, own: Iterable[FieldMap], wanted: Iterable[FieldMap], shared: set[str]) -> None:
        self._kind = kind
        own, wanted = list(own), list(wanted)
        self._paths = list(dict.fromkeys(path for fields in wanted for _, path in _paths(kind, fields)))
        self.additions = [
            Addition(after.entity.name, named, path)
            for before, after in zip(own, wanted, strict=True)
            for named, path in _paths(kind, after)
            if path not in {known for _, known in _paths(kind, before)}
        ]
        self._shared = shared
        self.left_out: dict[Addition, str] = {}

    def tree(self) -> Tree:
        gone = {addition.path for addition in self.left_out}
        return tree_of_paths(path for path in self._paths if path not in gone)

    def settle(self, ask: Callable[[Tree], object]) -> None:
        """Leave out what Shopify does not have. `ask` sends a tree, and raises what Shopify says of it."""
        while True:
            try:
                ask(self.tree())
            except SourceChanged as error:
                if not self._leave_out(error):
                    raise
            else:
                return

    def has(self, addition: Addition) -> bool:
        """Whether the same field of the same entity is found here."""
        return any(
            (each.entity, each.named) == (addition.entity, addition.named) and each not in self.left_out
            for each in self.additions
        )

    def _leave_out(self, error: SourceChanged) -> bool:
        match = _UNKNOWN.search(error.problem)
        if match is None:
            return False
        found = [
            each
            for each in self.additions
            if each.entity in self._shared and each not in self.left_out and self._is_at(each.path, match)
        ]
        self.left_out.update(dict.fromkeys(found, match["type"]))
        return bool(found)

    def _is_at(self, path: Keys, match: re.Match[str]) -> bool:
        """Whether a step of the path is that field, on that type where the type above it is known."""
        if match["field"] not in path:
            return False
        above = path[: path.index(match["field"])]
        if match["type"] == self._kind:
            return not above
        name = LIST_OF.get(match["type"])
        return above[-2:] == (name, "nodes") if name else bool(above)


def _paths(kind: str, fields: FieldMap) -> Iterator[tuple[Keys, Keys]]:
    """The paths of a map: as it names them, and as the schema does."""
    depth = sum(len(path.keys) for path in fields.plan.lists)
    for keys in source_paths(fields):
        yield from ((keys[depth:] or keys, path) for path in schema_paths(kind, keys))
