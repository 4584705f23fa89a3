"""What a resource of this pod has: attributes differ by release and feature, so it is asked, never assumed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from hub.sdk import SourceChanged


@dataclass(frozen=True)
class Attribute:
    """One attribute as describe tells it."""

    name: str
    type: str = "string"
    queryable: bool = True


@dataclass(frozen=True)
class Shape:
    """A resource, or a child of one. `children` has None for a child that is named but not described.

    is_whole  whether each attribute could be read; where one could not, nobody knows which one it was
    """

    name: str
    attributes: Mapping[str, Attribute]
    children: Mapping[str, Shape | None] = field(default_factory=dict)
    is_whole: bool = True

    def can_filter(self, attribute: str | None) -> bool:
        """Whether `q` may name the attribute."""
        return attribute in self.attributes and self.attributes[str(attribute)].queryable

    def child(self, accessor: str) -> Shape | None:
        return self.children.get(accessor)


def shape_of(answer: Any, resource: str) -> Shape:
    """The description of a resource. SourceChanged where there is none in the answer."""
    resources = answer.get("Resources") if isinstance(answer, Mapping) else None
    described = resources.get(resource) if isinstance(resources, Mapping) else None
    shape = _shape(resource, described)
    if shape is None:
        raise SourceChanged(
            f"the description of {resource} has no attributes.", fix="Report it with the pod's release."
        )
    return shape


def _shape(name: str, described: Any) -> Shape | None:
    attributes = described.get("attributes") if isinstance(described, Mapping) else None
    if not isinstance(attributes, list):
        return None
    known = [_attribute(each) for each in attributes if isinstance(each, Mapping) and isinstance(each.get("name"), str)]
    children = described.get("children")
    inner = children if isinstance(children, Mapping) else {}
    return Shape(
        name,
        {each.name: each for each in known},
        {str(accessor): _whole(_shape(str(accessor), child)) for accessor, child in inner.items()},
        len(known) == len(attributes),
    )


def _whole(child: Shape | None) -> Shape | None:
    """A child that is described in part only is as good as not described: it is believed to have what is wanted."""
    return child if child is not None and child.is_whole else None


def _attribute(entry: Mapping[str, Any]) -> Attribute:
    kind = entry.get("type")
    return Attribute(
        str(entry["name"]), kind if isinstance(kind, str) else "string", entry.get("queryable") is not False
    )
