"""One run of one stream: its pages, and after them what the shop does not tell by itself."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from connectors.magento import stock
from connectors.magento.criteria import Filter, number_of, read_moment, written
from connectors.magento.ids import Ids
from connectors.magento.paging import ByCode, ById, ByStamp, Chunk, Row, highest
from connectors.magento.presence import Presence, numbers_of, require_plausible, rows_of_numbers
from connectors.magento.refusals import NoRoute
from connectors.magento.rows import tombstone
from connectors.magento.streams import SOURCES
from hub.sdk import Page, ReadRequest, SourceChanged, latest

if TYPE_CHECKING:
    from connectors.magento.source import MagentoConnector

log = logging.getLogger(__name__)

_REST = {"at": "rest"}
"""Place of a run whose pages are read: what comes then is little, and is looked for again after a crash."""
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
        self.lasting = (
            self.search.where(Filter("updated_at", "gteq", written(self.start))) if self.start else self.search
        )
        self.seen = Ids()
        self.began: datetime | None = None

    @property
    def is_whole(self) -> bool:
        """Whether all rows that the admin wants are read, and not only changes."""
        return self.request.since is None or self.request.full or not self._known_before

    @property
    def _known_before(self) -> str:
        """Numbers known from earlier runs; none where they were known under another `start`."""
        state = self.request.state
        same = state.get("start") == (self.start.isoformat() if self.start else None)
        return str(state.get("ids", "")) if same else ""

    def pages(self) -> Iterator[Page]:
        resume = self.request.resume
        if resume != _REST:
            for chunk in self._chunks(resume):
                if chunk.total is not None:
                    self.connector.told(self.request, chunk.total)
                yield self._page(chunk.rows, chunk.place)
        yield from self._rest()

    def _chunks(self, resume: dict[str, Any] | None) -> Iterator[Chunk]:
        since = self.request.since
        if since is None:
            yield from self._all(resume)
        else:
            walk = ByStamp(self.api, self.search, self.size, written(since), written(self.request.until))
            yield from walk.chunks(resume)

    def _all(self, resume: dict[str, Any] | None) -> Iterator[Chunk]:
        """A row that changes after it was read has a later stamp than the moment this began: the cursor stays before
        that, by the shop's own clock, and the next run reads it again."""
        self.began = read_moment((resume or {}).get("began"))
        place = {name: value for name, value in resume.items() if name != "began"} if resume else None
        for chunk in ById(self.api, self.search, self.size).chunks(place):
            self.began = self.began or self.api.now()
            yield Chunk(chunk.rows, {**chunk.place, "began": written(self.began)}, chunk.total)

    def _page(self, rows: list[Row], place: dict[str, Any], *, has_cursor: bool = True) -> Page:
        self.seen.update(number for row in rows if (number := number_of(row.get(self.source.id))) is not None)
        cursor = latest(rows, "updated_at", read_moment) if has_cursor else None
        if cursor is not None and self.began is not None:
            cursor = min(cursor, self.began.replace(tzinfo=UTC))
        return Page(self.enricher.ready(rows), resume=place, cursor=cursor, origin=self.source.path)

    # -- what the shop does not tell -----------------------------------------------------------------------------------

    def _rest(self) -> Iterator[Page]:
        if self.source.kind == "shipment":
            yield from self._late_tracks()
        if not self.source.entities:
            return
        if self.is_whole:
            yield from self._after_everything()
        else:
            yield from self._after_changes()

    def _after_everything(self) -> Iterator[Page]:
        """What was known and is not there any more is gone. Numbers are asked for where not all of them came by here:
        in a run that goes on after a crash, or whose rows leave the window of time when they change."""
        now = self.seen
        if self.request.resume is not None or self.request.since is not None:
            now = Ids()
            now.update(sorted(numbers_of(self.api, self.lasting, 0, highest(self.api, self.lasting))))
        known = Ids(self._known_before)
        gone = [number for number in known if number not in now]
        try:
            require_plausible(len(gone), len(known), self.connector.config.max_delete_share)
        except SourceChanged as error:
            log.warning("%s: %s", self.source.path, error)
            gone = []
        yield self._last_page(gone, now)

    def _after_changes(self) -> Iterator[Page]:
        known = Ids(self._known_before)
        known.update(self.seen)
        share = self.connector.config.max_delete_share
        difference = Presence(self.api, self.lasting, known, share).difference()
        if difference.missed:
            log.info("%s: %d rows were not among the changes", self.source.path, len(difference.missed))
        for rows in rows_of_numbers(self.api, self.search, difference.missed, self.size):
            yield self._page(rows, _REST, has_cursor=False)
        known.update(difference.missed)
        for number in difference.gone:
            known.discard(number)
        yield self._last_page(difference.gone, known)

    def _last_page(self, gone: list[int], known: Ids) -> Page:
        keys = [str(number) for number in gone]
        stones = [tombstone(self.source.kind, self.source.id, number) for number in gone]
        state = {**self.request.state, "ids": str(known), "start": self.start.isoformat() if self.start else None}
        return Page(
            list(stones), resume=_REST, state=self._with_tracks(state), origin=self.source.path,
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
            yield self._page(chunk.rows, _REST, has_cursor=False)

    @property
    def _tracks_are_due(self) -> bool:
        looked = read_moment(self.request.state.get("tracks_at"))
        return looked is None or self.request.until - looked >= _DAY

    def _with_tracks(self, state: dict[str, Any]) -> dict[str, Any]:
        if self.source.kind == "shipment" and (self._tracks_are_due or self.request.since is None):
            state["tracks_at"] = written(self.request.until)
        return state
