"""CSV -> PostgreSQL with keys: first load and unchanged re-sync, against bare COPY scripts and dlt."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from bench.data import CACHE, Shape, generate
from bench.measure import Result, Table, Timing, median, run
from bench.peers.environment import dlt
from bench.postgres import fresh_database
from bench.project import files_project

RESYNC_BAR = 1.4


def main(table: Table, orders: int, *, rounds: int = 3, peers: bool = True) -> None:
    data, rows = generate(orders), Shape(orders).rows
    projects = []

    def bare_first() -> Timing:
        urls.append(fresh_database())
        return _bare(data, urls[-1])

    def hub_first() -> Timing:
        projects.append(files_project(CACHE / "work" / "csv_postgres", data, fresh_database()))
        return projects[-1].hub("sync")

    urls: list[str] = []
    bare, hub = median(rounds, bare_first, hub_first)
    table.add(Result(f"bare CSV -> PostgreSQL, first, N={orders}", bare, rows))
    table.add(Result(f"hub CSV -> PostgreSQL, first, N={orders}", hub, rows, "bare", hub.seconds / bare.seconds))
    bare_again, hub_again = median(rounds, lambda: _bare(data, urls[-1]), lambda: projects[-1].hub("sync", "--full"))
    table.add(Result(f"bare CSV -> PostgreSQL, unchanged, N={orders}", bare_again, rows))
    ratio = hub_again.seconds / bare_again.seconds
    table.add(Result(f"hub CSV -> PostgreSQL, unchanged, N={orders}", hub_again, rows, "bare", ratio, RESYNC_BAR))
    if peers:
        _dlt(table, data, orders, rows, hub, hub_again)


def _dlt(table: Table, data: Path, orders: int, rows: int, first: Timing, again: Timing) -> None:
    big = orders >= 1_000_000
    bars = {"first": 1.2 if big else 2.0, "resync": 1.4 if big else 2.0}
    work = CACHE / "work" / "dlt_postgres"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    url = fresh_database()
    for phase, ours in (("first", first), ("resync", again)):
        peer = dlt("dlt_csv.py", str(data), url, phase, str(work), sqlite=False)
        name = f"dlt CSV -> PostgreSQL, {phase}, N={orders}"
        table.add(Result(name, peer, rows, "hub", peer.seconds / ours.seconds, bars[phase], at_most=False))


def _bare(data: Path, url: str) -> Timing:
    return run([sys.executable, "-m", "bench.limits.csv_postgres", str(data), url])
