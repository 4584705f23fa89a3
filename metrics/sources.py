"""Where the numbers come from: each stream with how fresh it is, what is held of it, and what waits in quarantine."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from hub.store.base import Run, Store

_KNOWN_BY = 1000
"""Newest runs that are looked through."""


@dataclass(frozen=True)
class Source:
    """One stream of one system.

    fresh_at     end of its last complete run; None where there was none
    held         live records of all the entities that the stream yields, after its last run
    total        the source's own count of its rows, where it told one: a row may make several records
    last_status  of the newest run: ok, partial, failed, cancelled, crashed, running
    """

    source: str
    stream: str
    fresh_at: datetime | None
    held: int | None
    total: int | None
    quarantined: int
    last_status: str
    error: str

    def document(self) -> dict[str, Any]:
        return {**asdict(self), "fresh_at": self.fresh_at.isoformat() if self.fresh_at else None}


def sources_of(store: Store) -> list[Source]:
    """Every stream that was ever run, by name."""
    newest: dict[tuple[str, str], Run] = {}
    for run in store.runs(limit=_KNOWN_BY):
        if run.kind != "dry-run":
            newest.setdefault((run.source, run.stream), run)
    waiting = store.open_quarantine()
    return [_source(store, run, waiting.get(key, 0)) for key, run in sorted(newest.items())]


def streams_of(sources: list[Source], now: datetime) -> list[tuple[Any, ...]]:
    """What metrics know of each stream, in the order of `metrics.trust_facts.STREAMS`."""
    return [
        (
            source.source, source.stream, _naive(source.fresh_at), _naive(now), source.held, source.total,
            source.quarantined, source.last_status,
        )
        for source in sources
    ]  # fmt: skip


def _naive(moment: datetime | None) -> datetime | None:
    return moment.astimezone(UTC).replace(tzinfo=None) if moment else None


def _source(store: Store, run: Run, waiting: int) -> Source:
    state = store.stream_state(run.source, run.stream)
    return Source(
        run.source, run.stream, state.last_complete_at, run.held, state.source_total, waiting, run.status, run.error
    )  # fmt: skip
