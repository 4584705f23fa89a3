"""One stream's run as a message, so that another process, on another machine, can do it as this one would.

It names things and carries no secret: whoever does it reads the same settings, and resolves the secrets itself.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import hub
from hub.errors import ConfigError, LeaseHeld, PluginError
from sync_jobs import lease
from sync_jobs.executors import run_isolated
from sync_jobs.joblist import Asked, job_of, open_instance, require_known
from sync_jobs.jobs import Job, RunReport
from sync_jobs.ledger import Tally
from sync_jobs.manners import giving_way
from sync_jobs.retry import RetryPolicy
from sync_jobs.stores import opened

if TYPE_CHECKING:
    from hub.store.base import Store

_LOOK_SECONDS = 1.0


@dataclass(frozen=True)
class Errand:
    """A job by its names. `config_dir` must be there for whoever does it, too."""

    config_dir: str
    source: str
    stream: str
    sync_id: str
    policy: RetryPolicy
    full: bool = False
    verify: bool = False
    allow_deletes: bool = False
    start: datetime | None = None
    until: datetime | None = None
    lane: str = ""
    release: str = hub.__version__


def errand_of(job: Job, policy: RetryPolicy, config_dir: Path) -> Errand:
    """The message for a job."""
    return Errand(
        str(config_dir.resolve()), job.source, job.stream.name, job.sync_id, policy, job.full, job.verify,
        job.allow_deletes, job.start, job.until, job.lane,
    )  # fmt: skip


def carry_out(errand: Errand, cancelled: Callable[[], bool], progress: Callable[[Tally], None]) -> RunReport:
    """Do it here. Raises what keeps it from beginning: settings, the plugin, the system's login, the store."""
    from hub.session import Session

    if errand.release != hub.__version__:
        raise PluginError(
            f"this worker has b2b-hub {hub.__version__}, and the hub that sent the job {errand.release}.",
            fix="Install the same release on all machines.",
        )
    if not Path(errand.config_dir).is_dir():
        raise ConfigError(
            f"a worker does not see the folder {errand.config_dir}.",
            fix="Mount the project's folder at the same place on every worker.",
        )
    session = Session(Path(errand.config_dir))
    instance = session.select([errand.source])[0]
    with opened(session, dry_run=False) as stores, stores.lend() as store:
        connector = open_instance(session, instance, cancelled)
        try:
            require_known([errand.stream], [connector])
            stream = next(each for each in connector.streams if each.name == errand.stream)
            asked = Asked(full=errand.full, verify=errand.verify, allow_deletes=errand.allow_deletes)
            job = replace(
                job_of(session, connector, stream, errand.sync_id, asked),
                start=errand.start, until=errand.until, lane=errand.lane, before_merge=session.registry.before_merge,
                cancelled=cancelled, progress=progress,
            )  # fmt: skip
            return _when_free(giving_way(job, store, session.hub_settings.run.reserve_share), store, errand.policy)
        finally:
            connector.close()


def _when_free(job: Job, store: Store, policy: RetryPolicy) -> RunReport:
    """Run it. An errand comes a second time when its first worker is lost, whose lease then lasts a little longer."""
    until = time.monotonic() + lease.TTL.total_seconds() * 1.2
    while True:
        report = run_isolated(job, store, policy)
        if not isinstance(report.error, LeaseHeld) or time.monotonic() > until or job.cancelled():
            return report
        time.sleep(_LOOK_SECONDS)
