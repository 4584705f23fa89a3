"""What people ask for in the console, done by the daemon: one after the other, in a thread of its own.

A wish is taken by one conditional statement, so that one daemon does it, however many there are. The daemon also shows
here that it lives, and ends what another one had begun and died over.
"""

from __future__ import annotations

import logging
import threading
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from hub import __version__
from hub import log as hub_log
from hub.errors import HubError, UsageError
from hub.store.requests import HEARTBEAT, KEEP, Heart, Request, Requests
from sync_jobs import lease, requeue
from sync_jobs.executors import bug, performer
from sync_jobs.joblist import Asked, build
from sync_jobs.sync import policy_of

if TYPE_CHECKING:
    from hub.session import Session
    from hub.store.base import Store
    from sync_jobs.crew import Crew
    from sync_jobs.reload import Settings
    from sync_jobs.stores import Stores

log = logging.getLogger(__name__)

_LOOK_SECONDS = 1.0
_SWEEP_SECONDS = 3_600.0
_NOBODYS_AFTER = timedelta(seconds=30)
"""A wish to end a run that no daemon runs is forgotten after so long."""


def _now() -> datetime:
    return datetime.now(UTC)


class Wishes:
    """Looks for wishes now and then, and shows that this daemon lives."""

    def __init__(self, stores: Stores, crew: Crew) -> None:
        self._stores, self._crew = stores, crew
        self._holder = lease.holder()
        self._began = _now()
        self._looked = self._beaten = self._swept = float("-inf")
        self._thread: threading.Thread | None = None
        self._current: Request | None = None
        self._called_off = threading.Event()

    @property
    def at_work(self) -> bool:
        return self._thread is not None and self._thread.is_alive()

    def turn(self, settings: Settings, store: Store) -> bool:
        """Show a sign of life, and begin what waits. Whether a sign of life was due, and written."""
        clock, requests = time.monotonic(), Requests(store)
        due = clock - self._beaten >= HEARTBEAT.total_seconds()
        if due:
            self._beaten = clock
            current = settings.current
            requests.beat(Heart(self._holder, __version__, self._began, _now(), len(current.plans), settings.problem))
            self._bury(requests)
        if clock - self._swept > _SWEEP_SECONDS:
            self._swept = clock
            requests.forget(_now() - KEEP)
        if clock - self._looked >= _LOOK_SECONDS:
            self._looked = clock
            for request in requests.waiting():
                self._begin(settings.current.session, requests, request)
        return due

    def good_bye(self, store: Store) -> None:
        """This daemon ends, as it was asked to."""
        Requests(store).stopped(self._holder)

    def _begin(self, session: Session, requests: Requests, request: Request) -> None:
        if request.kind == "cancel":
            self._cancel(requests, request)
        elif not self.at_work and requests.take(request.id, self._holder, _now()):
            self._current = request
            self._called_off.clear()
            self._thread = threading.Thread(target=self._work, args=(session, request), name="wish", daemon=True)
            self._thread.start()

    def _cancel(self, requests: Requests, request: Request) -> None:
        """End a run of ours; that of another daemon is left to it."""
        key = (request.source, request.stream)
        current = self._current
        ours = self._crew.call_off(key)
        if self.at_work and current is not None and (current.source, current.stream) == key:
            self._called_off.set()
            ours = True
        if ours and requests.take(request.id, self._holder, _now()):
            requests.end(request, "done", _now(), {})
        elif not ours and _now() - request.asked_at > _NOBODYS_AFTER:
            requests.end(request, "expired", _now(), {"error": "no daemon runs it any more"})

    def _bury(self, requests: Requests) -> None:
        """End what dead daemons had begun, and forget them."""
        hearts, now = requests.hearts(), _now()
        for request in requests.orphans([heart.holder for heart in hearts if heart.beats(now)]):
            requests.end(request, "failed", now, {"error": "the daemon that worked on it is gone", "fix": "Ask again."})
        for heart in hearts:
            if not heart.beats(now):
                requests.stopped(heart.holder)

    # -- doing it ----------------------------------------------------------------------------------------------

    def _work(self, session: Session, request: Request) -> None:
        try:
            with self._stores.lend() as store:
                result, failed = self._result(session, store, request)
                Requests(store).end(request, "failed" if failed else "done", _now(), result)
        except HubError as error:  # the store is away; whoever finds the wish later ends it
            log.warning("request %d: %s", request.id, error)

    def _result(self, session: Session, store: Store, request: Request) -> tuple[dict[str, Any], bool]:
        """What came of it, and whether it failed."""
        try:
            if request.kind == "retry":
                return self._retry(session, store, request)
            if request.kind == "sync":
                return self._sync(session, store, request)
            raise UsageError(f"this hub knows no request of the kind `{request.kind}`.", fix="Upgrade `hub run`.")
        except HubError as error:
            return {"error": error.problem, "fix": error.fix}, True
        except Exception as error:  # a plugin's fault, or one of ours, must not end the daemon
            place = hub_log.record_bug(error)
            log.exception("an error of ours", exc_info=error)
            return {"error": bug(error, str(place)).problem, "fix": ""}, True

    @staticmethod
    def _retry(session: Session, store: Store, request: Request) -> tuple[dict[str, Any], bool]:
        wish = request.wish
        mended = {int(number): row for number, row in wish.get("rows", {}).items()}
        names = [request.source] if request.source and not wish.get("ids") else []
        found = requeue.retry(session, store, names=names, ids=wish.get("ids"), mended=mended)
        return requeue.document(found), any(each.error is not None for each in found)

    def _sync(self, session: Session, store: Store, request: Request) -> tuple[dict[str, Any], bool]:
        wish = request.wish
        streams = (request.stream,) if request.stream else ()
        asked = Asked((request.source,), streams, full=bool(wish.get("full")), verify=bool(wish.get("verify")))
        jobs = build(session, asked, cancelled=lambda: self._crew.stop.is_set() or self._called_off.is_set())
        for error in jobs.broken.values():
            raise error
        reports = []
        try:
            for job in (job for group in jobs.groups for job in group):
                report = performer(session)(job, store, policy_of(session))
                session.registry.after_run(job.source, job.stream.name, report)
                reports.append(report)
        finally:
            for connector in {id(job.connector): job.connector for group in jobs.groups for job in group}.values():
                connector.close()
        errors = [str(report.error) for report in reports if report.error is not None]
        return {"runs": [report.run.id for report in reports], "error": "; ".join(errors) or None}, bool(errors)
