"""A second OData server, on purpose unlike the hub's simulators: it varies all that the protocol leaves to the server.

It borrows a simulator's rows and the list of their properties, and nothing else: metadata, envelopes, values, filters,
pages, links and errors are made here. Answers stand in no relation to what our client finds convenient.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from typing import Any
from urllib.parse import quote, unquote
from xml.sax.saxutils import escape

from support.strange_edmx import edmx
from support.strange_terms import Row, Test, Wrong, condition, literal, ordered

from hub.sdk.simulator.odata import EntitySet, Navigation

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
Rows = Callable[[EntitySet], Iterable[Row]]


@dataclass(frozen=True)
class Whims:
    """What a server may choose.

    page       rows that it sends at most, whatever `$top` says;  links  absolute, rooted, or relative to the service
    bare       version 2 in the manner of version 1: lists without `results`, and no server's pages
    missing    what is null is left out;  texts  decimals come as texts in version 4
    offset     minutes that moments carry;  every  `$select` is passed over, so that all properties come
    cut        rows of an expanded list, then a link to the rest;  short  annotations without `odata.` (4.01)
    refuses    of: $count, $inlinecount, $batch, $expand, moments ($filter by a moment)
    errors     json, xml or html;  verbose  only `application/json;odata=verbose` is acceptable
    """

    page: int = 1000
    links: str = "absolute"
    bare: bool = False
    missing: bool = False
    texts: bool = False
    offset: int | None = None
    every: bool = False
    cut: int | None = None
    short: bool = False
    refuses: frozenset[str] = frozenset()
    errors: str = "json"
    verbose: bool = False
    about: bool = True


@dataclass(frozen=True)
class Asked:
    """A request below the root of a service."""

    path: str
    query: str
    headers: Mapping[str, str]
    here: str
    """Address of the service's root, with a slash at its end."""


@dataclass(frozen=True)
class Told:
    status: int
    kind: str
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


class Refused(Exception):
    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


@dataclass
class StrangeService:
    """One service, of version 2 or 4."""

    version: int
    sets: Mapping[str, EntitySet]
    rows: Rows
    whims: Whims = Whims()
    _indexes: dict[Any, dict[Any, list[Row]]] = field(default_factory=dict)

    def answer(self, asked: Asked) -> Told:
        try:
            return self._answer(asked)
        except (Refused, Wrong, KeyError) as error:
            status = error.status if isinstance(error, Refused) else 400
            return self._error(status, str(error) or type(error).__name__)

    def _answer(self, asked: Asked) -> Told:
        steps = [step for step in asked.path.split("/") if step]
        if steps == ["$metadata"]:
            return Told(200, "application/xml", edmx(self.version, self.sets.values()).encode())
        if not steps:
            return Told(200, "application/json", b"{}")
        if steps == ["$batch"]:
            raise Refused(501, "There are no batches here.")
        accept = asked.headers.get("accept", "")
        if self.whims.verbose and "odata=verbose" not in accept and steps[-1] != "$count":
            raise Refused(406, "Unacceptable: application/json;odata=verbose is what there is.")
        options = {name: unquote(text) for name, _, text in (part.partition("=") for part in asked.query.split("&"))}
        token = options.get("$skiptoken")
        if token is not None:
            options = json.loads(base64.urlsafe_b64decode(token))
        found, rows = self._resolve([step for step in steps if step != "$count"])
        wanted = self._filtered(rows, options.get("$filter", ""))
        if steps[-1] == "$count":
            if "$count" in self.whims.refuses:
                raise Refused(404, "Resource not found for the segment '$count'.")
            return Told(200, "text/plain", str(len(wanted)).encode())
        return Told(200, self._kind, json.dumps(self._page(asked, found, wanted, options)).encode())

    @property
    def _kind(self) -> str:
        return "application/json;odata=verbose;charset=utf-8" if self.version == 2 else "application/json"

    # -- which rows ----------------------------------------------------------------------------------------------------

    def _resolve(self, steps: list[str]) -> tuple[EntitySet, list[Row]]:
        name, key = _parted(unquote(steps[0]))
        if name not in self.sets:
            raise Refused(404, f"Resource not found for the segment '{name}'.")
        found = self.sets[name]
        rows = [row for row in self.rows(found) if key is None or _has(row, found, key)]
        for step in steps[1:]:
            name, key = _parted(unquote(step))
            navigation = found.navigation[name]
            found, rows = self._target(navigation), [r for row in rows for r in self._related(row, navigation)]
            rows = [row for row in rows if key is None or _has(row, found, key)]
        return found, rows

    def _target(self, navigation: Navigation) -> EntitySet:
        return self.sets[navigation.target]

    def _related(self, row: Row, navigation: Navigation) -> list[Row]:
        values = tuple(_get(row, own) for own, _ in navigation.join)
        theirs = tuple(name for _, name in navigation.join)
        index = self._indexes.get((navigation.target, theirs))
        if index is None:
            index = self._indexes[navigation.target, theirs] = {}
            for other in self.rows(self._target(navigation)):
                index.setdefault(tuple(_get(other, name) for name in theirs), []).append(other)
        return [] if None in values else index.get(values, [])

    def _filtered(self, rows: list[Row], text: str) -> list[Row]:
        if not text:
            return rows
        if "moments" in self.whims.refuses and re.search(r"datetimeoffset'|T\d\d:\d\d:\d\d", text):
            raise Refused(400, "A property of the filter is not filterable.")
        test: Test = condition(text)
        return [row for row in rows if test(row)]

    # -- a page --------------------------------------------------------------------------------------------------------

    def _page(self, asked: Asked, found: EntitySet, rows: list[Row], options: Mapping[str, Any]) -> Any:
        start = int(options.get("$skip", 0))
        left = min(len(rows) - start, int(options.get("$top", len(rows))))
        size = left if self.whims.bare else min(left, self.whims.page)
        chosen = ordered(rows, options.get("$orderby", ""))[start : start + size]
        tree = self._tree(options)
        if tree["expand"] and "$expand" in self.whims.refuses:
            raise Refused(501, "$expand is not implemented.")
        shown = [self._shown(asked, found, row, tree) for row in chosen]
        link = None
        if size < left:
            more = {**options, "$skip": str(start + size)} | ({"$top": str(left - size)} if "$top" in options else {})
            token = base64.urlsafe_b64encode(json.dumps(more).encode()).decode()
            link = self._link(asked, f"{asked.path}?$skiptoken={quote(token)}")
        return self._envelope(shown, len(rows), link, options)

    def _link(self, asked: Asked, below: str) -> str:
        if self.whims.links == "relative":  # to the address that was asked for
            return "../" * asked.path.count("/") + below
        address = asked.here + below
        return address if self.whims.links == "absolute" else "/" + address.partition("://")[2].partition("/")[2]

    def _envelope(self, rows: list[Any], count: int, link: str | None, options: Mapping[str, Any]) -> Any:
        whims = self.whims
        if self.version == 2:
            if whims.bare:
                return {"d": rows}
            inline = options.get("$inlinecount") == "allpages"
            if inline and "$inlinecount" in whims.refuses:
                raise Refused(400, "$inlinecount is not supported.")
            return {"d": {**({"__next": link} if link else {}), **({"__count": str(count)} if inline else {}),
                          "results": rows}}  # fmt: skip
        mark = "@" if whims.short else "@odata."
        counted = {f"{mark}count": count} if options.get("$count") == "true" else {}
        return {"value": rows, **counted, **({f"{mark}nextLink": link} if link else {})}

    # -- a row ---------------------------------------------------------------------------------------------------------

    def _tree(self, options: Mapping[str, Any]) -> dict[str, Any]:
        """What to select and expand, as a tree: {"select": names or None, "expand": {name: tree}}."""
        if "tree" in options:
            return dict(options["tree"])
        if self.version == 4:
            return _nested(options.get("$select", ""), options.get("$expand", ""))
        tree: dict[str, Any] = {"select": None, "expand": {}}
        for path in filter(None, options.get("$expand", "").split(",")):
            at = tree
            for step in path.strip().split("/"):
                at = at["expand"].setdefault(step, {"select": None, "expand": {}})
        for path in filter(None, options.get("$select", "").split(",")):
            at = tree
            *way, last = path.strip().split("/")
            for step in way:
                at = at["expand"][step]
            if last not in at["expand"]:
                at["select"] = [*(at["select"] or ()), last]
        return tree

    def _shown(self, asked: Asked, found: EntitySet, row: Row, tree: Mapping[str, Any]) -> dict[str, Any]:
        unknown = set(tree["select"] or ()) - found.by_name.keys()
        if unknown:
            raise Refused(400, f"There is no property {sorted(unknown)[0]} of {found.name}.")
        names = [n for n in found.by_name if self.whims.every or not tree["select"] or n in tree["select"]]
        shown: dict[str, Any] = {"YY1_Unheard": "of", "YY1_Nest": {"of": [1, {"things": None}]}}
        for name in reversed(names):
            value = self._written(found.by_name[name].type, _get(row, name))
            if value is not None or not self.whims.missing:
                shown[name] = value
            if "odata.include-annotations" in asked.headers.get("prefer", ""):
                notes = {note: make(row) for note, make in found.by_name[name].annotations.items()}
                shown |= {f"{name}@{note}": told for note, told in notes.items() if told is not None}
        for name, inner in tree["expand"].items():
            shown |= self._expanded(asked, found, row, name, inner)
        if self.version == 2 and self.whims.about:
            shown["__metadata"] = {"uri": f"{asked.here}{found.name}('?')", "type": f"Strange.{found.name}"}
            deferred = [n for n in found.navigation if n not in tree["expand"]]
            shown |= {name: {"__deferred": {"uri": f"{asked.here}{found.name}('?')/{name}"}} for name in deferred}
        elif self.whims.about:
            mark = "@" if self.whims.short else "@odata."
            shown |= {f"{mark}etag": 'W/"1"', f"{mark}id": f"{found.name}('?')", f"{mark}type": f"#Self.{found.name}"}
        return shown

    def _expanded(self, asked: Asked, found: EntitySet, row: Row, name: str, tree: Mapping[str, Any]) -> dict[str, Any]:
        navigation = found.navigation[name]
        target = self._target(navigation)
        in_order = ordered(self._related(row, navigation), ",".join(each.name for each in target.key))
        rows = [self._shown(asked, target, other, tree) for other in in_order]
        if not navigation.many:
            return {name: rows[0] if rows else None}
        cut = self.whims.cut
        if cut is None or len(rows) <= cut or self.whims.bare:
            return {name: {"results": rows} if self.version == 2 and not self.whims.bare else rows}
        link = self._rest(asked, found, row, name, tree, cut)
        if self.version == 2:
            return {name: {"results": rows[:cut], "__next": link}}
        return {name: rows[:cut], f"{name}{'@' if self.whims.short else '@odata.'}nextLink": link}

    def _rest(self, asked: Asked, found: EntitySet, row: Row, name: str, tree: Mapping[str, Any], cut: int) -> str:
        """The rest of a list, at its own address."""
        keys = ",".join(f"{each.name}={_key(_get(row, each.name), each.type)}" for each in found.key)
        key = keys if len(found.key) > 1 else keys.partition("=")[2]
        target = self._target(found.navigation[name])
        options = {"$skip": str(cut), "$orderby": ",".join(each.name for each in target.key), "tree": tree}
        token = base64.urlsafe_b64encode(json.dumps(options).encode()).decode()
        return self._link(asked, f"{quote(f'{found.name}({key})')}/{name}?$skiptoken={quote(token)}")

    def _written(self, kind: str, value: Any) -> Any:
        if value is None or isinstance(value, bool):
            return value
        return (_old if self.version == 2 else _new)(kind, value, self.whims)

    # -- errors --------------------------------------------------------------------------------------------------------

    def _error(self, status: int, message: str) -> Told:
        if self.whims.errors == "html":
            return Told(status, "text/html", f"<html><body><h1>{status}</h1>{escape(message)}</body></html>".encode())
        if self.whims.errors == "xml":
            body = f'<?xml version="1.0"?><m:error xmlns:m="urn:any"><m:code>X/1</m:code><m:message xml:lang="en">{escape(message)}</m:message></m:error>'  # noqa: E501
            return Told(status, "application/xml", body.encode())
        text: Any = {"lang": "en", "value": message} if self.version == 2 else message
        return Told(status, "application/json", json.dumps({"error": {"code": "X/1", "message": text}}).encode())


def _get(row: Row, name: str) -> Any:
    """Rows may fill in what they leave out (`__missing__`)."""
    try:
        return row[name]
    except KeyError:
        return None


def _parted(step: str) -> tuple[str, str | None]:
    name, paren, rest = step.partition("(")
    return name, rest[:-1] if paren else None


def _has(row: Row, found: EntitySet, key: str) -> bool:
    pairs = re.findall(r"(?:(\w+)=)?('(?:[^']|'')*'|[\w-]+'[^']*'|[^,']+)", key)
    names = [each.name for each in found.key]
    for place, (name, text) in enumerate(pairs):
        kind = "text" if text.startswith("'") else "guid" if text.count("-") == 4 else "number"
        value = literal("typed", text) if re.match(r"[a-z]+'", text) else literal(kind, text)
        if str(_get(row, name or names[place])).lower() != str(value).lower():
            return False
    return True


def _key(value: Any, kind: str) -> str:
    return f"'{value}'" if kind == "String" else str(value)


def _nested(select: str, expand: str) -> dict[str, Any]:
    tree: dict[str, Any] = {"select": [n.strip() for n in select.split(",")] if select else None, "expand": {}}
    for part in _split(expand, ","):
        name, _, inner = part.strip().partition("(")
        options = dict(each.partition("=")[::2] for each in _split(inner[:-1], ";"))
        tree["expand"][name] = _nested(options.get("$select", ""), options.get("$expand", ""))
    return tree


def _split(text: str, sign: str) -> list[str]:
    parts, depth = [""], 0
    for letter in text:
        depth += {"(": 1, ")": -1}.get(letter, 0)
        if letter == sign and not depth:
            parts.append("")
        else:
            parts[-1] += letter
    return [part for part in parts if part]


def _old(kind: str, value: Any, whims: Whims) -> Any:
    """Version 2: dates since 1970, numbers as texts, times as durations without their empty parts."""
    if kind in {"DateTime", "DateTimeOffset"}:
        moment = value if isinstance(value, datetime) else datetime(value.year, value.month, value.day)
        whole = (moment.replace(tzinfo=moment.tzinfo or UTC) - _EPOCH) // timedelta(milliseconds=1)
        offset = f"{whims.offset:+05d}" if whims.offset is not None and kind == "DateTimeOffset" else ""
        return f"/Date({whole}{offset})/"
    if isinstance(value, time):
        parts = [f"{n}{unit}" for n, unit in ((value.hour, "H"), (value.minute, "M"), (value.second, "S")) if n]
        return f"PT{''.join(parts) or '0S'}"
    if kind in {"Decimal", "Int64"}:
        return format(Decimal(value), "f")
    return value.upper() if kind == "Guid" else float(value) if isinstance(value, Decimal) else value


class _Digits(float):
    """A number that is written digit by digit."""

    def __new__(cls, value: Decimal) -> _Digits:
        made = super().__new__(cls, value)
        made.text = format(value, "f")
        return made

    def __repr__(self) -> str:
        return self.text


def _new(kind: str, value: Any, whims: Whims) -> Any:
    """Version 4: ISO 8601 with seven digits and any offset, numbers as such or as texts."""
    if kind == "DateTimeOffset":
        moment = value.astimezone(timezone(timedelta(minutes=whims.offset or 0)))
        text = f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond:06d}0"
        return text + (f"{moment:%z}"[:3] + ":" + f"{moment:%z}"[3:] if whims.offset else "Z")
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, Decimal):
        return format(value, "f") if whims.texts and kind == "Decimal" else _Digits(value)
    if kind == "Int64" and whims.texts:
        return str(value)
    return value.upper() if kind == "Guid" else value
