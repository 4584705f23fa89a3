"""Publishers by their schedule: each run is `hub publish NAME` in a process of its own.

What a publisher writes with (DuckDB, Arrow, a vendor's library) may take much memory, and may not share a process with
the connections of the daemon; and a library that crashes ends its own run only.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

from hub.errors import AuthError, ConfigError, HubError, PluginError, SourceChanged, SourceUnavailable, StoreError
from hub.settings.load import load_publishers
from sync_jobs.jobs import Cancelled
from sync_jobs.ledger import Tally
from sync_jobs.plans import Plan
from sync_jobs.rules import rule_of

if TYPE_CHECKING:
    from hub.session import Session
    from sync_jobs.crew import Watch
    from sync_jobs.dispatcher import Task

STREAM = "publish"
"""The stream under which a publisher is scheduled, paused and told."""
_LONGEST_SECONDS = 6 * 3600.0
_LOOK_SECONDS = 0.2
_END_SECONDS = 20.0
_BY_EXIT_CODE: dict[int, type[HubError]] = {
    2: ConfigError, 3: PluginError, 4: AuthError, 5: SourceUnavailable, 6: SourceChanged, 7: StoreError,
}  # fmt: skip


def plans(session: Session) -> Iterator[Plan]:
    """A plan for each publisher that has a schedule. Raises ConfigError where the settings have mistakes."""
    for found in load_publishers(session.config_dir, session.registry, resolve=False):
        schedule = found.config.schedule if found.config is not None else None
        rule = rule_of([schedule], session.hub_settings.time_zone) if schedule is not None else None
        if rule is not None:
            yield Plan(found.name, STREAM, rule, publishes=True)


def run(session: Session, task: Task, watch: Watch) -> None:
    """Publish, and wait for it. Raises HubError by the child's exit code, Cancelled where the daemon stops."""
    command = [sys.executable, "-m", "hub", "--config", str(session.config_dir), "publish", task.plan.source]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as child:  # noqa: S603
        try:
            said = _until_its_end(child, watch)
        except HubError:
            child.terminate()
            try:
                child.wait(_END_SECONDS)
            except subprocess.TimeoutExpired:
                child.kill()
            raise
    if child.returncode:
        raise _error(child.returncode, said, task.plan.source)


def _until_its_end(child: subprocess.Popen[str], watch: Watch) -> str:
    """What it said on stderr. While it works, it is no run that shows nothing."""
    until = time.monotonic() + _LONGEST_SECONDS
    while True:
        try:
            return child.communicate(timeout=_LOOK_SECONDS)[1]
        except subprocess.TimeoutExpired:
            watch.page(Tally())
        if watch.cancelled():
            raise Cancelled("stopped; what readers see is what was there before.")
        if time.monotonic() > until:
            raise SourceUnavailable(f"it took longer than {_LONGEST_SECONDS / 3600:.0f} hours.")


def _error(code: int, said: str, name: str) -> HubError:
    """The error that the child told: its last line that begins with `hub:`."""
    lines = [line.removeprefix("hub: ") for line in said.splitlines() if line.startswith("hub: ")]
    problem = (lines[-1] if lines else "it ended without a word.").removeprefix(f"{name}: ")
    kind = _BY_EXIT_CODE.get(code, PluginError)
    return kind(problem, where=f"{name}/{STREAM}")
