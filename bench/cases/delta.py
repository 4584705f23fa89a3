"""One row in a hundred has changed, in further files, into a full store: whole processes with their start."""

from __future__ import annotations

import sys
from pathlib import Path

from bench.data import CACHE, Shape, generate
from bench.measure import Result, Table, Timing, median, middle, run
from bench.postgres import fresh_database
from bench.project import Project, files_project


def main(table: Table, orders: int, *, rounds: int = 5, **_: bool) -> None:
    data, rows = generate(orders), Shape(orders).rows // 100
    project = files_project(CACHE / "work" / "delta", data)
    start, help_ = median(rounds, lambda: run([sys.executable, "-c", "pass"]), lambda: project.hub("--help"))
    table.add(Result("python -c pass", start))
    table.add(_against(start, "hub --help", help_, 0.5))
    for name, store, bar in (("SQLite", "sqlite:///hub.db", 0.5), ("PostgreSQL", fresh_database(), 0.7)):
        project = files_project(CACHE / "work" / "delta", data, store)
        project.hub("sync")
        timing = middle([_one(project, data, place) for place in range(rounds)])
        table.add(_against(start, f"hub 1 % delta -> {name}, N={orders}", timing, bar, rows))


def _against(start: Timing, name: str, timing: Timing, bar: float, rows: int = 0) -> Result:
    return Result(name, timing, rows, "python -c pass", timing.seconds / start.seconds, seconds_bar=bar)


def _one(project: Project, data: Path, place: int) -> Timing:
    """A further file a round, each with a later change stamp and other figures."""
    for path in sorted((data / "delta").glob("*.csv")):
        target = project.folder / "data" / "delta" / path.name
        target.parent.mkdir(exist_ok=True)
        text = path.read_text(encoding="utf-8").replace("2026-01-01T", f"2026-01-{place + 2:02d}T")
        target.write_text(text.replace(" changed", f" changed {place}"), encoding="utf-8")
    return project.hub("sync")
