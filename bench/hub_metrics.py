"""The four metrics of the baseline through the hub, as one process: `python -m bench.hub_metrics CONFIG_FOLDER`.

With `refresh` behind it, only the replica is brought up to date, and the seconds are printed.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

from hub.session import Session
from metrics.replica.refresh import refresh
from metrics.workbench import catalogue, workbench

ASKED: tuple[tuple[str, list[str]], ...] = (
    ("revenue", ["month", "customer"]),
    ("customer_lifetime_value", []),
    ("inventory_turnover", ["product"]),
    ("rfm", []),
)


def main(config: Path) -> None:
    session = Session(config)
    known = catalogue(session)
    with workbench(session, known) as bench:
        requests = [known.request(name, by=by, defaults=bench.defaults) for name, by in ASKED]
        for outcome in bench.engine.compute_all(requests):
            if isinstance(outcome, Exception):
                raise outcome


def refreshed(config: Path) -> float:
    """Seconds that bringing the replica up to date took."""
    session = Session(config)
    with session.open_store() as store:
        started = time.perf_counter()
        refresh(store, session.state_dir / "replica")
        return time.perf_counter() - started


if __name__ == "__main__":
    if sys.argv[2:] == ["refresh"]:
        sys.stdout.write(f"{refreshed(Path(sys.argv[1]))}\n")
    else:
        main(Path(sys.argv[1]))
