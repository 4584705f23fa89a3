"""The query options of a request. What is unknown, doubled or not supported is refused; nothing is passed over."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

from hub.console.odata.errors import ODataError, unsupported, wrong
from hub.console.odata.model import EntitySet, Navigation, entity_sets

KNOWN = ("filter", "select", "orderby", "top", "skip", "count", "expand", "search", "skiptoken", "format")
_NOT_HERE = ("apply", "compute", "deltatoken", "id", "index", "levels", "schemaversion", "crossjoin", "root", "it")
_MOST = 10**12
_NUMBER = re.compile(r"\d{1,18}")
API_KEY = "api_key"
"""The query parameter that carries a key, for programs that can send it no other way."""


@dataclass(frozen=True)
class Order:
    """One term of `$orderby`."""

    name: str
    descending: bool


@dataclass(frozen=True)
class Options:
    """What is wanted of one set, or of one that is expanded. `select` is None where everything is."""

    select: tuple[str, ...] | None = None
    filter: str = ""
    order: tuple[Order, ...] = ()
    top: int | None = None
    skip: int = 0
    count: bool = False
    expand: tuple[Expand, ...] = ()
    search: str = ""
    skiptoken: str = ""
    format: str = ""


@dataclass(frozen=True)
class Expand:
    """A navigation property that is read along."""

    navigation: Navigation
    options: Options

    @property
    def target(self) -> EntitySet:
        return entity_sets()[self.navigation.target]


def given(query: bytes) -> dict[str, str]:
    """The system query options of a query string, by name without `$`. Options of other names are not OData's."""
    found: dict[str, str] = {}
    for part in filter(None, query.split(b"&")):
        raw_name, _, raw_value = part.partition(b"=")
        written = _decoded(raw_name)
        name = written.removeprefix("$").lower()
        if written.startswith("@"):
            raise unsupported("Parameter aliases are not supported; write the value itself.", written[:40])
        if name not in KNOWN:
            if name in _NOT_HERE and (written.startswith("$") or name == "apply"):
                raise unsupported(f"The query option ${name} is not supported.", f"${name}")
            if written.startswith("$"):
                raise wrong(f"There is no query option {written[:40]}.", written[:40])
            continue
        if name in found:
            raise wrong(f"${name} is given twice.", f"${name}")
        found[name] = _decoded(raw_value)
    return found


_BLANK = re.compile(rb"\+(?!(?<=\d\+)\d\d(?::|%3[Aa])\d\d(?!\d))(?!(?<=\d[eE]\+)\d)")
"""A plus that is meant as a blank, as forms write it: not that of an offset (`T10:00:00+02:00`) or exponent (`1e+5`),
which the protocol lets stand as it is."""


def _decoded(raw: bytes) -> str:
    try:
        return unquote_to_bytes(_BLANK.sub(b" ", raw)).decode("utf-8")
    except UnicodeDecodeError:
        raise wrong("The query string is not UTF-8.") from None


def read(of: EntitySet, found: Mapping[str, str]) -> Options:
    """The options of a request for a set. Raises ODataError."""
    return _options(of, found, nested=False)


def _options(of: EntitySet, found: Mapping[str, str], *, nested: bool) -> Options:
    return Options(
        select=_selected(of, found["select"]) if "select" in found else None,
        filter=_required(found, "filter"),
        order=tuple(_orders(of, found["orderby"])) if "orderby" in found else (),
        top=_number(found["top"], "$top") if "top" in found else None,
        skip=_number(found["skip"], "$skip") if "skip" in found else 0,
        count=_is_true(found["count"]) if "count" in found else False,
        expand=() if nested or "expand" not in found else tuple(_expands(of, found["expand"])),
        search=_required(found, "search"),
        skiptoken=_required(found, "skiptoken"),
        format=found.get("format", ""),
    )


def _required(found: Mapping[str, str], name: str) -> str:
    value = found.get(name)
    if value is not None and not value.strip():
        raise wrong(f"${name} is empty.", f"${name}")
    return value or ""


def _number(text: str, option: str) -> int:
    if not _NUMBER.fullmatch(text) or int(text) > _MOST:
        raise wrong(f"{option} takes a whole number from 0 on.", option)
    return int(text)


def _is_true(text: str) -> bool:
    if text not in ("true", "false"):
        raise wrong("$count takes true or false.", "$count")
    return text == "true"


def _selected(of: EntitySet, text: str) -> tuple[str, ...] | None:
    """The selected properties in the set's own order; None for all of them."""
    names = [name.strip() for name in text.split(",")]
    for name in names:
        if name != "*" and name not in of.properties and name not in of.navigations:
            raise _no_property(of, name, "$select")
    if "*" in names:
        return None
    return tuple(name for name in of.properties if name in names)


def _no_property(of: EntitySet, name: str, option: str) -> ODataError:
    if "/" in name:
        return unsupported(f"Paths are not supported in {option}.", option)
    return wrong(f"{of.name} has no property {name[:60]!r}; $metadata lists them.", option)


def _orders(of: EntitySet, text: str) -> Iterator[Order]:
    seen = set()
    for term in split(text, ",", "$orderby"):
        name, _, direction = term.strip().partition(" ")
        direction = direction.strip().lower()
        if "(" in term:
            raise unsupported("$orderby takes properties, not expressions.", "$orderby")
        if direction not in ("", "asc", "desc"):
            raise wrong("$orderby takes properties, each with asc or desc behind it or nothing.", "$orderby")
        if name not in of.properties:
            raise _no_property(of, name, "$orderby")
        if name not in seen:
            seen.add(name)
            yield Order(name, direction == "desc")


_NESTED = ("select", "filter", "orderby", "top", "skip")


def _expands(of: EntitySet, text: str) -> Iterator[Expand]:
    seen = set()
    for item in split(text, ",", "$expand"):
        name, bracket, inner = item.strip().partition("(")
        name = name.strip()
        if "/" in name or name == "*":
            raise unsupported("$expand goes one level deep, by the names of navigation properties.", "$expand")
        if name not in of.navigations:
            raise wrong(f"{of.name} has no navigation property {name[:60]!r}; $metadata lists them.", "$expand")
        if name in seen:
            raise wrong(f"{name} is expanded twice.", "$expand")
        seen.add(name)
        if bracket and not inner.endswith(")"):
            raise wrong("A bracket in $expand is not closed.", "$expand")
        navigation = of.navigations[name]
        found = dict(_nested(inner[:-1])) if bracket else {}
        yield Expand(navigation, _options(entity_sets()[navigation.target], found, nested=True))


def _nested(text: str) -> Iterator[tuple[str, str]]:
    seen = set()
    for part in split(text, ";", "$expand"):
        written, equals, value = part.strip().partition("=")
        name = written.strip().removeprefix("$").lower()
        if not equals or name not in (*KNOWN, *_NOT_HERE):
            raise wrong(f"{part.strip()[:60]!r} is no option of an expanded property.", "$expand")
        if name not in _NESTED:
            raise unsupported(f"${name} is not supported within $expand.", "$expand")
        if name in seen:
            raise wrong(f"${name} is given twice within $expand.", "$expand")
        seen.add(name)
        yield name, value.strip()


def split(text: str, separator: str, option: str) -> Iterator[str]:
    """Parts between separators that stand outside of brackets and quotes."""
    depth, quoted, start = 0, False, 0
    for place, character in enumerate(text):
        if character == "'":
            quoted = not quoted
        elif quoted:
            continue
        elif character == "(":
            depth += 1
        elif character == ")":
            depth -= 1
        elif character == separator and not depth:
            yield text[start:place]
            start = place + 1
    if depth or quoted:
        raise wrong(f"A bracket or a quote in {option} is not closed.", option)
    yield text[start:]
