"""The query options of a request, checked against the type they are about."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import unquote_plus

from hub.sdk.simulator.odata.data import Data
from hub.sdk.simulator.odata.grammar import Expression, Path, parse_filter, parse_order, split_outside, syntax_error
from hub.sdk.simulator.odata.model import EntitySet, Navigation
from hub.sdk.simulator.odata.refusals import ODataRefusal, Reason
from hub.sdk.simulator.odata.values import Version

_COMMON = {"$select", "$filter", "$orderby", "$top", "$skip", "$expand", "$skiptoken", "$format"}
_KNOWN = {Version.V2: _COMMON | {"$inlinecount"}, Version.V4: _COMMON | {"$count", "$deltatoken"}}
_ELSEWHERE = {"$apply", "$search", "$compute", "$levels"}
_NESTED = {"$select", "$filter", "$orderby", "$top", "$expand"}


@dataclass(frozen=True)
class Expand:
    """A navigation whose rows come inside their parent."""

    navigation: Navigation
    query: Query


@dataclass(frozen=True)
class Query:
    """What is asked for. `select` None means every property; `links` are navigations that are named in `$select`."""

    select: tuple[str, ...] | None = None
    links: tuple[str, ...] = ()
    filter: Expression | None = None
    order: tuple[tuple[Path, bool], ...] = ()
    expand: tuple[Expand, ...] = ()
    top: int | None = None
    skip: int = 0
    count: bool = False
    skiptoken: str | None = None
    deltatoken: str | None = None
    format: str | None = None


def options_of(query_string: str) -> dict[str, str]:
    """Name to value. ODataRefusal where an option comes twice."""
    found: dict[str, str] = {}
    for part in query_string.split("&") if query_string else ():
        name, _, value = part.partition("=")
        name = unquote_plus(name)
        if name in found:
            raise ODataRefusal(Reason.BAD_OPTION, f"Query option '{name}' was specified more than once.")
        found[name] = unquote_plus(value)
    return found


class QueryReader:
    """Reads options for the sets of one service."""

    def __init__(self, data: Data, version: Version, *, depth: int, skip: bool) -> None:
        self._data = data
        self._version = version
        self._depth = depth
        self._skip = skip

    def read(self, found: EntitySet, options: Mapping[str, str]) -> Query:
        """ODataRefusal for whatever the service does not know."""
        self._require_known(options)
        select, nested = self._selected(found, options.get("$select"))
        return Query(
            select=select,
            links=self._links(found, options.get("$select")),
            filter=parse_filter(options["$filter"]) if "$filter" in options else None,
            order=self._order(found, options.get("$orderby")),
            expand=self._expanded(found, options.get("$expand"), nested),
            top=_whole(options, "$top"),
            skip=_whole(options, "$skip") or 0,
            count=self._counted(options),
            skiptoken=options.get("$skiptoken"),
            deltatoken=options.get("$deltatoken"),
            format=options.get("$format"),
        )

    def _require_known(self, options: Iterable[str]) -> None:
        for name in options:
            if name in _ELSEWHERE or (name == "$skip" and not self._skip):
                raise ODataRefusal(Reason.NOT_IMPLEMENTED, f"The query option '{name}' is not supported.")
            if name.startswith("$") and name not in _KNOWN[self._version]:
                raise ODataRefusal(Reason.BAD_OPTION, f"The query parameter '{name}' is not supported.")

    def _counted(self, options: Mapping[str, str]) -> bool:
        name, yes, no = (
            ("$inlinecount", "allpages", "none") if self._version is Version.V2 else ("$count", "true", "false")
        )
        if options.get(name, no) not in {yes, no}:
            raise ODataRefusal(Reason.BAD_OPTION, f"'{options[name]}' is not a valid value of '{name}'.")
        return options.get(name) == yes

    def _order(self, found: EntitySet, text: str | None) -> tuple[tuple[Path, bool], ...]:
        return tuple(parse_order(text)) if text is not None else ()

    def _selected(self, found: EntitySet, text: str | None) -> tuple[tuple[str, ...] | None, dict[str, list[str]]]:
        """Own properties, and V2's paths into what is expanded."""
        if text is None:
            return None, {}
        own, nested = [], dict[str, list[str]]()
        for name in _names(text, "$select"):
            if name == "*":
                own += [each.name for each in found.properties]
            elif "/" in name and self._version is Version.V2:
                first, _, rest = name.partition("/")
                nested.setdefault(self._data.navigation(found, first).name, []).append(rest)
            elif name not in found.navigation:
                own.append(found.property(name).name)
        return tuple(dict.fromkeys(own)), nested

    def _links(self, found: EntitySet, text: str | None) -> tuple[str, ...]:
        if text is None:
            return tuple(found.navigation)
        return tuple(name for name in _names(text, "$select") if name in found.navigation)

    def _expanded(
        self, found: EntitySet, text: str | None, selected: Mapping[str, list[str]], depth: int = 1
    ) -> tuple[Expand, ...]:
        if text is None:
            if selected:
                raise syntax_error(f"'{next(iter(selected))}' is selected, and not expanded.")
            return ()
        if depth > self._depth:
            raise ODataRefusal(Reason.BAD_OPTION, f"The $expand depth is limited to {self._depth}.")
        if self._version is Version.V2:
            return self._expanded_v2(found, text, selected, depth)
        return tuple(self._expand_item(found, item.strip(), depth) for item in split_outside(text, ","))

    def _expand_item(self, found: EntitySet, item: str, depth: int) -> Expand:
        name, parenthesis, rest = item.partition("(")
        navigation = self._data.navigation(found, name)
        if parenthesis and not rest.endswith(")"):
            raise syntax_error(f"Syntax error in $expand at '{item}'.")
        options: dict[str, str] = {}
        for option in split_outside(rest[:-1], ";") if parenthesis else ():
            key, _, value = option.strip().partition("=")
            if key not in _NESTED or key in options:
                raise ODataRefusal(Reason.BAD_OPTION, f"The query option '{key}' is not supported in $expand.")
            options[key] = value
        target = self._data.target(navigation)
        query = Query(
            select=self._selected(target, options.get("$select"))[0],
            filter=parse_filter(options["$filter"]) if "$filter" in options else None,
            order=self._order(target, options.get("$orderby")),
            expand=self._expanded(target, options.get("$expand"), {}, depth + 1),
            top=_whole(options, "$top"),
        )
        return Expand(navigation, query)

    def _expanded_v2(
        self, found: EntitySet, text: str, selected: Mapping[str, list[str]], depth: int
    ) -> tuple[Expand, ...]:
        below: dict[str, list[str]] = {}
        for path in _names(text, "$expand"):
            first, _, rest = path.partition("/")
            below.setdefault(first, []).extend([rest] if rest else [])
        if selected.keys() - below.keys():
            raise syntax_error(f"'{min(selected.keys() - below.keys())}' is selected, and not expanded.")
        expanded = []
        for name, deeper in below.items():
            navigation = self._data.navigation(found, name)
            target = self._data.target(navigation)
            chosen = ",".join(selected[name]) if name in selected else None
            select, nested = self._selected(target, chosen)
            inner = self._expanded(target, ",".join(deeper) or None, nested, depth + 1)
            expanded.append(Expand(navigation, Query(select, self._links(target, chosen), expand=inner)))
        return tuple(expanded)


def _names(text: str, option: str) -> list[str]:
    names = [name.strip() for name in text.split(",")]
    if not all(names):
        raise syntax_error(f"A name is missing in {option}.")
    return names


def _whole(options: Mapping[str, str], name: str) -> int | None:
    text = options.get(name)
    if text is None:
        return None
    if not (text.isascii() and text.isdecimal()):
        raise ODataRefusal(Reason.BAD_OPTION, f"Invalid value '{text}' for {name}: a number from 0 on was expected.")
    return int(text)
