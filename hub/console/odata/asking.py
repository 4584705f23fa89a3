"""One request, understood: what it asks for, where it stands in a walk through pages, and how it is recognised."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from hub import __version__
from hub.console.odata import paging, writing
from hub.console.odata.address import Place
from hub.console.odata.errors import wrong
from hub.console.odata.filters import limits
from hub.console.odata.model import EntitySet
from hub.console.odata.options import Options, Order
from hub.console.odata.query import Form
from hub.console.odata.reading import Row
from hub.console.odata.syntax import tree

if TYPE_CHECKING:
    from hub.access.principal import Principal


@dataclass(frozen=True)
class Request:
    """One request, understood as far as its headers and its path go."""

    scope: dict[str, Any]
    headers: dict[str, str]
    root: str
    place: Place
    found: dict[str, str]
    principal: Principal

    @property
    def of(self) -> EntitySet:
        assert self.place.of is not None
        return self.place.of


@dataclass(frozen=True)
class Walk:
    """Where a page stands in the walk through all rows.

    mark   the place that it begins behind; None for the first page
    first  the order where the client asks for none
    limit  rows of this page
    left   rows of `$top` from here on; None without one
    """

    question: str
    mark: paging.Mark | None
    first: Sequence[Order]
    limit: int
    left: int | None

    @property
    def asked(self) -> int:
        """One row more than are shown, where there may be a further page."""
        return self.limit + (self.left is None or self.left > self.limit)

    def link(self, mark: Sequence[Any]) -> str:
        """The place behind a row, for the link to the next page."""
        left = None if self.left is None else self.left - self.limit
        return paging.Mark(tuple(mark), self.first[0].name if self.first else "", left).packed(self.question)


def require_only(request: Request, allowed: set[str]) -> None:
    for name in request.found:
        if name not in allowed:
            raise wrong(f"${name} cannot be used here.", f"${name}")


def limited(of: EntitySet, options: Options) -> list[str]:
    """The properties by which the filter limits rows."""
    return [name for name in limits(tree(options.filter)) if name in of.properties] if options.filter else []


def question_of(request: Request) -> str:
    """What a place in a walk through pages belongs to."""
    parts = [request.of.name, str(request.place.key)]
    parts += [f"{name}={request.found.get(name, '')}" for name in ("filter", "orderby", "search")]
    return "\n".join(parts)


def next_link(request: Request, walk: Walk, mark: Sequence[Any]) -> str:
    """The same question from the mark on."""
    kept = {name: value for name, value in request.found.items() if name not in ("skiptoken", "skip", "top", "count")}
    return request.root + _path(request) + "?" + _encoded({**kept, "skiptoken": walk.link(mark)})


def _path(request: Request) -> str:
    place = request.place
    if place.navigation is None or place.owner is None:
        return request.of.name
    return f"{writing.address(place.owner, [literal.value for _, literal in place.key])}/{place.navigation.name}"


def _encoded(options: dict[str, str]) -> str:
    return "&".join(f"${name}={quote(value, safe='')}" for name, value in options.items())


def context_of(request: Request, options: Options) -> str:
    """Where the types of an answer are described."""
    shown = list(options.select or ())
    for each in options.expand:
        inner = ",".join(each.options.select or ())
        shown.append(f"{each.navigation.name}({inner})")
    return f"{request.root}$metadata#{request.of.name}" + (f"({','.join(shown)})" if shown else "")


def tag_of(request: Request, state: Row, form: Form) -> str:
    """What stays the same as long as the answer does."""
    asked = [request.scope["path"], sorted(request.found.items()), request.headers.get("prefer", ""), request.root]
    whole = repr((__version__, state, form, asked, request.place.kind))
    return f'W/"{hashlib.sha256(whole.encode("utf-8", "surrogatepass")).hexdigest()[:24]}"'


def is_known(request: Request, tag: str) -> bool:
    """Whether the client has the answer already; tags are compared weakly, and `*` stands for any answer."""
    known = {each.strip().removeprefix("W/") for each in request.headers.get("if-none-match", "").split(",")}
    return "*" in known or tag.removeprefix("W/") in known
