"""What a service offers: entity sets with typed properties, and how one leads to another.

EntitySet("salesOrders", "salesOrder", properties('''
    id          Guid key
    number      String(20)
    orderDate   Date
    total       Decimal(18,2)
    status      Enum(Draft,Open)
'''), table="orders", navigations=(Navigation("salesOrderLines", "salesOrderLines", (("id", "documentId"),)),))
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from hub.sdk.simulator.odata.refusals import ODataRefusal, Reason
from hub.sdk.simulator.table import SimRow

_LINE = re.compile(r"(?P<name>\w+)\s+(?P<type>\w+)(?:\((?P<facets>[^)]*)\))?(?P<flags>(?:\s+\w+)*)\s*")
_FLAGS = {"key", "required", "nofilter"}


@dataclass(frozen=True)
class Property:
    """A column. `type` has no `Edm.` before it; rows hold Python's own values (see `values`).

    members      the words of an Enum, as they are sent
    filterable   False: `$filter` and `$orderby` refuse it
    attributes   further attributes in `$metadata`, such as `sap:unit`
    annotations  what can be asked for beside the value: name -> value of a row
    """

    name: str
    type: str = "String"
    key: bool = False
    nullable: bool = True
    max_length: int | None = None
    precision: int | None = None
    scale: int | None = None
    members: tuple[str, ...] = ()
    filterable: bool = True
    attributes: Mapping[str, str] = field(default_factory=dict)
    annotations: Mapping[str, Callable[[SimRow], Any]] = field(default_factory=dict)


@dataclass(frozen=True)
class Navigation:
    """The way to the rows of another set, whose fields (second) equal ours (first).

    The fields joined need not be properties: a row may hold more than it shows.
    """

    name: str
    target: str
    join: tuple[tuple[str, str], ...]
    many: bool = True


@dataclass(frozen=True, eq=False)
class EntitySet:
    """Rows of one type under one address. One is itself only, so that what is made from it can be kept.

    table      name of the simulator's table that holds the rows
    top_level  False: it is reached by navigation only
    tracked    change tracking can be asked for (V4)
    order      fields by which rows come where nothing is asked; the key without
    blank      what fields hold that a row leaves out, so that many rows take little memory; null without
    """

    name: str
    type: str
    properties: tuple[Property, ...]
    table: str
    navigations: tuple[Navigation, ...] = ()
    top_level: bool = True
    tracked: bool = False
    order: tuple[str, ...] = ()
    where: Callable[[SimRow], bool] | None = None
    blank: Mapping[str, Any] = field(default_factory=dict)

    @cached_property
    def by_name(self) -> dict[str, Property]:
        return {each.name: each for each in self.properties}

    @cached_property
    def navigation(self) -> dict[str, Navigation]:
        return {each.name: each for each in self.navigations}

    @cached_property
    def key(self) -> tuple[Property, ...]:
        return tuple(each for each in self.properties if each.key)

    def property(self, name: str) -> Property:
        """ODataRefusal where the type has none of that name."""
        found = self.by_name.get(name)
        if found is None:
            raise ODataRefusal(
                Reason.UNKNOWN_PROPERTY, f"Could not find a property named '{name}' on type '{self.type}'."
            )
        return found

    def key_of(self, row: SimRow) -> tuple[Any, ...]:
        return tuple(row[each.name] for each in self.key)


def properties(text: str, **more: Mapping[str, Any]) -> tuple[Property, ...]:
    """One property a line: name, type with facets, and the flags `key`, `required` (not nullable) or `nofilter`.

    more   further arguments of a `Property`, by its name
    """
    return tuple(_property(line.strip(), more) for line in text.splitlines() if line.strip())


def _property(line: str, more: Mapping[str, Mapping[str, Any]]) -> Property:
    match = _LINE.fullmatch(line)
    flags = set(match["flags"].split()) if match else set()
    if match is None or flags - _FLAGS:
        raise ValueError(f"not a property: {line!r}")
    facets = [part.strip() for part in (match["facets"] or "").split(",") if part.strip()]
    found: dict[str, Any] = {"key": "key" in flags, "nullable": not flags & {"key", "required"}}
    if "nofilter" in flags:
        found["filterable"] = False
    if match["type"] == "Enum":
        found["members"] = tuple(facets)
    elif match["type"] == "Decimal" and facets:
        found |= {"precision": int(facets[0]), "scale": int(facets[1]) if len(facets) > 1 else 0}
    elif match["type"] == "String" and facets:
        found["max_length"] = int(facets[0])
    elif facets:
        found["precision"] = int(facets[0])
    return Property(match["name"], match["type"], **found | dict(more.get(match["name"], {})))
