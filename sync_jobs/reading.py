"""The connector's side of a run: its pages, its own count of them, and its faults kept from everybody else."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from hub.errors import HubError, PluginError
from hub.sdk.connector import Connector, Mode, Page, ReadRequest
from hub.store.base import StreamState
from sync_jobs.jobs import Job, is_row_a_record
from sync_jobs.ledger import require_complete
from sync_jobs.position import Span

log = logging.getLogger(__name__)

_RECOUNT_AFTER = timedelta(days=1)
"""How old the source's count of everything may grow before a run that reads only changes asks for it again."""


class Reader:
    """Reads one span of a stream. `pages` runs in the fetching thread; the rest before or after it."""

    def __init__(self, job: Job, span: Span, state: StreamState) -> None:
        self.job = job
        self.span = span
        self.request = ReadRequest(
            job.stream, span.since, span.until, state=state.state, resume=span.resume, full=span.full,
            verify=span.verify,
        )  # fmt: skip
        self.notes: list[str] = []
        self._counted: int | None = None

    def pages(self) -> Iterator[Page]:
        """The pages as the connector yields them. Where the first one tells no total, the source is asked for it."""
        with connector_failures(self.job):
            first = self.span.total is None
            for page in self.job.connector.read(self.request):
                if first and getattr(page, "total", None) is None:
                    self._counted = self._count()
                first = False
                yield page

    def require_complete(self) -> None:
        """Hold what came against the source's count, which is asked for again before anything is called incomplete."""
        span = self.span
        nothing_new = self.job.stream.mode is Mode.SNAPSHOT and not span.last_page
        if self._counted is None and span.total is None and not nothing_new:
            self._counted = self._count()
        if self._counted is not None:
            span.counted(self._counted)
            again = self._count() if span.distinct_rows < self._counted else None
            if again is not None:
                span.counted(again)
        require_complete(span.distinct_rows, span.lowest_total, self.job.where)

    def recounted(self, state: StreamState, now: datetime) -> StreamState:
        """The state with the source's count of the whole stream, asked for again where it has grown old. Where a row is
        not one record, only a reading of everything knows how many there are."""
        fresh = state.source_total_at is not None and now - state.source_total_at < _RECOUNT_AFTER
        if fresh or not is_row_a_record(self.job.maps):
            return state
        total = self._count(replace(self.request, since=self.job.start, until=now, full=True))
        return state if total is None else replace(state, source_total=total, source_total_at=now)

    def _count(self, request: ReadRequest | None = None) -> int | None:
        """The source's own count; None where it cannot tell. That it could not be asked is a note, not a failure."""
        connector: Connector[Any] = self.job.connector
        if type(connector).count is Connector.count:
            return None
        try:
            with connector_failures(self.job):
                return connector.count(replace(request or self.request, resume=None))
        except HubError as error:
            self.notes.append(f"the source could not be counted: {error}")
            return None


@contextmanager
def connector_failures(job: Job) -> Iterator[None]:
    """Turn whatever a connector raises into an error that names it: a plugin's fault must not take others along."""
    try:
        yield
    except (HubError, MemoryError):
        raise
    except Exception as error:
        log.error("the connector failed", exc_info=error)
        raise PluginError(
            f"the connector `{job.connector.kind}` failed with {type(error).__name__}.",
            fix="Stored pages are kept. The log has the details; report them to the connector's author.",
            where=job.where,
        ) from error
