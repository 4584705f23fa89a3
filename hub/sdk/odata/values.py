"""Rows as the wire has them -> rows as the hub's converters want them, by the types that the metadata gives.

What changes:

    Edm.DateTime        /Date(1492041600000)/       2017-04-13T00:00:00   no zone: the map's `timezone` decides
    Edm.DateTimeOffset  /Date(1492041600000+0120)/  2017-04-13T00:00:00Z  already UTC, the offset is for show
    Edm.Time            PT12H34M56S                 12:34:56
    Edm.Guid            in any case                 lower case
    Edm.Decimal, Int64  "12.50" in version 4        12.50, exact      servers choose; connectors may compute with them
    expanded            {"results": [...]}          [...]
    not expanded        {"__deferred": ...}         gone, so that "not sent" is not taken for "none"
    about the entity    __metadata, @odata.etag     gone
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from hub.sdk.odata.metadata import Metadata, StructuredType
from hub.sdk.odata.version import Version

Row = dict[str, Any]
_WIRE_MOMENT = re.compile(r"/Date\((-?[0-9]{1,17})(?:[+-][0-9]{1,4})?\)/")
_NUMBER = re.compile(r"[+-]?[0-9]{1,60}(?:\.[0-9]{1,60})?(?:[eE][+-]?[0-9]{1,3})?")
_WIRE_TIME = re.compile(r"PT(?:([0-9]{1,2})H)?(?:([0-9]{1,2})M)?(?:([0-9]{1,2})(\.[0-9]+)?S)?")
_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001  without a zone, as Edm.DateTime is
_REMEMBERED = 20_000
_ABOUT = frozenset({
    "__metadata", "@odata.etag", "@odata.id", "@odata.editLink", "@odata.readLink", "@odata.type", "@odata.context",
    "@etag", "@id", "@type", "odata.etag", "odata.id", "odata.type", "odata.editLink",
})  # fmt: skip
_NEXT_LINKS = ("@odata.nextLink", "@nextLink", "odata.nextLink")
Convert = Callable[[str], Any]


class _Moments(dict[str, str]):
    """`/Date(…)/` -> ISO text with `suffix`. Remembers, since a page has few days; anything else stays as it is."""

    def __init__(self, suffix: str) -> None:
        super().__init__()
        self._suffix = suffix

    def __missing__(self, value: str) -> str:
        match = _WIRE_MOMENT.fullmatch(value)
        if match is None:
            return value
        try:
            moment = _EPOCH + timedelta(milliseconds=int(match[1]))
        except OverflowError:  # a year that we cannot write; the converter will refuse it and name the field
            return value
        if len(self) >= _REMEMBERED:
            self.clear()
        self[value] = text = moment.isoformat() + self._suffix
        return text


def _clock(value: str) -> str:
    match = _WIRE_TIME.fullmatch(value) if value != "PT" else None
    if match is None:
        return value
    hours, minutes, seconds, fraction = match.groups()
    return f"{int(hours or 0):02}:{int(minutes or 0):02}:{int(seconds or 0):02}{fraction or ''}"


def _lower(value: str) -> str:
    return value.lower()


def _number(value: str) -> Any:
    """An exact number; a text that is none stays, for the converter to refuse."""
    if value.isdecimal():
        return int(value)
    return Decimal(value) if _NUMBER.fullmatch(value) else value


_OLD: Mapping[str, Convert] = {
    "Edm.DateTime": _Moments("").__getitem__,
    "Edm.DateTimeOffset": _Moments("Z").__getitem__,
    "Edm.Time": _clock,
    "Edm.Guid": _lower,
}
_NEW: Mapping[str, Convert] = {"Edm.Guid": _lower, "Edm.Decimal": _number, "Edm.Int64": _number}


@dataclass(frozen=True)
class Rest:
    """An expanded list that came in part: the rest lies behind `link`."""

    row: Row
    name: str
    kind: StructuredType | None
    link: str


class RowReader:
    """Makes the rows of one type ready, in place and a whole page at a time. Without a type (no metadata) only the
    envelope's shapes are known."""

    def __init__(self, version: Version, metadata: Metadata | None = None, kind: StructuredType | None = None) -> None:
        self._version = version
        self._metadata = metadata
        self._kind = kind

    def read(self, rows: list[Row], kind: StructuredType | None = None) -> list[Rest]:
        """Convert all rows. Returns the expanded lists that are not complete yet."""
        rests: list[Rest] = []
        self._level(rows, kind or self._kind, rests)
        return rests

    def _level(self, rows: list[Row], kind: StructuredType | None, rests: list[Rest]) -> None:
        names = set[str]().union(*rows)
        for name in names & _ABOUT:
            for row in rows:
                row.pop(name, None)
        table = _NEW if self._version is Version.V4 else _OLD
        for name in names if kind else ():
            convert = table.get(_plain_type(kind, name))
            if convert is not None:
                _convert(rows, name, convert)
        for name in [each for each in names if "@" not in each and not _plain_type(kind, each)]:
            links = [name + suffix for suffix in _NEXT_LINKS if name + suffix in names]
            self._nested(rows, name, links, kind, rests)

    def _nested(
        self, rows: list[Row], name: str, links: list[str], kind: StructuredType | None, rests: list[Rest]
    ) -> None:
        """What lies in a navigation, a complex property, or a name that the metadata does not know: plain values there
        are passed over quickly. `links` are the names under which some row has the link to the rest of a list."""
        inner = self._metadata.inner(kind, name) if self._metadata and kind else None
        below: list[Row] = []
        for row in rows:
            if not links and not isinstance(row.get(name), dict | list):
                continue
            value, link = self._unwrapped(row, name, links)
            if link:
                rests.append(Rest(row, name, inner, link))
            if isinstance(value, dict):
                below.append(value)
            elif isinstance(value, list):
                below += [each for each in value if isinstance(each, dict)]
        if below:
            self._level(below, inner, rests)

    def _unwrapped(self, row: Row, name: str, links: list[str]) -> tuple[Any, Any]:
        """The value without its envelope, which is taken off the row too, and the link to the rest of a list."""
        value, link = row.get(name), None
        if isinstance(value, dict):
            if "__deferred" in value:
                del row[name]
                return None, None
            if self._version is not Version.V4 and isinstance(value.get("results"), list):
                link = value.get("__next")
                value = row[name] = value["results"]
        for each in links:
            link = row.pop(each, None) or link
        return value, link if isinstance(link, str) else None


def _plain_type(kind: StructuredType | None, name: str) -> str:
    """The Edm type of a property that holds one plain value; "" for everything else."""
    found = kind.properties.get(name) if kind else None
    return found.type if found and not found.many and found.type.startswith("Edm.") else ""


def _convert(rows: list[Row], name: str, convert: Convert) -> None:
    if convert is _lower and _is_lower(rows, name):
        return
    if convert is _number and not isinstance(next((row[name] for row in rows if row.get(name) is not None), None), str):
        return  # a server writes all its numbers in one way
    for row in rows:
        value = row.get(name)
        if isinstance(value, str):
            row[name] = convert(value)


def _is_lower(rows: list[Row], name: str) -> bool:
    """Whether all texts of a column are in lower case, as nearly every server writes GUIDs: found out at once."""
    texts = [value for row in rows if isinstance(value := row.get(name), str)]
    whole = "".join(texts)
    return whole == whole.lower()
