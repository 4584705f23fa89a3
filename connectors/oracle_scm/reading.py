"""One reading of a stream: everything, or what has changed, with its lists whole and its rows ready for the maps."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from connectors.oracle_scm.children import Children
from connectors.oracle_scm.conversions import PLACES
from connectors.oracle_scm.plan import Plan
from connectors.oracle_scm.query import Condition
from connectors.oracle_scm.ranges import Chunk, Walk
from connectors.oracle_scm.refusals import BadRequest
from connectors.oracle_scm.revisions import Revisions
from connectors.oracle_scm.rows import NO, Shaper
from hub.sdk import Page, ReadRequest, iso_moment, latest

if TYPE_CHECKING:
    from connectors.oracle_scm.source import OracleScmConnector

log = logging.getLogger(__name__)


class Reading:
    """Reads by key, so that what changes meanwhile moves nothing; the bounds of a stopped reading are kept."""

    def __init__(self, connector: OracleScmConnector, request: ReadRequest, plan: Plan) -> None:
        self.connector = connector
        self.request = request
        self.plan = plan
        config = connector.config
        self.shaper = Shaper(plan.source.kind, config.units, config.currency)
        keys = {(): plan.key, **plan.source.children}
        self.children = Children(connector.api, keys, plan.source.handle, plan.wanted.order[1:])
        self.revisions: Revisions | None = None
        if plan.source.kind == "order":
            self.revisions = Revisions(connector.api, plan.wanted, plan.filters, whole=request.since is None)
        self._told: set[str] = set()
        connector.api.know_way(plan.wanted, request.state.get("way"))

    def pages(self) -> Iterator[Page]:
        """The pages, on from where a stopped run was."""
        resume = self.request.resume or {}
        if "open" not in resume:
            walk = self._walk(self.plan.changed(self.request.since))
            for chunk in walk.chunks(resume.get("main")):
                yield self._page(chunk, {"main": chunk.place})
        if self._rereads_open:
            yield from self._open_orders(resume.get("open"))

    def _walk(self, conditions: tuple[Condition, ...]) -> Walk:
        wanted = replace(self.plan.wanted, conditions=(*self.plan.wanted.conditions, *conditions))
        return Walk(
            self.connector.api, wanted, self.plan.key, self.connector.slices(self.plan), self.plan.source.unique
        )

    def _page(self, chunk: Chunk, resume: dict[str, Any], *, is_news: bool = True) -> Page:
        rows = chunk.rows
        if self.revisions:
            self.revisions.mark(rows)
        self.children.complete(self.plan.wanted, rows, counts=lambda row: row.get("current") != NO)
        self.shaper.shape(rows)
        self._convert(rows)
        cursor = latest(rows, self.plan.cursor) if is_news and self.plan.cursor else None
        for name in self.plan.spare:
            for row in rows:
                row.pop(name, None)
        return Page(
            rows, resume=resume, cursor=cursor, state=self._state(), total=chunk.total,
            origin=f"{self.plan.source.resource} by {self.plan.key}", notes=self._notes(),
        )  # fmt: skip

    def _convert(self, rows: list[dict[str, Any]]) -> None:
        """Quantities in primary units; and what items say of those, for orders that are read after them."""
        conversions, kind = self.connector.conversions, self.plan.source.kind
        if not self.connector.config.base_quantities:
            return
        if kind == "product":
            conversions.learn(rows)
        elif kind in PLACES:
            conversions.add_to(kind, rows)

    def _notes(self) -> list[str]:
        """Units that nobody knows, and why quantities are not told in primary units; once each."""
        new = sorted(self.shaper.unmapped - self._told)
        self._told.update(new)
        problem = self.connector.conversions.problem
        if problem and self.plan.source.kind in PLACES and problem not in self._told:
            self._told.add(problem)
            return [*self._unknown(new), f"quantities are not told in primary units: {problem}"]
        return self._unknown(new)

    @staticmethod
    def _unknown(new: list[str]) -> list[str]:
        return [f"no unit of UN/CEFACT is known for `{word[:20]}`: name it under `units:`" for word in new]

    # -- open orders ---------------------------------------------------------------------------------------------------

    @property
    def _rereads_open(self) -> bool:
        """Whether open orders are due again: a line that is shipped need not move the stamp of its order."""
        hours = self.connector.config.open_orders_hours
        if self.revisions is None or self.request.since is None or not self.plan.cursor or not hours:
            return False
        at = self._opened_at
        return at is None or self.request.until - at >= timedelta(hours=hours)

    @property
    def _opened_at(self) -> datetime | None:
        return iso_moment(self.request.state.get("open_at"))

    def _state(self) -> dict[str, Any]:
        """That the stream was read, how changes are asked for, and when all open orders were read."""
        way = self.connector.api.way(self.plan.wanted) or self.request.state.get("way")
        if self.revisions is None:
            return {"read": True, "way": way}
        read = self.request.since is None or self._rereads_open
        at = self.request.until if read else self._opened_at
        return {"read": True, "way": way, "open_at": at.isoformat() if at else None}

    def _open_orders(self, place: dict[str, Any] | None) -> Iterator[Page]:
        """Open orders whose own stamps are older than what was read."""
        assert self.request.since is not None and self.plan.cursor, "only changes leave open orders out"
        is_open = self.plan.is_open
        if is_open is None:
            log.info("orders: the pod can filter neither by OpenFlag nor by StatusCode; open ones are not read again")
            return
        walk = self._walk((is_open, Condition(self.plan.cursor, "<", self.request.since)))
        try:
            for chunk in walk.chunks(place):
                yield self._page(replace(chunk, total=None), {"open": chunk.place}, is_news=False)
        except BadRequest as error:
            note = f"open orders could not be read again, so late shipments may be missing: {error.problem}"
            yield Page([], resume={"open": {"ranges": []}}, state=self._state(), notes=[note])
