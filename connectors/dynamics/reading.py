"""One run of one stream: the whole table with its changes tracked, what changed since, or a window of stamps.

Change tracking brings deletions and misses nothing; a delta link that Dataverse does not take any more makes the hub
read and compare everything. A table without tracking is read by `modifiedon`, and its deletions cannot be known.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

from connectors.dynamics.config import DynamicsConfig
from connectors.dynamics.environment import Environment
from connectors.dynamics.plan import ADDED, CUSTOMER, STAMP, Plan
from connectors.dynamics.rows import Row, cursor_of, since_start, with_currencies, without_unused
from connectors.dynamics.streams import source_of
from hub.sdk import Page, ReadRequest, SourceChanged, StateExpired, maps_of
from hub.sdk.odata import Filter, ODataPage, Query, ServerPages, all_of, ge, le
from hub.sdk.tombstones import names_of, tombstones

log = logging.getLogger(__name__)

_DELTA, _COLUMNS, _PLAN = "delta", "columns", "plan"
LARGE = "large"
"""In the state: the table has more rows than Dataverse counts."""
MOST_COUNTED = 5000


class Reading:
    """One run. `resume` says which of the three ways it went, and where it stands."""

    def __init__(self, environment: Environment, config: DynamicsConfig, request: ReadRequest, plan: Plan) -> None:
        self._environment = environment
        self._config = config
        self._request = request
        self._plan = plan
        maps = maps_of(config, request.stream)
        self._names = names_of(maps, plan.key)
        self._lapsing = source_of(config, request.stream.name).lapsing
        self._used = frozenset(name for fields in maps for name in fields.plan.uses)
        settings = config.streams.get(request.stream.name)
        self._start = settings.start if settings else None
        self._seen = 0

    def pages(self) -> Iterator[Page]:
        if not self._plan.tracked:
            return self._window()
        delta = self._request.state.get(_DELTA)
        if delta is None or self._request.verify:
            return self._tracked()
        if self._request.full:
            raise StateExpired(
                f"reading {self._plan.entity_set} whole begins its log of changes anew.",
                fix="Nothing needs to be done: what was deleted since is found by comparing.",
            )
        return self._changes(delta)

    # -- the whole table -------------------------------------------------------------------------------------------

    def _tracked(self) -> Iterator[Page]:
        """Everything. Dataverse takes no filter here, so what is older than `start` is left out on our side."""
        odata = self._environment.odata(self._plan, track=True)
        for page in odata.pages(self._query(), self._paging, resume=self._request.resume):
            if page.is_last and page.delta_link is None:
                raise SourceChanged(
                    f"{self._plan.entity_set} was read whole, and no link to its changes came.",
                    fix="Check whether the table still tracks changes; report it.",
                )
            yield self._page(page)

    # -- what changed since ----------------------------------------------------------------------------------------

    def _changes(self, delta: str) -> Iterator[Page]:
        if self._request.state.get(_COLUMNS) != sorted(self._plan.columns):
            raise StateExpired(
                f"other columns of {self._plan.entity_set} are read than its log of changes was begun with.",
                fix="Nothing needs to be done: everything is read again.",
            )
        odata = self._environment.odata(self._plan, track=True)
        pages = odata.pages(self._query(), self._paging, resume=self._request.resume or {"link": delta})
        seen = False
        try:
            for page in pages:
                seen = True
                yield self._page(page, is_delta=True)
        except SourceChanged as error:
            if seen or self._request.resume:
                raise
            log.info("the delta link of %s was refused: %s", self._plan.entity_set, error)
            raise StateExpired(
                f"Dataverse does not tell any more what changed in {self._plan.entity_set} since the last run.",
                fix="Sync more often than the environment keeps changes (7 days by default).",
            ) from error

    # -- by stamps -------------------------------------------------------------------------------------------------

    def _window(self) -> Iterator[Page]:
        odata = self._environment.odata(self._plan)
        query = self._query().with_(filter=self.bounds(), orderby=self._order)
        for page in odata.pages(query, self._paging, resume=self._request.resume):
            yield self._page(page)

    def bounds(self) -> Filter | None:
        """By stamps; a full read has no upper bound, since a row that is changed meanwhile must not be missing."""
        if not self._plan.has_stamp:
            return None
        since = self._request.since if not self._request.full else self._start
        until = None if since is None or self._request.full else self._request.until
        return all_of(ge(STAMP, since) if since else None, le(STAMP, until) if until else None)

    @property
    def _order(self) -> tuple[str, ...]:
        return (STAMP, self._plan.key) if self._plan.has_stamp else (self._plan.key,)

    # -- pages -----------------------------------------------------------------------------------------------------

    @property
    def _paging(self) -> ServerPages:
        return ServerPages(self._config.page_size)

    def _query(self) -> Query:
        return Query(self._plan.entity_set, select=tuple(self._plan.columns))

    def _page(self, page: ODataPage, *, is_delta: bool = False) -> Page:
        rows = since_start(page.rows, self._start, STAMP)
        self._seen += len(page.rows)
        if self._plan.table == "contact":
            self._environment.buyers.learn(rows)
        if CUSTOMER in self._used:
            self._environment.buyers.name(rows)
        if not self._used.isdisjoint(ADDED):
            with_currencies(rows, self._environment)
        gone = [removed.id.lower() for removed in page.removed]
        deleted = tombstones(self._names, gone)
        if is_delta or self._request.since is not None:
            self._add_lapsed(rows, deleted)
        cursor = cursor_of(rows, STAMP)
        without_unused(rows, self._used, self._plan.columns)
        return Page(
            rows,
            resume=page.resume,
            cursor=cursor,
            state=self._state(page, is_delta=is_delta) if page.is_last else None,
            deleted=deleted,
            origin=self._plan.entity_set,
        )

    def _add_lapsed(self, rows: list[Row], deleted: dict[str, list[str]]) -> None:
        """Records that a row may have had before, and has no more: a contact that came to an account buys no more."""
        for entity, column in self._lapsing:
            name = self._names.get(entity)
            keys = [row[self._plan.key] for row in rows if row.get(column) and isinstance(row.get(self._plan.key), str)]
            if name is not None and keys:
                deleted.setdefault(entity, []).extend(map(name, keys))

    def _state(self, page: ODataPage, *, is_delta: bool) -> dict[str, Any]:
        is_part = is_delta or (self._request.since is not None and not self._request.full)
        is_large = self._request.state.get(LARGE, False) if is_part else self._seen >= MOST_COUNTED
        state: dict[str, Any] = {_PLAN: self._plan.kept(), LARGE: is_large}
        if page.delta_link is not None:
            state |= {_DELTA: page.delta_link, _COLUMNS: sorted(self._plan.columns)}
        return state
