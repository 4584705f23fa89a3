"""The four metrics of the baseline through the hub, as one process: `python -m bench.hub_metrics CONFIG_FOLDER`.

With `dozen` behind it, those that `bench.limits.suite_duckdb` computes by hand. With `refresh`, only the replica is
brought up to date, and the seconds are printed, then those of the processor. With `all MEMORY`, every metric, where
DuckDB may take so much (`4GB`).
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

from hub.session import Session
from metrics.base import Request
from metrics.replica.refresh import refresh
from metrics.workbench import Workbench, catalogue, workbench

ASKED: tuple[tuple[str, list[str]], ...] = (
    ("revenue", ["month", "customer"]),
    ("customer_lifetime_value", []),
    ("inventory_turnover", ["product"]),
    ("rfm", []),
)
DOZEN: tuple[tuple[str, list[str]], ...] = (
    ("revenue", ["month"]),
    ("average_order_value", []),
    ("gross_margin", ["month"]),
    ("discounts", []),
    ("rfm", []),
    ("customer_activity", []),
    ("retention_cohorts", []),
    ("customer_lifetime_value", []),
    ("inventory_turnover", []),
    ("stock_value", ["product"]),
    ("on_time_in_full", ["month"]),
    ("return_rate", []),
)


def main(config: Path, asked: tuple[tuple[str, list[str]], ...] = ASKED) -> None:
    session = Session(config)
    known = catalogue(session)
    with workbench(session, known) as bench:
        requests = [known.request(name, by=by, defaults=bench.defaults) for name, by in asked]
        _compute(bench, requests)


def everything(config: Path, memory: str) -> None:
    session = Session(config)
    known = catalogue(session)
    with workbench(session, known) as bench:
        bench.engine.db.execute(f"SET memory_limit = '{memory}'")
        _compute(bench, [known.request(name, defaults=bench.defaults) for name in known.metrics])


def _compute(bench: Workbench, requests: list[Request]) -> None:
    for outcome in bench.engine.compute_all(requests):
        if isinstance(outcome, Exception):
            raise outcome


def refreshed(config: Path) -> tuple[float, float]:
    """Seconds that bringing the replica up to date took, and seconds of the processor."""
    session = Session(config)
    with session.open_store() as store:
        started, busy = time.perf_counter(), time.process_time()
        refresh(store, session.state_dir / "replica")
        return time.perf_counter() - started, time.process_time() - busy


if __name__ == "__main__":
    if sys.argv[2:3] == ["all"]:
        everything(Path(sys.argv[1]), sys.argv[3])
    elif sys.argv[2:] == ["refresh"]:
        seconds, busy_seconds = refreshed(Path(sys.argv[1]))
        sys.stdout.write(f"{seconds} {busy_seconds}\n")
    else:
        main(Path(sys.argv[1]), DOZEN if sys.argv[2:] == ["dozen"] else ASKED)
