"""Rows as the wire has them -> rows as the hub's converters want them, by the types that the metadata gives.

Decimals and 64-bit integers are left as they came, text or exact number: the converters take both. What changes:

    Edm.DateTime        /Date(1492041600000)/       2017-04-13T00:00:00   no zone: the map's `timezone` decides
    Edm.DateTimeOffset  /Date(1492041600000+0120)/  2017-04-13T00:00:00Z  already UTC, the offset is for show
    Edm.Time            PT12H34M56S                 12:34:56
    Edm.Guid            in any case                 lower case
    expanded            {"results": [...]}          [...]
    not expanded        {"__deferred": ...}         gone, so that "not sent" is not taken for "none"
    about the entity    __metadata, @odata.etag     gone
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from hub.sdk.odata.metadata import Metadata, StructuredType
from hub.sdk.odata.version import Version

Row = dict[str, Any]
_WIRE_MOMENT = re.compile(r"/Date\((-?[0-9]{1,17})(?:[+-][0-9]{1,4})?\)/")
_WIRE_TIME = re.compile(r"PT(?:([0-9]{1,2})H)?(?:([0-9]{1,2})M)?(?:([0-9]{1,2})(\.[0-9]+)?S)?")
_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001  without a zone, as Edm.DateTime is
_REMEMBERED = 20_000
_ABOUT = ("__metadata", "@odata.etag", "@odata.id", "@odata.editLink", "@odata.readLink", "@odata.type", "odata.etag")
_NEXT_LINKS = ("@odata.nextLink", "@nextLink", "odata.nextLink")
Convert = Callable[[Any], Any]


class _Moments(dict[Any, Any]):
    """`/Date(…)/` -> ISO text with `suffix`. Remembers, since a page has few days; anything else stays as it is."""

    def __init__(self, suffix: str) -> None:
        super().__init__()
        self._suffix = suffix

    def __missing__(self, value: Any) -> Any:
        match = _WIRE_MOMENT.fullmatch(value) if isinstance(value, str) else None
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


def _clock(value: Any) -> Any:
    match = _WIRE_TIME.fullmatch(value) if isinstance(value, str) and value != "PT" else None
    if match is None:
        return value
    hours, minutes, seconds, fraction = match.groups()
    return f"{int(hours or 0):02}:{int(minutes or 0):02}:{int(seconds or 0):02}{fraction or ''}"


def _lower(value: Any) -> Any:
    return value.lower() if isinstance(value, str) else value


_OLD: Mapping[str, Convert] = {
    "Edm.DateTime": _Moments("").__getitem__,
    "Edm.DateTimeOffset": _Moments("Z").__getitem__,
    "Edm.Time": _clock,
    "Edm.Guid": _lower,
}
_NEW: Mapping[str, Convert] = {"Edm.Guid": _lower}


@dataclass(frozen=True)
class Rest:
    """An expanded list that came in part: the rest lies behind `link`."""

    row: Row
    name: str
    kind: StructuredType | None
    link: str


class RowReader:
    """Makes the rows of one type ready, in place. Without a type (no metadata) only the envelope's shapes are known."""

    def __init__(self, version: Version, metadata: Metadata | None = None, kind: StructuredType | None = None) -> None:
        self._version = version
        self._metadata = metadata
        self._converts: dict[str, tuple[tuple[str, Convert], ...]] = {}
        self._kind = kind

    def read(self, rows: Iterable[Row], kind: StructuredType | None = None) -> list[Rest]:
        """Convert all rows. Returns the expanded lists that are not complete yet."""
        rests: list[Rest] = []
        for row in rows:
            self._row(row, kind or self._kind, rests)
        return rests

    def _row(self, row: Row, kind: StructuredType | None, rests: list[Rest]) -> None:
        for name in _ABOUT:
            row.pop(name, None)
        for name, convert in self._converters(kind):
            value = row.get(name)
            if value is not None:
                row[name] = convert(value)
        for name in [name for name, value in row.items() if isinstance(value, dict | list)]:
            self._nested(row, name, kind, rests)

    def _nested(self, row: Row, name: str, kind: StructuredType | None, rests: list[Rest]) -> None:
        value = row[name]
        if isinstance(value, dict):
            if "__deferred" in value:
                del row[name]
                return
            if self._version is not Version.V4 and isinstance(value.get("results"), list):
                self._rest(row, name, kind, value.get("__next"), rests)
                value = row[name] = value["results"]
        for suffix in _NEXT_LINKS:
            self._rest(row, name, kind, row.pop(name + suffix, None), rests)
        inner = self._metadata.inner(kind, name) if self._metadata and kind else None
        for each in value if isinstance(value, list) else (value,):
            if isinstance(each, dict):
                self._row(each, inner, rests)

    def _rest(self, row: Row, name: str, kind: StructuredType | None, link: Any, rests: list[Rest]) -> None:
        if isinstance(link, str) and link:
            inner = self._metadata.inner(kind, name) if self._metadata and kind else None
            rests.append(Rest(row, name, inner, link))

    def _converters(self, kind: StructuredType | None) -> tuple[tuple[str, Convert], ...]:
        if kind is None:
            return ()
        found = self._converts.get(kind.name)
        if found is None:
            found = self._converts[kind.name] = tuple(_converters(kind, self._version))
        return found


def _converters(kind: StructuredType, version: Version) -> Iterator[tuple[str, Convert]]:
    table = _NEW if version is Version.V4 else _OLD
    for name, each in kind.properties.items():
        if each.type in table and not each.many:
            yield name, table[each.type]
