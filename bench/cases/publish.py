"""A table as .hyper by `hub publish`, against its columns as Parquet and Hyper's own COPY, out of one replica."""

from __future__ import annotations

import shutil
import sys

from bench.data import CACHE, Shape, generate
from bench.measure import Result, Table, median, run
from bench.project import Project, files_project

BAR = 1.5
TABLE = "order_lines"


def main(table: Table, orders: int, *, rounds: int = 3, **_: object) -> None:
    """Measure with 3 x `orders` lines."""
    project, lines = _synced(orders), Shape(orders).lines
    scratch = CACHE / "work" / "hyper"
    scratch.mkdir(parents=True, exist_ok=True)
    bare_command = [
        sys.executable, "-m", "bench.limits.hyper_copy", str(project.folder / "var" / "replica"), TABLE, str(scratch),
    ]  # fmt: skip
    bare, ours = median(rounds, lambda: run(bare_command), lambda: project.hub("publish", "extracts", "--full"))
    shutil.rmtree(scratch)
    table.add(Result(f"Parquet and Hyper's COPY, {lines:,} lines", bare, lines))
    note = f"{ours.cpu_seconds:.1f} s of CPU, bare {bare.cpu_seconds:.1f} s"
    table.add(
        Result(
            f"hub publish, .hyper, {lines:,} lines", ours, lines, "bare", ours.seconds / bare.seconds, BAR, note=note
        )
    )


def _synced(orders: int) -> Project:
    """A project with the data in its store, and a replica of it; made once."""
    folder = CACHE / "publish" / str(orders)
    done = folder / "complete"
    if done.exists():
        return Project(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    project = files_project(folder, generate(orders))
    publishers = folder / "config" / "publishers"
    publishers.mkdir()
    (publishers / "extracts.yaml").write_text(f"kind: tableau\ntables: [{TABLE}]\n", encoding="utf-8")
    project.hub("sync")
    project.hub("publish")
    done.touch()
    return project
