"""A dozen metrics in one process, wherever `analytics:` says: on DuckDB, pushed down into PostgreSQL, on Spark.

The processor's seconds of the database count too, since a server's work is no gift.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import sys
from dataclasses import replace
from pathlib import Path

from bench import hub_metrics
from bench.data import CACHE
from bench.measure import Result, Table, Timing, run
from bench.postgres import fresh_database
from bench.project import Project
from bench.suite_data import project as made_project


def main(table: Table, orders: int, **_: object) -> None:
    url, rows = fresh_database("postgres-engines"), 5 * orders + orders // 5
    project = Project(CACHE / "work" / "engines")
    shutil.rmtree(project.folder, ignore_errors=True)
    (project.folder / "config").mkdir(parents=True)
    (project.folder / "config" / "hub.yaml").touch()
    project.hub("db", "copy", f"sqlite:///{made_project(orders).folder / 'hub.db'}", url)
    engines = ["duckdb", "postgres", *(["local[2]"] if importlib.util.find_spec("pyspark") else [])]
    ours: float | None = None
    for engine in engines:
        settings = f"store: {url}\nreporting_currency: EUR\nanalytics: '{engine}'\n"
        (project.folder / "config" / "hub.yaml").write_text(settings, encoding="utf-8")
        shutil.rmtree(project.folder / "var", ignore_errors=True)
        _run(project)  # SQL that is compiled and kept, and a replica where there is one
        for path in (project.folder / "var").rglob("*"):
            if path.name.startswith(("answer-", "part-")):
                path.unlink()
        before = _server_seconds()
        timing = _run(project)
        server = _server_seconds() - before
        busy = timing.cpu_seconds + server
        ours = ours or busy
        table.add(
            Result(
                f"a dozen metrics, {engine}, N={orders}", timing, rows, "DuckDB's CPU", busy / ours,
                note=f"{timing.cpu_seconds:.1f} s of CPU, and {server:.1f} s of the server's",
            )
        )  # fmt: skip


def _run(project: Project) -> Timing:
    """The process, with what Spark's own took."""
    config, told = project.folder / "config", project.folder / "seconds"
    timing = run([sys.executable, "-m", "bench.cases.engines", str(config), str(told)])
    return replace(timing, cpu_seconds=timing.cpu_seconds + float(told.read_text()))


def _seconds_of(process: Path) -> float:
    """Seconds of the processor that a process took, with its children that have ended."""
    fields = (process / "stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")


def _seconds_of_java() -> float:
    mine = [path for path in Path("/proc").glob("[0-9]*") if f"PPid:\t{os.getpid()}\n" in _status(path)]
    return sum(_seconds_of(path) for path in mine)


def _status(process: Path) -> str:
    try:
        return (process / "status").read_text()
    except OSError:
        return ""


def _server_seconds() -> float:
    """Seconds of the processor that the benchmark's server took, with all its connections that have ended."""
    first = (CACHE / "postgres-engines" / "postmaster.pid").read_text().split()[0]
    return _seconds_of(Path("/proc") / first)


if __name__ == "__main__":
    hub_metrics.main(Path(sys.argv[1]), hub_metrics.DOZEN)
    Path(sys.argv[2]).write_text(str(_seconds_of_java()))
