"""All metrics over a full business: cold (no replica), warm, and a dozen of them against DuckDB on Parquet by hand."""

from __future__ import annotations

import shutil
import sys
from functools import partial

from bench.measure import Result, Table, Timing, median, run
from bench.project import Project
from bench.suite_data import project as made_project

COLD_SECONDS, WARM_SECONDS, MEMORY_MIB, BY_HAND_BAR = 15.0, 3.0, 1536, 2.0


def main(table: Table, orders: int, *, rounds: int = 3, **_: object) -> None:
    project = made_project(orders)
    rows = 5 * orders + orders // 5
    cold, warm = median(rounds, lambda: _cold(project), partial(_all, project))
    table.add(Result(f"all metrics, cold, SQLite, N={orders}", cold, rows, seconds_bar=COLD_SECONDS))
    table.add(Result(f"all metrics, warm, SQLite, N={orders}", warm, rows, seconds_bar=WARM_SECONDS))
    peak = max(cold.peak_mib, warm.peak_mib)
    table.add(Result("all metrics: memory", cold, 0, "of 1.5 GiB", peak / MEMORY_MIB, 1.0))
    _by_hand(table, project, orders, rounds)


def _by_hand(table: Table, project: Project, orders: int, rounds: int) -> None:
    """The same figures from Parquet files of the same records. The hub has its replica, and nothing computed yet."""
    limit = [sys.executable, "-m", "bench.limits.suite_duckdb", str(project.folder)]
    run([*limit, "prepare"])
    asked = [sys.executable, "-m", "bench.hub_metrics", str(project.folder / "config"), "dozen"]

    def without(*kept: str) -> Timing:
        for path in (project.folder / "var" / "replica").glob("*"):
            if path.name.startswith(kept):
                path.unlink()
        return run(asked)

    bare, first, ours = median(
        rounds, lambda: run([*limit, "run"]), lambda: without("part-", "answer-"), lambda: without("answer-")
    )
    table.add(Result(f"a dozen metrics by hand, N={orders}", bare))
    for name, timing in (("first after a change", first), ("parts in place", ours)):
        note = f"{timing.cpu_seconds:.2f} s of CPU, DuckDB {bare.cpu_seconds:.2f} s"
        ratio = timing.seconds / bare.seconds
        table.add(Result(f"the same dozen, hub, {name}", timing, 0, "DuckDB", ratio, BY_HAND_BAR, note=note))


def _cold(project: Project) -> Timing:
    shutil.rmtree(project.folder / "var" / "replica", ignore_errors=True)
    return _all(project)


def _all(project: Project) -> Timing:
    return project.hub("metrics", "compute")
