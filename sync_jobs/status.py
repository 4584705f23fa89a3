"""`hub status` and `hub runs`: what is held, how fresh it is, what comes next, and what has been."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from hub.errors import ConfigError, UsageError
from hub.output import say, talk
from hub.store.operations import EVERY_STREAM, Operations
from sync_jobs import show
from sync_jobs.joblist import is_enabled, open_instances
from sync_jobs.jobs import counted_with, siblings_of
from sync_jobs.lease import shown
from sync_jobs.plans import rule_for
from sync_jobs.verify import missed_in

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hub.mapping import FieldMap
    from hub.session import Session
    from hub.store.base import PageEntry, Run, Store
    from hub.store.operations import Scheduled
    from sync_jobs.rules import Rule

_KNOWN_BY = 1000
"""Newest runs that are looked through for streams which the settings no longer name."""


@dataclass(frozen=True)
class Known:
    """A stream as the settings know it."""

    entities: tuple[str, ...] = ()
    maps: tuple[FieldMap, ...] = ()
    siblings: tuple[str, ...] | None = None
    rule: Rule | None = None


@dataclass(frozen=True)
class StreamStatus:
    """One line of `hub status`.

    entity        the main one of the stream; None where its settings are not at hand and it yields several
    held          live records of the main entity
    source_total  the source's own count of the same, as of source_total_at, over all streams that bring it, less rows
                  that are no record of their own; None where it cannot tell, or counts rows that are something else
    entities      live records of every entity that the stream yields
    next_run      when the daemon runs it next, or would; None where there is no schedule, or it is paused
    paused        why it is paused, and by whom; None where it is not
    """

    source: str
    stream: str
    entity: str | None
    held: int | None
    source_total: int | None
    source_total_at: datetime | None
    entities: dict[str, int]
    last_complete_at: datetime | None
    last_run_id: int | None
    last_status: str | None
    last_error: str | None
    quarantined: int
    schedule: str | None
    next_run: datetime | None
    syncing: str | None
    paused: str | None


def status(session: Session, store: Store) -> list[StreamStatus]:
    """Every stream that is configured or was ever run. Needs no system to be reachable."""
    known, problems = configured(session)
    for problem in problems:
        talk(f"hub: {problem}")
    newest: dict[tuple[str, str], Run] = {}
    for run in store.runs(limit=_KNOWN_BY):
        newest.setdefault((run.source, run.stream), run)
    return lines(store, known, newest, store.open_quarantine())


def lines(
    store: Store,
    known: Mapping[tuple[str, str], Known],
    newest: Mapping[tuple[str, str], Run],
    waiting: Mapping[tuple[str, str], int],
) -> list[StreamStatus]:
    """The status of all streams; publishers are none: they hold nothing.

    newest    the last run of each stream, as far as it is known
    waiting   open quarantine entries of each stream
    """
    newest = {key: run for key, run in newest.items() if run.kind != "publish"}
    holders = {(lease.source, lease.stream): shown(lease.holder) for lease, _ in store.leases()}
    entries = {entry.key: entry for entry in Operations(store).schedules()}
    held = {source: store.held(source) for source in {key[0] for key in [*known, *newest]}}
    return [
        _line(
            store,
            key,
            stream=known.get(key, Known()),
            last=newest.get(key),
            held=held[key[0]],
            waiting=waiting.get(key, 0),
            holder=holders.get(key),
            entries=entries,
        )
        for key in sorted({*known, *newest})
    ]


def _line(
    store: Store,
    key: tuple[str, str],
    *,
    stream: Known,
    last: Run | None,
    held: dict[str, int],
    waiting: int,
    holder: str | None,
    entries: Mapping[tuple[str, str], Scheduled],
) -> StreamStatus:
    state = store.stream_state(*key)
    if last is None:
        last = next(iter(store.runs(source=key[0], stream=key[1], limit=1)), None)
    entities = stream.entities or _written(store, last)
    main = entities[0] if stream.entities or len(entities) == 1 else None
    paused = _paused(entries.get((key[0], EVERY_STREAM))) or _paused(entries.get(key))
    total = counted_with(store, key[0], state.source_total, stream.maps, stream.siblings) if stream.maps else None
    return StreamStatus(
        *key,
        entity=main,
        held=held.get(main, 0) if main else None,
        source_total=total,
        source_total_at=state.source_total_at if total is not None else None,
        entities={name: held.get(name, 0) for name in entities},
        last_complete_at=state.last_complete_at,
        last_run_id=last.id if last else None,
        last_status=last.status if last else None,
        last_error=(last.error or None) if last else None,
        quarantined=waiting,
        schedule=stream.rule.text if stream.rule else None,
        next_run=next_run(stream.rule, entries.get(key), last.started_at if last else None) if not paused else None,
        syncing=holder,
        paused=paused,
    )


def _written(store: Store, last: Run | None) -> tuple[str, ...]:
    """The entities that the last run of a stream wrote: all that is known of one whose settings are not at hand."""
    return tuple(sorted({page.entity for page in store.pages(last.id)})) if last else ()


def configured(session: Session) -> tuple[dict[tuple[str, str], Known], list[str]]:
    """The streams of all instances that can be opened, and why others cannot: broken settings hide nothing of what is
    held."""
    try:
        opened, broken = open_instances(session)
    except ConfigError as error:
        return {}, [f"{error}\nStreams and schedules are not all known because of that."]
    streams = {}
    for each in opened:
        config = each.instance.config
        for stream in each.streams:
            if is_enabled(config, stream.name):
                rule = rule_for(session.hub_settings, config, stream.name)
                entities = tuple(dict.fromkeys(fields.entity.name for fields in stream.maps))
                siblings = siblings_of(stream.name, each.enabled_maps(stream))
                streams[each.name, stream.name] = Known(entities, each.maps(stream), siblings, rule)
        each.close()
    return streams, [str(reason) for reason in broken.values()]


def next_run(rule: Rule | None, entry: Scheduled | None, last: datetime | None) -> datetime | None:
    """When a stream is due next: as the daemon has noted it, else by its last run. None without a schedule."""
    if rule is None:
        return None
    if entry is not None and entry.rule == rule.text and entry.next_at is not None:
        return entry.wanted_at or entry.retry_at or entry.next_at
    now = datetime.now(UTC)
    return rule.first(now) if last is None else rule.after(last)


def _paused(entry: Scheduled | None) -> str | None:
    if entry is None or entry.paused_at is None:
        return None
    return f"{entry.paused_by}: {entry.paused_why}" if entry.paused_why else entry.paused_by


def tell_status(lines: list[StreamStatus]) -> None:
    """A table; errors of the last runs below it."""
    now = datetime.now(UTC)
    headers = ["stream", "held / source", "complete", "last run", "quarantine", "next run", "syncing now"]
    rows = [
        [
            f"{line.source}/{line.stream}",
            show.share(line.held, line.source_total),
            show.age(line.last_complete_at, now),
            f"{line.last_status} (#{line.last_run_id})" if line.last_run_id else "never",
            line.quarantined,
            _when(line, now),
            line.syncing or "",
        ]
        for line in lines
    ]
    say(show.table(headers, rows) or "No streams yet. Run `hub init` for a starter, then `hub sync`.")
    for line in lines:
        if line.last_error:
            say(f"{line.source}/{line.stream}, run {line.last_run_id}: {show.printable(line.last_error)}")


def _when(line: StreamStatus, now: datetime) -> str:
    if line.paused is not None:
        return "paused"
    if line.next_run is None:
        return "by hand"
    return "due" if line.next_run <= now else f"in {show.duration(line.next_run - now)}"


def status_document(lines: list[StreamStatus]) -> dict[str, Any]:
    """The JSON of `hub status`: `streams`, one object each with the fields of `StreamStatus`."""
    return {"streams": [asdict(line) for line in lines]}


def run_of(store: Store, run_id: int) -> tuple[Run, list[PageEntry]]:
    """A run and its pages in the ledger. Raises UsageError for a number that no run has."""
    run = store.run(run_id)
    if run is None:
        raise UsageError(f"there is no run {run_id}.", fix="`hub runs` lists them.")
    return run, store.pages(run_id)


def tell_runs(runs: list[Run]) -> None:
    """One line for each run, the newest first."""
    headers = [
        "run", "started", "stream", "kind", "status", "rows", "read", "inserted", "updated", "unchanged", "superseded",
        "duplicate", "quarantined", "deleted", "held", "source counted", "missed",
    ]  # fmt: skip
    rows = [
        [
            str(run.id), show.moment(run.started_at), f"{run.source}/{run.stream}", run.kind, run.status, run.rows_read,
            run.counts.read, run.counts.inserted, run.counts.updated, run.counts.unchanged, run.counts.superseded,
            run.counts.duplicate, run.counts.quarantined, run.counts.deleted, run.held, run.source_total,
            missed_in(run),
        ]
        for run in runs
    ]  # fmt: skip
    say(show.table(headers, rows) or "No runs yet.")


def tell_run(run: Run, pages: list[PageEntry]) -> None:
    """One run with its notes, then the ledger, page by page."""
    tell_runs([run])
    for note in [*([f"error: {run.error}"] if run.error else []), *run.notes]:
        say(f"  {show.printable(note)}")
    headers = [
        "page", "entity", "rows", "unrouted", "read", "inserted", "updated", "unchanged", "superseded", "duplicate",
        "quarantined", "deleted", "from",
    ]  # fmt: skip
    rows = [
        [
            page.number, page.entity, page.rows, page.unrouted, page.counts.read, page.counts.inserted,
            page.counts.updated, page.counts.unchanged, page.counts.superseded, page.counts.duplicate,
            page.counts.quarantined, page.counts.deleted,
            f"{page.origin}, row {page.first_row}" if page.first_row else page.origin,
        ]
        for page in pages
    ]  # fmt: skip
    say(show.table(headers, rows))


def runs_document(runs: list[Run]) -> dict[str, Any]:
    """The JSON of `hub runs`: `runs`, newest first, one object each: id, sync_id, source, stream, mode, kind, status,
    started_at, ended_at, since, until, rows_read, rows_unrouted, pages, source_total, held, error, notes, missed (by
    the runs before one of kind `verify`), and counts: read, inserted, updated, unchanged, superseded, duplicate,
    quarantined, deleted."""
    return {"runs": [_run(run) for run in runs]}


def _run(run: Run) -> dict[str, Any]:
    return {**asdict(run), "missed": missed_in(run)}


def run_document(run: Run, pages: list[PageEntry]) -> dict[str, Any]:
    """The JSON of `hub runs --id`: `run` as in `runs`, and `pages`, one object for each entity of each page: number,
    entity, rows, unrouted, counts, origin, first_row, at."""
    return {"run": _run(run), "pages": [asdict(page) for page in pages]}
