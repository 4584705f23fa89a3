"""Runs that never began: the system could not even be opened, so its streams are noted as failed in the history.

Without them `hub runs` and `hub status` would show the last good run, as if nobody had asked since.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from hub.errors import HubError
from hub.sdk.connector import Mode
from hub.store.base import Run
from sync_jobs.joblist import Asked, is_enabled
from sync_jobs.lease import HeldLease

if TYPE_CHECKING:
    from hub.session import Session
    from hub.settings import Instance
    from hub.store.base import Store


def record(session: Session, store: Store, asked: Asked, broken: Mapping[str, HubError], sync_id: str) -> None:
    """A failed run for each stream that was asked for. A stream that another process is syncing is left alone."""
    instances = session.select(asked.names) if asked.names else session.settings.select()
    kind = "verify" if asked.verify else "full" if asked.full else "sync"
    by_name = {instance.name: instance for instance in instances}
    for source, error in broken.items():
        streams = _streams(session, by_name[source]) if source in by_name else _known(store, source)
        for stream, mode in streams.items():
            if not asked.streams or stream in asked.streams:
                now = datetime.now(UTC)
                run = Run(0, sync_id, source, stream, mode.value, kind, now, None, now, error=str(error))
                _record(store, run)


def _streams(session: Session, instance: Instance) -> dict[str, Mode]:
    """The streams of an instance that are enabled, as far as its kind or its settings name them."""
    try:
        known = {stream.name: stream.mode for stream in session.registry.connector(instance.kind).streams}
    except HubError:
        known = {}
    names = {**known, **dict.fromkeys(set(instance.config.streams) - known.keys(), Mode.INCREMENTAL)}
    return {name: mode for name, mode in names.items() if is_enabled(instance.config, name)}


def _known(store: Store, source: str) -> dict[str, Mode]:
    """The streams that were read before, of an instance whose plugin is missing."""
    return {run.stream: Mode(run.mode) for run in store.runs(source=source)}


def _record(store: Store, run: Run) -> None:
    try:
        held = HeldLease(store, run.source, run.stream)
    except HubError:
        return
    try:
        run = store.start_run(run)
        run.status, run.ended_at = "failed", datetime.now(UTC)
        store.finish_run(run)
    finally:
        held.release()
