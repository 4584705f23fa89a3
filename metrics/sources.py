"""Where the numbers come from: each stream with how fresh it is, what is held of it, and what waits in quarantine."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from hub.store.base import NOT_MAPPED, Run, Store

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


def unmapped_of(store: Store) -> list[tuple[str, str, str | None, int]]:
    """Source, stream and name of each field that carries data but is mapped to nothing, with 1; without a name the
    number of further ones, and 0 for a stream that has been read, so that every such stream is there.

    They are noted by runs that see them: of each stream the newest complete reading counts, and what came since.
    """
    found: dict[tuple[str, str], dict[str | None, int]] = {}
    closed: set[tuple[str, str]] = set()
    for run in store.runs(limit=_KNOWN_BY):
        key = (run.source, run.stream)
        if run.kind == "dry-run" or not run.rows_read or key in closed:
            continue
        names = found.setdefault(key, {None: 0})
        for note in run.notes:
            if note.startswith(NOT_MAPPED):
                listed, _, more = note.removeprefix(NOT_MAPPED).partition(" and ")
                names |= dict.fromkeys(listed.split(", "), 1)
                names[None] = max(names[None], int(more.split()[0]) if more else 0)
        if run.since is None and run.status in ("ok", "partial"):
            closed.add(key)
    return [(*key, name, count) for key, names in sorted(found.items()) for name, count in names.items()]


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
