"""What an answer holds beside its rows: the next page, the delta link, the count, and what was removed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hub.errors import SourceChanged
from hub.sdk.http.answer import Answer
from hub.sdk.odata.version import Version

Row = dict[str, Any]
_CHECK = "Check the service's version; report it to the connector's author if it is current."
_REMOVED_MARKS = frozenset({"@removed", "@odata.removed", "@odata.context", "@context"})
_DELTA_KINDS = ("/$deletedEntity", "/$link", "/$deletedLink")


@dataclass(frozen=True)
class Removed:
    """An entity that a delta says is gone. `reason` is `deleted`, or `changed` where it only left the asked-for set.

    id  as the source wrote it: the key alone (Dataverse), or the entity's address
    """

    id: str
    reason: str


@dataclass(frozen=True)
class Envelope:
    """One page. Links are as the source wrote them, relative or full, to be followed byte for byte."""

    rows: list[Row]
    next_link: str | None
    delta_link: str | None
    count: int | None
    removed: tuple[Removed, ...]


def read_envelope(answer: Answer, version: Version) -> Envelope:
    """Take an answer with entities apart. SourceChanged where it has another shape: an empty set still has its list."""
    data = answer.data
    if isinstance(data, Mapping):
        if version is not Version.V4 and "d" in data:
            return _verbose(data["d"])
        if version is not Version.V2 and "value" in data:
            return _light(data)
    place = '"d"' if version is Version.V2 else '"value"'
    raise SourceChanged(f"the answer is no list of OData {version} entities: {place} is missing.", fix=_CHECK)


def _verbose(data: Any) -> Envelope:
    """Version 2: `d.results`; the oldest servers send the list as `d` itself."""
    if isinstance(data, list):
        return Envelope(_rows(data), None, None, None, ())
    if not isinstance(data, Mapping) or "results" not in data:
        raise SourceChanged('"d.results" is missing: one entity came where a list was asked for.', fix=_CHECK)
    return Envelope(
        _rows(data["results"]), _link(data, "__next"), _link(data, "__delta"), _count(data.get("__count")), ()
    )


def _light(data: Mapping[str, Any]) -> Envelope:
    rows, removed = _parted(_rows(data["value"]))
    return Envelope(
        rows,
        _link(data, "@odata.nextLink", "@nextLink", "odata.nextLink"),
        _link(data, "@odata.deltaLink", "@deltaLink", "odata.deltaLink"),
        _count(_first(data, "@odata.count", "@count", "odata.count")),
        removed,
    )


def _parted(rows: list[Row]) -> tuple[list[Row], tuple[Removed, ...]]:
    """The rows that are there, and those that a delta says are gone."""
    if _REMOVED_MARKS.isdisjoint(set[str]().union(*rows)):
        return rows, ()
    marks = [_removed(row) for row in rows]
    live = [row for row, gone in zip(rows, marks, strict=True) if gone is None]
    return live, tuple(gone for gone in marks if gone is not None and gone.id)


def _removed(row: Row) -> Removed | None:
    """A removed entity, as 4.0 and as 4.01 write it; links between entities count as removed things without an id."""
    mark = _first(row, "@removed", "@odata.removed")
    context = row.get("@odata.context") or row.get("@context") or ""
    if mark is None and not (isinstance(context, str) and context.endswith(_DELTA_KINDS)):
        return None
    if isinstance(context, str) and context.endswith(_DELTA_KINDS[1:]):
        return Removed("", "link")
    reason = mark.get("reason") if isinstance(mark, Mapping) else row.get("reason")
    gone = _first(row, "id", "@id", "@odata.id")
    if not isinstance(gone, str | int) or gone == "":
        raise SourceChanged("an entity was removed, and the answer does not say which.", fix=_CHECK)
    return Removed(str(gone), str(reason or "deleted"))


def _rows(value: Any) -> list[Row]:
    if not isinstance(value, list) or not set(map(type, value)) <= {dict}:
        raise SourceChanged("the answer's entities are no list of objects.", fix=_CHECK)
    return value


def _first(data: Mapping[str, Any], *names: str) -> Any:
    return next((data[name] for name in names if data.get(name) is not None), None)


def _link(data: Mapping[str, Any], *names: str) -> str | None:
    link = _first(data, *names)
    if link is not None and not isinstance(link, str):
        raise SourceChanged(f'"{names[0]}" is no address.', fix=_CHECK)
    return link or None


def _count(value: Any) -> int | None:
    """Version 2 writes it as a text."""
    if value is None:
        return None
    if isinstance(value, str) and value.isdecimal():
        return int(value)
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    raise SourceChanged("the count of entities is no count.", fix=_CHECK)
