"""One run of one stream: its pages, and after them what the shop does not tell by itself."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from connectors.magento import stock
from connectors.magento.criteria import Filter, number_of, read_moment, written
from connectors.magento.ids import Ids
from connectors.magento.paging import ByCode, ById, ByStamp, Chunk, Row
from connectors.magento.presence import Difference, Presence, numbers_of, rows_of_numbers
from connectors.magento.refusals import NoRoute
from connectors.magento.streams import SOURCES
from hub.sdk import Page, ReadRequest, SourceChanged, latest

if TYPE_CHECKING:
    from connectors.magento.source import MagentoConnector

log = logging.getLogger(__name__)

_REST: dict[str, Any] = {"unknown_until": 0}
"""Place of a run whose pages are read: what comes then is little, and is looked for again after a crash."""
_MOST_IDS = 50_000
"""Characters of seen numbers that are kept with every page."""
_DAY = timedelta(days=1)


class Snapshot:
    """Everything, each time: what Magento gives no time of change for."""

    def __init__(self, connector: MagentoConnector, request: ReadRequest) -> None:
        self.connector, self.request = connector, request
        self.api, self.source = connector.api, SOURCES[request.stream.name]
        self.enricher = connector.enricher(request.stream)

    def pages(self) -> Iterator[Page]:
        """The pages; none, which proves nothing gone, where the shop lacks the module."""
        try:
            yield from self._pages(self.request.resume)
        except NoRoute:
            log.info("%s: the shop has no such module; nothing is read", self.source.path)

    def _pages(self, resume: dict[str, Any] | None) -> Iterator[Page]:
        if self.source.kind != "source_item":
            yield from map(self._page, self._walk().chunks(resume))
        elif resume and "after" in resume:
            yield from map(self._page, stock.legacy(self.api, resume))
        else:
            try:
                yield from self._levels(resume)
            except NoRoute:
                yield from map(self._page, stock.legacy(self.api, None))

    def _walk(self) -> ById | ByCode:
        search = self.connector.search(self.request.stream)
        size = self.connector.page_size(self.source)
        if self.source.kind == "company":
            return ById(self.api, search, size)
        keys = (self.source.key, "source_code") if self.source.kind == "source_item" else (self.source.key,)
        return ByCode(self.api, search, size, keys)

    def _levels(self, resume: dict[str, Any] | None) -> Iterator[Page]:
        numbers: dict[str, int] | None = None
        for chunk in self._walk().chunks(resume):
            numbers = stock.numbers_by_sku(self.api) if numbers is None else numbers
            stock.with_numbers(chunk.rows, numbers)
            yield self._page(chunk)

    def _page(self, chunk: Chunk) -> Page:
        if chunk.total is not None:
            self.connector.told(self.request, chunk.total)
        return Page(self.enricher.ready(chunk.rows), resume=chunk.place, origin=self.source.path)


class Changes:
    """What has changed since the last run, or everything; then what is gone, and what came late."""

    def __init__(self, connector: MagentoConnector, request: ReadRequest) -> None:
        self.connector, self.request = connector, request
        self.api, self.source = connector.api, SOURCES[request.stream.name]
        self.enricher = connector.enricher(request.stream)
        self.size = connector.config.page_size
        self.search = connector.search(request.stream)
        self.start = connector.start(request.stream)
        self.lasting = connector.lasting(request.stream)
        self.seen = Ids()
        self.unknown_until = 0
        """Up to here numbers were seen that are not in `seen`: too many to be kept with every page."""
        self.began: datetime | None = None

    @property
    def _known_before(self) -> str:
        """Numbers known from earlier runs; none where they were known under another `start` or store view."""
        state, view = self.request.state, self.connector.config.store_code
        same = state.get("start") == (self.start.isoformat() if self.start else None)
        return str(state.get("ids", "")) if same and state.get("view", view) == view else ""

    @property
    def _partial(self) -> str:
        """Why a reading of everything may not show all there is: then what it lacks is not taken for gone."""
        view = self.connector.config.store_code
        if view == "all" or self.source.kind not in {"customer", "product"}:
            return ""
        return f"the store view `{view}` may hide {self.source.path.partition('/')[0]} of other websites"

    def pages(self) -> Iterator[Page]:
        place = self._resumed()
        if self.request.resume is None or place:
            for chunk in self._chunks(place):
                if chunk.total is not None:
                    self.connector.told(self.request, chunk.total)
                yield self._page(chunk.rows, chunk.place)
        yield from self._rest()

    def _resumed(self) -> dict[str, Any] | None:
        """Where the pages go on, with what is known of those that came before; None where there is no more of them."""
        place = dict(self.request.resume or {})
        self.seen = Ids(place.pop("ids", ""))
        self.unknown_until = place.pop("unknown_until", 0)
        self.began = read_moment(place.pop("began", None))
        return place or None

    def _chunks(self, place: dict[str, Any] | None) -> Iterator[Chunk]:
        since = self.request.since
        if since is not None:
            changes = ByStamp(self.api, self.search, self.size, written(since), written(self.request.until))
            yield from changes.chunks(place)
            return
        for chunk in ById(self.api, self.search, self.size).chunks(place):
            self.began = self.began or self.api.now()
            yield chunk

    def _page(self, rows: list[Row], place: dict[str, Any], *, has_cursor: bool = True) -> Page:
        """A row that changes after it was read has a later stamp than the moment a reading of everything began: the
        cursor stays before that, by the shop's own clock, and the next run reads the row again."""
        self.seen.update(number for row in rows if (number := number_of(row.get(self.source.id))) is not None)
        cursor = latest(rows, "updated_at", read_moment) if has_cursor else None
        if cursor is not None and self.began is not None:
            cursor = min(cursor, self.began)
        return Page(
            self.enricher.ready(rows), resume=self._place(place), cursor=cursor, partial=self._partial,
            origin=self.source.path,
        )  # fmt: skip

    def _place(self, place: dict[str, Any]) -> dict[str, Any]:
        """With the numbers seen so far: a row that is deleted before a stopped run goes on was known only here."""
        if self.began is not None:
            place = {**place, "began": written(self.began)}
        if not self.source.entities:
            return place or _REST
        ids = str(self.seen)
        if len(ids) > _MOST_IDS:
            return {**place, "unknown_until": self.seen.last}
        return {**place, "ids": ids, "unknown_until": self.unknown_until}

    # -- what the shop does not tell -----------------------------------------------------------------------------------

    def _rest(self) -> Iterator[Page]:
        if self.source.kind == "shipment":
            yield from self._late_tracks()
        if self.source.entities:
            yield from self._compared()

    def _compared(self) -> Iterator[Page]:
        """Rows that are gone, and rows that no page has shown."""
        known = self._known()
        try:
            difference = self._difference(known)
        except SourceChanged as error:
            if not self.request.full:
                raise
            log.warning("%s: %s", self.source.path, error)  # the hub itself judges what a full read lacks
            known, difference = self.seen, Difference()
        if difference.missed:
            log.info("%s: %d rows were not among the changes", self.source.path, len(difference.missed))
        for rows in rows_of_numbers(self.api, self.search, difference.missed, self.size):
            yield self._page(rows, {}, has_cursor=False)
        known.update(difference.missed)
        for number in difference.gone:
            known.discard(number)
        yield self._last_page(difference.gone, known)

    def _known(self) -> Ids:
        known = Ids(self._known_before)
        known.update(self.seen)
        if self.unknown_until:
            known.update(sorted(numbers_of(self.api, self.lasting, 0, self.unknown_until)))
        return known

    def _difference(self, known: Ids) -> Difference:
        presence = Presence(self.api, self.lasting, known, self.connector.config.max_delete_share)
        total = presence.total()
        self.connector.told_whole(self.request.stream, total)
        return Difference() if total == len(known) else presence.difference()

    def _last_page(self, gone: list[int], known: Ids) -> Page:
        keys = [str(number) for number in gone]
        start = self.start.isoformat() if self.start else None
        state = {
            **self.request.state, "ids": str(known), "start": start, "view": self.connector.config.store_code,
        }  # fmt: skip
        return Page(
            [], resume=self._place({}), state=self._with_tracks(state), origin=self.source.path,
            deleted=dict.fromkeys(self.source.entities, keys) if keys else {},
        )  # fmt: skip

    # -- shipments -----------------------------------------------------------------------------------------------------

    def _late_tracks(self) -> Iterator[Page]:
        """A tracking number that is added later does not move the stamp of its shipment."""
        since, days = self.request.since, self.connector.config.late_tracks_days
        if since is None or not days or not self._tracks_are_due:
            return
        late = self.search.where(
            Filter("created_at", "gteq", written(since - timedelta(days=days))),
            Filter("updated_at", "lt", written(since)),
        )
        for chunk in ById(self.api, late, self.size).chunks(None):
            yield self._page(chunk.rows, {}, has_cursor=False)

    @property
    def _tracks_are_due(self) -> bool:
        looked = read_moment(self.request.state.get("tracks_at"))
        return looked is None or self.request.until - looked >= _DAY

    def _with_tracks(self, state: dict[str, Any]) -> dict[str, Any]:
        if self.source.kind == "shipment" and (self._tracks_are_due or self.request.since is None):
            state["tracks_at"] = written(self.request.until)
        return state
