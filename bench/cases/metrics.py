"""Four metrics over a cold replica, a warm one, and after a delta, against DuckDB on Parquet by hand."""

from __future__ import annotations

import shutil
import sys

from bench.data import CACHE, Shape, generate
from bench.measure import Result, Table, Timing, median, run
from bench.postgres import fresh_database
from bench.project import Project, files_project

WARM_BAR, COLD_SECONDS, REFRESH_BAR = 2.0, 3.5, 0.1


def main(table: Table, orders: int, *, rounds: int = 3, **_: object) -> None:
    data, rows = generate(orders), Shape(orders).rows
    limit = [sys.executable, "-m", "bench.limits.metrics_duckdb", str(data)]
    run([*limit, "prepare"])
    for name, store in (("SQLite", "sqlite:///hub.db"), ("PostgreSQL", fresh_database())):
        project = files_project(CACHE / "work" / "metrics", data, store, rates=True)
        project.hub("sync")
        cold = _hub(project)
        table.add(
            Result(
                f"hub four metrics, cold, {name}, N={orders}", cold, rows, "of 3.5 s", cold.seconds / COLD_SECONDS, 1.0
            )
        )
        bare, warm = median(rounds, lambda: run([*limit, "run"]), lambda project=project: _hub(project))
        table.add(Result(f"DuckDB on Parquet by hand, N={orders}", bare, rows))
        table.add(
            Result(
                f"hub four metrics, warm, {name}, N={orders}",
                warm,
                rows,
                "DuckDB",
                warm.seconds / bare.seconds,
                WARM_BAR,
            )
        )
        project.put_delta(data)
        project.hub("sync")
        after = _hub(project)
        spent, rebuild = max(after.seconds - warm.seconds, 0.0), cold.seconds - warm.seconds
        refresh = Timing(spent, after.peak_mib)
        table.add(
            Result(
                f"hub refresh after a 1 % delta, {name}", refresh, rows // 100, "rebuild", spent / rebuild, REFRESH_BAR
            )
        )
        shutil.rmtree(project.folder / "var", ignore_errors=True)


def _hub(project: Project) -> Timing:
    return run([sys.executable, "-m", "bench.hub_metrics", str(project.folder / "config")])
