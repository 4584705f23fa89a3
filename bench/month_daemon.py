"""One daemon of `bench.month`: the real `hub run`, in a process of its own, whose clock is set from outside.

    python -m bench.month_daemon CONFIG MOMENT

It is told moments on stdin, one a line, and answers each (and an empty line) with a line of JSON: whether it is at
work, when it wants to run next, and how much memory it has. Nothing is replaced but the clock and the alarms.
"""

from __future__ import annotations

import json
import sys
import threading
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar

import time_machine

from sync_jobs import daemon, keeper, reload
from sync_jobs.schedule import Key
from sync_jobs.stopping import stop_on_signals
from sync_jobs.stores import opened


class Noted:
    """In place of alarms: the moments are kept for whoever sets the clock."""

    moments: ClassVar[dict[Key, datetime]] = {}

    def __init__(self, ring: Any) -> None:
        return

    def set(self, moments: dict[Key, datetime]) -> None:
        Noted.moments = moments

    def stop(self) -> None:
        return


def main(config: Path, start: str) -> None:
    clock = time_machine.travel(datetime.fromisoformat(start), tick=True)
    traveller = clock.start()
    setattr(daemon, "Alarms", Noted)  # noqa: B010  it is imported there
    daemon._REFRESH_SECONDS = 0.0
    daemon._TICK_SECONDS = 0.1
    keeper._CARE_SECONDS = 5.0
    loaded = reload.load(config)
    with stop_on_signals() as stop, opened(loaded.session, dry_run=False) as stores:
        instance = daemon.Daemon(loaded, stores, stop)
        threading.Thread(target=_listen, args=(instance, traveller, stop), daemon=True).start()
        instance.run()


def _listen(instance: daemon.Daemon, traveller: Any, stop: threading.Event) -> None:
    for line in sys.stdin:
        if line.strip():
            traveller.move_to(datetime.fromisoformat(line.strip()))
            instance._rouse()
        moments = list(Noted.moments.values())
        state = {
            "busy": instance._crew.size,
            "next": min(moments).isoformat() if moments else None,
            "memory": int(Path("/proc/self/statm").read_text().split()[1]) * 4096,
        }
        print(json.dumps(state), flush=True)
    stop.set()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
