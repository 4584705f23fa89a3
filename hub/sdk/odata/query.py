"""One request for entities: what to select, expand, filter and order, and its address."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import quote

from hub.sdk.odata.filters import Filter, TypeOf
from hub.sdk.odata.literal import literal
from hub.sdk.odata.metadata import Metadata, StructuredType
from hub.sdk.odata.version import Version

_PLAIN = "$(),/:*@!"
"""Stays as it is in a query: harmless, and what an admin reads in a proxy's log."""


@dataclass(frozen=True)
class Expand:
    """A navigation whose entities come within their parents. `select` empty: all of their properties."""

    name: str
    select: tuple[str, ...] = ()
    expand: tuple[Expand, ...] = ()


@dataclass(frozen=True)
class Query:
    """What is asked of one resource path (`A_SalesOrder`, `companies(<id>)/items`).

    orderby  fields, each with ` desc` behind it where meant
    count    ask for the number of all that fit beside the rows
    extra    further options of the service: `sap-client`, `tenant` ...
    """

    path: str
    select: tuple[str, ...] = ()
    filter: Filter | None = None
    expand: tuple[Expand, ...] = ()
    orderby: tuple[str, ...] = ()
    top: int | None = None
    skip: int | None = None
    count: bool = False
    extra: Mapping[str, str] = field(default_factory=dict)

    def with_(self, **changes: Any) -> Query:
        return replace(self, **changes)

    def options(self, version: Version, type_of: TypeOf) -> Iterator[tuple[str, str]]:
        """The query options in order, not encoded."""
        old = version is not Version.V4
        select = (*self.select, *_paths(self.expand)) if old and self.select else self.select
        if select:
            yield "$select", ",".join(select)
        if self.filter is not None:
            yield "$filter", self.filter.text(version, type_of)
        if self.expand:
            yield "$expand", ",".join(_branches(self.expand) if old else map(_nested, self.expand))
        if self.orderby:
            yield "$orderby", ",".join(self.orderby)
        if self.top is not None:
            yield "$top", str(self.top)
        if self.skip:
            yield "$skip", str(self.skip)
        if self.count:
            yield ("$inlinecount", "allpages") if old else ("$count", "true")
        yield from self.extra.items()

    def url(self, version: Version, type_of: TypeOf, *, below: str = "") -> str:
        """Path with its query, percent-encoded. `below` goes between: `/$count`."""
        options = "&".join(f"{name}={encoded(text)}" for name, text in self.options(version, type_of))
        return f"{self.path}{below}" + (f"?{options}" if options else "")


def encoded(text: str) -> str:
    """A value for a query: blanks, quotes, `+`, `&`, `#` and all that is not ASCII become %XX."""
    return quote(text, safe=_PLAIN)


def entity_path(
    entity_set: str, keys: Mapping[str, Any], kind: StructuredType | None = None, version: Version = Version.V4
) -> str:
    """The path of one entity: `A_SalesOrder('1')`, `Stock(Plant='1010',Batch='A%2F1')`, ready for a URL."""
    types = {name: each.type for name, each in kind.properties.items()} if kind else {}
    texts = [(name, quote(literal(value, types.get(name), version), safe="',:")) for name, value in keys.items()]
    inner = texts[0][1] if len(texts) == 1 else ",".join(f"{name}={text}" for name, text in texts)
    return f"{entity_set}({inner})"


def selection(
    metadata: Metadata, path: str, columns: Iterable[Sequence[str]]
) -> tuple[tuple[str, ...], tuple[Expand, ...]]:
    """`$select` and `$expand` for the columns that maps read (`source_paths`): navigations become expands.

    A column that the service does not have is left out: ask `Metadata.missing` which, and tell the admin. Keys are
    always among those selected; list positions (`0`) and what lies within complex properties count for these.
    """
    kind = metadata.type_of(path)
    tree: dict[str, Any] = {}
    for steps in columns:
        branch = tree
        for step in steps:
            branch = branch.setdefault(step, {})
    return _selected(metadata, kind, tree)


def _selected(
    metadata: Metadata, kind: StructuredType, tree: Mapping[str, Any]
) -> tuple[tuple[str, ...], tuple[Expand, ...]]:
    wanted = dict.fromkeys(kind.keys)
    wanted.update(
        dict.fromkeys(
            bare
            for name in tree
            if (bare := name.partition("@")[0]) in kind.properties or (kind.is_open and bare not in kind.navigations)
        )
    )
    expands = []
    for name, branch in tree.items():
        inner = metadata.inner(kind, name) if name in kind.navigations else None
        if inner is not None:
            below = {key: value for step, value in branch.items() for key, value in _without_position(step, value)}
            expands.append(Expand(name, *_selected(metadata, inner, below)))
    return tuple(wanted), tuple(expands)


def _without_position(step: str, branch: Mapping[str, Any]) -> Iterable[tuple[str, Any]]:
    return branch.items() if step.isdecimal() else ((step, branch),)


def _paths(expands: Iterable[Expand], above: str = "") -> Iterator[str]:
    """What version 2 wants among the selected: `to_Item/Material`, or the navigation itself for all of it."""
    for each in expands:
        here = f"{above}{each.name}"
        yield from (f"{here}/{name}" for name in each.select) if each.select else (here,)
        yield from _paths(each.expand, f"{here}/")


def _branches(expands: Iterable[Expand], above: str = "") -> Iterator[str]:
    """Version 2's expand: `to_Item,to_Item/to_ScheduleLine`."""
    for each in expands:
        yield f"{above}{each.name}"
        yield from _branches(each.expand, f"{above}{each.name}/")


def _nested(expand: Expand) -> str:
    """Version 4's expand: `_Item($select=Product;$expand=_ScheduleLine)`."""
    options = [f"$select={','.join(expand.select)}"] if expand.select else []
    options += [f"$expand={','.join(map(_nested, expand.expand))}"] if expand.expand else []
    return f"{expand.name}({';'.join(options)})" if options else expand.name
