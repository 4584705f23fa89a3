"""1,000 streams scheduled: how late does each start, while runs of some tenths of a second go on beside them?

    python -m bench.schedules [streams] [seconds]

Each stream is its own system with a rule of its own, so that starts come evenly. Told are the latest start, its 99 %
and the processor's time of the daemon's own thread. By hand; not part of `make bench`.
"""

from __future__ import annotations

import resource
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from hub.mapping import FieldMap, at
from hub.model import catalog
from hub.plugins import Registry
from hub.sdk import Connector, ConnectorConfig, Page, ReadRequest, Stream
from hub.sdk.connector import Context
from sync_jobs import daemon, reload
from sync_jobs.stores import opened

_PAUSE_SECONDS = 0.25
_MAP = FieldMap(catalog.Customer, {"source_id": at("id"), "name": at("name")})


class Idle(Connector[ConnectorConfig]):
    """A system with one row that takes a while to answer."""

    kind, config_model = "idle", ConnectorConfig
    streams = (Stream("customers", (_MAP,)),)

    def __init__(self, config: ConnectorConfig, context: Context) -> None:
        super().__init__(config, context)

    def read(self, request: ReadRequest) -> Iterator[Page]:
        time.sleep(_PAUSE_SECONDS)
        yield Page([{"id": "1", "name": "one"}])


def main(streams: int, seconds: float) -> None:
    with tempfile.TemporaryDirectory() as folder:
        base = Path(folder)
        (base / "config" / "connectors").mkdir(parents=True)
        every = max(60, round(streams / 5))  # in half of it all start, by their jitter
        (base / "config" / "hub.yaml").write_text(
            f"workers: 8\ndefaults: {{schedule: {{every: {every}s, jitter: {every // 2 - 1}s}}}}\n"
            f"run: {{spread_seconds: {every // 2}}}\n"
        )
        for number in range(streams):
            (base / "config" / "connectors" / f"s{number}.yaml").write_text("kind: idle\n")
        late = _run(base, seconds)
        print(f"{streams} streams, every {every} s, 8 at once, {seconds:.0f} s: {len(late)} starts")
        almost = sorted(late)[int(len(late) * 0.99)]
        print(f"late by {statistics.median(late):.3f} s (median), {almost:.3f} s (99 %), {max(late):.3f} s (most)")
        used = resource.getrusage(resource.RUSAGE_SELF)
        print(f"{used.ru_utime + used.ru_stime:.1f} s of processor time, {used.ru_maxrss // 1024} MB")


def _run(base: Path, seconds: float) -> list[float]:
    _install()
    loaded = reload.load(base / "config")
    late: list[float] = []
    stop = threading.Event()
    with opened(loaded.session, dry_run=False) as stores:
        instance = daemon.Daemon(loaded, stores, stop)
        launch = instance._crew.launch

        def noted(session: Any, task: Any) -> None:
            now = datetime.now(UTC)
            due = max(task.plan.rule.due(task.slot, task.plan.where), began[0])
            if (now - began[0]).total_seconds() > float(loaded.session.hub_settings.run.spread_seconds) + 60:
                late.append((now - due).total_seconds())
            launch(session, task)

        began = [datetime.now(UTC)]
        instance._crew.launch = noted  # type: ignore[method-assign]
        threading.Timer(seconds, stop.set).start()
        instance.run()
    return late


def _install() -> None:
    """Make the kind known to every registry of this process."""
    known = Registry.__init__

    def with_idle(self: Registry) -> None:
        known(self)
        self._connectors["idle"], self._origins["idle"] = Idle, "bench"

    Registry.__init__ = with_idle  # type: ignore[method-assign]


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000, float(sys.argv[2]) if len(sys.argv) > 2 else 300.0)
