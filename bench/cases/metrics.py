"""Four metrics over a cold replica, a warm one, and after a delta, against DuckDB on Parquet by hand."""

from __future__ import annotations

import shutil
import subprocess
import sys
from functools import partial

from bench.data import CACHE, Shape, generate
from bench.measure import ROOT, Result, Table, Timing, median, run
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
        rebuild = _refresh(project)
        shutil.rmtree(project.folder / "var")
        cold = _hub(project)
        table.add(
            Result(
                f"hub four metrics, cold, {name}, N={orders}", cold, rows, bar=COLD_SECONDS, seconds_bar=COLD_SECONDS
            )
        )
        bare, warm = median(rounds, lambda: run([*limit, "run"]), partial(_hub, project))
        table.add(Result(f"DuckDB on Parquet by hand, N={orders}", bare, rows))
        ratio, note = warm.seconds / bare.seconds, f"{warm.cpu_seconds:.2f} s of CPU, DuckDB {bare.cpu_seconds:.2f} s"
        table.add(
            Result(f"hub four metrics, warm, {name}, N={orders}", warm, rows, "DuckDB", ratio, WARM_BAR, note=note)
        )
        project.put_delta(data)
        project.hub("sync")
        delta = _refresh(project)
        ratio, note = delta.seconds / rebuild.seconds, f"{delta.cpu_seconds:.2f} s of CPU, {rebuild.cpu_seconds:.2f} s"
        table.add(Result(f"hub rebuild of the replica, {name}", rebuild, rows))
        table.add(
            Result(
                f"hub refresh after a 1 % delta, {name}", delta, rows // 100, "rebuild", ratio, REFRESH_BAR, note=note
            )
        )


def _refresh(project: Project) -> Timing:
    command = [sys.executable, "-m", "bench.hub_metrics", str(project.folder / "config"), "refresh"]
    found = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    return Timing(float(found[0]), 0, float(found[1]))


def _hub(project: Project) -> Timing:
    return run([sys.executable, "-m", "bench.hub_metrics", str(project.folder / "config")])
