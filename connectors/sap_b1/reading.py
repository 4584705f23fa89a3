"""One run of one stream: what has changed, from time to time what is still open, or everything."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from connectors.sap_b1.plan import Plan, properties
from connectors.sap_b1.returns import Deliveries
from connectors.sap_b1.streams import SOURCES
from hub.sdk import Page, ReadRequest, iso_moment, latest, maps_of
from hub.sdk.http.paging import DONE
from hub.sdk.odata import Filter, ODataPage, Query, all_of, any_of, ge

if TYPE_CHECKING:
    from connectors.sap_b1.source import SapB1Connector

_ALL, _CHANGED, _OPEN = "all", "changed", "open"


class Reading:
    """Reads one stream in phases, one after the other; a resumed run goes on within the one it was in."""

    def __init__(self, connector: SapB1Connector, request: ReadRequest) -> None:
        self.connector, self.request = connector, request
        self.config, self.api = connector.config, connector.api
        self.source = SOURCES[request.stream.name]
        self.plan: Plan = connector.plan(request)
        resume = request.resume or {}
        self.phases: list[str] = list(resume.get("phases") or self._phases())
        maps = maps_of(self.config, request.stream)
        self._used = frozenset[str]().union(*(fields.plan.uses for fields in maps))
        self._asked = set(properties(self.source, maps))
        self._deliveries = Deliveries(self.api) if self.source.kind == "return" else None

    # -- what to read --------------------------------------------------------------------------------------------------

    def _phases(self) -> list[str]:
        if self.request.since is None or not self.plan.changed:
            return [_ALL]
        return [_CHANGED, _OPEN] if self._rereads() else [_CHANGED]

    def _rereads(self) -> bool:
        """Whether open documents are due: a delivery changes its order without moving the order's stamp."""
        if self.request.full or self.source.open is None or not self.config.reread_hours:
            return False
        last = iso_moment(self.request.state.get("reread_at"))
        return last is None or self.request.until - last >= timedelta(hours=self.config.reread_hours)

    def query(self, phase: str) -> Query:
        """What a phase asks for. What is older than the admin's `start` is never asked for."""
        since = self.request.since if phase == _CHANGED else self.connector.start(self.request.stream)
        changed = self._changed_since(since) if since is not None else None
        return Query(
            self.source.entities,
            select=self.plan.select,
            filter=all_of(self.source.only, self.source.open if phase == _OPEN else None, changed),
        )

    def _changed_since(self, since: datetime) -> Filter | None:
        """Whole days, by the server's calendar: the time beside a date is no condition that every release takes."""
        day = self.connector.clock.local_day(since).isoformat()
        return any_of(*(ge(name, day, "Edm.String") for name in self.plan.changed))

    # -- pages ---------------------------------------------------------------------------------------------------------

    def pages(self) -> Iterator[Page]:
        at = (self.request.resume or {}).get("at")
        while self.phases:
            if at != DONE:
                for page in self.api.pages(self.query(self.phases[0]), self.source.key, at):
                    yield self._page(page)
            del self.phases[0]
            at = None

    def _page(self, page: ODataPage) -> Page:
        rows: list[Any] = page.rows
        shaper = self.connector.shaper
        shaper.ready(self.source.kind, rows)
        if self._deliveries is not None:
            self._deliveries.name_orders(rows)
        cursor = latest(rows, "changed_at") if self.plan.changed else None
        self._forget_parts(rows)
        is_last = page.resume == DONE and len(self.phases) == 1
        return Page(
            rows,
            resume={"phases": list(self.phases), "at": page.resume},
            cursor=cursor,
            state=self._state() if is_last else None,
            origin=page.origin,
            notes=self.connector.notes(),
        )

    def _forget_parts(self, rows: Sequence[Any]) -> None:
        """What other fields were made of, or was made for nobody, is no field that somebody forgot to map."""
        there = set[str]().union(*rows) - self._used
        for name in [name for name in there if name in self._asked or name.islower()]:
            for row in rows:
                row.pop(name, None)

    def _state(self) -> dict[str, Any]:
        state = {"plan": self.plan.kept(self.connector.api.auth.release())}
        reread = self.request.state.get("reread_at")
        if _OPEN in self.phases or self.phases == [_ALL]:
            reread = self.request.until.isoformat()
        return {**state, "reread_at": reread} if reread else state
