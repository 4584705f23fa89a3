"""The threads that run what the dispatcher has taken: one for each run, each with a store of its own.

A run that shows no page for too long is given up: first it is asked to stop, and where it hangs in a call that cannot
be interrupted its place is freed without it. Its lease runs out, and whatever it may still write is refused.
"""

from __future__ import annotations

import contextvars
import logging
import os
import queue
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from hub import log as hub_log
from hub.errors import HubError, PluginError, SourceUnavailable
from sync_jobs.executors import bug, performer
from sync_jobs.joblist import Asked, Opened, job_of, open_instance
from sync_jobs.jobs import Job, RunReport
from sync_jobs.retry import RetryPolicy

if TYPE_CHECKING:
    from hub.session import Session
    from hub.store.base import Store
    from sync_jobs.dispatcher import Task
    from sync_jobs.ledger import Tally
    from sync_jobs.schedule import Key
    from sync_jobs.stores import Stores

log = logging.getLogger(__name__)

_STUCK = timedelta(seconds=30)
"""How long after its time-out a run may take to notice it."""


@dataclass(frozen=True)
class Ended:
    """How a run ended. `report` is None where it did not even begin; `called_off` where a person ended it."""

    task: Task
    status: str
    error: HubError | None
    report: RunReport | None = None
    called_off: bool = False


@dataclass
class Watch:
    """The time-out of one run, and the wish that it stops. `called_off`: a person wants it to end, not the daemon."""

    limit: timedelta
    where: str
    stop: threading.Event
    stuck: bool = False
    called_off: bool = False
    _since: float = field(default_factory=time.monotonic)

    def page(self, tally: Tally) -> None:
        """Something came."""
        self._since = time.monotonic()

    def stopped(self) -> bool:
        """Whether to stop, for connectors."""
        return self.stop.is_set() or self.called_off or self.stuck or self.silent > self.limit

    def cancelled(self) -> bool:
        """Whether to stop, for the sync path. Raises SourceUnavailable, once, where the source shows nothing."""
        if not self.stop.is_set() and not self.stuck and self.silent > self.limit:
            self.stuck = True
            raise self.hung()
        return self.stop.is_set() or self.called_off or self.stuck

    @property
    def silent(self) -> timedelta:
        return timedelta(seconds=time.monotonic() - self._since)

    def hung(self) -> SourceUnavailable:
        seconds = self.limit.total_seconds()
        shown = f"{seconds / 60:.0f} minutes" if seconds >= 120 else f"{seconds:.0f} seconds"
        return SourceUnavailable(
            f"no page came within {shown}.",
            fix="Stored pages are kept. If that is usual there, raise `run: step_timeout` in hub.yaml.",
            where=self.where,
        )


class Crew:
    """Runs tasks, and puts what became of them into `ended`.

    wake   is called whenever something was put there
    """

    def __init__(self, stores: Stores, wake: Callable[[], None]) -> None:
        self.ended: queue.SimpleQueue[Ended] = queue.SimpleQueue()
        self.stop = threading.Event()
        self._stores, self._wake = stores, wake
        self._at_work: dict[Key, tuple[Task, Watch]] = {}

    @property
    def size(self) -> int:
        return len(self._at_work)

    def launch(self, session: Session, task: Task) -> None:
        watch = Watch(session.hub_settings.run.step_timeout, task.plan.where, self.stop)
        self._at_work[task.key] = task, watch
        context = contextvars.copy_context()
        threading.Thread(
            target=context.run, args=(self._work, session, task, watch), name=f"run {task.plan.where}", daemon=True
        ).start()

    def call_off(self, key: Key) -> bool:
        """Let a run end after its page, since a person wants it. False where it is not ours."""
        task_and_watch = self._at_work.get(key)
        if task_and_watch is None:
            return False
        task_and_watch[1].called_off = True
        return True

    def results(self) -> list[Ended]:
        """What has ended since the last call, runs that hang among them. One that was given up never comes again."""
        found: list[Ended] = []
        while not self.ended.empty():
            ended = self.ended.get()
            if self._at_work.get(ended.task.key, (None,))[0] is ended.task:
                del self._at_work[ended.task.key]
                found.append(ended)
        for key, (task, watch) in list(self._at_work.items()):
            if watch.silent > watch.limit + _STUCK:
                watch.stuck = True
                del self._at_work[key]
                found.append(Ended(task, "failed", watch.hung()))
        return found

    def _work(self, session: Session, task: Task, watch: Watch) -> None:
        with hub_log.context(connector=task.plan.source, stream=task.plan.stream):
            try:
                with self._stores.lend() as store:
                    ended = run(session, store, task, watch)
            except HubError as error:
                ended = Ended(task, "failed", error)
            except Exception as error:  # a bug of ours in one run must not end the daemon
                place = hub_log.record_bug(error)
                log.exception("an error of ours", exc_info=error)
                ended = Ended(task, "failed", bug(error, str(place)))
        self.ended.put(replace(ended, called_off=watch.called_off and not self.stop.is_set()))
        self._wake()


def run(session: Session, store: Store, task: Task, watch: Watch) -> Ended:
    """Run one slot: open the system, read its stream, tell the plugins. Raises what stops it before it begins."""
    source, stream = task.key
    if task.plan.publishes:
        from sync_jobs import publishing

        publishing.run(session, task, watch)
        return Ended(task, "ok", None)
    sync_id = os.urandom(6).hex()
    try:
        opened = opened_alone(session, source, watch)
        job = _job(session, opened, stream, sync_id)
    except HubError as error:
        from sync_jobs import unread

        unread.record(session, store, Asked((source,), (stream,)), {source: error}, sync_id)
        return Ended(task, "failed", error)
    try:
        watched = replace(job, cancelled=watch.cancelled, progress=watch.page)
        report = performer(session)(watched, store, _policy(session, task))
    finally:
        close_quietly(opened)
    session.registry.after_run(source, stream, report)
    return Ended(task, report.run.status, report.error, report)


def _job(session: Session, opened: Opened, stream: str, sync_id: str) -> Job:
    found = next((each for each in opened.streams if each.name == stream), None)
    if found is None:
        close_quietly(opened)
        raise PluginError(
            f"the connector `{opened.instance.kind}` no longer has the stream `{stream}`.",
            fix="Remove it from the settings, or run `hub check`.",
            where=opened.name,
        )
    return replace(job_of(session, opened, found, sync_id), before_merge=session.registry.before_merge)


def opened_alone(session: Session, source: str, watch: Watch) -> Opened:
    """One instance, opened. Raises HubError: a plugin's own failure becomes one as well."""
    instance = session.settings.instances[source]
    try:
        return open_instance(session, instance, watch.stopped)
    except HubError as error:
        raise error.at(source) from error.__cause__
    except Exception as error:
        log.exception("the connector could not be started", exc_info=error)
        raise PluginError(
            f"the connector `{instance.kind}` could not be started: {type(error).__name__}.",
            fix="The log has the details; report them to its author.",
            where=source,
        ) from error


def close_quietly(opened: Opened) -> None:
    """Close a connector; how it says good-bye must not spoil what is stored."""
    try:
        opened.close()
    except Exception as error:
        log.warning("the connector `%s` did not close: %s", opened.instance.kind, type(error).__name__)


def _policy(session: Session, task: Task) -> RetryPolicy:
    """While a system is known to be away, one try is enough: the schedule itself backs off."""
    retry = session.hub_settings.retry
    attempts = 1 if task.entry.failures else retry.attempts
    return RetryPolicy(attempts, retry.wait_seconds, retry.longest_wait_seconds)
