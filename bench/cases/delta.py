"""One row in a hundred has changed, in further files, into a full store: the whole process with its start."""

from __future__ import annotations

import sys
from pathlib import Path

from bench.data import CACHE, Shape, generate
from bench.measure import Result, Table, Timing, median, run
from bench.postgres import fresh_database
from bench.project import Project, files_project


def main(table: Table, orders: int, *, rounds: int = 5, **_: bool) -> None:
    data, rows = generate(orders), Shape(orders).rows // 100
    (start,) = median(rounds, lambda: run([sys.executable, "-c", "pass"]))
    table.add(Result("python -c pass", start))
    for name, store, bar in (("SQLite", "sqlite:///hub.db", 0.5), ("PostgreSQL", fresh_database(), 0.7)):
        project = files_project(CACHE / "work" / "delta", data, store)
        project.hub("sync")
        timings = [_one(project, data, place) for place in range(rounds)]
        seconds = sorted(timing.seconds for timing in timings)[rounds // 2]
        middle = Timing(seconds, max(timing.peak_mib for timing in timings))
        table.add(
            Result(f"hub 1 % delta -> {name}, N={orders}", middle, rows, "python -c pass", seconds / start.seconds,
                   note=f"bar {bar} s on a quiet machine: {'met' if seconds <= bar else 'NOT MET'}")
        )  # fmt: skip


def _one(project: Project, data: Path, place: int) -> Timing:
    """A further file a round, each with a later change stamp and other figures."""
    for path in sorted((data / "delta").glob("*.csv")):
        target = project.folder / "data" / "delta" / path.name
        target.parent.mkdir(exist_ok=True)
        text = path.read_text(encoding="utf-8").replace("2026-01-01T", f"2026-01-{place + 2:02d}T")
        target.write_text(text.replace(" changed", f" changed {place}"), encoding="utf-8")
    return project.hub("sync")
