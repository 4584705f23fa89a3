"""Where a request goes: the feed's own address as clients know it, and the path taken apart."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from ipaddress import ip_address, ip_network
from typing import Any
from urllib.parse import quote, unquote_to_bytes

from hub.console.odata.errors import ODataError, unsupported, wrong
from hub.console.odata.literals import Literal, moment, text
from hub.console.odata.model import EntitySet, Navigation, entity_sets, set_named
from hub.console.odata.options import split
from hub.model.kinds import Kind

_NOT_HERE = ("$batch", "$all", "$entity", "$crossjoin", "$root")
_HOST = re.compile(r"[A-Za-z0-9.-]{1,253}(:\d{1,5})?|\[[0-9A-Fa-f:.]{2,45}\](:\d{1,5})?")
_PREFIX = re.compile(r"(/[A-Za-z0-9._~-]+)*/?")


@dataclass(frozen=True)
class Place:
    """What a path names.

    kind        service, metadata, rows, count, row or value
    of          the set whose rows are asked for
    key         of one row
    navigation  the way from that row, with `owner` as its set
    property    of that row
    """

    kind: str
    of: EntitySet | None = None
    key: tuple[tuple[str, Literal], ...] = ()
    owner: EntitySet | None = None
    navigation: Navigation | None = None
    property: str = ""


def root_of(
    scope: Mapping[str, Any], headers: Mapping[str, str], public_url: str | None, proxies: Sequence[str]
) -> str:
    """The feed's address, with a slash at its end. Forwarded headers count only where a trusted proxy sent them."""
    mounted = str(scope.get("root_path", "")).rstrip("/")
    forwarded = headers if _is_trusted(scope.get("client"), proxies) else {}
    prefix = _first(forwarded.get("x-forwarded-prefix", ""))
    prefix = prefix.rstrip("/") if _PREFIX.fullmatch(prefix) else ""
    if public_url:
        return f"{public_url.rstrip('/')}{prefix}{mounted}/"
    scheme = _first(forwarded.get("x-forwarded-proto", "")).lower()
    host = _first(forwarded.get("x-forwarded-host", ""))
    scheme = scheme if scheme in ("http", "https") else str(scope.get("scheme", "http"))
    host = _with_port(host, forwarded, scheme) if _HOST.fullmatch(host) else headers.get("host", "")
    if not _HOST.fullmatch(host):
        raise wrong("The Host header names no host.")
    return f"{scheme}://{host}{prefix}{mounted}/"


def _with_port(host: str, forwarded: Mapping[str, str], scheme: str) -> str:
    """The host that a proxy tells, with the port that some tell apart from it."""
    port = _first(forwarded.get("x-forwarded-port", ""))
    usual = "443" if scheme == "https" else "80"
    is_named = re.search(r":\d+$", host) is not None
    return f"{host}:{port}" if re.fullmatch(r"\d{1,5}", port) and port != usual and not is_named else host


def _first(header: str) -> str:
    return header.split(",", maxsplit=1)[0].strip()


def _is_trusted(client: tuple[str, int] | None, proxies: Sequence[str]) -> bool:
    """Whether a trusted proxy sent the request. The server has put the client in its place then, with port 0."""
    if client is None or not proxies:
        return False
    if client[1] == 0:
        return True
    try:
        address = ip_address(client[0])
    except ValueError:
        return False
    return any(address in ip_network(each, strict=False) for each in proxies)


def place_of(scope: Mapping[str, Any]) -> Place:
    """What the path names. Raises ODataError."""
    steps = _steps(scope)
    if not steps:
        return Place("service")
    if steps[0] == "$metadata":
        if len(steps) > 1:
            raise _nothing("/".join(steps))
        return Place("metadata")
    if steps[0].partition("(")[0] in _NOT_HERE:
        raise unsupported(f"{steps[0].partition('(')[0]} is not supported.")
    of, key = _set_and_key(steps[0])
    return _further(Place("row" if key else "rows", of, key), steps[1:])


def _steps(scope: Mapping[str, Any]) -> list[str]:
    """The path below the feed, split before it is decoded: a key may hold a slash."""
    raw = (scope.get("raw_path") or quote(str(scope["path"])).encode()).partition(b"?")[0]
    below = raw.removeprefix(quote(str(scope.get("root_path", ""))).encode())
    try:
        return [unquote_to_bytes(step).decode("utf-8") for step in below.split(b"/") if step]
    except UnicodeDecodeError:
        raise wrong("The path is not UTF-8.") from None


def _set_and_key(step: str) -> tuple[EntitySet, tuple[tuple[str, Literal], ...]]:
    name, bracket, inner = step.partition("(")
    of = set_named(name)
    if of is None:
        raise ODataError(404, f"There is no entity set {name[:60]!r}; the service document lists them.")
    if not bracket:
        return of, ()
    if not inner.endswith(")"):
        raise wrong(f"The key of {name} is not closed by a bracket.")
    return of, _key(of, inner[:-1])


def _key(of: EntitySet, inner: str) -> tuple[tuple[str, Literal], ...]:
    shape = f"{of.name}({','.join(f'{name}=…' for name in of.key)})"
    given: dict[str, str] = {}
    for part in split(inner, ",", "the key"):
        name, equals, value = part.strip().partition("=")
        if not equals or name.startswith("'"):
            name, value = (of.key[0], part.strip()) if len(of.key) == 1 else ("", "")
        if name not in of.key or name in given:
            raise wrong(f"{of.name} has the key {', '.join(of.key)}: write {shape}, with texts in single quotes.")
        given[name] = value
    if len(given) != len(of.key):
        raise wrong(f"{of.name} has the key {', '.join(of.key)}: write {shape}, with texts in single quotes.")
    return tuple((name, _key_value(of, name, given[name])) for name in of.key)


def _key_value(of: EntitySet, name: str, written: str) -> Literal:
    kind = of[name].kind
    if kind is Kind.TEXT and re.fullmatch(r"'(?:[^']|'')*'", written):
        return text(written[1:-1].replace("''", "'"))
    if kind is Kind.INTEGER and re.fullmatch(r"-?\d{1,18}", written):
        return Literal(Decimal(written), Kind.INTEGER)
    if kind is Kind.UTC:
        return Literal(moment(written), Kind.UTC)
    what = "a text in single quotes" if kind is Kind.TEXT else "a whole number"
    raise wrong(f"The key property {name} is {what}.")


def _further(place: Place, steps: list[str]) -> Place:
    if not steps:
        return place
    assert place.of is not None
    step, rest = steps[0], steps[1:]
    if place.kind == "rows" and step == "$count" and not rest:
        return Place("count", place.of, owner=place.owner, navigation=place.navigation, key=place.key)
    if step in ("$value", "$ref"):
        raise unsupported(f"{step} is not supported.")
    if place.kind == "row" and place.navigation is None:
        if step in place.of.navigations:
            return _further(_along(place, place.of.navigations[step]), rest)
        if step in place.of.properties:
            return _property(place, step, rest)
    raise _nothing(step)


def _along(place: Place, navigation: Navigation) -> Place:
    target = entity_sets()[navigation.target]
    return Place("rows" if navigation.many else "row", target, place.key, place.of, navigation)


def _property(place: Place, name: str, rest: list[str]) -> Place:
    if rest:
        raise unsupported(f"{rest[0]} is not supported.") if rest == ["$value"] else _nothing(rest[0])
    return Place("value", place.of, place.key, property=name)


def _nothing(what: str) -> ODataError:
    return ODataError(404, f"There is nothing called {what[:60]!r} here.")
