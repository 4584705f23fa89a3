"""`hub publish`: each publisher gets one state of the tables; what became of it is kept as a run, as of a stream."""

from __future__ import annotations

import json
import logging
import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hub import log as hub_log
from hub.errors import HubError, LeaseHeld, PluginError
from hub.holder import holder, is_gone, shown
from hub.sdk.connector import Context, Finding
from hub.sdk.publisher import Published, Publisher
from hub.settings.load import load_publishers
from hub.store.base import Counts, Lease, Run, Store
from metrics.publish.tables import Snapshot
from metrics.workbench import catalogue, workbench

if TYPE_CHECKING:
    from hub.session import Session
    from hub.settings.reader import FoundPublisher

log = logging.getLogger(__name__)

STREAM = "publish"
"""The stream under which runs of publishers are kept; their source is the publisher's name."""
_LEASE = timedelta(hours=1)
"""A publisher that dies with its machine leaves its name locked for so long: two at once would exchange each other's
files. One that dies alone is taken over from."""


@dataclass
class Report:
    """What became of one publisher. `unchanged`: nothing was different from what it had published last."""

    name: str
    kind: str
    rows: dict[str, int] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    unchanged: bool = False
    error: HubError | None = None
    seconds: float = 0.0

    @property
    def exit_code(self) -> int:
        return self.error.exit_code if self.error else 0


def publish(
    session: Session, names: Sequence[str] = (), *, full: bool = False, cancelled: Callable[[], bool] = lambda: False
) -> list[Report]:
    """Run the named publishers, or all enabled ones, one after the other: one that fails stops no other. Raises
    ConfigError and UsageError; what a publisher raises is in its report.

    full   publish even what has not changed
    """
    found = load_publishers(session.config_dir, session.registry, names)
    return [_one(session, each, full, cancelled) for each in found if not cancelled()]


def check(session: Session, names: Sequence[str] = ()) -> list[tuple[str, Finding]]:
    """What each publisher finds: logins, permissions, folders."""
    findings: list[tuple[str, Finding]] = []
    for each in load_publishers(session.config_dir, session.registry, names):
        try:
            with _opened(session, each, lambda: False) as publisher:
                findings += [(each.name, finding) for finding in publisher.check()]
        except HubError as error:
            findings.append((each.name, Finding("settings", False, error.problem, error.fix)))
    return findings


def _one(session: Session, found: FoundPublisher, full: bool, cancelled: Callable[[], bool]) -> Report:
    began = datetime.now(UTC)
    report = Report(found.name, found.kind)
    run = Run(0, os.urandom(6).hex(), found.name, STREAM, "snapshot", "publish", began, None, began)
    with hub_log.context(connector=found.name, stream=STREAM), session.open_store() as store:
        run = store.start_run(run)
        try:
            with _held(store, found.name) as lease:
                _publish(session, store, found, report, full=full, cancelled=_alive(store, lease, cancelled))
        except HubError as error:
            report.error = error.at(found.name)
        except Exception as error:  # a publisher's fault must not stop the others
            log.exception("the publisher failed", exc_info=error)
            place = hub_log.record_bug(error)
            report.error = PluginError(
                f"the publisher `{found.kind}` failed: {type(error).__name__}.",
                fix=f"Details are in {place}; report them to its author.", where=found.name,
            )  # fmt: skip
        report.seconds = (datetime.now(UTC) - began).total_seconds()
        store.finish_run(_ended(run, report))
    return report


def _publish(
    session: Session, store: Store, found: FoundPublisher, report: Report, *, full: bool, cancelled: Callable[[], bool]
) -> None:
    if found.error is not None:
        raise found.error
    assert found.config is not None
    state_file = session.state_dir / "published" / f"{found.name}.json"
    state = {} if full else _kept(state_file)
    with workbench(session, catalogue(session)) as bench, _opened(session, found, cancelled) as publisher:
        tables = Snapshot(bench, found.config, store, state.get("position", {}))
        report.notes += tables.notes
        if state.get("mark") == tables.mark:
            report.unchanged = True
            report.rows = dict(state.get("rows", {}))
            return
        published = publisher.publish(tables, state.get("own", {}))
        report.rows, report.notes = dict(published.rows), [*report.notes, *published.notes]
        _keep(state_file, tables, published)


@contextmanager
def _opened(session: Session, found: FoundPublisher, cancelled: Callable[[], bool]) -> Iterator[Publisher[Any]]:
    if found.error is not None or found.config is None:
        raise found.error or PluginError(f"`{found.name}` has no settings.")
    kind = session.registry.publisher(found.kind)
    publisher = kind(found.config, Context(found.name, cancelled=cancelled, base_dir=str(session.project_dir)))
    try:
        yield publisher
    finally:
        publisher.close()


@contextmanager
def _held(store: Store, name: str) -> Iterator[Lease]:
    """The only one that publishes under this name just now. Raises LeaseHeld."""
    stream = f"#{STREAM}"
    lease = store.acquire(name, stream, holder(), _LEASE)
    if lease is None:
        for other, _ in store.leases():
            if (other.source, other.stream) == (name, stream) and is_gone(other.holder):
                log.info("taking over from %s, which is no longer running", shown(other.holder))
                store.release(other)
        lease = store.acquire(name, stream, holder(), _LEASE)
    if lease is None:
        raise LeaseHeld("another process is publishing this.", fix="Wait for it to end; see `hub runs`.", where=name)
    try:
        yield lease
    finally:
        store.release(lease)


def _alive(store: Store, lease: Lease, cancelled: Callable[[], bool]) -> Callable[[], bool]:
    """`cancelled`, which a publisher asks between its steps, and which keeps its name locked meanwhile. Other threads
    may ask as well, but the store is ours alone."""
    renewed, own = time.monotonic(), threading.get_ident()

    def asked() -> bool:
        nonlocal renewed
        if threading.get_ident() == own and time.monotonic() - renewed > _LEASE.total_seconds() / 3:
            store.renew(lease, _LEASE)
            renewed = time.monotonic()
        return cancelled()

    return asked


def _ended(run: Run, report: Report) -> Run:
    rows = sum(report.rows.values())
    run.ended_at, run.status = datetime.now(UTC), "failed" if report.error else "ok"
    run.error, run.notes = str(report.error or ""), list(report.notes)
    if not report.error:
        run.rows_read, run.pages = rows, len(report.rows)
        run.counts = Counts(read=rows, unchanged=rows) if report.unchanged else Counts(read=rows, updated=rows)
    return run


def _kept(path: Path) -> dict[str, Any]:
    """What the last complete run left; nothing where the file is gone or damaged: then all is published again."""
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return kept if isinstance(kept, dict) else {}


def _keep(path: Path, tables: Snapshot, published: Published) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    told = {
        "mark": tables.mark, "position": tables.position, "rows": dict(published.rows), "own": published.state,
    }  # fmt: skip
    fresh = path.with_suffix(".new")
    fresh.write_text(json.dumps(told), encoding="utf-8")
    fresh.replace(path)
