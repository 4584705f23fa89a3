"""`hub sync`: run what was asked for, and tell what became of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from hub.errors import ConfigError, HubError
from hub.output import say, talk
from sync_jobs import joblist, show
from sync_jobs.called_off import CalledOff
from sync_jobs.executors import ThreadExecutor, Watcher, performer
from sync_jobs.identify import Identified, identify
from sync_jobs.joblist import Asked
from sync_jobs.retry import RetryPolicy
from sync_jobs.stores import opened

if TYPE_CHECKING:
    from hub.session import Session
    from sync_jobs.beside import MatchingBeside
    from sync_jobs.jobs import Job, RunReport
    from sync_jobs.stores import Stores
    from sync_jobs.verify import Missed

COUNTS = ("read", "inserted", "updated", "unchanged", "superseded", "duplicate", "quarantined", "deleted")


@dataclass
class SyncResult:
    """What a sync did. `waiting` counts the open quarantine entries of the streams that were asked for."""

    reports: list[RunReport] = field(default_factory=list)
    broken: dict[str, HubError] = field(default_factory=dict)
    waiting: dict[str, int] = field(default_factory=dict)
    identity: Identified | None = None

    @property
    def exit_code(self) -> int:
        """The worst of all streams: 0 only when every record of every stream is in, 1 when some are in quarantine."""
        waits = any(self.waiting.values()) or any(
            report.run.counts.quarantined for report in self.reports if report.run.kind == "dry-run"
        )
        return max([1 if waits else 0, *(error.exit_code for error in self.errors())])

    def errors(self) -> list[HubError]:
        return [*self.broken.values(), *(report.error for report in self.reports if report.error is not None)]


def sync(
    session: Session,
    asked: Asked,
    watcher: Watcher,
    cancelled: Callable[[], bool] = lambda: False,
) -> SyncResult:
    """Run all jobs that were asked for. Raises only what stops everything: settings, usage, the store."""
    jobs = joblist.build(session, asked, cancelled=cancelled)
    if not jobs.groups and not jobs.broken:
        raise ConfigError(
            "there is nothing to sync: no stream of any connector is enabled.",
            fix="Add a file to config/connectors/, or remove `enabled: false`.",
        )
    with opened(session, dry_run=asked.dry_run) as stores:
        executor = ThreadExecutor(
            stores.lend,
            session.hub_settings.workers,
            policy_of(session),
            lambda job, report: session.registry.after_run(job.source, job.stream.name, report),
            None if asked.dry_run else performer(session),
            lambda group: _took(stores, group),
        )
        heeding = CalledOff(stores, watcher)
        groups = jobs.groups if asked.dry_run else [[heeding.heeding(job) for job in group] for group in jobs.groups]
        beside = None if asked.dry_run else _beside(session, stores, groups, heeding)
        reports = executor.run(groups, beside or heeding) if groups else []
        with stores.lend() as store:
            if jobs.broken and not asked.dry_run:
                from sync_jobs import unread

                unread.record(session, store, asked, jobs.broken, jobs.sync_id)
            waiting = store.open_quarantine()
            identified = None
            if not asked.dry_run and not cancelled():
                identified = beside.result() if beside and beside.has_begun else identify(session, store)
    if not asked.dry_run:
        session.keep_settings()
    asked_for = {(report.run.source, report.run.stream) for report in reports}
    return SyncResult(
        reports,
        jobs.broken,
        {"/".join(key): count for key, count in waiting.items() if key in asked_for},
        identified,
    )


def _beside(
    session: Session, stores: Stores, groups: Sequence[Sequence[Job]], watcher: Watcher
) -> MatchingBeside | None:
    """A watcher that matches while a cluster reads; None where this process reads."""
    if session.hub_settings.executor == "threads":
        return None
    from sync_jobs.beside import MatchingBeside

    return MatchingBeside(session, stores, groups, watcher)


def _took(stores: Stores, group: Sequence[Job]) -> float:
    """The seconds that the streams of one connector took when they were last read to their end."""
    last: dict[str, float] = {}
    with stores.lend() as store:
        for run in store.runs(source=group[0].source):
            if run.ended_at is not None and run.status in ("ok", "partial"):
                last.setdefault(run.stream, (run.ended_at - run.started_at).total_seconds())
    return sum(last.get(job.stream.name, 0.0) for job in group)


def policy_of(session: Session) -> RetryPolicy:
    """How runs are tried again, as the admin wants it."""
    retry = session.hub_settings.retry
    return RetryPolicy(retry.attempts, retry.wait_seconds, retry.longest_wait_seconds)


def table(result: SyncResult, *, dry_run: bool) -> str:
    """One line for each stream, with what became of its records."""
    verified = any(report.missed for report in result.reports)
    missed = ["missed"] if verified else []
    headers = ["stream", "would be" if dry_run else "status", *COUNTS, *missed, "held / source", "seconds"]
    rows = [
        [
            f"{report.run.source}/{report.run.stream}",
            report.run.status,
            *(getattr(report.run.counts, name) for name in COUNTS),
            *([report.missed.total if report.missed else None] if verified else []),
            show.share(report.held, report.source_total) if report.held is not None else "-",
            f"{report.seconds:.1f}",
        ]
        for report in result.reports
    ]
    return show.table(headers, rows)


def tell(result: SyncResult, *, dry_run: bool, with_table: bool = True) -> None:
    """Results on stdout; errors, notes and what to do next on stderr."""
    text = table(result, dry_run=dry_run) if with_table else ""
    if text:
        say(text)
    for report in result.reports:
        for note in report.run.notes:
            talk(f"note: {report.run.source}/{report.run.stream}: {show.printable(note)}")
    for error in result.errors():
        talk(f"hub: {error}")
    for where, count in result.waiting.items():
        records = "1 record waits" if count == 1 else f"{count} records wait"
        talk(f"{where}: {records} in quarantine. See `hub quarantine list`.")
    for line in result.identity.lines() if result.identity else ():
        talk(line)
    if dry_run:
        talk("Dry run: nothing was written.")


def document(result: SyncResult, *, dry_run: bool) -> dict[str, Any]:
    """The JSON of `hub sync`.

    exit_code, dry_run
    streams            one object each: source, stream, run_id, sync_id, kind, mode, status, error, exit_code, notes,
                       attempts, seconds, since, until, rows_read, rows_unrouted, pages;
                       held: live records of the stream's main entity; source_total: the source's count of the same;
                       source_counted: its count of what this run asked for; waiting: open quarantine entries;
                       read, inserted, updated, unchanged, superseded, duplicate, quarantined, deleted;
                       missed: after --verify, how many records the runs before had missed; missed_by: inserted, updated
                       and deleted among them; news: how many more had changed since the last run; all null for others;
                       entities: the same eight counts by entity
    failed_connectors  instances that could not be opened: source, error, exit_code
    identity           what matching did with the changed customers and products (kind, compared, counts, seconds), or
                       its error; null where there was nothing to match
    """
    return {
        "exit_code": result.exit_code,
        "dry_run": dry_run,
        "streams": [_stream(report, result) for report in result.reports],
        "failed_connectors": [
            {"source": name, "error": str(error), "exit_code": error.exit_code} for name, error in result.broken.items()
        ],
        "identity": result.identity.document() if result.identity else None,
    }


def _stream(report: RunReport, result: SyncResult) -> dict[str, Any]:
    run = report.run
    return {
        "source": run.source,
        "stream": run.stream,
        "run_id": run.id or None,
        "sync_id": run.sync_id,
        "kind": run.kind,
        "mode": run.mode,
        "status": run.status,
        "error": run.error or None,
        "exit_code": report.exit_code,
        "notes": run.notes,
        "attempts": report.attempts,
        "seconds": round(report.seconds, 3),
        "since": run.since,
        "until": run.until,
        "rows_read": run.rows_read,
        "rows_unrouted": run.rows_unrouted,
        "pages": run.pages,
        "held": report.held,
        "source_total": report.source_total,
        "source_counted": run.source_total,
        "waiting": result.waiting.get(f"{run.source}/{run.stream}", 0),
        **asdict(run.counts),
        **_missed(report.missed),
        "entities": {name: asdict(counts) for name, counts in report.by_entity.items()},
    }


def _missed(missed: Missed | None) -> dict[str, Any]:
    if missed is None:
        return {"missed": None, "missed_by": None, "news": None}
    by_fate = {"inserted": missed.inserted, "updated": missed.updated, "deleted": missed.deleted}
    return {"missed": missed.total, "missed_by": by_fate, "news": missed.news}
