"""CSV -> SQLite: first load and unchanged re-sync, against the bare multi-row upsert script and dlt."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from bench.data import CACHE, Shape, generate
from bench.measure import Result, Table, Timing, median, run
from bench.peers.environment import dlt
from bench.project import files_project

FIRST_BAR, RESYNC_BAR, DLT_BAR = 1.5, 1.7, 3.5


def main(table: Table, orders: int, *, rounds: int = 3, peers: bool = True) -> None:
    data, work, rows = generate(orders), CACHE / "work", Shape(orders).rows
    project = files_project(work / "csv_sqlite", data)
    bare_db = work / "bare.db"

    def bare_first() -> Timing:
        for path in work.glob("bare.db*"):
            path.unlink()
        return _bare(data, bare_db)

    def hub_first() -> Timing:
        project.forget()
        return project.hub("sync")

    bare, hub = median(rounds, bare_first, hub_first)
    table.add(Result(f"bare CSV -> SQLite, first, N={orders}", bare, rows))
    table.add(Result(f"hub CSV -> SQLite, first, N={orders}", hub, rows, "bare", hub.seconds / bare.seconds, FIRST_BAR))
    bare_again, hub_again = median(rounds, lambda: _bare(data, bare_db), lambda: project.hub("sync", "--full"))
    table.add(Result(f"bare CSV -> SQLite, unchanged, N={orders}", bare_again, rows))
    ratio = hub_again.seconds / bare_again.seconds
    table.add(Result(f"hub CSV -> SQLite, unchanged, N={orders}", hub_again, rows, "bare", ratio, RESYNC_BAR))
    nothing = project.hub("sync")
    table.add(Result(f"hub, files not touched, N={orders}", nothing, note="(not even read)"))
    if peers:
        _dlt(table, data, orders, rows, hub, hub_again)


def _dlt(table: Table, data: Path, orders: int, rows: int, first: Timing, again: Timing) -> None:
    work = CACHE / "work" / "dlt_sqlite"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    for phase, ours in (("first", first), ("resync", again)):
        peer = dlt("dlt_csv.py", str(data), f"sqlite:///{work}/dlt.db", phase, str(work), sqlite=True)
        name = f"dlt CSV -> SQLite, {phase}, N={orders}"
        table.add(Result(name, peer, rows, "hub", peer.seconds / ours.seconds, DLT_BAR, at_most=False))


def _bare(data: Path, database: Path) -> Timing:
    return run([sys.executable, "-m", "bench.limits.csv_sqlite", str(data), str(database)])
