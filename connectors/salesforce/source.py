"""The connector: which queries a run needs, by pages or by a Bulk job, and what is gone."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from typing import Any

from connectors.salesforce.bulk import BulkJob
from connectors.salesforce.config import SalesforceConfig
from connectors.salesforce.deletions import logged_deletions
from connectors.salesforce.objects import STREAMS, source_of, streams_of
from connectors.salesforce.org import MAX_ROWS, Org
from connectors.salesforce.paged import PagedQuery, TooManyRows
from connectors.salesforce.plan import FRESH, Plan, Planner, require_visible
from connectors.salesforce.progress import Progress
from connectors.salesforce.refusals import FieldGone, NotInBulk, QueryTooLarge
from connectors.salesforce.rows import Sorted, lapsed
from connectors.salesforce.soql import KEY, Window
from hub.sdk import Allowance, Connector, Context, Finding, Mode, Page, ReadRequest, Stream, iso_moment
from hub.sdk.fields import maps_of
from hub.sdk.tombstones import names_of, tombstones

log = logging.getLogger(__name__)

_RECORD_ID = re.compile(r"[A-Za-z0-9]{15}(?:[A-Za-z0-9]{3})?")


class SalesforceConnector(Connector[SalesforceConfig]):
    """Reads what has changed, oldest change first; more than a few thousand rows by a Bulk job."""

    kind = "salesforce"
    title = "Salesforce"
    config_model = SalesforceConfig
    streams = STREAMS
    simulator = "connectors.salesforce.simulator:SalesforceSimulator"

    @classmethod
    def link(cls, config: SalesforceConfig, entity: str, source_id: str) -> str | None:
        """Salesforce shows any record by its id alone."""
        return f"{config.base_url.rstrip('/')}/{source_id}" if _RECORD_ID.fullmatch(source_id) else None

    def __init__(self, config: SalesforceConfig, context: Context) -> None:
        super().__init__(config, context)
        self.org = Org(config, context)
        self.planner = Planner(self.org, config)

    def discover(self) -> tuple[Stream, ...]:
        return streams_of(self.config)

    def check(self) -> Iterator[Finding]:
        from connectors.salesforce.check import findings

        return findings(self.org, self.planner, self.config, self.discover())

    def read(self, request: ReadRequest) -> Iterator[Page]:
        kept = None if request.full else request.state.get("plan")
        absent = self._known_absent(request) and not request.full
        plan = None if absent else self._plan(request, kept)
        if plan is None:
            yield from self._nothing(request)
            return
        try:
            yield from Reading(self, request, plan).pages()
        except FieldGone:
            if kept is None or plan.kept() != kept:
                raise
            log.info("%s has changed since it was described: it is asked for again", plan.table)
            self.planner.forget()
            fresh = self._plan(request, None)
            if fresh is not None:
                yield from Reading(self, request, fresh).pages()

    def count(self, request: ReadRequest) -> int | None:
        plan = None if self._known_absent(request) else self._plan(request, request.state.get("plan"))
        if plan is None:
            return None
        return self.org.count(plan.table, plan.conditions(window_of(request, plan)))

    def allowance(self, stream: Stream) -> Allowance | None:
        """The calls of the day. A Bulk job takes fewer than this counts."""
        from connectors.salesforce.check import daily_calls

        calls = daily_calls(self.org.get("/limits"))
        return Allowance(left=calls[1], total=calls[0], rows_per_call=MAX_ROWS) if calls else None

    def close(self) -> None:
        self.org.close()

    def _nothing(self, request: ReadRequest) -> Iterator[Page]:
        """An object that the org does not have. A snapshot says nothing: it must not prove that its rows are gone."""
        if request.stream.mode is not Mode.SNAPSHOT:
            known = request.state.get("absent") if self._known_absent(request) else None
            yield Page([], state={"absent": known or self.context.now().isoformat()})

    def _known_absent(self, request: ReadRequest) -> bool:
        """Whether an earlier run found, less than a day ago, that the org does not have the object."""
        looked = iso_moment(request.state.get("absent"))
        return looked is not None and self.context.now() - looked < FRESH

    def _plan(self, request: ReadRequest, kept: Any) -> Plan | None:
        plan = self.planner.plan(request.stream, kept)
        if plan is None:
            require_visible(self.config, request.stream, read_before=bool(request.state.get("plan")))
            log.info("%s: the org does not have it", request.stream.name)
        return plan


def window_of(request: ReadRequest, plan: Plan) -> Window:
    """What a run asks for. Whoever asks for everything gets it without an upper bound: a row that is changed during
    the reading must not be missing from it."""
    return plan.window(request.since, request.until if request.since and not request.full else None)


class Reading:
    """One run of one stream."""

    def __init__(self, connector: SalesforceConnector, request: ReadRequest, plan: Plan) -> None:
        self._org = connector.org
        self._config = connector.config
        self._request = request
        self._plan = plan
        self._window = window_of(request, plan)
        self._is_snapshot = request.stream.mode is Mode.SNAPSHOT
        if self._is_snapshot:
            plan.soft_delete = False
        self._names = names_of(maps_of(self._config, request.stream), KEY)
        self._lapsing = self._lapsing_records()
        self._progress = Progress.of(request.resume)

    def _lapsing_records(self) -> list[tuple[str, str]]:
        """Records that a row may have had before and has no more; none were there before the first reading."""
        if self._request.since is None and not self._request.full:
            return []
        lapsing = source_of(self._config, self._request.stream.name).lapsing
        return [(entity, key) for entity, key in lapsing if entity in self._names and key in self._plan.columns]

    def pages(self) -> Iterator[Page]:
        """All pages; the last one brings what was deleted for good, and what the next run needs to know."""
        if self._progress.done:
            return
        parents = self._plan.parents if self._window.since and not self._request.full else []
        parts = [[], *([self._plan.because_of(parent, self._window)] for parent in parents)]
        while True:
            is_last = self._progress.part == len(parts) - 1
            for page in self._part(parts[self._progress.part]):
                ends = self._progress.link is None and self._progress.locator is None
                yield self._page(page, ends_part=ends, is_last=ends and is_last, alone=len(parts) == 1)
            if is_last:
                return
            self._progress.next_part()

    def _part(self, extra: list[str]) -> Iterator[Sorted]:
        if self._progress.job is None:
            in_bulk = not extra and not self._plan.children
            limit = self._config.bulk_above_rows if in_bulk else None
            try:
                yield from self._paged(extra, limit)
                return
            except (TooManyRows, QueryTooLarge):
                if not in_bulk or self._progress.seen:
                    raise
        try:
            yield from BulkJob(self._org, self._config, self._plan, self._window, self._progress).pages()
        except NotInBulk as error:
            if self._progress.seen:
                raise
            log.warning("%s is read by pages: %s", self._plan.table, error)
            self._progress.job = None
            yield from self._paged(extra, None)

    def _paged(self, extra: list[str], limit: int | None) -> Iterator[Sorted]:
        window = Window(self._plan.cursor) if extra else self._window
        query = PagedQuery(self._org, self._plan, window, self._progress, extra=extra, limit=limit)
        return query.pages()

    def _page(self, page: Sorted, *, ends_part: bool, is_last: bool, alone: bool) -> Page:
        progress = self._progress
        gone, state = list(page.gone), None
        if is_last:
            progress.done = True
            more, state = self._ending()
            gone += more
        deleted = tombstones(self._names, gone)
        for entity, key_field in self._lapsing:
            name = self._names[entity]
            deleted.setdefault(entity, []).extend(name(key) for key in lapsed(page.live, key_field))
        return Page(
            page.live,
            resume=progress.kept() if progress.after or progress.job or is_last else None,
            cursor=page.cursor,
            state=state,
            deleted=deleted,
            total=progress.expected - progress.gone if ends_part and alone else None,
            origin=f"{self._plan.table}, job {progress.job}" if progress.job else self._plan.table,
        )

    def _ending(self) -> tuple[list[str], dict[str, Any]]:
        """Ids deleted for good, and the state for the next run."""
        state: dict[str, Any] = {"plan": self._plan.kept()}
        if self._is_snapshot:
            return [], state
        covered = self._request.state.get("deletions")
        gone, state["deletions"] = logged_deletions(self._org, self._plan, covered)
        return gone, state
