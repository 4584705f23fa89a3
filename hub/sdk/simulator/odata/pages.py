"""Pages of rows and of changes, each with the link to the next one."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import quote

from hub.sdk.simulator.base import Simulator
from hub.sdk.simulator.odata.ask import Ask
from hub.sdk.simulator.odata.data import Data
from hub.sdk.simulator.odata.dialect import Dialect
from hub.sdk.simulator.odata.order import first_after, place_of
from hub.sdk.simulator.odata.places import Place, Places, offset_token
from hub.sdk.simulator.odata.query import Query
from hub.sdk.simulator.odata.refusals import ODataRefusal, Reason
from hub.sdk.simulator.odata.results import Gone, Item, Results, Scope, encode
from hub.sdk.simulator.odata.values import Version
from hub.sdk.simulator.odata.writer import Shape, Writer

_DELTA = re.compile(r"(\d+)-(\d+)(?:-(\d+))?")
_PLACE_OPTIONS = {"$skiptoken", "$deltatoken", "$skip", "$top"}


@dataclass(frozen=True)
class Inquiry:
    """A request for rows, understood: `options` are as they came, `query` is what they mean."""

    ask: Ask
    scope: Scope
    query: Query
    shape: Shape
    options: Mapping[str, str]

    @cached_property
    def question(self) -> str:
        """What is asked, wherever in its answer one is."""
        return question_of(self.ask, self.options)

    @cached_property
    def kept(self) -> dict[str, str]:
        """Options that go on into the next link."""
        return {name: value for name, value in self.options.items() if name not in _PLACE_OPTIONS}

    @property
    def tracks(self) -> bool:
        return self.scope.entities.tracked and "track-changes" in self.ask.preferences


@dataclass(frozen=True)
class _Cut:
    """A page: its items, where it stands, and where the next one begins (None: it is the last)."""

    items: Sequence[Item]
    start: int
    following: Place | None
    total: int
    since: int | None


class Pages:
    """The pages of one service. `forget` makes its skip tokens invalid, `expire_deltas` its delta tokens."""

    def __init__(self, simulator: Simulator, dialect: Dialect, data: Data, results: Results, writer: Writer) -> None:
        self._simulator = simulator
        self._dialect = dialect
        self._data = data
        self._results = results
        self._writer = writer
        self._places = Places()
        self._deltas = 0
        self.forget = self._places.forget

    def expire_deltas(self) -> None:
        """Every delta link that was handed out is too old from now on."""
        self._deltas += 1

    def counted(self, scope: Scope, query: Query) -> int:
        """How many rows the filter lets through, as far as the vendor counts."""
        count = len(self._results.rows(scope, query))
        return count if self._dialect.most_counted is None else min(count, self._dialect.most_counted)

    def page(self, inquiry: Inquiry) -> tuple[bytes, dict[str, str]]:
        """The body and the headers of a page."""
        cut = self._cut(inquiry) if inquiry.query.deltatoken is None else self._delta_cut(inquiry)
        fault = inquiry.ask.request.scope.get("hub.fault")
        known = (inquiry.question, cut.start, len(cut.items), cut.since, fault, inquiry.shape)
        rows = self._results.page(known, cut.items, self._shown(inquiry))
        return self._envelope(inquiry, cut, rows), self._applied(inquiry)

    # -- what belongs to a page ------------------------------------------------------------------------------------

    def _rows_of_a_page(self, inquiry: Inquiry, left: int | None) -> int:
        dialect, most = self._dialect, self._simulator.page_rows
        default = dialect.default_rows if inquiry.query.top is None else None
        if not dialect.server_pages:
            size = 2**62
        elif dialect.maxpagesize:
            size = inquiry.ask.page_rows(most, default)
        else:
            size = min(most, default or most)
        return size if left is None else min(size, left)

    def _cut(self, inquiry: Inquiry) -> _Cut:
        query, scope = inquiry.query, inquiry.scope
        found = self._results.rows(scope, query)
        place = self._place(inquiry)
        left = place.remaining if query.skiptoken is not None else query.top
        start = place.index
        if place.after is not None and place.revision != self._data.revision:
            start = first_after(found, place.after, self._results.order(scope.entities, query))
        size = self._rows_of_a_page(inquiry, left)
        rows = self._simulator.window(inquiry.ask.request, found, start, size)
        end = start + size
        remaining = None if left is None else left - size
        following = None
        if end < len(found) and remaining != 0:
            order = self._results.order(scope.entities, query)
            after = None if self._dialect.offset_tokens else place_of(found[end - 1], order)
            following = Place(end, self._data.revision, after, remaining, place.since)
        return _Cut(rows, start, following, len(found), place.since)

    def _place(self, inquiry: Inquiry) -> Place:
        if inquiry.query.skiptoken is not None:
            offsets = self._dialect.offset_tokens
            return self._places.place(inquiry.question, inquiry.query.skiptoken, offsets=offsets)
        since = len(self._data.table(inquiry.scope.entities).log) if inquiry.tracks else None
        return Place(inquiry.query.skip, since=since)

    def _delta_cut(self, inquiry: Inquiry) -> _Cut:
        query, scope = inquiry.query, inquiry.scope
        first, until = self._window_of(inquiry)
        items = self._changes(scope, first, until)
        start = 0
        if query.skiptoken is not None:
            start = self._places.place(inquiry.question, query.skiptoken, offsets=False).index
        size = self._rows_of_a_page(inquiry, None)
        following = Place(start + size) if start + size < len(items) else None
        return _Cut(items[start : start + size], start, following, len(items), until)

    def _window_of(self, inquiry: Inquiry) -> tuple[int, int]:
        """The part of the log that a delta link is about; its later pages end where the first one did."""
        match = _DELTA.fullmatch(inquiry.query.deltatoken or "")
        end = len(self._data.table(inquiry.scope.entities).log)
        if match is None or not int(match[2]) <= int(match[3] or end) <= end:
            raise ODataRefusal(Reason.BAD_TOKEN, "The delta token is not valid.")
        if int(match[1]) != self._deltas:
            raise ODataRefusal(Reason.EXPIRED, "The delta token has expired. Please perform a full sync.")
        return int(match[2]), int(match[3] or end)

    def _changes(self, scope: Scope, first: int, until: int) -> list[Item]:
        latest: dict[tuple[Any, ...], Item] = {}
        for row, gone in self._data.table(scope.entities).log[first:until]:
            key = scope.entities.key_of(row)
            latest.pop(key, None)
            latest[key] = Gone(row) if gone else row
        return list(latest.values())

    def _shown(self, inquiry: Inquiry) -> Callable[[Item], dict[str, Any]]:
        entities = inquiry.scope.entities
        rows = self._writer.compiled(entities, inquiry.query, inquiry.shape)
        context = f"{inquiry.ask.root}$metadata#{entities.name}/$deletedEntity"
        newer = self._dialect.removed_4_01

        def shown(item: Item) -> dict[str, Any]:
            if not isinstance(item, Gone):
                return rows(item)
            key = ",".join(str(value) for value in entities.key_of(item.row))
            if newer:
                return {"@removed": {"reason": "deleted"}, "id": key}
            return {"@odata.context": context, "id": key, "reason": "deleted"}

        return shown

    # -- around the rows -------------------------------------------------------------------------------------------

    def _envelope(self, inquiry: Inquiry, cut: _Cut, rows: bytes) -> bytes:
        link = self._next_link(inquiry, cut)
        total = cut.total if self._dialect.most_counted is None else min(cut.total, self._dialect.most_counted)
        if self._dialect.version is Version.V2:
            tail: dict[str, Any] = {"__count": str(total)} if inquiry.query.count else {}
            tail |= {"__next": link} if link else {}
            return b'{"d":{"results":[' + rows + b"]" + _members(tail) + b"}}"
        head: dict[str, Any] = {}
        if not inquiry.shape.bare:
            selected = f"({','.join(inquiry.query.select)})" if inquiry.query.select else ""
            head["@odata.context"] = f"{inquiry.ask.root}$metadata#{'/'.join(inquiry.ask.segments)}{selected}"
        if inquiry.query.count:
            head["@odata.count"] = total
        tail = {"@odata.nextLink": link} if link else {}
        if link is None and cut.since is not None:
            tail = {"@odata.deltaLink": _link(inquiry, {"$deltatoken": f"{self._deltas}-{cut.since}"})}
        return encode(head)[:-1] + (b"," if head else b"") + b'"value":[' + rows + b"]" + _members(tail) + b"}"

    def _next_link(self, inquiry: Inquiry, cut: _Cut) -> str | None:
        place = cut.following
        if place is None:
            return None
        if self._dialect.offset_tokens:
            return _link(inquiry, {"$skiptoken": offset_token(place.index, place.remaining).removeprefix("n")})
        if inquiry.query.deltatoken is None:
            return _link(inquiry, {"$skiptoken": self._places.token(inquiry.question, place)})
        first, until = self._window_of(inquiry)[0], cut.since
        delta = {"$deltatoken": f"{self._deltas}-{first}-{until}"}
        question = question_of(inquiry.ask, inquiry.kept | delta)
        return _link(inquiry, delta | {"$skiptoken": self._places.token(question, place)})

    def _applied(self, inquiry: Inquiry) -> dict[str, str]:
        preferences = inquiry.ask.preferences
        heeded = []
        if self._dialect.maxpagesize and "maxpagesize" in preferences:
            heeded.append(f"odata.maxpagesize={preferences['maxpagesize']}")
        if inquiry.tracks:
            heeded.append("odata.track-changes")
        return {"Preference-Applied": ",".join(heeded)} if heeded else {}


def question_of(ask: Ask, options: Mapping[str, str]) -> str:
    """What is asked, wherever in its answer one is."""
    asked = sorted((name, value) for name, value in options.items() if name not in {"$skiptoken", "$skip", "$top"})
    return f"{'/'.join(ask.segments)}?{asked}"


def _members(tail: Mapping[str, Any]) -> bytes:
    return b"," + encode(tail)[1:-1] if tail else b""


def _link(inquiry: Inquiry, place: Mapping[str, str]) -> str:
    options = {**inquiry.kept, **place}
    text = "&".join(f"{quote(name, safe='$')}={quote(value, safe='')}" for name, value in options.items())
    return f"{inquiry.ask.root}{'/'.join(inquiry.ask.segments)}?{text}"
