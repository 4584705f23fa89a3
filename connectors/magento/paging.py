"""Walks through Magento's collections that lose no row and never end twice on the last page.

A page after the last one is the last page again, and a row that changes shifts all pages after it. So none of these
walks counts pages: each asks for rows *beyond* the last one it has seen, always for page 1.

    by_id      everything, in windows of numbers that are asked for several at a time
    by_stamp   what has changed, oldest change first; rows of one and the same second by their number
    by_code    everything of a collection whose key is a text
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from connectors.magento.api import Found, MagentoApi
from connectors.magento.criteria import Filter, Search, number_of, read_moment, written
from hub.sdk import SourceChanged
from hub.sdk.http.flight import flight

Row = dict[str, Any]
Place = dict[str, Any]

_SECOND = timedelta(seconds=1)
_DENSE = 0.9
_FILL = 0.75
"""Share of a page that a window of numbers is meant to fill where numbers are missing: a window that overflows costs
another request."""


@dataclass(frozen=True)
class Chunk:
    """Rows of one or more requests, and the place to go on after them. `total`: rows of the whole walk as it began."""

    rows: list[Row]
    place: Place
    total: int | None = None


@dataclass
class ById:
    """All rows. Those that are made meanwhile come with the next run; those that change are read as they are then."""

    api: MagentoApi
    search: Search
    size: int

    def chunks(self, place: Place | None) -> Iterator[Chunk]:
        if place is None:
            found = self.api.search(self.search.ordered(self.search.key), self.size)
            after = _checked(found.rows, self.search.id, 0, None)
            is_all = len(found.rows) >= found.total or not found.rows
            if not is_all:
                _require_progress(after, 0, self.search.id)
            last = after if is_all else highest(self.api, self.search)
            place = {"after": after, "last": last, "width": self._width(found, after, last)}
            yield Chunk(found.rows, place, found.total)
        yield from self._windows(place)

    def _width(self, found: Found, after: int, last: int) -> int:
        """Numbers to a window, by how many of them are missing."""
        rest = found.total - len(found.rows)
        if rest <= 0 or last <= after:
            return found.size
        density = rest / (last - after)
        return found.size if density >= _DENSE else max(found.size, int(found.size * _FILL / density))

    def _windows(self, place: Place) -> Iterator[Chunk]:
        after, last, width = place["after"], place["last"], place["width"]
        if after >= last:
            return
        in_flight = self.api.config.max_in_flight
        with flight(lambda at: self.window(at, min(at + width, last)), in_flight, self.search.path) as windows:
            while after < last:
                windows.ahead(after, width, last - 1, alone=False)
                _, rows = windows.next()
                after = min(after + width, last)
                yield Chunk(rows, {"after": after, "last": last, "width": width})

    def window(self, after: int, last: int) -> list[Row]:
        """The rows whose numbers lie above `after`, up to `last`."""
        rows: list[Row] = []
        while after < last:
            found = self.api.search(self.search.between(after, last), self.size)
            rows += found.rows
            before, after = after, _checked(found.rows, self.search.id, after, last)
            if len(found.rows) >= found.total or not found.rows:
                break
            _require_progress(after, before, self.search.id)
        return rows


def highest(api: MagentoApi, search: Search) -> int:
    """The highest number there is; 0 where there is none."""
    rows = api.search(search.only(search.id).ordered(search.key, descending=True), 1).rows
    return max((number for row in rows if (number := number_of(row.get(search.id)))), default=0)


def _checked(rows: list[Row], key: str, after: int, last: int | None) -> int:
    """The highest number of rows that were asked for in order. SourceChanged where they are not what was asked for."""
    for row in rows:
        number = number_of(row.get(key))
        if number is None:
            continue
        if number <= after or (last is not None and number > last):
            raise SourceChanged(
                f"rows came that were not asked for: {key} {number}, after {after}.",
                fix="The shop does not heed filters or sorting; an extension may change the search. Report it.",
            )
        after = number
    return after


def _require_progress(after: int, before: int, key: str) -> None:
    if after == before:
        raise SourceChanged(f'no row has a number in "{key}".', fix="Check `base_url`; report it if it is right.")


@dataclass
class ByStamp:
    """Rows changed from `since` on, up to `until`. What changes meanwhile moves to the end and is met there."""

    api: MagentoApi
    search: Search
    size: int
    since: str
    until: str
    stamp: str = "updated_at"
    _bound: str = ""
    _seen: set[int] = field(default_factory=set)
    _tied_after: int | None = None
    """Within a second that fills a whole page, rows come by their number."""

    def chunks(self, place: Place | None) -> Iterator[Chunk]:
        is_first, place = place is None, place or {}
        self._bound, self._tied_after = place.get("bound", self.since), place.get("tied_after")
        self._seen = set(place.get("seen", ()))
        while True:
            found = self.api.search(self._asked(), self.size)
            total, is_first = found.total if is_first else None, False
            fresh = [row for row in found.rows if number_of(row.get(self.search.id)) not in self._seen]
            is_last = self._advance(found, fresh)
            yield Chunk(fresh, self._place(), total)
            if is_last:
                return

    def _asked(self) -> Search:
        until = Filter(self.stamp, "lteq", self.until)
        if self._tied_after is None:
            since = Filter(self.stamp, "gteq", self._bound)
            return self.search.where(since, until).ordered(self.stamp, self.search.key)
        tied = (
            Filter(self.stamp, "eq", self._bound),
            Filter(self.search.key, "gt", str(self._tied_after)),
        )
        return self.search.where(*tied).ordered(self.search.key)

    def _advance(self, found: Found, fresh: list[Row]) -> bool:
        """Move the place behind the page. True when nothing comes after it."""
        rows, whole = found.rows, len(found.rows) >= found.total or not found.rows
        self._require_asked_for(rows)
        if self._tied_after is not None:
            if whole:
                self._leave_tie()
            else:
                self._tied_after = _checked(rows, self.search.id, self._tied_after, None)
            return self._bound > self.until
        if whole:
            return True
        end = max((str(row[self.stamp]) for row in rows if read_moment(row.get(self.stamp))), default="")
        if not end:
            raise SourceChanged(f'no row has a time in "{self.stamp}".', fix="Report it to the connector's author.")
        if end == self._bound or not fresh:
            self._bound, self._tied_after = end, self._last_tied(rows, end)
        else:
            self._bound, self._seen = end, self._ids_at(rows, end)
        return False

    def _leave_tie(self) -> None:
        moment = read_moment(self._bound)
        assert moment is not None, "a bound is a time"
        self._bound, self._tied_after, self._seen = written(moment + _SECOND), None, set()

    def _ids_at(self, rows: list[Row], end: str) -> set[int]:
        found = (number_of(row.get(self.search.id)) for row in rows if row.get(self.stamp) == end)
        return {number for number in found if number is not None}

    def _last_tied(self, rows: list[Row], end: str) -> int:
        """All of the second's rows up to here are seen, since they are sorted by number within it."""
        return max(self._ids_at(rows, end), default=0)

    def _require_asked_for(self, rows: list[Row]) -> None:
        bound = read_moment(self._bound)
        for row in rows:
            moment = read_moment(row.get(self.stamp))
            if moment is not None and bound is not None and moment < bound:
                raise SourceChanged(
                    f"rows came that had not changed since {self._bound}.",
                    fix="The shop does not heed filters; an extension may change the search. Report it.",
                )

    def _place(self) -> Place:
        place: Place = {"bound": self._bound, "seen": sorted(self._seen)}
        return place if self._tied_after is None else {**place, "tied_after": self._tied_after}


@dataclass
class ByCode:
    """All rows of a collection without a number: ordered by a text, then by a second one where it repeats."""

    api: MagentoApi
    search: Search
    size: int
    keys: tuple[str, ...]

    def chunks(self, place: Place | None) -> Iterator[Chunk]:
        bound: str | None = place["bound"] if place else None
        seen = {tuple(key) for key in place["seen"]} if place else set()
        page = place["page"] if place else 1
        while True:
            search = self.search.ordered(*self.keys)
            asked = search if bound is None else search.where(Filter(self.keys[0], "gteq", bound))
            found = self.api.search(asked, self.size, page)
            fresh = [row for row in found.rows if self._key(row) not in seen]
            is_last = page * found.size >= found.total or not found.rows
            if not fresh and not is_last:
                raise SourceChanged("a page came that had come before.", fix="Report it to the connector's author.")
            end = str(found.rows[-1].get(self.keys[0])) if found.rows else ""
            page, seen = (page + 1, seen) if end == bound else (1, set())
            seen |= {self._key(row) for row in found.rows}
            total = found.total if bound is None else None
            bound = end
            yield Chunk(fresh, {"bound": bound, "page": page, "seen": sorted(seen)}, total)
            if is_last:
                return

    def _key(self, row: Row) -> tuple[str, ...]:
        return tuple(str(row.get(name)) for name in self.keys)
