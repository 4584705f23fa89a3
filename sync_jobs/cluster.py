"""`executor: dask://scheduler:8786`: runs go to the workers of a Dask cluster; this process only waits for them.

A worker does a run as this process would, with the store's leases and fencing, page by page in one transaction each. So
a worker that is lost in mid-page loses nothing: Dask gives its errand to another one, which goes on after the last page
that was stored.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable
from dataclasses import astuple
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hub.errors import HubError, PluginError, SourceUnavailable
from hub.store.base import Counts
from sync_jobs.errands import Errand, carry_out, errand_of
from sync_jobs.executors import failed
from sync_jobs.jobs import Job, RunReport
from sync_jobs.ledger import Tally
from sync_jobs.retry import RetryPolicy

if TYPE_CHECKING:
    from hub.store.base import Store

log = logging.getLogger(__name__)

_LOOK_SECONDS = 0.25
_ASK_SECONDS = 1.0
_CONNECT_SECONDS = 5.0


class Cluster:
    """A Dask cluster, reached when first needed, and again when its scheduler was away."""

    def __init__(self, address: str) -> None:
        self.address = address
        self._client: Any = None
        self._lock = threading.Lock()

    def perform(self, job: Job, store: Store, policy: RetryPolicy, *, config_dir: Path) -> RunReport:
        """Let a worker run a job; in its form like `executors.run_isolated`. `store` is not used: workers have their
        own."""
        try:
            return self._send(job, errand_of(job, policy, config_dir))
        except HubError as error:
            return failed(job, error.at(job.where))

    def _send(self, job: Job, errand: Errand) -> RunReport:
        from distributed import Event

        client, name = self._connected(), f"b2b-hub-{os.urandom(8).hex()}"
        stop = Event(name, client=client)
        client.subscribe_topic(name, partial(_told, job))
        future, done = client.submit(_on_worker, errand, name, key=name, pure=False), threading.Event()
        future.add_done_callback(lambda _: done.set())
        try:
            while not done.wait(_LOOK_SECONDS):
                if client.status not in ("running", "connecting"):
                    raise self._away()
                if job.cancelled():
                    stop.set()
            return self._result(future)
        except BaseException:
            _quietly(stop.set)
            raise
        finally:
            _quietly(lambda: client.unsubscribe_topic(name))
            _quietly(future.release)

    def _result(self, future: Any) -> RunReport:
        from concurrent.futures import CancelledError

        from distributed import KilledWorker

        try:
            report: RunReport = future.result(timeout=_CONNECT_SECONDS)
        except HubError:
            raise
        except KilledWorker as error:
            raise PluginError(
                "several workers died, one after the other, while they ran this stream.",
                fix="Look at the workers' logs: as a rule they have too little memory.",
            ) from error
        except (CancelledError, TimeoutError, OSError) as error:
            raise self._away() from error
        return report

    def _connected(self) -> Any:
        """A client that is connected. Raises PluginError without the library, SourceUnavailable without a scheduler."""
        try:
            from distributed import Client
        except ImportError as error:
            raise PluginError(
                "`executor: dask://…` needs the library distributed.", fix="Install it: pip install 'b2b-hub[cluster]'."
            ) from error
        with self._lock:
            if self._client is None or self._client.status != "running":
                if self._client is not None:
                    _quietly(partial(self._client.close, timeout=1))
                address = self.address.replace("dask+tls://", "tls://").replace("dask://", "tcp://")
                try:
                    self._client = Client(address, timeout=_CONNECT_SECONDS, set_as_default=False, name="b2b-hub")
                except (OSError, TimeoutError) as error:
                    raise self._away() from error
            return self._client

    def _away(self) -> SourceUnavailable:
        return SourceUnavailable(
            f"no Dask scheduler answers at {self.address}.",
            fix="Start it (`dask scheduler`), or set `executor: threads` in hub.yaml.",
        )


@cache
def cluster_at(address: str) -> Cluster:
    """The one cluster of this process at an address."""
    return Cluster(address)


def _told(job: Job, event: tuple[float, dict[str, Any]]) -> None:
    """A worker has stored a page."""
    if job.progress is not None:
        said = event[1]
        counts = {name: Counts(*values) for name, values in said["by_entity"].items()}
        job.progress(Tally(said["rows"], said["unrouted"], said["pages"], counts))


def _on_worker(errand: Errand, name: str) -> RunReport:
    """The worker's side."""
    from distributed import Event, get_client, get_worker

    worker, stop = get_worker(), Event(name, client=get_client())

    def progress(tally: Tally) -> None:
        counts = {entity: list(astuple(each)) for entity, each in tally.by_entity.items()}
        said = {"rows": tally.rows, "unrouted": tally.unrouted, "pages": tally.pages, "by_entity": counts}
        worker.log_event(name, said)

    return carry_out(errand, _seldom(stop.is_set), progress)


def _seldom(ask: Callable[[], bool]) -> Callable[[], bool]:
    """Ask no more than once a second; what was true stays so."""
    state = {"at": 0.0, "answer": False}

    def asked() -> bool:
        if not state["answer"] and time.monotonic() - state["at"] > _ASK_SECONDS:
            state.update(at=time.monotonic(), answer=ask())
        return bool(state["answer"])

    return asked


def _quietly(work: Callable[[], Any]) -> None:
    """What is only tidying up must not hide why."""
    try:
        work()
    except Exception as error:
        log.debug("the cluster could not be told: %s", type(error).__name__)
