"""One run of one stream: what has changed, what changes without telling, or everything."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from connectors.sap.factors import LINES, Factors, Lines
from connectors.sap.lookups import Lookups, Partners, add_freight
from connectors.sap.paging import GroupedPages
from connectors.sap.plan import Plan, plan_of
from connectors.sap.rows import renamed, unpadded
from connectors.sap.services import PRODUCTS
from connectors.sap.streams import Source, source_of
from connectors.sap.values import each
from hub.sdk import AuthError, Page, ReadRequest, SourceChanged, iso_moment, maps_of, source_paths
from hub.sdk.http.paging import DONE
from hub.sdk.odata import Filter, KeysetPages, ODataSource, Paging, Query, all_of, any_of, ge, has_status

if TYPE_CHECKING:
    from connectors.sap.source import SapConnector

log = logging.getLogger(__name__)

Row = dict[str, Any]
_ALL, _CHANGED, _AGAIN = "all", "changed", "again"
_NOT_ADDRESSABLE = (404, 405, 501)


class Reading:
    """Reads one stream. `phases` are read one after the other; a resumed run goes on within the one it was in."""

    def __init__(self, connector: SapConnector, request: ReadRequest, source: ODataSource) -> None:
        self.connector, self.request, self.odata = connector, request, source
        self.config = connector.config
        self.name = request.stream.name
        self.source: Source = source_of(self.config.odata4, self.name)
        self.plan: Plan = plan_of(self.config, request.stream, self.source, source.metadata())
        self.start = connector.start(request.stream)
        # Where a stopped run was is of no use once the stream is read by the other version of OData.
        kept = request.resume or {}
        self.resume: dict[str, Any] = kept if kept.get("entities") == self.source.entities else {}
        self.phases: list[str] = self.resume.get("phases") or self._phases()
        self.began: datetime = iso_moment(self.resume.get("began")) or connector.api.clock.now()
        self.nested: str = self.resume.get("nested", "")
        self._notes: list[str] = []
        self._lookups = Lookups(source, self.config)
        self._partners: Partners | None = None
        self._factors: Factors | None = None
        paths = [path for fields in maps_of(self.config, request.stream) for path in source_paths(fields)]
        self._wants_factors = self.name in LINES and any(path[-1] == "base_quantity" for path in paths)

    # -- what to read --------------------------------------------------------------------------------------------------

    def _phases(self) -> list[str]:
        if self.request.since is None or not self.plan.stamps:
            return [_ALL]
        if self.request.full or self.request.verify or not self._reread_is_due():
            return [_CHANGED]
        return [_ALL] if self.plan.again is None else [_CHANGED, _AGAIN]

    def _reread_is_due(self) -> bool:
        if not self.source.rereads or not self.config.reread_hours:
            return False
        last = iso_moment(self.request.state.get("reread_at"))
        return last is None or self.request.until - last >= timedelta(hours=self.config.reread_hours)

    def query(self, phase: str) -> Query:
        """What one phase asks for. Never more than the admin's `start` lets."""
        since = self.request.since if phase == _CHANGED else self.start
        changed = self.changed_since(since) if since is not None and self.plan.stamps else None
        return self.plan.where(all_of(self.source.only, self.plan.again if phase == _AGAIN else None, changed))

    def changed_since(self, since: datetime) -> Filter | None:
        """The days or moments of a change, or of the creation of what was never changed; `since` counts."""
        if self.plan.by_day:
            day = self.connector.preparation.zones.local_day(since) if self.name == "partners" else since.date()
            return any_of(*(ge(name, day.isoformat()) for name in self.plan.stamps))
        moment = since.astimezone(UTC).replace(microsecond=0)
        created = ge("CreationDate", moment.date().isoformat()) if self.source.created else None
        return any_of(*(ge(name, moment) for name in self.plan.stamps), created)

    # -- pages ---------------------------------------------------------------------------------------------------------

    def pages(self) -> Iterator[Page]:
        at = self.resume.get("at")
        while self.phases:
            yield from self._phase(self.phases[0], at)
            del self.phases[0]
            at = None

    def _phase(self, phase: str, at: Any) -> Iterator[Page]:
        if at == DONE:
            return
        query = self.query(phase)
        try:
            yield from self._read(query, at)
        except SourceChanged as error:
            if self._can_read_all(error, phase, at):
                self._notes.append(f"{query.path} refuses a condition on its changes, so all of it is read")
                log.warning("%s: %s", self._notes[-1], error.problem)
                self.phases[:] = [_ALL]
                yield from self._read(self.query(_ALL), None)
                return
            if not self._can_nest(error, at):
                raise
            log.info("%s cannot be asked for by itself: %s", query.path, error.problem)
            yield from self._nested(at)

    def _read(self, query: Query, at: Any) -> Iterator[Page]:
        """The first page tells how many rows there are, where no other phase adds to them."""
        if self.nested:
            yield from self._nested(at)
            return
        counts = at is None and len(self.phases) == 1 and not self.resume
        for page in self.odata.pages(query.with_(count=counts), self.paging(), resume=at):
            yield self._page(page.rows, page.resume, page.total if counts else None, page.origin)
            counts = False

    def paging(self) -> Paging:
        size = self.config.page_size if self.source.is_flat else self.config.document_page_size
        if self.source.paged_by:
            return GroupedPages(size, self.source.paged_by)
        return KeysetPages(size, short_is_last=True)

    def _can_read_all(self, error: SourceChanged, phase: str, at: Any) -> bool:
        """Whether a system refused the condition on change stamps, before a row was read."""
        return phase == _CHANGED and at is None and has_status(error, 400, 501)

    def _can_nest(self, error: SourceChanged, at: Any) -> bool:
        return bool(self.source.instead[0]) and not self.nested and at is None and has_status(error, *_NOT_ADDRESSABLE)

    def _nested(self, at: Any) -> Iterator[Page]:
        """The same rows within their parents, for systems that only know these."""
        parent, self.nested = self.source.instead
        plan = replace(self.source, entities=parent, within=self.nested)
        query = plan_of(self.config, self.request.stream, plan, self.odata.metadata()).query
        paging = KeysetPages(self.config.document_page_size, short_is_last=True)
        for page in self.odata.pages(query, paging, resume=at):
            rows = [inner for row in page.rows for inner in each(row, self.nested)]
            yield self._page(rows, page.resume, None, page.origin)

    def _page(self, rows: list[Row], at: Any, total: int | None, origin: str) -> Page:
        if self.source.names:
            renamed(rows, self.source.top_ours, self.source.ours)
        unpadded(rows, self.source.ids)
        self._look_up(rows)
        deleted = self.connector.preparation.ready(self.name, rows)
        ends = at == DONE and len(self.phases) == 1
        cursor = self._cursor(rows)
        for row in rows:
            for name in self.plan.consumed:
                row.pop(name, None)
        return Page(
            rows,
            resume=self._resume(at),
            cursor=cursor,
            state=self._state() if ends else None,
            deleted=deleted,
            total=total,
            origin=origin,
            notes=self._told(),
        )

    def _told(self) -> list[str]:
        """What the admin should know, once."""
        notes, self._notes = self._notes, []
        return notes

    def _resume(self, at: Any) -> dict[str, Any]:
        nested = {"nested": self.nested} if self.nested else {}
        phases = self.phases
        if at == DONE and len(phases) > 1:
            phases, at = phases[1:], None
        kept = {"entities": self.source.entities, "phases": list(phases), "began": self.began.isoformat()}
        return {**kept, "at": at, **nested}

    def _cursor(self, rows: Sequence[Row]) -> datetime | None:
        """The latest stamp, but not after the moment this reading began: rows that change behind it come again."""
        stamps = [stamp for row in rows if (stamp := self._stamp(row)) is not None]
        return min(max(stamps), self.began) if stamps else None

    def _stamp(self, row: Row) -> datetime | None:
        if self.name == "partners":
            return iso_moment(row.get("changed_at"))
        if self.plan.by_day:
            day = self.connector.preparation.changed_day(row)
            return datetime.combine(day, time(), UTC) if day else None
        for name in self.plan.stamps:
            stamp = iso_moment(row.get(name))
            if stamp is not None:
                return stamp
        return iso_moment(row.get("CreationDate")) if self.source.created else None

    def _state(self) -> dict[str, Any]:
        """When all that changes without telling was read for the last time."""
        state = dict(self.request.state)
        read_all = self.request.since is None or self.request.full or self.request.verify
        if self.source.rereads and (read_all or self._reread_is_due()):
            state["reread_at"] = self.request.until.isoformat()
        return state

    # -- what stands elsewhere -----------------------------------------------------------------------------------------

    def _look_up(self, rows: list[Row]) -> None:
        if self.name == "billing":
            add_freight(self._lookups, rows, self.config.freight_conditions)
        if self._wants_factors and rows:
            self._add_factors(rows, LINES[self.name])
        if self.name == "contacts" and rows:
            known = self._known_partners().of(rows)
            for row in rows:
                self.connector.preparation.contact(row, known)

    def _add_factors(self, rows: list[Row], lines: Lines) -> None:
        """Quantities in base units are an extra: they are left out where the service of products is shut."""
        api = self.connector.api
        try:
            if self._factors is None:
                with api.asking(PRODUCTS) as products:
                    self._factors = Factors(Lookups(products, self.config))
            with api.explained(PRODUCTS):
                self._factors.add_to(rows, lines)
        except (AuthError, SourceChanged) as error:
            log.info("%s come without quantities in base units: %s", self.name, error.problem)
            self._wants_factors = False

    def _known_partners(self) -> Partners:
        if self._partners is None:
            paths = [path for fields in maps_of(self.config, self.request.stream) for path in source_paths(fields)]
            wanted = [path[1] for path in paths if path[0] in {"person", "company"} and len(path) > 1]
            kind = self.odata.metadata().type_of("A_BusinessPartner")
            self._partners = Partners(self._lookups, kind.properties, wanted)
        return self._partners
